"""Any cell in any structure: the same gradients three ways, and what padding must never change."""

from __future__ import annotations

import copy
import inspect
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structures import CELLS, IN_TORCH, STRUCTURES, Case, by_autograd, by_hand, case, cases, leaves, loss, state_map
from three_ways import assert_close

from rnnbook.scratch import bidirectional, checkpointed, gru, learned_start, lstm, rnn, stacked, truncated
from rnnbook.scratch.gradients import numerical_gradient
from rnnbook.scratch.layer import Layer
from rnnbook.scratch.lstm import LSTMState
from rnnbook.scratch.weights import flat, mapped

pytestmark = pytest.mark.slow

PROFILE = settings(max_examples=5, deadline=None, derandomize=True)
RAGGED = {"T": 5, "B": 3, "D": 2, "H": 3, "lengths": [3, 5, 1]}
ONE_BY_ONE = ("stacked, one layer", "residual", "residual of bidirectional", "dropout")
ONE_WAY = [name for name in STRUCTURES if "bidirectional" not in name and name != "dropout"]
NOT_LEARNED = [name for name in CELLS if "learned" not in name]


def grid(structures=tuple(STRUCTURES), cells=tuple(CELLS)):
    """Run a test on every cell in every structure."""
    pairs = [(structure, cell) for structure in structures for cell in cells]
    return pytest.mark.parametrize(("structure", "cell"), pairs, ids=[f"{s} of {c}" for s, c in pairs])


def but(*names: str) -> list[str]:
    return [name for name in STRUCTURES if name not in names]


def built(structure: str, cell: str) -> Layer:
    return STRUCTURES[structure](CELLS[cell])


def with_state(layer, cell: str, c: Case) -> Case:
    """The case with zeros in place of no state, so that it can be moved; a learned start needs none."""
    if c.state is not None or "learned" in cell:
        return c
    return replace(c, state=state_map(np.zeros_like, layer.forward(c.params, c.x)[1]))


# ---- Three ways ------------------------------------------------------------------------------------------------------

@grid()
@PROFILE
@given(data=st.data())
def test_gradients_equal_numerical_ones_along_random_directions(structure, cell, data):
    layer = built(structure, cell)
    c = with_state(layer, cell, data.draw(cases(layer)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    normal = lambda array: rng.standard_normal(array.shape)                                                # noqa: E731
    v = replace(c, params=mapped(normal, c.params), x=normal(c.x), state=state_map(normal, c.state))

    def at(k: float) -> float:
        """The loss, all arguments moved along v by k."""
        states = iter([a + k * d for a, d in zip(leaves(c.state), leaves(v.state), strict=True)])
        return loss(layer, replace(
            c, params=mapped(lambda p, d: p + k * d, c.params, v.params), x=c.x + k * v.x,
            state=state_map(lambda _: next(states), c.state),
        ))

    eps = 1e-6 if cell == "relu_rnn" else 3e-4                                   # small where there are kinks
    numerical = (8 * (at(eps) - at(-eps)) - (at(2 * eps) - at(-2 * eps))) / (12 * eps)
    _, _, cache = layer.forward(c.params, c.x, c.state, c.lengths)
    dx, dstate, grads = layer.backward(cache, c.dhs, c.dlast)
    assert list(flat(grads)) == list(flat(c.params))
    pairs = [(dx, v.x), *zip(flat(grads).values(), flat(v.params).values(), strict=True)]
    pairs += zip(leaves(dstate), leaves(v.state), strict=True) if c.state is not None else []
    by_hand = sum(float((a * b).sum()) for a, b in pairs)
    assert by_hand == pytest.approx(numerical, rel=1e-7, abs=1e-7)


@grid(cells=["rnn", "lstm", "lstm, learned start"])
def test_gradients_equal_numerical_ones_entry_by_entry(structure, cell):
    layer = built(structure, cell)
    c = with_state(layer, cell, case(layer, 3, 2, 1, 1, lengths=[1, 3], state="learned" not in cell))
    numerical = {name: numerical_gradient(lambda: loss(layer, c), p) for name, p in flat(c.params).items()}
    numerical = {f"grads.{name}": grad for name, grad in numerical.items()}
    numerical["dx"] = numerical_gradient(lambda: loss(layer, c), c.x)
    for i, array in enumerate(leaves(c.state)):
        numerical[f"dstate.{i}"] = numerical_gradient(lambda: loss(layer, c), array)
    assert_close(by_hand(layer, c), numerical, 1e-7)


@grid(but("bidirectional of stacked"), IN_TORCH)
@PROFILE
@given(data=st.data())
def test_outputs_and_gradients_equal_pytorch(structure, cell, data):
    layer = built(structure, cell)
    c = data.draw(cases(layer))
    for dtype, tolerance in [(np.float64, 1e-10), (np.float32, 1e-5)]:
        d = c.astype(dtype)
        theirs = by_autograd(CELLS[cell], layer, d, one_by_one=structure in ONE_BY_ONE)
        ours = by_hand(layer, d)
        assert set(ours) == set(theirs)
        assert_close(ours, theirs, tolerance)


# ---- Invariants ------------------------------------------------------------------------------------------------------

@grid()
def test_what_stands_in_pads_is_never_used_and_comes_out_as_0(structure, cell):
    layer = built(structure, cell)
    c = case(layer, **RAGGED)
    pad = ~c.mask[:, :, None]
    poisoned = replace(c, x=np.where(pad, np.nan, c.x), dhs=np.where(pad, np.nan, c.dhs))
    result = by_hand(layer, poisoned)
    assert_close(result, by_hand(layer, c), 0)
    assert not result["hs"][~c.mask].any()
    assert not result["dx"][~c.mask].any()


@grid(but("dropout"))                                   # which goes by the place in the batch
def test_padded_batch_equals_one_by_one(structure, cell):
    layer = built(structure, cell)
    c = case(layer, **RAGGED)
    together = by_hand(layer, c)
    grads = {name: 0 for name in together if name.startswith("grads.")}
    for b, n in enumerate(c.ends):
        one = lambda s, b=b: s[b : b + 1]                                                              # noqa: E731
        alone = by_hand(layer, replace(
            c, x=c.x[:n, [b]], dhs=c.dhs[:n, [b]], state=state_map(one, c.state), dlast=state_map(one, c.dlast),
            lengths=None,
        ))
        steps = {name: together[name][:n, [b]] for name in ("hs", "dx")}
        states = {name: one(array) for name, array in together.items() if name.split(".")[0] in ("last", "dstate")}
        assert_close(alone, steps | states, 1e-12)
        grads = {name: total + alone[name] for name, total in grads.items()}
    assert_close(together, grads, 1e-12)


@grid(but("dropout"))                                   # which goes by the place in the batch
def test_more_padding_changes_nothing(structure, cell):
    layer = built(structure, cell)
    c = case(layer, **RAGGED)
    more = lambda a: np.concatenate([a, np.full((2, *a.shape[1:]), 7.0)])                              # noqa: E731
    result = by_hand(layer, replace(c, x=more(c.x), dhs=more(c.dhs)))
    result |= {name: result[name][:-2] for name in ("hs", "dx")}
    assert_close(result, by_hand(layer, c), 1e-14)


@grid()
def test_twice_gives_the_same_and_inputs_are_never_changed(structure, cell):
    layer = built(structure, cell)
    c = case(layer, **RAGGED)
    before = copy.deepcopy(c)
    first = by_hand(layer, c)
    hs, last, cache = layer.forward(c.params, c.x, c.state, c.lengths)
    for array in [hs, *leaves(last)]:
        array[...] = np.nan                                                  # not a view of what is kept
    layer.backward(cache, c.dhs, c.dlast)
    dx, _, grads = layer.backward(cache, c.dhs, c.dlast)
    assert_close(first, {"dx": dx} | {f"grads.{name}": grad for name, grad in flat(grads).items()}, 0)
    for now, then in [(c.x, before.x), (c.dhs, before.dhs), (c.lengths, before.lengths)]:
        np.testing.assert_array_equal(now, then)
    for now, then in [(c.state, before.state), (c.dlast, before.dlast)]:
        assert all(np.array_equal(a, b) for a, b in zip(leaves(now), leaves(then), strict=True))
    assert all(np.array_equal(p, flat(before.params)[name]) for name, p in flat(c.params).items())

@grid()
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shapes_dtypes_and_nesting(structure, cell, dtype):
    layer = built(structure, cell)
    c = case(layer, **RAGGED).astype(dtype)
    _, last, cache = layer.forward(c.params, c.x, c.state, c.lengths)
    _, dstate, grads = layer.backward(cache, c.dhs, c.dlast)
    result = by_hand(layer, c)
    assert result["hs"].shape == (5, 3, 6 if "bidirectional" in structure else 3)
    assert result["dx"].shape == c.x.shape
    assert {array.dtype for array in result.values()} == {np.dtype(dtype)}
    assert mapped(np.shape, grads) == mapped(np.shape, c.params)
    assert str(state_map(np.shape, last)) == str(state_map(np.shape, dstate)) == str(state_map(np.shape, c.state))


@grid()
def test_no_loss_gives_no_gradient(structure, cell):
    layer = built(structure, cell)
    c = replace(case(layer, **RAGGED), dhs=None, dlast=None)
    assert not any(array.any() for name, array in by_hand(layer, c).items() if name.startswith(("d", "grads")))


@grid(cells=NOT_LEARNED)                                # where None is not the learned start
def test_parts_of_a_state_and_of_its_gradient_may_be_none(structure, cell):
    layer = built(structure, cell)
    c = case(layer, **RAGGED)
    some, zeros = (
        replace(c, state=(*c.state[:-1], end(c.state[-1])), dlast=(*c.dlast[:-1], end(c.dlast[-1])))
        for end in (lambda _: None, lambda state: state_map(np.zeros_like, state))
    )
    assert_close(by_hand(layer, some), by_hand(layer, zeros), 0)


# ---- The contract ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("layer", [
    bidirectional.of(lstm), stacked.of(lstm), learned_start.of(lstm), truncated.of(lstm, 2), checkpointed.of(lstm),
], ids=["bidirectional", "stacked", "learned_start", "truncated", "checkpointed"])
def test_signatures_are_those_of_a_cell(layer):
    def names(function):
        return [p.name + ("=" if p.default is None else "") for p in inspect.signature(function).parameters.values()]

    assert names(layer.init)[:3] == ["rng", "D", "H"]
    assert layer.step is None or [name.rstrip("=") for name in names(layer.step)] == ["params", "x_t", "state"]
    assert names(layer.forward) == ["params", "x", "state=", "lengths="]
    assert names(layer.backward) == ["cache", "dhs=", "dlast="]
    assert all(function.__doc__ for function in layer if function is not None)


# ---- Steps -----------------------------------------------------------------------------------------------------------

@grid(ONE_WAY)
def test_the_last_state_is_step_after_step(structure, cell):
    layer = built(structure, cell)
    c = case(layer, 4, 3, 2, 5)
    _, last, _ = layer.forward(c.params, c.x, c.state)
    state = c.state
    for x_t in c.x:
        state = layer.step(c.params, x_t, state)
    assert all(np.array_equal(a, b) for a, b in zip(leaves(state), leaves(last), strict=True))


@pytest.mark.parametrize("cell", CELLS)
def test_what_reads_both_ways_has_no_step(cell):
    assert [built(name, cell).step is None for name in STRUCTURES] == ["bidirectional" in name for name in STRUCTURES]


# ---- Bidirectional ---------------------------------------------------------------------------------------------------

def test_reverse_keeps_the_padding_at_the_end():
    x = np.array([[1, 10, 100], [2, 20, -1], [3, -1, -1]])                       # (T, B)
    expected = [[3, 20, 100], [2, 10, -1], [1, -1, -1]]
    np.testing.assert_array_equal(bidirectional.reverse(x, np.array([3, 2, 1])), expected)
    np.testing.assert_array_equal(bidirectional.reverse(x), x[::-1])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(1, 6), st.lists(st.integers(1, 6), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_reversing_twice_is_the_identity(more, lengths, seed):
    lengths = np.array(lengths)
    x = np.random.default_rng(seed).standard_normal((lengths.max() + more, len(lengths), 2))
    once = bidirectional.reverse(x, lengths)
    np.testing.assert_array_equal(bidirectional.reverse(once, lengths), x)
    for b, n in enumerate(lengths):
        np.testing.assert_array_equal(once[:n, b], x[:n, b][::-1])
        np.testing.assert_array_equal(once[n:, b], x[n:, b])


def test_each_direction_is_the_cell_and_both_last_states_have_seen_everything():
    layer = bidirectional.of(lstm)
    c = case(layer, **RAGGED, state=False)
    hs, (left, right), _ = layer.forward(c.params, c.x, None, c.lengths)
    ltr, last, _ = lstm.forward(c.params["left_to_right"], c.x, None, c.lengths)
    np.testing.assert_array_equal(hs[:, :, :3], ltr)
    np.testing.assert_array_equal(left.c, last.c)
    np.testing.assert_array_equal(left.h, hs[c.ends - 1, range(3), :3])          # at the last real step
    np.testing.assert_array_equal(right.h, hs[0, :, 3:])                         # at the first
    for b, n in enumerate(c.ends):
        rtl, _, _ = lstm.forward(c.params["right_to_left"], c.x[:n, [b]][::-1])
        np.testing.assert_allclose(hs[:n, [b], 3:], rtl[::-1], atol=1e-14)


# ---- Stacked ---------------------------------------------------------------------------------------------------------

def test_a_residual_stack_is_the_sum_of_its_layers():
    layer = stacked.of(rnn, 3, residual=True)
    c = case(layer, **RAGGED, state=False)
    hs, last, _ = layer.forward(c.params, c.x, None, c.lengths)
    y, ends = 0, 0
    for n in range(3):
        own, end, _ = rnn.forward(c.params[f"layer_{n}"], c.x if n == 0 else y, None, c.lengths)
        np.testing.assert_array_equal(last[n], end)
        y, ends = y + own, ends + end
    np.testing.assert_allclose(hs, y, atol=1e-14)
    np.testing.assert_allclose(hs[c.ends - 1, range(3)], ends, atol=1e-14)       # but `last` holds the layers' states


def test_residual_links_carry_the_gradient_down():
    """With weights of 0 above the first layer a plain stack is dead, and a residual one is the first layer."""
    c = case(stacked.of(rnn, 3), 4, 2, 2, 3, state=False)
    params = {n: own if n == "layer_0" else mapped(np.zeros_like, own) for n, own in c.params.items()}
    alone, _, cache = rnn.forward(params["layer_0"], c.x)
    for residual in (False, True):
        layer = stacked.of(rnn, 3, residual)
        hs, _, inner = layer.forward(params, c.x)
        dx, _, _ = layer.backward(inner, c.dhs)
        np.testing.assert_array_equal(hs, alone if residual else 0 * alone)
        np.testing.assert_array_equal(dx, rnn.backward(cache, c.dhs)[0] if residual else 0 * c.x)


def test_dropout_keeps_means_and_falls_between_layers_only():
    rng = np.random.default_rng(0)
    layer = stacked.of(rnn, 3, dropout=0.25, rng=rng)
    c = case(layer, 40, 20, 2, 30)
    _, _, cache = layer.forward(c.params, c.x)
    assert cache.kept[0] is None
    for keep in cache.kept[1:]:
        assert keep.shape == (40, 20, 30)
        assert set(np.unique(keep)) == {0, 1 / 0.75}
        assert keep.mean() == pytest.approx(1, abs=0.02)
        assert not np.array_equal(keep[0], keep[1])                              # new for every step
    assert not np.array_equal(cache.kept[1], cache.kept[2])
    assert not np.array_equal(cache.kept[1], layer.forward(c.params, c.x)[2].kept[1])        # and every call


def test_without_a_generator_nothing_is_dropped():
    c = case(stacked.of(gru, 2), **RAGGED)
    plain, dropped = stacked.of(gru, 2), stacked.of(gru, 2, dropout=0.9)
    assert_close(by_hand(dropped, c), by_hand(plain, c), 0)


def test_init_options_reach_every_cell():
    params = stacked.of(bidirectional.of(lstm), 2).init(np.random.default_rng(0), 2, 3, forget_bias=100.0)
    assert all(own["b_h"][3:6].min() > 99 for layer in params.values() for own in layer.values())
    assert params["layer_1"]["left_to_right"]["W_xh"].shape == (12, 6)


# ---- Errors ----------------------------------------------------------------------------------------------------------

DEEP, BOTH = stacked.of(lstm, 2), bidirectional.of(rnn)
DEEP_PARAMS, BOTH_PARAMS = (layer.init(np.random.default_rng(0), 2, 5) for layer in (DEEP, BOTH))
X, H = np.zeros((4, 3, 2)), np.zeros((3, 5))
LAYERS = "expected a tuple (layer_0, layer_1) of states"
SIDES = "expected a tuple (left_to_right, right_to_left) of states"
DEEP_CACHE, BOTH_CACHE = DEEP.forward(DEEP_PARAMS, X)[2], BOTH.forward(BOTH_PARAMS, X)[2]


@pytest.mark.parametrize(("call", "message"), [
    (lambda: stacked.of(rnn, 0), "layers is 0; expected a whole number, at least 1"),
    (lambda: stacked.of(rnn, 2, dropout=1.0), "dropout is 1.0; expected 0 ≤ dropout < 1"),
    (lambda: DEEP.forward(None, X), "params is a NoneType; expected a dict with layer_0, layer_1"),
    (lambda: DEEP.forward({"layer_0": DEEP_PARAMS["layer_0"]}, X), "params has no 'layer_1'; it needs layer_0"),
    (lambda: DEEP.forward(DEEP_PARAMS | {"layer_1": {}}, X), "layer_1: params has no 'W_xh'"),
    (lambda: DEEP.forward(DEEP_PARAMS, X[:, :, :1]), "layer_0: x has shape (4, 3, 1); expected (T, B, 2)"),
    (lambda: DEEP.forward(DEEP_PARAMS, X, LSTMState(H, H)), f"state is a LSTMState of 2; {LAYERS}"),
    (lambda: DEEP.forward(DEEP_PARAMS, X, (None,)), f"state is a tuple of 1; {LAYERS}"),
    (lambda: DEEP.forward(DEEP_PARAMS, X, (None, LSTMState(H, H[:2]))), "layer_1: state.c has shape (2, 5)"),
    (lambda: DEEP.forward(DEEP_PARAMS, X, None, np.array([4, 5, 1])), "lengths[1] is 5; expected 1 to 4"),
    (lambda: DEEP.step(DEEP_PARAMS, X, None), "x_t has shape (4, 3, 2); expected (B, D)"),
    (lambda: DEEP.backward(DEEP_CACHE, X), "dhs has shape (4, 3, 2); expected (4, 3, 5)"),
    (lambda: DEEP.backward(DEEP_CACHE, None, H), f"dlast is a ndarray; {LAYERS}"),
    (lambda: DEEP.init(np.random.default_rng(0), 2, 0), "H is 0; expected a whole number"),
    (lambda: BOTH.forward({"left_to_right": {}}, X), "params has no 'right_to_left'; it needs left_"),
    (lambda: BOTH.forward(BOTH_PARAMS, X[0]), "x has shape (3, 2); expected (T, B, D)"),
    (lambda: BOTH.forward(BOTH_PARAMS, X * np.nan), "left_to_right: x[0, 0, 0] is NaN"),
    (lambda: BOTH.forward(BOTH_PARAMS, X, H), f"state is a ndarray; {SIDES}"),
    (lambda: BOTH.forward(BOTH_PARAMS, X, (H, H[:2])), "right_to_left: state has shape (2, 5); expected (3, 5)"),
    (lambda: BOTH.forward(BOTH_PARAMS, X, None, np.array([0, 1, 1])), "lengths[0] is 0; expected 1 to 4"),
    (lambda: BOTH.backward(BOTH_CACHE, np.zeros((4, 3, 5))), "dhs has shape (4, 3, 5); expected (4, 3, 10)"),
    (lambda: bidirectional.reverse(np.zeros(3)), "x has shape (3,); expected (T, B, …)"),
    (lambda: bidirectional.reverse(X, np.array([1, 2])), "lengths has shape (2,); expected (3,)"),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
