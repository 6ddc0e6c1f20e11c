"""The GRU decoder with attention of `rnnbook.scratch.seq2seq`, near the limit of plain NumPy: the same results.

    ctx_t = attention(query = h_{t-1}, keys = values = memory)          h_t = gru([x_t; ctx_t], h_{t-1})

What makes it fast: the query and the gates' share of h_{t-1} are one product; the gates' share of ctx_t is taken from
memory W_cᵀ, computed once, so that no step multiplies by W_c; the softmax's sum comes with that mean, from a column of
ones; the rows of r and z are halved, so that one tanh serves both, σ(a) = ½ tanh(a / 2) + ½; backward, whatever does
not depend on later steps is computed for many steps at once; the gradients of all weights are one product over all
steps. Since Σ_s dscore_s = 0, the additive dquery needs Σ_s dscore_s units_s² alone.

The gates stand in the order n, r, z, so that both what the input adds to, (n, r, z), and what the state adds to,
(r, z, m), are one block of [n, r, z, m, query], and so are their gradients.

Source: see `rnnbook.scratch.seq2seq.recurrence`, `rnnbook.scratch.gru` and `rnnbook.scratch.attention`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.fast.decoder_memory import Buffers, buffers, checked_memory, place, units_size
from rnnbook.fast.workspace import Workspace, lend
from rnnbook.scratch import gru, sequences
from rnnbook.scratch.attention.kinds import kind
from rnnbook.scratch.layer import inside, part

KINDS = ("additive", "scaled_dot", "dot")
BOUND = 40              # scores below it need no maximum taken off: exp(±40) is far from the ends of float32


class Cache(NamedTuple):
    """What `backward` needs from `forward`; good until the next forward pass with the same workspace."""

    params: dict
    x: np.ndarray           # (T, B, E), pads set to 0
    mask: np.ndarray        # bool (T, B, 1), True where a step is real
    scale: float            # of the scores
    buffers: Buffers
    workspace: Workspace
    use: int


def init(rng: np.random.Generator, E: int, H: int, attention: str = "additive", M: int | None = None) -> dict:
    """Params {"decoder": of a GRU that reads E + M units, "attention": …} for a memory of size M, H if None."""
    _check_kind(attention)
    M = H if M is None else M
    validate.sizes(E=E, H=H, M=M)
    return {"decoder": gru.init(rng, E + M, H), "attention": kind(attention).init(rng, H, M)}


def forward(
    params: dict,
    x: np.ndarray,
    state: np.ndarray,
    memory: np.ndarray,
    memory_mask: np.ndarray | None = None,
    lengths: np.ndarray | None = None,
    attention: str = "additive",
    workspace: Workspace | None = None,
):
    """Run the decoder over sequences.

    Parameters
    ----------
    params : dict
        decoder, those of `gru`, W_xh (3H, E + M) …; attention, {} or those of `attention.additive`.
    x : (T, B, E)
    state : (B, H)
        State before the first step, such as the encoder's last.
    memory : (S, B, M)
        States of the encoder, keys and values; M = H for the kinds other than additive.
    memory_mask : bool (S, B)
        True where a state of the memory may be used; everywhere if None.
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.
    attention : "additive", "scaled_dot" or "dot"
    workspace : Workspace
        Memory to use again; new memory if None.

    Returns
    -------
    hs : (T, B, H)
    ctx : (T, B, M)
        Both 0 after a sequence's end.
    alpha : (T, B, S)
        Weights of the attention; of no meaning after a sequence's end.
    cache : Cache
        For `backward`.

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty batch, a length outside 1 … T, NaN in a real input.
    """
    _check_kind(attention)
    weights = {name: part(params, name, ("decoder", "attention")) for name in ("decoder", "attention")}
    p, q = weights["decoder"], weights["attention"]
    additive = attention == "additive"
    with inside("decoder"):
        D, H = sequences.sizes(p, gates=3, b_hn=1)
    memory, used, bias, M = checked_memory(memory, memory_mask, D, None if additive else H)
    B, S, E = len(memory), memory.shape[1], D - M
    x, mask = sequences.prepare(x, E, lengths)
    T = len(x)
    if x.shape[1] != B:
        raise ValueError(f"x has {x.shape[1]} sequences; expected {B}, as in memory")
    h_0 = sequences.start(validate.array("state", state, (B, H)), x, H)
    A = units_size(q, H, M) if additive else 0
    dtype = np.result_type(x, h_0, memory, *p.values(), *q.values())

    workspace, b, use = lend(workspace, buffers, T, B, S, E, M, A, H, dtype)
    scale = H**-0.5 if attention == "scaled_dot" else 1.0
    place(b, p, q, x, h_0, memory, scale)
    v = q["v_a"] if additive else np.empty(0)
    largest = float(np.abs(v).sum()) if additive else np.inf                     # score there can be
    W, top, d = b.W[: A + 3 * H].T, b.top, b.step
    score, score_flat, score_column = b.score, b.score.reshape(B * S), b.score[:, :, None]
    share, total = b.mean[:, 0, : 3 * H], b.mean[:, 0, 3 * H :]
    b_hn = p["b_hn"].astype(dtype, copy=False)
    for h, h_column, after, s, query, s_rz, m, a_x, a, rz, n, r, z, units, units_flat, e, e_row in b.forward:
        np.dot(h, W, s)                                          # query, r, z, m
        if additive:
            np.add(b.keys, query, units)
            np.tanh(units, units)
            np.dot(units_flat, v, score_flat)
        else:
            np.matmul(b.keys, h_column, score_column)
        if bias is not None:
            np.add(score, bias, score)
        if largest > BOUND:
            np.maximum.reduce(score, axis=1, keepdims=True, out=top)
            np.subtract(score, top, score)
        np.exp(score, e)
        np.matmul(e_row, b.values, b.mean)                       # Σ_s e_s (W_c memory_s, 1)
        np.divide(share, total, a)
        np.add(a, a_x, a)
        np.add(rz, s_rz, rz)
        np.tanh(rz, rz)
        np.multiply(rz, 0.5, rz)
        np.add(rz, 0.5, rz)
        np.add(m, b_hn, m)
        np.multiply(r, m, d)
        np.add(n, d, n)
        np.tanh(n, n)
        np.subtract(h, n, d)
        np.multiply(z, d, d)
        np.add(n, d, after)                                      # n + z ⊙ (h − n)

    b.alpha[:] /= b.alpha.sum(axis=2, keepdims=True)
    if not used.all():
        b.alpha[:] *= used[:, :, 0]                              # 0 where a sequence may use no memory at all
    np.matmul(b.alpha.swapaxes(0, 1), b.memory, b.inputs[:, :, E:].swapaxes(0, 1))
    hs, ctx = (np.where(mask, array, 0) for array in (b.h[1:], b.inputs[:, :, E:]))
    cache = Cache(weights, x, mask, scale, b, workspace, use)
    return hs, ctx, b.alpha.transpose(0, 2, 1).copy(), cache


def backward(cache: Cache, dhs: np.ndarray | None = None, dctx: np.ndarray | None = None):
    """Backpropagation through the steps, as `rnnbook.scratch.seq2seq.recurrence.backward`.

    Parameters
    ----------
    dhs : (T, B, H)
    dctx : (T, B, M)
        Gradients with respect to `hs` and `ctx`; either may be None, for 0. What stands after a sequence's end is never
        used.

    Returns
    -------
    dx : (T, B, E)
        0 after a sequence's end.
    dstate : (B, H)
    dmemory : (S, B, M)
        0 where the memory may not be used.
    grads : dict
        decoder, attention, as the params.
    """
    cache.workspace.check(cache.use)
    mask, b = cache.mask, cache.buffers
    T, B, S = b.alpha.shape
    M, H, A = b.memory.shape[2], b.step.shape[1], b.units.shape[3]
    dhs = sequences.entering(b.h, mask, dhs, None)                     # (T, B, H)
    dalpha = None
    if dctx is not None:
        dctx = sequences.zero_pads(validate.array("dctx", dctx, (T, B, M)), mask).astype(b.h.dtype, copy=False)
        dalpha = np.matmul(dctx.swapaxes(0, 1), b.memory.swapaxes(1, 2)).swapaxes(0, 1)[..., None]     # (T, B, S, 1)

    values, W = b.values[:, :, : 3 * H], b.W[A:]
    dh, back, through = np.zeros((B, H), b.h.dtype), b.step, np.empty((B, 1, H), b.h.dtype)
    dh_rows, through_h = dh[:, None], through[:, 0]
    score, score_column, mean = b.score, b.score[:, :, None], np.empty((B, 1, 1), b.h.dtype)
    mean_column = mean[:, 0]
    minus_dkeys, dv = np.zeros((B, S, A), b.h.dtype), np.zeros(A, b.h.dtype)
    C = len(b.local)
    for last in range((T - 1) // C * C, -1, -C):                 # chunks, the latest steps first
        chunk = slice(last, min(last + C, T))
        _derivatives(b, chunk, A)
        for t in range(chunk.stop - 1, last - 1, -1):
            local, z, d, d_in, d_state, d_query, alpha, alpha_row, dscore, dscore_row, squares = b.backward[t]
            np.add(dh, dhs[t], dh)
            np.multiply(local, dh_rows, d)
            np.matmul(values, d_in, score_column)                # dalpha
            if dalpha is not None:
                np.add(score_column, dalpha[t], score_column)
            np.matmul(alpha_row, score_column, mean)
            np.subtract(score, mean_column, score)
            np.multiply(alpha, score, dscore)
            if A:
                np.matmul(dscore_row, squares, d_query)
            else:
                np.matmul(dscore_row, b.keys, through)
            np.dot(d_state, W, back)
            np.multiply(z, dh, dh)
            np.add(dh, back, dh)
            if not A:
                np.add(dh, through_h, dh)
        if A:
            squares, dscore = b.squares[: chunk.stop - last], b.dscore[chunk]
            dv += dscore.reshape(-1) @ b.units[chunk].reshape(-1, A)
            np.multiply(squares, dscore[..., None], squares)
            for part_t in squares:
                minus_dkeys += part_t
    return _gradients(cache, dh, dctx, dv, minus_dkeys)


def _derivatives(b: Buffers, steps: slice, A: int) -> None:
    """∂h_t / ∂(n, r, z, m), before their nonlinearities and those of r and z before the half; and units²."""
    H = b.step.shape[1]
    n, r, z = (b.gates[steps, :, i * H : (i + 1) * H] for i in range(3))
    m, h = b.state[steps, :, A + 2 * H :], b.h[steps]
    to_n, to_r, to_z, to_m = (b.local[: len(n), :, i] for i in range(4))
    np.multiply(n, n, to_n)
    np.subtract(1, to_n, to_n)
    np.subtract(1, z, to_r)
    np.multiply(to_n, to_r, to_n)                                # (1 − n²)(1 − z)
    np.multiply(r, to_n, to_m)
    np.subtract(2, r + r, to_r)
    np.multiply(to_r, m, to_r)
    np.multiply(to_r, to_m, to_r)                                # 2 r (1 − r) m (1 − n²)(1 − z)
    np.subtract(2, z + z, to_z)
    np.multiply(to_z, z, to_z)
    np.multiply(to_z, h - n, to_z)                               # 2 z (1 − z)(h − n)
    if A:
        np.multiply(b.units[steps], b.units[steps], b.squares[: len(n)])


def _gradients(cache, dh, dctx, dv, minus_dkeys):
    """What needs no loop over time: dx, dstate, dmemory and grads."""
    params, x, _, scale, b, _, _ = cache
    (T, B, S), M, H, A = b.alpha.shape, b.memory.shape[2], b.step.shape[1], b.units.shape[3]
    E = x.shape[2]
    rows = b.d.reshape(T * B, -1)
    d_in, d_state = rows[:, : 3 * H], rows[:, H:]
    dinputs = (d_in @ b.W_in).reshape(T, B, E + M)
    dx, dctx_all = dinputs[:, :, :E].copy(), dinputs[:, :, E:]
    if dctx is not None:
        dctx_all += dctx
    dmemory = np.matmul(b.alpha.transpose(1, 2, 0), dctx_all.swapaxes(0, 1))     # (B, S, M)

    dW_in = d_in.T @ b.inputs.reshape(T * B, E + M)                              # n, r, z
    dW_state = d_state.T @ b.h[:-1].reshape(T * B, H)                            # r, z, m, query
    db = rows[:, : 4 * H].sum(axis=0)                                            # n, r, z, m
    halves = np.full((2 * H, 1), 0.5, b.h.dtype)
    grads = {
        "W_xh": np.concatenate([halves * dW_in[H:], dW_in[:H]]),
        "W_hh": np.concatenate([halves * dW_state[: 2 * H], dW_state[2 * H : 3 * H]]),
        "b_h": np.concatenate([halves[:, 0] * db[H : 3 * H], db[:H]]),
        "b_hn": db[3 * H :].copy(),
    }
    grads_attention = {}
    if A:
        v, W_ka = params["attention"]["v_a"], params["attention"]["W_ka"]
        dkeys = v * (b.dscore.sum(axis=0)[..., None] - minus_dkeys)              # (B, S, A)
        dmemory += dkeys @ W_ka
        grads_attention = {
            "W_qa": -v[:, None] * dW_state[3 * H :],
            "W_ka": dkeys.reshape(B * S, A).T @ b.memory.reshape(B * S, M),
            "v_a": dv,
        }
    else:
        dmemory += scale * np.matmul(b.dscore.transpose(1, 2, 0), b.h[:-1].swapaxes(0, 1))
    dmemory = np.ascontiguousarray(dmemory.swapaxes(0, 1))
    return dx, dh, dmemory, {"decoder": grads, "attention": grads_attention}


def _check_kind(attention) -> None:
    if attention not in KINDS:
        raise ValueError(f"attention is {attention!r}; expected one of {', '.join(KINDS)}")
