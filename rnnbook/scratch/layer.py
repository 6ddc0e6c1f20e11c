"""A layer as a value: what a module such as `lstm` offers, gathered in one tuple.

Structures take a layer and return a layer: stacked.of(bidirectional.of(lstm)). A module and a `Layer` are used alike:

    params          = layer.init(rng, D, H)
    state           = layer.step(params, x_t, state)
    hs, last, cache = layer.forward(params, x, state=None, lengths=None)
    dx, dstate, grads = layer.backward(cache, dhs=None, dlast=None)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np


class Layer(NamedTuple):
    """The four functions of a recurrent layer; `step` is None where there is none, as in a bidirectional layer."""

    init: Callable[..., dict]
    step: Callable[..., Any] | None
    forward: Callable[..., tuple]
    backward: Callable[..., tuple]


def outputs(layer: Any, params: dict, D: int) -> int:
    """Size of the last axis of `hs` for inputs of size D: H for a cell, 2H for a bidirectional layer."""
    hs, _, _ = layer.forward(params, np.zeros((1, 1, D)))
    return hs.shape[-1]


# ---- What structures do with the parts of their params and states ----------------------------------------------------

def part(params: dict, name: str, names: Iterable[str]) -> dict:
    """params[name], the params of one part of a structure whose parts are `names`."""
    if not isinstance(params, Mapping):
        raise ValueError(f"params is a {type(params).__name__}; expected a dict with {', '.join(names)}")
    if name not in params:
        raise ValueError(f"params has no {name!r}; it needs {', '.join(names)}")
    return params[name]


def states(name: str, state: tuple | None, parts: Sequence[str]) -> tuple:
    """The states of the parts; a None for each if `state` is None. `name` is what errors call it."""
    if state is None:
        return (None,) * len(parts)
    if not isinstance(state, (tuple, list)) or len(state) != len(parts) or hasattr(state, "_fields"):
        got = f" of {len(state)}" if isinstance(state, (tuple, list)) else ""
        raise ValueError(f"{name} is a {type(state).__name__}{got}; expected a tuple ({', '.join(parts)}) of states")
    return tuple(state)


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Say in which part of a structure an argument was wrong: "layer_1: params has no 'W_xh'; …"."""
    try:
        yield
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
