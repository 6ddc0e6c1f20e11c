"""The embedding and the linear layer, three ways."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, assert_close

from rnnbook import convert
from rnnbook.scratch import embedding, linear
from rnnbook.scratch.gradients import numerical_gradient

SEEDS = st.integers(0, 2**32 - 1)
both_dtypes = pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])


# ---- Embedding -------------------------------------------------------------------------------------------------------

def embedding_case(T, B, V, E, seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = {"W_emb": embedding.init(rng, V, E)["W_emb"].astype(dtype)}
    return params, rng.integers(0, V, (T, B)), rng.standard_normal((T, B, E)).astype(dtype)


# Few words and many places: most tokens stand more than once, and their gradients must add up.
EMBEDDING = st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), SEEDS)


@PROFILE
@given(EMBEDDING)
def test_embedding_against_numerical_gradient(sizes):
    params, tokens, dx = embedding_case(*sizes)
    _, cache = embedding.forward(params, tokens)
    expected = numerical_gradient(lambda: (embedding.forward(params, tokens)[0] * dx).sum(), params["W_emb"])
    assert_close(embedding.backward(cache, dx), {"W_emb": expected}, 1e-7)


@both_dtypes
@PROFILE
@given(EMBEDDING)
def test_embedding_against_pytorch(dtype, tolerance, sizes):
    params, tokens, dx = embedding_case(*sizes, dtype)
    twin = convert.embedding_to_torch(params)
    out = twin(torch.tensor(tokens))
    out.backward(torch.tensor(dx))
    x, cache = embedding.forward(params, tokens)
    got = {"x": x} | embedding.backward(cache, dx)
    assert_close(got, {"x": out.detach().numpy(), "W_emb": twin.weight.grad.numpy()}, tolerance)


def test_embedding_is_a_one_hot_product():
    params, tokens, _ = embedding_case(3, 2, 6, 4, 0)
    assert np.array_equal(embedding.forward(params, tokens)[0], np.eye(6)[tokens] @ params["W_emb"])


def test_embedding_takes_tokens_of_any_shape_and_integer_type():
    params, tokens, _ = embedding_case(3, 2, 6, 4, 0)
    x, _ = embedding.forward(params, tokens)
    assert np.array_equal(embedding.forward(params, tokens.astype(np.uint8))[0], x)
    assert np.array_equal(embedding.forward(params, tokens.tolist())[0], x)
    assert np.array_equal(embedding.forward(params, tokens[:, 0])[0], x[:, 0])
    assert embedding.forward(params, tokens[0, 0])[0].shape == (4,)


def test_a_token_in_two_places_gets_the_sum():
    params = {"W_emb": np.zeros((4, 2))}
    _, cache = embedding.forward(params, np.array([[3], [1], [3]]))
    grads = embedding.backward(cache, np.array([[[1.0, 2.0]], [[10.0, 20.0]], [[100.0, 200.0]]]))
    assert grads["W_emb"].tolist() == [[0, 0], [10, 20], [0, 0], [101, 202]]


def test_embedding_init_is_standard_normal():
    W_emb = embedding.init(np.random.default_rng(0), 200, 50)["W_emb"]
    assert abs(W_emb.mean()) < 0.05
    assert abs(W_emb.std() - 1) < 0.05


# ---- Linear ----------------------------------------------------------------------------------------------------------

def linear_case(lead, H, K, seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = {name: p.astype(dtype) for name, p in linear.init(rng, H, K).items()}
    return params, rng.standard_normal((*lead, H)).astype(dtype), rng.standard_normal((*lead, K)).astype(dtype)


LINEAR = st.tuples(st.lists(st.integers(1, 4), max_size=3), st.integers(1, 4), st.integers(1, 4), SEEDS)


def linear_by_hand(params, h, dy):
    y, cache = linear.forward(params, h)
    dh, grads = linear.backward(cache, dy)
    return {"y": y, "dh": dh} | grads


@PROFILE
@given(LINEAR)
def test_linear_against_numerical_gradient(sizes):
    params, h, dy = linear_case(*sizes)
    arrays = {"dh": h} | params
    expected = {n: numerical_gradient(lambda: (linear.forward(params, h)[0] * dy).sum(), a) for n, a in arrays.items()}
    assert_close(linear_by_hand(params, h, dy), expected, 1e-7)


@both_dtypes
@PROFILE
@given(LINEAR)
def test_linear_against_pytorch(dtype, tolerance, sizes):
    params, h, dy = linear_case(*sizes, dtype)
    twin = convert.linear_to_torch(params)
    h_torch = torch.tensor(h, requires_grad=True)
    out = twin(h_torch)
    out.backward(torch.tensor(dy))
    grads = {"dh": h_torch.grad, "W_hy": twin.weight.grad, "b_y": twin.bias.grad}
    expected = {"y": out.detach().numpy()} | {name: grad.numpy() for name, grad in grads.items()}
    assert_close(linear_by_hand(params, h, dy), expected, tolerance)


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda a: np.repeat(a, 2, axis=-1)[..., ::2]])
def test_linear_memory_layout_does_not_matter(layout):
    params, h, dy = linear_case((3, 2), 4, 5, 0)
    assert_close(linear_by_hand(params, layout(h), layout(dy)), linear_by_hand(params, h, dy), 1e-14)


def test_linear_of_one_state_and_of_a_sequence_agree():
    params, h, _ = linear_case((3, 2), 4, 5, 0)
    y, _ = linear.forward(params, h)
    assert np.allclose(linear.forward(params, h[1])[0], y[1], rtol=0, atol=1e-14)
    assert np.allclose(linear.forward(params, h[1, 0])[0], y[1, 0], rtol=0, atol=1e-14)


# ---- Both ------------------------------------------------------------------------------------------------------------

def test_inputs_are_never_changed_and_backward_may_run_twice():
    for module, (params, x, dy) in [(embedding, embedding_case(3, 2, 3, 4, 0)), (linear, linear_case((3, 2), 4, 5, 0))]:
        before = copy.deepcopy((params, x, dy))
        _, cache = module.forward(params, x)
        first, again = module.backward(cache, dy), module.backward(cache, dy)
        for a, b in [(first, again), ((params, x, dy), before)]:
            np.testing.assert_equal(a, b)


def test_other_parameters_in_the_dict_get_no_gradient():
    for module, (params, x, dy) in [(embedding, embedding_case(3, 2, 3, 4, 0)), (linear, linear_case((3, 2), 4, 5, 0))]:
        _, cache = module.forward(params | {"W_hh": np.ones((4, 4))}, x)
        returned = module.backward(cache, dy)
        grads = returned[1] if isinstance(returned, tuple) else returned
        assert set(grads) == set(params)
