"""The layers of `rnnbook.fast` are those of `rnnbook.scratch`: the same arguments, results, errors and manners."""

from __future__ import annotations

import copy
import inspect
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, assert_close, case, cases, mapped, named, parts

from rnnbook import fast, scratch
from rnnbook.fast import Workspace, columns
from rnnbook.fast import gru as fast_gru
from rnnbook.fast import lstm as fast_lstm
from rnnbook.fast import rnn as fast_rnn
from rnnbook.scratch import gru, lstm, rnn


@dataclass(frozen=True)
class Pair:
    """A layer of `rnnbook.fast` and the one of `rnnbook.scratch` that it must equal."""

    fast: ModuleType
    scratch: ModuleType


PAIRS = {"rnn": Pair(fast_rnn, rnn), "lstm": Pair(fast_lstm, lstm), "gru": Pair(fast_gru, gru)}
pytestmark = pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)


def results(module, c, workspace=None) -> dict[str, np.ndarray]:
    """Outputs and gradients, flat and named."""
    more = () if workspace is None else (workspace,)
    hs, last, cache = module.forward(c.params, c.x, c.state, c.lengths, *more)
    dx, dstate, grads = module.backward(cache, c.dhs, c.dlast)
    return named(hs=hs, last=last, dx=dx, dstate=dstate, grads=grads)


HARD = {
    "ragged": {"T": 6, "B": 4, "D": 3, "H": 5, "lengths": [6, 1, 3, 4]},
    "nobody reaches T": {"T": 6, "B": 3, "D": 3, "H": 5, "lengths": [2, 4, 1]},
    "one step": {"T": 1, "B": 3, "D": 2, "H": 4},
    "one sequence": {"T": 5, "B": 1, "D": 2, "H": 4},
    "one sequence, padded": {"T": 5, "B": 1, "D": 2, "H": 4, "lengths": [3]},
    "one of everything": {"T": 1, "B": 1, "D": 1, "H": 1},
    "loss at the last state only": {"T": 6, "B": 3, "D": 2, "H": 4, "lengths": [5, 6, 1], "loss": "last"},
    "loss at every step only": {"T": 6, "B": 3, "D": 2, "H": 4, "lengths": [5, 6, 1], "loss": "every"},
    "zero state": {"T": 4, "B": 2, "D": 2, "H": 3, "state": False},
    "wide": {"T": 7, "B": 9, "D": 40, "H": 50, "lengths": [7, 3, 5, 5, 1, 7, 2, 6, 4]},
}


# ---- Equal results ---------------------------------------------------------------------------------------------------

@PROFILE
@given(data=st.data())
def test_equals_scratch(pair, data):
    c = data.draw(cases(pair.scratch))
    workspace = data.draw(st.none() | st.builds(Workspace))
    assert_close(results(pair.fast, c, workspace), results(pair.scratch, c), 1e-12)
    c = c.astype(np.float32)
    assert_close(results(pair.fast, c, workspace), results(pair.scratch, c), 1e-6)


@pytest.mark.parametrize("steps", [None, 1, 4], ids="{}-step chunks".format)
@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_hard_cases_equal_scratch(pair, hard, steps, monkeypatch):
    """Also where the backward pass works through the steps in chunks, the last one of them shorter."""
    c = case(pair.scratch, **hard)
    if steps:
        monkeypatch.setattr(columns, "chunk_steps", lambda T, B, rows: T if B == 1 else min(T, steps))
    assert_close(results(pair.fast, c), results(pair.scratch, c), 1e-12)
    c = c.astype(np.float32)
    assert_close(results(pair.fast, c), results(pair.scratch, c), 1e-6)


@pytest.mark.parametrize("small", [10, 100, 200, 400])
@pytest.mark.parametrize("hard", ["ragged", "one sequence", "wide"])
def test_products_in_blocks_equal_scratch(pair, hard, small, monkeypatch):
    """Where a product is large, blocks of rows are multiplied one by one; here "large" begins early."""
    monkeypatch.setattr(columns, "SMALL", small)
    c = case(pair.scratch, **HARD[hard])
    assert_close(results(pair.fast, c), results(pair.scratch, c), 1e-12)


def test_many_steps_in_float32_are_as_exact_as_scratch(pair):
    """Against float64: rounding adds up over steps, in both alike."""
    c = case(pair.scratch, 60, 8, 16, 32)
    exact, c = results(pair.scratch, c), c.astype(np.float32)
    ours, theirs = results(pair.fast, c), results(pair.scratch, c)
    for name, right in exact.items():
        scale = max(0.1, np.abs(right).max())
        error, allowed = (np.abs(got[name] - right).max() / scale for got in (ours, theirs))
        assert error <= 4 * allowed + 1e-7, name


def test_pads_may_hold_nan(pair):
    c = case(pair.scratch, 6, 3, 2, 4, lengths=[2, 6, 3])
    poisoned = replace(c, x=np.where(c.mask[:, :, None], c.x, np.nan), dhs=np.where(c.mask[:, :, None], c.dhs, np.nan))
    result = results(pair.fast, poisoned)
    assert_close(result, results(pair.scratch, c), 1e-12)
    assert not result["hs"][~c.mask].any()
    assert not result["dx"][~c.mask].any()


def test_float32_input_meets_float64_parameters(pair):
    c = case(pair.scratch, 3, 2, 2, 4)
    for mixed in (replace(c, x=c.x.astype(np.float32)), replace(c, params=c.astype(np.float32).params)):
        assert_close(results(pair.fast, mixed), results(pair.scratch, mixed), 1e-12)


def test_no_loss_gives_no_gradient(pair):
    c = replace(case(pair.scratch, 3, 2, 2, 3), dhs=None, dlast=None)
    assert_close(results(pair.fast, c), results(pair.scratch, c), 1e-12)


def test_part_of_a_state(pair):
    """A state without a loss on it, and the other way round; an LSTM also without c_0, or a loss through c alone."""
    c = case(pair.scratch, 4, 3, 2, 3, lengths=[4, 1, 2], loss="last")
    parts = [(c.state, None), (None, c.dlast)]
    if isinstance(c.state, tuple):
        parts += [((c.state[0], None), (None, c.dlast[1])), ((None, c.state[1]), (c.dlast[0], None))]
    for state, dlast in parts:
        part = replace(c, state=state, dlast=dlast)
        assert_close(results(pair.fast, part), results(pair.scratch, part), 1e-12)


@pytest.mark.parametrize("layout", [
    np.asfortranarray,
    lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    lambda a: np.ascontiguousarray(a[::-1])[::-1],
], ids=["Fortran order", "every second entry", "reversed memory"])
def test_memory_layout_does_not_matter(pair, layout):
    c = case(pair.scratch, 4, 3, 2, 5, lengths=[4, 2, 3])
    params = {name: layout(array) for name, array in c.params.items()}
    other = replace(c, params=params, x=layout(c.x), dhs=layout(c.dhs), state=mapped(layout, c.state))
    assert_close(results(pair.fast, other), results(pair.scratch, c), 1e-12)


# ---- Calls and workspaces --------------------------------------------------------------------------------------------

def test_calls_are_independent(pair):
    """Without a workspace, two caches live side by side and backward may be called twice."""
    one, two = (case(pair.scratch, 5, 3, 2, 4, seed) for seed in (1, 2))
    caches = [pair.fast.forward(c.params, c.x, c.state)[2] for c in (one, two)]
    for c, cache in [*zip((one, two), caches, strict=True)] * 2:
        dx, dstate, grads = pair.fast.backward(cache, c.dhs, c.dlast)
        got, expected = named(dx=dx, dstate=dstate, grads=grads), results(pair.scratch, c)
        assert_close(got, {name: expected[name] for name in got}, 1e-12)


def test_a_workspace_serves_again(pair):
    """The same memory for the same sizes, new memory for others; never a trace of an earlier call."""
    workspace = Workspace()
    sizes = [(5, 3, 2, 4), (5, 3, 2, 4), (3, 1, 2, 4), (5, 3, 2, 4)]
    for seed, size in enumerate(sizes):
        c = case(pair.scratch, *size, seed, lengths=[3] * size[1] if seed == 1 else None)
        assert_close(results(pair.fast, c, workspace), results(pair.scratch, c), 1e-12)
        c = c.astype(np.float32)
        assert_close(results(pair.fast, c, workspace), results(pair.scratch, c), 1e-6)
    buffers = [pair.fast.forward(c.params, c.x, workspace=workspace)[2].buffers for _ in range(2)]
    assert buffers[0] is buffers[1]


def test_results_are_new_arrays_even_with_a_workspace(pair):
    for size in ((5, 3, 2, 4), (5, 1, 2, 4)):
        c, workspace = case(pair.scratch, *size), Workspace()
        first = results(pair.fast, c, workspace)
        kept = copy.deepcopy(first)
        results(pair.fast, case(pair.scratch, *size, seed=9), workspace)
        assert_close(first, kept, 0)


def test_an_outdated_cache_is_refused(pair):
    c, workspace = case(pair.scratch, 5, 3, 2, 4), Workspace()
    _, _, old = pair.fast.forward(c.params, c.x, workspace=workspace)
    _, _, new = pair.fast.forward(c.params, c.x, workspace=workspace)
    with pytest.raises(ValueError, match="cache is out of date"):
        pair.fast.backward(old, c.dhs)
    pair.fast.backward(new, c.dhs)
    pair.fast.backward(new, c.dhs)


def test_a_workspace_is_a_workspace(pair):
    c = case(pair.scratch, 2, 1, 2, 3)
    with pytest.raises(ValueError, match="workspace is a dict; expected a Workspace or None"):
        pair.fast.forward(c.params, c.x, workspace={})


@pytest.mark.parametrize("B", [1, 3])
def test_inputs_stay_as_they_are(pair, B):
    c = case(pair.scratch, 4, B, 2, 5, lengths=[3] * B)
    before = copy.deepcopy(c)
    results(pair.fast, c)
    for array, kept in zip(_arrays(c), _arrays(before), strict=True):
        assert np.array_equal(array, kept)


@pytest.mark.parametrize("B", [1, 3])
def test_writing_into_results_and_inputs_does_not_reach_the_cache(pair, B):
    c = case(pair.scratch, 4, B, 2, 5)
    expected = results(pair.scratch, c)
    x = c.x.copy()
    hs, last, cache = pair.fast.forward(c.params, x, c.state)
    for array in (hs, x, *parts(last)):
        array[...] = 7
    for _ in range(2):
        dx, dstate, grads = pair.fast.backward(cache, c.dhs, c.dlast)
        got = named(dx=dx, dstate=dstate, grads=grads)
        assert_close(got, {name: expected[name] for name in got}, 1e-12)
        for array in got.values():
            array[...] = 7


def _arrays(c):
    return [*c.params.values(), c.x, *parts(c.state), c.lengths, c.dhs, *parts(c.dlast)]


# ---- The contract ----------------------------------------------------------------------------------------------------

def test_same_signatures(pair):
    for name in ("init", "step", "backward"):
        assert inspect.signature(getattr(pair.fast, name)) == inspect.signature(getattr(pair.scratch, name))
    ours, theirs = (inspect.signature(module.forward).parameters for module in (pair.fast, pair.scratch))
    assert list(ours) == [*theirs, "workspace"]
    assert all(ours[name] == parameter for name, parameter in theirs.items())
    assert ours["workspace"].default is None
    assert issubclass(pair.fast.Cache, tuple)


def test_results_have_the_same_types(pair):
    c = case(pair.scratch, 3, 2, 2, 4)
    _, last, cache = pair.fast.forward(c.params, c.x)
    _, dstate, grads = pair.fast.backward(cache, c.dhs)
    _, expected, _ = pair.scratch.forward(c.params, c.x)
    assert type(last) is type(dstate) is type(expected)
    assert all(array.flags.c_contiguous and array.flags.owndata for array in grads.values())


BAD = {
    "x": lambda c: replace(c, x=c.x[:, :, :1]),
    "NaN": lambda c: replace(c, x=np.full_like(c.x, np.nan)),
    "lengths": lambda c: replace(c, lengths=np.array([0, 1, 2])),
    "state": lambda c: replace(c, state=mapped(lambda s: s[:2], c.state)),
    "dtype": lambda c: replace(c, x=c.x.astype(int)),
    "params": lambda c: replace(c, params={"W_xh": c.params["W_xh"]}),
    "dhs": lambda c: replace(c, dhs=c.dhs[:2]),
    "dlast": lambda c: replace(c, dlast=mapped(lambda s: s[:2], c.dlast)),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_same_errors(pair, bad):
    c = bad(case(pair.scratch, 4, 3, 2, 5))
    with pytest.raises(ValueError) as expected:
        results(pair.scratch, c)
    with pytest.raises(ValueError) as got:
        results(pair.fast, c)
    assert str(got.value) == str(expected.value)


def test_every_function_says_what_it_is(pair):
    assert pair.fast.__doc__
    assert fast.__doc__
    assert scratch.__doc__
    for name in ("forward", "backward"):
        function = getattr(pair.fast, name)
        for argument in list(inspect.signature(function).parameters)[1:]:
            assert f"{argument} : " in function.__doc__
