"""Checks of arguments. Each raises a ValueError that names the argument, what was got and what was expected."""

from __future__ import annotations

import numpy as np


def params(given: dict, shapes: dict[str, tuple]) -> None:
    """Check that `given` holds the arrays `shapes` names; a None in a shape matches any size."""
    for name, shape in shapes.items():
        if name not in given:
            raise ValueError(f"params has no {name!r}; it needs {', '.join(shapes)}")
        array(f"params[{name!r}]", given[name], shape)


def array(name: str, value, shape: tuple, *, sizes: str = "") -> np.ndarray:
    """Return `value` as a floating-point array of `shape`; None matches any size ≥ 1."""
    value = np.asarray(value)
    wanted = sizes or "(" + ", ".join("any" if n is None else str(n) for n in shape) + ("," if len(shape) == 1 else "") + ")"
    if not np.issubdtype(value.dtype, np.floating):
        raise ValueError(f"{name} has dtype {value.dtype}; expected float32 or float64")
    fits = value.ndim == len(shape) and all(w is None or g == w for g, w in zip(value.shape, shape, strict=True))
    if not fits:
        raise ValueError(f"{name} has shape {value.shape}; expected {wanted}")
    if value.size == 0:
        raise ValueError(f"{name} is empty: shape {value.shape}; expected {wanted}, every size at least 1")
    return value


def tokens(name: str, value, size: int) -> np.ndarray:
    """Return `value` as an integer array with every entry in 0 … size − 1."""
    value = np.asarray(value)
    if not np.issubdtype(value.dtype, np.integer):
        raise ValueError(f"{name} has dtype {value.dtype}; expected integers")
    if value.size == 0:
        raise ValueError(f"{name} is empty: shape {value.shape}")
    bad = (value < 0) | (value >= size)
    if bad.any():
        where = tuple(int(i) for i in np.argwhere(bad)[0])
        raise ValueError(f"{name}{list(where)} is {int(value[where])}; expected 0 to {size - 1}")
    return value


def lengths(value, T: int, B: int) -> np.ndarray:
    """Return sequence lengths as an integer array (B,), each in 1 … T; None means all T."""
    if value is None:
        return np.full(B, T)
    value = np.asarray(value)
    if not np.issubdtype(value.dtype, np.integer):
        raise ValueError(f"lengths has dtype {value.dtype}; expected integers")
    if value.shape != (B,):
        raise ValueError(f"lengths has shape {value.shape}; expected ({B},), one length a sequence")
    bad = (value < 1) | (value > T)
    if bad.any():
        b = int(np.argmax(bad))
        raise ValueError(f"lengths[{b}] is {int(value[b])}; expected 1 to {T}, the number of steps in x")
    return value


def no_nan(name: str, value: np.ndarray, mask: np.ndarray | None = None) -> None:
    """Refuse NaN in the real entries of `value`, whose leading axes are those of `mask`."""
    bad = np.isnan(value)
    if mask is not None:
        bad &= mask.reshape(mask.shape + (1,) * (value.ndim - mask.ndim))
    if bad.any():
        where = [int(i) for i in np.argwhere(bad)[0]]
        raise ValueError(f"{name}{where} is NaN; expected numbers in every real (unpadded) entry")
