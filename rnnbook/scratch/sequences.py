"""What every recurrent layer does around its loop: check arguments, blank the pads, find each sequence's end."""

from __future__ import annotations

import numpy as np

from rnnbook import validate
from rnnbook.text import length_mask


def prepare(x: np.ndarray, D: int, lengths: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Checked sequences with 0 in their pads, and the mask of real steps.

    Parameters
    ----------
    x : (T, B, D)
    lengths : int (B,)
        Real steps of each sequence; all T if None.

    Returns
    -------
    x : (T, B, D)
        The same array where nothing is padded.
    mask : bool (T, B, 1)
        True where a step is real.

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty batch, a length outside 1 … T, NaN in a real input.
    """
    x = validate.array("x", x, (None, None, D), sizes=f"(T, B, {D})")
    T, B, _ = x.shape
    mask = length_mask(validate.lengths(lengths, T, B), T)[:, :, None]
    validate.no_nan("x", x, mask)
    return zero_pads(x, mask), mask


def start(state: np.ndarray | None, x: np.ndarray, H: int, name: str = "state") -> np.ndarray:
    """The checked initial state (B, H) for sequences x (T, B, D); zeros if None."""
    shape = (x.shape[1], H)
    if state is None:
        return np.zeros(shape, x.dtype)
    state = validate.array(name, state, shape)
    validate.no_nan(name, state)
    return state


def last(h: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """State (B, H) after each sequence's last real step, for h (T + 1, B, H) from the initial state on."""
    lengths = ends(mask)
    return h[lengths, np.arange(len(lengths))]


def entering(h: np.ndarray, mask: np.ndarray, dhs: np.ndarray | None, dlast: np.ndarray | None, name: str = "dlast"):
    """What enters from the loss at each step, (T, B, H): dhs, 0 in the pads, plus dlast at each last real step.

    Parameters
    ----------
    h : (T + 1, B, H)
        States from the initial one on; they give shape and dtype.
    mask : bool (T, B, 1)
    dhs : (T, B, H)
    dlast : (B, H)
        Either may be None, for 0. `name` is what errors call it.
    """
    T, (B, H) = len(mask), h.shape[1:]
    dhs = np.zeros((T, B, H), h.dtype) if dhs is None else zero_pads(validate.array("dhs", dhs, (T, B, H)), mask)
    dhs = dhs.astype(h.dtype, copy=dlast is not None)            # a copy, where it will be added to
    if dlast is not None:
        dhs[ends(mask) - 1, np.arange(B)] += validate.array(name, dlast, (B, H))
    return dhs


def blocks(a: np.ndarray, n: int) -> list[np.ndarray]:
    """The n blocks (…, H) that stand side by side in a (…, n · H), as views: i, f, g, o = blocks(a, 4)."""
    H = a.shape[-1] // n
    return [a[..., k * H : (k + 1) * H] for k in range(n)]


def ends(mask: np.ndarray) -> np.ndarray:
    """Lengths (B,) of the sequences whose mask is bool (T, B, 1)."""
    return mask.sum(axis=(0, 2))


def zero_pads(array: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """`array` (T, B, …) with 0 where the mask (T, B, 1) is False; the array itself where it is True everywhere."""
    return array if mask.all() else np.where(mask, array, 0)


def sizes(params: dict, gates: int = 1, **more: int) -> tuple[int, int]:
    """D and H of checked params W_xh (gates · H, D), W_hh (gates · H, H), b_h (gates · H,).

    `more` names further vectors, each with its length in units of H: b_hn=1.
    """
    validate.params(params, {"W_xh": (None, None)})
    rows, D = params["W_xh"].shape
    H, rest = divmod(rows, gates)
    if rest:
        raise ValueError(f"params['W_xh'] has shape ({rows}, {D}); expected ({gates}H, D): H rows for each gate")
    shapes: dict[str, tuple] = {"W_xh": (rows, D), "W_hh": (rows, H), "b_h": (rows,)}
    validate.params(params, shapes | {name: (n * H,) for name, n in more.items()})
    return D, H
