"""Dot-product attention, forward and backward, without parameters.

    score_s = query · key_s            dot
    score_s = query · key_s / √A       scaled dot: of size 1 for queries and keys of size 1, whatever A is
    alpha   = softmax(score)           ctx = Σ_s alpha_s values_s

Source: Luong, Pham and Manning, "Effective approaches to attention-based neural machine translation" (2015),
section 3.1, the score "dot"; scaled, Vaswani et al., "Attention is all you need" (2017), equation 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rnnbook.scratch.attention.masked import Arguments, entering, prepare, weigh, weigh_backward


class DotCache(NamedTuple):
    """What `dot_backward` and `scaled_dot_backward` need."""

    given: Arguments
    alpha: np.ndarray       # (T, S, B)
    scale: float            # of the scores: 1 or 1/√A


def dot(query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None):
    """ctx and alpha for score_s = query · key_s. Arguments as `dot_forward`."""
    return dot_forward(query, keys, values, mask)[:2]


def dot_forward(query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None):
    """Dot-product attention: score_s = query · key_s.

    Parameters
    ----------
    query : (B, A) or (T, B, A)
    keys : (S, B, A)
    values : (S, B, E)
    mask : bool (S, B) or (T, S, B)
        True where a key may be used; everywhere if None.

    Returns
    -------
    ctx : (B, E) or (T, B, E)
    alpha : (S, B) or (T, S, B)
        Sums to 1 over S; 0 where masked, and everywhere for a query that may use no key.
    cache : DotCache

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty array, NaN in a query or in a key or value that is used.
    """
    given = prepare(query, keys, values, mask)
    return _forward(given, 1.0)


def scaled_dot(query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None):
    """ctx and alpha for score_s = query · key_s / √A. Arguments as `dot_forward`."""
    return scaled_dot_forward(query, keys, values, mask)[:2]


def scaled_dot_forward(query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None):
    """Scaled dot-product attention: score_s = query · key_s / √A. Arguments and returns as `dot_forward`."""
    given = prepare(query, keys, values, mask)
    return _forward(given, 1 / math.sqrt(given.query.shape[-1]))


def _forward(given, scale):
    scores = scale * np.einsum("tba,sba->tsb", given.query, given.keys)          # (T, S, B)
    ctx, alpha = weigh(scores, given.values, given.mask)                         # (T, B, E), (T, S, B)
    cache = DotCache(given, alpha, scale)
    return (ctx[0], alpha[0], cache) if given.single else (ctx, alpha, cache)


def dot_backward(cache: DotCache, dctx: np.ndarray | None = None, dalpha: np.ndarray | None = None):
    """Gradients of queries, keys and values.

        dquery = scale Σ_s dscore_s key_s        dkey_s = scale Σ_t dscore_s query

    Parameters
    ----------
    dctx : (B, E) or (T, B, E)
    dalpha : (S, B) or (T, S, B)
        Gradients with respect to `ctx` and `alpha`; either may be None, for 0.

    Returns
    -------
    dquery : (B, A) or (T, B, A)
    dkeys : (S, B, A)
    dvalues : (S, B, E)
        The last two 0 where no query may use them.
    """
    (query, keys, values, _, single), alpha, scale = cache
    ctx_shape = (*query.shape[:2], values.shape[-1])
    dctx, dalpha = entering(dctx, dalpha, ctx_shape, alpha.shape, np.result_type(alpha, values), single)
    dscores, dvalues = weigh_backward(alpha, values, dctx, dalpha)               # (T, S, B), (S, B, E)
    dquery = scale * np.einsum("tsb,sba->tba", dscores, keys)
    dkeys = scale * np.einsum("tsb,tba->sba", dscores, query)
    return dquery[0] if single else dquery, dkeys, dvalues


def scaled_dot_backward(cache: DotCache, dctx: np.ndarray | None = None, dalpha: np.ndarray | None = None):
    """As `dot_backward`; the cache has the scale."""
    return dot_backward(cache, dctx, dalpha)
