"""compare: one intermediate result against another, in one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnbook.checks import verdicts, words
from rnnbook.checks.display import Shown, note_shown
from rnnbook.checks.outputs import value_of

WIDTH = 14      # of the column of names


@dataclass(frozen=True)
class Comparison(Shown):
    """How two arrays differ.

    Attributes
    ----------
    exact
        Every entry is equal.
    close
        Every entry is equal within rtol of the largest, and atol; exact implies close.
    max_difference
        The largest |mine − reference|; inf where the shapes differ or only one is NaN.
    text
        The line that `compare` prints.
    """

    name: str
    exact: bool
    close: bool
    max_difference: float
    text: str

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return self.close


def compare(name: str, mine: Any, reference: Any, *, rtol: float = 1e-5, atol: float = 1e-8) -> Comparison:
    """Compare an intermediate result with what it should be; print one line and return it as an object.

    >>> _ = compare("a_t", [1.0, 2.0], [1.0, 2.5])
    a_t            differs  max |difference| 0.5     first at [1]: 2.0, expected 2.5
    """
    found = _compare(str(name), _array("mine", mine), _array("reference", reference), rtol, atol)
    print(found)
    note_shown(found)
    return found


def _array(what: str, raw: Any) -> np.ndarray:
    array = value_of(raw).data
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiubc":
        raise ValueError(f"{what} is of type {type(raw).__name__}; expected an array of numbers")
    return array


def _compare(name, a, b, rtol, atol):
    if a.shape != b.shape:
        clue = (verdicts.exchanged(name, [(a, b)], rtol=rtol, atol=atol)
                or words.shape_clue(a.shape, b.shape, words.axis_names(name, b.ndim)))
        return Comparison(name, False, False, float("inf"),
                          f"{name:<{WIDTH}} differs  shape {a.shape}, expected {b.shape}. {clue}".rstrip())
    a, b = (x.astype(float) if x.dtype.kind in "iub" else x for x in (a, b))      # unsigned integers would wrap round
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(a - b))
    gap = np.where(np.isnan(gap), np.inf, gap)
    most = float(gap.max()) if gap.size else 0.0
    finite = np.abs(b[np.isfinite(b)])
    limit = atol + rtol * (float(finite.max()) if finite.size else 0.0)
    exact, close = most == 0.0, most <= limit
    word = "exact" if exact else "close" if close else "differs"
    text = f"{name:<{WIDTH}} {word:<7}  max |difference| {most:<7.2g}"
    if not close:
        index = tuple(int(i) for i in np.argwhere(gap > limit)[0])
        where = f"first at [{', '.join(map(str, index))}]: " if index else ""
        text += f" {where}{words.number(a[index])}, expected {words.number(b[index])}"
    return Comparison(name, exact, close, most, text.rstrip())
