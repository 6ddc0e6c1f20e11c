"""Search over a small random decoder: against every sequence written out, and against a beam search in plain Python."""

from __future__ import annotations

import copy
import itertools
import math
import re
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE

from rnnbook.scratch import embedding, linear, rnn, search
from rnnbook.scratch.losses import softmax

nan, inf = float("nan"), float("inf")


class State(NamedTuple):
    h: np.ndarray
    steps: tuple


class Decoder:
    """An RNN with random weights. Its state is of every kind at once, so that a beam must reorder all of it."""

    def __init__(self, seed, B=3, V=4, H=5, dtype=np.float64):
        rng = np.random.default_rng(seed)
        self.parts = [embedding.init(rng, V, H), rnn.init(rng, H, H), linear.init(rng, H, V)]
        self.parts = [{name: (4 * p).astype(dtype) for name, p in part.items()} for part in self.parts]
        self.start = rng.integers(0, V, B)
        self.state = State(rng.standard_normal((B, H)).astype(dtype), ({"sum": np.zeros(B)}, None, [np.zeros((B, 1))]))

    def step(self, state, token):
        h, (sums, _, [count]) = state
        vectors, cell, out = self.parts
        h = rnn.step(cell, embedding.forward(vectors, token)[0], h)
        bias = np.sin(sums["sum"])[:, None] * (count + 1) * np.cos(np.arange(len(out["b_y"])))      # (B, V)
        logits = (linear.forward(out, h)[0] + bias).astype(h.dtype)
        return logits, State(h, ({"sum": sums["sum"] + token}, None, [count + 1]))

    def one(self, b):
        """State and first token of sequence b alone."""
        return search.decoder.rows(self.state, np.array([b])), self.start[b : b + 1]

    def log_p(self, b, tokens) -> float:
        """log p of `tokens` for sequence b, one step after the other."""
        state, token = self.one(b)
        total = 0.0
        for y in tokens:
            logits, state = self.step(state, token)
            total += float(np.log(softmax(logits.astype(np.float64))[0, y]))
            token = np.array([y])
        return total


SEEDS = st.integers(0, 2**32 - 1)


def every_output(V, eos, T):
    """Every output with its end: those that `eos` ends within T tokens, and those of T tokens without it."""
    others = [v for v in range(V) if v != eos]
    ended = [(*y, eos) for n in range(T) for y in itertools.product(others, repeat=n)] if eos is not None else []
    return ended + list(itertools.product(others, repeat=T))


def plain_beam(decoder, b, eos, T, W, rule):
    """The same beam search in plain Python: lists of (log_p, tokens), one sequence."""
    live, found = [(0.0, ())], []
    for _ in range(T):
        extended = [(decoder.log_p(b, (*y, v)), (*y, v)) for _, y in live for v in range(len(decoder.parts[2]["b_y"]))]
        extended = sorted(extended, reverse=True)[: W - len(found)]
        found += [(p, y) for p, y in extended if y[-1] == eos]
        live = [(p, y) for p, y in extended if y[-1] != eos]
    scored = [(float(rule(np.array([p]), np.array([len(y)]))[0]), p, y) for p, y in found + live]
    return sorted(scored, reverse=True)


def same(a, b):
    """Two results are one: tokens up to the end, log p up to rounding."""
    assert a.sequences() == b.sequences()
    assert a.finished.tolist() == b.finished.tolist()
    assert np.allclose(a.log_p, b.log_p, rtol=1e-12, atol=1e-12)


# ---- Greedy ----------------------------------------------------------------------------------------------------------

@PROFILE
@given(seed=SEEDS, eos=st.sampled_from([None, 0, 2]), T=st.integers(1, 6))
def test_greedy_takes_the_best_token_at_each_step(seed, eos, T):
    decoder = Decoder(seed)
    found = search.greedy(decoder.step, decoder.state, decoder.start, eos, T)
    for b, sequence in enumerate(found.sequences()):
        whole = sequence + [eos] * bool(found.finished[b])
        assert eos not in sequence
        assert found.finished[b] or len(whole) == T
        for n, y in enumerate(whole):
            scores = [decoder.log_p(b, (*whole[:n], v)) for v in range(4)]
            assert y == np.argmax(scores)
        assert found.log_p[b] == pytest.approx(decoder.log_p(b, whole), rel=1e-12)
        assert found.lengths[b] == len(sequence)
        assert (found.tokens[found.lengths[b] :, b] == (0 if eos is None else eos)).all()


@PROFILE
@given(seed=SEEDS, eos=st.sampled_from([None, 0]), W=st.integers(1, 5))
def test_a_batch_equals_one_by_one(seed, eos, W):
    decoder = Decoder(seed)
    greedy = search.greedy(decoder.step, decoder.state, decoder.start, eos, 4)
    beams = search.beam(decoder.step, decoder.state, decoder.start, eos, 4, W)
    for b in range(3):
        state, start = decoder.one(b)
        alone = search.greedy(decoder.step, state, start, eos, 4)
        assert alone.sequences()[0] == greedy.sequences()[b]
        assert alone.log_p[0] == pytest.approx(greedy.log_p[b], rel=1e-12)
        alone = search.beam(decoder.step, state, start, eos, 4, W)
        assert np.array_equal(alone.lengths[0], beams.lengths[b])
        assert np.array_equal(alone.tokens[:, 0], beams.tokens[: len(alone.tokens), b])
        assert np.allclose(alone.scores[0], beams.scores[b], rtol=1e-12)


def constant(logits):
    """A decoder that has the same logits at each step, for each sequence."""
    row = np.asarray(logits, float)
    return lambda state, token: (np.tile(row, (len(token), 1)), state)


START = np.zeros(2, int)


def test_greedy_by_hand():
    """Sequence 0 ends at its third token, sequence 1 at its first; eos is not in the result."""
    table = np.array([[[0, 5, 0], [0, 5, 0], [0, 0, 5]], [[0, 0, 5], [5, 0, 0], [5, 0, 0]]], float)     # (B, T, V)

    def step(t, token):
        return table[np.arange(2), t], t + 1

    found = search.greedy(step, np.zeros(2, int), START, eos=2, max_length=3)
    assert found.sequences() == [[1, 1], []]
    assert found.tokens.tolist() == [[1, 2], [1, 2], [2, 2]]
    assert found.finished.tolist() == [True, True]
    each = 5 - math.log(math.exp(5) + 2)
    assert found.log_p.tolist() == pytest.approx([3 * each, each], rel=1e-14)
    cut = search.greedy(step, np.zeros(2, int), START, eos=2, max_length=2)
    assert cut.sequences() == [[1, 1], []]
    assert cut.finished.tolist() == [False, True]


def test_greedy_stops_when_every_sequence_has_ended():
    only_eos = constant([0.0, 9.0])
    assert len(search.greedy(only_eos, None, START, 1, 50).tokens) == 1
    assert len(search.beam(only_eos, None, START, 1, 50, width=1).tokens) == 1


def test_of_equal_tokens_the_lowest_is_taken():
    assert search.greedy(constant([0, 1, 1, 1]), None, START, None, 3).sequences() == [[1, 1, 1]] * 2
    assert search.beam(constant([0, 1, 1, 1]), None, START, None, 3, 1).best().sequences() == [[1, 1, 1]] * 2
    found = search.beam(constant(np.tile([0.0, 1], 500)), None, START, None, 2, 3)
    assert found.tokens[:, 0].tolist() == [[1, 1, 1], [1, 3, 5]]


# ---- Beam search -----------------------------------------------------------------------------------------------------

RULES = {"none": search.no_rule, "mean": search.mean_rule(), "gnmt": search.gnmt_rule()}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


@every_rule
@PROFILE
@given(seed=SEEDS, eos=st.sampled_from([None, 0, 3]), T=st.integers(1, 6))
def test_width_1_is_greedy(rule, seed, eos, T):
    decoder = Decoder(seed)
    greedy = search.greedy(decoder.step, decoder.state, decoder.start, eos, T)
    same(search.beam(decoder.step, decoder.state, decoder.start, eos, T, 1, rule).best(), greedy)


@every_rule
@PROFILE
@given(seed=SEEDS, eos=st.sampled_from([None, 0, 1]), V=st.integers(2, 3), T=st.integers(1, 3))
def test_a_full_width_is_exhaustive(rule, seed, eos, V, T):
    """Every output there is comes back, in the order of its score."""
    decoder = Decoder(seed, B=2, V=V)
    outputs = every_output(V, eos, T)
    beams = search.beam(decoder.step, decoder.state, decoder.start, eos, T, V**T + 1, rule)
    for b in range(2):
        log_p = np.array([decoder.log_p(b, y) for y in outputs])
        scores = rule(log_p, np.array([len(y) for y in outputs]))
        order = np.argsort(-scores)
        got = [
            (*beams.tokens[:n, b, w].tolist(), *([eos] if beams.finished[b, w] else []))
            for w, n in enumerate(beams.lengths[b, : len(outputs)])
        ]
        assert got == [outputs[i] for i in order]
        assert np.allclose(beams.scores[b, : len(outputs)], scores[order], rtol=1e-12, atol=1e-12)
        assert np.allclose(beams.log_p[b, : len(outputs)], log_p[order], rtol=1e-12, atol=1e-12)
        assert (beams.scores[b, len(outputs) :] == -inf).all()
        assert not beams.finished[b, len(outputs) :].any()
    assert math.isclose(np.exp(beams.log_p[0]).sum(), 1, rel_tol=1e-12), "one of them it must be"


@every_rule
@PROFILE
@given(seed=SEEDS, eos=st.sampled_from([None, 0, 3]), W=st.integers(1, 5), T=st.integers(1, 4))
def test_every_width_equals_a_beam_search_in_plain_python(rule, seed, eos, W, T):
    decoder = Decoder(seed, B=2)
    beams = search.beam(decoder.step, decoder.state, decoder.start, eos, T, W, rule)
    for b in range(2):
        expected = plain_beam(decoder, b, eos, T, W, rule)
        found = np.isfinite(beams.scores[b]).sum()
        assert found == len(expected)
        for w, (score, log_p, y) in enumerate(expected):
            n = beams.lengths[b, w]
            assert (*beams.tokens[:n, b, w].tolist(), *([eos] if beams.finished[b, w] else [])) == y
            assert beams.log_p[b, w] == pytest.approx(log_p, rel=1e-12)
            assert beams.scores[b, w] == pytest.approx(score, rel=1e-12)


def garden_path(state, token):
    """Token 1 is likeliest at first (0.6), but all that follows it is unlikely; token 0 (0.4) is followed surely."""
    p = np.array([[0.4, 0.6, 1e-9], [0.98, 0.01, 0.01], [0.3, 0.3, 0.4]])
    return np.log(p[np.where(state == 0, 0, np.where(token == 0, 1, 2))]), state + 1


def test_a_beam_finds_what_greedy_misses():
    greedy = search.greedy(garden_path, np.zeros(2), START, None, 2)
    beams = search.beam(garden_path, np.zeros(2), START, None, 2, 2)
    assert greedy.sequences() == [[1, 2]] * 2
    assert beams.best().sequences() == [[0, 0]] * 2
    assert np.exp(greedy.log_p).tolist() == pytest.approx([0.24] * 2, rel=1e-6)
    assert np.exp(beams.log_p[0]).tolist() == pytest.approx([0.392, 0.24], rel=1e-6)


def test_the_rule_weighs_length():
    """eos (1) has p = 0.5 at each step: the empty output is likeliest, a strong rule takes the longest."""
    step = constant(np.log([0.5, 0.5]))
    by_rule = [search.beam(step, None, START, 1, 3, 9, rule).best() for rule in (search.no_rule, search.mean_rule(2))]
    assert [found.sequences()[0] for found in by_rule] == [[], [0, 0]]
    lengths = np.array([1, 4, 7])
    assert search.mean_rule()(np.full(3, -8.0), lengths).tolist() == [-8, -2, -8 / 7]
    assert search.gnmt_rule(1)(np.full(3, -8.0), lengths).tolist() == pytest.approx([-8, -8 / 1.5, -4])
    assert search.mean_rule(0)(np.full(3, -8.0), lengths).tolist() == [-8] * 3


def test_an_impossible_token_is_never_found():
    step = constant([0.0, -inf, 0.0])
    beams = search.beam(step, None, START, 2, 3, 20)
    assert not (beams.tokens == 1)[np.isfinite(beams.scores)[None] & (beams.tokens != 2)].any()
    assert np.isfinite(beams.scores).sum(axis=1).tolist() == [4, 4]                      # (), 0, 00 ended; 000 cut off


def test_rows_of_what_has_ended_may_hold_nan():
    """Sequence 1 ends at once; what the decoder gives for it after that is never read."""

    def step(state, token):
        logits = np.where((state == 0) & (np.arange(len(token)) >= len(token) // 2), 9.0, 0.0)[:, None] * [0, 0, 1]
        return np.where((token == 2)[:, None], nan, logits + [0, 1, 0]), state + 1

    found = search.greedy(step, np.zeros(2), START, 2, 3)
    assert found.sequences() == [[1, 1, 1], []]
    same(search.beam(step, np.zeros(2), START, 2, 3, 1).best(), found)
    search.beam(step, np.zeros(2), START, 2, 3, 4)


# ---- Sampling --------------------------------------------------------------------------------------------------------

LOGITS = np.log([[0.5, 0.3, 0.15, 0.05]])


def shares(tokens, V=4):
    return np.bincount(tokens.ravel(), minlength=V) / tokens.size


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_sampling_follows_the_softmax_at_a_temperature(temperature):
    many = np.zeros(20_000, int)
    found = search.sample(constant(LOGITS[0]), None, many, None, 1, np.random.default_rng(0), temperature)
    expected = softmax(LOGITS[0] / temperature)
    assert np.allclose(shares(found.tokens), expected, rtol=0, atol=4 * np.sqrt(0.25 / len(many)))
    assert np.allclose(found.log_p, LOGITS[0][found.tokens[0]], rtol=1e-12)              # under the model itself


def test_sampling_of_the_top_k_and_of_the_nucleus():
    many = np.zeros(20_000, int)
    rng = np.random.default_rng(0)
    for options, expected in [
        ({"k": 2}, [5 / 8, 3 / 8, 0, 0]),
        ({"p": 0.9}, [50 / 95, 30 / 95, 15 / 95, 0]),
        ({"k": 3, "p": 0.6}, [5 / 8, 3 / 8, 0, 0]),
        ({"k": 1, "temperature": 9.0}, [1, 0, 0, 0]),
    ]:
        found = search.sample(constant(LOGITS[0]), None, many, None, 1, rng, **options)
        got = shares(found.tokens)
        assert np.allclose(got, expected, rtol=0, atol=0.015)
        assert not got[np.array(expected) == 0].any()


@PROFILE
@given(seed=SEEDS, eos=st.sampled_from([None, 0]))
def test_sampling_of_one_token_is_greedy_and_so_is_a_temperature_near_0(seed, eos):
    decoder = Decoder(seed)
    arguments = (decoder.step, decoder.state, decoder.start, eos, 5)
    greedy = search.greedy(*arguments)
    for options in ({"k": 1}, {"p": 1e-9}, {"temperature": 1e-300}):
        same(search.sample(*arguments, np.random.default_rng(seed), **options), greedy)


@PROFILE
@given(seed=SEEDS)
def test_sampling_is_repeatable_and_gives_its_log_p(seed):
    decoder = Decoder(seed)
    arguments = (decoder.step, decoder.state, decoder.start, 0, 5)
    found, again = (search.sample(*arguments, np.random.default_rng(seed), temperature=2) for _ in range(2))
    np.testing.assert_equal(found, again)
    for b, y in enumerate(found.sequences()):
        assert found.log_p[b] == pytest.approx(decoder.log_p(b, y + [0] * bool(found.finished[b])), rel=1e-12)


def test_a_token_of_probability_0_is_never_drawn():
    class Zero(np.random.Generator):
        """Draws the lowest and the highest number that a generator gives."""

        def random(self, size):
            return np.array([[0.0], [1 - 2**-53]])

    logits = np.array([[-inf, 0.0, 0.0, -inf]] * 2)
    assert search.draw(Zero(np.random.PCG64()), logits).tolist() == [1, 2]


def test_top_k():
    logits = np.array([[1.0, 3, 2, 3], [5, 5, 5, 5]])
    assert search.top_k(logits, 1).tolist() == [[-inf, 3, -inf, -inf], [5, -inf, -inf, -inf]]
    assert search.top_k(logits, 3).tolist() == [[-inf, 3, 2, 3], [5, 5, 5, -inf]]
    assert np.array_equal(search.top_k(logits, 9), logits)
    assert np.isfinite(search.top_k(np.tile([0.0, 1], 500), 3)).nonzero()[0].tolist() == [1, 3, 5]
    assert search.top_k(logits.astype(np.float32), 2).dtype == np.float32


@pytest.mark.parametrize(
    ("p", "kept"), [(1e-9, [0]), (0.49, [0]), (0.51, [0, 1]), (0.79, [0, 1]), (0.81, [0, 1, 2]), (0.96, [0, 1, 2, 3])]
)
def test_the_nucleus_is_the_fewest_tokens_that_reach_p(p, kept):
    order = np.array([2, 0, 3, 1])                                                       # not sorted by token
    out = search.nucleus(LOGITS[:, order], p)[0]
    assert sorted(order[np.isfinite(out)].tolist()) == kept


def test_the_nucleus_of_equal_tokens_and_of_all():
    assert np.isfinite(search.nucleus(np.zeros(4), 0.5)).tolist() == [True, True, False, False]
    long_tail = np.array([0.0, -80.0, -800.0])
    assert np.array_equal(search.nucleus(long_tail, 1), long_tail)
    assert search.nucleus(long_tail.astype(np.float32), 0.5).dtype == np.float32


# ---- Around all of them ----------------------------------------------------------------------------------------------

def test_inputs_are_never_changed_and_calling_twice_gives_the_same():
    decoder = Decoder(0)
    before = copy.deepcopy((decoder.parts, decoder.state, decoder.start))
    arguments = (decoder.step, decoder.state, decoder.start, 0, 4)
    for call in (lambda: search.greedy(*arguments), lambda: search.beam(*arguments, width=3)):
        np.testing.assert_equal(call(), call())
    np.testing.assert_equal((decoder.parts, decoder.state, decoder.start), before)
    for filtered in (search.top_k, search.nucleus):
        logits = LOGITS.copy()
        filtered(logits, 1)
        assert np.array_equal(logits, LOGITS)


def test_float32_logits_are_summed_in_float64():
    decoder = Decoder(1, dtype=np.float32)
    found = search.beam(decoder.step, decoder.state, decoder.start, 0, 4, 3)
    assert found.log_p.dtype == np.float64
    same(search.beam(decoder.step, decoder.state, decoder.start, 0, 4, 1).best(),
         search.greedy(decoder.step, decoder.state, decoder.start, 0, 4))


# ---- Errors ----------------------------------------------------------------------------------------------------------

FLAT = constant([0.0, 0.0, 0.0])
RNG = np.random.default_rng(0)


def gives(logits, state=None):
    return lambda _, token: (logits, state)


ERRORS = {
    "start a number": (lambda: search.greedy(FLAT, None, 1, 0, 3), "start has shape (); expected (B,), the first"),
    "start empty": (lambda: search.greedy(FLAT, None, START[:0], 0, 3), "start is empty"),
    "start of floats": (lambda: search.greedy(FLAT, None, START + 0.5, 0, 3), "start has dtype float64"),
    "max_length": (lambda: search.greedy(FLAT, None, START, 0, 0), "max_length is 0; expected a whole number"),
    "eos": (lambda: search.greedy(FLAT, None, START, -1, 3), "eos is -1; expected a token, or None"),
    "eos too large": (lambda: search.beam(FLAT, None, START, 3, 3, 2), "eos is 3; expected 0 to 2, as step gives 3"),
    "state": (lambda: search.beam(FLAT, np.zeros((3, 2)), START, 0, 3, 2), "state has shape (3, 2); expected (2, …)"),
    "state inside": (
        lambda: search.greedy(FLAT, State(np.zeros(2), ({"a": np.zeros((1, 2))},)), START, 0, 3),
        "state[1][0]['a'] has shape (1, 2); expected (2, …), one row a sequence",
    ),
    "state a number": (lambda: search.greedy(FLAT, (1.0,), START, 0, 3), "state[0] is a float; expected an array"),
    "state of step": (
        lambda: search.beam(gives(np.zeros((4, 3)), np.zeros((2, 5))), None, START, 0, 3, 2),
        "state of step has shape (2, 5); expected (4, …)",
    ),
    "logits": (lambda: search.beam(gives(np.zeros((2, 3))), None, START, 0, 3, 2), "logits of step has shape (2, 3)"),
    "logits NaN": (
        lambda: search.greedy(gives(np.full((2, 3), nan)), None, START, 0, 3),
        "logits of step[0, 0] is NaN",
    ),
    "logits −inf": (
        lambda: search.greedy(gives(np.full((2, 3), -inf)), None, START, 0, 3),
        "logits of step[0] has the maximum -inf; expected a finite one",
    ),
    "logits inf": (lambda: search.top_k(np.array([0, inf]), 1), "logits has the maximum inf; expected a finite one"),
    "width": (lambda: search.beam(FLAT, None, START, 0, 3, 0), "width is 0; expected a whole number, at least 1"),
    "alpha": (lambda: search.mean_rule(-1), "alpha is -1; expected 0 or more"),
    "gnmt alpha": (lambda: search.gnmt_rule(nan), "alpha is nan; expected 0 or more"),
    "rule NaN": (lambda: search.beam(FLAT, None, START, 0, 3, 2, lambda p, n: p * nan), "result of rule[0] is NaN"),
    "rule's shape": (lambda: search.beam(FLAT, None, START, 0, 3, 2, lambda p, n: p[0]), "result of rule has shape ()"),
    "rng": (lambda: search.sample(FLAT, None, START, 0, 3, 7), "rng is a int; expected a numpy.random.Generator"),
    "temperature": (
        lambda: search.sample(FLAT, None, START, 0, 3, RNG, 0),
        "temperature is 0; expected above 0 (for the limit 0, see greedy)",
    ),
    "temperature inf": (lambda: search.sample(FLAT, None, START, 0, 3, RNG, inf), "temperature is inf; expected"),
    "k": (lambda: search.sample(FLAT, None, START, 0, 3, RNG, k=0), "k is 0; expected a whole number, at least 1"),
    "p": (lambda: search.sample(FLAT, None, START, 0, 3, RNG, p=0), "p is 0; expected above 0, at most 1"),
    "p above 1": (lambda: search.nucleus(LOGITS, 90), "p is 90; expected above 0, at most 1"),
    "draw": (lambda: search.draw(RNG, np.zeros(3)), "logits has shape (3,); expected (B, V)"),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS)
def test_errors(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
