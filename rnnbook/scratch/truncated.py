"""Truncated backpropagation through time: the state is carried over the whole sequence, the gradient over k steps.

    forward       as ever: each segment of k steps starts from the last state of the one before
    backward      no gradient flows from a segment to the one before it: dh at the end of a segment is 0, but for dlast

Gradients are those of a loss that takes the first state of each segment as given. With k ≥ T they are the full ones.
The bias is what each loss says about the steps before its segment; what it buys is memory and time that do not grow
with T, if each segment is thrown away after its update, for which `chunks` cuts the arrays.

`truncated.of(cell, k)` is a layer of the params of `cell`.

Source: Williams and Peng, "An efficient gradient-based algorithm for on-line training of recurrent network
trajectories" (1990), the case BPTT(h; h') with h = h'.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import segments
from rnnbook.scratch.layer import Layer


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    caches: list                            # of the cell, one a segment
    segments: list[segments.Segment]
    shape: tuple[int, int, int]             # (T, B, H), of hs


def chunks(k: int, *arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Pieces of k steps of arrays (T, …), the last one shorter, for an update after each:

        for x_k, targets_k in truncated.chunks(25, x, targets):
            hs, state, cache = cell.forward(params, x_k, state)     # the state is carried, the cache forgotten

    Views, not copies.
    """
    validate.sizes(k=k)
    if len({len(array) for array in arrays}) != 1:
        raise ValueError(f"arrays have {[len(array) for array in arrays]} steps; expected the same number, T, in each")
    return (tuple(array[first : first + k] for array in arrays) for first in range(0, len(arrays[0]), k))


def of(cell: Any, k: int) -> Layer:
    """The layer `cell`, a module or a Layer with a step, whose gradient goes back at most to the start of a segment.

    Segments are the steps 1 … k, k + 1 … 2k, and so on.
    """
    validate.sizes(k=k)
    segments.check_layer(cell)

    def forward(params: dict, x: np.ndarray, state: Any = None, lengths: np.ndarray | None = None):
        """As the cell's forward; hs and last are the same."""
        x, parts = segments.split(x, lengths, k)
        hs, last, caches = segments.run(cell, params, x, state, parts, lambda start, cache: cache)
        return hs, last, Cache(caches, parts, hs.shape)

    def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: Any = None):
        """Arguments as the cell's backward. dstate gets what the first segment gives."""
        return segments.run_back(cell, lambda i: cache.caches[i], cache.shape, cache.segments, dhs, dlast, cut=True)

    return Layer(cell.init, cell.step, forward, backward)
