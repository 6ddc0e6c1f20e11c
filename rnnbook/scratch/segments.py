"""Sequences in segments of k steps, the state carried from each to the next: what truncated and checkpointed share.

A sequence that has ended takes no part in later segments; the others there are called live.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch.weights import mapped
from rnnbook.text import length_mask


class Segment(NamedTuple):
    """Steps of a segment, the live sequences, and how many real steps each of those has in it."""

    steps: slice
    live: Any               # int (n,), or a slice of all: an index into the batch
    lengths: np.ndarray     # int (n,)


def check_layer(layer: Any) -> None:
    """Refuse a layer that needs a sequence as a whole."""
    if layer.step is None:
        raise ValueError("cell has no step, as a bidirectional layer: its state cannot be carried from left to right")


def split(x: np.ndarray, lengths: np.ndarray | None, k: int) -> tuple[np.ndarray, list[Segment]]:
    """Checked x (T, B, D) and its segments of k steps, as far as any sequence reaches."""
    x = validate.array("x", x, (None, None, None), sizes="(T, B, D)")
    T, B, _ = x.shape
    n = validate.lengths(lengths, T, B)
    validate.no_nan("x", x, length_mask(n, T))
    segments = []
    for first in range(0, int(n.max()), k):
        live = np.flatnonzero(n > first)
        steps = slice(first, min(first + k, T))
        own = np.minimum(n[live] - first, steps.stop - first)
        segments.append(Segment(steps, slice(None) if len(live) == B else live, own))
    return x, segments


def run(layer: Any, params: dict, x: np.ndarray, state: Any, segments: list[Segment],
        keep: Callable[[Any, Any], Any]) -> tuple[np.ndarray, Any, list]:
    """hs (T, B, H), last, and keep(start, cache) of each segment, run one after the other."""
    kept: list = []
    last = state
    for steps, live, lengths in segments:
        start = rows(last, live)
        out, end, cache = layer.forward(params, x[steps, live], start, lengths)
        if not kept:
            hs = np.zeros((*x.shape[:2], out.shape[-1]), out.dtype)
        hs[steps, live] = out
        last = with_rows(last, live, end, x.shape[1])
        kept.append(keep(start, cache))
    return hs, last, kept


def run_back(layer: Any, caches: Callable[[int], Any], shape: tuple[int, int, int], segments: list[Segment],
             dhs: np.ndarray | None, dlast: Any, cut: bool) -> tuple[np.ndarray, Any, dict]:
    """dx, dstate and grads, from the last segment to the first; with `cut`, nothing flows from one to another.

    `caches(i)` is the cache of segment i; `shape` that of hs, (T, B, H).
    """
    T, B, _ = shape
    if dhs is not None:
        dhs = validate.array("dhs", dhs, shape)
    check_rows("dlast", dlast, B)
    dstate, total = dlast, None                          # what enters after a segment: at a sequence's end, dlast
    for i in reversed(range(len(segments))):
        steps, live, _ = segments[i]
        own = None if dhs is None else dhs[steps, live]
        d, dstart, grads = layer.backward(caches(i), own, rows(dstate, live))
        if total is None:
            dx = np.zeros((T, B, d.shape[-1]), d.dtype)
        dx[steps, live] = d
        total = grads if total is None else mapped(np.add, total, grads)
        dstate = with_rows(dstate, live, _zeros(dstart) if cut and i > 0 else dstart, B)
    assert total is not None
    return dx, dstate, total


# ---- Rows of states of any nesting -----------------------------------------------------------------------------------

def rows(state: Any, live: Any) -> Any:
    """The state of the live sequences; None where there is none."""
    if isinstance(state, tuple):
        return _like(state, [rows(part, live) for part in state])
    return None if state is None else np.asarray(state)[live]


def with_rows(state: Any, live: Any, new: Any, B: int) -> Any:
    """The state of all B sequences, with `new` for the live ones; 0 for the others where there is none."""
    if isinstance(live, slice):
        return new
    if isinstance(new, tuple):
        parts = (None,) * len(new) if state is None else state
        return _like(new, [with_rows(part, live, n, B) for part, n in zip(parts, new, strict=True)])
    whole = np.zeros((B, *new.shape[1:]), new.dtype) if state is None else state.astype(new.dtype)
    whole[live] = new
    return whole


def check_rows(name: str, state: Any, B: int) -> None:
    """Refuse a state with an array that is not one of B rows."""
    for part in state if isinstance(state, tuple) else ():
        check_rows(name, part, B)
    if state is not None and not isinstance(state, tuple) and np.shape(state)[:1] != (B,):
        raise ValueError(f"{name} has an array of shape {np.shape(state)}; expected ({B}, …), a row for each sequence")


def _like(state, parts):
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


def _zeros(state):
    return _like(state, [_zeros(part) for part in state]) if isinstance(state, tuple) else np.zeros_like(state)
