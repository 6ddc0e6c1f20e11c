"""What is particular about the GRU: where r stands, and what z means."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, case, cases

from rnnbook import convert
from rnnbook.scratch import gru, gru_original
from rnnbook.scratch.losses import sigmoid

both = pytest.mark.parametrize("module", [gru, gru_original], ids=["gru", "gru_original"])
R, Z, N = slice(0, 4), slice(4, 8), slice(8, 12)


def gates(params, x, h):
    """r and z, which all conventions share."""
    W, U, b = params["W_xh"], params["W_hh"], params["b_h"]
    return sigmoid(x @ W[R].T + h @ U[R].T + b[R]), sigmoid(x @ W[Z].T + h @ U[Z].T + b[Z])


def candidate(module, params, x, h, r):
    W, U, b = params["W_xh"], params["W_hh"], params["b_h"]
    if module is gru:
        return np.tanh(x @ W[N].T + b[N] + r * (h @ U[N].T + params["b_hn"]))
    return np.tanh(x @ W[N].T + b[N] + (r * h) @ U[N].T)


# ---- Two places for r ------------------------------------------------------------------------------------------------

@both
def test_step_is_the_four_equations(module):
    c = case(module, 1, 3, 2, 4)
    x, h = c.x[0], c.state
    r, z = gates(c.params, x, h)
    n = candidate(module, c.params, x, h, r)
    np.testing.assert_allclose(module.step(c.params, x, h), (1 - z) * n + z * h, rtol=0, atol=1e-14)


def test_the_two_places_differ_where_r_differs_between_units():
    c = case(gru, 1, 3, 2, 4)
    params = c.params | {"b_hn": np.zeros(4)}
    after, before = gru.step(params, c.x[0], c.state), gru_original.step(params, c.x[0], c.state)
    assert np.abs(after - before).max() > 1e-3


def test_the_two_places_are_one_function_where_r_is_the_same_for_every_unit():
    """r then commutes with W_hn: without b_hn the two agree."""
    c = case(gru, 5, 3, 2, 4)
    params = {name: p.copy() for name, p in c.params.items()} | {"b_hn": np.zeros(4)}
    for name in ("W_xh", "W_hh"):
        params[name][R] = params[name][:1]                                     # the same row for every unit of r
    params["b_h"][R] = 0.3
    after, before = (module.forward(params, c.x, c.state)[0] for module in (gru, gru_original))
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-14)


def test_b_hn_cannot_be_added_to_b_n():
    c = case(gru, 3, 2, 2, 4)
    added = c.params["b_h"].copy()
    added[N] += c.params["b_hn"]
    moved = c.params | {"b_h": added, "b_hn": np.zeros(4)}
    assert np.abs(gru.forward(c.params, c.x)[0] - gru.forward(moved, c.x)[0]).max() > 1e-3


def test_gate_order_is_that_of_pytorch_s_chunks():
    """z shut or open, r shut or open, by a bias of ±100: each block of PyTorch's rows is the gate we call it."""
    H, x, h = 3, np.zeros((1, 1, 2)), np.full((1, 3), 0.25)
    for keep, see, expected in [(True, True, 0.25), (False, True, np.tanh(0.5 + 0.75)), (False, False, np.tanh(0.5))]:
        twin = torch.nn.GRU(2, H, dtype=torch.float64)
        with torch.no_grad():
            for p in twin.parameters():
                p.zero_()
            r, z, n = twin.bias_ih_l0.chunk(3)
            r.fill_(100.0 if see else -100.0)
            z.fill_(100.0 if keep else -100.0)
            n.fill_(0.5)
            twin.bias_hh_l0.chunk(3)[2].fill_(0.75)
        hs, _, _ = gru.forward(convert.gru_from_torch(twin), x, h)
        np.testing.assert_allclose(hs[0], expected, rtol=0, atol=1e-14)


# ---- Two meanings of z -----------------------------------------------------------------------------------------------

@both
@PROFILE
@given(data=st.data())
def test_swapped_params_are_the_same_function_where_z_writes(module, data):
    """h_t = (1 − z) ⊙ h_{t-1} + z ⊙ n_t, as in Chung et al. (2014), with the swapped params."""
    c = data.draw(cases(module))
    swapped = gru.swap_update(c.params)
    hs, _, _ = module.forward(c.params, c.x, c.state)
    h = np.zeros_like(hs[0]) if c.state is None else c.state
    W, U, b = (np.split(swapped[name], 3) for name in ("W_xh", "W_hh", "b_h"))
    for t, x in enumerate(c.x):
        r, z = (sigmoid(x @ W[k].T + h @ U[k].T + b[k]) for k in (0, 1))
        seen = r * (h @ U[2].T + swapped["b_hn"]) if module is gru else (r * h) @ U[2].T
        h = (1 - z) * h + z * np.tanh(x @ W[2].T + b[2] + seen)
        np.testing.assert_allclose(h, hs[t], rtol=0, atol=1e-12)


@both
def test_swapping_twice_gives_the_params_back(module):
    params = module.init(np.random.default_rng(0), 3, 4)
    before = {name: p.copy() for name, p in params.items()}
    swapped = gru.swap_update(params)
    again = gru.swap_update(swapped)
    assert set(again) == set(params)
    assert all(np.array_equal(again[name], params[name]) for name in params)
    assert all(np.array_equal(params[name], before[name]) for name in params), "params are never changed"
    for name in ("W_xh", "W_hh", "b_h"):
        assert np.array_equal(swapped[name][R], params[name][R])
        assert np.array_equal(swapped[name][Z], -params[name][Z])
        assert np.array_equal(swapped[name][N], params[name][N])
    assert not any(np.shares_memory(swapped[name], params[name]) for name in params)


def test_swap_update_refuses_params_of_another_layer():
    with pytest.raises(ValueError, match=r"params\['W_xh'\] has shape \(20, 3\); expected \(3H, D\)"):
        gru.swap_update({"W_xh": np.zeros((20, 3)), "W_hh": np.zeros((20, 5)), "b_h": np.zeros(20)})


# ---- The gates -------------------------------------------------------------------------------------------------------

@both
def test_an_update_gate_that_keeps_everything_carries_the_state(module):
    c = case(module, 30, 2, 2, 4)
    params = c.params | {"b_h": np.concatenate([np.zeros(4), np.full(4, 100.0), np.zeros(4)])}
    hs, last, cache = module.forward(params, c.x, c.state)
    np.testing.assert_allclose(hs, np.broadcast_to(c.state, hs.shape), rtol=0, atol=1e-12)
    np.testing.assert_allclose(last, c.state, rtol=0, atol=1e-12)
    _, dstate, _ = module.backward(cache, dlast=c.dlast)
    np.testing.assert_allclose(dstate, c.dlast, rtol=0, atol=1e-12)
