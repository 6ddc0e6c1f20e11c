"""What every kind of attention shares: its arguments, masks, the softmax over keys, the weighted mean of the values.

    alpha_s = exp(score_s) / Σ_s' exp(score_s')          ctx = Σ_s alpha_s values_s

Source: Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate" (2015),
equations 5 and 6.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate


class Arguments(NamedTuple):
    """Checked arguments, with the axis T even where one query was given."""

    query: np.ndarray       # (T, B, A)
    keys: np.ndarray        # (S, B, A'), 0 where no query may use them
    values: np.ndarray      # (S, B, E), 0 in the same places
    mask: np.ndarray        # bool (T or 1, S, B)
    single: bool            # one query was given, (B, A)


def prepare(query, keys, values, mask=None, A: int | None = None, K: int | None = None, E: int | None = None):
    """Checked `Arguments` for queries of size A, keys of size K and values of size E.

    Without A keys must have the size of the queries, whatever it is; without E values may have any.
    """
    query = validate.as_array("query", query)
    single = query.ndim == 2
    wanted, size = (None, A) if single else (None, None, A), A or "A"
    query = validate.array("query", query, wanted, sizes=f"(B, {size}) or (T, B, {size})")
    validate.no_nan("query", query)
    query = query[None] if single else query                     # (T, B, A)
    T, B, size = query.shape
    K = size if A is None else K
    keys = validate.array("keys", keys, (None, B, K), sizes=f"(S, {B}, {K})")
    S = len(keys)
    values = validate.array("values", values, (S, B, E), sizes=f"({S}, {B}, {E or 'E'})")

    mask = _mask(mask, T, S, B)
    used = mask.any(axis=0)                                      # (S, B), by at least one query
    validate.no_nan("keys", keys, used)
    validate.no_nan("values", values, used)
    if not used.all():
        keys, values = np.where(used[:, :, None], keys, 0), np.where(used[:, :, None], values, 0)
    return Arguments(query, keys, values, mask, single)


def _mask(mask, T, S, B):
    """The mask as bool (T or 1, S, B)."""
    if mask is None:
        return np.ones((1, S, B), bool)
    mask = validate.as_array("mask", mask)
    leading = {2: (S,), 3: (T, S)}.get(mask.ndim)
    if mask.dtype != bool or mask.shape[:-1] != leading or mask.shape[-1] not in (1, B):
        raise ValueError(f"mask has shape {mask.shape} and dtype {mask.dtype}; "
                         f"expected ({S}, {B}) or ({T}, {S}, {B}) and bool")
    mask = mask if mask.ndim == 3 else mask[None]
    return np.broadcast_to(mask, (len(mask), S, B))


def causal_mask(T: int, mask: np.ndarray | None = None) -> np.ndarray:
    """The mask of self-attention in which step t sees the steps 0 … t: bool (T, T, 1), or (T, T, B).

    `mask`, bool (T, B), is True where a step is real: steps that are not are seen by none.
    """
    validate.sizes(T=T)
    causal = np.tri(T, dtype=bool)[:, :, None]                   # (T, S, 1), True where s ≤ t
    if mask is None:
        return causal
    mask = validate.as_array("mask", mask)
    if mask.dtype != bool or mask.ndim != 2 or len(mask) != T:
        raise ValueError(f"mask has shape {mask.shape} and dtype {mask.dtype}; expected ({T}, B) and bool")
    return causal & mask


def masked_softmax(scores: np.ndarray, mask: np.ndarray | None = None, axis: int = -1) -> np.ndarray:
    """exp(score) / Σ exp(score) over `axis`, without overflow, among the entries where `mask` is True.

    The others get 0, whatever stands in them; where all are masked, all get 0.

    Parameters
    ----------
    scores : array of any shape
    mask : bool
        Of a shape that NumPy broadcasts to that of `scores`.
    """
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    top = scores.max(axis=axis, keepdims=True)
    e = np.exp(scores - np.where(np.isneginf(top), 0, top))      # exp(−inf) = 0 where masked
    total = e.sum(axis=axis, keepdims=True)
    return e / np.where(total == 0, 1, total)


def weigh(scores: np.ndarray, values: np.ndarray, mask: np.ndarray):
    """alpha (T, S, B) and ctx (T, B, E) from scores (T, S, B), values (S, B, E) and mask (T or 1, S, B)."""
    alpha = masked_softmax(scores, mask, axis=1)
    ctx = np.einsum("tsb,sbe->tbe", alpha, values)
    return ctx, alpha


def weigh_backward(alpha: np.ndarray, values: np.ndarray, dctx: np.ndarray, dalpha: np.ndarray):
    """dscores (T, S, B) and dvalues (S, B, E).

        dalpha_s += values_s · dctx        dvalues_s = Σ_t alpha_s dctx
        dscore_s = alpha_s (dalpha_s − Σ_s' alpha_s' dalpha_s')          0 where masked, for alpha_s is
    """
    dvalues = np.einsum("tsb,tbe->sbe", alpha, dctx)
    dalpha = dalpha + np.einsum("tbe,sbe->tsb", dctx, values)
    dscores = alpha * (dalpha - (alpha * dalpha).sum(axis=1, keepdims=True))
    return dscores, dvalues


def entering(dctx, dalpha, ctx_shape: tuple, alpha_shape: tuple, dtype, single: bool):
    """Checked gradients of ctx and alpha, zeros where None, with the axis T: `…_shape` has it."""
    cut = 1 if single else 0
    found = []
    for name, given, shape in [("dctx", dctx, ctx_shape), ("dalpha", dalpha, alpha_shape)]:
        found.append(np.zeros(shape, dtype) if given is None else
                     validate.array(name, given, shape[cut:]).astype(dtype, copy=False).reshape(shape))
    return found
