"""Measurements in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnnbook.data.dataset import Dataset, frozen, several
from rnnbook.data.windows import Scale, Windows, bounds, scale_of, windows


class Stretches(NamedTuple):
    """Stretches of a series side by side, time-major. What stands after a stretch's end is 0 and means nothing."""

    values: np.ndarray      # float64 (T, B, D)
    lengths: np.ndarray     # int (B,)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Series(Dataset):
    """One series, split in time: 70 % train, 10 % validation, 20 % test.

    The examples of a split are stretches without a gap: here one, an array (T,) or (T, D). `values` is all of it.

    Attributes
    ----------
    interval
        The time from one value to the next, in `time_unit`.
    time_unit
        "ms", "s", "trading day"; "step" where time has no unit.
    unit
        Of the values: "mV"; empty where they have none.
    channels
        The names of the D columns; empty for an array (T,).
    optimum
        The mean squared error of the best prediction one step ahead that knows the rule and the past but not the noise
        to come, in units²; None where nobody knows it.
    """

    interval: float = 1.0
    time_unit: str = "step"
    unit: str = ""
    channels: tuple[str, ...] = ()
    optimum: float | None = None

    @property
    def values(self) -> np.ndarray:
        """The whole series, (T,) or (T, D)."""
        return np.concatenate([stretch for stretches in self.splits.values() for stretch in stretches])

    @property
    def times(self) -> np.ndarray:
        """When each value was measured, (T,), in `time_unit`, from 0."""
        return np.arange(len(self.values)) * self.interval

    @property
    def scale(self) -> Scale:
        """Mean and standard deviation of the training split alone, per channel."""
        return scale_of(_columns(self.train[0]))

    def windows(self, T: int, ahead: int = 1, scaled: bool = True) -> dict[str, Windows]:
        """All windows of T steps of every split, with the value `ahead` steps later; in standard units if `scaled`.

        A window belongs to the split of its target; see `rnnbook.data.windows.windows` for the rule.
        """
        values, parts, end = _columns(self.values), {}, 0
        for split in self.splits:
            parts[split] = (end, end + self._size(split))
            end += self._size(split)
        return windows(self.scale.apply(values) if scaled else values, parts, T, ahead)

    def batch(self, examples: Sequence[np.ndarray]) -> Stretches:
        """Stretches, each (T,) or (T, D), side by side as a padded array."""
        several(examples, np.ndarray)
        lengths = np.array([len(stretch) for stretch in examples])
        values = np.zeros((lengths.max(), len(examples), _columns(examples[0]).shape[1]))
        for b, stretch in enumerate(examples):
            values[: lengths[b], b] = _columns(stretch)
        return Stretches(values, lengths)

    def _size(self, split: str) -> int:
        return sum(len(stretch) for stretch in self.splits[split])

    def _more(self) -> list[str]:
        steps = f"a value every {self.interval:g} {self.time_unit}" if self.time_unit != "step" else ""
        return list(filter(None, [steps, f"values in {self.unit}" if self.unit else "", ", ".join(self.channels)]))


def in_time(values: np.ndarray) -> dict[str, tuple[Any, ...]]:
    """The splits of a series (T,) or (T, D): 70 % train, 10 % validation, 20 % test, in this order."""
    if len(values) < 10:
        raise ValueError(f"values has {len(values)} steps; expected at least 10, to be split 70/10/20")
    whole = frozen(values, np.float64)
    return {name: (whole[first:end],) for name, (first, end) in bounds(len(whole)).items()}


def _columns(values: np.ndarray) -> np.ndarray:
    """(T,) or (T, D) as (T, D)."""
    return values[:, None] if values.ndim == 1 else values
