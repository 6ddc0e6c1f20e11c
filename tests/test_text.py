"""Text to arrays: what goes in comes out, and what is wrong is named."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.text import PAD, UNK, Vocab, batches, length_mask, pad_batch, tokenise

PROFILE = settings(max_examples=50, deadline=None, derandomize=True)
WORD = st.text("abcdeéß", min_size=1, max_size=3)
SENTENCES = st.lists(st.lists(WORD, max_size=6), max_size=6)
SEQUENCES = st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=7), min_size=1, max_size=6)


def error(message):
    return pytest.raises(ValueError, match=re.escape(message))


# ---- tokenise --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("text", "words"), [
    ("I am not happy.", ["i", "am", "not", "happy", "."]),
    ("What time is it?", ["what", "time", "is", "it", "?"]),
    ("Don't stop, it’s well-known!", ["don't", "stop", ",", "it’s", "well-known", "!"]),
    ("  two\n lines\t", ["two", "lines"]),
    ("Çà coûte 3.50 €", ["çà", "coûte", "3", ".", "50", "€"]),
    ("rock 'n' roll - live", ["rock", "'", "n", "'", "roll", "-", "live"]),
    ("<pad>", ["<", "pad", ">"]),
    ("", []),
    (" \n", []),
])
def test_tokenise(text, words):
    assert tokenise(text) == words


@PROFILE
@given(st.text(max_size=40))
def test_tokenise_loses_no_character_but_space(text):
    assert "".join(tokenise(text)) == "".join(text.lower().split())


@PROFILE
@given(st.text(max_size=40))
def test_tokens_are_words_of_their_own(text):
    """A second pass changes nothing, so that a sentence printed with spaces can be read back."""
    words = tokenise(text)
    assert tokenise(" ".join(words)) == words


def test_no_text_becomes_a_special():
    assert not {PAD, UNK} & set(tokenise(f"{PAD} {UNK}"))


def test_tokenise_refuses_what_is_no_string():
    with error("text is a list; expected a string"):
        tokenise(["a"])


# ---- Vocab -----------------------------------------------------------------------------------------------------------

def test_specials_first_then_frequent_first_ties_by_first_appearance():
    vocab = Vocab.build([["b", "a", "c"], ["c", "d", "a"], ["a"]])
    assert vocab.words == (PAD, UNK, "a", "c", "b", "d")
    assert vocab.ids == {PAD: 0, UNK: 1, "a": 2, "c": 3, "b": 4, "d": 5}
    assert len(vocab) == 6
    assert "c" in vocab
    assert "z" not in vocab
    assert repr(vocab) == "Vocab(6 words: <pad> <unk> a c b d …)"


def test_min_freq():
    sentences = [["a", "b", "a", "c"], ["c", "a"]]
    assert Vocab.build(sentences, min_freq=2).words == (PAD, UNK, "a", "c")
    assert Vocab.build(sentences, min_freq=4).words == (PAD, UNK)


def test_specials_are_the_caller_s():
    vocab = Vocab.build([["b", "<s>"]], specials=(PAD, "<s>", "</s>"))
    assert vocab.words == (PAD, "<s>", "</s>", "b")
    assert vocab.unk is None
    with error("words holds 'z', which is not in the vocabulary, and there is no <unk>"):
        vocab.encode(["b", "z"])
    assert Vocab.build([["b"]], specials=()).words == ("b",)


def test_any_word_may_stand_for_the_unknown():
    assert Vocab(["?", "a"], unk="?").encode(["a", "zzz"]) == [1, 0]


def test_an_unknown_word_becomes_unk():
    vocab = Vocab.build([["a", "b"]])
    assert vocab.encode(["b", "zzz", "a"]) == [3, 1, 2]
    assert vocab.decode(vocab.encode(["b", "zzz", "a"])) == ["b", UNK, "a"]


@PROFILE
@given(SENTENCES)
def test_decode_undoes_encode(sentences):
    vocab = Vocab.build(sentences)
    for sentence in sentences:
        assert vocab.decode(vocab.encode(sentence)) == sentence


@PROFILE
@given(SENTENCES, st.integers(1, 3))
def test_a_vocabulary_holds_exactly_the_frequent_words_once(sentences, min_freq):
    vocab = Vocab.build(sentences, min_freq)
    every = [word for sentence in sentences for word in sentence]
    assert sorted(vocab.words[2:]) == sorted({word for word in every if every.count(word) >= min_freq})
    counts = [every.count(word) for word in vocab.words[2:]]
    assert counts == sorted(counts, reverse=True)
    assert [vocab.ids[word] for word in vocab.words] == list(range(len(vocab)))


def test_decode_takes_a_column_of_a_batch():
    vocab = Vocab.build([["a", "b"]])
    tokens, _ = pad_batch([vocab.encode(["b"]), vocab.encode(["a", "b"])])
    assert vocab.decode(tokens[:, 0]) == ["b", PAD]


def test_vocab_errors():
    vocab = Vocab.build([["a"]])
    with error("ids holds 3; expected 0 to 2"):
        vocab.decode([0, 3])
    with error("ids holds -1; expected 0 to 2"):
        vocab.decode([-1])
    with error("words is a string; expected a list of words"):
        vocab.encode("a a")
    with error("sentences holds a string; expected lists of words"):
        Vocab.build(["a b"])
    with error("min_freq is 0; expected at least 1"):
        Vocab.build([["a"]], min_freq=0)
    with error("words holds 'a' more than once"):
        Vocab([PAD, UNK, "a", "b", "a"])
    with error("words does not hold the unknown word '<unk>'"):
        Vocab([PAD, "a"])


# ---- pad_batch, length_mask ------------------------------------------------------------------------------------------

def test_pad_batch_is_time_major():
    tokens, lengths = pad_batch([[5, 6, 7], [8]])
    assert tokens.tolist() == [[5, 8], [6, 0], [7, 0]]
    assert lengths.tolist() == [3, 1]
    assert tokens.dtype == lengths.dtype == np.int64


@PROFILE
@given(SEQUENCES, st.integers(0, 9), st.none() | st.integers(1, 9))
def test_pad_batch_keeps_every_sequence_up_to_T_max(sequences, pad, T_max):
    tokens, lengths = pad_batch(sequences, pad, T_max)
    assert tokens.shape == (lengths.max(), len(sequences))
    for b, sequence in enumerate(sequences):
        kept = sequence[:T_max]
        assert lengths[b] == len(kept)
        assert tokens[: lengths[b], b].tolist() == kept
        assert (tokens[lengths[b] :, b] == pad).all()


@PROFILE
@given(SEQUENCES)
def test_length_mask_marks_the_real_steps(sequences):
    tokens, lengths = pad_batch(sequences, pad=-1)
    mask = length_mask(lengths)
    assert mask.dtype == bool
    assert np.array_equal(mask, tokens != -1)
    assert mask.sum(axis=0).tolist() == lengths.tolist()
    assert np.array_equal(length_mask(lengths, T=10)[: len(tokens)], mask)
    assert not length_mask(lengths, T=10)[len(tokens) :].any()


def test_sequences_may_be_arrays_and_are_not_changed():
    sequences = [np.array([1, 2], np.int32), np.array([3])]
    tokens, _ = pad_batch(sequences)
    tokens[...] = 9
    assert [s.tolist() for s in sequences] == [[1, 2], [3]]


@pytest.mark.parametrize(("call", "message"), [
    (lambda: pad_batch([]), "sequences is empty; expected at least one sequence"),
    (lambda: pad_batch([[1], []]), "sequences[1] is empty; expected at least one token"),
    (lambda: pad_batch([[1], [0.5]]), "sequences[1] has shape (1,) and dtype float64; expected a list of integer ids"),
    (lambda: pad_batch([1, 2]), "sequences[0] has shape () and dtype int64; expected a list of integer ids"),
    (lambda: pad_batch([["a"]]), "sequences[0] has shape (1,) and dtype <U1; expected a list of integer ids"),
    (lambda: pad_batch([[[1], [2, 3]]]), "sequences[0] has rows of unequal length"),
    (lambda: pad_batch([[1]], T_max=0), "T_max is 0; expected at least 1"),
    (lambda: length_mask([]), "lengths has shape (0,)"),
    (lambda: length_mask([[1]]), "lengths has shape (1, 1)"),
    (lambda: length_mask([1.0]), "lengths has shape (1,) and dtype float64; expected integers (B,)"),
    (lambda: length_mask([0, 2]), "lengths runs from 0 to 2; expected 1 to 2"),
    (lambda: length_mask([1, 5], T=4), "lengths runs from 1 to 5; expected 1 to 4"),
    (lambda: batches([], 2), "examples is empty; expected at least one"),
    (lambda: batches([1], 0), "batch_size is 0; expected at least 1"),
])
def test_bad_arguments(call, message):
    with error(message):
        call()


# ---- batches ---------------------------------------------------------------------------------------------------------

def test_batches_in_order():
    assert list(batches("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(batches("ab", 5)) == [["a", "b"]]


@PROFILE
@given(st.integers(1, 20), st.integers(1, 25), st.integers(0, 99))
def test_shuffled_batches_hold_every_example_once(n, batch_size, seed):
    drawn = list(batches(range(n), batch_size, np.random.default_rng(seed)))
    assert sorted(example for batch in drawn for example in batch) == list(range(n))
    assert [len(batch) for batch in drawn[:-1]] == [batch_size] * (len(drawn) - 1)
    assert drawn == list(batches(range(n), batch_size, np.random.default_rng(seed)))


def test_each_epoch_is_shuffled_anew():
    rng = np.random.default_rng(0)
    assert list(batches(range(50), 10, rng)) != list(batches(range(50), 10, rng))
