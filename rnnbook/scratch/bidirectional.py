"""A cell read in both directions: each step sees what stands before it and what comes after.

    hs_t = [h_t left-to-right ; h_t right-to-left]        (2H)

The right-to-left cell has weights of its own. It reads every sequence from its own last real step to its first, and
its states are turned back before the two are joined. Its state at step 1 has seen the whole sequence, and is its last.

`bidirectional.of(cell)` is a layer, of params {"left_to_right": …, "right_to_left": …}; a state is the tuple of the
states of the two, in that order. It has no step: the right-to-left cell starts at the end.

Source: Schuster and Paliwal, "Bidirectional recurrent neural networks" (1997).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch.layer import Layer, inside, part, states

DIRECTIONS = ("left_to_right", "right_to_left")


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    left_to_right: Any              # the caches of the two cells
    right_to_left: Any
    lengths: np.ndarray             # int (B,)
    shape: tuple[int, int, int]     # (T, B, 2H), of hs


def reverse(x: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """Each sequence of x (T, B, …) reversed within its own length; the padding stays where it is, at the end.

    With n = lengths[b], step t of sequence b is x[n − 1 − t, b] where t < n, and x[t, b] after. Reversing twice gives
    x back. `lengths` is int (B,); all T if None.
    """
    x = validate.as_array("x", x)
    if x.ndim < 2 or 0 in x.shape[:2]:
        raise ValueError(f"x has shape {x.shape}; expected (T, B, …), at least one step and one sequence")
    T, B = x.shape[:2]
    return _reverse(x, validate.lengths(lengths, T, B))


def _reverse(x, lengths):
    t = np.arange(len(x))[:, None]                                   # (T, 1)
    source = np.where(t < lengths, lengths - 1 - t, t)               # (T, B)
    return x[source, np.arange(len(lengths))]


def of(cell: Any) -> Layer:
    """The layer that runs `cell`, a module or a Layer, in both directions."""

    def init(rng: np.random.Generator, D: int, H: int, **options) -> dict:
        """Parameters {"left_to_right": …, "right_to_left": …}, each drawn by the cell's init, which takes options."""
        return {name: cell.init(rng, D, H, **options) for name in DIRECTIONS}

    def forward(params: dict, x: np.ndarray, state: tuple | None = None, lengths: np.ndarray | None = None):
        """Run the cell in both directions over sequences.

        Parameters
        ----------
        x : (T, B, D)
        state : tuple (left_to_right, right_to_left) of the cell's states
            Where each direction starts: before the first step, and behind the last real one.
        lengths : int (B,)
            Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.

        Returns
        -------
        hs : (T, B, 2H)
            0 after a sequence's end.
        last : tuple (left_to_right, right_to_left) of the cell's states
            After each sequence's last real step, and after its first: each has seen the whole sequence.
        cache : Cache
        """
        x = validate.array("x", x, (None, None, None), sizes="(T, B, D)")
        n = validate.lengths(lengths, *x.shape[:2])                                          # (B,)
        start_ltr, start_rtl = states("state", state, DIRECTIONS)
        params_ltr, params_rtl = (part(params, name, DIRECTIONS) for name in DIRECTIONS)
        with inside("left_to_right"):
            hs_ltr, last_ltr, cache_ltr = cell.forward(params_ltr, x, start_ltr, lengths)
        with inside("right_to_left"):
            hs_rtl, last_rtl, cache_rtl = cell.forward(params_rtl, _reverse(x, n), start_rtl, lengths)
        hs = np.concatenate([hs_ltr, _reverse(hs_rtl, n)], axis=-1)                          # (T, B, 2H)
        return hs, (last_ltr, last_rtl), Cache(cache_ltr, cache_rtl, n, hs.shape)

    def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: tuple | None = None):
        """Backpropagation through time in each direction: the gradient is split as hs was joined.

        Parameters
        ----------
        dhs : (T, B, 2H)
            Gradient of the loss with respect to `hs`; what stands after a sequence's end is never used.
        dlast : tuple (left_to_right, right_to_left)
            Gradient with respect to `last`. What is None is 0.

        Returns
        -------
        dx : (T, B, D)
            The sum of the two directions; 0 after a sequence's end.
        dstate : tuple (left_to_right, right_to_left)
        grads : dict, nested as the params
        """
        dlast_ltr, dlast_rtl = states("dlast", dlast, DIRECTIONS)
        dhs_ltr, dhs_rtl = None, None
        if dhs is not None:
            dhs_ltr, dhs_rtl = np.split(validate.array("dhs", dhs, cache.shape), 2, axis=-1)         # (T, B, H) each
            dhs_rtl = _reverse(dhs_rtl, cache.lengths)
        with inside("left_to_right"):
            dx_ltr, dstate_ltr, grads_ltr = cell.backward(cache.left_to_right, dhs_ltr, dlast_ltr)
        with inside("right_to_left"):
            dx_rtl, dstate_rtl, grads_rtl = cell.backward(cache.right_to_left, dhs_rtl, dlast_rtl)
        dx = dx_ltr + _reverse(dx_rtl, cache.lengths)                                        # (T, B, D)
        return dx, (dstate_ltr, dstate_rtl), {"left_to_right": grads_ltr, "right_to_left": grads_rtl}

    return Layer(init, None, forward, backward)
