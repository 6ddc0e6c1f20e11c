"""Multi-head attention, forward and backward: scaled dot-product attention in several projections at once.

    q = W_q query + b_q        k_s = W_k key_s + b_k        v_s = W_v value_s + b_v        in each head, of size A
    score_s = q · k_s / √A     alpha = softmax(score)       head = Σ_s alpha_s v_s
    ctx = W_o [head_1; …; head_n_heads] + b_o

The heads are an axis of the weights, W_q (n_heads, A, E), from which their number is read. A query that may use no key
gets heads of 0, and so ctx = b_o.

Source: Vaswani et al., "Attention is all you need" (2017), section 3.2.2; the biases are those of PyTorch.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import weights
from rnnbook.scratch.attention.masked import Arguments, entering, prepare, weigh, weigh_backward


class MultiHeadCache(NamedTuple):
    """What `multi_head_backward` needs from `multi_head_forward`. N = B · n_heads; the heads vary fastest."""

    params: dict
    given: Arguments
    q: np.ndarray           # (T, N, A)
    k: np.ndarray           # (S, N, A)
    v: np.ndarray           # (S, N, A)
    alpha: np.ndarray       # (T, S, N)
    heads: np.ndarray       # (T, B, n_heads · A), joined


def multi_head_init(rng: np.random.Generator, E: int, n_heads: int) -> dict[str, np.ndarray]:
    """Parameters for queries, keys and values of size E in heads of size A = E / n_heads, as in PyTorch.

    W_q, W_k, W_v (n_heads, A, E), uniform on ±√(6 / (E + 3E)); W_o (E, E), uniform on ±1/√E; b_q, b_k, b_v
    (n_heads, A) and b_o (E,), 0.
    """
    validate.sizes(E=E, n_heads=n_heads)
    if E % n_heads:
        raise ValueError(f"n_heads is {n_heads}; expected a divisor of E = {E}")
    A = E // n_heads
    params = {f"W_{name}": weights.uniform(rng, (n_heads, A, E), math.sqrt(6 / (4 * E))) for name in "qkv"}
    params |= {f"b_{name}": np.zeros((n_heads, A)) for name in "qkv"}
    return params | {"W_o": weights.uniform(rng, (E, E), 1 / math.sqrt(E)), "b_o": np.zeros(E)}


def multi_head(params: dict, query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None):
    """ctx and alpha of multi-head attention. Arguments as `multi_head_forward`."""
    return multi_head_forward(params, query, keys, values, mask)[:2]


def multi_head_forward(
    params: dict, query: np.ndarray, keys: np.ndarray, values: np.ndarray, mask: np.ndarray | None = None
):
    """Multi-head attention. Self-attention is multi_head(params, x, x, x).

    Parameters
    ----------
    params : dict
        W_q (n_heads, A, E_q), W_k (n_heads, A, E_k), W_v (n_heads, A_v, E_v), b_q (n_heads, A), b_k (n_heads, A),
        b_v (n_heads, A_v), W_o (E, n_heads · A_v), b_o (E,).
    query : (B, E_q) or (T, B, E_q)
    keys : (S, B, E_k)
    values : (S, B, E_v)
    mask : bool (S, B) or (T, S, B)
        True where a key may be used, by all heads; everywhere if None.

    Returns
    -------
    ctx : (B, E) or (T, B, E)
    alpha : (S, B, n_heads) or (T, S, B, n_heads)
        Sums to 1 over S; 0 where masked, and everywhere for a query that may use no key.
    cache : MultiHeadCache

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty array, NaN in a query or in a key or value that is used.
    """
    E_q, E_k, E_v = _check(params)
    given = prepare(query, keys, values, mask, A=E_q, K=E_k, E=E_v)
    n_heads, A, _ = params["W_q"].shape
    q, k, v = (_project(params, name, x) for name, x in zip("qkv", given[:3], strict=True))      # (·, N, A)
    scores = np.einsum("tna,sna->tsn", q, k) / math.sqrt(A)
    ctx, alpha = weigh(scores, v, np.repeat(given.mask, n_heads, axis=-1))       # (T, N, A), (T, S, N)
    heads = ctx.reshape(*given.query.shape[:2], -1)                              # (T, B, n_heads · A)
    y = heads @ params["W_o"].T + params["b_o"]                                  # (T, B, E)
    cache = MultiHeadCache(params, given, q, k, v, alpha, heads)
    alpha = alpha.reshape(*alpha.shape[:2], -1, n_heads)                         # (T, S, B, n_heads)
    return (y[0], alpha[0], cache) if given.single else (y, alpha, cache)


def multi_head_backward(cache: MultiHeadCache, dctx: np.ndarray | None = None, dalpha: np.ndarray | None = None):
    """Gradients of queries, keys, values and parameters: each head's as in `scaled_dot_backward`.

    Parameters
    ----------
    dctx : (B, E) or (T, B, E)
    dalpha : (S, B, n_heads) or (T, S, B, n_heads)
        Gradients with respect to `ctx` and `alpha`; either may be None, for 0.

    Returns
    -------
    dquery : (B, E_q) or (T, B, E_q)
    dkeys : (S, B, E_k)
    dvalues : (S, B, E_v)
        The last two 0 where no query may use them.
    grads : dict
        Of every parameter, under its name.
    """
    params, given, q, k, v, alpha, heads = cache
    (T, S, _), (n_heads, A, _), B = alpha.shape, params["W_q"].shape, given.query.shape[1]
    dtype = np.result_type(alpha, heads, params["W_o"], params["b_o"])
    shapes = (T, B, len(params["W_o"])), (T, S, B, n_heads)
    dy, dalpha = entering(dctx, dalpha, *shapes, dtype, given.single)
    dheads = (dy @ params["W_o"]).reshape(T, B * n_heads, -1)                    # (T, N, A)
    dscores, dv = weigh_backward(alpha, v, dheads, dalpha.reshape(alpha.shape))
    dscores = dscores / math.sqrt(A)
    dq = np.einsum("tsn,sna->tna", dscores, k)
    dk = np.einsum("tsn,tna->sna", dscores, q)

    dquery, grads_q = _project_backward(params, "q", given.query, dq)
    dkeys, grads_k = _project_backward(params, "k", given.keys, dk)
    dvalues, grads_v = _project_backward(params, "v", given.values, dv)
    grads_o = {"W_o": np.tensordot(dy, heads, axes=((0, 1), (0, 1))), "b_o": dy.sum(axis=(0, 1))}
    return dquery[0] if given.single else dquery, dkeys, dvalues, grads_q | grads_k | grads_v | grads_o


def _project(params, name, x):
    """W x + b in every head: (·, B, E) to (·, B · n_heads, A)."""
    W, b = params[f"W_{name}"], params[f"b_{name}"]
    return (x @ W.reshape(-1, W.shape[-1]).T + b.ravel()).reshape(len(x), -1, W.shape[1])


def _project_backward(params, name, x, d):
    W, b = params[f"W_{name}"], params[f"b_{name}"]
    d = d.reshape(*x.shape[:2], -1)                                              # (·, B, n_heads · A)
    dW = np.tensordot(d, x, axes=((0, 1), (0, 1)))                               # (n_heads · A, E)
    grads = {f"W_{name}": dW.reshape(W.shape), f"b_{name}": d.sum(axis=(0, 1)).reshape(b.shape)}
    return d @ W.reshape(-1, W.shape[-1]), grads


def _check(params):
    """Sizes of queries, keys and values from checked params."""
    validate.params(params, {"W_q": (None, None, None), "W_v": (None, None, None)})
    (n_heads, A, E_q), (_, A_v, E_v) = params["W_q"].shape, params["W_v"].shape
    validate.params(params, {
        "W_q": (n_heads, A, E_q), "W_k": (n_heads, A, None), "W_v": (n_heads, A_v, E_v), "W_o": (None, n_heads * A_v),
        "b_q": (n_heads, A), "b_k": (n_heads, A), "b_v": (n_heads, A_v), "b_o": (len(params.get("W_o", ())),),
    })
    return E_q, params["W_k"].shape[-1], E_v
