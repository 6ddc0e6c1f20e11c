"""Layer normalisation, positions, the feed-forward part and the Transformer block, three ways."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, assert_close

from rnnbook import convert_attention as convert
from rnnbook.scratch import layer_norm, weights
from rnnbook.scratch.gradients import numerical_gradient
from rnnbook.scratch.positions import sinusoidal
from rnnbook.scratch.transformer import block, feed_forward

pytestmark = pytest.mark.slow

SEEDS = st.integers(0, 2**32 - 1)
both_dtypes = pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
EPS = 1e-6                                                 # of the differences: small, for ReLU has kinks


def drawn(params, rng, dtype=np.float64):
    """Params of the same shapes in which no gain is 1 and no bias 0."""
    return weights.mapped(lambda p: (p + rng.uniform(-0.3, 0.3, p.shape)).astype(dtype), params)


# ---- Parts -----------------------------------------------------------------------------------------------------------

def part_case(module, lead, sizes, seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = drawn(module.init(rng, *sizes), rng, dtype)
    x, dy = (rng.standard_normal((*lead, sizes[0])).astype(dtype) for _ in range(2))
    return params, x, dy


def part_by_hand(module, params, x, dy):
    y, cache = module.forward(params, x)
    dx, grads = module.backward(cache, dy)
    return {"y": y, "dx": dx} | grads


def part_in_torch(module, params):
    if module is layer_norm:
        twin = convert.layer_norm_to_torch(params)
        return twin, {"gamma": twin.weight, "beta": twin.bias}
    p = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    return lambda x: torch.relu(x @ p["W_1"].T + p["b_1"]) @ p["W_2"].T + p["b_2"], p


PARTS = pytest.mark.parametrize("module", [layer_norm, feed_forward])
PART = st.tuples(st.lists(st.integers(1, 3), max_size=2), st.integers(2, 5), st.integers(1, 5), SEEDS)


def sizes_of(module, E, F):
    return (E,) if module is layer_norm else (E, F)


@PARTS
@PROFILE
@given(drawn_case=PART)
def test_parts_against_numerical_gradient(module, drawn_case):
    lead, E, F, seed = drawn_case
    params, x, dy = part_case(module, lead, sizes_of(module, E, F), seed)
    eps = EPS if module is feed_forward else 1e-4          # two units may be close: then x / σ is steep
    loss = lambda: (module.forward(params, x)[0] * dy).sum()                                        # noqa: E731
    expected = {name: numerical_gradient(loss, a, eps) for name, a in ({"dx": x} | params).items()}
    assert_close(part_by_hand(module, params, x, dy), expected, 1e-7)


@both_dtypes
@PARTS
@PROFILE
@given(drawn_case=PART)
def test_parts_against_pytorch(module, dtype, tolerance, drawn_case):
    lead, E, F, seed = drawn_case
    params, x, dy = part_case(module, lead, sizes_of(module, E, F), seed, dtype)
    twin, tensors = part_in_torch(module, params)
    x_torch = torch.tensor(x, requires_grad=True)
    out = twin(x_torch)
    out.backward(torch.tensor(dy))
    expected = {"y": out.detach().numpy(), "dx": x_torch.grad.numpy()} | {n: p.grad.numpy() for n, p in tensors.items()}
    if module is layer_norm and dtype == np.float32:       # 1 / σ multiplies what is lost in x − μ
        tolerance *= 1 + float((np.abs(x).max(axis=-1) / x.std(axis=-1)).max())
    assert_close(part_by_hand(module, params, x, dy), expected, tolerance)


def test_layer_norm_gives_mean_0_and_variance_1_whatever_the_scale():
    x = np.random.default_rng(0).standard_normal((3, 2, 8))
    params = layer_norm.init(np.random.default_rng(0), 8)
    y, _ = layer_norm.forward(params, 50 * x + 7)
    np.testing.assert_allclose(y.mean(axis=-1), 0, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(layer_norm.forward(params, x, eps=0.0)[0], layer_norm.forward(params, 3 * x, eps=0.0)[0])


def test_layer_norm_of_equal_units_is_the_bias():
    params = {"gamma": np.array([2.0, 3.0]), "beta": np.array([5.0, 6.0])}
    assert layer_norm.forward(params, np.full((1, 2), 4.0))[0].tolist() == [[5, 6]]


def test_positions():
    p = sinusoidal(50, 6)
    assert p.shape == (50, 6)
    assert p[0].tolist() == [0, 1, 0, 1, 0, 1]
    np.testing.assert_allclose(p[7], [f(7 / 10000 ** (2 * i / 6)) for i in range(3) for f in (np.sin, np.cos)])
    np.testing.assert_array_equal(sinusoidal(5, 3), np.delete(sinusoidal(5, 3 + 1, 10000 ** (4 / 3)), 3, axis=1))


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 5))
@PROFILE
def test_the_product_of_two_positions_depends_on_their_distance_alone(s, t, shift):
    p = sinusoidal(40, 8)
    np.testing.assert_allclose(p[s] @ p[t], p[s + shift] @ p[t + shift], rtol=0, atol=1e-12)


# ---- The block -------------------------------------------------------------------------------------------------------

def block_case(T, B, n_heads, A, F, seed, lengths=None, dtype=np.float64):
    rng = np.random.default_rng(seed)
    E = n_heads * A
    params = drawn(block.init(rng, E, n_heads, F), rng, dtype)
    x, dy = (rng.standard_normal((T, B, E)).astype(dtype) for _ in range(2))
    return params, x, dy, None if lengths is None else np.asarray(lengths)


@st.composite
def block_cases(draw):
    """T = 1, B = 1, ragged or not, one head or several; E ≥ 2, for normalised x of one unit is 0."""
    T, B, n_heads, F = (draw(st.integers(1, most)) for most in (4, 3, 2, 4))
    lengths = draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    return T, B, n_heads, draw(st.integers(2, 3)), F, draw(SEEDS), lengths


def block_by_hand(params, x, dy, lengths, causal):
    y, cache = block.forward(params, x, lengths, causal)
    dx, grads = block.backward(cache, dy)
    return {"y": y, "dx": dx} | weights.flat(grads)


def block_by_autograd(params, x, dy, lengths, causal):
    """nn.TransformerEncoderLayer(norm_first=True), in evaluation: without its fast path, for it has gradients."""
    twin = convert.block_to_torch(params).eval()
    T, B, _ = x.shape
    ends = np.full(B, T) if lengths is None else lengths
    real = torch.tensor(np.arange(T)[:, None] < ends)                                        # (T, B)
    x_torch = torch.tensor(x, requires_grad=True)
    later = torch.ones(T, T, dtype=torch.bool).triu(1) if causal else None
    y = twin(x_torch, src_mask=later, src_key_padding_mask=~real.T) * real[..., None]
    y.backward(torch.tensor(dy))
    grad = {name: p.grad for name, p in twin.named_parameters()}
    for p in twin.parameters():
        p.data = p.grad
    grads = weights.flat(convert.block_from_torch(twin))                                     # gradients, named as ours
    assert len(grad) == len(list(twin.parameters()))
    return {"y": y.detach().numpy(), "dx": x_torch.grad.numpy()} | grads


@PROFILE
@given(block_cases(), st.booleans())
def test_block_against_numerical_gradient(case, causal):
    params, x, dy, lengths = block_case(*case)
    loss = lambda: (block.forward(params, x, lengths, causal)[0] * dy).sum()                        # noqa: E731
    arrays = {"dx": x} | weights.flat(params)
    expected = {name: numerical_gradient(loss, array, 1e-5) for name, array in arrays.items()}
    assert_close(block_by_hand(params, x, dy, lengths, causal), expected, 1e-7)


@PROFILE
@given(block_cases(), st.booleans())
def test_block_against_pytorch(case, causal):
    params, x, dy, lengths = block_case(*case)
    got, expected = (way(params, x, dy, lengths, causal) for way in (block_by_hand, block_by_autograd))
    assert_close(got, expected, 1e-10)


@PROFILE
@given(SEEDS, st.booleans())
def test_block_against_pytorch_in_float32(seed, causal):
    params, x, dy, lengths = block_case(4, 3, 2, 4, 16, seed, [4, 1, 2], np.float32)
    got, expected = (way(params, x, dy, lengths, causal) for way in (block_by_hand, block_by_autograd))
    assert_close(got, expected, 1e-5)


def test_a_causal_block_does_not_look_ahead():
    params, x, dy, _ = block_case(6, 2, 2, 3, 5, 0)
    y, cache = block.forward(params, x)
    assert np.triu(cache.alpha[:, :, 0, 0], 1).any() == 0
    rng = np.random.default_rng(1)
    for t in range(5):
        changed = np.concatenate([x[: t + 1], rng.standard_normal((5 - t, 2, 6))])
        again, _ = block.forward(params, changed)
        np.testing.assert_allclose(again[: t + 1], y[: t + 1], rtol=0, atol=1e-13)
        assert np.abs(again[t + 1 :] - y[t + 1 :]).max() > 0.1
        dx, _ = block.backward(cache, np.where(np.arange(6)[:, None, None] <= t, dy, 0))
        assert (dx[t + 1 :] == 0).all()
    free, _ = block.forward(params, x, causal=False)
    changed, _ = block.forward(params, np.concatenate([x[:5], x[5:] + 1 + x[:1]]), causal=False)
    assert np.abs(free[0] - changed[0]).max() > 1e-3


def test_without_positions_a_block_does_not_know_the_order():
    params, x, _, _ = block_case(5, 2, 2, 3, 4, 0)
    order = [3, 0, 4, 1, 2]
    y, _ = block.forward(params, x, causal=False)
    np.testing.assert_allclose(block.forward(params, x[order], causal=False)[0], y[order], rtol=0, atol=1e-13)
    p = sinusoidal(5, 6)[:, None]
    y, _ = block.forward(params, x + p, causal=False)
    assert np.abs(block.forward(params, x[order] + p, causal=False)[0] - y[order]).max() > 0.1


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("poison", [np.nan, np.inf, 1e300])
def test_padding_never_matters_in_the_block(causal, poison):
    params, x, dy, lengths = block_case(5, 3, 2, 3, 4, 0, [5, 1, 3])
    expected = block_by_hand(params, x, dy, lengths, causal)
    real = (np.arange(5)[:, None] < lengths)[..., None]
    with np.errstate(all="raise"):
        poisoned = (np.where(real, array, poison) for array in (x, dy))
        np.testing.assert_equal(block_by_hand(params, *poisoned, lengths, causal), expected)
    alpha = block.forward(params, x, lengths, causal)[1].alpha                               # (T, S, B, n_heads)
    assert (np.where(real, 0, alpha) == 0).all()
    assert (np.where(real, 0, expected["y"]) == 0).all()
    assert (np.where(real, 0, expected["dx"]) == 0).all()
    total = dict.fromkeys(weights.flat(params), 0.0)
    for b, n in enumerate(lengths):
        alone = block_by_hand(params, x[:n, b : b + 1], dy[:n, b : b + 1], None, causal)
        for name in ("y", "dx"):
            np.testing.assert_allclose(expected[name][:n, b], alone[name][:, 0], rtol=0, atol=1e-12)
        total = {name: total[name] + alone[name] for name in total}
    for name in total:
        np.testing.assert_allclose(expected[name], total[name], rtol=0, atol=1e-11)


def test_inputs_are_never_changed_and_backward_may_run_twice():
    params, x, dy, lengths = block_case(4, 2, 2, 2, 3, 0, [4, 2])
    before = copy.deepcopy((params, x, dy, lengths))
    _, cache = block.forward(params, x, lengths)
    np.testing.assert_equal(block.backward(cache, dy), block.backward(cache, dy))
    np.testing.assert_equal((params, x, dy, lengths), before)


# ---- Errors ----------------------------------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
BLOCK, NORM, FED = block.init(RNG, 4, 2), layer_norm.init(RNG, 4), feed_forward.init(RNG, 4, 3)
X = np.zeros((3, 2, 4))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: block.forward(BLOCK, X[..., :3]), "x has shape (3, 2, 3); expected (T, B, 4)"),
    (lambda: block.forward(BLOCK, X + np.nan), "x[0, 0, 0] is NaN"),
    (lambda: block.forward(BLOCK, X, np.array([3, 4])), "lengths[1] is 4; expected 1 to 3"),
    (lambda: block.forward({"norm_1": NORM}, X), "params has no 'attention'; it needs norm_1, attention, norm_2, feed"),
    (lambda: block.forward(BLOCK | {"norm_2": layer_norm.init(RNG, 3)}, X), "norm_2: x has shape (3, 2, 4); expected"),
    (lambda: block.forward(BLOCK | {"feed_forward": {}}, X), "feed_forward: params has no 'W_1'"),
    (lambda: block.forward(BLOCK | {"attention": {}}, X), "attention: params has no 'W_q'"),
    (lambda: block.backward(block.forward(BLOCK, X)[1], X[:2]), "dy has shape (2, 2, 4); expected (3, 2, 4)"),
    (lambda: block.init(RNG, 5, 2), "n_heads is 2; expected a divisor of E = 5"),
    (lambda: layer_norm.init(RNG, 0), "D is 0; expected a whole number, at least 1"),
    (lambda: layer_norm.forward(NORM, X[..., :3]), "x has shape (3, 2, 3); expected (…, 4)"),
    (lambda: layer_norm.forward(NORM, X + np.nan), "x[0, 0, 0] is NaN"),
    (lambda: layer_norm.forward(NORM | {"beta": np.zeros(3)}, X), "params['beta'] has shape (3,); expected (4,)"),
    (lambda: layer_norm.backward(layer_norm.forward(NORM, X)[1], X[:2]), "dy has shape (2, 2, 4); expected (3, 2, 4)"),
    (lambda: feed_forward.forward(FED, X[..., :3]), "x has shape (3, 2, 3); expected (…, 4)"),
    (lambda: feed_forward.forward(FED | {"b_1": np.zeros(4)}, X), "params['b_1'] has shape (4,); expected (3,)"),
    (lambda: feed_forward.init(RNG, 4, 0), "F is 0; expected a whole number, at least 1"),
    (lambda: sinusoidal(0, 4), "T is 0; expected a whole number, at least 1"),
    (lambda: sinusoidal(3, 4, base=0), "base is 0; expected a number above 0"),
])
def test_errors(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
