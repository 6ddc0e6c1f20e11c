"""The LSTM, one forward and one backward pass, gradients for inputs and all parameters, float32."""

from __future__ import annotations

import numpy as np

from benchmarks import layers
from benchmarks.layers import SIZES, check
from rnnbook import convert
from rnnbook.fast import lstm as fast
from rnnbook.scratch import lstm

__all__ = ["SIZES", "check", "contenders"]


def contenders(size: tuple[int, int, int, int]) -> dict[str, layers.Run]:
    """Name → a call that computes hs and every gradient."""
    return layers.contenders(size, lstm, fast, naive, convert.lstm_to_torch)


def naive(params: dict, x: np.ndarray, dhs: np.ndarray) -> dict:
    """The equations as most tutorials write them: gate by gate and step by step, no masks and no checks."""
    gates = "ifgo"
    W, U, b = (dict(zip(gates, np.split(params[name], 4), strict=True)) for name in ("W_xh", "W_hh", "b_h"))
    T, B, _ = x.shape
    h, c, cache = [np.zeros((B, len(b["i"])), x.dtype)], [np.zeros((B, len(b["i"])), x.dtype)], []
    for x_t in x:
        a = {k: x_t @ W[k].T + h[-1] @ U[k].T + b[k] for k in gates}
        i, f, g, o = sigmoid(a["i"]), sigmoid(a["f"]), np.tanh(a["g"]), sigmoid(a["o"])
        c.append(f * c[-1] + i * g)
        h.append(o * np.tanh(c[-1]))
        cache.append((i, f, g, o))
    dW, dU, db = ({k: np.zeros_like(p) for k, p in part.items()} for part in (W, U, b))
    dx, dh_next, dc_next = np.zeros_like(x), np.zeros_like(h[0]), np.zeros_like(h[0])
    for t in reversed(range(T)):
        i, f, g, o = cache[t]
        dh = dhs[t] + dh_next
        dc = dc_next + dh * o * (1 - np.tanh(c[t + 1]) ** 2)
        da = {
            "i": dc * g * i * (1 - i),
            "f": dc * c[t] * f * (1 - f),
            "g": dc * i * (1 - g**2),
            "o": dh * np.tanh(c[t + 1]) * o * (1 - o),
        }
        dh_next, dc_next = np.zeros_like(dh), f * dc
        for k in gates:
            dW[k] += da[k].T @ x[t]
            dU[k] += da[k].T @ h[t]
            db[k] += da[k].sum(axis=0)
            dx[t] += da[k] @ W[k]
            dh_next += da[k] @ U[k]
    grads = {name: np.concatenate(list(d.values())) for name, d in (("W_xh", dW), ("W_hh", dU), ("b_h", db))}
    return {"hs": np.stack(h[1:]), "dx": dx} | grads


def sigmoid(a: np.ndarray) -> np.ndarray:
    """As most tutorials write it; it overflows for a < −88 in float32."""
    return 1 / (1 + np.exp(-a))
