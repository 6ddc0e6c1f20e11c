"""The losses, three ways, with and without a mask, and at the edges of floating point."""

from __future__ import annotations

import copy
import math
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, assert_close
from torch.nn import functional

from rnnbook.scratch.gradients import numerical_gradient
from rnnbook.scratch.losses import binary_cross_entropy, cross_entropy, sigmoid, softmax, squared_error

LOSSES = {
    "cross_entropy": (cross_entropy, functional.cross_entropy),
    "binary_cross_entropy": (binary_cross_entropy, functional.binary_cross_entropy_with_logits),
    "squared_error": (squared_error, functional.mse_loss),
}
every_loss = pytest.mark.parametrize("kind", LOSSES)


def draw_case(kind, shape, seed, masked):
    """values, targets, mask; the mask is None or has at least one True."""
    rng = np.random.default_rng(seed)
    values = 2 * rng.standard_normal(shape)
    lead = shape[:-1] if kind == "cross_entropy" else shape
    targets = {
        "cross_entropy": rng.integers(0, shape[-1], lead),
        "binary_cross_entropy": rng.choice([0.0, 1.0, 0.3], lead),
        "squared_error": rng.standard_normal(lead),
    }[kind]
    mask = None
    if masked:
        mask = rng.random(lead) < 0.6
        mask.flat[rng.integers(mask.size)] = True
    return values, targets, mask


CASES = st.tuples(
    st.lists(st.integers(1, 5), min_size=2, max_size=3).map(tuple),
    st.integers(0, 2**32 - 1),
    st.booleans(),
)


@every_loss
@PROFILE
@given(drawn=CASES)
def test_gradient_equals_numerical_gradient(kind, drawn):
    loss = LOSSES[kind][0]
    values, targets, mask = draw_case(kind, *drawn)
    _, gradient = loss(values, targets, mask)
    expected = numerical_gradient(lambda: loss(values, targets, mask)[0], values)
    assert_close({"gradient": gradient}, {"gradient": expected}, 1e-7)


@every_loss
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
@PROFILE
@given(drawn=CASES)
def test_value_and_gradient_equal_pytorch_on_the_real_entries(kind, dtype, tolerance, drawn):
    loss, twin = LOSSES[kind]
    values, targets, mask = draw_case(kind, *drawn)
    values = values.astype(dtype)
    real = np.ones(targets.shape, bool) if mask is None else mask
    values_torch = torch.tensor(values, requires_grad=True)
    wanted = torch.tensor(targets if kind == "cross_entropy" else targets.astype(dtype))
    expected = twin(values_torch[torch.tensor(real)], wanted[torch.tensor(real)])
    expected.backward()
    value, gradient = loss(values, targets, mask)
    assert isinstance(value, float)
    assert value == pytest.approx(expected.item(), rel=tolerance, abs=tolerance)
    assert_close({"gradient": gradient}, {"gradient": values_torch.grad.numpy()}, tolerance)


@every_loss
@PROFILE
@given(drawn=CASES)
def test_what_stands_behind_the_mask_is_never_used(kind, drawn):
    loss = LOSSES[kind][0]
    shape, seed, _ = drawn
    values, targets, mask = draw_case(kind, shape, seed, True)
    value, gradient = loss(values, targets, mask)
    poison = -100 if kind == "cross_entropy" else np.nan                  # −100 is PyTorch's "ignore this entry"
    poisoned = np.where(mask[..., None] if kind == "cross_entropy" else mask, values, np.nan)
    value_2, gradient_2 = loss(poisoned, np.where(mask, targets, poison), mask)
    assert value == value_2
    assert np.array_equal(gradient, gradient_2)
    assert not gradient[~mask].any()


@every_loss
def test_a_mean_over_real_entries_not_over_all(kind):
    """Entries that are masked do not dilute the mean: the loss of one real entry is that entry's loss."""
    loss = LOSSES[kind][0]
    values, targets, _ = draw_case(kind, (4, 3) if kind == "cross_entropy" else (4, 1), 3, False)
    mask = np.zeros(targets.shape, bool)
    mask[0] = True
    assert loss(values, targets, mask)[0] == pytest.approx(loss(values[:1], targets[:1])[0], rel=1e-14)


@every_loss
def test_inputs_are_never_changed_and_dtype_is_kept(kind):
    loss = LOSSES[kind][0]
    values, targets, mask = draw_case(kind, (3, 2, 4), 0, True)
    before = copy.deepcopy((values, targets, mask))
    loss(values, targets, mask)
    np.testing.assert_equal((values, targets, mask), before)
    assert loss(values.astype(np.float32), targets, mask)[1].dtype == np.float32
    assert loss(values.astype(np.float32), targets)[1].dtype == np.float32
    assert loss(values, targets)[1].dtype == np.float64


# ---- Values known by hand --------------------------------------------------------------------------------------------

def test_cross_entropy_of_a_guess_is_log_K():
    assert cross_entropy(np.zeros((3, 7)), np.array([0, 6, 3]))[0] == pytest.approx(math.log(7), rel=1e-14)


def test_binary_cross_entropy_of_a_guess_is_log_2():
    loss, dlogits = binary_cross_entropy(np.zeros(4), np.array([0.0, 1, 1, 0]))
    assert loss == pytest.approx(math.log(2), rel=1e-14)
    assert dlogits.tolist() == [0.125, -0.125, -0.125, 0.125]


def test_squared_error_by_hand():
    loss, dy = squared_error(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
    assert loss == 5
    assert dy.tolist() == [-1, 3]


def test_two_class_softmax_is_a_sigmoid():
    rng = np.random.default_rng(0)
    logit, targets = rng.standard_normal(9), rng.integers(0, 2, 9)
    two = np.stack([np.zeros(9), logit], axis=-1)
    assert np.allclose(softmax(two)[:, 1], sigmoid(logit), rtol=1e-14, atol=0)
    loss, dlogits = cross_entropy(two, targets)
    loss_2, dlogits_2 = binary_cross_entropy(logit, targets.astype(float))
    assert loss == pytest.approx(loss_2, rel=1e-14)
    assert np.allclose(dlogits[:, 1], dlogits_2, rtol=0, atol=1e-15)


def test_binary_targets_may_be_booleans_or_integers():
    logits = np.array([0.5, -1.0])
    expected = binary_cross_entropy(logits, np.array([1.0, 0.0]))[0]
    assert binary_cross_entropy(logits, np.array([True, False]))[0] == expected
    assert binary_cross_entropy(logits, [1, 0])[0] == expected


# ---- At the edges of floating point ----------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_logits_neither_overflow_nor_warn(dtype):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        logits = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 1e4]], dtype)
        assert np.allclose(softmax(logits), [[1, 0, 0], [0, 0.5, 0.5]])
        loss, dlogits = cross_entropy(logits, np.array([1, 0]))
        assert loss == pytest.approx(2e4, rel=1e-4)
        assert np.allclose(dlogits, [[0.5, -0.5, 0], [-0.5, 0.25, 0.25]])
        loss, dlogits = binary_cross_entropy(np.array([1e4, -1e4], dtype), np.array([0, 1]))
        assert loss == pytest.approx(1e4)
        assert dlogits.tolist() == [0.5, -0.5]
        assert sigmoid(np.array([-1e4, 0, 1e4], dtype)).tolist() == [0, 0.5, 1]


def test_a_certain_and_right_answer_costs_nothing():
    assert cross_entropy(np.array([[1e4, 0.0]]), np.array([0]))[0] == 0
    assert binary_cross_entropy(np.array([1e4]), np.array([1.0]))[0] == 0


def test_softmax_sums_to_one_and_ignores_a_shift():
    logits = np.random.default_rng(0).standard_normal((3, 4, 5))
    assert np.allclose(softmax(logits).sum(axis=-1), 1, rtol=0, atol=1e-15)
    assert np.allclose(softmax(logits + 700), softmax(logits), rtol=1e-12)


def test_a_forbidden_class_has_probability_zero():
    """A logit of −inf rules a class out; loss and gradient stay finite."""
    loss, dlogits = cross_entropy(np.array([[0.0, -np.inf, 0.0]]), np.array([2]))
    assert loss == pytest.approx(math.log(2))
    assert dlogits.tolist() == [[0.5, 0, -0.5]]
