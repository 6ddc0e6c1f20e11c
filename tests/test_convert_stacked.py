"""Stacks and bidirectional layers to PyTorch and back: the same function on both sides."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rnnbook.convert_stacked import KINDS, stacked_from_torch, stacked_to_torch
from rnnbook.scratch import bidirectional, gru, gru_original, lstm, rnn, stacked
from rnnbook.scratch.weights import flat, mapped

PROFILE = settings(max_examples=10, deadline=None, derandomize=True)
SIZES = st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.integers(0, 2**32 - 1))
cells = pytest.mark.parametrize("cell", KINDS, ids=lambda cell: cell.__name__.split(".")[-1])
ways = pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])


def structure(cell, layers, both):
    return stacked.of(bidirectional.of(cell) if both else cell, layers)


def assert_same(layer, params, twin, seed, atol):
    dtype = next(iter(flat(params).values())).dtype
    x = np.random.default_rng(seed).standard_normal((4, 3, twin.input_size)).astype(dtype)
    hs, _, _ = layer.forward(params, x)
    theirs = twin(torch.tensor(x))[0].detach().numpy()
    assert hs.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(hs, theirs, rtol=0, atol=atol)


@cells
@ways
@PROFILE
@given(SIZES)
def test_to_torch_is_the_same_function_and_comes_back(cell, both, sizes):
    D, H, layers, seed = sizes
    layer = structure(cell, layers, both)
    params = layer.init(np.random.default_rng(seed), D, H)
    twin = stacked_to_torch(cell, params)
    assert (type(twin), twin.num_layers, twin.bidirectional) == (KINDS[cell].module, layers, both)
    assert_same(layer, params, twin, seed, 1e-13)
    back = stacked_from_torch(twin)
    assert list(flat(back)) == list(flat(params))
    assert all(np.array_equal(p, flat(params)[name]) for name, p in flat(back).items())


@cells
@ways
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_from_torch_is_the_same_function(cell, both, dtype):
    torch.manual_seed(0)
    twin = KINDS[cell].module(3, 4, 2, bidirectional=both, dtype=dtype, **KINDS[cell].options)
    layer = structure(cell, 2, both)
    params = stacked_from_torch(twin)
    assert mapped(np.shape, params) == mapped(np.shape, layer.init(np.random.default_rng(0), 3, 4))
    assert_same(layer, params, twin, 0, 1e-6 if dtype == torch.float32 else 1e-13)


@cells
def test_bidirectional_params_become_a_module_of_one_layer(cell):
    layer = bidirectional.of(cell)
    params = layer.init(np.random.default_rng(0), 3, 4)
    twin = stacked_to_torch(cell, params)
    assert (twin.num_layers, twin.bidirectional) == (1, True)
    assert_same(layer, params, twin, 0, 1e-13)
    assert all(np.array_equal(p, flat(params)[name]) for name, p in flat(stacked_from_torch(twin)["layer_0"]).items())


@cells
def test_a_module_without_biases(cell):
    twin = KINDS[cell].module(3, 4, 2, bias=False, dtype=torch.float64, **KINDS[cell].options)
    params = stacked_from_torch(twin)
    assert not params["layer_1"]["b_h"].any()
    assert_same(stacked.of(cell, 2), params, twin, 0, 1e-13)


def test_nothing_is_shared():
    params = stacked.of(lstm, 2).init(np.random.default_rng(0), 3, 4)
    twin = stacked_to_torch(lstm, params)
    taken = stacked_from_torch(twin)
    with torch.no_grad():
        for p in twin.parameters():
            p.fill_(7)
    for tree in (params, taken):
        assert not any((p == 7).any() for p in flat(tree).values())


ONE = rnn.init(np.random.default_rng(0), 2, 3)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: stacked_to_torch(gru_original, {}), "cell is 'rnnbook.scratch.gru_original'; expected scratch.rnn"),
    (lambda: stacked_to_torch(rnn, {}), "params has no 'layer_0'; it needs layer_0"),
    (lambda: stacked_to_torch(rnn, None), "params is a NoneType; expected a dict with layer_0"),
    (lambda: stacked_to_torch(rnn, {"layer_0": ONE, "layer_2": ONE}), "params has no 'layer_1'; it needs"),
    (lambda: stacked_to_torch(rnn, {"left_to_right": ONE}), "params has no 'right_to_left'"),
    (lambda: stacked_to_torch(gru, {"layer_0": ONE}), "layer_0: params"),
    (lambda: stacked_to_torch(rnn, {"layer_0": ONE, "layer_1": ONE}), "layer_1: params have D = 2 and H = 3; expected"),
    (
        lambda: stacked_to_torch(rnn, {"left_to_right": ONE, "right_to_left": {}}),
        "layer_0.right_to_left: params has no 'W_xh'",
    ),
    (lambda: stacked_from_torch(nn.Linear(2, 3)), "module has type Linear; expected torch.nn.RNN, LSTM or GRU"),
    (lambda: stacked_from_torch(nn.LSTM(2, 3, proj_size=1)), "module has proj_size 1; expected 0"),
    (lambda: stacked_from_torch(nn.GRU(2, 3).half()), "module's weight_ih_l0 has dtype torch.float16"),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
