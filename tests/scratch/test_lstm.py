"""What is particular about the LSTM: two states, four gates in PyTorch's order, the forget bias, peepholes."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, RECURRENT, assert_close, by_autograd, by_differences, by_hand, case, cases

from rnnbook import convert
from rnnbook.scratch import lstm, lstm_peephole
from rnnbook.scratch.losses import sigmoid
from rnnbook.scratch.lstm import LSTMState

LSTM = RECURRENT["lstm"]
both = pytest.mark.parametrize("layer", [LSTM, RECURRENT["lstm_peephole"]], ids=["lstm", "lstm_peephole"])


# ---- The equations ---------------------------------------------------------------------------------------------------

def test_step_is_the_six_equations():
    """Each gate by its own small matrices, as the chapter writes it."""
    c = case(lstm, 1, 3, 2, 4)
    rows = {"i": slice(0, 4), "f": slice(4, 8), "g": slice(8, 12), "o": slice(12, 16)}
    a = {
        gate: c.x[0] @ c.params["W_xh"][r].T + c.state.h @ c.params["W_hh"][r].T + c.params["b_h"][r]
        for gate, r in rows.items()
    }
    cell = sigmoid(a["f"]) * c.state.c + sigmoid(a["i"]) * np.tanh(a["g"])
    got = lstm.step(c.params, c.x[0], c.state)
    assert isinstance(got, LSTMState)
    np.testing.assert_allclose(got.c, cell, rtol=0, atol=1e-14)
    np.testing.assert_allclose(got.h, sigmoid(a["o"]) * np.tanh(cell), rtol=0, atol=1e-14)


def test_gate_order_is_that_of_pytorch_s_chunks():
    """A bias of ±100 opens or shuts a gate: each block of PyTorch's rows is the gate we call it."""
    H = 3
    x = np.zeros((1, 1, 2))
    state = LSTMState(np.zeros((1, H)), np.full((1, H), 0.25))
    for keep, write, expected in [(True, False, 0.25), (False, True, 1.0), (False, False, 0.0)]:
        twin = torch.nn.LSTM(2, H, dtype=torch.float64)
        with torch.no_grad():
            for p in twin.parameters():
                p.zero_()
            i, f, g, o = twin.bias_ih_l0.chunk(4)
            i.fill_(100.0 if write else -100.0)
            f.fill_(100.0 if keep else -100.0)
            g.fill_(100.0)
            o.fill_(100.0)
        hs, last, _ = lstm.forward(convert.lstm_from_torch(twin), x, state)
        np.testing.assert_allclose(last.c, expected, rtol=0, atol=1e-14)
        np.testing.assert_allclose(hs[0], np.tanh(expected), rtol=0, atol=1e-14)


def test_a_cell_that_keeps_everything_is_a_highway():
    """f = 1, i = 0: c stays, and the gradient of c_T with respect to c_0 is 1."""
    c = case(lstm, 50, 2, 2, 3)
    b_h = np.zeros(12)
    b_h[:3], b_h[3:6] = -100, 100
    params = {"W_xh": np.zeros((12, 2)), "W_hh": np.zeros((12, 3)), "b_h": b_h}
    _, last, cache = lstm.forward(params, c.x, c.state)
    np.testing.assert_allclose(last.c, c.state.c, rtol=0, atol=1e-14)
    _, dstate, _ = lstm.backward(cache, dlast=LSTMState(None, np.ones((2, 3))))
    np.testing.assert_allclose(dstate.c, 1, rtol=0, atol=1e-14)


# ---- Forget bias -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("module", [lstm, lstm_peephole], ids=["lstm", "lstm_peephole"])
def test_forget_bias_is_added_to_the_forget_gate_and_to_nothing_else(module):
    H = 5
    plain, raised = (module.init(np.random.default_rng(0), 3, H, forget_bias=b) for b in (0.0, 1.5))
    added = np.zeros(4 * H)
    added[H : 2 * H] = 1.5
    np.testing.assert_allclose(raised["b_h"] - plain["b_h"], added, rtol=0, atol=1e-15)
    assert all(np.array_equal(raised[name], plain[name]) for name in plain if name != "b_h")


def test_forget_bias_is_the_sum_of_pytorch_s_two_biases():
    params = lstm.init(np.random.default_rng(0), 3, 4, forget_bias=2)
    twin = convert.lstm_to_torch(params)
    forget = (twin.bias_ih_l0 + twin.bias_hh_l0).chunk(4)[1].detach().numpy()
    assert np.abs(forget - 2).max() <= 1 / np.sqrt(4)


# ---- Two states ------------------------------------------------------------------------------------------------------

@both
@PROFILE
@given(data=st.data())
def test_a_loss_that_reads_only_c(layer, data):
    c = data.draw(cases(layer.module))
    dc = np.random.default_rng(0).standard_normal((c.x.shape[1], len(c.params["b_h"]) // 4))
    c = replace(c, dhs=None, dlast=LSTMState(np.zeros_like(dc), dc))
    got = by_hand(layer, replace(c, dlast=LSTMState(None, dc)))
    assert_close(got, by_differences(layer, c), 1e-7)
    assert_close(got, by_autograd(layer, c), 1e-10)


@both
def test_a_part_that_is_none_is_zero(layer):
    c = case(layer.module, 4, 3, 2, 5, lengths=[4, 1, 3])
    zero = np.zeros((3, 5))
    for parts, filled in [
        (LSTMState(c.dlast.h, None), LSTMState(c.dlast.h, zero)),
        (LSTMState(None, c.dlast.c), LSTMState(zero, c.dlast.c)),
        (LSTMState(None, None), LSTMState(zero, zero)),
    ]:
        assert_close(by_hand(layer, replace(c, dlast=parts)), by_hand(layer, replace(c, dlast=filled)), 0)
    for parts, filled in [
        (LSTMState(c.state.h, None), LSTMState(c.state.h, zero)),
        (LSTMState(None, c.state.c), LSTMState(zero, c.state.c)),
    ]:
        assert_close(by_hand(layer, replace(c, state=parts)), by_hand(layer, replace(c, state=filled)), 0)


@both
def test_a_plain_pair_is_a_state(layer):
    c = case(layer.module, 4, 3, 2, 5)
    assert_close(by_hand(layer, replace(c, state=tuple(c.state), dlast=tuple(c.dlast))), by_hand(layer, c), 0)


@both
def test_a_single_array_is_no_state(layer):
    c = case(layer.module, 4, 3, 2, 5)
    _, _, cache = layer.module.forward(c.params, c.x)
    for call, name in [
        (lambda: layer.module.forward(c.params, c.x, c.state.h), "state"),
        (lambda: layer.module.step(c.params, c.x[0], c.state.h), "state"),
        (lambda: layer.module.backward(cache, None, c.dlast.h), "dlast"),
    ]:
        with pytest.raises(ValueError, match=re.escape(f"{name} is a ndarray; expected LSTMState(h, c)")):
            call()


def test_c_is_the_state_at_the_last_real_step():
    c = case(lstm, 5, 3, 2, 4, lengths=[5, 2, 1])
    _, last, _ = lstm.forward(c.params, c.x, c.state, c.lengths)
    state = c.state
    for t in range(5):
        state = lstm.step(c.params, c.x[t], state)
        for b in np.flatnonzero(c.lengths == t + 1):
            np.testing.assert_allclose(last.c[b], state.c[b], rtol=0, atol=1e-14)
            np.testing.assert_allclose(last.h[b], state.h[b], rtol=0, atol=1e-14)


# ---- Peepholes -------------------------------------------------------------------------------------------------------

def test_without_peepholes_it_is_the_lstm():
    c = case(lstm_peephole, 4, 3, 2, 5, lengths=[4, 1, 3])
    params = c.params | {name: np.zeros(5) for name in ("p_i", "p_f", "p_o")}
    got = by_hand(RECURRENT["lstm_peephole"], replace(c, params=params))
    assert_close(got, by_hand(LSTM, replace(c, params=params)), 1e-14)


def test_the_output_gate_sees_the_new_cell_and_the_others_the_old_one():
    H = 2
    params = {"W_xh": np.zeros((4 * H, 1)), "W_hh": np.zeros((4 * H, H)), "b_h": np.zeros(4 * H)}
    params |= {"p_i": np.zeros(H), "p_f": np.full(H, 3.0), "p_o": np.full(H, 2.0)}
    old = np.array([[1.0, -1.0]])
    h, c = lstm_peephole.step(params, np.zeros((1, 1)), LSTMState(np.zeros((1, H)), old))
    np.testing.assert_allclose(c, sigmoid(3 * old) * old, rtol=0, atol=1e-14)
    np.testing.assert_allclose(h, sigmoid(2 * c) * np.tanh(c), rtol=0, atol=1e-14)
