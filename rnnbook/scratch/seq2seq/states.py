"""States of any layer as lists of arrays: an array, an LSTMState, or a tuple of states of a structure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def arrays(state: Any) -> list[np.ndarray]:
    """The arrays (B, H) of a state, in order."""
    return [state] if isinstance(state, np.ndarray) else [array for part in state for array in arrays(part)]


def mapped(f: Callable, *states: Any):
    """The state of f applied to the arrays of states of one structure."""
    first = states[0]
    if isinstance(first, np.ndarray):
        return f(*states)
    parts = [mapped(f, *parts) for parts in zip(*states, strict=True)]
    return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)


def join(state: Any) -> np.ndarray:
    """The arrays of a state side by side, (B, N)."""
    return np.concatenate(arrays(state), axis=-1)


def split(joined: np.ndarray, like: Any):
    """The state with the structure of `like` whose arrays side by side are `joined`; the inverse of `join`."""
    ends = np.cumsum([array.shape[-1] for array in arrays(like)])
    pieces = iter(np.split(joined, ends[:-1], axis=-1))
    return mapped(lambda _: next(pieces), like)


def hidden(state: Any) -> np.ndarray:
    """The hidden state (B, H) of the uppermost cell."""
    if isinstance(state, np.ndarray):
        return state
    return state.h if hasattr(state, "h") else hidden(state[-1])


def plus_hidden(state: Any, d: np.ndarray):
    """The state with `d` added to the hidden state of the uppermost cell."""
    if isinstance(state, np.ndarray):
        return state + d
    if hasattr(state, "h"):
        return state._replace(h=state.h + d)
    return (*state[:-1], plus_hidden(state[-1], d))


def shape(state: Any) -> str:
    """The structure and sizes of a state in words: "LSTMState(5, 5)"."""
    if isinstance(state, np.ndarray):
        return str(state.shape[-1])
    return f"{type(state).__name__ if hasattr(state, '_fields') else ''}({', '.join(map(shape, state))})"
