"""The copy task: what went in comes out again, so that all of it must pass between encoder and decoder."""

from __future__ import annotations

from rnnbook.data.dataset import COMPUTED
from rnnbook.data.draw import Draw, Knob, count, room, sizes, span
from rnnbook.data.pairs import Pair, Pairs, pair_vocabs
from rnnbook.data.tasks import LETTERS, spread


def copy_strings(seed: int = 0, train: int = 8000, test: int = 800, length: Knob = (2, 16), letters: int = 20) -> Pairs:
    """Random strings of letters, to be written down again as they are.

    A string has `length` letters, a number or a range (low, high) drawn evenly, out of the first `letters` of the
    alphabet. No string occurs twice in the test split, and none of it in the training split. A letter written at random
    is right once in `letters`; copying gets all right.

    Source: Graves, Wayne & Danihelka (2014), "Neural Turing machines" (with letters for bits).
    """
    sizes(train, test)
    low, high = span("length", length, 1)
    room("length", max(train, test), high)
    if count("letters", letters, 2) > len(LETTERS):
        raise ValueError(f"letters is {letters}; expected 2 to {len(LETTERS)}")
    draw = Draw(seed)

    def strings(n: int) -> list[str]:
        lengths = spread(draw, (low, high), n)
        ids = draw.integers(letters, (n, high))
        return ["".join(LETTERS[k] for k in row[:T]) for row, T in zip(ids.tolist(), lengths.tolist(), strict=True)]

    held_out: dict[str, None] = {}             # in order, each once
    examples: list[str] = []
    for _ in range(20):
        held_out |= dict.fromkeys(strings(test)[: test - len(held_out)])
    for _ in range(20):
        if len(held_out) == test and len(examples) < train:
            examples += [string for string in strings(train) if string not in held_out]
    if len(examples) < train:
        raise ValueError(f"copy_strings asks for {test} test strings and {train} others; length {length} and {letters} "
                         f"letters gave only {len(held_out)} and {len(examples)}")
    splits = {"train": tuple(_pair(s) for s in examples[:train]), "test": tuple(_pair(s) for s in held_out)}
    vocabs = pair_vocabs(splits["train"])
    return Pairs(name="copy_strings", about="random strings, to be copied;", splits=splits, licence=COMPUTED,
                 limits="The letters are drawn evenly: there is nothing in them to compress.",
                 source_vocab=vocabs["source_vocab"], target_vocab=vocabs["target_vocab"])


def _pair(string: str) -> Pair:
    return Pair(tuple(string), tuple(string), value=string)
