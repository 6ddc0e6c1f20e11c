"""Windows over a series, and a scale, neither of which lets the future leak into training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnnbook.data.draw import count


class Windows(NamedTuple):
    """What is known and what is to be predicted, time-major: B windows of T steps of D channels."""

    inputs: np.ndarray      # float64 (T, B, D)
    targets: np.ndarray     # float64 (B, D): the value `ahead` steps after the last input
    times: np.ndarray       # int (B,): where in the series each target stands


class Scale(NamedTuple):
    """The mean and standard deviation of each channel, (D,): `apply` gives standard units, `undo` the series' own."""

    mean: np.ndarray
    std: np.ndarray

    def apply(self, values: np.ndarray) -> np.ndarray:
        """(values − mean) / std, for values (…, D)."""
        return (values - self.mean) / self.std

    def undo(self, values: np.ndarray) -> np.ndarray:
        """values · std + mean, for values (…, D)."""
        return values * self.std + self.mean


def scale_of(values: np.ndarray) -> Scale:
    """Mean and standard deviation over time of values (T, D); a channel that never changes is left in its units."""
    std = values.std(axis=0)
    return Scale(values.mean(axis=0), np.where(std > 0, std, 1.0))


def bounds(T: int) -> dict[str, tuple[int, int]]:
    """First step and end of each split of T steps: the first 70 % train, the next 10 % validation, the rest test."""
    train, validation = T * 7 // 10, T * 8 // 10
    return {"train": (0, train), "validation": (train, validation), "test": (validation, T)}


def windows(values: np.ndarray, parts: Mapping[str, tuple[int, int]], T: int, ahead: int = 1) -> dict[str, Windows]:
    """Every window of T steps of values (steps, D), in the part its target belongs to.

    The rule: a window belongs to the part in which its **target** stands. Its inputs are the T steps that end `ahead`
    steps before; they may reach back into an earlier part, for the past is known when one predicts. So every step is
    the target of at most one window, no target occurs in two parts, and nothing of validation or test is seen by a
    training window, as input or as target.
    """
    count("T", T)
    count("ahead", ahead)
    result = {}
    for name, (first, end) in parts.items():
        times = np.arange(max(first, T - 1 + ahead), end)
        if len(times) == 0:
            raise ValueError(f"T is {T} and ahead {ahead}; expected a target in {name}, steps {first} to {end}")
        inputs = values[times - ahead - T + 1 + np.arange(T)[:, None]]      # (T, B, D)
        result[name] = Windows(inputs, values[times], times)
    return result
