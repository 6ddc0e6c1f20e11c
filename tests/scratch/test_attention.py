"""Every kind of attention, three ways; masks; what attention is and is not."""

from __future__ import annotations

import copy
import math
import re
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, assert_close

from rnnbook.scratch import attention
from rnnbook.scratch.attention.heads import multi_head_init
from rnnbook.scratch.attention.kinds import KINDS, Kind, kind
from rnnbook.scratch.gradients import numerical_gradient

both_dtypes = pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])


def multi_head_of(rng, A, K, n_heads=2):
    """Multi-head params for queries of size A, keys of size K and values of size 3, with biases that are not 0."""
    shapes = {"W_q": (n_heads, 2, A), "W_k": (n_heads, 2, K), "W_v": (n_heads, 3, 3), "W_o": (4, n_heads * 3),
              "b_q": (n_heads, 2), "b_k": (n_heads, 2), "b_v": (n_heads, 3), "b_o": (4,)}
    return {name: rng.uniform(-1, 1, shape) / math.sqrt(shape[-1]) for name, shape in shapes.items()}


MULTI_HEAD = Kind(multi_head_of, attention.multi_head_forward, attention.multi_head_backward)
ALL = KINDS | {"multi_head": MULTI_HEAD}
every_kind = pytest.mark.parametrize("name", ALL)


# ---- Cases -----------------------------------------------------------------------------------------------------------

@dataclass
class Case:
    params: dict
    query: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    mask: np.ndarray | None
    dctx: np.ndarray | None
    dalpha: np.ndarray | None

    @property
    def given(self):
        return self.query, self.keys, self.values, self.mask

    def arrays(self):
        return {"dquery": self.query, "dkeys": self.keys, "dvalues": self.values} | self.params

    def astype(self, dtype):
        cast = lambda a: a.astype(dtype) if a is not None and a.dtype != bool else a                  # noqa: E731
        params = {name: cast(p) for name, p in self.params.items()}
        return Case(params, *(cast(getattr(self, n)) for n in ("query", "keys", "values", "mask", "dctx", "dalpha")))


def make(name, T, S, B, A, seed=0, *, mask="none", loss="both") -> Case:
    """A float64 case; T None is a single query. Values have size 3."""
    rng = np.random.default_rng(seed)
    K = A if "dot" in name else A + 1
    leading = () if T is None else (T,)
    params = ALL[name].init(rng, A, K)
    query, keys = rng.standard_normal((*leading, B, A)), rng.standard_normal((S, B, K))
    values = rng.standard_normal((S, B, 3))
    masks = {"none": None, "keys": rng.random((S, B)) < 0.6, "pairs": rng.random((T or 1, S, B)) < 0.6}
    ctx, alpha, _ = ALL[name].forward(params, query, keys, values)
    dctx = rng.standard_normal(ctx.shape) if loss != "alpha" else None
    dalpha = rng.standard_normal(alpha.shape) if loss != "ctx" else None
    return Case(params, query, keys, values, masks[mask], dctx, dalpha)


@st.composite
def cases(draw, name):
    """One query or several, T = 1, S = 1, B = 1; masks that leave a query no key; loss through ctx, alpha or both."""
    T, S, B, A = draw(st.none() | st.integers(1, 3)), *(draw(st.integers(1, 4)) for _ in range(3))
    mask, loss = draw(st.sampled_from(["none", "keys", "pairs"])), draw(st.sampled_from(["ctx", "alpha", "both"]))
    return make(name, T, S, B, A, draw(st.integers(0, 2**32 - 1)), mask=mask, loss=loss)


def by_hand(name, c: Case):
    ctx, alpha, cache = ALL[name].forward(c.params, *c.given)
    dquery, dkeys, dvalues, grads = ALL[name].backward(cache, c.dctx, c.dalpha)
    return {"ctx": ctx, "alpha": alpha, "dquery": dquery, "dkeys": dkeys, "dvalues": dvalues} | grads


def by_differences(name, c: Case):
    def loss():
        ctx, alpha, _ = ALL[name].forward(c.params, *c.given)
        pairs = [(a, b) for a, b in [(ctx, c.dctx), (alpha, c.dalpha)] if b is not None]
        return sum(float((a * b).sum()) for a, b in pairs)

    return {n: numerical_gradient(loss, array) for n, array in c.arrays().items()}


def by_autograd(name, c: Case):
    """Written anew, batch first, with −inf in the scores; a query without keys, NaN there, is left out."""
    t = {n: torch.tensor(a, requires_grad=True) for n, a in c.arrays().items()}
    single = c.query.ndim == 2
    query = t["dquery"][None] if single else t["dquery"]
    q, k, v = (x.transpose(0, 1) for x in (query, t["dkeys"], t["dvalues"]))                 # (B, ·, ·)
    T, S, B = q.shape[1], k.shape[1], q.shape[0]
    mask = np.ones((S, B), bool) if c.mask is None else c.mask
    mask = torch.tensor(np.array(np.broadcast_to(mask, (T, S, B)))).permute(2, 0, 1)         # (B, T, S)
    some = mask.any(dim=-1, keepdim=True)
    bias = torch.zeros(mask.shape, dtype=q.dtype).masked_fill(~mask & some, -math.inf)
    if name == "multi_head":
        project = lambda x, n: torch.einsum("bte,nae->bnta", x, t[f"W_{n}"]) + t[f"b_{n}"][:, None]   # noqa: E731
        q, k, v = project(q, "q"), project(k, "k"), project(v, "v")                          # (B, n_heads, ·, ·)
        alpha = torch.softmax(q @ k.mT / math.sqrt(q.shape[-1]) + bias[:, None], dim=-1) * some[:, None]
        ctx = (alpha @ v).transpose(1, 2).flatten(2) @ t["W_o"].T + t["b_o"]
        alpha = alpha.permute(2, 3, 0, 1)                                                    # (T, S, B, n_heads)
    else:
        if name == "additive":
            scores = torch.tanh((q @ t["W_qa"].T)[:, :, None] + (k @ t["W_ka"].T)[:, None]) @ t["v_a"]
        else:
            scores = q @ k.mT / (math.sqrt(q.shape[-1]) if name == "scaled_dot" else 1)
        alpha = torch.softmax(scores + bias, dim=-1) * some
        ctx, alpha = alpha @ v, alpha.permute(1, 2, 0)
    ctx = ctx.transpose(0, 1)
    if single:
        ctx, alpha = ctx[0], alpha[0]
    loss = sum((a * torch.tensor(b)).sum() for a, b in [(ctx, c.dctx), (alpha, c.dalpha)] if b is not None)
    loss.backward()
    grads = {n: (torch.zeros_like(x) if x.grad is None else x.grad).numpy() for n, x in t.items()}
    return {"ctx": ctx.detach().numpy(), "alpha": alpha.detach().numpy()} | grads


# ---- Three ways ------------------------------------------------------------------------------------------------------

@every_kind
@PROFILE
@given(data=st.data())
def test_against_numerical_gradient(name, data):
    c = data.draw(cases(name))
    assert_close(by_hand(name, c), by_differences(name, c), 1e-7)


@both_dtypes
@every_kind
@PROFILE
@given(data=st.data())
def test_against_pytorch(name, dtype, tolerance, data):
    c = data.draw(cases(name)).astype(dtype)
    assert_close(by_hand(name, c), by_autograd(name, c), tolerance)


def test_scaled_dot_against_pytorch_s_own():
    c = make("scaled_dot", 3, 4, 2, 5, mask="keys")
    c.mask[0] = True
    q, k, v = (torch.tensor(x).transpose(0, 1) for x in (c.query, c.keys, c.values))
    mask = torch.tensor(c.mask.T)[:, None]
    theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, mask).transpose(0, 1)
    ctx, _ = attention.scaled_dot(*c.given)
    np.testing.assert_allclose(ctx, theirs.numpy(), rtol=0, atol=1e-14)


def test_the_short_functions_are_the_first_two_results():
    for name in ALL:
        c = make(name, 2, 3, 2, 4, mask="keys")
        params = [c.params] if c.params else []
        short = getattr(attention, name)(*params, *c.given)
        full = getattr(attention, f"{name}_forward")(*params, *c.given)
        assert len(short) == 2
        np.testing.assert_equal(short, full[:2])


# ---- Invariants ------------------------------------------------------------------------------------------------------

def heads_apart(name, alpha):
    return np.moveaxis(alpha, -1, 0) if name == "multi_head" else alpha[None]


@every_kind
@PROFILE
@given(data=st.data())
def test_alpha_sums_to_1_and_is_0_where_masked(name, data):
    c = data.draw(cases(name))
    _, alpha, _ = ALL[name].forward(c.params, *c.given)
    mask = np.ones(alpha.shape[:3] if c.query.ndim == 3 else alpha.shape[:2], bool) if c.mask is None else c.mask
    if c.query.ndim == 2:
        mask = mask[0] if mask.ndim == 3 else mask
    for head in heads_apart(name, alpha):
        full = np.broadcast_to(mask, head.shape)
        assert (head[~full] == 0).all()
        np.testing.assert_allclose(head.sum(axis=-2), full.any(axis=-2), rtol=0, atol=1e-12)


@every_kind
def test_attention_over_one_key_returns_its_value(name):
    c = make(name, 3, 1, 2, 4)
    ctx, alpha, _ = ALL[name].forward(c.params, *c.given)
    assert (alpha == 1).all()
    expected = c.values
    if name == "multi_head":
        v = np.einsum("sbe,nae->sbna", c.values, c.params["W_v"]) + c.params["b_v"]
        expected = v.reshape(1, 2, -1) @ c.params["W_o"].T + c.params["b_o"]
    np.testing.assert_allclose(ctx, np.broadcast_to(expected, ctx.shape), rtol=0, atol=1e-12)


@every_kind
def test_one_key_left_by_the_mask_returns_its_value(name):
    c = make(name, None, 4, 2, 3)
    mask = np.zeros((4, 2), bool)
    mask[[1, 3], [0, 1]] = True
    ctx, _, _ = ALL[name].forward(c.params, *c.given[:3], mask)
    alone = ALL[name].forward(c.params, c.query, c.keys[[1, 3], [0, 1]][None], c.values[[1, 3], [0, 1]][None])[0]
    np.testing.assert_allclose(ctx, alone, rtol=0, atol=1e-14)


@every_kind
@pytest.mark.parametrize("T", [None, 3])
@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 1e300])
def test_masked_keys_never_matter(name, T, poison):
    c = make(name, T, 5, 3, 4)
    mask = np.arange(5)[:, None] < np.array([5, 2, 1])
    expected = by_hand(name, Case(c.params, c.query, c.keys, c.values, mask, c.dctx, c.dalpha))
    assert (expected["dkeys"][~mask] == 0).all()
    assert (expected["dvalues"][~mask] == 0).all()
    keys, values = (np.where(mask[..., None], x, poison) for x in (c.keys, c.values))
    with np.errstate(all="raise"):
        got = by_hand(name, Case(c.params, c.query, keys, values, mask, c.dctx, c.dalpha))
    np.testing.assert_equal(got, expected)
    for b, n in enumerate([5, 2, 1]):                                      # and each sequence is as if it were alone
        alone = ALL[name].forward(c.params, c.query[..., b : b + 1, :], keys[:n, b : b + 1], values[:n, b : b + 1])
        np.testing.assert_allclose(expected["ctx"][..., b, :], alone[0][..., 0, :], rtol=0, atol=1e-12)


@every_kind
@PROFILE
@given(data=st.data())
def test_the_order_of_the_keys_does_not_matter(name, data):
    c = data.draw(cases(name))
    order = np.random.default_rng(0).permutation(len(c.keys))
    mask = None if c.mask is None else np.take(c.mask, order, axis=-2)
    ctx, alpha, _ = ALL[name].forward(c.params, *c.given)
    turned, alpha_turned, _ = ALL[name].forward(c.params, c.query, c.keys[order], c.values[order], mask)
    np.testing.assert_allclose(turned, ctx, rtol=0, atol=1e-12)
    axis = 0 if c.query.ndim == 2 else 1
    np.testing.assert_allclose(alpha_turned, np.take(alpha, order, axis=axis), rtol=0, atol=1e-12)


@every_kind
def test_queries_do_not_see_each_other(name):
    c = make(name, 3, 4, 2, 3, mask="pairs")
    ctx, alpha, _ = ALL[name].forward(c.params, *c.given)
    for t in range(3):
        one, alpha_one, _ = ALL[name].forward(c.params, c.query[t], c.keys, c.values, c.mask[t])
        np.testing.assert_allclose(one, ctx[t], rtol=0, atol=1e-12)
        np.testing.assert_allclose(alpha_one, alpha[t], rtol=0, atol=1e-12)


@every_kind
@pytest.mark.parametrize("T", [None, 2])
def test_a_query_without_keys_gets_0_and_never_nan(name, T):
    c = make(name, T, 3, 2, 4)
    mask = np.array([[True, False]] * 3)
    with np.errstate(all="raise"):
        got = by_hand(name, Case(c.params, c.query, c.keys, c.values, mask, c.dctx, c.dalpha))
    assert all(np.isfinite(array).all() for array in got.values())
    alpha = got["alpha"] if name != "multi_head" else got["alpha"][..., 0]
    assert (alpha[..., 1] == 0).all()
    assert (got["ctx"][..., 1, :] == (c.params["b_o"] if name == "multi_head" else 0)).all()
    assert (got["dquery"][..., 1, :] == 0).all()


def test_large_scores_do_not_overflow():
    query, keys = np.full((1, 2), 1e3), np.array([[[1e3, 1e3]], [[-1e3, -1e3]]])
    with np.errstate(over="raise", invalid="raise"):
        ctx, alpha = attention.dot(query, keys, keys)
    assert alpha[:, 0].tolist() == [1, 0]
    assert ctx.tolist() == [[1e3, 1e3]]


def test_multi_head_with_one_head_and_unit_weights_is_scaled_dot():
    c = make("scaled_dot", 3, 4, 2, 3, mask="keys")
    unit = {f"W_{n}": np.eye(3)[None] for n in "qkv"} | {f"b_{n}": np.zeros((1, 3)) for n in "qkv"}
    ctx, alpha = attention.multi_head(unit | {"W_o": np.eye(3), "b_o": np.zeros(3)}, *c.given)
    expected, expected_alpha = attention.scaled_dot(*c.given)
    np.testing.assert_allclose(ctx, expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(alpha[..., 0], expected_alpha, rtol=0, atol=1e-14)


@every_kind
def test_inputs_are_never_changed_and_backward_may_run_twice(name):
    c = make(name, 3, 4, 2, 3, mask="pairs")
    before = copy.deepcopy(c)
    _, _, cache = ALL[name].forward(c.params, *c.given)
    first, again = (ALL[name].backward(cache, c.dctx, c.dalpha) for _ in range(2))
    np.testing.assert_equal(first, again)
    np.testing.assert_equal(vars(c), vars(before))


@every_kind
def test_memory_layout_does_not_matter(name):
    c = make(name, 3, 4, 2, 3)
    turned = Case(c.params, *(np.asfortranarray(x) for x in c.given[:3]), None, np.asfortranarray(c.dctx), c.dalpha)
    assert_close(by_hand(name, turned), by_hand(name, c), 1e-14)


# ---- Masks and initial weights ---------------------------------------------------------------------------------------

def test_causal_mask():
    assert attention.causal_mask(3)[:, :, 0].tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    real = np.array([[True, True], [True, False], [True, False]])
    masks = attention.causal_mask(3, real)
    assert masks[:, :, 0].tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert masks[:, :, 1].tolist() == [[1, 0, 0]] * 3


def test_masked_softmax():
    scores = np.array([[1.0, np.nan, 3.0], [np.inf, 2.0, 5.0]])
    alpha = attention.masked_softmax(scores, np.array([[True, False, True], [False] * 3]))
    np.testing.assert_allclose(alpha, [[1 / (1 + np.e**2), 0, 1 / (1 + np.e**-2)], [0, 0, 0]], rtol=1e-12)
    over_first = attention.masked_softmax(np.zeros((4, 2), np.float32), axis=0)
    assert over_first.dtype == np.float32
    assert (over_first == 0.25).all()


def test_init():
    rng = np.random.default_rng(0)
    shapes = {name: p.shape for name, p in attention.additive_init(rng, 3, 4, 5).items()}
    assert shapes == {"W_qa": (5, 3), "W_ka": (5, 4), "v_a": (5,)}
    params = multi_head_init(rng, 60, 3)
    assert params["W_q"].shape == params["W_k"].shape == params["W_v"].shape == (3, 20, 60)
    theirs = torch.nn.MultiheadAttention(60, 3)
    for name, weight in [("W_q", theirs.in_proj_weight[:60]), ("W_o", theirs.out_proj.weight)]:
        ours, bound = np.abs(params[name]).max(), float(weight.detach().abs().max())
        assert abs(ours - bound) < 0.02 * bound, name
    assert not any(params[f"b_{name}"].any() for name in "qkvo")


# ---- Errors ----------------------------------------------------------------------------------------------------------

Q, X, V = np.zeros((2, 3, 4)), np.zeros((5, 3, 4)), np.zeros((5, 3, 6))
ADDITIVE = attention.additive_init(np.random.default_rng(0), 4, 4, 2)
HEADS = multi_head_init(np.random.default_rng(0), 4, 2)
_, _, CACHE = attention.dot_forward(Q, X, V)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: attention.dot(Q[0, 0], X, V), "query has shape (4,); expected (B, A) or (T, B, A)"),
    (lambda: attention.dot(Q.astype(int), X, V), "query has dtype int64; expected float32 or float64"),
    (lambda: attention.dot(Q + np.nan, X, V), "query[0, 0, 0] is NaN"),
    (lambda: attention.dot(Q, X[:, :2], V), "keys has shape (5, 2, 4); expected (S, 3, 4)"),
    (lambda: attention.dot(Q, V, V), "keys has shape (5, 3, 6); expected (S, 3, 4)"),
    (lambda: attention.dot(Q, X[:0], V[:0]), "keys is empty"),
    (lambda: attention.dot(Q, X, V[:4]), "values has shape (4, 3, 6); expected (5, 3, E)"),
    (lambda: attention.dot(Q, X + np.nan, V), "keys[0, 0, 0] is NaN; expected numbers in every real"),
    (lambda: attention.dot(Q, X, V + np.nan, np.arange(5)[:, None] > [1, 1, 1]), "values[2, 0, 0] is NaN"),
    (lambda: attention.dot(Q, X, V, np.ones((3, 5), bool)), "mask has shape (3, 5) and dtype bool; expected (5, 3) or"),
    (lambda: attention.dot(Q, X, V, np.ones((5, 3))), "mask has shape (5, 3) and dtype float64; expected (5, 3) or "
                                                      "(2, 5, 3) and bool"),
    (lambda: attention.dot(Q, X, V, np.ones((5, 5, 3), bool)), "mask has shape (5, 5, 3) and dtype bool"),
    (lambda: attention.dot_backward(CACHE, np.zeros((2, 3, 4))), "dctx has shape (2, 3, 4); expected (2, 3, 6)"),
    (lambda: attention.dot_backward(CACHE, None, np.zeros((2, 3, 5))), "dalpha has shape (2, 3, 5); expected (2, 5,"),
    (lambda: attention.additive(ADDITIVE, V[:2], X, V), "query has shape (2, 3, 6); expected (B, 4) or (T, B, 4)"),
    (lambda: attention.additive(ADDITIVE, Q, V, V), "keys has shape (5, 3, 6); expected (S, 3, 4)"),
    (lambda: attention.additive({}, Q, X, V), "params has no 'v_a'"),
    (lambda: attention.additive(ADDITIVE | {"W_qa": np.ones((3, 4))}, Q, X, V), "params['W_qa'] has shape (3, 4)"),
    (lambda: attention.additive_init(np.random.default_rng(0), 4, 0, 2), "H_keys is 0; expected a whole number"),
    (lambda: attention.multi_head(HEADS, Q, X, V), "values has shape (5, 3, 6); expected (5, 3, 4)"),
    (lambda: attention.multi_head(HEADS | {"b_k": np.ones(4)}, Q, X, X), "params['b_k'] has shape (4,); expected (2,"),
    (lambda: attention.multi_head(HEADS | {"W_o": np.ones((4, 3))}, Q, X, X), "params['W_o'] has shape (4, 3)"),
    (lambda: attention.multi_head({}, Q, X, X), "params has no 'W_q'"),
    (lambda: multi_head_init(np.random.default_rng(0), 5, 2), "n_heads is 2; expected a divisor of E = 5"),
    (lambda: attention.causal_mask(0), "T is 0; expected a whole number, at least 1"),
    (lambda: attention.causal_mask(2, np.ones((3, 2), bool)), "mask has shape (3, 2) and dtype bool; expected (2, B)"),
    (lambda: kind("cosine"), "attention is 'cosine'; expected one of dot, scaled_dot, additive"),
    (lambda: kind("dot").init(np.random.default_rng(0), 3, 4), "H_query is 3 and H_keys is 4; a dot product needs one"),
])
def test_errors(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
