"""Checks of any pair of functions, forward and backward, against numerical gradients, in float64.

All of a numerical gradient takes four forward passes for every entry. A check takes a few: along random directions,
where a mistake in any entry shows, and at single random entries, where it can be located.

    errors = gradient_checks.pair(forward, backward, arrays, rng)           # any two functions
    errors = gradient_checks.layer(lstm, params, x, rng, lengths=lengths)   # any layer, any structure of layers
    assert max(errors.values()) < 1e-7
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnnbook.scratch.gradients import directional_derivative


def pair(
    forward: Callable[[], tuple[Any, Any]],
    backward: Callable[[Any, Any], Mapping[str, Any]],
    arrays: Mapping[str, Any],
    rng: np.random.Generator,
    **how: Any,
) -> dict[str, float]:
    """Check forward() → (outputs, cache) and backward(cache, doutputs) → gradients.

    The loss is Σ doutputs ⊙ outputs with random doutputs.

    Parameters
    ----------
    forward
        Reads `arrays`, which are changed in place and restored.
    backward
        Its gradients have the names and the nesting of `arrays`.
    arrays
        float64 arrays by name; dicts and tuples of arrays may be nested in it.
    how
        `directions`, `entries`, `eps`: see `errors`.

    Returns
    -------
    For each array, by its flat name ("layer_0.W_hh"): the largest error found, relative to the gradient's norm.

    Raises
    ------
    ValueError
        For an array that is not float64, and where a gradient is missing, or has not its array's shape.
    """
    outputs, cache = forward()
    weights = {name: rng.standard_normal(np.shape(out)) for name, out in _named(outputs).items()}
    gradients = backward(cache, _like(outputs, weights))

    def loss() -> float:
        return sum(float((weights[name] * out).sum()) for name, out in _named(forward()[0]).items())

    return errors(loss, arrays, gradients, rng, **how)


def layer(
    layer: Any, params: dict, x: np.ndarray, rng: np.random.Generator, *,
    state: Any = None, lengths: np.ndarray | None = None, **how: Any,
) -> dict[str, float]:
    """Check a recurrent layer, a module or a `Layer`: the gradients of x, of the state where one is given, of params.

    The loss reads every step and the last state, as in `pair`, which says what comes back. x is (T, B, D).
    """
    arrays = {"x": x, "params": params} | ({} if state is None else {"state": state})

    def forward():
        hs, last, cache = layer.forward(params, x, state, lengths)
        return {"hs": hs, "last": last}, cache

    def backward(cache, d):
        dx, dstate, grads = layer.backward(cache, d["hs"], d["last"])
        return {"x": dx, "params": grads, "state": dstate}

    return pair(forward, backward, arrays, rng, **how)


def errors(
    f: Callable[[], float], arrays: Mapping[str, Any], gradients: Mapping[str, Any], rng: np.random.Generator, *,
    directions: int = 3, entries: int = 5, eps: float = 1e-3,
) -> dict[str, float]:
    """How far `gradients` are from the numerical ones of f(), which reads `arrays`.

    Along each of `directions` random unit vectors v, and of `entries` random unit vectors e_i with a single entry, the
    error is |∂f/∂v − gradient · v| / max(‖gradient‖, 1e-5). `eps` is the step of the differences.
    """
    if directions < 0 or entries < 0 or directions + entries == 0:
        raise ValueError(f"directions and entries are {directions} and {entries}; expected at least one of either")
    found, given = {}, _named(gradients)
    for name, array in _named(arrays).items():
        if name not in given:
            raise ValueError(f"gradients has no {name!r}; it has {', '.join(given) or 'none'}")
        gradient = np.asarray(given[name])
        if gradient.shape != array.shape:
            raise ValueError(f"the gradient of {name!r} has shape {gradient.shape}; expected {array.shape}")
        vectors = [rng.standard_normal(array.shape) for _ in range(directions)]
        vectors += [_entry(array.shape, rng) for _ in range(entries)]
        scale = max(float(np.linalg.norm(gradient)), 1e-5)
        found[name] = max(
            abs(directional_derivative(f, array, v, eps) - float((gradient * v).sum())) / scale
            for v in (v / np.linalg.norm(v) for v in vectors)
        )
    return found


def _entry(shape: tuple, rng: np.random.Generator) -> np.ndarray:
    vector = np.zeros(shape)
    vector[tuple(rng.integers(n) for n in shape)] = 1
    return vector


def _named(value: Any) -> dict[str, np.ndarray]:
    """The arrays in a value, by flat names; an array alone has the name ""."""
    if isinstance(value, tuple):
        names = getattr(value, "_fields", range(len(value)))
        value = {str(name): item for name, item in zip(names, value, strict=True)}
    if not isinstance(value, Mapping):
        return {"": value}
    return {
        ".".join(filter(None, (key, inner))): array
        for key, item in value.items() if item is not None for inner, array in _named(item).items()
    }


def _like(value: Any, arrays: Mapping[str, np.ndarray], path: str = "") -> Any:
    """`value` with each array replaced by the one of its flat name."""
    def at(key: Any, item: Any) -> Any:
        return _like(item, arrays, ".".join(filter(None, (path, str(key)))))

    if isinstance(value, Mapping):
        return {key: at(key, item) for key, item in value.items()}
    if isinstance(value, tuple):
        names = getattr(value, "_fields", range(len(value)))
        items = [at(name, item) for name, item in zip(names, value, strict=True)]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return None if value is None else arrays[path]
