"""Additive attention, forward and backward: a layer of tanh units decides how well a key fits.

    score_s = v_a · tanh(W_qa query + W_ka key_s)
    alpha   = softmax(score)           ctx = Σ_s alpha_s values_s

Source: Bahdanau, Cho and Bengio, "Neural machine translation by jointly learning to align and translate" (2015),
equations 5 and 6, with the score of appendix A.1.2, where W_qa is W_a, W_ka is U_a and score_s is e_ij.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import weights
from rnnbook.scratch.attention.masked import Arguments, entering, prepare, weigh, weigh_backward


class AdditiveCache(NamedTuple):
    """What `additive_backward` needs from `additive_forward`."""

    params: dict
    given: Arguments
    units: np.ndarray       # (T, S, B, A), tanh(W_qa query + W_ka key_s)
    alpha: np.ndarray       # (T, S, B)


def additive_init(rng: np.random.Generator, H_query: int, H_keys: int, A: int) -> dict[str, np.ndarray]:
    """Parameters W_qa (A, H_query), W_ka (A, H_keys), v_a (A,), float64, uniform on ±1/√(size of what they read)."""
    validate.sizes(H_query=H_query, H_keys=H_keys, A=A)
    return {
        "W_qa": weights.uniform(rng, (A, H_query), 1 / np.sqrt(H_query)),
        "W_ka": weights.uniform(rng, (A, H_keys), 1 / np.sqrt(H_keys)),
        "v_a": weights.uniform(rng, (A,), 1 / np.sqrt(A)),
    }


def additive(params: dict, query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None):
    """ctx and alpha for score_s = v_a · tanh(W_qa query + W_ka key_s). Arguments as `additive_forward`."""
    return additive_forward(params, query, keys, values, mask)[:2]


def additive_forward(
    params: dict, query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None
):
    """Additive attention: score_s = v_a · tanh(W_qa query + W_ka key_s).

    Parameters
    ----------
    query : (B, H_query) or (T, B, H_query)
    keys : (S, B, H_keys)
    values : (S, B, E)
    mask : bool (S, B) or (T, S, B)
        True where a key may be used; everywhere if None.

    Returns
    -------
    ctx : (B, E) or (T, B, E)
    alpha : (S, B) or (T, S, B)
        Sums to 1 over S; 0 where masked, and everywhere for a query that may use no key.
    cache : AdditiveCache

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty array, NaN in a query or in a key or value that is used.
    """
    validate.params(params, {"v_a": (None,)})
    A = len(params["v_a"])
    validate.params(params, {"W_qa": (A, None), "W_ka": (A, None), "v_a": (A,)})
    W_qa, W_ka, v_a = params["W_qa"], params["W_ka"], params["v_a"]
    given = prepare(query, keys, values, mask, A=W_qa.shape[1], K=W_ka.shape[1])

    from_query = given.query @ W_qa.T                                            # (T, B, A)
    from_keys = given.keys @ W_ka.T                                              # (S, B, A)
    units = np.tanh(from_query[:, None] + from_keys)                             # (T, S, B, A)
    ctx, alpha = weigh(units @ v_a, given.values, given.mask)                    # (T, B, E), (T, S, B)
    cache = AdditiveCache(params, given, units, alpha)
    return (ctx[0], alpha[0], cache) if given.single else (ctx, alpha, cache)


def additive_backward(cache: AdditiveCache, dctx: np.ndarray | None = None, dalpha: np.ndarray | None = None):
    """Gradients of queries, keys, values and parameters.

        da_s   = dscore_s v_a ⊙ (1 − units_s²)      before the tanh
        dv_a   = Σ_t Σ_s dscore_s units_s
        dquery = W_qaᵀ Σ_s da_s                     dW_qa = Σ_t (Σ_s da_s) queryᵀ
        dkey_s = W_kaᵀ Σ_t da_s                     dW_ka = Σ_s (Σ_t da_s) key_sᵀ

    Parameters
    ----------
    dctx : (B, E) or (T, B, E)
    dalpha : (S, B) or (T, S, B)
        Gradients with respect to `ctx` and `alpha`; either may be None, for 0.

    Returns
    -------
    dquery : (B, H_query) or (T, B, H_query)
    dkeys : (S, B, H_keys)
    dvalues : (S, B, E)
        The last two 0 where no query may use them.
    grads : dict
        Of W_qa, W_ka and v_a, each under its name.
    """
    params, (query, keys, values, _, single), units, alpha = cache
    ctx_shape = (*query.shape[:2], values.shape[-1])
    dctx, dalpha = entering(dctx, dalpha, ctx_shape, alpha.shape, np.result_type(alpha, values), single)
    dscores, dvalues = weigh_backward(alpha, values, dctx, dalpha)               # (T, S, B), (S, B, E)

    da = dscores[..., None] * params["v_a"] * (1 - units**2)                     # (T, S, B, A)
    da_query, da_keys = da.sum(axis=1), da.sum(axis=0)                           # (T, B, A), (S, B, A)
    grads = {
        "W_qa": np.tensordot(da_query, query, axes=((0, 1), (0, 1))),            # (A, H_query)
        "W_ka": np.tensordot(da_keys, keys, axes=((0, 1), (0, 1))),              # (A, H_keys)
        "v_a": np.tensordot(dscores, units, axes=3),                             # (A,)
    }
    dquery = da_query @ params["W_qa"]
    return dquery[0] if single else dquery, da_keys @ params["W_ka"], dvalues, grads
