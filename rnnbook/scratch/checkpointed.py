"""Backpropagation through time in memory that grows with √T: store few states, compute the others a second time.

    forward       keeps the state at the start of each segment of k steps, and forgets the rest
    backward      from the last segment to the first: run the segment again from its state, then go back through it

Gradients are the full ones. Kept at a time are T / k states and the cache of one segment of k steps; with k = √T, the
default, both grow with √T. The price is one more forward pass. The input and hs, which the caller holds, are (T, B, …)
as before.

`checkpointed.of(cell)` is a layer of the params of `cell`. The cell must give the same result a second time: one that
draws dropout anew does not, and is refused.

Source: Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost" (2016); for recurrent networks,
Gruslys et al., "Memory-efficient backpropagation through time" (2016).
"""

from __future__ import annotations

import math
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import segments
from rnnbook.scratch.layer import Layer


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    params: dict
    x: np.ndarray                           # (T, B, D), as it was given
    starts: list                            # the state at the start of each segment, of its live sequences
    last: Any
    segments: list[segments.Segment]
    shape: tuple[int, int, int]             # (T, B, H), of hs


def of(cell: Any, k: int | None = None) -> Layer:
    """The layer `cell`, a module or a Layer with a step, that keeps a state every k steps; every ⌈√T⌉ if None."""
    if k is not None:
        validate.sizes(k=k)
    segments.check_layer(cell)

    def forward(params: dict, x: np.ndarray, state: Any = None, lengths: np.ndarray | None = None):
        """As the cell's forward; hs and last are the same."""
        x, parts = segments.split(x, lengths, k or math.isqrt(max(1, len(x)) - 1) + 1)
        hs, last, starts = segments.run(cell, params, x, deepcopy(state), parts, lambda start, cache: start)
        return hs, last, Cache(params, x, starts, deepcopy(last), parts, hs.shape)

    def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: Any = None):
        """As the cell's backward; gradients are the same."""
        params, x, starts, state, parts, shape = cache                       # state: after the segment that is next

        def again(i: int):
            nonlocal state
            steps, live, lengths = parts[i]
            _, end, inner = cell.forward(params, x[steps, live], starts[i], lengths)
            if not _equal(end, segments.rows(state, live)):
                raise ValueError("cell gives another result a second time, as with dropout; expected the same")
            state = segments.with_rows(state, live, starts[i], shape[1])
            return inner

        return segments.run_back(cell, again, shape, parts, dhs, dlast, cut=False)

    return Layer(cell.init, cell.step, forward, backward)


def _equal(a: Any, b: Any) -> bool:
    """Whether two states are the same but for rounding."""
    if isinstance(a, tuple):
        return all(_equal(*pair) for pair in zip(a, b, strict=True))
    tolerance = np.sqrt(np.finfo(a.dtype).eps)
    return np.allclose(a, b, rtol=tolerance, atol=tolerance * np.abs(b).max(), equal_nan=True)
