"""Text for language models: what is kept, how it is split, what stands in where a Python came without it."""

from __future__ import annotations

import ast
import importlib.util
import platform
import sys
import tracemalloc
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from rnnbook import data
from rnnbook.data import corpus, documentation, library_source
from rnnbook.text import length_mask

HAS_HELP = importlib.util.find_spec("pydoc_data") is not None
CORPORA = {
    "prose": data.prose,
    "prose, interleaved": lambda **given: data.prose("interleaved", **given),
    "the book's own": lambda **given: data.prose(text="book", **given),
    "the book's own, interleaved": lambda **given: data.prose("interleaved", text="book", **given),
    "code": data.code,
    "code, contiguous": lambda **given: data.code("contiguous", **given),
    "code, interleaved": lambda **given: data.code("interleaved", **given),
}


@pytest.fixture(scope="module", params=CORPORA)
def made(request):
    return CORPORA[request.param]()


# every corpus

def test_every_character_is_in_the_vocabulary_and_comes_back(made):
    for split in ("train", "test"):
        text = made.text(split)
        assert made.decode(made.encode(text)) == text


def test_no_paragraph_is_in_both_splits_nor_twice_in_one(made):
    whole = made.train + made.test
    assert len(set(whole)) == len(whole)
    assert made.train and made.test


def test_describe_says_how_many_characters_which_licence_and_which_hash(made):
    line = made.describe()
    assert "\n" not in line
    sizes = f"{len(made.text('train'))} + {len(made.text('test'))} characters"
    for part in (sizes, f"{len(made.train)} train", made.licence, made.sha256()[:12], made.source):
        assert part in line


def test_a_corpus_cannot_be_changed(made):
    with pytest.raises(FrozenInstanceError):
        made.joint = " "
    with pytest.raises(TypeError):
        made.splits["train"] = ()


@pytest.mark.parametrize("name", CORPORA)
def test_the_same_call_gives_the_same_bytes(name):
    assert CORPORA[name]().sha256() == CORPORA[name]().sha256()


@pytest.mark.parametrize("name", CORPORA)
def test_loading_takes_far_less_than_100_mb(name):
    tracemalloc.start()
    CORPORA[name]()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


def test_streams_are_the_text_column_after_column(made):
    B = 7
    ids = made.encode(made.text())
    inputs, targets = made.streams(B)
    T = inputs.shape[0]
    assert inputs.shape == targets.shape == (T, B)
    np.testing.assert_array_equal(inputs.T.reshape(-1), ids[: T * B])
    np.testing.assert_array_equal(targets[:-1], inputs[1:])
    np.testing.assert_array_equal(targets[-1, :-1], inputs[0, 1:])
    assert targets[-1, -1] == ids[T * B]
    assert 0 <= len(ids) - 1 - T * B < B


def test_streams_of_the_test_split_come_from_the_test_split(made):
    inputs, targets = made.streams(1, "test")
    assert made.decode([*inputs[:, 0], targets[-1, 0]]) == made.text("test")


def test_a_batch_holds_paragraphs_in_columns(made):
    examples = made.train[:4]
    tokens, lengths = made.batch(examples)
    assert lengths.tolist() == [len(p) for p in examples]
    mask = length_mask(lengths)
    assert [made.decode(tokens[mask[:, b], b]) for b in range(4)] == list(examples)
    assert (tokens[~mask] == 0).all()


# splits

ITEMS = tuple(f"paragraph {i}" for i in range(100))


def test_contiguous_holds_out_the_last_six_percent():
    assert corpus.held_out(ITEMS, "contiguous") == {"train": ITEMS[:94], "test": ITEMS[94:]}


def test_interleaved_holds_out_every_twentieth():
    splits = corpus.held_out(ITEMS, "interleaved")
    assert splits["test"] == (ITEMS[19], ITEMS[39], ITEMS[59], ITEMS[79], ITEMS[99])
    assert splits["train"] == tuple(p for p in ITEMS if p not in splits["test"])


@pytest.mark.parametrize("name", ["prose", "code"])
def test_both_splits_hold_the_same_paragraphs(name):
    make = getattr(data, name)
    contiguous, interleaved = make("contiguous"), make("interleaved")
    assert set(contiguous.train + contiguous.test) == set(interleaved.train + interleaved.test)


def seen_before(made, n=10):
    """How many runs of n characters of the test split occur in the training split, as a fraction."""
    train, test = made.text("train"), made.text("test")
    known = {train[i : i + n] for i in range(len(train) - n + 1)}
    return np.mean([test[i : i + n] in known for i in range(len(test) - n + 1)])


@pytest.mark.skipif(not HAS_HELP, reason="this Python came without pydoc_data")
def test_the_interleaved_split_is_easier_for_who_remembers():
    assert seen_before(data.prose("interleaved")) > seen_before(data.prose()) + 0.05


@pytest.mark.skipif(not HAS_HELP, reason="this Python came without pydoc_data")
@pytest.mark.parametrize("split", corpus.SPLITS)
def test_repeats_put_paragraphs_of_the_training_split_into_the_test(split):
    repeated = data.prose(split, repeats=True)
    assert 5 <= sum(p in set(repeated.train) for p in repeated.test) < len(repeated.test) / 2
    whole = repeated.train + repeated.test
    assert set(whole) == {p for part in data.prose(split).splits.values() for p in part}
    assert 0.1 < 1 - len(set(whole)) / len(whole) < 0.25       # "a sixth"


# prose

def test_prose_has_48_symbols_in_lower_case():
    vocab = data.prose().vocab
    assert len(vocab) == 48
    assert {w for w in vocab.words if w.isalpha()} == set("abcdefghijklmnopqrstuvwxyz")
    assert vocab.words == data.prose(text="book").vocab.words


@pytest.mark.skipif(not HAS_HELP, reason="this Python came without pydoc_data")
def test_prose_is_the_help_of_this_python():
    made = data.prose()
    assert 150_000 < len(made.text("train")) + len(made.text("test")) < 300_000
    assert made.source == f"{platform.python_implementation()} {platform.python_version()}, pydoc_data.topics"
    assert made.licence.startswith("PSF")
    help_text = documentation.clean(" ".join(documentation.help_pages()))
    assert all(p in help_text for p in made.test)


GOOD = "The assignment statement binds a name to an object, and the object may be bound to another name as well."


@pytest.mark.parametrize(("paragraph", "kept"), [
    (GOOD, True),
    (GOOD[:-1] + ":", True),
    (GOOD[:-1], False),                                         # no full stop
    ("Too short, but a sentence.", False),
    (GOOD[:60] + "\n" + GOOD[60:], True),                       # white space is joined
    ("   ".join(["a"] * 40) + ".", False),                      # and counted joined
    (GOOD[:-1] + " {[(<>)]} 12345.", False),                    # less than 93 % letters
])
def test_what_is_prose(paragraph, kept):
    assert documentation.is_prose(paragraph) is kept


def test_cleaning():
    raw = "It’s “all”\n  *one*  line – no [brackets], 3 ≥ 2!"
    assert documentation.clean(raw) == "it's \"all\" one line - no brackets, 3 2"


# the book's own text

HASHES = {
    "contiguous": "dcd419af8453eef122b035b6a5d862d252eb587d37e603eb34f32446be4d6801",
    "interleaved": "376dade02abdcf37ddad484cb31ad4826d1b1b47714a1d28efb5f4a80f66c6ff",
}


@pytest.mark.parametrize("split", corpus.SPLITS)
def test_the_books_own_text_is_the_same_everywhere(split):
    made = data.prose(split, text="book")
    assert made.sha256() == HASHES[split]
    assert made.source == ""
    assert made.licence.startswith("CC0")


def test_the_books_own_text_loses_no_paragraph_and_no_character_in_cleaning():
    raw = corpus.paragraphs(documentation.own_text())
    assert [documentation.clean(p) for p in raw] == [p.strip().lower() for p in raw]
    made = data.prose(text="book")
    assert len(made.train + made.test) == len(raw) >= 30
    assert len(made.text("train")) + len(made.text("test")) >= 8000


def test_the_books_own_text_stands_in_and_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    made = data.prose()
    assert made.splits == data.prose(text="book").splits
    assert "the book's own short text" in made.source
    assert platform.python_version() in made.source
    assert made.source in made.describe()
    assert made.licence.startswith("CC0")


# code

def test_code_is_printable_ascii_with_its_indentation_and_parses():
    made = data.code(repeats=True)
    assert len(made.vocab) == 96
    ast.parse(made.text("test"))
    assert any(p.startswith("    def ") for p in made.test)


def test_code_holds_out_random():
    made = data.code()
    assert "def randrange" in made.text("test")
    assert "def randrange" not in made.text("train")
    assert "def mean(" in made.text("train")
    assert 250_000 < len(made.text("train")) < 600_000
    assert 20_000 < len(made.text("test")) < 60_000
    assert f"{platform.python_implementation()} {platform.python_version()}, source of" in made.source
    assert made.licence.startswith("PSF")


def test_the_modules_are_not_imported_by_reading_them():
    before = set(sys.modules)
    data.code()
    assert set(sys.modules) - before <= {"json"}


@pytest.mark.parametrize("missing", [library_source.MODULES[3], library_source.HELD_OUT])
def test_rnnbooks_own_source_stands_in_and_says_so(monkeypatch, missing):
    read = library_source._source
    monkeypatch.setattr(library_source, "_source", lambda name: None if name == missing else read(name))
    made = data.code()
    assert "rnnbook's own source" in made.source
    assert made.licence.startswith("BSD")
    assert "class Corpus(Dataset):" in made.text("test")
    assert "class Corpus(Dataset):" not in made.text("train")
    assert "class Dataset:" in made.text("train")


def test_a_module_without_source_is_none():
    assert library_source._source("sys") is None
    assert library_source._source("no_such_module_anywhere") is None


def test_paragraphs_stand_between_blank_lines():
    text = "\n\ndef f():\n    x = 1\n  \n    return x\n\n\n\t\ny = 2\n"
    assert corpus.paragraphs(text) == ["def f():\n    x = 1", "    return x", "y = 2"]
    assert library_source.clean("a\tb  \nü") == "a   b\n"


# impossible requests

@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.prose("random"), "split is 'random'; expected one of 'contiguous', 'interleaved'"),
    (lambda: data.prose(text="bible"), "text is 'bible'; expected one of 'python', 'book'"),
    (lambda: data.code("random"), "split is 'random'; expected one of 'module', 'contiguous', 'interleaved'"),
    (lambda: data.prose(text="book").text("validation"), "split is 'validation'; expected one of 'train', 'test'"),
    (lambda: data.prose(text="book").encode("naïve"), "text holds 'ï'; expected only the 48 characters"),
    (lambda: data.prose(text="book").streams(0), "B is 0; expected an integer of at least 1"),
    (lambda: data.prose(text="book").streams(10_000), r"B is 10000; expected at most \d+: the train split has \d+"),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
