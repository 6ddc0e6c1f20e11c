"""The tanh RNN, one forward and one backward pass, gradients for inputs and all parameters, float32."""

from __future__ import annotations

import numpy as np

from benchmarks import layers
from benchmarks.layers import SIZES, check
from rnnbook import convert
from rnnbook.fast import rnn as fast
from rnnbook.scratch import rnn

__all__ = ["SIZES", "check", "contenders"]


def contenders(size: tuple[int, int, int, int]) -> dict[str, layers.Run]:
    """Name → a call that computes hs and every gradient."""
    return layers.contenders(size, rnn, fast, naive, convert.rnn_to_torch)


def naive(params: dict, x: np.ndarray, dhs: np.ndarray) -> dict:
    """The equations as most tutorials write them: one step after the other in both passes, no masks and no checks."""
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    T, B, _ = x.shape
    h = [np.zeros((B, len(b_h)), x.dtype)]
    for x_t in x:
        h.append(np.tanh(x_t @ W_xh.T + h[-1] @ W_hh.T + b_h))
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    dx, dh_next = np.zeros_like(x), np.zeros_like(h[0])
    for t in reversed(range(T)):
        da = (1 - h[t + 1] ** 2) * (dhs[t] + dh_next)
        grads["W_xh"] += da.T @ x[t]
        grads["W_hh"] += da.T @ h[t]
        grads["b_h"] += da.sum(axis=0)
        dx[t] = da @ W_xh
        dh_next = da @ W_hh
    return {"hs": np.stack(h[1:]), "dx": dx} | grads
