"""Numerical gradients: the instrument must be right, and must see what is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbook.scratch import weights
from rnnbook.scratch.gradients import directional_derivative, numerical_gradient, relative_error


def test_exact_for_polynomials_of_degree_four():
    x = np.array([[0.5, -1.0], [2.0, 0.25]])
    gradient = numerical_gradient(lambda: float((x**4 - 2 * x**3 + x).sum()), x)
    assert np.allclose(gradient, 4 * x**3 - 6 * x**2 + 1, rtol=0, atol=1e-10)


def test_the_error_shrinks_with_the_fourth_power():
    x = np.array([0.3])
    errors = [abs(numerical_gradient(lambda: float(np.exp(x[0])), x, eps)[0] - np.exp(0.3)) for eps in (0.2, 0.1)]
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.05)


def test_each_entry_of_any_shape():
    rng = np.random.default_rng(0)
    x, c = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4))
    assert relative_error(numerical_gradient(lambda: float((c * np.sin(x)).sum()), x), c * np.cos(x)) < 1e-10


def test_a_view_is_changed_and_restored_too():
    whole = np.arange(12.0).reshape(3, 4)
    before = whole.copy()
    gradient = numerical_gradient(lambda: float((whole**2).sum()), whole.T[1:])
    assert np.allclose(gradient, 2 * whole.T[1:])
    assert np.array_equal(whole, before)


def test_directional_derivative_is_gradient_times_direction():
    rng = np.random.default_rng(0)
    x, direction = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4))
    slope = directional_derivative(lambda: float(np.sin(x).sum()), x, direction)
    assert slope == pytest.approx((np.cos(x) * direction).sum(), rel=1e-10)


def test_x_is_restored_when_f_fails():
    x = np.ones(3)

    def f():
        if x[0] != 1:
            raise RuntimeError
        return 0.0

    with pytest.raises(RuntimeError):
        numerical_gradient(f, x)
    assert x.tolist() == [1, 1, 1]


def test_a_wrong_gradient_is_seen():
    x = np.array([0.3, -0.7])
    true = numerical_gradient(lambda: float(np.tanh(x).sum()), x)
    assert relative_error(1 - np.tanh(x) ** 2, true) < 1e-10
    assert relative_error(1 - np.tanh(x), true) > 0.1
    assert relative_error((1 - np.tanh(x) ** 2) * (1 + 1e-6), true) == pytest.approx(1e-6, rel=0.01)


def test_relative_error():
    assert relative_error(np.array([1.0, 2.0]), np.array([1.0, 2.5])) == relative_error([1.0, 2.5], [1.0, 2.0]) == 0.2
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.array([1e-13]), np.array([0.0])) == pytest.approx(1e-8), "rounding of a gradient of 0"
    assert np.isnan(relative_error(np.array([np.nan]), np.array([1.0]))), "NaN passes no test"


@pytest.mark.parametrize(("call", "message"), [
    (lambda: numerical_gradient(lambda: 0.0, np.ones(2, np.float32)), "x is not a float64 array"),
    (lambda: numerical_gradient(lambda: 0.0, [1.0, 2.0]), "x is not a float64 array"),
    (lambda: numerical_gradient(lambda: 0.0, np.ones(2), eps=0), "eps is 0; expected a number above 0"),
    (lambda: directional_derivative(lambda: 0.0, np.ones((2, 3)), np.ones(3)), r"direction has shape \(3,\)"),
    (lambda: relative_error(np.ones(2), np.ones((2, 1))), r"shapes \(2,\) and \(2, 1\); expected the same"),
    (lambda: weights.uniform(np.random.default_rng(0), (3, 0), 1.0), r"shape is \(3, 0\)"),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_uniform_weights_fill_their_interval():
    W = weights.uniform(np.random.default_rng(0), (100, 50), 0.25)
    assert W.shape == (100, 50)
    assert (W >= -0.25).all()
    assert (W < 0.25).all()
    assert W.std() == pytest.approx(0.25 / np.sqrt(3), rel=0.03)
