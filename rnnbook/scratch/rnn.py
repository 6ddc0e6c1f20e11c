"""The tanh RNN (Elman, 1990), forward and backward.

    a_t = W_xh x_t + W_hh h_{t-1} + b_h        h_t = tanh(a_t)

Source: Elman, "Finding structure in time" (1990); with tanh, Goodfellow, Bengio and Courville, *Deep Learning* (2016),
equations 10.8 and 10.9.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import sequences, weights


class Cache(NamedTuple):
    """What `backward` needs from `forward`. Step t (from 0) reads h[t] and makes h[t + 1]."""

    params: dict
    x: np.ndarray           # (T, B, D), pads set to 0
    h: np.ndarray           # (T + 1, B, H), from the initial state on; of no meaning after a sequence's end
    mask: np.ndarray        # bool (T, B, 1), True where a step is real


def init(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """Parameters W_xh (H, D), W_hh (H, H), b_h (H,), float64, uniform on ±1/√H as in PyTorch."""
    validate.sizes(D=D, H=H)
    bound = 1 / np.sqrt(H)
    shapes: dict[str, tuple[int, ...]] = {"W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}
    return {name: weights.uniform(rng, shape, bound) for name, shape in shapes.items()}


def step(params: dict, x_t: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One step: h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h).

    Parameters
    ----------
    x_t : (B, D)
    state : (B, H), h_{t-1}

    Returns
    -------
    h_t : (B, H)
    """
    D, H = sequences.sizes(params)
    x_t = validate.array("x_t", x_t, (None, D), sizes=f"(B, {D})")
    state = validate.array("state", state, (len(x_t), H))
    return _step(params, x_t, state)


def _step(params, x_t, h):
    return np.tanh(x_t @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])     # (B, H)


def forward(params: dict, x: np.ndarray, state: np.ndarray | None = None, lengths: np.ndarray | None = None):
    """Run the RNN over sequences.

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
    D, H = sequences.sizes(params)
    x, mask = sequences.prepare(x, D, lengths)                   # 0 in the pads; mask (T, B, 1)
    T, B, _ = x.shape
    h_0 = sequences.start(state, x, H)                           # (B, H)

    dtype = np.result_type(x, h_0, *(params[name] for name in ("W_xh", "W_hh", "b_h")))
    h = np.empty((T + 1, B, H), dtype)
    h[0] = h_0
    for t in range(T):
        h[t + 1] = _step(params, x[t], h[t])
    hs = sequences.zero_pads(h[1:].copy(), mask)                 # (T, B, H)
    last = sequences.last(h, mask)                               # (B, H)
    return hs, last, Cache(params, x, h, mask)


def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: np.ndarray | None = None):
    """Backpropagation through time.

        da_t     = (1 − h_t²) ⊙ dh_t
        dW_xh    = Σ_t da_t x_tᵀ      dW_hh = Σ_t da_t h_{t-1}ᵀ      db_h = Σ_t da_t
        dx_t     = W_xhᵀ da_t         dh_{t-1} = W_hhᵀ da_t + what enters from the loss at step t − 1

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

    Source: Werbos, "Backpropagation through time" (1990).
    """
    params, x, h, mask = cache
    dhs = sequences.entering(h, mask, dhs, dlast)                # (T, B, H), dlast added at each sequence's end
    da = np.empty_like(dhs)
    dh = np.zeros_like(dhs[0])                                   # what comes back from step t + 1; 0 from the pads
    for t in reversed(range(len(x))):
        da[t] = (1 - h[t + 1] ** 2) * (dhs[t] + dh)
        dh = da[t] @ params["W_hh"]

    grads = {
        "W_xh": np.tensordot(da, x, axes=((0, 1), (0, 1))),          # (H, D), summed over steps and sequences
        "W_hh": np.tensordot(da, h[:-1], axes=((0, 1), (0, 1))),     # (H, H)
        "b_h": da.sum(axis=(0, 1)),                                  # (H,)
    }
    dx = da @ params["W_xh"]                                     # (T, B, D)
    return dx, dh, grads
