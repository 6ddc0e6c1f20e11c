"""Attention: each query takes the mean of the values, weighted by how well their keys fit.

    score_s = how well key s fits the query         alpha_s = exp(score_s) / Σ_s' exp(score_s')
    ctx     = Σ_s alpha_s values_s

| kind | score_s | parameters |
|---|---|---|
| `dot` | query · key_s | |
| `scaled_dot` | query · key_s / √A | |
| `additive` | v_a · tanh(W_qa query + W_ka key_s) | W_qa, W_ka, v_a |
| `multi_head` | scaled dot in each of n_heads projections | W_q, W_k, W_v, W_o and their biases |

For each kind there are three functions, and for those with parameters an `_init`:

    ctx, alpha                           = attention.additive(params, query, keys, values, mask=None)
    ctx, alpha, cache                    = attention.additive_forward(params, query, keys, values, mask=None)
    dquery, dkeys, dvalues, grads        = attention.additive_backward(cache, dctx=None, dalpha=None)

The kinds without parameters take no params and give no grads.

Shapes: one query (B, A) or one a step (T, B, A); keys (S, B, A), values (S, B, E); ctx (B, E) or (T, B, E); alpha
(S, B) or (T, S, B), multi-head (…, S, B, n_heads). `mask` is True where a key may be used: (S, B), or (T, S, B) where
it differs from query to query, as in `causal_mask`; an axis B of 1 stands for all sequences. Keys and values that no
query may use are never read, and may be NaN. A query that may use no key at all gets alpha 0 and a mean of 0, not NaN.
"""

from rnnbook.scratch.attention.bahdanau import additive, additive_backward, additive_forward, additive_init
from rnnbook.scratch.attention.heads import multi_head, multi_head_backward, multi_head_forward, multi_head_init
from rnnbook.scratch.attention.masked import causal_mask, masked_softmax
from rnnbook.scratch.attention.products import (
    dot,
    dot_backward,
    dot_forward,
    scaled_dot,
    scaled_dot_backward,
    scaled_dot_forward,
)

__all__ = [
    "additive",
    "additive_backward",
    "additive_forward",
    "additive_init",
    "causal_mask",
    "dot",
    "dot_backward",
    "dot_forward",
    "masked_softmax",
    "multi_head",
    "multi_head_backward",
    "multi_head_forward",
    "multi_head_init",
    "scaled_dot",
    "scaled_dot_backward",
    "scaled_dot_forward",
]
