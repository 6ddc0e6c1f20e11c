"""Pairs: sequences with the sequences they are to be turned into."""

from __future__ import annotations

import pytest

from rnnbook.data import Pair, Pairs
from rnnbook.data.pairs import pair_vocabs
from rnnbook.text import BOS, EOS, PAD, UNK, length_mask


def pairs(train, test=()):
    return Pairs(name="toy", about="toys;", splits={"train": train, "test": test}, **pair_vocabs(train))


TOYS = (Pair(tuple("cab"), tuple("xy"), "cab", "letters"), Pair(tuple("b"), tuple("yyz"), "b", "letters"))


def test_vocabularies_hold_the_specials_and_the_sorted_symbols_of_the_training_split():
    toy = pairs(TOYS, (Pair(tuple("q"), tuple("q")),))
    assert toy.source_vocab.words == (PAD, UNK, "a", "b", "c")
    assert toy.target_vocab.words == (PAD, UNK, BOS, EOS, "x", "y", "z")


def test_batch_is_time_major_and_shifts_the_targets():
    toy = pairs(TOYS)
    source, source_lengths, inputs, targets, target_lengths = toy.batch(TOYS)
    assert (source.shape, inputs.shape, targets.shape) == ((3, 2), (4, 2), (4, 2))
    assert (source_lengths.tolist(), target_lengths.tolist()) == ([3, 1], [3, 4])
    assert toy.source_vocab.decode(source[:, 0]) == ["c", "a", "b"]
    assert toy.target_vocab.decode(inputs[:, 1]) == [BOS, "y", "y", "z"]
    assert toy.target_vocab.decode(targets[:, 0]) == ["x", "y", EOS, PAD]
    for b in range(2):
        n = target_lengths[b]
        assert (inputs[1:n, b] == targets[: n - 1, b]).all()
    assert (source[~length_mask(source_lengths)] == 0).all() and (targets[~length_mask(target_lengths)] == 0).all()


def test_an_unseen_symbol_becomes_unk():
    toy = pairs(TOYS)
    batch = toy.batch([Pair(("b", "!"), ("?",))])
    assert toy.source_vocab.decode(batch.source[:, 0]) == ["b", UNK]
    assert toy.target_vocab.decode(batch.targets[:, 0]) == [UNK, EOS]


def test_decode_ends_at_the_first_end():
    toy = pairs(TOYS)
    batch = toy.batch(TOYS)
    assert [toy.decode(batch.targets[:, b]) for b in range(2)] == [e.target for e in TOYS]
    assert toy.decode(toy.target_vocab.encode(["x", EOS, "y", EOS])) == ("x",)
    assert toy.decode(toy.target_vocab.encode(["x", "y"])) == ("x", "y")


def test_describe_counts_the_symbols():
    assert pairs(TOYS).describe().startswith("toy: toys; 2 train + 0 test, 5 source symbols, 7 target symbols, ")


def test_every_part_of_a_pair_is_in_the_hash():
    hashes = {pairs((Pair(*fields),)).sha256() for fields in (
        (("a",), ("x",), "1", "g"), (("b",), ("x",), "1", "g"), (("a",), ("y",), "1", "g"),
        (("a",), ("x",), "2", "g"), (("a",), ("x",), "1", "h"))}
    assert len(hashes) == 5


def test_an_empty_batch_is_refused():
    with pytest.raises(ValueError, match="examples is empty; expected at least one Pair"):
        pairs(TOYS).batch([])
