"""The conditional random field: its gradients three ways, its sums against every path written out, its edges."""

from __future__ import annotations

import copy
import itertools
import math
import re
import warnings
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from three_ways import PROFILE, assert_close

from rnnbook.scratch import crf
from rnnbook.scratch.gradients import numerical_gradient

inf, nan = float("inf"), float("nan")


@dataclass(frozen=True)
class Case:
    params: dict
    emissions: np.ndarray       # (T, B, K)
    tags: np.ndarray            # (T, B)
    lengths: np.ndarray | None

    @property
    def ends(self) -> np.ndarray:
        T, B, _ = self.emissions.shape
        return np.full(B, T) if self.lengths is None else self.lengths

    @property
    def mask(self) -> np.ndarray:
        return np.arange(len(self.tags))[:, None] < self.ends

    def one(self, b) -> Case:
        """Sequence b alone, without pads."""
        end = self.ends[b]
        return Case(self.params, self.emissions[:end, b : b + 1], self.tags[:end, b : b + 1], None)

    def astype(self, dtype) -> Case:
        params = {name: p.astype(dtype) for name, p in self.params.items()}
        return replace(self, params=params, emissions=self.emissions.astype(dtype))


def case(T, B, K, seed=0, lengths=None) -> Case:
    rng = np.random.default_rng(seed)
    params = {name: rng.standard_normal(p.shape) for name, p in crf.init(rng, K).items()}
    emissions = 2 * rng.standard_normal((T, B, K))
    return Case(params, emissions, rng.integers(0, K, (T, B)), None if lengths is None else np.asarray(lengths))


@st.composite
def cases(draw) -> Case:
    """Few enough paths to write out: at most 4⁴. T = 1, B = 1 and K = 1 among them, ragged or not."""
    T, B, K = (draw(st.integers(1, most)) for most in (4, 3, 4))
    lengths = draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    return case(T, B, K, draw(st.integers(0, 2**32 - 1)), lengths)


def paths(c: Case) -> tuple[np.ndarray, np.ndarray]:
    """Every path of the only sequence of `c`, (N, T), and its score, (N,): the definition, term by term."""
    T, _, K = c.emissions.shape
    every = list(itertools.product(range(K), repeat=T))
    scores = []
    for path in every:
        score = c.params["start"][path[0]] + c.params["stop"][path[-1]]
        score += sum(c.emissions[t, 0, k] for t, k in enumerate(path))
        score += sum(c.params["transitions"][i, j] for i, j in itertools.pairwise(path))
        scores.append(score)
    return np.array(every), np.array(scores)


# ---- Against every path ----------------------------------------------------------------------------------------------

@PROFILE
@given(c=cases())
def test_everything_equals_its_definition_over_all_paths(c):
    log_Z = crf.log_partition(c.params, c.emissions, c.lengths)
    p = crf.marginals(c.params, c.emissions, c.lengths)
    best, best_score = crf.viterbi(c.params, c.emissions, c.lengths)
    right_score = crf.score(c.params, c.emissions, c.tags, c.lengths)
    loss, _, _ = crf.loss(c.params, c.emissions, c.tags, c.lengths)
    losses = []
    K = c.emissions.shape[-1]
    for b, end in enumerate(c.ends):
        every, scores = paths(c.one(b))
        Z = np.exp(scores).sum()
        assert log_Z[b] == pytest.approx(math.log(Z), rel=1e-12, abs=1e-12)
        shares = np.exp(scores) / Z
        for t in range(end):
            expected = [shares[every[:, t] == k].sum() for k in range(K)]
            assert np.allclose(p[t, b], expected, rtol=0, atol=1e-12)
        assert best[:end, b].tolist() == every[scores.argmax()].tolist()
        assert best_score[b] == pytest.approx(scores.max(), rel=1e-12)
        right = (every == c.tags[:end, b]).all(axis=1)
        assert right_score[b] == pytest.approx(scores[right].item(), rel=1e-12, abs=1e-12)
        losses.append(-math.log(shares[right].item()))
    assert loss == pytest.approx(np.mean(losses), rel=1e-11, abs=1e-11)


@PROFILE
@given(c=cases())
def test_marginals_sum_to_one_at_real_steps_and_are_zero_in_the_pads(c):
    p = crf.marginals(c.params, c.emissions, c.lengths)
    assert (p >= 0).all()
    assert np.allclose(p.sum(axis=-1), c.mask, rtol=0, atol=1e-12)
    assert not p[~c.mask].any()


# ---- The gradient, three ways ----------------------------------------------------------------------------------------

def torch_loss(params, emissions, tags, lengths) -> torch.Tensor:
    """The same function in PyTorch, one sequence at a time, for autograd."""
    total = 0
    for b, end in enumerate(lengths):
        e, y = emissions[:end, b], tags[:end, b]
        score = params["start"][y[0]] + params["stop"][y[-1]] + e[torch.arange(int(end)), y].sum()
        score = score + params["transitions"][y[:-1], y[1:]].sum()
        alpha = params["start"] + e[0]
        for e_t in e[1:]:
            alpha = torch.logsumexp(alpha[:, None] + params["transitions"], dim=0) + e_t
        total = total + torch.logsumexp(alpha + params["stop"], dim=0) - score
    return total / len(lengths)


@PROFILE
@given(c=cases())
def test_gradients_equal_numerical_gradients(c):
    def loss():
        return crf.loss(c.params, c.emissions, c.tags, c.lengths)[0]

    _, demissions, grads = crf.loss(c.params, c.emissions, c.tags, c.lengths)
    expected = {name: numerical_gradient(loss, p) for name, p in c.params.items()}
    expected["emissions"] = numerical_gradient(loss, c.emissions)
    assert_close(grads | {"emissions": demissions}, expected, 1e-7)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-5)])
@PROFILE
@given(c=cases())
def test_loss_and_gradients_equal_pytorch(dtype, tolerance, c):
    c = c.astype(dtype)
    loss, demissions, grads = crf.loss(c.params, c.emissions, c.tags, c.lengths)
    params = {name: torch.tensor(p, requires_grad=True) for name, p in c.params.items()}
    emissions = torch.tensor(c.emissions, requires_grad=True)
    expected = torch_loss(params, emissions, torch.tensor(c.tags), c.ends)
    expected.backward()
    assert isinstance(loss, float)
    assert loss == pytest.approx(expected.item(), rel=tolerance, abs=tolerance)
    wanted = {name: np.zeros_like(c.params[name]) if p.grad is None else p.grad.numpy() for name, p in params.items()}
    assert_close(grads | {"emissions": demissions}, wanted | {"emissions": emissions.grad.numpy()}, tolerance)


@PROFILE
@given(c=cases())
def test_the_gradient_of_log_Z_is_the_marginals(c):
    numerical = numerical_gradient(lambda: crf.log_partition(c.params, c.emissions, c.lengths).sum(), c.emissions)
    marginals = crf.marginals(c.params, c.emissions, c.lengths)
    assert_close({"dlog_Z": marginals}, {"dlog_Z": numerical}, 1e-7)


# ---- Padding ---------------------------------------------------------------------------------------------------------

@PROFILE
@given(c=cases())
def test_a_padded_batch_equals_one_by_one_and_never_reads_its_pads(c):
    B = c.emissions.shape[1]
    poisoned = np.where(c.mask[..., None], c.emissions, nan)
    tags = np.where(c.mask, c.tags, -100)
    log_Z = crf.log_partition(c.params, poisoned, c.lengths)
    marginals = crf.marginals(c.params, poisoned, c.lengths)
    best, best_score = crf.viterbi(c.params, poisoned, c.lengths)
    score = crf.score(c.params, poisoned, tags, c.lengths)
    loss, demissions, grads = crf.loss(c.params, poisoned, tags, c.lengths)
    total, total_grads = 0.0, {name: np.zeros_like(p) for name, p in c.params.items()}
    for b, end in enumerate(c.ends):
        one = c.one(b)
        close = {"rtol": 1e-12, "atol": 1e-12}
        assert np.allclose(log_Z[b], crf.log_partition(one.params, one.emissions)[0], **close)
        assert np.allclose(score[b], crf.score(one.params, one.emissions, one.tags)[0], **close)
        assert np.allclose(marginals[:end, b], crf.marginals(one.params, one.emissions)[:, 0], **close)
        one_best, one_best_score = crf.viterbi(one.params, one.emissions)
        assert np.array_equal(best[:end, b], one_best[:, 0])
        assert np.allclose(best_score[b], one_best_score[0], **close)
        one_loss, one_demissions, one_grads = crf.loss(one.params, one.emissions, one.tags)
        assert np.allclose(demissions[:end, b], one_demissions[:, 0] / B, **close)
        total += one_loss / B
        total_grads = {name: g + one_grads[name] / B for name, g in total_grads.items()}
    assert loss == pytest.approx(total, rel=1e-12, abs=1e-12)
    assert_close(grads, total_grads, 1e-12)
    assert not demissions[~c.mask].any()
    assert not best[~c.mask].any()


# ---- Values known by hand --------------------------------------------------------------------------------------------

def zeros(K):
    return {"transitions": np.zeros((K, K)), "start": np.zeros(K), "stop": np.zeros(K)}


def test_without_scores_every_path_is_as_likely():
    emissions = np.zeros((3, 2, 4))
    assert np.allclose(crf.log_partition(zeros(4), emissions), 3 * math.log(4), rtol=1e-14)
    assert np.allclose(crf.marginals(zeros(4), emissions), 1 / 4, rtol=1e-14)
    loss, _, _ = crf.loss(zeros(4), emissions, np.zeros((3, 2), int), np.array([3, 1]))
    assert loss == pytest.approx((3 + 1) / 2 * math.log(4), rel=1e-14)


def test_without_transitions_it_is_a_softmax_at_each_step():
    emissions = np.random.default_rng(0).standard_normal((5, 2, 3))
    e = np.exp(emissions)
    assert np.allclose(crf.marginals(zeros(3), emissions), e / e.sum(axis=-1, keepdims=True), rtol=1e-13)
    assert np.array_equal(crf.viterbi(zeros(3), emissions)[0], emissions.argmax(axis=-1))


def test_a_transition_is_read_from_row_to_column():
    params = zeros(2)
    params["transitions"][0, 1] = 5
    tags, score = crf.viterbi(params, np.zeros((2, 1, 2)))
    assert tags[:, 0].tolist() == [0, 1]
    assert score[0] == 5


def test_viterbi_is_not_greedy():
    """Tag 1 is best at step 1, but leads nowhere good."""
    params = zeros(2) | {"transitions": np.array([[0.0, 0], [-9, -9]])}
    emissions = np.array([[[0.0, 1]], [[0.0, 2]]])
    tags, score = crf.viterbi(params, emissions)
    assert tags[:, 0].tolist() == [0, 1]
    assert score[0] == 2


def test_of_equal_paths_viterbi_takes_the_lowest_tags():
    assert not crf.viterbi(zeros(3), np.zeros((4, 2, 3)))[0].any()


# ---- At the edges ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_large_scores_neither_overflow_nor_warn(dtype, scale):
    c = case(6, 3, 4, lengths=[6, 1, 3]).astype(dtype)
    params = {name: p * dtype(1e4) for name, p in c.params.items()}
    big = replace(c, emissions=c.emissions * dtype(scale), params=params)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log_Z = crf.log_partition(big.params, big.emissions, big.lengths)
        p = crf.marginals(big.params, big.emissions, big.lengths)
        best, best_score = crf.viterbi(big.params, big.emissions, big.lengths)
        loss, demissions, grads = crf.loss(big.params, big.emissions, big.tags, big.lengths)
    assert np.allclose(log_Z, best_score, rtol=1e-6)                                # one path takes it all
    assert np.allclose(p.sum(axis=-1), big.mask, rtol=0, atol=1e-6)
    assert np.allclose(p, big.mask[..., None] & (best[..., None] == np.arange(4)), rtol=0, atol=1e-6)
    assert np.isfinite(loss)
    assert loss > 1e3
    assert all(np.isfinite(array).all() for array in [demissions, *grads.values()])


def test_a_common_shift_of_the_emissions_changes_nothing_but_log_Z():
    c = case(5, 2, 3)
    shifted = replace(c, emissions=c.emissions + 1e4)
    more = crf.log_partition(shifted.params, shifted.emissions) - crf.log_partition(c.params, c.emissions)
    assert np.allclose(more, 5e4, rtol=1e-12)
    assert crf.loss(shifted.params, shifted.emissions, c.tags)[0] == pytest.approx(
        crf.loss(c.params, c.emissions, c.tags)[0], rel=1e-9
    )


LABELS = ["O", "B-a", "I-a", "B-b", "I-b"]


def test_bio_rules():
    rules = crf.bio_rules(LABELS)
    allowed = {(LABELS[i], LABELS[j]) for i, j in np.argwhere(rules["transitions"] == 0)}
    assert {b for a, b in allowed if a == "O"} == {"O", "B-a", "B-b"}
    assert {b for a, b in allowed if a == "B-a"} == {"O", "B-a", "I-a", "B-b"}
    assert {b for a, b in allowed if a == "I-b"} == {"O", "B-a", "B-b", "I-b"}
    assert rules["transitions"].min() == -inf
    assert rules["start"].tolist() == [0, 0, -inf, 0, -inf]
    assert not rules["stop"].any()
    assert crf.bio_rules(["O", "I-"])["transitions"].tolist() == [[0, -inf], [0, 0]]       # a type without a name


@PROFILE
@given(seed=st.integers(0, 2**32 - 1))
def test_forbidden_transitions_are_never_taken(seed):
    """−inf in the parameters: every sum is over the paths that are left, without a warning or a NaN."""
    c = case(4, 1, 5, seed)
    rules = crf.bio_rules(LABELS)
    params = {name: p + rules[name] for name, p in c.params.items()}
    every, scores = paths(replace(c, params=params))
    right = every[np.argsort(-scores)[1]]                                           # the second best path
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert crf.log_partition(params, c.emissions)[0] == pytest.approx(math.log(np.exp(scores).sum()), rel=1e-12)
        tags, _ = crf.viterbi(params, c.emissions)
        p = crf.marginals(params, c.emissions)
        loss, demissions, grads = crf.loss(params, c.emissions, right[:, None])
    assert tags[:, 0].tolist() == every[scores.argmax()].tolist()
    assert np.allclose(p.sum(axis=-1), 1)
    assert p[0, 0, 2] == p[0, 0, 4] == 0
    assert loss == pytest.approx(crf.log_partition(params, c.emissions)[0] - np.sort(scores)[-2])
    assert np.isfinite(demissions).all()
    assert not grads["transitions"][rules["transitions"] == -inf].any()


def test_a_forbidden_right_path_costs_inf_and_its_gradients_are_finite():
    params = zeros(2)
    params["transitions"][0, 1] = -inf
    loss, demissions, grads = crf.loss(params, np.zeros((2, 1, 2)), np.array([[0], [1]]))
    assert loss == inf
    assert all(np.isfinite(array).all() for array in [demissions, *grads.values()])
    assert crf.score(params, np.zeros((2, 1, 2)), np.array([[0], [1]]))[0] == -inf


def test_inputs_are_never_changed_and_calling_twice_gives_the_same():
    c = case(5, 3, 4, lengths=[5, 1, 3])
    before = copy.deepcopy(c)
    calls = [
        lambda: crf.log_partition(c.params, c.emissions, c.lengths),
        lambda: crf.marginals(c.params, c.emissions, c.lengths),
        lambda: crf.viterbi(c.params, c.emissions, c.lengths),
        lambda: crf.score(c.params, c.emissions, c.tags, c.lengths),
        lambda: crf.loss(c.params, c.emissions, c.tags, c.lengths),
    ]
    for call in calls:
        np.testing.assert_equal(call(), call())
    np.testing.assert_equal(vars(c), vars(before))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype):
    c = case(5, 3, 4, lengths=[5, 1, 3]).astype(dtype)
    _, demissions, grads = crf.loss(c.params, c.emissions, c.tags, c.lengths)
    arrays = [demissions, *grads.values(), crf.viterbi(c.params, c.emissions)[1]]
    arrays += [f(c.params, c.emissions) for f in (crf.log_partition, crf.marginals)]
    arrays += [crf.score(c.params, c.emissions, c.tags)]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    mixed = crf.loss(c.params, c.emissions.astype(np.float64), c.tags, c.lengths)[1]
    assert mixed.dtype == np.float64


def test_float32_scores_of_a_long_sequence_are_summed_in_float64():
    c = case(3000, 2, 3).astype(np.float32)
    exact = c.astype(np.float64)
    for f in (crf.log_partition, crf.marginals):
        assert np.allclose(f(c.params, c.emissions), f(exact.params, exact.emissions), rtol=1e-7, atol=1e-7)
    scores = [crf.score(x.params, x.emissions, x.tags) for x in (c, exact)]
    assert np.allclose(*scores, rtol=1e-7, atol=0)


def test_init_is_small_and_repeatable():
    first, again, other = (crf.init(np.random.default_rng(seed), 7) for seed in (0, 0, 1))
    assert {name: p.shape for name, p in first.items()} == {"transitions": (7, 7), "start": (7,), "stop": (7,)}
    assert all(np.array_equal(first[name], again[name]) and np.abs(first[name]).max() <= 0.1 for name in first)
    assert not any(np.array_equal(first[name], other[name]) for name in first)


# ---- Errors: T = 3, B = 2, K = 4 -------------------------------------------------------------------------------------

E, Y, P = np.zeros((3, 2, 4)), np.zeros((3, 2), int), zeros(4)


def at(array, index, value):
    changed = array.astype(float)
    changed[index] = value
    return changed


ERRORS = {
    "K": (lambda: crf.init(np.random.default_rng(0), 0), "K is 0; expected a whole number, at least 1"),
    "no start": (lambda: crf.log_partition({"transitions": P["transitions"]}, E), "params has no 'start'"),
    "not square": (
        lambda: crf.log_partition(P | {"transitions": np.zeros((4, 3))}, E),
        "params['transitions'] has shape (4, 3); expected (4, 4)",
    ),
    "stop": (lambda: crf.viterbi(P | {"stop": np.zeros(5)}, E), "params['stop'] has shape (5,); expected (4,)"),
    "params NaN": (lambda: crf.viterbi(P | {"stop": at(E[0, 0], 1, nan)}, E), "params['stop'][1] is NaN"),
    "params inf": (
        lambda: crf.viterbi(P | {"transitions": at(P["transitions"], (1, 2), inf)}, E),
        "params['transitions'][1, 2] is inf; expected a number, or −inf for what is forbidden",
    ),
    "emissions": (lambda: crf.marginals(P, E[..., :3]), "emissions has shape (3, 2, 3); expected (T, B, 4)"),
    "emissions without a batch axis": (lambda: crf.marginals(P, E[:, 0]), "emissions has shape (3, 4)"),
    "emissions of integers": (lambda: crf.marginals(P, E.astype(int)), "emissions has dtype int64"),
    "emissions empty": (lambda: crf.marginals(P, E[:0]), "emissions is empty: shape (0, 2, 4)"),
    "emissions NaN": (lambda: crf.viterbi(P, at(E, (2, 1, 0), nan)), "emissions[2, 1, 0] is NaN"),
    "emissions inf": (lambda: crf.viterbi(P, at(E, (2, 1, 0), inf)), "emissions[2, 1, 0] is inf"),
    "lengths": (lambda: crf.log_partition(P, E, np.array([4, 1])), "lengths[0] is 4; expected 1 to 3"),
    "a length of 0": (lambda: crf.viterbi(P, E, np.array([3, 0])), "lengths[1] is 0; expected 1 to 3"),
    "tags": (lambda: crf.loss(P, E, Y + 4), "tags[0, 0] is 4; expected 0 to 3"),
    "tags ignored": (lambda: crf.loss(P, E, Y - 100), "tags[0, 0] is -100; expected 0 to 3"),
    "tags of the wrong shape": (
        lambda: crf.loss(P, E, Y.T),
        "tags has shape (2, 3); expected (3, 2), that of emissions but for K",
    ),
    "tags of floats": (lambda: crf.score(P, E, E[..., 0]), "tags has dtype float64; expected integers"),
    "no path": (
        lambda: crf.log_partition(P, at(E, (1, 1), -inf)),
        "emissions[:, 1] has no path left: start, transitions, stop and emissions forbid them all",
    ),
    "no best path": (lambda: crf.viterbi(P, at(E, (1, 0), -inf)), "emissions[:, 0] has no path left"),
    "labels": (lambda: crf.bio_rules(["O", "E-a"]), "labels[1] is 'E-a'; expected 'O', 'B-TYPE' or 'I-TYPE'"),
    "labels a string": (lambda: crf.bio_rules("O"), "labels is 'O'; expected a list of tag names"),
}


@pytest.mark.parametrize(("call", "message"), ERRORS.values(), ids=ERRORS)
def test_errors(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
