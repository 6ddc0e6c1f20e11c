"""Positions as vectors, for attention does not know the order of its keys.

    p[t, 2i] = sin(t / 10000^(2i/E))        p[t, 2i + 1] = cos(t / 10000^(2i/E))

Each pair of units turns at its own rate, from one radian a step down to 1/10000 of that; p[t + k] is p[t] with every
pair turned by an angle that depends on k alone.

Source: Vaswani et al., "Attention is all you need" (2017), section 3.5.
"""

from __future__ import annotations

import numpy as np

from rnnbook import validate


def sinusoidal(T: int, E: int, base: float = 10000.0) -> np.ndarray:
    """Vectors p (T, E) of the positions 0 … T − 1, float64. To sequences x (T, B, E) add p[:, None]."""
    validate.sizes(T=T, E=E)
    if not base > 0:
        raise ValueError(f"base is {base!r}; expected a number above 0")
    pairs = np.arange(E) // 2                                    # (E,): 0, 0, 1, 1, …
    angles = np.arange(T)[:, None] / base ** (2 * pairs / E)     # (T, E)
    return np.where(np.arange(E) % 2 == 0, np.sin(angles), np.cos(angles))
