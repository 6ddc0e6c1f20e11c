"""The feed-forward part of a Transformer block, forward and backward: the same two layers at every step.

    a = W_1 x + b_1        y = W_2 max(0, a) + b_2

Source: Vaswani et al., "Attention is all you need" (2017), equation 2.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import weights


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    params: dict
    x: np.ndarray       # (…, E)
    h: np.ndarray       # (…, F), max(0, a)


def init(rng: np.random.Generator, E: int, F: int) -> dict[str, np.ndarray]:
    """Parameters W_1 (F, E), b_1 (F,), W_2 (E, F), b_2 (E,), float64, uniform on ±1/√(size of the input)."""
    validate.sizes(E=E, F=F)
    into_h, into_y = 1 / np.sqrt(E), 1 / np.sqrt(F)
    return {
        "W_1": weights.uniform(rng, (F, E), into_h),
        "b_1": weights.uniform(rng, (F,), into_h),
        "W_2": weights.uniform(rng, (E, F), into_y),
        "b_2": weights.uniform(rng, (E,), into_y),
    }


def forward(params: dict, x: np.ndarray):
    """y (…, E) for x (…, E). Returns y and the cache."""
    validate.params(params, {"W_1": (None, None)})
    F, E = params["W_1"].shape
    validate.params(params, {"W_1": (F, E), "b_1": (F,), "W_2": (E, F), "b_2": (E,)})
    x = validate.as_array("x", x)
    x = validate.array("x", x, (*x.shape[:-1], E), sizes=f"(…, {E})")
    validate.no_nan("x", x)
    h = np.maximum(0, x @ params["W_1"].T + params["b_1"])       # (…, F)
    return h @ params["W_2"].T + params["b_2"], Cache(params, x, h)


def backward(cache: Cache, dy: np.ndarray):
    """Gradients for dy (…, E): da = W_2ᵀ dy where a > 0, else 0; dx = W_1ᵀ da. Returns dx (…, E) and grads."""
    params, x, h = cache
    dy = validate.array("dy", dy, x.shape)
    da = np.where(h > 0, dy @ params["W_2"], 0)                  # (…, F)
    rows = {name: array.reshape(-1, array.shape[-1]) for name, array in [("x", x), ("h", h), ("da", da), ("dy", dy)]}
    grads = {
        "W_1": rows["da"].T @ rows["x"],                         # (F, E)
        "b_1": rows["da"].sum(axis=0),                           # (F,)
        "W_2": rows["dy"].T @ rows["h"],                         # (E, F)
        "b_2": rows["dy"].sum(axis=0),                           # (E,)
    }
    return da @ params["W_1"], grads
