"""`fast.decoder` is the decoder of `scratch.seq2seq` with a GRU."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.fast import Workspace, decoder
from rnnbook.scratch import gru
from rnnbook.scratch.attention.kinds import kind
from rnnbook.scratch.gradients import relative_error
from rnnbook.scratch.seq2seq import recurrence
from rnnbook.scratch.weights import flat, mapped
from rnnbook.text import length_mask

PROFILE = settings(max_examples=25, deadline=None, derandomize=True)
KINDS = pytest.mark.parametrize("attention", decoder.KINDS)
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-6}


def case(T, B, S, E, H, M, attention, seed=0, dtype=np.float64, ragged=False) -> dict:
    """Arguments of forward, and dhs and dctx."""
    rng = np.random.default_rng(seed)
    normal = lambda *shape: rng.standard_normal(shape).astype(dtype)                               # noqa: E731
    memory_lengths, lengths = rng.integers(1, S + 1, B), rng.integers(1, T + 1, B)
    return {
        "params": mapped(lambda p: p.astype(dtype), decoder.init(rng, E, H, attention, M)),
        "x": normal(T, B, E), "state": normal(B, H), "memory": normal(S, B, M),
        "memory_mask": length_mask(memory_lengths, S) if ragged else None,
        "lengths": lengths if ragged else None, "attention": attention,
        "dhs": normal(T, B, H), "dctx": normal(T, B, M),
    }


def fast(c: dict, workspace=None) -> dict[str, np.ndarray]:
    arguments = {name: value for name, value in c.items() if name not in ("dhs", "dctx")}
    hs, ctx, alpha, cache = decoder.forward(**arguments, workspace=workspace)
    return named(hs, ctx, alpha, *decoder.backward(cache, c["dhs"], c["dctx"]))


def scratch(c: dict) -> dict[str, np.ndarray]:
    (T, B, _), S = c["x"].shape, len(c["memory"])
    ends = np.full(B, T) if c["lengths"] is None else c["lengths"]
    mask = length_mask(ends, T)[:, :, None]
    memory_mask = np.ones((S, B), bool) if c["memory_mask"] is None else c["memory_mask"]
    x, memory = np.where(mask, c["x"], 0), np.where(memory_mask[:, :, None], c["memory"], 0)
    attend = kind(c["attention"])                                       # what it gives after an end is of no meaning
    hs, ctx, alpha, cache = recurrence.forward(gru, attend, c["params"], x, c["state"], memory, memory_mask, mask)
    hs, ctx = np.where(mask, hs, 0), np.where(mask, ctx, 0)
    dhs = np.zeros_like(hs) if c["dhs"] is None else np.where(mask, c["dhs"], 0)
    dctx = np.zeros_like(ctx) if c["dctx"] is None else np.where(mask, c["dctx"], 0)
    return named(hs, ctx, alpha, *recurrence.backward(gru, attend, cache, dhs, dctx))


def named(hs, ctx, alpha, dx, dstate, dmemory, grads) -> dict[str, np.ndarray]:
    return {"hs": hs, "ctx": ctx, "alpha": alpha, "dx": dx, "dstate": dstate, "dmemory": dmemory} | flat(grads)


def assert_same(got: dict, expected: dict, c: dict, tolerance: float) -> None:
    assert list(got) == list(expected)
    for name, b in expected.items():
        a = got[name]
        assert a.shape == b.shape and a.dtype == b.dtype, name
        if name == "alpha" and c["lengths"] is not None:                 # of no meaning after a sequence's end
            real = length_mask(c["lengths"], len(a))[:, None]
            a, b = np.where(real, a, 0), np.where(real, b, 0)
        error = np.abs(a - b).max() / max(0.1, np.abs(b).max())
        assert error <= tolerance, f"{name}: {error:.2g}"


@PROFILE
@given(st.data())
def test_same_as_scratch(data):
    T, B, S, E, H = (data.draw(st.integers(1, most)) for most in (6, 4, 5, 4, 5))
    attention = data.draw(st.sampled_from(decoder.KINDS))
    M = data.draw(st.integers(1, 6)) if attention == "additive" else H
    seed, ragged = data.draw(st.integers(0, 2**32 - 1)), data.draw(st.booleans())
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    c = case(T, B, S, E, H, M, attention, seed, dtype, ragged)
    loss = data.draw(st.sampled_from(["both", "dhs", "dctx"]))
    c |= {name: None for name in ("dhs", "dctx") if loss not in ("both", name)}
    assert_same(fast(c), scratch(c), c, TOLERANCE[dtype])


@KINDS
def test_same_as_scratch_at_a_usual_size(attention):
    """Large enough for several chunks of steps."""
    c = case(30, 16, 20, 16, 64, 64, attention, dtype=np.float32, ragged=True)
    c["memory"] *= np.float32(0.3)                                       # scores of some units, as between states in ±1
    b = decoder.forward(**{name: c[name] for name in c if name not in ("dhs", "dctx")})[3].buffers
    assert attention != "additive" or len(b.local) < 30
    assert_same(fast(c), scratch(c), c, 2e-6)                            # sums of 480 rows of float32


@KINDS
def test_large_scores_do_not_overflow(attention):
    c = case(4, 3, 5, 3, 4, 4, attention, dtype=np.float32, ragged=True)
    c["memory"] *= 1e3
    if attention == "additive":
        c["params"]["attention"]["v_a"] *= 1e3
    got = fast(c)
    assert all(np.isfinite(array).all() for array in got.values())
    expected = scratch(c)
    for name in ("hs", "ctx"):
        assert relative_error(got[name], expected[name]) < 1e-4


@KINDS
def test_pads_are_never_used(attention):
    c = case(5, 4, 6, 3, 4, 4, attention, ragged=True)
    expected = fast(c)
    mask, used = length_mask(c["lengths"], 5)[:, :, None], c["memory_mask"][:, :, None]
    poisoned = {name: np.where(mask, c[name], np.nan) for name in ("x", "dhs", "dctx")}
    got = fast(c | poisoned | {"memory": np.where(used, c["memory"], np.nan)})
    for name in expected:
        np.testing.assert_array_equal(got[name], expected[name], err_msg=name)
    assert (got["dx"][~mask[:, :, 0]] == 0).all() and (got["dmemory"][~used[:, :, 0]] == 0).all()


@KINDS
def test_a_sequence_without_memory_attends_to_nothing(attention):
    c = case(3, 2, 4, 3, 4, 4, attention)
    c["memory_mask"] = np.array([[True, False]] * 4)
    got = fast(c)
    assert (got["alpha"][:, :, 1] == 0).all() and (got["ctx"][:, 1] == 0).all()
    assert_same(got, scratch(c), c, 1e-12)


@KINDS
def test_twice_the_same_and_arguments_unchanged(attention):
    c = case(5, 3, 4, 3, 4, 4, attention, ragged=True)
    before = {name: array.copy() for name, array in flat({"p": c["params"]}).items()}
    arrays = {name: c[name].copy() for name in ("x", "state", "memory", "dhs", "dctx")}
    arguments = {name: value for name, value in c.items() if name not in ("dhs", "dctx")}
    hs, ctx, alpha, cache = decoder.forward(**arguments)
    first = decoder.backward(cache, c["dhs"], c["dctx"])
    kept = named(hs.copy(), ctx.copy(), alpha.copy(), *first[:3], first[3])
    kept = {name: array.copy() for name, array in kept.items()}
    second = decoder.backward(cache, c["dhs"], c["dctx"])
    for name, array in named(hs, ctx, alpha, *second).items():
        np.testing.assert_array_equal(array, kept[name], err_msg=name)
    for name, array in flat({"p": c["params"]}).items():
        np.testing.assert_array_equal(array, before[name])
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, c[name])


@KINDS
def test_workspace_changes_nothing_and_outputs_stay(attention):
    workspace = Workspace()
    a, b = (case(4, 3, 5, 2, 4, 4, attention, seed, ragged=True) for seed in (1, 2))
    got = fast(a, workspace)
    kept = {name: array.copy() for name, array in got.items()}
    other, expected = fast(b, workspace), fast(b)
    for name in got:
        np.testing.assert_array_equal(got[name], kept[name], err_msg=name)
        np.testing.assert_array_equal(other[name], expected[name], err_msg=name)


def test_old_cache_is_refused():
    c = case(2, 2, 3, 2, 4, 4, "dot")
    arguments = {name: value for name, value in c.items() if name not in ("dhs", "dctx")}
    workspace = Workspace()
    cache = decoder.forward(**arguments, workspace=workspace)[3]
    decoder.forward(**arguments, workspace=workspace)
    with pytest.raises(ValueError, match="out of date"):
        decoder.backward(cache, c["dhs"])


@pytest.mark.parametrize(("changed", "message"), [
    ({"attention": "multi"}, "attention is 'multi'"),
    ({"x": np.zeros((3, 2, 7))}, r"x has shape \(3, 2, 7\)"),
    ({"x": np.zeros((3, 5, 2))}, "x has 5 sequences; expected 2"),
    ({"x": np.full((3, 2, 2), np.nan)}, "x.* is NaN"),
    ({"state": np.zeros((2, 3))}, r"state has shape \(2, 3\)"),
    ({"memory": np.zeros((3, 2, 9))}, r"memory has shape \(3, 2, 9\)"),
    ({"memory": np.full((3, 2, 4), np.nan)}, "memory.* is NaN"),
    ({"memory_mask": np.ones((2, 3), bool)}, r"memory_mask has shape \(2, 3\)"),
    ({"lengths": np.array([4, 1])}, r"lengths\[0\] is 4"),
    ({"params": {"decoder": {}}}, "params has no 'attention'"),
    ({"params": {"decoder": {}, "attention": {}}}, "decoder: params has no 'W_xh'"),
])
def test_errors_name_the_argument(changed, message):
    c = case(3, 2, 3, 2, 4, 4, "additive")
    arguments = {name: value for name, value in c.items() if name not in ("dhs", "dctx")}
    with pytest.raises(ValueError, match=message):
        decoder.forward(**(arguments | changed))


@pytest.mark.parametrize("name", ["dhs", "dctx"])
def test_backward_checks_shapes(name):
    c = case(3, 2, 3, 2, 4, 4, "additive")
    cache = decoder.forward(**{key: value for key, value in c.items() if key not in ("dhs", "dctx")})[3]
    with pytest.raises(ValueError, match=f"{name} has shape"):
        decoder.backward(cache, **{name: np.zeros((3, 2, 5))})
