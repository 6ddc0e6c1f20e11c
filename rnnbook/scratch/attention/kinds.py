"""The kinds of attention under one signature, for networks that work with any of them.

    params                          = kind.init(rng, H_query, H_keys)
    ctx, alpha, cache               = kind.forward(params, query, keys, values, mask=None)
    dquery, dkeys, dvalues, grads   = kind.backward(cache, dctx=None, dalpha=None)

The kinds without parameters have params {} and grads {}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rnnbook.scratch.attention import bahdanau, products


class Kind(NamedTuple):
    """One kind of attention."""

    init: Callable[..., dict]
    forward: Callable[..., tuple]
    backward: Callable[..., tuple]


def _without_params(forward, backward) -> Kind:
    def init(rng: np.random.Generator, H_query: int, H_keys: int) -> dict:
        if H_query != H_keys:
            raise ValueError(f"H_query is {H_query} and H_keys is {H_keys}; a dot product needs one size for both")
        return {}

    def with_params(params: dict, query, keys, values, mask=None):
        return forward(query, keys, values, mask)

    def with_grads(cache, dctx=None, dalpha=None):
        return *backward(cache, dctx, dalpha), {}

    return Kind(init, with_params, with_grads)


def _additive_init(rng: np.random.Generator, H_query: int, H_keys: int) -> dict:
    """As many tanh units as the query has."""
    return bahdanau.additive_init(rng, H_query, H_keys, A=H_query)


KINDS = {
    "dot": _without_params(products.dot_forward, products.dot_backward),
    "scaled_dot": _without_params(products.scaled_dot_forward, products.scaled_dot_backward),
    "additive": Kind(_additive_init, bahdanau.additive_forward, bahdanau.additive_backward),
}


def kind(name: str | Kind) -> Kind:
    """The kind of that name; a `Kind` is returned as it is."""
    if isinstance(name, Kind):
        return name
    if name not in KINDS:
        raise ValueError(f"attention is {name!r}; expected one of {', '.join(KINDS)}, or a Kind")
    return KINDS[name]
