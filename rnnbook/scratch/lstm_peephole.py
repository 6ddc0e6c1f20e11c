"""The LSTM with peepholes, forward and backward: the gates also see the cell.

    i_t = σ(W_xi x_t + W_hi h_{t-1} + p_i ⊙ c_{t-1} + b_i)
    f_t = σ(W_xf x_t + W_hf h_{t-1} + p_f ⊙ c_{t-1} + b_f)
    g_t = tanh(W_xg x_t + W_hg h_{t-1} + b_g)
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
    o_t = σ(W_xo x_t + W_ho h_{t-1} + p_o ⊙ c_t + b_o)          the output gate sees the new cell
    h_t = o_t ⊙ tanh(c_t)

A peephole is one weight a unit: p_i, p_f, p_o (H,). All else is as in `lstm`; with p = 0 it is that LSTM. PyTorch has
no module for it.

Source: Gers and Schmidhuber, "Recurrent nets that time and count" (2000); in this form Graves, "Generating sequences
with recurrent neural networks" (2013), equations 7 to 11.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import lstm, sequences, weights
from rnnbook.scratch.losses import sigmoid
from rnnbook.scratch.lstm import LSTMState, split_state

PEEPHOLES = ("p_i", "p_f", "p_o")


class Cache(NamedTuple):
    """What `backward` needs from `forward`. Step t (from 0) reads h[t] and c[t] and makes h[t + 1] and c[t + 1]."""

    params: dict
    x: np.ndarray           # (T, B, D), pads set to 0
    h: np.ndarray           # (T + 1, B, H), from the initial state on; of no meaning after a sequence's end
    c: np.ndarray           # (T + 1, B, H)
    gates: np.ndarray       # (T, B, 4H): i, f, g, o
    mask: np.ndarray        # bool (T, B, 1), True where a step is real


def init(rng: np.random.Generator, D: int, H: int, forget_bias: float = 0.0) -> dict[str, np.ndarray]:
    """Parameters W_xh (4H, D), W_hh (4H, H), b_h (4H,), p_i, p_f, p_o (H,), float64, uniform on ±1/√H.

    `forget_bias` is added to the drawn b_f = b_h[H:2H].
    """
    params = lstm.init(rng, D, H, forget_bias)
    return params | {name: weights.uniform(rng, (H,), 1 / np.sqrt(H)) for name in PEEPHOLES}


def step(params: dict, x_t: np.ndarray, state: LSTMState) -> LSTMState:
    """One step: c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t and h_t = o_t ⊙ tanh(c_t).

    Parameters
    ----------
    x_t : (B, D)
    state : LSTMState of (B, H), h_{t-1} and c_{t-1}

    Returns
    -------
    state : LSTMState of (B, H), h_t and c_t
    """
    D, H = sequences.sizes(params, gates=4, p_i=1, p_f=1, p_o=1)
    x_t = validate.array("x_t", x_t, (None, D), sizes=f"(B, {D})")
    h, c = split_state("state", state)
    h = validate.array("state.h", h, (len(x_t), H))
    c = validate.array("state.c", c, (len(x_t), H))
    h, c, _ = _step(params, x_t, h, c)
    return LSTMState(h, c)


def _step(params, x_t, h, c):
    a = x_t @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"]        # (B, 4H)
    a_i, a_f, a_g, a_o = sequences.blocks(a, 4)              # (B, H) each
    i, f, g = sigmoid(a_i + params["p_i"] * c), sigmoid(a_f + params["p_f"] * c), np.tanh(a_g)
    c = f * c + i * g
    o = sigmoid(a_o + params["p_o"] * c)
    h = o * np.tanh(c)
    return h, c, np.concatenate([i, f, g, o], axis=-1)


def forward(params: dict, x: np.ndarray, state: LSTMState | None = None, lengths: np.ndarray | None = None):
    """Run the LSTM over sequences.

    Parameters
    ----------
    x : (T, B, D)
    state : LSTMState of (B, H)
        h_0 and c_0; zeros if None, as a whole or in one part.
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.

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
    D, H = sequences.sizes(params, gates=4, p_i=1, p_f=1, p_o=1)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0, c_0 = split_state("state", state)
    h_0 = sequences.start(h_0, x, H, "state.h")                  # (B, H)
    c_0 = sequences.start(c_0, x, H, "state.c")

    dtype = np.result_type(x, h_0, c_0, *(params[name] for name in ("W_xh", "W_hh", "b_h", *PEEPHOLES)))
    h, c = np.empty((T + 1, B, H), dtype), np.empty((T + 1, B, H), dtype)
    gates = np.empty((T, B, 4 * H), dtype)
    h[0], c[0] = h_0, c_0
    for t in range(T):
        h[t + 1], c[t + 1], gates[t] = _step(params, x[t], h[t], c[t])
    hs = sequences.zero_pads(h[1:].copy(), mask)                 # (T, B, H)
    last = LSTMState(sequences.last(h, mask), sequences.last(c, mask))
    return hs, last, Cache(params, x, h, c, gates, mask)


def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: LSTMState | None = None):
    """Backpropagation through time, along the hidden state and along the cell.

        da_o     = o_t (1 − o_t) ⊙ tanh(c_t) ⊙ dh_t
        dc_t     = (1 − tanh²(c_t)) ⊙ o_t ⊙ dh_t + p_o ⊙ da_o
                   + f_{t+1} ⊙ dc_{t+1} + p_i ⊙ da_i of step t + 1 + p_f ⊙ da_f of step t + 1
        da_i     = i_t (1 − i_t) ⊙ g_t ⊙ dc_t             da_f = f_t (1 − f_t) ⊙ c_{t-1} ⊙ dc_t
        da_g     = (1 − g_t²) ⊙ i_t ⊙ dc_t
        dp_i     = Σ_t da_i ⊙ c_{t-1}      dp_f = Σ_t da_f ⊙ c_{t-1}      dp_o = Σ_t da_o ⊙ c_t
        dW_xh    = Σ_t da_t x_tᵀ      dW_hh = Σ_t da_t h_{t-1}ᵀ      db_h = Σ_t da_t
        dx_t     = W_xhᵀ da_t         dh_{t-1} = W_hhᵀ da_t + what enters from the loss at step t − 1

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
        dW_xh, dW_hh, db_h, dp_i, dp_f and dp_o, each under the name of its parameter.
    """
    params, x, h, c, gates, mask = cache
    dlast_h, dlast_c = split_state("dlast", dlast)
    dhs = sequences.entering(h, mask, dhs, dlast_h, "dlast.h")   # (T, B, H), dlast added at each sequence's end
    dcs = sequences.entering(c, mask, None, dlast_c, "dlast.c")
    da = np.empty_like(gates)                                    # (T, B, 4H)
    dh, dc = np.zeros_like(h[0]), np.zeros_like(c[0])            # what comes back from step t + 1; 0 from the pads
    for t in reversed(range(len(x))):
        i, f, g, o = sequences.blocks(gates[t], 4)               # (B, H) each
        tanh_c = np.tanh(c[t + 1])
        dh = dhs[t] + dh
        da_o = o * (1 - o) * tanh_c * dh
        dc = dcs[t] + dc + (1 - tanh_c**2) * o * dh + params["p_o"] * da_o
        da_i = i * (1 - i) * g * dc
        da_f = f * (1 - f) * c[t] * dc
        da_g = (1 - g**2) * i * dc
        np.concatenate([da_i, da_f, da_g, da_o], axis=-1, out=da[t])
        dh = da[t] @ params["W_hh"]
        dc = f * dc + params["p_i"] * da_i + params["p_f"] * da_f

    da_i, da_f, _, da_o = sequences.blocks(da, 4)
    grads = {
        "W_xh": np.tensordot(da, x, axes=((0, 1), (0, 1))),          # (4H, D), summed over steps and sequences
        "W_hh": np.tensordot(da, h[:-1], axes=((0, 1), (0, 1))),     # (4H, H)
        "b_h": da.sum(axis=(0, 1)),                                  # (4H,)
        "p_i": (da_i * c[:-1]).sum(axis=(0, 1)),                     # (H,)
        "p_f": (da_f * c[:-1]).sum(axis=(0, 1)),
        "p_o": (da_o * c[1:]).sum(axis=(0, 1)),
    }
    dx = da @ params["W_xh"]                                     # (T, B, D)
    return dx, LSTMState(dh, dc), grads
