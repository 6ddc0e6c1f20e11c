"""Initial weights, drawn from an explicit generator."""

from __future__ import annotations

import numpy as np


def uniform(rng: np.random.Generator, shape: tuple[int, ...], bound: float) -> np.ndarray:
    """Uniform on [−bound, bound), float64. PyTorch's recurrent layers use bound = 1/√H."""
    if min(shape) < 1:
        raise ValueError(f"shape is {shape}; expected every size at least 1")
    return rng.uniform(-bound, bound, shape)
