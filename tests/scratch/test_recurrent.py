"""Every recurrent layer of `rnnbook.scratch`: the same gradients three ways, and what padding must never change."""

from __future__ import annotations

import copy
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from three_ways import (
    PROFILE,
    RECURRENT,
    assert_close,
    by_autograd,
    by_differences,
    by_hand,
    case,
    cases,
    mapped,
    parts,
)

pytestmark = pytest.mark.parametrize("layer", RECURRENT.values(), ids=RECURRENT)


# ---- Three ways ------------------------------------------------------------------------------------------------------

@PROFILE
@given(data=st.data())
def test_gradients_equal_numerical_gradients(layer, data):
    c = data.draw(cases(layer.module))
    assert_close(by_hand(layer, c), by_differences(layer, c), 1e-7)


@PROFILE
@given(data=st.data())
def test_outputs_and_gradients_equal_pytorch_in_float64(layer, data):
    c = data.draw(cases(layer.module))
    assert_close(by_hand(layer, c), by_autograd(layer, c), 1e-10)


@PROFILE
@given(data=st.data())
def test_outputs_and_gradients_equal_pytorch_in_float32(layer, data):
    c = data.draw(cases(layer.module)).astype(np.float32)
    assert_close(by_hand(layer, c), by_autograd(layer, c), 1e-5)


HARD = {
    "ragged": {"T": 6, "B": 4, "D": 3, "H": 5, "lengths": [6, 1, 3, 4]},
    "nobody reaches T": {"T": 6, "B": 3, "D": 3, "H": 5, "lengths": [2, 4, 1]},
    "one step": {"T": 1, "B": 3, "D": 2, "H": 4},
    "one sequence": {"T": 5, "B": 1, "D": 2, "H": 4},
    "one of everything": {"T": 1, "B": 1, "D": 1, "H": 1},
    "loss at the last state only": {"T": 6, "B": 3, "D": 2, "H": 4, "lengths": [5, 6, 1], "loss": "last"},
    "loss at every step only": {"T": 6, "B": 3, "D": 2, "H": 4, "lengths": [5, 6, 1], "loss": "every"},
    "zero state": {"T": 4, "B": 2, "D": 2, "H": 3, "state": False},
    "long": {"T": 40, "B": 2, "D": 3, "H": 6, "lengths": [40, 23]},
}


@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_hard_cases_three_ways(layer, hard):
    c = case(layer.module, **hard)
    by_torch = by_autograd(layer, c)
    assert_close(by_hand(layer, c), by_torch, 1e-10)
    assert_close(by_hand(layer, c), by_differences(layer, c), 1e-7)
    assert_close(by_hand(layer, c.astype(np.float32)), by_autograd(layer, c.astype(np.float32)), 1e-5)


def test_no_loss_gives_no_gradient(layer):
    c = replace(case(layer.module, 3, 2, 2, 3), dhs=None, dlast=None)
    result = by_hand(layer, c)
    assert all(not array.any() for name, array in result.items() if name.split(".")[0] not in ("hs", "last"))
    assert {name.split(".")[1] for name in result if name.startswith("grads.")} == set(c.params)


# ---- Memory layout, repetition, side effects -------------------------------------------------------------------------

LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "every second entry": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "batch-major memory": lambda a: np.ascontiguousarray(a.swapaxes(0, 1)).swapaxes(0, 1),
    "reversed memory": lambda a: np.ascontiguousarray(a[::-1])[::-1],
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_memory_layout_does_not_matter(layer, layout):
    c = case(layer.module, 4, 3, 2, 5, lengths=[4, 2, 3])
    other = replace(c, x=layout(c.x), dhs=layout(c.dhs), state=mapped(layout, c.state), dlast=mapped(layout, c.dlast))
    assert not other.dhs.flags.c_contiguous
    assert_close(by_hand(layer, other), by_hand(layer, c), 1e-14)


def test_broadcast_read_only_dhs(layer):
    """A mean over steps hands back one gradient for all of them: an array with strides 0 that cannot be written."""
    c = case(layer.module, 4, 3, 2, 5, lengths=[4, 2, 3])
    same = np.broadcast_to(c.dhs[0], c.dhs.shape)
    assert_close(by_hand(layer, replace(c, dhs=same)), by_hand(layer, replace(c, dhs=same.copy())), 0)


def test_backward_twice_and_forward_twice_give_the_same(layer):
    c = case(layer.module, 5, 3, 2, 4, lengths=[5, 1, 3])
    first = by_hand(layer, c)
    hs, _, cache = layer.module.forward(c.params, c.x, c.state, c.lengths)
    layer.module.forward(c.params, c.x[::-1], c.state, c.lengths)              # another call in between
    layer.module.backward(cache, c.dhs, c.dlast)
    _, _, grads = layer.module.backward(cache, c.dhs, c.dlast)
    assert np.array_equal(hs, first["hs"])
    assert all(np.array_equal(grad, first[f"grads.{name}"]) for name, grad in grads.items())
    assert_close(by_hand(layer, c), first, 0)


@pytest.mark.parametrize("lengths", [None, [4, 2, 1]])
def test_writing_into_results_does_not_reach_the_cache(layer, lengths):
    c = case(layer.module, 4, 3, 2, 4, lengths=lengths)
    expected = by_hand(layer, c)
    hs, last, cache = layer.module.forward(c.params, c.x, c.state, c.lengths)
    hs[...] = np.nan
    for array in parts(last):
        array[...] = np.nan
    dx, _, grads = layer.module.backward(cache, c.dhs, c.dlast)
    assert np.array_equal(dx, expected["dx"])
    assert all(np.array_equal(grad, expected[f"grads.{name}"]) for name, grad in grads.items())


@pytest.mark.parametrize("lengths", [[4, 4, 4], [4, 2, 1]])
def test_inputs_are_never_changed(layer, lengths):
    c = case(layer.module, 4, 3, 2, 4, lengths=lengths)
    before = copy.deepcopy(c)
    by_hand(layer, c)
    layer.module.step(c.params, c.x[0], c.state)
    for now, then in [(c.params, before.params), ({"x": c.x, "dhs": c.dhs}, {"x": before.x, "dhs": before.dhs})]:
        assert all(np.array_equal(now[name], then[name]) for name in then)
    for now, then in [(c.state, before.state), (c.dlast, before.dlast)]:
        assert all(np.array_equal(a, b) for a, b in zip(parts(now), parts(then), strict=True))
    assert np.array_equal(c.lengths, before.lengths)


def test_other_parameters_in_the_dict_get_no_gradient(layer):
    """A model may keep all its parameters in one dict: a zero gradient here would hide the true one."""
    c = case(layer.module, 3, 2, 2, 4)
    more = replace(c, params=c.params | {"W_hy": np.ones((2, 4))})
    assert_close(by_hand(layer, c), by_hand(layer, more), 0)
    assert "grads.W_hy" not in by_hand(layer, more)


# ---- Padding ---------------------------------------------------------------------------------------------------------

def poisoned(c):
    """The case with NaN wherever a value must not count."""
    pad = ~c.mask[:, :, None]
    return replace(c, x=np.where(pad, np.nan, c.x), dhs=None if c.dhs is None else np.where(pad, np.nan, c.dhs))


@PROFILE
@given(data=st.data())
def test_what_stands_in_pads_is_never_used(layer, data):
    c = data.draw(cases(layer.module))
    assert_close(by_hand(layer, poisoned(c)), by_hand(layer, c), 0)


@PROFILE
@given(data=st.data())
def test_padded_batch_equals_one_by_one(layer, data):
    c = data.draw(cases(layer.module))
    together = by_hand(layer, c)
    grads = {name: 0 for name in together if name.startswith("grads.")}
    for b, n in enumerate(c.ends):
        one = slice(b, b + 1)
        alone = by_hand(layer, replace(
            c,
            x=c.x[:n, one],
            lengths=None,
            state=None if c.state is None else mapped(lambda s, one=one: s[one], c.state),
            dhs=None if c.dhs is None else c.dhs[:n, one],
            dlast=None if c.dlast is None else mapped(lambda s, one=one: s[one], c.dlast),
        ))
        steps = {name: array[:n, one] for name, array in together.items() if name in ("hs", "dx")}
        states = {name: array[one] for name, array in together.items() if name.split(".")[0] in ("last", "dstate")}
        assert_close(alone, steps | states, 1e-12)
        grads = {name: total + alone[name] for name, total in grads.items()}
    assert_close(together, grads, 1e-12)


@PROFILE
@given(data=st.data())
def test_zero_after_the_end_and_last_is_the_last_real_state(layer, data):
    c = data.draw(cases(layer.module))
    result = by_hand(layer, c)
    assert not result["hs"][~c.mask].any()
    assert not result["dx"][~c.mask].any()
    last = result["last"] if "last" in result else result["last.h"]
    assert np.array_equal(last, result["hs"][c.ends - 1, np.arange(len(c.ends))])


@PROFILE
@given(data=st.data())
def test_more_padding_changes_nothing(layer, data):
    c = data.draw(cases(layer.module))
    T, B, D = c.x.shape
    longer = replace(
        c,
        x=np.concatenate([c.x, np.full((3, B, D), 7.0)]),
        lengths=c.ends,
        dhs=None if c.dhs is None else np.concatenate([c.dhs, np.ones((3, *c.dhs.shape[1:]))]),
    )
    result = by_hand(layer, longer)
    result |= {"hs": result["hs"][:T], "dx": result["dx"][:T]}
    assert_close(result, by_hand(layer, c), 1e-14)


# ---- The loop and its step -------------------------------------------------------------------------------------------

@PROFILE
@given(data=st.data())
def test_forward_is_step_after_step(layer, data):
    c = data.draw(cases(layer.module))
    hs, last, _ = layer.module.forward(c.params, c.x, c.state)
    state = mapped(np.zeros_like, last) if c.state is None else c.state
    for t, x_t in enumerate(c.x):
        state = layer.module.step(c.params, x_t, state)
        assert np.array_equal(parts(state)[0], hs[t])
    assert all(np.array_equal(a, b) for a, b in zip(parts(state), parts(last), strict=True))


def test_state_carries_on(layer):
    """Two halves, the second from the first's last state, equal the whole; so do the gradients."""
    c = case(layer.module, 6, 3, 2, 4)
    module = layer.module
    whole = by_hand(layer, c)
    hs_1, middle, cache_1 = module.forward(c.params, c.x[:2], c.state)
    hs_2, last, cache_2 = module.forward(c.params, c.x[2:], middle)
    dx_2, dmiddle, grads_2 = module.backward(cache_2, c.dhs[2:], c.dlast)
    dx_1, _, grads_1 = module.backward(cache_1, c.dhs[:2], dmiddle)
    got = {"hs": np.concatenate([hs_1, hs_2]), "dx": np.concatenate([dx_1, dx_2])}
    got |= {f"grads.{name}": grads_1[name] + grads_2[name] for name in grads_1}
    assert_close(whole, got, 1e-12)
    _, end, _ = module.forward(c.params, c.x, c.state)
    assert all(np.array_equal(a, b) for a, b in zip(parts(last), parts(end), strict=True))
