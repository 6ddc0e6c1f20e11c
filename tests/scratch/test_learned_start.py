"""A learned initial state, over every cell: the cell's own gradients, and those of h_0 and c_0."""

from __future__ import annotations

import copy
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, RECURRENT, assert_close, by_autograd, case, cases, mapped, named, parts

from rnnbook.scratch import gru, learned_start, lstm
from rnnbook.scratch.gradients import numerical_gradient
from rnnbook.scratch.layer import Layer
from rnnbook.scratch.lstm import LSTMState

every_cell = pytest.mark.parametrize("cell", RECURRENT.values(), ids=RECURRENT)


def with_start(cell, c, seed=0):
    """The layer and its params, with a start that is not 0."""
    layer = learned_start.of(cell.module)
    _, state, _ = cell.module.forward(c.params, c.x)
    rng = np.random.default_rng(seed)
    start = mapped(lambda part: rng.standard_normal(part.shape[1:]), state)
    names = ["h_0", "c_0"]
    return layer, {"cell": c.params} | dict(zip(names, parts(start), strict=False))


def run(layer, params, c):
    hs, last, cache = layer.forward(params, c.x, None, c.lengths)
    dx, dstate, grads = layer.backward(cache, c.dhs, c.dlast)
    starts = {name: grads[name] for name in grads if name != "cell"}
    return named(hs=hs, last=last, dx=dx, dstate=dstate, grads=grads["cell"], starts=starts)


def at(params, B):
    """The learned state as the cell takes it."""
    start = [np.repeat(params[name][None], B, axis=0) for name in ("h_0", "c_0") if name in params]
    return LSTMState(*start) if len(start) == 2 else start[0]


@every_cell
@PROFILE
@given(data=st.data())
def test_equal_to_pytorch_given_the_same_start(cell, data):
    c = data.draw(cases(cell.module))
    layer, params = with_start(cell, c)
    got = run(layer, params, c)
    expected = by_autograd(cell, replace(c, state=at(params, c.x.shape[1])))
    assert_close(got, expected, 1e-10)
    summed = {name: d.sum(axis=0) for name, d in expected.items() if name.startswith("dstate")}
    names = {"dstate": "starts.h_0", "dstate.h": "starts.h_0", "dstate.c": "starts.c_0"}
    assert_close(got, {names[name]: d for name, d in summed.items()}, 1e-10)


@every_cell
def test_gradient_of_the_start_equals_the_numerical_gradient(cell):
    c = case(cell.module, 4, 3, 2, 4, lengths=[4, 1, 3], state=False)
    layer, params = with_start(cell, c)

    def loss():
        hs, last, _ = layer.forward(params, c.x, None, c.lengths)
        pairs = [(hs, c.dhs), *zip(parts(last), parts(c.dlast), strict=True)]
        return sum(float((a * b).sum()) for a, b in pairs)

    expected = {name: numerical_gradient(loss, params[name], cell.eps) for name in params if name != "cell"}
    assert_close(run(layer, params, c), named(starts=expected), 1e-7)


@every_cell
def test_init_starts_as_the_cell(cell):
    layer = learned_start.of(cell.module)
    assert isinstance(layer, Layer)
    params = layer.init(np.random.default_rng(0), 2, 4)
    plain = cell.module.init(np.random.default_rng(0), 2, 4)
    assert all(np.array_equal(params["cell"][name], plain[name]) for name in plain)
    starts = {name: p.tolist() for name, p in params.items() if name != "cell"}
    assert starts == dict.fromkeys(["h_0", "c_0"] if "lstm" in cell.module.__name__ else ["h_0"], [0.0] * 4)
    x = np.random.default_rng(1).standard_normal((3, 2, 2))
    assert np.array_equal(layer.forward(params, x)[0], cell.module.forward(plain, x)[0])


def test_options_of_init_reach_the_cell():
    params = learned_start.of(lstm).init(np.random.default_rng(0), 2, 4, forget_bias=3.0)
    assert np.array_equal(params["cell"]["b_h"], lstm.init(np.random.default_rng(0), 2, 4, 3.0)["b_h"])


@every_cell
def test_a_given_state_is_used_in_its_place(cell):
    c = case(cell.module, 4, 3, 2, 4, lengths=[4, 1, 3])
    layer, params = with_start(cell, c)
    hs, _, cache = layer.forward(params, c.x, c.state, c.lengths)
    own, _, own_cache = cell.module.forward(c.params, c.x, c.state, c.lengths)
    assert np.array_equal(hs, own)
    dx, dstate, grads = layer.backward(cache, c.dhs, c.dlast)
    own_dx, own_dstate, own_grads = cell.module.backward(own_cache, c.dhs, c.dlast)
    expected = named(dx=own_dx, dstate=own_dstate, grads=own_grads)
    assert_close(named(dx=dx, dstate=dstate, grads=grads["cell"]), expected, 0)
    for name in ("h_0", "c_0"):
        if name in params:
            assert grads[name].shape == (4,) and not grads[name].any()


@every_cell
def test_step_by_step_is_forward(cell):
    c = case(cell.module, 4, 3, 2, 4)
    layer, params = with_start(cell, c)
    hs, _, _ = layer.forward(params, c.x)
    state = None
    for t, x_t in enumerate(c.x):
        state = layer.step(params, x_t, state)
        np.testing.assert_allclose(parts(state)[0], hs[t], rtol=0, atol=1e-14)


@every_cell
def test_inputs_are_never_changed_and_backward_may_run_twice(cell):
    c = case(cell.module, 4, 3, 2, 4, lengths=[4, 1, 3], state=False)
    layer, params = with_start(cell, c)
    before = copy.deepcopy((params, c))
    first, again = run(layer, params, c), run(layer, params, c)
    assert_close(first, again, 0)
    flat = lambda p: named(cell=p["cell"], rest={n: a for n, a in p.items() if n != "cell"})      # noqa: E731
    assert_close(flat(params), flat(before[0]), 0)
    assert np.array_equal(c.x, before[1].x)


@every_cell
def test_float32_stays_float32(cell):
    c = case(cell.module, 4, 3, 2, 4, state=False)
    layer, params = with_start(cell, c)
    params = {n: p.astype(np.float32) for n, p in params.items() if n != "cell"} | {"cell": c.astype(np.float32).params}
    assert {a.dtype for a in run(layer, params, c.astype(np.float32)).values()} == {np.dtype(np.float32)}


def test_a_cell_without_step_gives_none():
    assert learned_start.of(Layer(gru.init, None, gru.forward, gru.backward)).step is None


@pytest.mark.parametrize(("call", "message"), [
    (lambda: learned_start.of(gru).forward({}, np.zeros((3, 2, 2))), "params has no 'cell'; it needs cell, h_0"),
    (lambda: learned_start.of(gru).forward({"cell": {}}, np.zeros((3, 2, 2))), "params has no 'h_0'; it needs h_0"),
    (lambda: learned_start.of(gru).forward({"cell": {}, "h_0": np.zeros(4)}, np.zeros((3, 2))), "expected (T, B, D)"),
    (
        lambda: learned_start.of(Layer(
            gru.init, None, lambda params, x: (None, (np.zeros((1, 4)), np.zeros((1, 4))), None), gru.backward,
        )).init(np.random.default_rng(0), 2, 4),
        "cell has a state of type tuple; put learned_start inside the structure",
    ),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
