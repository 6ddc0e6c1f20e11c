"""Weights to PyTorch and back: the same function on both sides."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnbook import convert
from rnnbook.scratch import embedding, gru, linear, lstm, relu_rnn, rnn
from rnnbook.scratch.lstm import LSTMState

RNG = np.random.default_rng(0)
PROFILE = settings(max_examples=20, deadline=None, derandomize=True)
SIZES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**32 - 1))
DTYPES = pytest.mark.parametrize(
    ("dtype", "torch_dtype", "atol"), [(np.float32, torch.float32, 1e-6), (np.float64, torch.float64, 1e-14)]
)

relu = partial(nn.RNN, nonlinearity="relu")
PAIRS = {
    "rnn": (rnn, convert.rnn_to_torch, convert.rnn_from_torch, nn.RNN),
    "relu_rnn": (relu_rnn, convert.relu_rnn_to_torch, convert.relu_rnn_from_torch, relu),
    "lstm": (lstm, convert.lstm_to_torch, convert.lstm_from_torch, nn.LSTM),
    "gru": (gru, convert.gru_to_torch, convert.gru_from_torch, nn.GRU),
    "embedding": (embedding, convert.embedding_to_torch, convert.embedding_from_torch, nn.Embedding),
    "linear": (linear, convert.linear_to_torch, convert.linear_from_torch, nn.Linear),
}


def numpy(tensor):
    return tensor.detach().numpy()


def outputs(module, twin, seed, dtype):
    """The same input through both: two tuples of arrays."""
    rng = np.random.default_rng(seed)
    if isinstance(twin, nn.LSTM):
        x = rng.standard_normal((4, 3, twin.input_size)).astype(dtype)
        h_0, c_0 = rng.standard_normal((2, 3, twin.hidden_size)).astype(dtype)
        output, (h, c) = twin(torch.tensor(x), (torch.tensor(h_0[None]), torch.tensor(c_0[None])))

        def run(params):
            hs, last, _ = module.forward(params, x, LSTMState(h_0, c_0))
            return hs, last.h, last.c

        return run, (numpy(output), numpy(h)[0], numpy(c)[0])
    if isinstance(twin, nn.RNNBase):
        x = rng.standard_normal((4, 3, twin.input_size)).astype(dtype)
        h_0 = rng.standard_normal((3, twin.hidden_size)).astype(dtype)
        output, hidden = twin(torch.tensor(x), torch.tensor(h_0[None]))
        return lambda params: module.forward(params, x, h_0)[:2], (numpy(output), numpy(hidden)[0])
    if isinstance(twin, nn.Embedding):
        x = rng.integers(0, twin.num_embeddings, (4, 3))
        return lambda params: module.forward(params, x)[:1], (numpy(twin(torch.tensor(x))),)
    x = rng.standard_normal((4, 3, twin.in_features)).astype(dtype)
    return lambda params: module.forward(params, x)[:1], (numpy(twin(torch.tensor(x))),)


def assert_same(ours, theirs, dtype, atol):
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=atol)


@DTYPES
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@PROFILE
@given(SIZES)
def test_to_torch_is_the_same_function(pair, dtype, torch_dtype, atol, sizes):
    module, to_torch, from_torch, kind = pair
    params = {n: p.astype(dtype) for n, p in module.init(np.random.default_rng(sizes[2]), *sizes[:2]).items()}
    twin = to_torch(params)
    assert isinstance(twin, kind.func if isinstance(kind, partial) else kind)
    assert {p.dtype for p in twin.parameters()} == {torch_dtype}
    run, theirs = outputs(module, twin, sizes[2], dtype)
    assert_same(run(params), theirs, dtype, atol)
    back = from_torch(twin)
    assert set(back) == set(params)
    assert all(np.array_equal(back[name], params[name]) and back[name].dtype == dtype for name in params)


@DTYPES
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@PROFILE
@given(SIZES)
def test_from_torch_is_the_same_function(pair, dtype, torch_dtype, atol, sizes):
    module, _, from_torch, kind = pair
    torch.manual_seed(sizes[2])
    twin = kind(*sizes[:2], dtype=torch_dtype)
    params = from_torch(twin)
    assert {name: p.shape for name, p in params.items()} == {
        name: p.shape for name, p in module.init(np.random.default_rng(0), *sizes[:2]).items()
    }
    run, theirs = outputs(module, twin, sizes[2], dtype)
    assert_same(run(params), theirs, dtype, atol)


@pytest.mark.parametrize("name", ["rnn", "relu_rnn", "lstm"])
def test_two_biases_become_one_and_one_becomes_two(name):
    _, to_torch, from_torch, kind = PAIRS[name]
    twin = kind(2, 3)
    params = from_torch(twin)
    np.testing.assert_array_equal(params["b_h"], numpy(twin.bias_ih_l0) + numpy(twin.bias_hh_l0))
    again = to_torch(params)
    np.testing.assert_array_equal(numpy(again.bias_ih_l0), params["b_h"])
    assert not again.bias_hh_l0.any()


def test_a_gru_keeps_the_two_biases_of_its_candidate_apart():
    twin = nn.GRU(2, 3)
    b_xh, b_hh = numpy(twin.bias_ih_l0), numpy(twin.bias_hh_l0)
    params = convert.gru_from_torch(twin)
    np.testing.assert_array_equal(params["b_h"], np.concatenate([b_xh[:6] + b_hh[:6], b_xh[6:]]))
    np.testing.assert_array_equal(params["b_hn"], b_hh[6:])
    again = convert.gru_to_torch(params)
    np.testing.assert_array_equal(numpy(again.bias_ih_l0), params["b_h"])
    np.testing.assert_array_equal(numpy(again.bias_hh_l0), np.concatenate([np.zeros(6), params["b_hn"]]))


@pytest.mark.parametrize(("name", "biases"), [
    ("rnn", {"b_h": 3}),
    ("relu_rnn", {"b_h": 3}),
    ("lstm", {"b_h": 12}),
    ("gru", {"b_h": 9, "b_hn": 3}),
    ("linear", {"b_y": 3}),
])
def test_a_module_without_biases_gives_zeros(name, biases):
    module, _, from_torch, kind = PAIRS[name]
    twin = kind(2, 3, bias=False)
    params = from_torch(twin)
    assert {b: params[b].tolist() for b in biases} == {b: [0] * n for b, n in biases.items()}
    run, theirs = outputs(module, twin, 0, np.float32)
    assert_same(run(params), theirs, np.float32, 1e-6)


def test_batch_first_has_the_same_weights():
    twin = nn.RNN(2, 3, batch_first=True)
    x = np.random.default_rng(0).standard_normal((4, 5, 2)).astype(np.float32)                   # (B, T, D)
    hs, _, _ = rnn.forward(convert.rnn_from_torch(twin), x.swapaxes(0, 1))
    np.testing.assert_allclose(hs.swapaxes(0, 1), numpy(twin(torch.tensor(x))[0]), rtol=0, atol=1e-6)


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_nothing_is_shared(pair):
    module, to_torch, from_torch, _ = pair
    params = module.init(np.random.default_rng(0), 3, 4)
    before = {name: p.copy() for name, p in params.items()}
    twin = to_torch(params)
    with torch.no_grad():
        for p in twin.parameters():
            p.fill_(7)
    assert all(np.array_equal(params[name], before[name]) for name in params)
    taken = from_torch(twin)
    for p in taken.values():
        p[...] = 9
    assert all(not (p == 9).any() for p in twin.parameters())


def test_the_new_module_can_be_trained_and_memory_order_does_not_matter():
    params = rnn.init(np.random.default_rng(0), 3, 4)
    twin = convert.rnn_to_torch({name: np.asfortranarray(p)[::1] for name, p in params.items()})
    assert all(p.requires_grad and p.is_leaf for p in twin.parameters())
    assert all(np.array_equal(p, params[name]) for name, p in convert.rnn_from_torch(twin).items())


@pytest.mark.parametrize(("call", "message"), [
    (lambda: convert.rnn_from_torch(nn.LSTM(2, 3)), "module has type LSTM; expected torch.nn.RNN"),
    (lambda: convert.rnn_from_torch(nn.RNNCell(2, 3)), "module has type RNNCell; expected torch.nn.RNN"),
    (lambda: convert.rnn_from_torch({"W_xh": 1}), "module has type dict; expected torch.nn.RNN"),
    (lambda: convert.rnn_from_torch(nn.RNN(2, 3, nonlinearity="relu")), "nonlinearity 'relu'; expected 'tanh'"),
    (lambda: convert.rnn_from_torch(nn.RNN(2, 3, num_layers=2)), "module has num_layers 2; expected 1"),
    (lambda: convert.rnn_from_torch(nn.RNN(2, 3, bidirectional=True)), "module has bidirectional True; expected False"),
    (lambda: convert.rnn_from_torch(nn.RNN(2, 3).half()), "module's weight_ih_l0 has dtype torch.float16; expected"),
    (lambda: convert.rnn_to_torch({"W_xh": np.ones((3, 2))}), "params has no 'W_hh'; it needs W_xh, W_hh, b_h"),
    (
        lambda: convert.rnn_to_torch({"W_xh": np.ones((3, 2)), "W_hh": np.ones((3, 3)), "b_h": np.ones(2)}),
        "params['b_h'] has shape (2,); expected (3,)",
    ),
    (lambda: convert.relu_rnn_from_torch(nn.RNN(2, 3)), "nonlinearity 'tanh'; expected 'relu'"),
    (lambda: convert.relu_rnn_from_torch(nn.GRU(2, 3)), "module has type GRU; expected torch.nn.RNN"),
    (lambda: convert.lstm_from_torch(nn.GRU(2, 3)), "module has type GRU; expected torch.nn.LSTM"),
    (lambda: convert.lstm_from_torch(nn.LSTM(2, 3, proj_size=2)), "module has proj_size 2; expected 0"),
    (lambda: convert.lstm_from_torch(nn.LSTM(2, 3, num_layers=2)), "module has num_layers 2; expected 1"),
    (lambda: convert.gru_from_torch(nn.LSTM(2, 3)), "module has type LSTM; expected torch.nn.GRU"),
    (lambda: convert.gru_from_torch(nn.GRU(2, 3, bidirectional=True)), "module has bidirectional True; expected False"),
    (lambda: convert.relu_rnn_to_torch({}), "params has no 'W_xh'"),
    (lambda: convert.lstm_to_torch(gru.init(RNG, 2, 3)), "params['W_xh'] has shape (9, 2); expected (4H, D)"),
    (lambda: convert.gru_to_torch(lstm.init(RNG, 2, 3)), "params['W_hh'] has shape (12, 3); expected (12, 4)"),
    (lambda: convert.gru_to_torch({**gru.init(RNG, 2, 3), "b_hn": np.ones(9)}), "params['b_hn'] has shape (9,)"),
    (lambda: convert.embedding_from_torch(nn.Linear(2, 3)), "module has type Linear; expected torch.nn.Embedding"),
    (lambda: convert.embedding_from_torch(nn.Embedding(2, 3, max_norm=1.0)), "module has max_norm 1.0; expected None"),
    (lambda: convert.embedding_to_torch({}), "params has no 'W_emb'"),
    (lambda: convert.linear_from_torch(nn.Embedding(2, 3)), "module has type Embedding; expected torch.nn.Linear"),
    (lambda: convert.linear_to_torch({"W_hy": np.ones((3, 2))}), "params has no 'b_y'"),
    (lambda: convert.linear_to_torch({"W_hy": np.ones(3), "b_y": np.ones(3)}), "params['W_hy'] has shape (3,)"),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
