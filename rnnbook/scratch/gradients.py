"""Numerical gradients, to prove a backward pass.

    df/dx_i ≈ [8 (f(x + ε e_i) − f(x − ε e_i)) − (f(x + 2ε e_i) − f(x − 2ε e_i))] / 12 ε

The fourth-order central difference: its error shrinks with ε⁴, so that ε = 1e-3 leaves about 1e-12 in float64.
Source: Fornberg, "Generation of finite difference formulas on arbitrarily spaced grids" (1988), table 1.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def numerical_gradient(f: Callable[[], float], x: np.ndarray, eps: float = 1e-3) -> np.ndarray:
    """Gradient of f() with respect to the float64 array `x`, which f reads; `x` is changed in place and restored.

    Returns an array of x's shape.
    """
    _check(x, eps)
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        direction = np.zeros_like(x)
        direction[i] = 1
        gradient[i] = directional_derivative(f, x, direction, eps)
    return gradient


def directional_derivative(f: Callable[[], float], x: np.ndarray, direction: np.ndarray, eps: float = 1e-3) -> float:
    """Derivative of f() along `direction`, an array of x's shape: equal to (gradient · direction). `x` is restored."""
    _check(x, eps)
    if np.shape(direction) != x.shape:
        raise ValueError(f"direction has shape {np.shape(direction)}; expected {x.shape}, that of x")
    kept = x.copy()

    def at(k: int) -> float:
        x[...] = kept + k * eps * direction
        return float(f())

    try:
        return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * eps)
    finally:
        x[...] = kept


def relative_error(a: np.ndarray, b: np.ndarray) -> float:
    """max |a − b| / max(max |a|, max |b|): one number for two gradients that should be equal.

    The divisor is at least 1e-5, so that two gradients that are both 0 up to rounding count as equal.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"a and b have shapes {a.shape} and {b.shape}; expected the same")
    scale = max(1e-5, float(np.abs(a).max()), float(np.abs(b).max()))
    return float(np.abs(a - b).max()) / scale


def _check(x, eps):
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        raise ValueError("x is not a float64 array; a numerical gradient in float32 is mostly rounding error")
    if eps <= 0:
        raise ValueError(f"eps is {eps}; expected a number above 0")
