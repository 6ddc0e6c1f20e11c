"""The GRU, one forward and one backward pass, gradients for inputs and all parameters, float32."""

from __future__ import annotations

import numpy as np

from benchmarks import layers
from benchmarks.layers import SIZES, check
from benchmarks.lstm import sigmoid
from rnnbook import convert
from rnnbook.fast import gru as fast
from rnnbook.scratch import gru

__all__ = ["SIZES", "check", "contenders"]


def contenders(size: tuple[int, int, int, int]) -> dict[str, layers.Run]:
    """Name → a call that computes hs and every gradient."""
    return layers.contenders(size, gru, fast, naive, convert.gru_to_torch)


def naive(params: dict, x: np.ndarray, dhs: np.ndarray) -> dict:
    """The equations as most tutorials write them: gate by gate and step by step, no masks and no checks."""
    gates, b_hn = "rzn", params["b_hn"]
    W, U, b = (dict(zip(gates, np.split(params[name], 3), strict=True)) for name in ("W_xh", "W_hh", "b_h"))
    T, B, _ = x.shape
    h, cache = [np.zeros((B, len(b_hn)), x.dtype)], []
    for x_t in x:
        r = sigmoid(x_t @ W["r"].T + h[-1] @ U["r"].T + b["r"])
        z = sigmoid(x_t @ W["z"].T + h[-1] @ U["z"].T + b["z"])
        m = h[-1] @ U["n"].T + b_hn
        n = np.tanh(x_t @ W["n"].T + b["n"] + r * m)
        h.append((1 - z) * n + z * h[-1])
        cache.append((r, z, n, m))
    dW, dU, db = ({k: np.zeros_like(p) for k, p in part.items()} for part in (W, U, b))
    dx, dh_next, db_hn = np.zeros_like(x), np.zeros_like(h[0]), np.zeros_like(b_hn)
    for t in reversed(range(T)):
        r, z, n, m = cache[t]
        dh = dhs[t] + dh_next
        da_n = dh * (1 - z) * (1 - n**2)
        on_x = {"r": da_n * m * r * (1 - r), "z": dh * (h[t] - n) * z * (1 - z), "n": da_n}
        on_h = on_x | {"n": da_n * r}
        dh_next = dh * z
        db_hn += on_h["n"].sum(axis=0)
        for k in gates:
            dW[k] += on_x[k].T @ x[t]
            dU[k] += on_h[k].T @ h[t]
            db[k] += on_x[k].sum(axis=0)
            dx[t] += on_x[k] @ W[k]
            dh_next += on_h[k] @ U[k]
    grads = {name: np.concatenate(list(d.values())) for name, d in (("W_xh", dW), ("W_hh", dU), ("b_h", db))}
    return {"hs": np.stack(h[1:]), "dx": dx, "b_hn": db_hn} | grads
