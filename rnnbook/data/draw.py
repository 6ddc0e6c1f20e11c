"""Random choices that are the same on every machine and every Python.

Python promises that `random.Random(seed).random()` gives the same numbers in every version; it promises nothing
for `choice` and `shuffle`, and NumPy nothing for its generators. So all choices here are made from `random()` alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """A source of choices, from a seed."""

    def __init__(self, seed: int):
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ValueError(f"seed is {seed!r}; expected an integer from 0 on")
        self._random = random.Random(seed).random

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


def count(name: str, value: int, least: int = 1) -> int:
    """Check that `value` is an integer of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is {value!r}; expected an integer of at least {least}")
    return value
