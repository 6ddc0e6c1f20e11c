"""Truncated and checkpointed backpropagation through time, on any cell."""

from __future__ import annotations

import copy
import gc
import re
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from structures import CELLS, IN_TORCH, STRUCTURES, by_hand, case, cases, leaves, loss, state_map
from three_ways import assert_close

from rnnbook import convert_stacked
from rnnbook.scratch import bidirectional, checkpointed, gru, lstm, rnn, stacked, truncated
from rnnbook.scratch.gradients import directional_derivative
from rnnbook.scratch.layer import Layer
from rnnbook.scratch.weights import flat

pytestmark = pytest.mark.slow

PROFILE = settings(max_examples=8, deadline=None, derandomize=True)
LAYERS = CELLS | {f"{name} of lstm": STRUCTURES[name](lstm) for name in ("stacked", "residual")}
every_layer = pytest.mark.parametrize("cell", LAYERS.values(), ids=LAYERS)
both = pytest.mark.parametrize("of", [truncated.of, checkpointed.of], ids=["truncated", "checkpointed"])
RAGGED = {"T": 7, "B": 4, "D": 2, "H": 3, "lengths": [4, 7, 1, 6]}
NOBODY_REACHES_T = {"T": 9, "B": 3, "D": 2, "H": 3, "lengths": [5, 1, 4]}


# ---- Both: forward, and gradients where they must be the full ones ---------------------------------------------------

@every_layer
@PROFILE
@given(data=st.data())
def test_checkpointed_equals_full(cell, data):
    c, k = data.draw(cases(cell)), data.draw(st.none() | st.integers(1, 7))
    assert_close(by_hand(checkpointed.of(cell, k), c), by_hand(cell, c), 1e-12)


@every_layer
@PROFILE
@given(data=st.data())
def test_truncated_with_k_at_least_T_equals_full(cell, data):
    c = data.draw(cases(cell))
    k = len(c.x) + data.draw(st.integers(0, 2))
    assert_close(by_hand(truncated.of(cell, k), c), by_hand(cell, c), 0)


@both
@every_layer
@pytest.mark.parametrize("hard", [RAGGED, NOBODY_REACHES_T])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_outputs_are_those_of_the_cell_and_pads_are_never_used(of, cell, hard, k):
    c = case(cell, **hard)
    pad = ~c.mask[:, :, None]
    poisoned = replace(c, x=np.where(pad, np.nan, c.x), dhs=np.where(pad, np.nan, c.dhs))
    result, full = by_hand(of(cell, k), poisoned), by_hand(cell, c)
    assert_close(result, {name: a for name, a in full.items() if name.split(".")[0] in ("hs", "last")}, 1e-13)
    assert not result["hs"][~c.mask].any()
    assert not result["dx"][~c.mask].any()
    assert_close(result, by_hand(of(cell, k), c), 0)
    assert {name: a.dtype for name, a in by_hand(of(cell, k), c.astype(np.float32)).items()} == {
        name: np.dtype(np.float32) for name in full
    }


@both
@pytest.mark.parametrize("of_x", [lambda s: s, lambda s: None], ids=["state", "no state"])
def test_twice_gives_the_same_and_inputs_are_never_changed(of, of_x):
    layer = of(lstm, 2)
    c = case(lstm, **RAGGED)
    c = replace(c, state=of_x(c.state))
    before = copy.deepcopy(c)
    first = by_hand(layer, c)
    hs, last, cache = layer.forward(c.params, c.x, c.state, c.lengths)
    for array in [hs, *leaves(last)]:
        array[...] = np.nan
    for _ in range(2):
        dx, _, grads = layer.backward(cache, c.dhs, c.dlast)
        assert_close(first, {"dx": dx} | {f"grads.{name}": grad for name, grad in grads.items()}, 0)
    for now, then in [(c.x, before.x), (c.dhs, before.dhs)]:
        np.testing.assert_array_equal(now, then)
    for now, then in [(c.state, before.state), (c.dlast, before.dlast)]:
        assert all(np.array_equal(a, b) for a, b in zip(leaves(now), leaves(then), strict=True))


@both
@pytest.mark.parametrize("dlast", [(True, False), (False, True)])
def test_a_part_of_dlast_may_be_none(of, dlast):
    layer, c = of(lstm, 2), case(lstm, **RAGGED)
    none, zero = (
        replace(c, dlast=type(c.dlast)(*(part if keep else f(part) for part, keep in zip(c.dlast, dlast, strict=True))))
        for f in (lambda _: None, np.zeros_like)
    )
    assert_close(by_hand(layer, none), by_hand(layer, zero), 0)


@both
def test_no_loss_gives_no_gradient(of):
    c = replace(case(gru, **RAGGED), dhs=None, dlast=None)
    assert not any(a.any() for name, a in by_hand(of(gru, 2), c).items() if name not in ("hs", "last.0"))


@both
def test_one_in_the_other_and_in_a_stack(of):
    c = case(rnn, **RAGGED)
    assert_close(by_hand(truncated.of(checkpointed.of(rnn, 2), 3), c), by_hand(truncated.of(rnn, 3), c), 1e-12)
    deep = case(stacked.of(rnn, 2), **RAGGED)
    assert_close(by_hand(stacked.of(checkpointed.of(rnn, 2), 2), deep), by_hand(stacked.of(rnn, 2), deep), 1e-12)


# ---- Truncated: what it must be where k < T --------------------------------------------------------------------------

@every_layer
@pytest.mark.parametrize("k", [1, 2, 3])
@pytest.mark.parametrize("hard", [RAGGED, NOBODY_REACHES_T])
def test_truncated_gradients_are_those_of_a_loss_with_given_starts(cell, k, hard):
    """By differences: each sequence alone, each segment from a state that the parameters do not move."""
    c = case(cell, **hard)
    pieces = []
    for b, n in enumerate(c.ends):
        state = state_map(lambda s, b=b: s[[b]], c.state)
        for first in range(0, n, k):
            steps = slice(first, min(first + k, n))
            end = state_map(lambda s, b=b: s[[b]], c.dlast) if steps.stop == n else None
            piece = replace(c, x=c.x[steps, [b]], state=state, lengths=None, dhs=c.dhs[steps, [b]], dlast=end)
            pieces.append(piece)
            _, state, _ = cell.forward(c.params, piece.x, state)

    grads = by_hand(truncated.of(cell, k), c)
    rng = np.random.default_rng(0)
    for name, p in flat(c.params).items():
        direction = rng.standard_normal(p.shape)
        eps = 1e-6 if cell is CELLS["relu_rnn"] else 1e-3
        numerical = directional_derivative(lambda: sum(loss(cell, piece) for piece in pieces), p, direction, eps)
        assert (grads[f"grads.{name}"] * direction).sum() == pytest.approx(numerical, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("cell", IN_TORCH.values(), ids=IN_TORCH)
@pytest.mark.parametrize("k", [1, 2, 4])
def test_truncated_equals_pytorch_with_detached_states(cell, k):
    c = case(cell, 7, 3, 2, 4, loss="every")
    twin = convert_stacked.stacked_to_torch(cell, {"layer_0": c.params})
    x = torch.tensor(c.x, requires_grad=True)
    first = [torch.tensor(array[None], requires_grad=True) for array in leaves(c.state)]
    state, total = first, 0
    for t in range(0, 7, k):
        out, state = twin(x[t : t + k], tuple(state) if len(state) > 1 else state[0])
        total = total + (out * torch.tensor(c.dhs[t : t + k])).sum()
        state = [s.detach() for s in (state if isinstance(state, tuple) else [state])]
    total.backward()
    result = by_hand(truncated.of(cell, k), c)
    expected = {"dx": x.grad.numpy(), "grads.W_xh": twin.weight_ih_l0.grad.numpy()}
    expected |= {"grads.W_hh": twin.weight_hh_l0.grad.numpy(), "grads.b_h": twin.bias_ih_l0.grad.numpy()}
    expected |= {f"dstate.{i}": s.grad[0].numpy() for i, s in enumerate(first)}
    assert_close(result, expected, 1e-10)


def test_truncated_differs_from_full():
    c = case(rnn, 6, 2, 2, 3)
    short, full = by_hand(truncated.of(rnn, 2), c), by_hand(rnn, c)
    assert np.abs(short["grads.W_hh"] - full["grads.W_hh"]).max() > 1e-3


def test_updates_after_each_chunk_carry_the_state():
    c = case(lstm, 7, 2, 2, 3)
    state, hs = c.state, []
    sizes = []
    for x_k, dhs_k in truncated.chunks(3, c.x, c.dhs):
        out, state, _ = lstm.forward(c.params, x_k, state)
        hs.append(out)
        sizes.append((len(x_k), len(dhs_k)))
        assert np.shares_memory(x_k, c.x)
    assert sizes == [(3, 3), (3, 3), (1, 1)]
    assert_close({"hs": np.concatenate(hs)}, {"hs": lstm.forward(c.params, c.x, c.state)[0]}, 1e-13)


# ---- Checkpointed: memory --------------------------------------------------------------------------------------------

def arrays(cache) -> int:
    """Bytes of the arrays in a cache, those of params and views of the input left out."""
    if isinstance(cache, dict):
        return 0
    if isinstance(cache, (tuple, list)):
        return sum(arrays(part) for part in cache)
    return cache.nbytes if isinstance(cache, np.ndarray) and cache.base is None else 0


@pytest.mark.parametrize("cell", [rnn, lstm, gru, stacked.of(lstm, 2)], ids=["rnn", "lstm", "gru", "stacked"])
def test_memory_grows_with_the_square_root_of_T(cell):
    """Sixteen times the steps: the full cache grows 16-fold, states and the cache of one segment 4-fold."""
    def kept(T: int) -> tuple[int, int]:
        x = np.random.default_rng(0).standard_normal((T, 2, 3))[:]
        params = cell.init(np.random.default_rng(0), 3, 4)
        _, _, full = cell.forward(params, x)
        _, _, cache = checkpointed.of(cell).forward(params, x)
        assert len(cache.starts) == np.ceil(T / np.ceil(np.sqrt(T)))
        steps = cache.segments[0].steps
        _, _, segment = cell.forward(params, x[steps])
        return arrays(full), arrays(cache._replace(x=None)) + arrays(segment)

    full_64, few_64 = kept(64)
    full_1024, few_1024 = kept(1024)
    assert 14 < full_1024 / full_64 < 17
    assert 3 < few_1024 / few_64 < 4.5
    assert full_1024 / few_1024 > 10


def test_backward_holds_the_cache_of_one_segment_at_a_time():
    class Box:
        def __init__(self, cache):
            self.cache = cache

    alive, most = weakref.WeakSet(), []

    def forward(params, x, state=None, lengths=None):
        hs, last, cache = rnn.forward(params, x, state, lengths)
        box = Box(cache)
        alive.add(box)
        most.append(len(alive))
        return hs, last, box

    boxed = Layer(rnn.init, rnn.step, forward, lambda box, dhs=None, dlast=None: rnn.backward(box.cache, dhs, dlast))
    c = case(rnn, 16, 2, 2, 3)
    layer = checkpointed.of(boxed, 4)
    hs, _, cache = layer.forward(c.params, c.x, c.state)
    gc.collect()
    assert len(alive) == 0
    most.clear()
    layer.backward(cache, c.dhs, c.dlast)
    assert most == [1, 1, 1, 1]
    assert hs.shape == (16, 2, 3)


def test_dropout_drawn_anew_is_refused():
    cell = stacked.of(rnn, 2, dropout=0.5, rng=np.random.default_rng(0))
    c = case(cell, 6, 2, 2, 5)
    _, _, cache = checkpointed.of(cell, 2).forward(c.params, c.x)
    with pytest.raises(ValueError, match="cell gives another result a second time, as with dropout; expected the same"):
        checkpointed.of(cell, 2).backward(cache, c.dhs)


# ---- Errors ----------------------------------------------------------------------------------------------------------

X = np.zeros((4, 3, 2))
NAN_AT_3 = np.where(np.arange(4) < 3, 0, np.nan)[:, None, None] + X
PARAMS = rnn.init(np.random.default_rng(0), 2, 5)


def back(layer, *gradients):
    return layer.backward(layer.forward(PARAMS, X)[2], *gradients)


@both
@pytest.mark.parametrize(("call", "message"), [
    (lambda of: of(rnn, 0), "k is 0; expected a whole number, at least 1"),
    (lambda of: of(bidirectional.of(rnn), 2), "cell has no step, as a bidirectional layer"),
    (lambda of: of(rnn, 2).forward(PARAMS, X[0]), "x has shape (3, 2); expected (T, B, D)"),
    (lambda of: of(rnn, 2).forward(PARAMS, X[:0]), "x is empty"),
    (lambda of: of(rnn, 2).forward(PARAMS, X[:, :, :1]), "x has shape (2, 3, 1); expected (T, B, 2)"),
    (lambda of: of(rnn, 2).forward(PARAMS, NAN_AT_3), "x[3, 0, 0] is NaN"),
    (lambda of: of(rnn, 2).forward(PARAMS, X, None, np.array([4, 5, 1])), "lengths[1] is 5; expected 1 to 4"),
    (lambda of: of(rnn, 2).forward(PARAMS, X, np.zeros((2, 5))), "state has shape (2, 5); expected (3, 5)"),
    (lambda of: back(of(rnn, 2), X), "dhs has shape (4, 3, 2); expected (4, 3, 5)"),
    (lambda of: back(of(rnn, 2), None, np.zeros((2, 5))), "dlast has an array of shape (2, 5); expected (3, …), a row"),
    (lambda of: truncated.chunks(2, X, X[:3]), "arrays have [4, 3] steps; expected the same number, T, in each"),
])
def test_bad_arguments(of, call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(of)
