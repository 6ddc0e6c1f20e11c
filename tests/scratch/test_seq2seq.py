"""The encoder-decoder, three ways: every way to hand over, cell by cell; searching; teacher forcing."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from three_ways import PROFILE, RECURRENT, assert_close

from rnnbook.scratch import (
    bidirectional,
    gru,
    learned_start,
    losses,
    lstm,
    relu_rnn,
    rnn,
    search,
    seq2seq,
    stacked,
    weights,
)
from rnnbook.scratch.gradients import directional_derivative
from rnnbook.scratch.seq2seq import states

pytestmark = pytest.mark.slow

FEW = settings(PROFILE, max_examples=6)
WAYS = {                                                   # every way to hand over
    "initial": {"context": "initial"},
    "initial, transformed": {"context": "initial", "transform": True},
    "every step": {"context": "every_step"},
    "every step, transformed": {"context": "every_step", "transform": True},
    "dot": {"context": "attention", "attention": "dot"},
    "scaled dot": {"context": "attention", "attention": "scaled_dot"},
    "additive": {"context": "attention", "attention": "additive"},
    "additive, transformed": {"context": "attention", "attention": "additive", "transform": True},
}
every_way = pytest.mark.parametrize("way", WAYS)
every_cell = pytest.mark.parametrize("cell", RECURRENT)


# ---- Cases -----------------------------------------------------------------------------------------------------------

@dataclass
class Case:
    model: seq2seq.Seq2Seq
    params: dict
    source: np.ndarray          # int (S, B)
    targets_in: np.ndarray      # int (T, B)
    source_lengths: np.ndarray | None
    target_lengths: np.ndarray | None
    dlogits: np.ndarray

    @property
    def given(self):
        return self.source, self.targets_in, self.source_lengths, self.target_lengths

    @property
    def mask(self):
        T, B = self.targets_in.shape
        ends = np.full(B, T) if self.target_lengths is None else self.target_lengths
        return (np.arange(T)[:, None] < ends)[..., None]


def case(encoder, decoder, way, S=4, T=3, B=3, seed=0, source_lengths=None, target_lengths=None, dtype=np.float64):
    model = seq2seq.of(encoder, decoder, **WAYS[way])
    rng = np.random.default_rng(seed)
    params = weights.mapped(lambda p: p.astype(dtype), model.init(rng, 5, 6, 2, 3))
    ends = [None if n is None else np.asarray(n) for n in (source_lengths, target_lengths)]
    source, targets_in = rng.integers(0, 5, (S, B)), rng.integers(0, 6, (T, B))
    return Case(model, params, source, targets_in, *ends, rng.standard_normal((T, B, 6)).astype(dtype))


@st.composite
def cases(draw, encoder, decoder, way):
    """S = 1, T = 1, B = 1; ragged on either side or not."""
    S, T, B = (draw(st.integers(1, 3)) for _ in range(3))
    ends = [draw(st.none() | st.lists(st.integers(1, n), min_size=B, max_size=B)) for n in (S, T)]
    return case(encoder, decoder, way, S, T, B, draw(st.integers(0, 2**32 - 1)), *ends)


def by_hand(c: Case):
    logits, cache = c.model.forward(c.params, *c.given)
    return {"logits": np.where(c.mask, logits, 0)} | weights.flat(c.model.backward(cache, c.dlogits))


def assert_equals_differences(c: Case, eps: float = 1e-3):
    """In every parameter the derivative along a random direction and along one entry, to 1e-7."""
    def loss():
        return float((c.model.forward(c.params, *c.given)[0] * np.where(c.mask, c.dlogits, 0)).sum())

    rng = np.random.default_rng(0)
    grads, params = by_hand(c), weights.flat(c.params)
    for name, p in params.items():
        entry = np.zeros(p.size)
        entry[rng.integers(p.size)] = 1
        for direction in (rng.standard_normal(p.shape) / np.sqrt(p.size), entry.reshape(p.shape)):
            expected = np.array(directional_derivative(loss, p, direction, eps))
            assert_close({name: np.array((grads[name] * direction).sum())}, {name: expected}, 1e-7)


# ---- The same in PyTorch: step by step, with its cells ---------------------------------------------------------------

def run(cell, twin, x, state, lengths):
    """hs, last of a twin over x (T, B, D), one step a call; states are lists of (B, H)."""
    hs = []
    for t in range(len(x)):
        joined = tuple(s[None] for s in state)
        packed = torch.nn.utils.rnn.pack_padded_sequence(x[t : t + 1], torch.ones(x.shape[1], dtype=torch.long))
        _, last = twin(packed, joined if len(joined) > 1 else joined[0])
        new = [s[0] for s in (last if isinstance(last, tuple) else (last,))]
        real = (torch.tensor(lengths) > t)[:, None]
        state = [torch.where(real, n, s) for n, s in zip(new, state, strict=True)]
        hs.append(state[0] * real)
    return torch.stack(hs), state


def by_autograd(name: str, way: str, c: Case):
    """`name` is the cell of both sides."""
    cell, options = RECURRENT[name], WAYS[way]
    encoder, decoder = cell.to_torch(c.params["encoder"]), cell.to_torch(c.params["decoder"])
    p = weights.mapped(lambda a: torch.tensor(a, requires_grad=True),
                       {part: c.params[part] for part in c.params if part not in ("encoder", "decoder")})
    (S, B), T = c.source.shape, len(c.targets_in)
    source_lengths = np.full(B, S) if c.source_lengths is None else c.source_lengths
    target_lengths = np.full(B, T) if c.target_lengths is None else c.target_lengths
    H, n = c.params["encoder"]["W_hh"].shape[1], 2 if "lstm" in name else 1
    zeros = [torch.zeros(B, H, dtype=p["output"]["W_hy"].dtype)] * n

    memory, last = run(cell, encoder, p["source"]["W_emb"][c.source], zeros, source_lengths)
    context = torch.cat(last, dim=-1)
    if "context" in p:
        context = torch.tanh(context @ p["context"]["W_hy"].T + p["context"]["b_y"])
    state = zeros if options["context"] == "every_step" else list(context.split(H, dim=-1))
    x, rows = p["target"]["W_emb"][c.targets_in], []
    real = torch.tensor(np.arange(S)[:, None] < source_lengths)
    for t in range(T):
        ctx = context[:, :0] if options["context"] == "initial" else context
        if options["context"] == "attention":
            a = p["attention"]
            scores = ((memory * state[0]).sum(-1) if not a
                      else torch.tanh(state[0] @ a["W_qa"].T + memory @ a["W_ka"].T) @ a["v_a"])
            scores = scores / (H**0.5 if options["attention"] == "scaled_dot" else 1)
            alpha = torch.softmax(scores.masked_fill(~real, -torch.inf), dim=0)                  # (S, B)
            ctx = (alpha[..., None] * memory).sum(0)
        hs, state = run(cell, decoder, torch.cat([x[t], ctx], dim=-1)[None], state, target_lengths - t)
        rows.append(torch.cat([hs[0], ctx], dim=-1) @ p["output"]["W_hy"].T + p["output"]["b_y"])
    logits = torch.stack(rows) * torch.tensor(c.mask)
    logits.backward(torch.tensor(c.dlogits))

    def grad(tensor):
        return (torch.zeros_like(tensor) if tensor.grad is None else tensor.grad).numpy()

    grads = weights.flat(weights.mapped(grad, p))
    for side, twin in [("encoder", encoder), ("decoder", decoder)]:
        grads |= {f"{side}.{key}": g.numpy() for key, g in cell.grads(twin).items()}
    return {"logits": logits.detach().numpy()} | grads


# ---- Three ways ------------------------------------------------------------------------------------------------------

@every_way
@FEW
@given(data=st.data())
def test_against_numerical_gradient(way, data):
    c = data.draw(cases(gru, gru, way))
    assert_equals_differences(c)


@every_cell
@every_way
@FEW
@given(data=st.data())
def test_against_pytorch(cell, way, data):
    module = RECURRENT[cell].module
    c = data.draw(cases(module, module, way))
    assert_close(by_hand(c), by_autograd(cell, way, c), 1e-10)


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
@every_way
def test_against_pytorch_in_float32(cell, way):
    module = RECURRENT[cell].module
    c = case(module, module, way, source_lengths=[4, 1, 2], target_lengths=[1, 3, 2], dtype=np.float32)
    assert_close(by_hand(c), by_autograd(cell, way, c), 1e-5)


MIXED = {
    "bidirectional encoder, stacked decoder": (bidirectional.of(gru), stacked.of(lstm)),
    "stacked encoder, one cell": (stacked.of(bidirectional.of(rnn)), gru),
    "residual decoder": (lstm, stacked.of(gru, residual=True)),
    "learned starts": (learned_start.of(lstm), learned_start.of(rnn)),
    "ReLU": (relu_rnn, lstm),
}


@pytest.mark.parametrize("pair", MIXED)
@pytest.mark.parametrize("way", [way for way in WAYS if "transformed" in way])
def test_any_two_layers_fit(pair, way):
    c = case(*MIXED[pair], way, source_lengths=[4, 1, 2], target_lengths=[1, 3, 2])
    assert_equals_differences(c, 1e-6 if pair == "ReLU" else 1e-3)


def test_a_learned_start_learns_where_the_decoder_starts_in_it():
    c = case(gru, learned_start.of(gru), "every step")
    assert by_hand(c)["decoder.h_0"].any()
    c = case(gru, learned_start.of(gru), "initial, transformed")
    assert not by_hand(c)["decoder.h_0"].any()


# ---- Invariants ------------------------------------------------------------------------------------------------------

@every_way
def test_padding_never_matters_and_each_sequence_is_as_if_alone(way):
    c = case(lstm, lstm, way, source_lengths=[4, 1, 2], target_lengths=[1, 3, 2])
    expected = by_hand(c)
    ends = np.arange(4)[:, None] < c.source_lengths, c.mask[..., 0]
    source, targets_in = (np.where(real, x, 999) for real, x in zip(ends, (c.source, c.targets_in), strict=True))
    dlogits = np.where(c.mask, c.dlogits, np.nan)
    with np.errstate(all="raise"):
        got = by_hand(replace(c, source=source, targets_in=targets_in, dlogits=dlogits))
    np.testing.assert_equal(got, expected)

    total = dict.fromkeys(weights.flat(c.params), 0.0)
    for b in range(3):
        S, T = c.source_lengths[b], c.target_lengths[b]
        one = replace(c, source=c.source[:S, b : b + 1], targets_in=c.targets_in[:T, b : b + 1],
                      dlogits=c.dlogits[:T, b : b + 1], source_lengths=None, target_lengths=None)
        alone = by_hand(one)
        np.testing.assert_allclose(expected["logits"][:T, b], alone["logits"][:, 0], rtol=0, atol=1e-12)
        total = {name: total[name] + alone[name] for name in total}
    for name in total:
        np.testing.assert_allclose(expected[name], total[name], rtol=0, atol=1e-12)


@pytest.mark.parametrize(("layers", "way"), [
    *((pair, way) for pair in [(gru, gru), (lstm, lstm)] for way in WAYS),
    *((MIXED["bidirectional encoder, stacked decoder"], way) for way in WAYS if "transform" in WAYS[way]),
])
def test_writing_token_by_token_gives_the_logits_of_teacher_forcing(layers, way):
    c = case(*layers, way, source_lengths=[4, 1, 2])
    logits, _ = c.model.forward(c.params, *c.given)
    state = c.model.start(c.params, c.source, c.source_lengths)
    for t, token in enumerate(c.targets_in):
        row, state = c.model.step(c.params, state, token)
        np.testing.assert_allclose(row, logits[t], rtol=0, atol=1e-12)


@every_way
def test_search_takes_the_model(way):
    c = case(gru, gru, way, source_lengths=[4, 1, 2])

    def step(state, token):
        return c.model.step(c.params, state, token)

    def begin(rows=slice(None)):
        return c.model.start(c.params, c.source[:, rows], c.source_lengths[rows])

    found = search.greedy(step, begin(), np.zeros(3, int), None, 5)
    inputs = np.concatenate([np.zeros((1, 3), int), found.tokens[:-1]])
    logits, _ = c.model.forward(c.params, c.source, inputs, c.source_lengths)
    np.testing.assert_array_equal(found.tokens, logits.argmax(axis=-1))
    beams = search.beam(step, begin(), np.zeros(3, int), 1, 4, 3)
    for b in range(3):
        alone = search.beam(step, begin(slice(b, b + 1)), np.zeros(1, int), 1, 4, 3)
        np.testing.assert_allclose(alone.log_p[0], beams.log_p[b], rtol=0, atol=1e-10)


@every_way
def test_the_source_is_read_and_the_future_is_not(way):
    c = case(gru, gru, way)
    logits, _ = c.model.forward(c.params, *c.given)
    other, _ = c.model.forward(c.params, (c.source + 1) % 5, c.targets_in)
    assert (np.abs(other - logits).max(axis=(1, 2)) > 1e-6).all()
    later = c.targets_in.copy()
    later[2] = (later[2] + 1) % 6
    again, _ = c.model.forward(c.params, c.source, later)
    np.testing.assert_array_equal(again[:2], logits[:2])
    assert np.abs(again[2] - logits[2]).max() > 1e-6


def test_a_state_that_grows_does_not_grow_in_the_pads():
    for way in WAYS:
        c = case(relu_rnn, relu_rnn, way, T=12, target_lengths=[2, 1, 2])
        c.params["decoder"]["W_hh"][...] = 1e60
        with np.errstate(over="raise", invalid="raise"):
            assert all(np.isfinite(array).all() for array in by_hand(replace(c, dlogits=1e-60 * c.dlogits)).values())


def test_alpha_is_kept_for_the_map():
    c = case(gru, gru, "additive", source_lengths=[4, 1, 2])
    _, cache = c.model.forward(c.params, *c.given)
    assert cache.alpha.shape == (3, 4, 3)
    np.testing.assert_allclose(cache.alpha.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert (cache.alpha[:, 1:, 1] == 0).all()
    c = case(gru, gru, "initial")
    assert c.model.forward(c.params, *c.given)[1].alpha is None


def test_inputs_are_never_changed_and_backward_may_run_twice():
    for way in WAYS:
        c = case(lstm, lstm, way, source_lengths=[4, 1, 2], target_lengths=[1, 3, 2])
        before = copy.deepcopy((c.params, c.given, c.dlogits))
        _, cache = c.model.forward(c.params, *c.given)
        np.testing.assert_equal(c.model.backward(cache, c.dlogits), c.model.backward(cache, c.dlogits))
        np.testing.assert_equal((c.params, c.given, c.dlogits), before)


def test_it_learns_to_reverse():
    """Two symbols, by plain gradient steps: the loss falls below a tenth of what guessing gives."""
    rng = np.random.default_rng(0)
    model = seq2seq.of(gru, gru, context="attention")
    params = model.init(rng, 4, 6, 8, 16)
    source = np.array([[a, b] for a in range(4) for b in range(4)]).T                        # (2, 16)
    inputs, outputs, lengths = seq2seq.teacher_forced(source[::-1], bos=4, eos=5)
    for _ in range(150):
        logits, cache = model.forward(params, source, inputs, None, lengths)
        loss, dlogits = losses.cross_entropy(logits, outputs)
        params = weights.mapped(lambda p, g: p - 1.0 * g, params, model.backward(cache, dlogits))
    assert loss < 0.1 * np.log(6)
    found = search.greedy(lambda state, token: model.step(params, state, token), model.start(params, source),
                          np.full(16, 4), 5, 4)
    assert found.sequences() == source[::-1].T.tolist()


# ---- Teacher forcing and states --------------------------------------------------------------------------------------

def test_teacher_forced():
    inputs, outputs, lengths = seq2seq.teacher_forced(np.array([[7, 8], [9, 55]]), 1, 2, np.array([2, 1]))
    assert inputs.T.tolist() == [[1, 7, 9], [1, 8, 2]]
    assert outputs.T.tolist() == [[7, 9, 2], [8, 2, 2]]
    assert lengths.tolist() == [3, 2]


def test_states_join_and_split():
    rng = np.random.default_rng(0)
    layer = stacked.of(lstm, layers=2)
    _, state, _ = layer.forward(layer.init(rng, 2, 3), rng.standard_normal((2, 4, 2)))
    joined = states.join(state)
    assert joined.shape == (4, 12)
    back = states.split(joined, state)
    assert isinstance(back[1], lstm.LSTMState)
    np.testing.assert_equal(back, state)
    assert states.hidden(state) is state[1].h
    added = states.plus_hidden(state, np.ones((4, 3)))
    np.testing.assert_allclose(states.join(added) - joined, np.tile(np.repeat([0, 0, 1, 0], 3), (4, 1)))


# ---- Errors ----------------------------------------------------------------------------------------------------------

C = case(gru, gru, "additive")
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: seq2seq.of(gru, gru, context="mean"), "context is 'mean'; expected one of initial, every_step, attention"),
    (lambda: seq2seq.of(gru, gru, attention="cosine"), "attention is 'cosine'; expected one of dot, scaled_dot, addit"),
    (lambda: seq2seq.of(gru, bidirectional.of(gru)), "decoder has no step; expected a layer that runs from left to"),
    (lambda: seq2seq.of(lstm, gru).init(RNG, 5, 6, 2, 3), "encoder ends in a state LSTMState(3, 3) and decoder has "
                                                          "states 3; expected the same without transform=True"),
    (lambda: seq2seq.of(bidirectional.of(gru), gru).init(RNG, 5, 6, 2, 3), "encoder ends in a state (3, 3) and"),
    (lambda: C.model.init(RNG, 0, 6, 2, 3), "V_source is 0; expected a whole number, at least 1"),
    (lambda: C.model.forward({}, *C.given), "params has no 'source'; it needs source, encoder, target"),
    (lambda: C.model.forward(C.params | {"decoder": {}}, *C.given), "params has no 'W_xh'"),
    (lambda: C.model.forward(C.params, C.source + 5, C.targets_in), "source: tokens[0, 0] is "),
    (lambda: C.model.forward(C.params, C.source, C.targets_in - 6), "target: tokens[0, 0] is -"),
    (lambda: C.model.forward(C.params, C.source[0], C.targets_in), "source: source has shape (3,); expected (T, B)"),
    (lambda: C.model.forward(C.params, C.source[:0], C.targets_in), "source: source has shape (0, 3); expected (T, B)"),
    (lambda: C.model.forward(C.params, C.source, C.targets_in[:, :2]), "targets_in has 2 sequences; expected 3"),
    (lambda: C.model.forward(C.params, C.source, C.targets_in, np.array([5, 1, 1])), "source: lengths[0] is 5; "),
    (lambda: C.model.forward(C.params, C.source, C.targets_in, None, np.array([0, 1, 1])), "target: lengths[0] is 0"),
    (lambda: C.model.backward(C.model.forward(C.params, *C.given)[1], C.dlogits[:2]), "dlogits has shape (2, 3, 6); "),
    (lambda: seq2seq.teacher_forced(np.ones(3, int), 1, 2), "targets has shape (3,) and dtype int64; expected"),
    (lambda: seq2seq.teacher_forced(np.ones((3, 1), int), -1, 2), "bos is -1; expected a token, 0 or more"),
    (lambda: seq2seq.teacher_forced(np.ones((3, 1), int), 1, 2, np.array([4])), "lengths[0] is 4; expected 1 to 3"),
])
def test_errors(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
