"""Parameters: dicts of arrays, which may be nested, and the initial weights in them.

The params of a structure hold those of its parts, {"layer_0": {"W_xh": …}, "layer_1": {"W_xh": …}}, and gradients have
the same nesting. `flat` and `mapped` are all that an optimiser needs to treat every model alike.

Weights are drawn from an explicit generator, in float64. Where gates are stacked, `shape` is that of one gate, and
each gate is drawn on its own: orthogonal(rng, (H, H), gates=4) is (4H, H).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnnbook import validate

# ---- Nested dicts ----------------------------------------------------------------------------------------------------

def flat(params: Mapping[str, Any]) -> dict[str, Any]:
    """The leaves of nested dicts under joined names: {"layer_0.W_xh": array, …}. The arrays themselves, not copies."""
    _check_dict("params", params)
    leaves: dict[str, Any] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            leaves |= {f"{name}.{inner}": leaf for inner, leaf in flat(value).items()}
        else:
            leaves[name] = value
    return leaves


def mapped(f: Callable[..., Any], *params: Mapping[str, Any]) -> dict[str, Any]:
    """Nested dicts of f(leaf, …), for dicts of one nesting: mapped(lambda p, g: p - 0.1 * g, params, grads).

    Keeps the order of the first. Raises a ValueError that names an entry which one dict has and another has not.
    """
    if not params:
        raise ValueError("params is missing; expected at least one dict")
    return _mapped(f, params, "")


def _mapped(f, trees, where):
    first = trees[0]
    for i, tree in enumerate(trees):
        _check_dict(f"params[{i}]" + (f" at {where[:-1]!r}" if where else ""), tree)
        for name in [*first, *tree]:
            if name not in tree or name not in first:
                has, lacks = (0, i) if name in first else (i, 0)
                raise ValueError(f"params[{lacks}] has no {where + name!r}, and params[{has}] has")
    return {
        name: _mapped(f, [tree[name] for tree in trees], f"{where}{name}.")
        if any(isinstance(tree[name], Mapping) for tree in trees)
        else f(*(tree[name] for tree in trees))
        for name in first
    }


def _check_dict(name, value):
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is a {type(value).__name__}; expected a dict of arrays, or of such dicts")


# ---- Initial weights -------------------------------------------------------------------------------------------------

def uniform(rng: np.random.Generator, shape: tuple[int, ...], bound: float) -> np.ndarray:
    """Uniform on [−bound, bound), float64. PyTorch's recurrent layers use bound = 1/√H."""
    if min(shape) < 1:
        raise ValueError(f"shape is {shape}; expected every size at least 1")
    return rng.uniform(-bound, bound, shape)


def xavier(rng: np.random.Generator, shape: tuple[int, int], gain: float = 1.0, gates: int = 1) -> np.ndarray:
    """Uniform on ±gain √(6 / (in + out)) for a shape (out, in): variance 2 gain² / (in + out).

    So chosen that signals keep their variance on average of the two passes, in a feed-forward layer that is linear
    near 0. Returns (gates · out, in).

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks" (2010),
    equation 16.
    """
    rows, columns = _matrix(shape, gates)
    return uniform(rng, (gates * rows, columns), gain * np.sqrt(6 / (rows + columns)))


def orthogonal(rng: np.random.Generator, shape: tuple[int, int], gain: float = 1.0, gates: int = 1) -> np.ndarray:
    """gain times a random orthogonal matrix: W Wᵀ = gain² I where out ≤ in, and Wᵀ W = gain² I where in ≤ out.

    Every singular value is `gain`; a square W changes lengths by that factor and no more, however often it is applied.
    Q of the QR decomposition of a normal matrix, each column times the sign of R's diagonal, without which Q is not
    uniform over the orthogonal matrices. Returns (gates · out, in).

    Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks" (2014); for the signs Mezzadri, "How to generate random matrices from the classical compact groups"
    (2007).
    """
    rows, columns = _matrix(shape, gates)
    blocks = []
    for _ in range(gates):
        Q, R = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        Q = Q * np.sign(np.diag(R))
        blocks.append(gain * (Q if rows >= columns else Q.T))
    return np.concatenate(blocks)


def identity(shape: tuple[int, int], scale: float = 1.0, gates: int = 1) -> np.ndarray:
    """scale on the diagonal, 0 elsewhere: (gates · out, in). With scale 1 and b_h = 0 a ReLU RNN starts as the IRNN.

    Source: Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear units" (2015).
    """
    return np.tile(scale * np.eye(*_matrix(shape, gates)), (gates, 1))


def _matrix(shape, gates):
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"shape is {shape}; expected (out, in), each at least 1")
    validate.sizes(gates=gates)
    return shape
