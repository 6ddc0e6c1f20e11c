"""The output layer: one product and a bias.

    y_t = W_hy h_t + b_y
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import weights


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    params: dict
    h: np.ndarray       # (…, H)


def init(rng: np.random.Generator, H: int, K: int) -> dict[str, np.ndarray]:
    """Parameters W_hy (K, H) and b_y (K,), uniform on ±1/√H as in PyTorch."""
    validate.sizes(H=H, K=K)
    bound = 1 / np.sqrt(H)
    return {"W_hy": weights.uniform(rng, (K, H), bound), "b_y": weights.uniform(rng, (K,), bound)}


def forward(params: dict, h: np.ndarray):
    """Outputs y (…, K) for h (…, H): one state, a batch (B, H) or sequences (T, B, H). Returns y and the cache."""
    validate.params(params, {"W_hy": (None, None)})
    K, H = params["W_hy"].shape
    validate.params(params, {"W_hy": (K, H), "b_y": (K,)})
    h = validate.as_array("h", h)
    h = validate.array("h", h, (*h.shape[:-1], H), sizes=f"(…, {H})")
    validate.no_nan("h", h)
    return h @ params["W_hy"].T + params["b_y"], Cache(params, h)                # (…, K)


def backward(cache: Cache, dy: np.ndarray):
    """Gradients: dh = W_hyᵀ dy, dW_hy = Σ dy hᵀ, db_y = Σ dy. Returns dh (…, H) and grads."""
    params, h = cache
    K, H = params["W_hy"].shape
    dy = validate.array("dy", dy, (*h.shape[:-1], K))
    rows = dy.reshape(-1, K)                                     # (N, K)
    grads = {"W_hy": rows.T @ h.reshape(-1, H), "b_y": rows.sum(axis=0)}
    return dy @ params["W_hy"], grads
