"""Checks of any pair: every layer passes, and what is wrong is seen, wherever it is."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from three_ways import RECURRENT

from rnnbook.scratch import bidirectional, gradient_checks, learned_start, linear, lstm, rnn, stacked
from rnnbook.scratch.attention.kinds import KINDS

RNG = np.random.default_rng


def sizes(layer, *, T=5, B=3, D=3, H=4):
    rng = RNG(1)
    params, x = layer.init(rng, D, H), rng.standard_normal((T, B, D))
    _, last, _ = layer.forward(params, x)
    return params, x, drawn(rng, last)


def drawn(rng, state):
    """A random state of the same form."""
    if not isinstance(state, tuple):
        return rng.standard_normal(state.shape)
    parts = [drawn(rng, s) for s in state]
    return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)


LAYERS = {name: (layer.module, layer.eps) for name, layer in RECURRENT.items()} | {
    "stacked": (stacked.of(lstm), 1e-3),
    "bidirectional": (bidirectional.of(lstm), 1e-3),
    "both": (stacked.of(bidirectional.of(rnn)), 1e-3),
}


@pytest.mark.parametrize("layer, eps", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("lengths", [None, [5, 1, 3]])
def test_every_layer_passes(layer, eps, lengths):
    params, x, state = sizes(layer)
    before = x.copy()
    errors = gradient_checks.layer(layer, params, x, RNG(0), state=state, lengths=lengths, eps=eps)
    assert max(errors.values()) < 1e-7
    assert "x" in errors and any(name.startswith("params.") for name in errors)
    assert any(name.startswith("state") for name in errors)
    assert np.array_equal(x, before)


def test_a_learned_start_has_no_state_to_check():
    layer = learned_start.of(rnn)
    params, x, _ = sizes(layer)
    errors = gradient_checks.layer(layer, params, x, RNG(0))
    assert max(errors.values()) < 1e-7 and "state" not in errors


@pytest.mark.parametrize("name", ["dx", "dstate", "W_xh", "W_hh", "b_h"])
def test_one_wrong_entry_of_a_layer_is_seen(name):
    def backward(cache, dhs, dlast):
        dx, dstate, grads = rnn.backward(cache, dhs, dlast)
        array = {"dx": dx, "dstate": dstate, **grads}[name]
        array[(-1,) * array.ndim] *= 1.01
        return dx, dstate, grads

    params, x, state = sizes(rnn)
    wrong = SimpleNamespace(forward=rnn.forward, backward=backward)
    errors = gradient_checks.layer(wrong, params, x, RNG(0), state=state)
    key = {"dx": "x", "dstate": "state"}.get(name, f"params.{name}")
    assert errors[key] > 1e-5
    assert max(error for k, error in errors.items() if k != key) < 1e-7


def test_any_two_functions():
    rng = RNG(0)
    params, h = linear.init(rng, 3, 2), rng.standard_normal((4, 3))
    arrays = {"params": params, "h": h}

    def backward(cache, dy):
        dh, grads = linear.backward(cache, dy)
        return {"params": grads, "h": dh}

    errors = gradient_checks.pair(lambda: linear.forward(params, h), backward, arrays, rng)
    assert set(errors) == {"params.W_hy", "params.b_y", "h"} and max(errors.values()) < 1e-9


def test_a_pair_with_two_outputs():
    x = RNG(0).standard_normal(4)
    forward = lambda: ((x**2, {"sine": np.sin(x)}), None)                                         # noqa: E731
    right = lambda _, d: {"x": 2 * x * d[0] + np.cos(x) * d[1]["sine"]}                           # noqa: E731
    forgot = lambda _, d: {"x": 2 * x * d[0]}                                                     # noqa: E731
    assert gradient_checks.pair(forward, right, {"x": x}, RNG(1))["x"] < 1e-10
    assert gradient_checks.pair(forward, forgot, {"x": x}, RNG(1))["x"] > 0.01


def test_a_gradient_of_zeros_is_seen():
    x = np.array([0.5, -0.5])
    errors = gradient_checks.errors(lambda: float((x**2).sum()), {"x": x}, {"x": np.zeros(2)}, RNG(0))
    assert errors["x"] > 1


@pytest.mark.parametrize("how", [{"directions": 0}, {"entries": 0}])
def test_either_kind_of_direction_alone(how):
    x = np.array([0.5, -0.5, 2.0])
    f = lambda: float((x**3).sum())                                                               # noqa: E731
    assert gradient_checks.errors(f, {"x": x}, {"x": 3 * x**2}, RNG(0), **how)["x"] < 1e-10
    assert gradient_checks.errors(f, {"x": x}, {"x": 2 * x**2}, RNG(0), **how)["x"] > 1e-3


@pytest.mark.parametrize("gradients, message", [
    ({}, "gradients has no 'x'"),
    ({"x": np.zeros(3)}, r"the gradient of 'x' has shape \(3,\); expected \(2,\)"),
])
def test_gradients_that_do_not_fit_are_named(gradients, message):
    with pytest.raises(ValueError, match=message):
        gradient_checks.errors(lambda: 0.0, {"x": np.zeros(2)}, gradients, RNG(0))


def test_float32_and_no_direction_are_refused():
    with pytest.raises(ValueError, match="float64"):
        gradient_checks.errors(lambda: 0.0, {"x": np.zeros(2, np.float32)}, {"x": np.zeros(2)}, RNG(0))
    with pytest.raises(ValueError, match="directions and entries are 0 and 0"):
        gradient_checks.errors(lambda: 0.0, {"x": np.zeros(2)}, {"x": np.zeros(2)}, RNG(0), directions=0, entries=0)


@pytest.mark.parametrize("kind", KINDS)
def test_attention_is_a_pair(kind):
    rng, kind = RNG(0), KINDS[kind]
    query, keys, values = (rng.standard_normal(shape) for shape in ((2, 4), (5, 2, 4), (5, 2, 3)))
    mask = np.arange(5)[:, None] < np.array([5, 2])                                               # (S, B)
    params = kind.init(rng, 4, 4)

    def forward():
        ctx, alpha, cache = kind.forward(params, query, keys, values, mask)
        return (ctx, alpha), cache

    def backward(cache, d):
        return dict(zip(("query", "keys", "values", "params"), kind.backward(cache, *d), strict=True))

    arrays = {"query": query, "keys": keys, "values": values, "params": params}
    assert max(gradient_checks.pair(forward, backward, arrays, rng).values()) < 1e-7
