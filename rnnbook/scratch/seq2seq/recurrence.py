"""The decoder with attention: its state asks the encoder's states before each step, forward and backward.

    ctx_t = attention(query = h_{t-1}, keys = values = the encoder's states)        h_t = cell([x_t; ctx_t], h_{t-1})

Source: Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate" (2015),
equations 4 to 6, with s_i for h_t.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnnbook.scratch import weights
from rnnbook.scratch.attention.kinds import Kind
from rnnbook.scratch.seq2seq import states


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    steps: list             # of (cache of the attention, cache of the cell), one a step
    state: Any              # after the last step
    shapes: tuple           # of x (T, B, E) and memory (S, B, H)


def forward(cell: Any, kind: Kind, params: dict, x: np.ndarray, state: Any, memory: np.ndarray,
            memory_mask: np.ndarray, mask: np.ndarray):
    """Run the decoder over sequences.

    Parameters
    ----------
    params : dict
        decoder, attention.
    x : (T, B, E)
    state
        State of the cell before the first step.
    memory : (S, B, H)
        States of the encoder.
    memory_mask : bool (S, B)
    mask : bool (T, B, 1)
        True where a step is real. Elsewhere the state stands still, lest it grow to inf.

    Returns
    -------
    hs : (T, B, H)
    ctx : (T, B, H)
        Both of no meaning after a sequence's end.
    alpha : (T, S, B)
    cache : Cache
    """
    found: dict[str, list] = {"hs": [], "ctx": [], "alpha": [], "steps": []}
    for t in range(len(x)):
        ctx_t, alpha_t, asked = kind.forward(params["attention"], states.hidden(state), memory, memory, memory_mask)
        joined = np.concatenate([x[t], ctx_t], axis=-1)                              # (B, E + H)
        h_t, after, stepped = cell.forward(params["decoder"], joined[None], state)
        state = states.mapped(lambda new, old, real=mask[t]: np.where(real, new, old), after, state)
        for name, new in [("hs", h_t[0]), ("ctx", ctx_t), ("alpha", alpha_t), ("steps", (asked, stepped))]:
            found[name].append(new)
    hs, ctx, alpha = (np.stack(found[name]) for name in ("hs", "ctx", "alpha"))
    return hs, ctx, alpha, Cache(found["steps"], state, (x.shape, memory.shape))


def backward(cell: Any, kind: Kind, cache: Cache, dhs: np.ndarray, dctx: np.ndarray):
    """Backpropagation through the steps: dh_{t-1} comes back through the cell and, as the query, through the attention.

    Parameters
    ----------
    dhs : (T, B, H)
    dctx : (T, B, H)
        Gradients with respect to `hs` and `ctx`; they must be 0 after a sequence's end, so that nothing enters there.

    Returns
    -------
    dx : (T, B, E)
    dstate
        Gradient with respect to the state before the first step.
    dmemory : (S, B, H)
    grads : dict
        decoder, attention.
    """
    steps, last, (x_shape, memory_shape) = cache
    dx = np.zeros(x_shape, dhs.dtype)
    dmemory = np.zeros(memory_shape, dhs.dtype)
    dstate = states.mapped(np.zeros_like, last)
    grads: dict = {}
    for t in reversed(range(len(steps))):
        asked, stepped = steps[t]
        djoined, dbefore, grads_cell = cell.backward(stepped, dhs[t][None], dstate)
        dx[t], dctx_t = np.split(djoined[0], [x_shape[-1]], axis=-1)
        dquery, dkeys, dvalues, grads_attention = kind.backward(asked, dctx_t + dctx[t])
        dstate = states.plus_hidden(dbefore, dquery)
        dmemory += dkeys + dvalues
        new = {"decoder": grads_cell, "attention": grads_attention}
        grads = weights.mapped(np.add, grads, new) if grads else new
    return dx, dstate, dmemory, grads
