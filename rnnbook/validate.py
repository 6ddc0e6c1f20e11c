"""Checks of arguments. Each raises a ValueError that names the argument, what was got and what was expected."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def sizes(**given: int) -> None:
    """Check that every size is a whole number, at least 1: sizes(D=D, H=H)."""
    for name, size in given.items():
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1:
            raise ValueError(f"{name} is {size!r}; expected a whole number, at least 1")


def params(given: dict, shapes: dict[str, tuple]) -> None:
    """Check that `given` holds the arrays `shapes` names; a None in a shape matches any size."""
    if not isinstance(given, Mapping):
        raise ValueError(f"params is a {type(given).__name__}; expected a dict with {', '.join(shapes)}")
    for name, shape in shapes.items():
        if name not in given:
            raise ValueError(f"params has no {name!r}; it needs {', '.join(shapes)}")
        if not isinstance(given[name], np.ndarray):
            raise ValueError(f"params[{name!r}] is a {type(given[name]).__name__}; expected a NumPy array")
        array(f"params[{name!r}]", given[name], shape)


def array(name: str, value, shape: tuple, *, sizes: str = "") -> np.ndarray:
    """Return `value` as a float32 or float64 array of `shape`; None matches any size ≥ 1."""
    value = as_array(name, value)
    if value.dtype not in (np.float32, np.float64):
        raise ValueError(f"{name} has dtype {value.dtype}; expected float32 or float64")
    fits = value.ndim == len(shape) and all(w is None or g == w for g, w in zip(value.shape, shape, strict=True))
    if fits and value.size:
        return value
    wanted = sizes or str(tuple("any" if n is None else n for n in shape)).replace("'", "")
    if not fits:
        raise ValueError(f"{name} has shape {value.shape}; expected {wanted}")
    raise ValueError(f"{name} is empty: shape {value.shape}; expected {wanted}, every size at least 1")


def tokens(name: str, value, size: int) -> np.ndarray:
    """Return `value` as an integer array with every entry in 0 … size − 1."""
    value = as_array(name, value)
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
    value = as_array("lengths", value)
    if not np.issubdtype(value.dtype, np.integer):
        raise ValueError(f"lengths has dtype {value.dtype}; expected integers")
    if value.shape != (B,):
        raise ValueError(f"lengths has shape {value.shape}; expected ({B},), one length a sequence")
    bad = (value < 1) | (value > T)
    if bad.any():
        b = int(np.argmax(bad))
        raise ValueError(f"lengths[{b}] is {int(value[b])}; expected 1 to {T}, the number of steps in x")
    return value


def as_array(name: str, value) -> np.ndarray:
    """Return `value` as an array; rows of unequal length are refused by name."""
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} has rows of unequal length; expected an array (see rnnbook.text.pad_batch)") from None


def no_nan(name: str, value: np.ndarray, mask: np.ndarray | None = None) -> None:
    """Refuse NaN in the real entries of `value`, whose leading axes are those of `mask`."""
    bad = np.isnan(value)
    if mask is not None:
        bad &= mask.reshape(mask.shape + (1,) * (value.ndim - mask.ndim))
    if bad.any():
        where = [int(i) for i in np.argwhere(bad)[0]]
        raise ValueError(f"{name}{where} is NaN; expected numbers in every real (unpadded) entry")
