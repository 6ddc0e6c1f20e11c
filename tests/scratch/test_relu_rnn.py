"""What is particular about the ReLU RNN: it can grow, and it can begin as the identity."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from rnnbook.scratch import relu_rnn


def test_identity_init():
    params = relu_rnn.init(np.random.default_rng(0), 400, 20, identity=True)
    assert np.array_equal(params["W_hh"], np.eye(20))
    assert not params["b_h"].any()
    assert params["W_xh"].std() == pytest.approx(0.001, rel=0.05)
    assert {p.dtype for p in params.values()} == {np.dtype(np.float64)}


def test_the_identity_adds_up_its_inputs_and_hands_the_gradient_back_whole():
    params = relu_rnn.init(np.random.default_rng(0), 1, 3, identity=True) | {"W_xh": np.ones((3, 1))}
    x = np.abs(np.random.default_rng(1).standard_normal((100, 2, 1)))
    hs, last, cache = relu_rnn.forward(params, x)
    np.testing.assert_allclose(last, np.repeat(x.sum(axis=0), 3, axis=1), rtol=1e-14)
    np.testing.assert_allclose(hs, np.repeat(np.cumsum(x, axis=0), 3, axis=2), rtol=1e-12)
    _, dstate, _ = relu_rnn.backward(cache, dlast=np.ones((2, 3)))
    assert np.array_equal(dstate, np.ones((2, 3)))


def test_no_gradient_where_the_unit_is_off_or_at_its_kink():
    params = {"W_xh": np.eye(3), "W_hh": np.eye(3), "b_h": np.zeros(3)}
    hs, _, cache = relu_rnn.forward(params, np.array([[[1.0, 0.0, -1.0]]]))
    dx, _, _ = relu_rnn.backward(cache, np.ones_like(hs))
    assert hs.tolist() == [[[1, 0, 0]]]
    assert dx.tolist() == [[[1, 0, 0]]]


def test_a_state_that_grows_does_not_overflow_in_the_pads():
    """One step doubles the state; 2000 pads would make it inf, and inf · 0 in the gradient NaN."""
    params = {"W_xh": np.ones((1, 1)), "W_hh": np.full((1, 1), 2.0), "b_h": np.ones(1)}
    x, lengths = np.ones((2000, 2, 1)), np.array([3, 5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hs, last, cache = relu_rnn.forward(params, x, lengths=lengths)
        dx, dstate, grads = relu_rnn.backward(cache, np.ones_like(hs), np.ones_like(last))
    assert last[:, 0].tolist() == [2 * (1 + 2 + 4), 2 * (1 + 2 + 4 + 8 + 16)]
    assert all(np.isfinite(array).all() for array in [hs, dx, dstate, *grads.values()])
    assert not hs[5:].any()
