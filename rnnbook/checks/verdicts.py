"""One output against the right one: right, or what is wrong with it and where."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Any

import numpy as np

from rnnbook.checks import words
from rnnbook.checks.outputs import Value

RIGHT, SHAPE, DTYPE, VALUES, NAN, MISSING, UNREACHED, CONVENTION = (
    "right", "wrong shape", "wrong dtype", "wrong values", "NaN or inf", "missing", "not reached", "another convention")

FAMILIES = {"f": "f", "i": "iu", "u": "iu", "b": "b", "U": "U", "c": "fc"}      # of dtypes: what may stand for what


@dataclass(frozen=True)
class Verdict:
    """What is said of one output: its status (one of the constants above), a sentence or two, and a guess."""

    name: str
    status: str
    detail: str = ""
    clue: str = ""

    @property
    def right(self) -> bool:
        return self.status == RIGHT


@cache
def right(name: str) -> Verdict:
    """That an output is right; one object for all."""
    return Verdict(name, RIGHT)


def compare(name: str, got: Value | None, expected: Value, *, rtol: float, atol: float,
            axes: Sequence[str] | None = None) -> Verdict:
    """Judge one output on one case.

    A number is right if |got − expected| ≤ atol + rtol · max |expected|; integers, booleans and strings must be equal.
    """
    if got is None:
        return Verdict(name, MISSING, "There is no such entry, or it is None.")
    if not isinstance(expected.data, np.ndarray):
        if isinstance(expected.data, Mapping) and not isinstance(got.data, Mapping):
            return Verdict(name, DTYPE, f"It is of type {got.made_of}; expected a dict.")
        where = _plain_difference(got.data, expected.data, rtol, atol)
        return Verdict(name, RIGHT) if where is None else Verdict(name, VALUES, where)
    if _identical(got.data, expected.data):
        return right(name)
    found = form(name, got, expected, axes)
    if found is not None:
        return found
    return _values(name, np.asarray(got.data), expected.data, rtol, atol, axes)


def agrees(name: str, got: Value, expected: Value, *, rtol: float, atol: float) -> bool:
    """Whether `compare` would say right; without looking for words."""
    have, want = got.data, expected.data
    if not isinstance(want, np.ndarray):
        return compare(name, got, expected, rtol=rtol, atol=atol).right
    if _identical(have, want):
        return True
    if not isinstance(have, np.ndarray) or have.shape != want.shape or _of_another_kind(have, want):
        return False
    return not differs(have, want, rtol, atol).any()


def _of_another_kind(have: np.ndarray, want: np.ndarray) -> bool:
    """Whether a dtype cannot stand for the one expected; integers may for numbers that are whole."""
    if have.dtype.kind in FAMILIES.get(want.dtype.kind, want.dtype.kind):
        return False
    return not (want.dtype.kind == "f" and have.dtype.kind in "iu" and np.array_equal(have, want))


def _identical(have: Any, want: np.ndarray) -> bool:
    """Whether two small arrays are equal to the last bit: a quick look before the careful one."""
    return (type(have) is np.ndarray and have.dtype == want.dtype and have.shape == want.shape and want.size < 4096
            and not want.dtype.hasobject and have.tobytes() == want.tobytes())


def form(name: str, got: Value, expected: Value, axes: Sequence[str] | None = None) -> Verdict | None:
    """Type, shape, dtype, NaN and inf; None if all are in order."""
    want = expected.data
    if not isinstance(got.data, np.ndarray):
        what = "a list whose rows differ in length" if isinstance(got.data, list) else f"of type {got.made_of}"
        return Verdict(name, DTYPE, f"It is {what}; expected {_kind(want)}.")
    have = got.data
    if have.shape != want.shape:
        if got.made_of.startswith("tuple") and not expected.made_of.startswith("tuple"):
            n = got.made_of.split()[-1]
            comma = " Is there a comma after the value?" if n == "1" else ""
            return Verdict(name, SHAPE, f"It is a tuple of {n}; expected {_kind(want)} of shape "
                                        f"{words.shape(want.shape)}.{comma}")
        clue = words.shape_clue(have.shape, want.shape, words.axis_names(name, want.ndim, axes))
        text = f"Its shape is {words.shape(have.shape)}; expected {words.shape(want.shape)}."
        return Verdict(name, SHAPE, text, clue)
    if _of_another_kind(have, want):
        if not have.ndim and not want.ndim and got.made_of in ("str", "bool"):
            return Verdict(name, DTYPE, f"It is of type {got.made_of}; expected {_kind(want)}.")
        cut = " Were the values cut to whole numbers?" if have.dtype.kind in "iu" and want.dtype.kind == "f" else ""
        return Verdict(name, DTYPE, f"Its dtype is {have.dtype}; expected {_kind(want)}.{cut}")
    if have.dtype.kind in "fc" and want.dtype.kind in "fc" and not np.isfinite(have).all():
        bad = ~np.isfinite(have) & np.isfinite(want)
        if bad.any():
            index = tuple(int(i) for i in np.argwhere(bad)[0])
            what = "NaN" if np.isnan(have[index]) else str(float(have[index]))
            return Verdict(name, NAN, f"{what} first at {_where(name, index, axes)}." if index else f"It is {what}.")
    return None


def _values(name, have, want, rtol, atol, axes):
    wrong = differs(have, want, rtol, atol)
    if not wrong.any():
        return right(name)
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    if want.ndim == 0:
        return Verdict(name, VALUES)
    share = "Every entry differs" if wrong.all() else f"{int(wrong.sum())} of {wrong.size} entries differ"
    return Verdict(name, VALUES, f"First at {_where(name, index, axes)}. {share}.")


def exchanged(name: str, pairs: Sequence[tuple[Any, Any]], *, rtol: float, atol: float,
              axes: Sequence[str] | None = None) -> str:
    """What to say where an output holds the right numbers in another order of axes on every case; else "".

    `pairs` has, for each case, what was given and what is right.
    """
    ndims = {np.ndim(want) if isinstance(want, np.ndarray) else 0 for _, want in pairs}
    ndim = ndims.pop()
    if ndims or not 2 <= ndim <= 4 or not all(isinstance(have, np.ndarray) and have.dtype.kind in "fiubc"
                                              for have, _ in pairs):
        return ""
    for order in list(permutations(range(ndim)))[1:]:
        if all(have.shape == want.transpose(order).shape
               and not differs(have, want.transpose(order), rtol, atol).any() for have, want in pairs):
            return words.axes_run(order, words.axis_names(name, ndim, axes))
    return ""


def differs(have: np.ndarray, want: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """True where an entry is wrong; the arrays have one shape."""
    if want.dtype.kind not in "fc":
        return np.asarray(have != want)
    largest = float(np.abs(want).max()) if want.size else 0.0
    if math.isfinite(largest):                   # the usual case, in few passes
        with np.errstate(over="ignore"):
            return ~(np.abs(have - want) <= atol + rtol * largest)
    finite = np.isfinite(want)
    scale = float(np.abs(want[finite]).max()) if finite.any() else 0.0
    with np.errstate(invalid="ignore"):
        near = np.abs(have - want) <= atol + rtol * scale
    both_nan = np.isnan(want) & np.isnan(have)
    return ~np.where(finite, near, (have == want) | both_nan)


def _where(name: str, index: tuple[int, ...], axes: Sequence[str] | None) -> str:
    place = words.place(index, words.axis_names(name, len(index), axes))
    return f"{place}, which is {name}[{', '.join(map(str, index))}]"


def _kind(array: np.ndarray) -> str:
    kinds = {"f": "floating-point numbers", "i": "integers", "u": "integers", "b": "True or False", "U": "strings",
             "c": "complex numbers"}
    plural = kinds.get(array.dtype.kind, str(array.dtype))
    if array.ndim:
        return f"an array of {plural}" if plural != "True or False" else "an array of booleans"
    return {"f": "a number", "i": "an integer", "u": "an integer", "U": "a string"}.get(array.dtype.kind, plural)


def _plain_difference(got: Any, want: Any, rtol: float, atol: float, path: str = "It") -> str | None:
    """The first difference of dicts, lists and their like in words; None if there is none."""
    if isinstance(want, Mapping):
        if not isinstance(got, Mapping):
            return f"{path} is not a dict."
        for key in want:
            if key not in got:
                return f"The key {key!r} is missing."
        for key in got:
            if key not in want:
                return f"The key {key!r} is too many."
        pairs = [(got[k], want[k], f"The entry {k!r}") for k in want]
    elif isinstance(want, list) and (isinstance(got, list) or (isinstance(got, np.ndarray) and got.ndim)):
        if len(got) != len(want):
            return f"{path} has {len(got)} entries; expected {len(want)}."
        pairs = [(got[i], want[i], f"Entry {i}, counted from 0,") for i in range(len(want))]
    elif isinstance(want, np.ndarray) and not isinstance(got, Mapping | list):       # a list here is a ragged one
        have = np.asarray(got)
        if have.shape != want.shape:
            return f"{path} has shape {words.shape(have.shape)}; expected {words.shape(want.shape)}."
        equal = have.dtype.kind in "fiub" if want.dtype.kind in "fiub" else have.dtype.kind == want.dtype.kind
        return None if equal and not differs(have, want, rtol, atol).any() else f"{path} is not right."
    else:
        return None if type(got) is type(want) and got == want else f"{path} is not right."
    return next((d for g, w, p in pairs if (d := _plain_difference(g, w, rtol, atol, p)) is not None), None)
