"""What the questions of chapter 2 are drawn from: parameters, inputs and states of a tanh RNN."""

from __future__ import annotations

import numpy as np

TENTHS = np.concatenate([np.arange(-9, 0), np.arange(1, 10)]) / 10
HUNDREDTHS = np.concatenate([np.arange(-99, -9), np.arange(10, 100)]) / 100


def params(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """W_xh (H, D), W_hh (H, H) and b_h (H,); no entry of b_h is near 0, and tanh is rarely saturated."""
    return {
        "W_xh": rng.standard_normal((H, D)) * 0.7 / np.sqrt(D),
        "W_hh": rng.standard_normal((H, H)) * 0.9 / np.sqrt(H),
        "b_h": rng.uniform(0.3, 0.8, H) * rng.choice([-1.0, 1.0], H),
    }


def tenths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """At most 18 numbers short enough to print, ±0.1 … ±0.9, no two of them equal."""
    return rng.choice(TENTHS, shape, replace=False)


def hundredths(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """At most 180 numbers short enough to print, ±0.10 … ±0.99, no two of them equal."""
    return rng.choice(HUNDREDTHS, shape, replace=False)


def tiny_params(rng: np.random.Generator, D: int, H: int) -> dict[str, np.ndarray]:
    """Parameters short enough to print."""
    return {"W_xh": tenths(rng, H, D), "W_hh": tenths(rng, H, H), "b_h": tenths(rng, H)}


def states(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """States a tanh could have made."""
    return rng.uniform(-0.9, 0.9, shape)


def split(params: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """W_xh, W_hh and b_h."""
    return params["W_xh"], params["W_hh"], params["b_h"]


def changed(params: dict, **new) -> dict:
    """A copy of `params` in which some entries are replaced; a number fills the whole array."""
    return {name: np.broadcast_to(np.asarray(new.get(name, p), float), p.shape).copy() for name, p in params.items()}


def step(params: dict, x_t: np.ndarray, state: np.ndarray) -> np.ndarray:
    """h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), written out once for the answers of this chapter. (B, H)"""
    W_xh, W_hh, b_h = split(params)
    return np.tanh(x_t @ W_xh.T + state @ W_hh.T + b_h)
