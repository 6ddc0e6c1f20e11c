"""Weights of attention, layer normalisation and the Transformer block between `rnnbook.scratch` and PyTorch.

| scratch | PyTorch |
|---|---|
| `attention.multi_head` W_q, W_k, W_v (n_heads, A, E) | `nn.MultiheadAttention`: in_proj_weight (3E, E) |
| b_q, b_k, b_v (n_heads, A) | in_proj_bias (3E,) |
| W_o (E, E), b_o (E,) | out_proj.weight, out_proj.bias |
| `layer_norm` gamma (D,), beta (D,) | `nn.LayerNorm`: weight, bias |
| `transformer.block`, nested | `nn.TransformerEncoderLayer(norm_first=True)` with ReLU |

As in `rnnbook.convert`, arrays are copies and only weights are carried over: `batch_first`, dropout and training mode
are not. New modules are on the CPU, in the dtype of the params, time-major, without dropout. A query that may use no
key gets NaN from PyTorch, and b_o from `rnnbook.scratch`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from rnnbook import validate
from rnnbook.convert import Params, _array, _dtype, _expect, _fill
from rnnbook.scratch.attention.heads import _check
from rnnbook.scratch.layer import part
from rnnbook.scratch.transformer.block import PARTS


def multi_head_from_torch(module: nn.MultiheadAttention) -> Params:
    """Params of `attention.multi_head` from an `nn.MultiheadAttention`.

    Raises ValueError for another module, or one with `add_bias_kv` or `add_zero_attn`, which add keys.
    """
    _expect(module, nn.MultiheadAttention)
    if module.bias_k is not None or module.add_zero_attn:
        raise ValueError("module has add_bias_kv or add_zero_attn True; expected False: they add keys")
    E, n = module.embed_dim, module.num_heads
    if module.in_proj_weight is not None:
        projections = np.split(_array("in_proj_weight", module.in_proj_weight), 3)
    else:
        projections = [_array(f"{x}_proj_weight", getattr(module, f"{x}_proj_weight")) for x in "qkv"]
    W_o = _array("out_proj.weight", module.out_proj.weight)
    no_bias = module.in_proj_bias is None
    biases = np.zeros(3 * E, W_o.dtype) if no_bias else _array("in_proj_bias", module.in_proj_bias)
    b_o = np.zeros(E, W_o.dtype) if module.out_proj.bias is None else _array("out_proj.bias", module.out_proj.bias)
    params: Params = {f"W_{x}": W.reshape(n, E // n, -1).copy() for x, W in zip("qkv", projections, strict=True)}
    params |= {f"b_{x}": b.reshape(n, E // n).copy() for x, b in zip("qkv", np.split(biases, 3), strict=True)}
    return params | {"W_o": W_o, "b_o": b_o}


def multi_head_to_torch(params: Params) -> nn.MultiheadAttention:
    """A time-major `nn.MultiheadAttention` with the weights of `attention.multi_head` params.

    Raises ValueError where PyTorch has no such module: queries, results and all heads together must have one size E.
    """
    E, E_k, E_v = _check(params)
    n, A, _ = params["W_q"].shape
    sizes = {"n_heads · A": n * A, "values of the heads": n * params["W_v"].shape[1], "ctx": len(params["W_o"])}
    for name, size in sizes.items():
        if size != E:
            raise ValueError(f"params have size {size} for {name}; nn.MultiheadAttention needs that of the query, {E}")
    module = nn.MultiheadAttention(E, n, kdim=E_k, vdim=E_v, dtype=_dtype(params))
    flat = [params[f"W_{x}"].reshape(E, -1) for x in "qkv"]
    if module.in_proj_weight is not None:
        _fill(module.in_proj_weight, np.concatenate(flat))
    else:
        for x, W in zip("qkv", flat, strict=True):
            _fill(getattr(module, f"{x}_proj_weight"), W)
    _fill(module.in_proj_bias, np.concatenate([params[f"b_{x}"].ravel() for x in "qkv"]))
    _fill(module.out_proj.weight, params["W_o"])
    _fill(module.out_proj.bias, params["b_o"])
    return module


def layer_norm_from_torch(module: nn.LayerNorm) -> Params:
    """Params of `layer_norm` from an `nn.LayerNorm` over the last axis; eps is an argument of its `forward`.

    Raises ValueError for another module, or one over several axes.
    """
    _expect(module, nn.LayerNorm)
    if len(module.normalized_shape) != 1:
        raise ValueError(f"module has normalized_shape {tuple(module.normalized_shape)}; expected one axis")
    D = module.normalized_shape[0]
    if module.weight is None:
        return {"gamma": np.ones(D), "beta": np.zeros(D)}
    gamma = _array("weight", module.weight)
    return {"gamma": gamma, "beta": np.zeros(D, gamma.dtype) if module.bias is None else _array("bias", module.bias)}


def layer_norm_to_torch(params: Params) -> nn.LayerNorm:
    """An `nn.LayerNorm` with the weights of `layer_norm` params and its default eps, 1e-5."""
    validate.params(params, {"gamma": (None,)})
    D = len(params["gamma"])
    validate.params(params, {"gamma": (D,), "beta": (D,)})
    module = nn.LayerNorm(D, dtype=_dtype(params))
    _fill(module.weight, params["gamma"])
    _fill(module.bias, params["beta"])
    return module


def block_from_torch(module: nn.TransformerEncoderLayer) -> dict[str, Params]:
    """Params of `transformer.block` from an `nn.TransformerEncoderLayer`.

    Raises ValueError for another module, or one with norm_first False, another activation than ReLU or another eps
    than 1e-5.
    """
    _expect(module, nn.TransformerEncoderLayer)
    if not module.norm_first:
        raise ValueError("module has norm_first False; expected True")
    if not (module.activation is nn.functional.relu or isinstance(module.activation, nn.ReLU)):
        raise ValueError(f"module has activation {module.activation!r}; expected ReLU")
    if module.norm1.eps != 1e-5 or module.norm2.eps != 1e-5:
        raise ValueError(f"module has layer_norm_eps {module.norm1.eps}; expected 1e-5")
    fed: Params = {}
    for i, linear in [("1", module.linear1), ("2", module.linear2)]:
        W = fed[f"W_{i}"] = _array(f"linear{i}.weight", linear.weight)
        fed[f"b_{i}"] = np.zeros(len(W), W.dtype) if linear.bias is None else _array(f"linear{i}.bias", linear.bias)
    return {
        "norm_1": layer_norm_from_torch(module.norm1),
        "attention": multi_head_from_torch(module.self_attn),
        "norm_2": layer_norm_from_torch(module.norm2),
        "feed_forward": fed,
    }


def block_to_torch(params: dict[str, Params]) -> nn.TransformerEncoderLayer:
    """A time-major `nn.TransformerEncoderLayer(norm_first=True)`, without dropout, with `transformer.block` params."""
    norm_1, heads, norm_2, fed = (part(params, name, PARTS) for name in PARTS)
    validate.params(fed, {"W_1": (None, None)})
    F, E = fed["W_1"].shape
    validate.params(fed, {"W_1": (F, E), "b_1": (F,), "W_2": (E, F), "b_2": (E,)})
    attention = multi_head_to_torch(heads)
    dtype = torch.float64 if torch.float64 in {_dtype(params[name]) for name in PARTS} else torch.float32
    module = nn.TransformerEncoderLayer(E, attention.num_heads, F, dropout=0.0, norm_first=True, dtype=dtype)
    module.self_attn.load_state_dict(attention.state_dict())
    module.norm1.load_state_dict(layer_norm_to_torch(norm_1).state_dict())
    module.norm2.load_state_dict(layer_norm_to_torch(norm_2).state_dict())
    for i, linear in [("1", module.linear1), ("2", module.linear2)]:
        _fill(linear.weight, fed[f"W_{i}"])
        _fill(linear.bias, fed[f"b_{i}"])
    return module
