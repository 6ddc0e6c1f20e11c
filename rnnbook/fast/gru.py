"""The GRU of `rnnbook.scratch.gru`, near the limit of plain NumPy: same arguments, same results.

    (r_t, z_t) = σ(W_rz [x_t; 1; h_{t-1}])      m_t = [b_hn, W_hn] [1; h_{t-1}]
    n_t = tanh(W_n [x_t; 1] + r_t ⊙ m_t)        h_t = n_t + z_t ⊙ (h_{t-1} − n_t)

What makes it fast: both gates are one product of one stacked input, with weights halved for σ(a) = ½ tanh(a / 2) + ½;
what n_t takes from the inputs is computed for all steps before the loop. For a single sequence, where a call costs more
than its arithmetic, r, z, m and n are one product, with zeros in W. Backward, dh_t times derivatives that are known for
many steps at once gives every da_t; the gradients of all weights are two products over all steps.

Inside, sequences are columns: a step's r, z, m, n are (4H, B), its input x, 1, h_{t-1} is (D + 1 + H, B).

Source: see `rnnbook.scratch.gru`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook.fast import columns
from rnnbook.fast.workspace import Workspace, lend
from rnnbook.scratch import sequences
from rnnbook.scratch.gru import init, step

__all__ = ["Cache", "backward", "forward", "init", "step"]


class Cache(NamedTuple):
    """What `backward` needs from `forward`; good until the next forward pass with the same workspace."""

    params: dict
    mask: np.ndarray        # bool (T, B, 1), True where a step is real
    buffers: Buffers
    workspace: Workspace
    use: int                # number of the forward pass, for the workspace


class Buffers(NamedTuple):
    """Memory of both passes, and for each step the views that its calls need."""

    inputs: np.ndarray      # (T + 1, D + 1 + H, B): x_t, 1, h_{t-1}
    gates: np.ndarray       # (T, 4H, B): r, z, m, n
    da: np.ndarray          # (steps of a chunk, 4H, B): local derivatives, then da_n, da_r, da_z, dm
    dhs: np.ndarray         # (steps of a chunk, H, B): what enters from the loss
    all_da: np.ndarray      # (4H, T, B): da of all steps, side by side
    all_inputs: np.ndarray  # (D + 1 + H, T, B): inputs of all steps, side by side
    term: np.ndarray        # (H, B): of one step
    forward: list           # for each of T steps: inputs, [1; h_{t-1}], h_{t-1}, gates, a_r a_z, r z, r, z, m, n, h_t
    backward: list          # for each step of a chunk: dhs_t, the four blocks of da_t, (da_r, da_z, dm)
    z: list                 # T views (H, B)


def _buffers(T: int, B: int, D: int, H: int, dtype) -> Buffers:
    C = columns.chunk_steps(T, B, 4 * H)
    inputs, gates = np.empty((T + 1, D + 1 + H, B), dtype), np.empty((T, 4 * H, B), dtype)
    inputs[:, D] = 1
    da, dhs = np.empty((C, 4 * H, B), dtype), np.empty((C, H, B), dtype)
    all_da, all_inputs = columns.side_by_side(da, T), columns.side_by_side(inputs[:T], T)
    r, z, m, n = (gates[:, k * H : (k + 1) * H] for k in range(4))
    h = inputs[:, D + 1 :]
    r_z = gates[:, : 2 * H]
    a_rz = columns.to_receive(r_z, D + 1 + H)
    forward = zip(inputs[:T], inputs[:T, D:], h[:T], gates, a_rz, r_z, r, z, m, n, h[1:], strict=True)
    blocks = (da[:, k * H : (k + 1) * H] for k in range(4))
    backward = zip(dhs, *blocks, da[:, H:], strict=True)
    term = np.empty((H, B), dtype)
    return Buffers(inputs, gates, da, dhs, all_da, all_inputs, term, list(forward), list(backward), list(z))


def forward(
    params: dict,
    x: np.ndarray,
    state: np.ndarray | None = None,
    lengths: np.ndarray | None = None,
    workspace: Workspace | None = None,
):
    """Run the GRU over sequences: `rnnbook.scratch.gru.forward`, faster.

    Parameters
    ----------
    x : (T, B, D)
    state : (B, H)
        h_0; zeros if None.
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.
    workspace : Workspace
        Memory to use again; new memory if None.

    Returns
    -------
    hs : (T, B, H)
        h_1 … h_T; 0 after a sequence's end.
    last : (B, H)
        State after each sequence's last real step.
    cache : Cache
        For `backward`.

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty batch, a length outside 1 … T, NaN in a real input.
    """
    D, H = sequences.sizes(params, gates=3, b_hn=1)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0 = sequences.start(state, x, H)                           # (B, H)

    dtype = np.result_type(x, h_0, *(params[name] for name in ("W_xh", "W_hh", "b_h", "b_hn")))
    workspace, buffers, use = lend(workspace, _buffers, T, B, D, H, dtype)
    inputs = buffers.inputs
    columns.to_columns(x, inputs[:T, :D])
    inputs[0, D + 1 :] = h_0.T
    W = _stacked_weights(params, dtype, B)
    (_one_product if B == 1 else _two_products)(W, buffers)

    hs = columns.to_sequences(inputs[1:, D + 1 :], mask)         # (T, B, H)
    return hs, columns.at_ends(inputs[:, D + 1 :], mask), Cache(params, mask, buffers, workspace, use)


def _stacked_weights(params: dict, dtype: np.dtype, B: int) -> np.ndarray:
    """W (4H, D + 1 + H): rows r and z, halved; m, which sees 1 and h_{t-1} only; n, which sees x_t and 1 only."""
    H, D = len(params["b_hn"]), params["W_xh"].shape[1]
    W = np.zeros((4 * H, D + 1 + H), dtype, order="F" if B == 1 else "C")
    for part, name in ((W[:, :D], "W_xh"), (W[:, D], "b_h")):
        part[: 2 * H], part[3 * H :] = params[name][: 2 * H], params[name][2 * H :]
    W[2 * H : 3 * H, D] = params["b_hn"]
    W[: 3 * H, D + 1 :] = params["W_hh"]
    W[: 2 * H] *= 0.5
    return W


def _one_product(W: np.ndarray, buffers: Buffers) -> None:
    """The steps of a single sequence: as few calls as can be."""
    dot, half, term = W.dot, np.array(0.5, W.dtype), buffers.term
    for inputs, _, h, gates, _, r_z, r, z, m, n, h_next in buffers.forward:
        dot(inputs, gates)                                       # (4H, 1)
        _rest_of_step(half, term, h, r_z, r, z, m, n, h_next)


def _two_products(W: np.ndarray, buffers: Buffers) -> None:
    """The steps of a batch: no product with zeros."""
    D, H = W.shape[1] - 1 - len(W) // 4, len(W) // 4
    T = len(buffers.gates)
    np.matmul(W[3 * H :, : D + 1], buffers.inputs[:T, : D + 1], out=buffers.gates[:, 3 * H :])       # (T, H, B)
    half, term = np.array(0.5, W.dtype), buffers.term
    to_rz, to_m = columns.product(W[: 2 * H], term.shape[1]), W[2 * H : 3 * H, D:].copy().dot
    for inputs, one_h, h, _, a_rz, r_z, r, z, m, n, h_next in buffers.forward:
        to_rz(inputs, a_rz)                                      # (2H, B)
        to_m(one_h, m)                                           # (H, B)
        _rest_of_step(half, term, h, r_z, r, z, m, n, h_next)


def _rest_of_step(half, term, h, r_z, r, z, m, n, h_next, tanh=np.tanh, multiply=np.multiply, add=np.add) -> None:
    tanh(r_z, r_z)                                               # (2H, B)
    multiply(r_z, half, r_z)
    add(r_z, half, r_z)                                          # σ
    multiply(r, m, term)                                         # (H, B)
    add(n, term, n)
    tanh(n, n)
    np.subtract(h, n, term)
    multiply(z, term, term)
    add(n, term, h_next)


def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: np.ndarray | None = None):
    """Backpropagation through time: `rnnbook.scratch.gru.backward`, faster.

    Parameters
    ----------
    dhs : (T, B, H)
        Gradient of the loss with respect to `hs`; what stands after a sequence's end is never used.
    dlast : (B, H)
        Gradient with respect to `last`. Either may be None, for 0.

    Returns
    -------
    dx : (T, B, D)
        0 after a sequence's end.
    dstate : (B, H)
        Gradient with respect to h_0.
    grads : dict
        dW_xh, dW_hh, db_h and db_hn, each under the name of its parameter.

    Raises
    ------
    ValueError
        For a dhs or dlast of the wrong shape or dtype, and for a cache whose workspace has been used again.
    """
    params, mask, buffers, workspace, use = cache
    workspace.check(use)
    dtype = buffers.inputs.dtype
    T, B, _ = mask.shape
    H, D = len(params["b_hn"]), params["W_xh"].shape[1]
    dhs = sequences.entering(columns.no_memory((T + 1, B, H), dtype), mask, dhs, dlast)      # (T, B, H)
    W_xh = np.roll(params["W_xh"], H, axis=0).astype(dtype, copy=False)          # (3H, D), rows n, r, z
    W_hhT = columns.stacked([params["W_hh"].T], dtype, B)                        # (H, 3H), columns r, z, m

    dh = np.zeros((H, B), dtype)                                 # what comes back from step t + 1; 0 from the pads
    for steps, room in columns.chunks(T, len(buffers.da)):
        _local_derivatives(buffers, steps, room)
        columns.to_columns(dhs[steps], buffers.dhs[room])
        _steps_back(W_hhT, buffers, steps, room, dh)
        columns.gather(buffers.da[room], buffers.all_da[:, steps])
    columns.gather(buffers.inputs[:T], buffers.all_inputs)

    all_da, all_inputs = buffers.all_da.reshape(4 * H, T * B), buffers.all_inputs.reshape(-1, T * B)
    on_x = np.roll(all_da[: 3 * H] @ all_inputs[: D + 1].T, -H, axis=0)          # (3H, D + 1), rows r, z, n again
    on_h = all_da[H:] @ all_inputs[D:].T                                         # (3H, 1 + H), rows r, z, m
    grads = {
        "W_xh": on_x[:, :D].copy(),
        "W_hh": on_h[:, 1:].copy(),
        "b_h": on_x[:, D].copy(),
        "b_hn": on_h[2 * H :, 0].copy(),
    }
    dx = (all_da[: 3 * H].T @ W_xh).reshape(T, B, D)
    return dx, dh.T.copy(), grads


def _local_derivatives(buffers: Buffers, steps: slice, room: slice) -> None:
    """What a_t does to h_t alone, for a chunk of steps.

    ∂h/∂a_n = (1 − n²) (1 − z)    ∂h/∂m = r ∂h/∂a_n    ∂h/∂a_r = (1 − r) m ∂h/∂m    ∂h/∂a_z = z (1 − z) (h_{t-1} − n)
    """
    H = len(buffers.term)
    gates, h = buffers.gates[steps], buffers.inputs[steps, -H:]
    r, z, m, n = (gates[:, k * H : (k + 1) * H] for k in range(4))
    local = buffers.da[room]
    to_n, to_r, to_z, to_m = (local[:, k * H : (k + 1) * H] for k in range(4))
    np.subtract(1, z, to_r)                                      # 1 − z, where there is room
    np.multiply(n, n, to_n)
    np.subtract(1, to_n, to_n)
    np.multiply(to_n, to_r, to_n)
    np.subtract(h, n, to_z)
    np.multiply(to_z, z, to_z)
    np.multiply(to_z, to_r, to_z)
    np.multiply(r, to_n, to_m)
    np.subtract(1, r, to_r)
    np.multiply(to_r, m, to_r)
    np.multiply(to_r, to_m, to_r)


def _steps_back(W_hhT: np.ndarray, buffers: Buffers, steps: slice, room: slice, dh: np.ndarray) -> None:
    multiply, add, term = np.multiply, np.add, buffers.term
    product, back = columns.product(W_hhT, term.shape[1]), columns.to_receive(term, W_hhT.shape[1])
    views = zip(reversed(buffers.backward[room]), reversed(buffers.z[steps]), strict=True)
    for (dhs_t, da_n, da_r, da_z, dm, on_h), z in views:
        add(dh, dhs_t, dh)                                       # (H, B)
        multiply(da_n, dh, da_n)                                 # the local derivatives become da
        multiply(da_r, dh, da_r)
        multiply(da_z, dh, da_z)
        multiply(dm, dh, dm)
        multiply(dh, z, dh)
        product(on_h, back)
        add(dh, term, dh)
