"""The LSTM of `rnnbook.scratch.lstm`, near the limit of plain NumPy: same arguments, same results.

    a_t = W [h_{t-1}; x_t; 1]        one product for all gates

What makes it fast: all gates are one product of one stacked input, straight into a buffer. σ(a) = ½ tanh(a / 2) + ½:
with the rows of o, i and f halved in W one tanh serves all gates. Backward, whatever does not depend on later steps is
computed for many steps at once, which leaves nine calls a step. The gradients of all weights are one product over all
steps.

Inside, sequences are columns: a step's gates are (4H, B), in the order o, i, f, g, and c_{t-1} lies below them:
then o, i, f are one block for σ, and (i, f) times (g, c_{t-1}) are both terms of c_t in one call.

Source: see `rnnbook.scratch.lstm`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.fast import columns
from rnnbook.fast.workspace import Workspace, lend
from rnnbook.scratch import sequences
from rnnbook.scratch.lstm import LSTMState, init, split_state, step

__all__ = ["Cache", "LSTMState", "backward", "forward", "init", "step"]


class Cache(NamedTuple):
    """What `backward` needs from `forward`; good until the next forward pass with the same workspace."""

    params: dict
    mask: np.ndarray        # bool (T, B, 1), True where a step is real
    buffers: Buffers
    workspace: Workspace
    use: int                # number of the forward pass, for the workspace


class Buffers(NamedTuple):
    """Memory of both passes, and for each step the views that its calls need."""

    z: np.ndarray           # (T + 1, H + D + 1, B): h_{t-1}, x_t, 1
    gates: np.ndarray       # (T + 1, 5H, B): o, i, f, g, c_{t-1}
    tanh_c: np.ndarray      # (T, H, B)
    da: np.ndarray          # (steps of a chunk, 4H, B): local derivatives, then da_o, da_i, da_f, da_g
    dh_dc: np.ndarray       # (steps of a chunk, H, B)
    dhs: np.ndarray         # (steps of a chunk, H, B): what enters from the loss
    all_da: np.ndarray      # (4H, T, B): da of all steps, side by side
    all_z: np.ndarray       # (H + D + 1, T, B): z of all steps, side by side
    terms: np.ndarray       # (2H, B): of one step
    W: np.ndarray           # (4H, H + D + 1), rows o, i, f, g
    W_hhT: np.ndarray       # (H, 4H)
    dW: np.ndarray          # (4H, H + D + 1)
    forward: list           # for each of T steps: z_t, a_t, o i f g, o i f, i f, g c_{t-1}, c_t, tanh c_t, o, h_t
    backward: list          # for each step of a chunk: dhs_t, dh_dc, da_o, da_i, da_f, da_g, da_t
    f: list                 # T views (H, B)


def _buffers(T: int, B: int, D: int, H: int, dtype) -> Buffers:
    C = columns.chunk_steps(T, B, 4 * H)
    z, gates, tanh_c = (np.empty((n, rows, B), dtype) for n, rows in ((T + 1, H + D + 1), (T + 1, 5 * H), (T, H)))
    z[:, H + D] = 1
    da, dh_dc, dhs = (np.empty((C, rows, B), dtype) for rows in (4 * H, H, H))
    all_da, all_z = columns.side_by_side(da, T), columns.side_by_side(z[:T], T)
    o, f, oif, i_f, oifg, g_c = (
        gates[:T, rows] for rows in np.s_[:H, 2 * H : 3 * H, : 3 * H, H : 3 * H, : 4 * H, 3 * H :]
    )
    a = columns.to_receive(oifg, H + D + 1)
    forward = zip(z[:T], a, oifg, oif, i_f, g_c, gates[1:, 4 * H :], tanh_c, o, z[1:, :H], strict=True)
    backward = zip(dhs, dh_dc, *(da[:, k * H : (k + 1) * H] for k in range(4)), da, strict=True)
    terms, dW = np.empty((2 * H, B), dtype), np.empty((4 * H, H + D + 1), dtype)
    W, W_hhT = (columns.weights(rows, K, dtype, B) for rows, K in ((4 * H, H + D + 1), (H, 4 * H)))
    return Buffers(
        z, gates, tanh_c, da, dh_dc, dhs, all_da, all_z, terms, W, W_hhT, dW, list(forward), list(backward), list(f)
    )


def forward(
    params: dict,
    x: np.ndarray,
    state: LSTMState | None = None,
    lengths: np.ndarray | None = None,
    workspace: Workspace | None = None,
):
    """Run the LSTM over sequences: `rnnbook.scratch.lstm.forward`, faster.

    Parameters
    ----------
    x : (T, B, D)
    state : LSTMState of (B, H)
        h_0 and c_0; zeros if None, as a whole or in one part.
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.
    workspace : Workspace
        Memory to use again; new memory if None.

    Returns
    -------
    hs : (T, B, H)
        h_1 … h_T; 0 after a sequence's end.
    last : LSTMState of (B, H)
        State after each sequence's last real step.
    cache : Cache
        For `backward`.

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty batch, a length outside 1 … T, NaN in a real input.
    """
    D, H = sequences.sizes(params, gates=4)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0, c_0 = split_state("state", state)
    h_0 = sequences.start(h_0, x, H, "state.h")                  # (B, H)
    c_0 = sequences.start(c_0, x, H, "state.c")

    dtype = np.result_type(x, h_0, c_0, *(params[name] for name in ("W_xh", "W_hh", "b_h")))
    workspace, buffers, use = lend(workspace, _buffers, T, B, D, H, dtype)
    z, gates = buffers.z, buffers.gates
    columns.to_columns(x, z[:T, H : H + D])
    z[0, :H], gates[0, 4 * H :] = h_0.T, c_0.T
    _stack_weights(params, buffers.W)
    _steps(buffers)

    hs = columns.to_sequences(z[1:, :H], mask)                   # (T, B, H)
    last = LSTMState(columns.at_ends(z[:, :H], mask), columns.at_ends(gates[:, 4 * H :], mask))
    return hs, last, Cache(params, mask, buffers, workspace, use)


def _stack_weights(params: dict, W: np.ndarray) -> None:
    """W (4H, H + D + 1) of a_t = W [h_{t-1}; x_t; 1]: rows o, i, f, halved, and g."""
    H = len(W) // 4
    _o_first(params["W_hh"], W[:, :H])
    _o_first(params["W_xh"], W[:, H:-1])
    _o_first(params["b_h"], W[:, -1])
    W[: 3 * H] *= 0.5


def _o_first(rows: np.ndarray, out: np.ndarray) -> np.ndarray:
    """out ← rows o, i, f, g of a parameter's i, f, g, o."""
    H = len(rows) // 4
    out[:H], out[H:] = rows[3 * H :], rows[: 3 * H]
    return out


def _o_last(rows: np.ndarray) -> np.ndarray:
    """Rows i, f, g, o again."""
    H = len(rows) // 4
    return np.concatenate([rows[H:], rows[:H]])


def _steps(buffers: Buffers) -> None:
    tanh, multiply, add, terms = np.tanh, np.multiply, np.add, buffers.terms
    product = columns.product(buffers.W, terms.shape[1])
    half = np.array(0.5, terms.dtype)                            # an array: NumPy takes longer with numbers
    H = len(terms) // 2
    written, kept = terms[:H], terms[H:]
    for z_t, a, oifg, oif, i_f, g_c, c, tanh_c, o, h in buffers.forward:
        product(z_t, a)                                          # (4H, B)
        tanh(oifg, oifg)
        multiply(oif, half, oif)                                 # (3H, B)
        add(oif, half, oif)                                      # σ
        multiply(i_f, g_c, terms)                                # (2H, B): i ⊙ g and f ⊙ c_{t-1}
        add(written, kept, c)                                    # (H, B)
        tanh(c, tanh_c)
        multiply(o, tanh_c, h)


def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: LSTMState | None = None):
    """Backpropagation through time: `rnnbook.scratch.lstm.backward`, faster.

    Parameters
    ----------
    dhs : (T, B, H)
        Gradient of the loss with respect to `hs`; what stands after a sequence's end is never used.
    dlast : LSTMState of (B, H)
        Gradient with respect to `last`: LSTMState(None, dc) for a loss that reads c alone. What is None is 0.

    Returns
    -------
    dx : (T, B, D)
        0 after a sequence's end.
    dstate : LSTMState of (B, H)
        Gradient with respect to h_0 and c_0.
    grads : dict
        dW_xh, dW_hh and db_h, each under the name of its parameter.

    Raises
    ------
    ValueError
        For a dhs or dlast of the wrong shape or dtype, and for a cache whose workspace has been used again.
    """
    params, mask, buffers, workspace, use = cache
    workspace.check(use)
    dtype = buffers.z.dtype
    T, B, _ = mask.shape
    H, D = len(buffers.terms) // 2, params["W_xh"].shape[1]
    dlast_h, dlast_c = split_state("dlast", dlast)
    dhs = sequences.entering(columns.no_memory((T + 1, B, H), dtype), mask, dhs, dlast_h, "dlast.h")     # (T, B, H)
    dcs = _entering_c(dlast_c, mask, H, dtype)                   # after that many steps: (H, B)
    W_xh = _o_first(params["W_xh"], np.empty((4 * H, D), dtype))
    _o_first(params["W_hh"], buffers.W_hhT.T)

    dh, dc = np.zeros((2, H, B), dtype)                          # what comes back from step t + 1; 0 from the pads
    for steps, room in columns.chunks(T, len(buffers.da), dcs):
        if steps.stop in dcs:
            dc += dcs[steps.stop]
        _local_derivatives(buffers, steps, room)
        columns.to_columns(dhs[steps], buffers.dhs[room])
        _steps_back(buffers, steps, room, dh, dc)
        columns.gather(buffers.da[room], buffers.all_da[:, steps])
    columns.gather(buffers.z[:T], buffers.all_z)

    all_da = buffers.all_da.reshape(4 * H, T * B)
    dW = np.dot(all_da, buffers.all_z.reshape(-1, T * B).T, buffers.dW)          # summed over steps and sequences
    parts = {"W_xh": dW[:, H : H + D], "W_hh": dW[:, :H], "b_h": dW[:, H + D]}
    grads = {name: _o_last(part) for name, part in parts.items()}
    dx = (all_da.T @ W_xh).reshape(T, B, D)
    return dx, LSTMState(dh.T.copy(), dc.T.copy()), grads


def _entering_c(dlast_c: np.ndarray | None, mask: np.ndarray, H: int, dtype: np.dtype) -> dict[int, np.ndarray]:
    """Number of steps → gradient (H, B) of the loss with respect to the cells that end after so many."""
    if dlast_c is None:
        return {}
    dlast_c = validate.array("dlast.c", dlast_c, (mask.shape[1], H)).astype(dtype, copy=False)
    ends = sequences.ends(mask)
    return {int(end): np.where(ends == end, dlast_c.T, 0) for end in np.unique(ends)}


def _local_derivatives(buffers: Buffers, steps: slice, room: slice) -> None:
    """What a_t and c_t do to h_t and c_t alone, for a chunk of steps.

    ∂h/∂a_o = o (1 − o) tanh(c)    ∂c/∂a_i = i (1 − i) g    ∂c/∂a_f = f (1 − f) c_{t-1}    ∂c/∂a_g = i (1 − g²)
    ∂h/∂c   = o (1 − tanh²(c))     = o − h tanh(c)
    """
    H = len(buffers.terms) // 2
    gates, tanh_c, h, dh_dc = buffers.gates[steps], buffers.tanh_c[steps], buffers.z[1:, :H][steps], buffers.dh_dc[room]
    o, i, g, oif = gates[:, :H], gates[:, H : 2 * H], gates[:, 3 * H : 4 * H], gates[:, : 3 * H]
    to_o, to_i_f, to_g, to_oif = (buffers.da[room, rows] for rows in np.s_[:H, H : 3 * H, 3 * H :, : 3 * H])
    np.subtract(1, oif, to_oif)
    np.multiply(to_oif, oif, to_oif)                             # σ′
    np.multiply(to_o, tanh_c, to_o)
    np.multiply(to_i_f, gates[:, 3 * H :], to_i_f)               # times g and c_{t-1}
    np.multiply(g, g, to_g)
    np.subtract(1, to_g, to_g)
    np.multiply(i, to_g, to_g)
    np.multiply(h, tanh_c, dh_dc)
    np.subtract(o, dh_dc, dh_dc)


def _steps_back(buffers: Buffers, steps: slice, room: slice, dh: np.ndarray, dc: np.ndarray) -> None:
    multiply, add, term = np.multiply, np.add, buffers.terms[: len(dh)]
    product, back = columns.product(buffers.W_hhT, dh.shape[1]), columns.to_receive(dh, 4 * len(dh))
    views = zip(reversed(buffers.backward[room]), reversed(buffers.f[steps]), strict=True)
    for (dhs_t, dh_dc, da_o, da_i, da_f, da_g, da), f in views:
        add(dh, dhs_t, dh)                                       # (H, B)
        multiply(dh, dh_dc, term)
        add(dc, term, dc)
        multiply(da_o, dh, da_o)                                 # the local derivatives become da
        multiply(da_i, dc, da_i)
        multiply(da_f, dc, da_f)
        multiply(da_g, dc, da_g)
        multiply(dc, f, dc)
        product(da, back)
