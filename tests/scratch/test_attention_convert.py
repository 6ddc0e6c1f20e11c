"""Weights of attention, layer normalisation and the block, to PyTorch and back: the same function on both sides."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn

from rnnbook import convert_attention as convert
from rnnbook.scratch import attention, layer_norm, weights
from rnnbook.scratch.transformer import block

DTYPES = pytest.mark.parametrize(
    ("dtype", "torch_dtype", "atol"), [(np.float32, torch.float32, 2e-6), (np.float64, torch.float64, 1e-13)]
)
MODULES = {
    "multi_head": (convert.multi_head_from_torch, convert.multi_head_to_torch,
                   lambda **k: nn.MultiheadAttention(6, 2, **k)),
    "multi_head, other sizes": (convert.multi_head_from_torch, convert.multi_head_to_torch,
                                lambda **k: nn.MultiheadAttention(6, 3, kdim=4, vdim=5, **k)),
    "multi_head, no biases": (convert.multi_head_from_torch, convert.multi_head_to_torch,
                              lambda **k: nn.MultiheadAttention(6, 2, bias=False, **k)),
    "layer_norm": (convert.layer_norm_from_torch, convert.layer_norm_to_torch, lambda **k: nn.LayerNorm(6, **k)),
    "block": (convert.block_from_torch, convert.block_to_torch,
              lambda **k: nn.TransformerEncoderLayer(6, 2, 5, norm_first=True, dropout=0.0, **k)),
}
every_module = pytest.mark.parametrize("name", MODULES)


def build(name, torch_dtype=torch.float64):
    """A module whose parameters are all drawn."""
    torch.manual_seed(0)
    module = MODULES[name][2](dtype=torch_dtype)
    for p in module.parameters():
        nn.init.uniform_(p, -0.5, 0.5)
    return module


def outputs(name, module, params, dtype):
    """Results of both sides for the same input, ragged."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4, 3, 6)).astype(dtype)
    real = np.arange(4)[:, None] < np.array([4, 1, 3])
    pads = torch.tensor(~real.T)
    if name.startswith("multi_head"):
        E_k, E_v = module.kdim, module.vdim
        keys, values = (rng.standard_normal((4, 3, E)).astype(dtype) for E in (E_k, E_v))
        ours = attention.multi_head(params, x, keys, values, real)
        ctx, alpha = module(*map(torch.tensor, (x, keys, values)), key_padding_mask=pads, average_attn_weights=False)
        return ours, (ctx, alpha.permute(2, 3, 0, 1))
    if name == "layer_norm":
        return (layer_norm.forward(params, x)[0],), (module(torch.tensor(x)),)
    y, _ = block.forward(params, x, np.array([4, 1, 3]), causal=False)
    return (y[real],), (module(torch.tensor(x), src_key_padding_mask=pads)[torch.tensor(real)],)


@DTYPES
@every_module
def test_both_ways(name, dtype, torch_dtype, atol):
    from_torch, to_torch, _ = MODULES[name]
    module = build(name, torch_dtype)
    params = from_torch(module)
    assert {p.dtype for p in weights.flat(params).values()} == {np.dtype(dtype)}
    back = to_torch(params)
    assert {p.dtype for p in back.parameters()} == {torch_dtype}
    np.testing.assert_equal(from_torch(back), params)
    for twin in (module, back):
        ours, theirs = outputs(name, twin, params, dtype)
        for a, b in zip(ours, theirs, strict=True):
            assert a.dtype == dtype
            np.testing.assert_allclose(a, b.detach().numpy(), rtol=0, atol=atol)


@every_module
def test_nothing_is_shared(name):
    from_torch, to_torch, _ = MODULES[name]
    module = build(name)
    params = from_torch(module)
    before = weights.mapped(np.copy, params)
    new = to_torch(params)
    with torch.no_grad():
        for p in [*module.parameters(), *new.parameters()]:
            p.fill_(7)
    np.testing.assert_equal(params, before)


def test_a_key_size_may_differ():
    params = convert.multi_head_from_torch(build("multi_head, other sizes"))
    shapes = {name: p.shape for name, p in params.items() if name.startswith("W")}
    assert shapes == {"W_q": (3, 2, 6), "W_k": (3, 2, 4), "W_v": (3, 2, 5), "W_o": (6, 6)}


HEADS = attention.multi_head_init(np.random.default_rng(0), 4, 2)
LAYER = {"norm_first": True, "dropout": 0.0}


@pytest.mark.parametrize(("call", "message"), [
    (lambda: convert.multi_head_from_torch(nn.Linear(2, 2)), "module has type Linear; expected torch.nn.Multihead"),
    (lambda: convert.multi_head_from_torch(nn.MultiheadAttention(4, 2, add_bias_kv=True)), "module has add_bias_kv or"),
    (lambda: convert.multi_head_from_torch(nn.MultiheadAttention(4, 2, add_zero_attn=True)), "or add_zero_attn True"),
    (lambda: convert.multi_head_to_torch(HEADS | {"W_o": np.ones((3, 4)), "b_o": np.ones(3)}), "have size 3 for ctx"),
    (lambda: convert.multi_head_to_torch({}), "params has no 'W_q'"),
    (lambda: convert.layer_norm_from_torch(nn.LayerNorm((2, 3))), "module has normalized_shape (2, 3); expected one"),
    (lambda: convert.layer_norm_to_torch({"gamma": np.ones(3)}), "params has no 'beta'"),
    (lambda: convert.block_from_torch(nn.TransformerEncoderLayer(4, 2)), "module has norm_first False; expected True"),
    (lambda: convert.block_from_torch(nn.TransformerEncoderLayer(4, 2, activation="gelu", **LAYER)), "expected ReLU"),
    (lambda: convert.block_from_torch(nn.TransformerEncoderLayer(4, 2, layer_norm_eps=1e-6, **LAYER)), "expected 1e-5"),
    (lambda: convert.block_to_torch({"norm_1": {}}), "params has no 'attention'"),
])
def test_errors(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
