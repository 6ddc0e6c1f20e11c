"""One Transformer block with the normalisation first, forward and backward.

    n = norm_1(x)        u = x + multi_head(n, n, n)
    m = norm_2(u)        y = u + feed_forward(m)

A causal block shows step t the steps 0 … t; another shows it all real steps. Positions are added to x before the first
block (`positions.sinusoidal`).

Source: Vaswani et al., "Attention is all you need" (2017), section 3; with the normalisation before each part,
Xiong et al., "On layer normalization in the Transformer architecture" (2020), table 1, "Pre-LN".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import attention, layer_norm, sequences
from rnnbook.scratch.attention.heads import MultiHeadCache
from rnnbook.scratch.layer import inside, part
from rnnbook.scratch.transformer import feed_forward

PARTS = ("norm_1", "attention", "norm_2", "feed_forward")


class Cache(NamedTuple):
    """What `backward` needs from `forward`: the caches of the parts."""

    norm_1: layer_norm.Cache
    attention: MultiHeadCache
    norm_2: layer_norm.Cache
    feed_forward: feed_forward.Cache
    alpha: np.ndarray       # (T, T, B, n_heads), weight of each step (second axis) for each step (first axis)
    mask: np.ndarray        # bool (T, B, 1), True where a step is real


def init(rng: np.random.Generator, E: int, n_heads: int, F: int | None = None) -> dict[str, dict]:
    """Parameters of the four parts, nested; F units in the feed-forward part, 4E if None."""
    return {
        "norm_1": layer_norm.init(rng, E),
        "attention": attention.multi_head_init(rng, E, n_heads),
        "norm_2": layer_norm.init(rng, E),
        "feed_forward": feed_forward.init(rng, E, 4 * E if F is None else F),
    }


def forward(params: dict, x: np.ndarray, lengths: np.ndarray | None = None, causal: bool = True):
    """Run the block over sequences.

    Parameters
    ----------
    params : dict
        norm_1, attention, norm_2 and feed_forward.
    x : (T, B, E)
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.
    causal : bool
        Whether step t sees no later step.

    Returns
    -------
    y : (T, B, E)
        0 after a sequence's end.
    cache : Cache
        For `backward`; cache.alpha has the weights.

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, an empty batch, a length outside 1 … T, NaN in a real input.
    """
    parts = {name: part(params, name, PARTS) for name in PARTS}
    with inside("norm_1"):
        validate.params(parts["norm_1"], {"gamma": (None,)})
    x, mask = sequences.prepare(x, len(parts["norm_1"]["gamma"]), lengths)       # 0 in the pads; mask (T, B, 1)
    real = mask[:, :, 0]                                                         # (T, B)
    with inside("norm_1"):
        n, norm_1 = layer_norm.forward(parts["norm_1"], x)                       # (T, B, E)
    with inside("attention"):
        seen = attention.causal_mask(len(x), real) if causal else real
        ctx, alpha, attended = attention.multi_head_forward(parts["attention"], n, n, n, seen)
    u = x + ctx
    with inside("norm_2"):
        m, norm_2 = layer_norm.forward(parts["norm_2"], u)
    with inside("feed_forward"):
        f, fed = feed_forward.forward(parts["feed_forward"], m)
    y = sequences.zero_pads(u + f, mask)                                         # (T, B, E)
    return y, Cache(norm_1, attended, norm_2, fed, alpha, mask)


def backward(cache: Cache, dy: np.ndarray):
    """Gradients, part by part from the last; each residual link adds what came past the part.

        du = dy + norm_2' (feed_forward' dy)        dx = du + norm_1' (dquery + dkeys + dvalues of multi_head' du)

    Parameters
    ----------
    dy : (T, B, E)
        What stands after a sequence's end is never used.

    Returns
    -------
    dx : (T, B, E)
        0 after a sequence's end.
    grads : dict
        Nested like the params.
    """
    dy = sequences.zero_pads(validate.array("dy", dy, cache.norm_1.normal.shape), cache.mask)
    dm, grads_fed = feed_forward.backward(cache.feed_forward, dy)
    du, grads_norm_2 = layer_norm.backward(cache.norm_2, dm)
    du = dy + du                                                                 # (T, B, E)
    dquery, dkeys, dvalues, grads_attention = attention.multi_head_backward(cache.attention, du)
    dx, grads_norm_1 = layer_norm.backward(cache.norm_1, dquery + dkeys + dvalues)
    grads = {"norm_1": grads_norm_1, "attention": grads_attention, "norm_2": grads_norm_2, "feed_forward": grads_fed}
    return du + dx, grads
