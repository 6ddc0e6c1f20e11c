"""Places, shapes and numbers in words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice, permutations
from typing import Any

import numpy as np

SHOWN = 48          # an array with more entries than this is shown by its shape only


def axis_names(name: str, ndim: int, given: Sequence[str] | None = None) -> tuple[str, ...]:
    """What the axes of the output `name` are called."""
    if given is not None and len(given) == ndim:
        return tuple(given)
    if ndim == 2 and name.rsplit(".", 1)[-1].startswith("W"):
        return ("row", "column")
    usual = {0: (), 1: ("entry",), 2: ("sequence", "unit"), 3: ("step", "sequence", "unit")}
    return usual.get(ndim) or tuple(f"axis {i}" for i in range(ndim))


def place(index: Sequence[int], axes: Sequence[str]) -> str:
    """(3, 1, 0) -> "step 3, sequence 1, unit 0 (counted from 0)"."""
    return ", ".join(f"{axis} {i}" for axis, i in zip(axes, index, strict=True)) + " (counted from 0)"


def shape(value: Sequence[int]) -> str:
    """(2, 3) -> "(2, 3)", () -> "() (one number)"."""
    return str(tuple(value)) if len(value) else "() (one number)"


def shape_clue(got: tuple[int, ...], expected: tuple[int, ...], axes: Sequence[str]) -> str:
    """What a wrong shape looks like; empty where nothing can be said."""
    if len(got) == len(expected):
        if sorted(got) == sorted(expected):
            return _permuted(got, expected, axes)
        off = [i for i, (g, e) in enumerate(zip(got, expected, strict=True)) if g != e]
        if len(off) == 1:
            i = off[0]
            n = got[i] - expected[i]
            if abs(n) == 1:
                clue = f"One {axes[i]} too {'many' if n > 0 else 'few'}"
                first = " Is the state before the first step among them?" if axes[i] == "step" and n > 0 else ""
                return f"{clue}: {got[i]}, not {expected[i]}.{first}"
            return f"The {axes[i]} axis has size {got[i]}, not {expected[i]}."
        return ""
    surplus = [i for i, n in enumerate(got) if n == 1 and got[:i] + got[i + 1:] == expected]
    if surplus:
        return f"Axis {surplus[0]}, of size 1, is too many." if len(surplus) == 1 else "An axis of size 1 is too many."
    if len(got) < len(expected) and tuple(n for n in got if n != 1) == tuple(n for n in expected if n != 1):
        return "An axis of size 1 is missing."
    if len(got) + 1 == len(expected):
        for i in range(len(expected)):
            if got == expected[:i] + expected[i + 1:]:
                return f"The {axes[i]} axis is missing: one {axes[i]} instead of all {expected[i]}, or their sum?"
    return f"It has {_axes(len(got))}; expected {len(expected)}."


def _axes(n: int) -> str:
    return f"{n} {'axis' if n == 1 else 'axes'}"


def _permuted(got, expected, axes):
    n = len(expected)
    orders = [o for o in permutations(range(n)) if tuple(expected[i] for i in o) == got]
    orders.sort(key=lambda o: sum(o[i] != i for i in range(n)))
    order = orders[0]
    if n == 2:
        return "The two sizes stand in the other order."
    return f"Its sizes fit the axes ({', '.join(axes[i] for i in order)}); expected ({', '.join(axes)})."


def axes_run(order: Sequence[int], axes: Sequence[str]) -> str:
    """Right numbers, the axes in another order: what to say."""
    text = (f"The numbers are right but its axes are exchanged: they run ({', '.join(axes[i] for i in order)}); "
            f"expected ({', '.join(axes)}).")
    first = axes[0] == "step" and tuple(order[:2]) == (1, 0)
    return text + (" Batch first? This book puts time first." if first else "")


def number(x: Any) -> str:
    """One entry, four significant digits."""
    x = np.asarray(x)[()]
    if isinstance(x, str | bool | np.bool_ | np.str_):
        return repr(x.item() if isinstance(x, np.generic) else x)
    if isinstance(x, int | np.integer):
        return str(int(x))
    if isinstance(x, float | np.floating):
        x = float(x)
        return f"{x:.1f}" if x.is_integer() and abs(x) < 1e6 else f"{x:.4g}"
    return str(x)


def decimals(got: float, right: float, atol: float) -> str:
    """A remark on a number that is right as far as it goes, but rounded to too few decimals; `atol` says how many."""
    asked = -math.floor(math.log10(2 * atol)) if atol > 0 else 0
    given = next((d for d in range(1, asked) if math.isclose(got, round(right, d), abs_tol=1e-9)), None)
    if given is None:
        return ""
    count = ("no", "one", "two", "three", "four")
    said = [count[d] if d < len(count) else str(d) for d in (given, asked)]
    return f"It is right to {said[0]} decimal{'s' if given != 1 else ''}; give {said[1]}."


def data(value: Any) -> str:
    """An array or plain value in few characters: the numbers if there are at most SHOWN, else the shape."""
    if isinstance(value, np.ndarray):
        if value.size > SHOWN:
            return f"array of shape {value.shape}"
        value = value + 0.0 if value.dtype.kind == "f" else value            # no −0
        if value.ndim == 0:
            return number(value)
        if value.dtype.hasobject:
            return _numbers(value)
        return _remembered(value.tobytes(), value.dtype, value.shape)
    if isinstance(value, Mapping):
        shown = [f"{k!r}: {data(v)}" for k, v in islice(value.items(), SHOWN)]
        return "{" + ", ".join(shown) + (", …}" if len(value) > SHOWN else "}")
    cut = isinstance(value, list | tuple) and len(value) > SHOWN             # the rest may be very long
    text = number(value) if isinstance(value, float) else repr(value[:SHOWN] if cut else value)
    return f"{text[:400]} …" if cut or len(text) > 400 else text


def _numbers(array: np.ndarray) -> str:
    text = np.array2string(array, precision=4, suppress_small=True, separator=", ", max_line_width=76,
                           floatmode="maxprec_equal")
    return "\n".join(line for line in text.split("\n") if line.strip())


@lru_cache(1024)
def _remembered(numbers: bytes, dtype: np.dtype, shape: tuple[int, ...]) -> str:
    """The same few arrays are shown to a whole class."""
    return _numbers(np.frombuffer(numbers, dtype).reshape(shape))


def sizes(case: Mapping[str, Any]) -> str:
    """A case by its shapes: "x_t (4, 3), state (4, 5), T = 6"."""
    words = []
    for name, value in flat(case):
        if isinstance(value, np.ndarray):
            words.append(f"{name} {value.shape}")
        elif isinstance(value, str | int | float | bool):
            words.append(f"{name} = {value!r}")
        else:
            words.append(name)
    return ", ".join(words)


def flat(case: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The inputs of a case by name, dicts of arrays entry by entry: params["W_xh"] is called W_xh."""
    found: list[tuple[str, Any]] = []
    for name, value in case.items():
        if isinstance(value, Mapping) and value and all(isinstance(v, np.ndarray) for v in value.values()):
            found += [(str(key), item) for key, item in value.items()]
        else:
            found.append((name, value))
    return found
