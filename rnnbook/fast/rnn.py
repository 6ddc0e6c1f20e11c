"""The tanh RNN of `rnnbook.scratch.rnn`, near the limit of plain NumPy: same arguments, same results.

    h_t = tanh(W [h_{t-1}; x_t; 1])        with W = [W_hh, W_xh, b_h]

What makes it fast: a step is one product of one stacked input, written where the next step reads it, and one tanh in
place; backward, 1 − h_t² is taken for many steps at once, which leaves three calls a step; the gradients of all weights
are one product over all steps. Inside, sequences are columns: a step's stacked input is (H + D + 1, B).

Source: see `rnnbook.scratch.rnn`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook.fast import columns
from rnnbook.fast.workspace import Workspace, lend
from rnnbook.scratch import sequences
from rnnbook.scratch.rnn import init, step

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

    z: np.ndarray           # (T + 1, H + D + 1, B): h_{t-1}, x_t, 1
    da: np.ndarray          # (steps of a chunk, H, B): 1 − h_t², then da_t
    dhs: np.ndarray         # (steps of a chunk, H, B): what enters from the loss
    all_da: np.ndarray      # (H, T, B): da of all steps, side by side
    all_z: np.ndarray       # (H + D + 1, T, B): z of all steps, side by side
    forward: list           # for each of T steps: z_t, h_t
    backward: list          # for each step of a chunk: dhs_t, da_t


def _buffers(T: int, B: int, D: int, H: int, dtype) -> Buffers:
    C = columns.chunk_steps(T, B, H)
    z = np.empty((T + 1, H + D + 1, B), dtype)
    z[:, H + D] = 1
    da, dhs = np.empty((C, H, B), dtype), np.empty((C, H, B), dtype)
    forward = list(zip(z[:T], z[1:, :H], strict=True))
    backward = list(zip(dhs, da, strict=True))
    return Buffers(z, da, dhs, columns.side_by_side(da, T), columns.side_by_side(z[:T], T), forward, backward)


def forward(
    params: dict,
    x: np.ndarray,
    state: np.ndarray | None = None,
    lengths: np.ndarray | None = None,
    workspace: Workspace | None = None,
):
    """Run the RNN over sequences: `rnnbook.scratch.rnn.forward`, faster.

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
    D, H = sequences.sizes(params)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0 = sequences.start(state, x, H)                           # (B, H)

    dtype = np.result_type(x, h_0, *(params[name] for name in ("W_xh", "W_hh", "b_h")))
    workspace, buffers, use = lend(workspace, _buffers, T, B, D, H, dtype)
    z = buffers.z
    columns.to_columns(x, z[:T, H : H + D])
    z[0, :H] = h_0.T
    W = columns.stacked([params["W_hh"], params["W_xh"], params["b_h"]], dtype, B)
    dot, tanh = W.dot, np.tanh                                   # np.dot takes longer
    for z_t, h in buffers.forward:
        dot(z_t, h)                                              # (H, B)
        tanh(h, h)

    hs = columns.to_sequences(z[1:, :H], mask)                   # (T, B, H)
    return hs, columns.at_ends(z[:, :H], mask), Cache(params, mask, buffers, workspace, use)


def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: np.ndarray | None = None):
    """Backpropagation through time: `rnnbook.scratch.rnn.backward`, faster.

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
        dW_xh, dW_hh and db_h, each under the name of its parameter.

    Raises
    ------
    ValueError
        For a dhs or dlast of the wrong shape or dtype, and for a cache whose workspace has been used again.
    """
    params, mask, buffers, workspace, use = cache
    workspace.check(use)
    z, dtype = buffers.z, buffers.z.dtype
    T, B, _ = mask.shape
    H, D = params["W_xh"].shape
    dhs = sequences.entering(columns.no_memory((T + 1, B, H), dtype), mask, dhs, dlast)      # (T, B, H)
    W_xh, W_hhT = params["W_xh"].astype(dtype, copy=False), columns.stacked([params["W_hh"].T], dtype, 1)

    dh = np.zeros((H, B), dtype)                                 # what comes back from step t + 1; 0 from the pads
    dot, multiply, add = W_hhT.dot, np.multiply, np.add
    for steps, room in columns.chunks(T, len(buffers.da)):
        da, h = buffers.da[room], z[1:, :H][steps]
        multiply(h, h, da)
        np.subtract(1, da, da)
        columns.to_columns(dhs[steps], buffers.dhs[room])
        for dhs_t, da_t in reversed(buffers.backward[room]):
            add(dh, dhs_t, dh)                                   # (H, B)
            multiply(da_t, dh, da_t)
            dot(da_t, dh)
        columns.gather(da, buffers.all_da[:, steps])
    columns.gather(z[:T], buffers.all_z)

    all_da = buffers.all_da.reshape(H, T * B)
    dW = all_da @ buffers.all_z.reshape(-1, T * B).T             # (H, H + D + 1), summed over steps and sequences
    grads = {"W_xh": dW[:, H : H + D].copy(), "W_hh": dW[:, :H].copy(), "b_h": dW[:, H + D].copy()}
    dx = (all_da.T @ W_xh).reshape(T, B, D)
    return dx, dh.T.copy(), grads
