"""Layer normalisation, forward and backward: each vector gets mean 0 and variance 1, then a gain and a bias.

    y = gamma ⊙ (x − μ) / √(σ² + ε) + beta        μ = mean of x over its units        σ² = mean of (x − μ)²

Source: Ba, Kiros and Hinton, "Layer normalization" (2016), equations 3 and 5; ε as in PyTorch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    params: dict
    normal: np.ndarray      # (…, D), (x − μ) / √(σ² + ε)
    std: np.ndarray         # (…, 1), √(σ² + ε)


def init(rng: np.random.Generator, D: int) -> dict[str, np.ndarray]:
    """Parameters gamma (D,), 1, and beta (D,), 0, float64, as in PyTorch. `rng` is not used; every `init` has it."""
    validate.sizes(D=D)
    return {"gamma": np.ones(D), "beta": np.zeros(D)}


def forward(params: dict, x: np.ndarray, eps: float = 1e-5):
    """y (…, D) for x (…, D): one vector, a batch (B, D) or sequences (T, B, D). Returns y and the cache."""
    validate.params(params, {"gamma": (None,)})
    D = len(params["gamma"])
    validate.params(params, {"gamma": (D,), "beta": (D,)})
    x = validate.as_array("x", x)
    x = validate.array("x", x, (*x.shape[:-1], D), sizes=f"(…, {D})")
    validate.no_nan("x", x)
    centred = x - x.mean(axis=-1, keepdims=True)                                 # (…, D)
    std = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)               # (…, 1)
    normal = centred / std
    return params["gamma"] * normal + params["beta"], Cache(params, normal, std)


def backward(cache: Cache, dy: np.ndarray):
    """Gradients for dy (…, D): the mean and the standard deviation depend on every unit.

        dn = gamma ⊙ dy, n = (x − μ) / √(σ² + ε)
        dx = (dn − mean(dn) − n mean(dn ⊙ n)) / √(σ² + ε)        dgamma = Σ dy ⊙ n        dbeta = Σ dy

    Returns dx (…, D) and grads.
    """
    params, normal, std = cache
    dy = validate.array("dy", dy, normal.shape)
    dn = params["gamma"] * dy
    dx = (dn - dn.mean(axis=-1, keepdims=True) - normal * (dn * normal).mean(axis=-1, keepdims=True)) / std
    rows = dy.reshape(-1, dy.shape[-1])
    grads = {"gamma": (rows * normal.reshape(rows.shape)).sum(axis=0), "beta": rows.sum(axis=0)}
    return dx, grads
