"""The GRU as first published at a conference, forward and backward: the reset gate comes before the product.

    r_t = σ(W_xr x_t + W_hr h_{t-1} + b_r)              the reset gate: how much the candidate sees of h_{t-1}
    z_t = σ(W_xz x_t + W_hz h_{t-1} + b_z)              the update gate: how much of h_{t-1} is kept
    n_t = tanh(W_xn x_t + W_hn (r_t ⊙ h_{t-1}) + b_n)   the candidate
    h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ n_t

The blocks of rows are stacked as in `gru`, r, z, n: W_xh (3H, D), W_hh (3H, H), b_h (3H,). `gru` lists the conventions
of the literature, and its `swap_update` goes from one meaning of z to the other. PyTorch has no module for this one;
Keras has, GRU(reset_after=False).

Source: Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine translation"
(2014), as in EMNLP and arXiv:1406.1078v3, equations 5 to 8. The biases, which the paper leaves out, are as in Keras.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import sequences, weights
from rnnbook.scratch.losses import sigmoid


class Cache(NamedTuple):
    """What `backward` needs from `forward`. Step t (from 0) reads h[t] and makes h[t + 1]."""

    params: dict
    x: np.ndarray           # (T, B, D), pads set to 0
    h: np.ndarray           # (T + 1, B, H), from the initial state on; of no meaning after a sequence's end
    gates: np.ndarray       # (T, B, 3H): r, z, n
    mask: np.ndarray        # bool (T, B, 1), True where a step is real


def init(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """Parameters W_xh (3H, D), W_hh (3H, H), b_h (3H,), float64, uniform on ±1/√H as in PyTorch."""
    validate.sizes(D=D, H=H)
    bound = 1 / np.sqrt(H)
    shapes: dict[str, tuple[int, ...]] = {"W_xh": (3 * H, D), "W_hh": (3 * H, H), "b_h": (3 * H,)}
    return {name: weights.uniform(rng, shape, bound) for name, shape in shapes.items()}


def step(params: dict, x_t: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One step: h_t = z_t ⊙ h_{t-1} + (1 − z_t) ⊙ n_t.

    Parameters
    ----------
    x_t : (B, D)
    state : (B, H), h_{t-1}

    Returns
    -------
    h_t : (B, H)
    """
    D, H = sequences.sizes(params, gates=3)
    x_t = validate.array("x_t", x_t, (None, D), sizes=f"(B, {D})")
    state = validate.array("state", state, (len(x_t), H))
    return _step(params, x_t, state)[0]


def _step(params, x_t, h):
    W_hr, W_hz, W_hn = np.split(params["W_hh"], 3)                                   # (H, H) each
    a_r, a_z, a_n = sequences.blocks(x_t @ params["W_xh"].T + params["b_h"], 3)  # (B, H) each, from the input
    r, z = sigmoid(a_r + h @ W_hr.T), sigmoid(a_z + h @ W_hz.T)
    n = np.tanh(a_n + (r * h) @ W_hn.T)
    h = z * h + (1 - z) * n
    return h, np.concatenate([r, z, n], axis=-1)


def forward(params: dict, x: np.ndarray, state: np.ndarray | None = None, lengths: np.ndarray | None = None):
    """Run the GRU over sequences.

    Parameters
    ----------
    x : (T, B, D)
    state : (B, H)
        h_0; zeros if None.
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.

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
    D, H = sequences.sizes(params, gates=3)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0 = sequences.start(state, x, H)                           # (B, H)

    dtype = np.result_type(x, h_0, *(params[name] for name in ("W_xh", "W_hh", "b_h")))
    h = np.empty((T + 1, B, H), dtype)
    gates = np.empty((T, B, 3 * H), dtype)
    h[0] = h_0
    for t in range(T):
        h[t + 1], gates[t] = _step(params, x[t], h[t])
    hs = sequences.zero_pads(h[1:].copy(), mask)                 # (T, B, H)
    last = sequences.last(h, mask)                               # (B, H)
    return hs, last, Cache(params, x, h, gates, mask)


def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: np.ndarray | None = None):
    """Backpropagation through time. With q_t = r_t ⊙ h_{t-1}:

        da_n     = (1 − n_t²) ⊙ (1 − z_t) ⊙ dh_t          dq_t = W_hnᵀ da_n
        da_r     = r_t (1 − r_t) ⊙ h_{t-1} ⊙ dq_t         da_z = z_t (1 − z_t) ⊙ (h_{t-1} − n_t) ⊙ dh_t
        dW_xh    = Σ_t da_t x_tᵀ      db_h  = Σ_t da_t      for da_t = (da_r, da_z, da_n)
        dW_hr    = Σ_t da_r h_{t-1}ᵀ  dW_hz = Σ_t da_z h_{t-1}ᵀ       dW_hn = Σ_t da_n q_tᵀ
        dx_t     = W_xhᵀ da_t
        dh_{t-1} = z_t ⊙ dh_t + r_t ⊙ dq_t + W_hrᵀ da_r + W_hzᵀ da_z + what enters from the loss at step t − 1

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
    """
    params, x, h, gates, mask = cache
    W_hr, W_hz, W_hn = np.split(params["W_hh"], 3)               # (H, H) each
    dhs = sequences.entering(h, mask, dhs, dlast)                # (T, B, H), dlast added at each sequence's end
    da = np.empty_like(gates)                                    # (T, B, 3H)
    dh = np.zeros_like(h[0])                                     # what comes back from step t + 1; 0 from the pads
    for t in reversed(range(len(x))):
        r, z, n = sequences.blocks(gates[t], 3)                  # (B, H) each
        dh = dhs[t] + dh
        da_n = (1 - n**2) * (1 - z) * dh
        dq = da_n @ W_hn
        da_r = r * (1 - r) * h[t] * dq
        da_z = z * (1 - z) * (h[t] - n) * dh
        np.concatenate([da_r, da_z, da_n], axis=-1, out=da[t])
        dh = z * dh + r * dq + da_r @ W_hr + da_z @ W_hz

    (da_r, da_z, da_n), (r, _, _) = sequences.blocks(da, 3), sequences.blocks(gates, 3)
    seen = [(da_r, h[:-1]), (da_z, h[:-1]), (da_n, r * h[:-1])]      # each gate's gradient, and the state it saw
    grads = {
        "W_xh": np.tensordot(da, x, axes=((0, 1), (0, 1))),          # (3H, D), summed over steps and sequences
        "W_hh": np.concatenate([np.tensordot(d, s, axes=((0, 1), (0, 1))) for d, s in seen]),      # (3H, H)
        "b_h": da.sum(axis=(0, 1)),                                  # (3H,)
    }
    dx = da @ params["W_xh"]                                     # (T, B, D)
    return dx, dh, grads
