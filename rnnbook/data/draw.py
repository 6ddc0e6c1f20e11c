"""Random choices that are the same on every machine and every Python.

Python promises that `random.Random(seed).random()` gives the same numbers in every version; it promises nothing
for `choice` and `shuffle`. So all single choices here are made from `random()` alone. NumPy promises the same for the
raw integers of its bit generator PCG64, and nothing for the methods of `Generator`. So all arrays here are made from
`random_raw` by exact arithmetic.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

T = TypeVar("T")
Shape = int | tuple[int, ...]
Knob = int | tuple[int, int]        # a number, or a range (low, high) with both ends
CHUNK = 1 << 16
MOST = 1_000_000                    # examples of a split
MANY = 100_000                      # examples of a split that a grammar makes, word by word
MOST_STEPS = 50_000_000             # steps of a split: 400 MB an array


class Draw:
    """A source of choices, from a seed. Single choices and arrays have streams of their own."""

    def __init__(self, seed: int):
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ValueError(f"seed is {seed!r}; expected an integer from 0 on")
        self._random = random.Random(seed).random
        self._seed = seed

    def below(self, n: int) -> int:
        """An integer from 0 to n − 1."""
        return int(self._random() * n)

    def one(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.below(len(options))]

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return self._random() < p

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """`items` in random order (Fisher and Yates)."""
        result = list(items)
        for i in reversed(range(1, len(result))):
            j = self.below(i + 1)
            result[i], result[j] = result[j], result[i]
        return result

    def integers(self, below, shape: Shape) -> np.ndarray:
        """Integers from 0 to below − 1, int64 of `shape`. `below` is a number or an array that fits `shape`.

        Each is (top 32 bits · below) >> 32: no number is likelier than another by more than below / 2³².
        """
        below = np.asarray(below)
        if not np.issubdtype(below.dtype, np.integer) or below.size == 0 or below.min() < 1 or below.max() > 1 << 31:
            raise ValueError(f"below is {below!r}; expected integers from 1 to 2³¹")
        high = (self._raw(shape) >> np.uint64(32)) * below.astype(np.uint64)
        return (high >> np.uint64(32)).astype(np.int64)

    def uniform(self, shape: Shape) -> np.ndarray:
        """Numbers in [0, 1), float64 of `shape`: multiples of 2⁻⁵³."""
        return (self._raw(shape) >> np.uint64(11)) * 2.0 ** -53

    def normal(self, shape: Shape) -> np.ndarray:
        """Numbers of mean 0 and variance 1, nearly normal, float64 of `shape`.

        Each is the sum of 12 integers of 16 bits, less its mean, over 2¹⁶: exact, with no logarithm that could differ
        between machines. The tails are a little thin: no number is beyond ±6, 0.2 % are beyond ±3 (normal: 0.27 %).
        """
        result = np.empty(shape)
        flat = result.reshape(-1)                        # a view
        for start in range(0, flat.size, CHUNK):
            n = min(CHUNK, flat.size - start)
            pieces = self._raw(3 * n).view(np.uint16).reshape(n, 12)
            flat[start : start + n] = (pieces.sum(axis=1, dtype=np.int64) - 6 * 65535) / 65536
        return result

    def orders(self, n: int, T: int) -> np.ndarray:
        """n random orders of 0 … T − 1, int64 (n, T)."""
        return np.argsort(self._raw((n, T)), axis=1, kind="stable")

    @cached_property
    def _bits(self) -> np.random.PCG64:
        return np.random.PCG64(self._seed)

    def _raw(self, shape: Shape) -> np.ndarray:
        """Integers of 64 random bits, uint64 of `shape`."""
        size = int(np.prod(shape, dtype=np.int64))
        return self._bits.random_raw(size).reshape(shape)


def count(name: str, value: int, least: int = 1, most: int | None = None) -> int:
    """Check that `value` is an integer of at least `least`, and at most `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is {value!r}; expected an integer of at least {least}")
    if most is not None and value > most:
        raise ValueError(f"{name} is {value!r}; expected at most {most}")
    return value


def sizes(train: int, test: int, least: int = 1, most: int = MOST) -> None:
    """Check how many examples are asked for: `least` to `most` to learn from, 1 to `most` to measure on."""
    count("train", train, least, most)
    count("test", test, 1, most)


def room(name: str, n: int, steps: int) -> None:
    """Check that n sequences of so many `steps`, which the argument `name` asks for, fit into memory."""
    if n * steps > MOST_STEPS:
        raise ValueError(f"{name} asks for {n} sequences of up to {steps} steps; "
                         f"expected at most {MOST_STEPS} steps in all")


def span(name: str, value: Knob, least: int = 0) -> tuple[int, int]:
    """Check a knob that is a number or a range (low, high), both ends in it: 5 gives (5, 5)."""
    low, high = value if isinstance(value, tuple | list) and len(value) == 2 else (value, value)
    numbers = all(isinstance(end, int | np.integer) and not isinstance(end, bool) for end in (low, high))
    if not numbers or not least <= low <= high:
        raise ValueError(f"{name} is {value!r}; expected an integer of at least {least} or a range (low, high)")
    return int(low), int(high)


def either(name: str, value: bool) -> bool:
    """Check that `value` is True or False."""
    if not isinstance(value, bool):
        raise ValueError(f"{name} is {value!r}; expected True or False")
    return value


def share(name: str, value: float) -> float:
    """Check that `value` is a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{name} is {value!r}; expected a number from 0 to 1")
    return value
