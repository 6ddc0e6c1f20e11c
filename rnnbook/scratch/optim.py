"""Optimisers, and clipping by the global norm, for params of any nesting.

    optimiser = optim.Adam(lr=0.001)
    params = optimiser.step(params, grads)          # new arrays; neither argument is changed

An optimiser is the one stateful thing in `rnnbook.scratch`: it counts its steps and keeps running sums of the
gradients, with the nesting of the params. Use a new one for each training. `lr` may be set between steps.

The equations stand for every entry on its own; g_t is its gradient at step t, from 1. Defaults are PyTorch's.
"""

from __future__ import annotations

import math

import numpy as np

from rnnbook.scratch.weights import flat, mapped


class Optimiser:
    """What the three share: the number of steps `t`, and a `step` that hands each parameter and gradient to a rule."""

    def __init__(self, lr: float):
        self.lr = _number("lr", lr)
        self.t = 0
        self._sums: dict | None = None          # one tuple of arrays for each parameter

    def step(self, params: dict, grads: dict) -> dict:
        """The next params, of the dtype of the old ones.

        Raises a ValueError that names the entry where grads are not nested or shaped as the params, or where the params
        are not those of the steps before.
        """
        _check("grads", grads, params)
        sums = mapped(self._start, params) if self._sums is None else self._sums
        _check("the optimiser's state", mapped(lambda s: s[0], sums), params)
        self.t += 1
        self._sums = mapped(self._add, sums, grads)
        return mapped(lambda p, g, s: p - self._move(g, s), params, grads, self._sums)

    def _start(self, p: np.ndarray) -> tuple[np.ndarray, ...]:
        """The sums before the first step."""
        return (np.zeros_like(p),)

    def _add(self, sums: tuple, g: np.ndarray) -> tuple[np.ndarray, ...]:
        """The sums with gradient g."""
        raise NotImplementedError

    def _move(self, g: np.ndarray, sums: tuple) -> np.ndarray:
        """What is taken from the parameter."""
        raise NotImplementedError


class SGD(Optimiser):
    """Stochastic gradient descent, with momentum µ.

        v_t = µ v_{t-1} + g_t        p_t = p_{t-1} − lr v_t

    With µ = 0 it is p_t = p_{t-1} − lr g_t. Where gradients agree, steps grow to 1 / (1 − µ) times as long.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods" (1964); in this form Sutskever,
    Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep learning" (2013), but for lr,
    which stands outside v as in PyTorch.
    """

    def __init__(self, lr: float = 0.001, momentum: float = 0.0):
        super().__init__(lr)
        self.momentum = _number("momentum", momentum, below=1)

    def _add(self, sums, g):
        (v,) = sums
        return (self.momentum * v + g,)

    def _move(self, g, sums):
        (v,) = sums
        return float(self.lr) * v


class Adagrad(Optimiser):
    """Adagrad: the longer an entry's gradients have been, the shorter its steps.

        s_t = s_{t-1} + g_t²        p_t = p_{t-1} − lr g_t / (√s_t + ε)

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic optimization"
    (2011), figure 1, the variant with diagonal matrices.
    """

    def __init__(self, lr: float = 0.01, eps: float = 1e-10):
        super().__init__(lr)
        self.eps = _number("eps", eps)

    def _add(self, sums, g):
        (s,) = sums
        return (s + g**2,)

    def _move(self, g, sums):
        (s,) = sums
        return float(self.lr) * g / (np.sqrt(s) + self.eps)


class Adam(Optimiser):
    """Adam: running means of the gradient and of its square.

        m_t = β₁ m_{t-1} + (1 − β₁) g_t                 v_t = β₂ v_{t-1} + (1 − β₂) g_t²
        p_t = p_{t-1} − lr m̂_t / (√v̂_t + ε)             m̂_t = m_t / (1 − β₁ᵗ), v̂_t = v_t / (1 − β₂ᵗ)

    m and v start at 0; the divisions undo the pull towards it.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization" (2015), algorithm 1.
    """

    def __init__(self, lr: float = 0.001, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8):
        super().__init__(lr)
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise ValueError(f"betas is {betas!r}; expected two numbers, β₁ and β₂")
        self.betas = _number("betas[0]", betas[0], below=1), _number("betas[1]", betas[1], below=1)
        self.eps = _number("eps", eps)

    def _start(self, p):
        return np.zeros_like(p), np.zeros_like(p)

    def _add(self, sums, g):
        (m, v), (beta_1, beta_2) = sums, self.betas
        return beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2

    def _move(self, g, sums):
        (m, v), (beta_1, beta_2) = sums, self.betas
        m_hat, v_hat = m / (1 - beta_1**self.t), v / (1 - beta_2**self.t)
        return float(self.lr) * m_hat / (np.sqrt(v_hat) + self.eps)


# ---- Clipping --------------------------------------------------------------------------------------------------------

def global_norm(grads: dict) -> float:
    """√(Σ g²) over every entry of every array, in float64; inf or NaN only where an entry is."""
    arrays = [np.asarray(g, np.float64) for g in flat(grads).values()]
    largest = float(np.max([np.abs(g).max(initial=0) for g in arrays], initial=0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * math.sqrt(sum(float(np.square(g / largest).sum()) for g in arrays))     # no square overflows


def clip(grads: dict, threshold: float) -> tuple[dict, float]:
    """Gradients g · min(1, threshold / ‖g‖) with ‖g‖ over all of them, and ‖g‖ as it was.

    The direction stays. Where ‖g‖ ≤ threshold the arrays are the same ones, else new ones of the same dtype. Where ‖g‖
    is not finite there is no direction, and they are returned as they are.

    Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013), algorithm 1.
    """
    if not isinstance(threshold, (int, float, np.number)) or not threshold > 0:
        raise ValueError(f"threshold is {threshold!r}; expected a number above 0")
    norm = global_norm(grads)
    if norm <= threshold or not math.isfinite(norm):
        return grads, norm
    return mapped(lambda g: g * (threshold / norm), grads), norm


# ---- Checks ----------------------------------------------------------------------------------------------------------

def _number(name, value, below=math.inf):
    """`value` as a float, 0 ≤ value < below."""
    if not isinstance(value, (int, float, np.number)) or isinstance(value, bool) or not 0 <= value < below:
        raise ValueError(f"{name} is {value!r}; expected a number, 0 ≤ {name} < {below}")
    return float(value)


def _check(name, given, params):
    """Refuse a dict that has not the entries and shapes of the params."""
    given, params = flat(given), flat(params)
    for entry in [*params, *given]:
        if entry not in given or entry not in params:
            lacks, has = (name, "params") if entry in params else ("params", name)
            raise ValueError(f"{lacks} has no {entry!r}, and {has} has")
        got, wanted = np.shape(given[entry]), np.shape(params[entry])
        if got != wanted:
            raise ValueError(f"{name}[{entry!r}] has shape {got}; expected {wanted}")
