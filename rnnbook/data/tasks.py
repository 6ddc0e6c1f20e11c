"""Sequences of symbols or numbers, with a target at every step where one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnnbook.data.dataset import COMPUTED, Dataset, several
from rnnbook.data.draw import Draw, Knob, room, sizes, span

LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


class Steps(NamedTuple):
    """One sequence. The arrays are views of larger ones and cannot be written to."""

    inputs: np.ndarray      # int (T,): symbols; or float (T, D): numbers
    targets: np.ndarray     # (T,): int, a class; or float, a number
    mask: np.ndarray        # bool (T,): where the target is asked for, and the loss counts


class TaskBatch(NamedTuple):
    """Sequences as arrays, time-major. What stands after a sequence's end is 0 and means nothing; its mask is False."""

    inputs: np.ndarray      # int (T, B) or float (T, B, D)
    lengths: np.ndarray     # int (B,)
    targets: np.ndarray     # int or float (T, B)
    mask: np.ndarray        # bool (T, B)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Tasks(Dataset):
    """Sequences with targets, and the scores between which a model's score lies.

    Attributes
    ----------
    symbols
        The names of the input symbols: id k is `symbols[k]`. Empty where the inputs are numbers.
    columns
        The names of the D numbers of a step. Empty where the inputs are symbols.
    classes
        The names of the classes: target k is `classes[k]`. Empty where the targets are numbers.
    chance
        The score of the best answer that ignores what the task is about; the docstring of the set says which. The score
        is the accuracy where there are classes, else the mean squared error; only the steps of the mask count.
    best
        The best score there can be; None where it is not known.
    rate
        Steps a second, where a step is a moment of time; else None.
    """

    symbols: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    chance: float
    best: float | None
    rate: int | None = None
    licence: str = COMPUTED

    def batch(self, examples: Sequence[Steps]) -> TaskBatch:
        """`examples` side by side, padded with 0 at the end."""
        several(examples, Steps)
        lengths = np.array([len(e.inputs) for e in examples])
        inputs, targets, mask = (_side_by_side(arrays, lengths) for arrays in zip(*examples, strict=True))
        return TaskBatch(inputs, lengths, targets, mask)

    def decode(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The input symbols that `ids` stand for."""
        if not self.symbols:
            raise ValueError(f"{self.name} has no symbols: its inputs are the numbers {', '.join(self.columns)}")
        return tuple(self.symbols[int(i)] for i in ids)

    def _more(self) -> list[str]:
        what = f"{len(self.symbols)} symbols" if self.symbols else f"{len(self.columns)} numbers a step"
        return [what, f"{len(self.classes)} classes"] if self.classes else [what]


def _side_by_side(arrays: Sequence[np.ndarray], lengths: np.ndarray) -> np.ndarray:
    result = np.zeros((lengths.max(), len(arrays), *arrays[0].shape[1:]), dtype=arrays[0].dtype)      # (T, B, …)
    for b, array in enumerate(arrays):
        result[: lengths[b], b] = array
    return result


def rows(inputs: np.ndarray, targets: np.ndarray, mask: np.ndarray, lengths: np.ndarray) -> list[Steps]:
    """The rows of arrays (n, T, …) as examples: views, each as long as `lengths` says, none of which can be written."""
    for array in (inputs, targets, mask):
        array.setflags(write=False)
    return [Steps(inputs[i, :T], targets[i, :T], mask[i, :T]) for i, T in enumerate(lengths.tolist())]


def spans(name: str, knob: Knob, test_knob: Knob | None, least: int, train: int,
          test: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The ranges that a knob gives for the training and for the test split; checks the sizes of both too."""
    sizes(train, test, least=0)
    trained = span(name, knob, least)
    tested = trained if test_knob is None else span(f"test_{name}", test_knob, least)
    room(name, train, trained[1])
    room(name if test_knob is None else f"test_{name}", test, tested[1])
    return trained, tested


def split(what: str, make: Callable[[int, Any], list[Steps]], train: int, test: int, trained: Any = None,
          tested: Any = None) -> dict[str, tuple[Steps, ...]]:
    """A test split from `make(test, tested)`, and a training split from `make(train, trained)` without any of it."""
    sizes(train, test, least=0)
    held_out = make(test, tested)
    return {"train": tuple(apart(lambda n: make(n, trained), train, held_out, what)), "test": tuple(held_out)}


def apart(make: Callable[[int], list[Steps]], n: int, held_out: Iterable[Steps], what: str) -> list[Steps]:
    """`n` examples from `make`, none with the inputs of one that is held out."""
    taken = {e.inputs.tobytes() for e in held_out}
    examples: list[Steps] = []
    for _ in range(20):
        if len(examples) < n:
            examples += [e for e in make(n) if e.inputs.tobytes() not in taken]
    if len(examples) < n:
        raise ValueError(f"{what} asks for {n} training sequences that are not in the test split; "
                         f"it gave only {len(examples)}: make train smaller or the sequences longer")
    return examples[:n]


def spread(draw: Draw, knob: tuple[int, int], n: int) -> np.ndarray:
    """`n` whole numbers from `knob`, a range with both ends: int64 (n,)."""
    return knob[0] + draw.integers(knob[1] - knob[0] + 1, n)


def last_step(lengths: np.ndarray, T: int) -> np.ndarray:
    """True at the last step of each sequence: bool (n, T)."""
    return np.arange(T) == lengths[:, None] - 1
