"""The embedding: each token has a vector, a row of W_emb.

    x_t = W_emb[token_t]
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate


class Cache(NamedTuple):
    """What `backward` needs from `forward`."""

    params: dict
    tokens: np.ndarray      # (T, B) or any other shape


def init(rng: np.random.Generator, V: int, E: int) -> dict[str, np.ndarray]:
    """Parameters W_emb (V, E), standard normal as in PyTorch."""
    validate.sizes(V=V, E=E)
    return {"W_emb": rng.standard_normal((V, E))}


def forward(params: dict, tokens: np.ndarray):
    """Look up the vectors of `tokens`, int (T, B): returns x (T, B, E) and the cache."""
    validate.params(params, {"W_emb": (None, None)})
    tokens = validate.tokens("tokens", tokens, len(params["W_emb"]))
    return params["W_emb"][tokens], Cache(params, tokens)


def backward(cache: Cache, dx: np.ndarray) -> dict[str, np.ndarray]:
    """Gradient of W_emb (V, E) for dx (T, B, E): each place where a token stood adds its dx to that token's row."""
    params, tokens = cache
    dx = validate.array("dx", dx, (*tokens.shape, params["W_emb"].shape[1]))
    dW_emb = np.zeros_like(params["W_emb"])
    np.add.at(dW_emb, tokens, dx)                # repeated tokens add up
    return {"W_emb": dW_emb}
