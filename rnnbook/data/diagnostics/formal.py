"""Formal languages: parity needs one bit that never fades, brackets a stack."""

from __future__ import annotations

import numpy as np

from rnnbook.data.diagnostics.brackets import closing, valid
from rnnbook.data.draw import Draw, Knob, count
from rnnbook.data.tasks import Steps, Tasks, last_step, rows, spans, split, spread

BRACKETS = ("()", "[]", "{}", "<>")


def parity(seed: int = 0, train: int = 38_400, test: int = 500, length: Knob = (1, 20), test_length: Knob | None = None,
           asked: str = "every step") -> Tasks:
    """Strings of bits: is the number of ones so far even or odd?

    `length` and `test_length` are numbers of steps or ranges (low, high) drawn evenly; `test_length` is `length` where
    it is None. `asked` is "every step", or "end" for the last step alone. No test string occurs in the training split,
    so that some of the shortest are missing there. Either answer is right half the time (chance); all can be known
    (best: 1).

    Source: Minsky & Papert (1969), "Perceptrons"; for networks that read a sequence, Hahn (2020), "Theoretical
    limitations of self-attention in neural sequence models".
    """
    _one_of("asked", asked, ("every step", "end"))
    trained, tested = spans("length", length, test_length, 1, train, test)
    draw = Draw(seed)

    def make(n: int, length: tuple[int, int]) -> list[Steps]:
        T = spread(draw, length, n)
        bits = draw.integers(2, (n, length[1]))
        mask = last_step(T, length[1]) if asked == "end" else np.arange(length[1]) < T[:, None]
        return rows(bits, np.cumsum(bits, axis=1) % 2, mask, T)

    splits = split("parity", make, train, test, trained, tested)
    return Tasks(name="parity", about="strings of bits: even or odd so far?", splits=splits, symbols=("0", "1"),
                 classes=("even", "odd"), chance=0.5, best=1.0, limits="Every bit counts; no step can be skipped.")


def dyck(seed: int = 0, train: int = 10_000, test: int = 500, length: Knob = (6, 30),
         test_length: Knob | None = None, types: int = 2, depth: int = 8, asked: str = "closing") -> Tasks:
    """Words of nested brackets: which bracket must close next, or is the word well formed?

    `length` and `test_length` are numbers of symbols or ranges (low, high), of which the even ones are drawn evenly;
    `test_length` is `length` where it is None. `types` kinds of brackets are nested at most `depth` deep. No test word
    occurs in the training split.

    asked="closing": at every step, the bracket that would close the one open last, or "none". `chance` is the share of
    the commonest answer in the test split; the best is 1.
    asked="valid": at the last step, "valid" or "broken". Half the words are broken: two closing brackets of different
    types have changed places, so that all counts still agree, and no opening bracket has a wrong one right behind it.
    Only words in which that can be done are used, valid or broken. Chance is 1/2, the best 1.

    Source: Hewitt, Hahn, Ganguli, Liang & Manning (2020), "RNNs can generate bounded hierarchical languages with
    optimal memory".
    """
    count("depth", depth, 1, 1000)
    _one_of("asked", asked, ("closing", "valid"))
    if count("types", types, 2 if asked == "valid" else 1) > len(BRACKETS):
        raise ValueError(f"types is {types}; expected at most {len(BRACKETS)}")
    least = 6 if asked == "valid" else 2
    trained, tested = spans("length", length, test_length, least, train, test)
    for name, (low, high) in (("length", trained), ("test_length", tested)):
        if low == high and low % 2 == 1:
            raise ValueError(f"{name} is {low}; expected an even number, as every bracket that opens must close")
    draw = Draw(seed)

    def make(n: int, length: tuple[int, int]) -> list[Steps]:
        return (valid if asked == "valid" else closing)(draw, n, length, types, depth)

    splits = split("dyck", make, train, test, trained, tested)
    pairs = BRACKETS[:types]
    if asked == "valid":
        classes: tuple[str, ...] = ("valid", "broken")
        chance, about = 0.5, "words of brackets: well formed or not?"
    else:
        classes, about = (*(pair[1] for pair in pairs), "none"), "words of brackets: which must close next?"
        counts = np.bincount(np.concatenate([e.targets for e in splits["test"]]))
        chance = float(counts.max() / counts.sum())
    return Tasks(name="dyck", about=about, splits=splits, symbols=tuple("".join(pairs)), classes=classes, chance=chance,
                 best=1.0, limits="Brackets open and close by the toss of a coin: long words are mostly shallow.")


def _one_of(name: str, value: str, options: tuple[str, ...]) -> None:
    if value not in options:
        raise ValueError(f"{name} is {value!r}; expected {' or '.join(map(repr, options))}")
