"""Optimisers and clipping: what PyTorch's do on the same gradients, and what each promises."""

from __future__ import annotations

import copy
import math
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.scratch import optim
from rnnbook.scratch.weights import flat, mapped

PROFILE = settings(max_examples=25, deadline=None, derandomize=True)
PAIRS = {
    "SGD": (lambda: optim.SGD(0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "SGD, momentum": (lambda: optim.SGD(0.1, momentum=0.9), lambda p: torch.optim.SGD(p, 0.1, momentum=0.9)),
    "Adagrad": (lambda: optim.Adagrad(0.1), lambda p: torch.optim.Adagrad(p, 0.1)),
    "Adam": (lambda: optim.Adam(0.1), lambda p: torch.optim.Adam(p, 0.1)),
    "Adam, options": (
        lambda: optim.Adam(0.1, betas=(0.5, 0.7), eps=0.1),
        lambda p: torch.optim.Adam(p, 0.1, betas=(0.5, 0.7), eps=0.1),
    ),
    "SGD, default": (optim.SGD, torch.optim.SGD),
    "Adagrad, default": (optim.Adagrad, torch.optim.Adagrad),
    "Adam, default": (optim.Adam, torch.optim.Adam),
}
pairs = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


def drawn(seed: int, dtype=np.float64) -> dict:
    """A nested dict of params or gradients, whose sizes differ by orders of magnitude, some 0."""
    rng = np.random.default_rng(seed)
    tree = {"embedding": {"W_emb": (4, 3)}, "layer_0": {"W_xh": (3, 2), "b_h": (3,)}, "b_y": (2,)}
    return mapped(lambda shape: (rng.standard_normal(shape) * 10.0 ** rng.integers(-3, 3, shape)
                                 * (rng.random(shape) < 0.8)).astype(dtype), tree)


# ---- Steps -----------------------------------------------------------------------------------------------------------

@pairs
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_steps_equal_pytorch(pair, dtype, tolerance):
    ours, params = pair[0](), drawn(0, dtype)
    theirs = [torch.tensor(p, requires_grad=True) for p in flat(params).values()]
    optimiser = pair[1](theirs)
    for t in range(7):
        grads = drawn(t + 1, dtype)
        for p, g in zip(theirs, flat(grads).values(), strict=True):
            p.grad = torch.tensor(g)
        optimiser.step()
        params = ours.step(params, grads)
        for p, q in zip(flat(params).values(), theirs, strict=True):
            assert p.dtype == dtype
            np.testing.assert_allclose(p, q.detach().numpy(), rtol=tolerance, atol=tolerance)
    assert ours.t == 7


@pairs
def test_neither_params_nor_gradients_are_changed(pair):
    params, grads = drawn(0), drawn(1)
    before = copy.deepcopy((params, grads))
    ours = pair[0]()
    for _ in range(2):
        new = ours.step(params, grads)
    for now, then in zip((params, grads), before, strict=True):
        assert all(np.array_equal(p, flat(then)[name]) for name, p in flat(now).items())
    assert list(flat(new)) == list(flat(params))
    assert not any(np.shares_memory(p, flat(params)[name]) for name, p in flat(new).items())


@pairs
def test_gradients_may_be_written_over_afterwards(pair):
    """A buffer that is used again must not reach what the optimiser keeps."""
    one, two = pair[0](), pair[0]()
    grads = drawn(1)
    a, b = one.step(drawn(0), drawn(1)), two.step(drawn(0), grads)
    for g in flat(grads).values():
        g[...] = 99
    a, b = one.step(a, drawn(2)), two.step(b, drawn(2))
    assert all(np.array_equal(p, flat(b)[name]) for name, p in flat(a).items())


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adagrad, optim.Adam])
def test_the_rate_may_be_set_between_steps_and_its_type_does_not_matter(kind):
    optimiser, params = kind(np.float64(0.1)), drawn(0, np.float32)
    params = optimiser.step(params, drawn(1, np.float32))
    optimiser.lr = np.float64(0)
    new = optimiser.step(params, drawn(2, np.float32))
    assert all(p.dtype == np.float32 and np.array_equal(p, flat(params)[name]) for name, p in flat(new).items())


def test_by_hand():
    """One entry, gradients 1 then 2."""
    steps = {
        "SGD": (optim.SGD(0.1, momentum=0.5), [-0.1, -0.1 - 0.1 * 2.5]),
        "Adagrad": (optim.Adagrad(0.1, eps=0), [-0.1, -0.1 - 0.1 * 2 / math.sqrt(5)]),
        "Adam": (
            optim.Adam(0.1, betas=(0.5, 0.5), eps=0),
            [-0.1, -0.1 - 0.1 * ((0.25 * 1 + 0.5 * 2) / 0.75) / math.sqrt((0.25 * 1 + 0.5 * 4) / 0.75)],
        ),
    }
    for optimiser, expected in steps.values():
        params = {"w": np.zeros(1)}
        for g, p in zip([1.0, 2.0], expected, strict=True):
            params = optimiser.step(params, {"w": np.array([g])})
            assert params["w"][0] == pytest.approx(p, rel=1e-14)


# ---- Clipping --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-6)])
@PROFILE
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e4))
def test_clipping_equals_pytorch_up_to_its_epsilon(dtype, tolerance, seed, threshold):
    grads = drawn(seed, dtype)
    theirs = [torch.tensor(g) * 0 for g in flat(grads).values()]
    for p, g in zip(theirs, flat(grads).values(), strict=True):
        p.grad = torch.tensor(g)
    their_norm = float(torch.nn.utils.clip_grad_norm_(theirs, threshold))
    clipped, norm = optim.clip(grads, threshold)
    assert norm == pytest.approx(their_norm, rel=max(tolerance, 1e-12))
    epsilon = 1 if norm <= threshold else norm / (norm + 1e-6)                       # PyTorch: threshold / (‖g‖ + 1e-6)
    for p, g in zip(theirs, flat(clipped).values(), strict=True):
        assert g.dtype == dtype
        np.testing.assert_allclose(epsilon * g, p.grad.numpy(), rtol=10 * tolerance, atol=0)


@PROFILE
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_clipping_keeps_the_direction_and_bounds_the_norm(seed, threshold):
    grads = drawn(seed)
    before = copy.deepcopy(grads)
    clipped, norm = optim.clip(grads, threshold)
    vectors = [np.concatenate([g.ravel() for g in flat(tree).values()]) for tree in (grads, clipped)]
    assert norm == pytest.approx(np.linalg.norm(vectors[0]), rel=1e-14)
    assert np.linalg.norm(vectors[1]) == pytest.approx(min(norm, threshold), rel=1e-12)
    np.testing.assert_allclose(vectors[1], vectors[0] * min(1, threshold / norm), rtol=1e-12)
    assert all(np.array_equal(g, flat(before)[name]) for name, g in flat(grads).items())
    assert (clipped is grads) == (norm <= threshold)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("values", "norm"), [
    ([0.0, 0.0], 0.0), ([3e200, 4e200], 5e200), ([3e-200, 4e-200], 5e-200), ([math.inf, 1.0], math.inf),
    ([-math.inf, 1.0], math.inf), ([math.nan, 1.0], math.nan), ([math.inf, math.nan], math.nan),
])
def test_norms_at_the_ends_of_the_range(values, norm):
    grads = {"a": np.array(values[:1]), "b": {"c": np.array(values[1:])}}
    assert optim.global_norm(grads) == pytest.approx(norm, rel=1e-14, nan_ok=True)
    clipped, _ = optim.clip(grads, 1.0)
    assert (clipped is grads) == (norm == 0 or norm < 1 or not math.isfinite(norm))
    large = {"a": np.full(4, 1e30, np.float32)}                                      # whose squares are inf in float32
    assert optim.global_norm(large) == pytest.approx(2e30, rel=1e-6)


# ---- Errors ----------------------------------------------------------------------------------------------------------

P = {"cell": {"W": np.ones((2, 3)), "b": np.ones(2)}}


def two_steps(second):
    optimiser = optim.Adam()
    optimiser.step(P, P)
    return optimiser.step(second, second)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: optim.SGD(-1), "lr is -1; expected a number, 0 ≤ lr < inf"),
    (lambda: optim.SGD("fast"), "lr is 'fast'; expected a number"),
    (lambda: optim.SGD(math.nan), "lr is nan; expected a number"),
    (lambda: optim.SGD(0.1, momentum=1), "momentum is 1; expected a number, 0 ≤ momentum < 1"),
    (lambda: optim.Adam(betas=(0.9, 1.0)), "betas[1] is 1.0; expected a number, 0 ≤ betas[1] < 1"),
    (lambda: optim.Adam(betas=0.9), "betas is 0.9; expected two numbers"),
    (lambda: optim.Adagrad(eps=-1e-8), "eps is -1e-08; expected a number"),
    (lambda: optim.SGD().step(P, {"cell": {"W": np.ones((2, 3))}}), "grads has no 'cell.b', and params has"),
    (lambda: optim.SGD().step({"cell": {}}, P), "params has no 'cell.W', and grads has"),
    (
        lambda: optim.SGD().step(P, {"cell": {"W": np.ones((3, 2)), "b": np.ones(2)}}),
        "grads['cell.W'] has shape (3, 2); expected (2, 3)",
    ),
    (lambda: optim.SGD().step(P, 3), "params is a int; expected a dict"),
    (lambda: two_steps({"W": np.ones(2)}), "the optimiser's state has no 'W', and params has"),
    (
        lambda: two_steps({"cell": {"W": np.ones((2, 4)), "b": np.ones(2)}}),
        "the optimiser's state['cell.W'] has shape (2, 3); expected (2, 4)",
    ),
    (lambda: optim.clip(P, 0), "threshold is 0; expected a number above 0"),
    (lambda: optim.clip(P, math.nan), "threshold is nan; expected a number above 0"),
    (lambda: optim.clip(P, None), "threshold is None; expected a number above 0"),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
