"""Adagrad of `rnnbook.scratch.optim` in place, for params that lie in one vector."""

from __future__ import annotations

import numpy as np


class Adagrad:
    """s_t = s_{t-1} + g_t²        p_t = p_{t-1} − lr g_t / (√s_t + ε)

    Source: see `rnnbook.scratch.optim.Adagrad`. Keeps s; use a new one for each training.
    """

    def __init__(self, lr: float = 0.01, eps: float = 1e-10):
        self.lr, self.eps = lr, eps
        self._s: np.ndarray | None = None
        self._room: np.ndarray | None = None

    def step(self, vector: np.ndarray, gradient: np.ndarray) -> None:
        """Change `vector` (N,) by its `gradient` (N,)."""
        if vector.ndim != 1 or gradient.shape != vector.shape:
            raise ValueError(f"vector has shape {vector.shape} and gradient {gradient.shape}; expected (N,) for both")
        if self._s is None or self._room is None:
            self._s, self._room = np.zeros_like(vector), np.empty_like(vector)
        if self._s.shape != vector.shape:
            raise ValueError(f"vector has shape {vector.shape}; expected {self._s.shape}, as in the steps before")
        room = self._room
        np.multiply(gradient, gradient, room)
        self._s += room
        np.sqrt(self._s, room)
        room += self.eps
        np.divide(gradient, room, room)
        room *= self.lr
        vector -= room
