"""What an answer gave back, as named arrays: the only thing that passes from the answer to the judge."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Value:
    """One output: an array, or plain data (ragged lists, dicts) where no array can hold it; and what it was made of."""

    data: Any
    made_of: str


@dataclass(frozen=True)
class Failure:
    """Why a call gave no outputs to judge.

    `kind` is one of untried, callable, arguments, outputs, none, exception, time, edits, state, origin, package.
    `error` is the class of an exception.
    """

    kind: str
    message: str
    lines: tuple[str, ...] = ()     # the learner's lines of a traceback, outermost first
    error: str = ""


@dataclass(frozen=True)
class Result:
    """One call on one case: outputs by name (a missing one is absent), or a failure; and what the answer printed."""

    outputs: Mapping[str, Value] = field(default_factory=dict)
    failure: Failure | None = None
    printed: str = ""


def is_tensor(value: Any) -> bool:
    """True for a torch tensor, told without importing torch."""
    return type(value).__module__.split(".")[0] == "torch" and hasattr(value, "detach")


def value_of(raw: Any) -> Value:
    """A copy of `raw` as an array where one can hold it; lists, tuples, NumPy scalars and torch tensors are welcome."""
    if type(raw) is np.ndarray and not raw.dtype.hasobject:        # the usual case, at once
        return Value(raw.copy("K"), "ndarray")
    if is_tensor(raw):
        return Value(raw.detach().cpu().numpy().copy(), "torch tensor")
    if isinstance(raw, Mapping):
        return Value({key: value_of(item).data for key, item in raw.items()}, "dict")
    if isinstance(raw, list | tuple):
        made_of = f"tuple of {len(raw)}" if isinstance(raw, tuple) else "list"
        items = [value_of(item).data for item in raw]
        try:
            stacked = np.array(items)
        except ValueError:                       # ragged
            return Value(items, made_of)
        return Value(items if stacked.dtype == object else stacked, made_of)
    array = np.array(raw)
    return Value(raw if array.dtype == object else array, type(raw).__name__)


@cache
def groups(returns: tuple[str, ...]) -> list[str]:
    """What the function returns, in order: "grads.W_hh" and "grads.b_h" are one dict, grads."""
    return list(dict.fromkeys(name.split(".")[0] for name in returns))


def named(returns: Sequence[str], raw: Any) -> dict[str, Value] | Failure:
    """Give the parts of `raw` the names in `returns`; a missing one is left out."""
    parts = groups(tuple(returns))
    if len(parts) == 1:
        found = [raw]
    elif not isinstance(raw, list | tuple):
        what = f"an array of shape {np.shape(raw)}" if isinstance(raw, np.ndarray) else f"one {type(raw).__name__}"
        return Failure("outputs", f"It returns {what}; expected {len(parts)} values: {', '.join(parts)}.")
    elif len(raw) != len(parts):
        n = f"{len(raw)} value" + ("s" if len(raw) != 1 else "")
        return Failure("outputs", f"It returns {n}; expected {len(parts)}: {', '.join(parts)}.")
    else:
        found = list(raw)
    by_group = dict(zip(parts, found, strict=True))
    outputs = {}
    for name in returns:
        group, _, key = name.partition(".")
        item = by_group[group]
        if key and item is not None and item is not ...:
            if not isinstance(item, Mapping):
                return Failure("outputs", f"{group} is of type {type(item).__name__}; expected a dict of arrays.")
            if key not in item:
                continue
            item = item[key]
        if item is not None and item is not ...:
            outputs[name] = value_of(item)
    return outputs


def copied(value: Any) -> Any:
    """A deep copy."""
    kind = type(value)
    if kind is np.ndarray and not value.dtype.hasobject:
        return value.copy("K")
    if kind is dict:
        return {key: copied(item) for key, item in value.items()}
    if kind is list:
        return [copied(item) for item in value]
    return value if kind in (int, float, bool, str) or value is None else copy.deepcopy(value)


def same(a: Any, b: Any, path: str = "") -> str | None:
    """None if `a` and `b` hold exactly the same numbers, else the path of the first difference: "params['W_hh']"."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        if type(a) is type(b) is np.ndarray and a.dtype == b.dtype and a.shape == b.shape and a.size < 4096 and (
                a.tobytes() == b.tobytes()) and a.dtype.kind in "fiubc":
            return None
        equal = (isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape and a.dtype == b.dtype
                 and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
        return None if equal else path
    if type(a) is type(b) is dict or (isinstance(a, Mapping) and isinstance(b, Mapping)):
        if list(a) != list(b):
            return path
        return next((p for k in a if (p := same(a[k], b[k], f"{path}[{k!r}]")) is not None), None)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        if len(a) != len(b):
            return path
        return next((p for i in range(len(a)) if (p := same(a[i], b[i], f"{path}[{i}]")) is not None), None)
    if isinstance(a, np.random.Generator) or callable(a):
        return None                              # a generator is meant to be drawn from
    return None if a == b or (a != a and b != b) else path
