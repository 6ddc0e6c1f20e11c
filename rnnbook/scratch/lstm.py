"""The LSTM with a forget gate, forward and backward.

    i_t = σ(W_xi x_t + W_hi h_{t-1} + b_i)          the input gate: how much of g_t is written
    f_t = σ(W_xf x_t + W_hf h_{t-1} + b_f)          the forget gate: how much of c_{t-1} is kept
    g_t = tanh(W_xg x_t + W_hg h_{t-1} + b_g)       the candidate
    o_t = σ(W_xo x_t + W_ho h_{t-1} + b_o)          the output gate: how much of the cell is shown
    c_t = f_t ⊙ c_{t-1} + i_t ⊙ g_t
    h_t = o_t ⊙ tanh(c_t)

The four blocks of rows are stacked in PyTorch's order, i, f, g, o: W_xh (4H, D), W_hh (4H, H), b_h (4H,).

Source: Hochreiter and Schmidhuber, "Long short-term memory" (1997); the forget gate is from Gers, Schmidhuber and
Cummins, "Learning to forget" (2000).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import sequences, weights
from rnnbook.scratch.losses import sigmoid


class LSTMState(NamedTuple):
    """Hidden state and cell state, (B, H) each. As a gradient: that of the loss with respect to them."""

    h: np.ndarray
    c: np.ndarray


class Cache(NamedTuple):
    """What `backward` needs from `forward`. Step t (from 0) reads h[t] and c[t] and makes h[t + 1] and c[t + 1]."""

    params: dict
    x: np.ndarray           # (T, B, D), pads set to 0
    h: np.ndarray           # (T + 1, B, H), from the initial state on; of no meaning after a sequence's end
    c: np.ndarray           # (T + 1, B, H)
    gates: np.ndarray       # (T, B, 4H): i, f, g, o
    mask: np.ndarray        # bool (T, B, 1), True where a step is real


def init(rng: np.random.Generator, D: int, H: int, forget_bias: float = 0.0) -> dict[str, np.ndarray]:
    """Parameters W_xh (4H, D), W_hh (4H, H), b_h (4H,), float64, uniform on ±1/√H as in PyTorch.

    `forget_bias` is added to the drawn b_f = b_h[H:2H]. There is one bias: in PyTorch, which has two, it is their sum.
    With forget_bias = 1 an untrained f_t is near σ(1) = 0.73 in place of 0.5, and the cell forgets later.
    """
    validate.sizes(D=D, H=H)
    bound = 1 / np.sqrt(H)
    shapes: dict[str, tuple[int, ...]] = {"W_xh": (4 * H, D), "W_hh": (4 * H, H), "b_h": (4 * H,)}
    params = {name: weights.uniform(rng, shape, bound) for name, shape in shapes.items()}
    params["b_h"][H : 2 * H] += forget_bias
    return params


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
    D, H = sequences.sizes(params, gates=4)
    x_t = validate.array("x_t", x_t, (None, D), sizes=f"(B, {D})")
    h, c = split_state("state", state)
    h = validate.array("state.h", h, (len(x_t), H))
    c = validate.array("state.c", c, (len(x_t), H))
    h, c, _ = _step(params, x_t, h, c)
    return LSTMState(h, c)


def _step(params, x_t, h, c):
    a = x_t @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"]        # (B, 4H)
    a_i, a_f, a_g, a_o = sequences.blocks(a, 4)              # (B, H) each
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c + i * g
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
    D, H = sequences.sizes(params, gates=4)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0, c_0 = split_state("state", state)
    h_0 = sequences.start(h_0, x, H, "state.h")                  # (B, H)
    c_0 = sequences.start(c_0, x, H, "state.c")

    dtype = np.result_type(x, h_0, c_0, *(params[name] for name in ("W_xh", "W_hh", "b_h")))
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

        dc_t     = (1 − tanh²(c_t)) ⊙ o_t ⊙ dh_t + f_{t+1} ⊙ dc_{t+1}
        da_i     = i_t (1 − i_t) ⊙ g_t ⊙ dc_t             da_f = f_t (1 − f_t) ⊙ c_{t-1} ⊙ dc_t
        da_g     = (1 − g_t²) ⊙ i_t ⊙ dc_t                da_o = o_t (1 − o_t) ⊙ tanh(c_t) ⊙ dh_t
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
        dW_xh, dW_hh and db_h, each under the name of its parameter.
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
        dc = dcs[t] + dc + (1 - tanh_c**2) * o * dh
        da_i = i * (1 - i) * g * dc
        da_f = f * (1 - f) * c[t] * dc
        da_g = (1 - g**2) * i * dc
        da_o = o * (1 - o) * tanh_c * dh
        np.concatenate([da_i, da_f, da_g, da_o], axis=-1, out=da[t])
        dh, dc = da[t] @ params["W_hh"], f * dc

    grads = {
        "W_xh": np.tensordot(da, x, axes=((0, 1), (0, 1))),          # (4H, D), summed over steps and sequences
        "W_hh": np.tensordot(da, h[:-1], axes=((0, 1), (0, 1))),     # (4H, H)
        "b_h": da.sum(axis=(0, 1)),                                  # (4H,)
    }
    dx = da @ params["W_xh"]                                     # (T, B, D)
    return dx, LSTMState(dh, dc), grads


def split_state(name: str, state: tuple | None) -> tuple:
    """h and c of a state or of a gradient of one; None in place of what is not given. `name` is what errors call it."""
    if state is None:
        return None, None
    if not isinstance(state, tuple) or len(state) != 2:
        raise ValueError(f"{name} is a {type(state).__name__}; expected LSTMState(h, c)")
    return state
