"""Nested params, flat and mapped; initial weights: their distribution, and what each promises."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.scratch.weights import flat, identity, mapped, orthogonal, uniform, xavier

PROFILE = settings(max_examples=25, deadline=None, derandomize=True)
NAMES = st.sampled_from(["W_xh", "W_hh", "b_h", "layer_0", "layer_1"])
TREES = st.recursive(
    st.dictionaries(NAMES, st.floats(-2, 2).map(np.array), max_size=3),
    lambda trees: st.dictionaries(NAMES, trees | st.floats(-2, 2).map(np.array), max_size=3),
    max_leaves=8,
)


# ---- Nested dicts ----------------------------------------------------------------------------------------------------

def test_flat_joins_the_names_and_keeps_the_arrays():
    params = {"layer_0": {"W_xh": np.ones(2), "b_h": np.zeros(3)}, "layer_1": {"cell": {"b_h": np.ones(1)}}, "b": 1.0}
    leaves = flat(params)
    assert list(leaves) == ["layer_0.W_xh", "layer_0.b_h", "layer_1.cell.b_h", "b"]
    assert leaves["layer_0.W_xh"] is params["layer_0"]["W_xh"]
    leaves["layer_1.cell.b_h"][0] = 7
    assert params["layer_1"]["cell"]["b_h"][0] == 7
    assert flat({}) == {}


@PROFILE
@given(TREES)
def test_mapped_is_f_on_every_leaf(tree):
    doubled = mapped(lambda a, b: a + b, tree, tree)
    assert list(flat(doubled)) == list(flat(tree))
    assert all(value == 2 * flat(tree)[name] for name, value in flat(doubled).items())
    assert flat(mapped(lambda a: a, tree)) == flat(tree)


def test_mapped_goes_by_name_and_keeps_the_first_order():
    a, b = {"x": {"p": 1, "q": 2}, "y": 3}, {"y": 30, "x": {"q": 20, "p": 10}}
    result = mapped(lambda s, t: s + t, a, b)
    assert result == {"x": {"p": 11, "q": 22}, "y": 33}
    assert list(result) == ["x", "y"]


def test_mapped_changes_neither_its_arguments_nor_their_arrays():
    params = {"cell": {"b_h": np.ones(2)}}
    new = mapped(lambda p: p + 1, params)
    assert new["cell"] is not params["cell"]
    np.testing.assert_array_equal(params["cell"]["b_h"], 1)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: flat(3), "params is a int; expected a dict of arrays"),
    (lambda: mapped(abs), "params is missing; expected at least one dict"),
    (lambda: mapped(max, {"a": 1}, [1]), "params[1] is a list; expected a dict"),
    (lambda: mapped(max, {"a": 1}, {}), "params[1] has no 'a', and params[0] has"),
    (lambda: mapped(max, {}, {"a": 1}), "params[0] has no 'a', and params[1] has"),
    (lambda: mapped(max, {"a": {"b": 1}}, {"a": {"c": 1}}), "params[1] has no 'a.b', and params[0] has"),
    (lambda: mapped(max, {"a": {"b": 1}}, {"a": 1}), "params[1] at 'a' is a int; expected a dict"),
    (lambda: mapped(max, {"a": 1}, {"a": {"b": 1}}), "params[0] at 'a' is a int; expected a dict"),
])
def test_bad_trees(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


# ---- Initial weights -------------------------------------------------------------------------------------------------

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6))
DRAWN = pytest.mark.parametrize("draw", [xavier, orthogonal, lambda rng, shape, **more: uniform(rng, shape, 1.0)])


@DRAWN
def test_float64_and_from_the_generator_alone(draw):
    first, again, other = (draw(np.random.default_rng(seed), (3, 5)) for seed in (0, 0, 1))
    assert first.dtype == np.float64
    assert first.shape == (3, 5)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_xavier_is_uniform_with_pytorch_s_bound():
    W = xavier(np.random.default_rng(0), (300, 100), gain=2.0)
    bound = 2 * np.sqrt(6 / 400)
    theirs = torch.nn.init.xavier_uniform_(torch.empty(300, 100), gain=2.0).numpy()
    for V in (W, theirs):
        assert 0.99 * bound < np.abs(V).max() <= bound
        assert np.var(V) == pytest.approx(4 * 2 / 400, rel=0.03)
        assert abs(V.mean()) < 0.02 * bound


def test_xavier_of_gates_has_the_bound_of_one_gate():
    W = xavier(np.random.default_rng(0), (50, 70), gates=4)
    assert W.shape == (200, 70)
    for gate in np.split(W, 4):
        assert 0.99 * np.sqrt(6 / 120) < np.abs(gate).max() <= np.sqrt(6 / 120)


@PROFILE
@given(SHAPES, st.integers(1, 4), st.floats(0.1, 3), st.integers(0, 2**32 - 1))
def test_orthogonal_gates_are_orthogonal(shape, gates, gain, seed):
    W = orthogonal(np.random.default_rng(seed), shape, gain, gates)
    assert W.shape == (gates * shape[0], shape[1])
    for gate in np.split(W, gates):
        small = gate @ gate.T if shape[0] <= shape[1] else gate.T @ gate
        np.testing.assert_allclose(small, gain**2 * np.eye(min(shape)), atol=1e-12)


def test_orthogonal_gates_differ():
    a, b = np.split(orthogonal(np.random.default_rng(0), (4, 4), gates=2), 2)
    assert not np.allclose(a, b)


def test_orthogonal_is_uniform_over_the_orthogonal_matrices():
    """Each entry has mean 0 and variance 1/n. Without the signs of R, the diagonal of Q is mostly negative."""
    rng = np.random.default_rng(0)
    Ws = np.stack([orthogonal(rng, (3, 3)) for _ in range(3000)])
    assert np.abs(Ws.mean(axis=0)).max() < 4 / np.sqrt(3 * 3000)
    np.testing.assert_allclose(Ws.var(axis=0), 1 / 3, rtol=0.1)


def test_identity():
    np.testing.assert_array_equal(identity((3, 3)), np.eye(3))
    np.testing.assert_array_equal(identity((2, 3), scale=0.5), [[0.5, 0, 0], [0, 0.5, 0]])
    np.testing.assert_array_equal(identity((2, 2), gates=2), [[1, 0], [0, 1], [1, 0], [0, 1]])


@pytest.mark.parametrize(("call", "message"), [
    (lambda rng: uniform(rng, (3, 0), 1.0), "shape is (3, 0); expected every size at least 1"),
    (lambda rng: xavier(rng, (3,)), "shape is (3,); expected (out, in), each at least 1"),
    (lambda rng: orthogonal(rng, (3, 0)), "shape is (3, 0); expected (out, in), each at least 1"),
    (lambda rng: orthogonal(rng, (3, 3), gates=0), "gates is 0; expected a whole number, at least 1"),
    (lambda rng: identity((1, 2, 3)), "shape is (1, 2, 3); expected (out, in), each at least 1"),
])
def test_bad_sizes(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(np.random.default_rng(0))
