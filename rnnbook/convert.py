"""Weights between `rnnbook.scratch` and PyTorch: the same function on both sides.

| scratch | PyTorch |
|---|---|
| `rnn` params W_xh (H, D), W_hh (H, H), b_h (H,) | `nn.RNN`: weight_ih_l0, weight_hh_l0, bias_ih_l0 + bias_hh_l0 |
| `relu_rnn` params, the same | `nn.RNN(nonlinearity="relu")`, the same |
| `lstm` params W_xh (4H, D), W_hh (4H, H), b_h (4H,) | `nn.LSTM`, the same; both stack i, f, g, o |
| `gru` params W_xh (3H, D), W_hh (3H, H), b_h (3H,), b_hn (H,) | `nn.GRU`, the same but for n; both stack r, z, n |
| `embedding` params W_emb (V, E) | `nn.Embedding`: weight |
| `linear` params W_hy (K, H), b_y (K,) | `nn.Linear`: weight, bias |

PyTorch's recurrent modules have two biases that are only ever added: from PyTorch they become one, to PyTorch the
second is 0. The exception is the candidate n of a GRU, whose second bias stands inside the product with r: it is b_hn.
A module without biases gives biases of 0. Arrays are copies, on the CPU, in the module's dtype; new modules are on the
CPU, in the dtype of the params, time-major. Only weights are carried over: `batch_first`, `padding_idx` and
`requires_grad` are not.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from rnnbook import validate
from rnnbook.scratch import sequences

Params = dict[str, np.ndarray]


def rnn_from_torch(module: nn.RNN) -> Params:
    """Params of `scratch.rnn` from a one-layer, left-to-right tanh `nn.RNN`; the two biases are added.

    Raises ValueError for any other module.
    """
    _expect(module, nn.RNN)
    _expect_nonlinearity(module, "tanh")
    _expect_single(module)
    return _biases_added(*_recurrent_from_torch(module))


def rnn_to_torch(params: Params) -> nn.RNN:
    """A time-major `nn.RNN` with the weights of `scratch.rnn` params; its second bias is 0."""
    D, H = sequences.sizes(params)
    module = nn.RNN(D, H, dtype=_dtype(params))
    _recurrent_to_torch(module, *_second_bias_zero(params))
    return module


def relu_rnn_from_torch(module: nn.RNN) -> Params:
    """Params of `scratch.relu_rnn` from a one-layer, left-to-right ReLU `nn.RNN`; the two biases are added.

    Raises ValueError for any other module.
    """
    _expect(module, nn.RNN)
    _expect_nonlinearity(module, "relu")
    _expect_single(module)
    return _biases_added(*_recurrent_from_torch(module))


def relu_rnn_to_torch(params: Params) -> nn.RNN:
    """A time-major ReLU `nn.RNN` with the weights of `scratch.relu_rnn` params; its second bias is 0."""
    D, H = sequences.sizes(params)
    module = nn.RNN(D, H, nonlinearity="relu", dtype=_dtype(params))
    _recurrent_to_torch(module, *_second_bias_zero(params))
    return module


def lstm_from_torch(module: nn.LSTM) -> Params:
    """Params of `scratch.lstm` from a one-layer, left-to-right `nn.LSTM`; the two biases are added.

    Raises ValueError for any other module, and for one with a projection.
    """
    _expect(module, nn.LSTM)
    _expect_single(module)
    return _biases_added(*_recurrent_from_torch(module))


def lstm_to_torch(params: Params) -> nn.LSTM:
    """A time-major `nn.LSTM` with the weights of `scratch.lstm` params; its second bias is 0."""
    D, H = sequences.sizes(params, gates=4)
    module = nn.LSTM(D, H, dtype=_dtype(params))
    _recurrent_to_torch(module, *_second_bias_zero(params))
    return module


def gru_from_torch(module: nn.GRU) -> Params:
    """Params of `scratch.gru` from a one-layer, left-to-right `nn.GRU`; b_hn is the last third of its second bias.

    Raises ValueError for any other module.
    """
    _expect(module, nn.GRU)
    _expect_single(module)
    return _b_hn_apart(*_recurrent_from_torch(module))


def gru_to_torch(params: Params) -> nn.GRU:
    """A time-major `nn.GRU` with the weights of `scratch.gru` params; its second bias is 0 but for b_hn."""
    D, H = sequences.sizes(params, gates=3, b_hn=1)
    module = nn.GRU(D, H, dtype=_dtype(params))
    _recurrent_to_torch(module, *_b_hn_in_second_bias(params))
    return module


def embedding_from_torch(module: nn.Embedding) -> Params:
    """Params of `scratch.embedding` from an `nn.Embedding`.

    Raises ValueError for another module, or one with `max_norm`, whose look-up changes the weights.
    """
    _expect(module, nn.Embedding)
    if module.max_norm is not None:
        raise ValueError(f"module has max_norm {module.max_norm}; expected None: such a look-up rescales the weights")
    return {"W_emb": _array("weight", module.weight)}


def embedding_to_torch(params: Params) -> nn.Embedding:
    """An `nn.Embedding` with the weights of `scratch.embedding` params."""
    validate.params(params, {"W_emb": (None, None)})
    V, E = np.shape(params["W_emb"])
    module = nn.Embedding(V, E, dtype=_dtype(params))
    _fill(module.weight, params["W_emb"])
    return module


def linear_from_torch(module: nn.Linear) -> Params:
    """Params of `scratch.linear` from an `nn.Linear`."""
    _expect(module, nn.Linear)
    W_hy = _array("weight", module.weight)
    b_y = np.zeros(len(W_hy), W_hy.dtype) if module.bias is None else _array("bias", module.bias)
    return {"W_hy": W_hy, "b_y": b_y}


def linear_to_torch(params: Params) -> nn.Linear:
    """An `nn.Linear` with the weights of `scratch.linear` params."""
    validate.params(params, {"W_hy": (None, None)})
    K, H = np.shape(params["W_hy"])
    validate.params(params, {"W_hy": (K, H), "b_y": (K,)})
    module = nn.Linear(H, K, dtype=_dtype(params))
    _fill(module.weight, params["W_hy"])
    _fill(module.bias, params["b_y"])
    return module


# Every recurrent module of PyTorch holds weight_ih, weight_hh, bias_ih and bias_hh for each layer and direction; gates
# are stacked along their first axis.

def _recurrent_from_torch(module: nn.RNNBase, layer: int = 0, right_to_left: bool = False) -> tuple[np.ndarray, ...]:
    """W_xh, W_hh, b_xh, b_hh of one layer and direction, as copies."""
    names = _names(layer, right_to_left)
    W_xh, W_hh = (_array(name, getattr(module, name)) for name in names[:2])
    if not module.bias:
        return W_xh, W_hh, np.zeros(len(W_xh), W_xh.dtype), np.zeros(len(W_xh), W_xh.dtype)
    b_xh, b_hh = (_array(name, getattr(module, name)) for name in names[2:])
    return W_xh, W_hh, b_xh, b_hh


def _recurrent_to_torch(module: nn.RNNBase, *arrays, layer: int = 0, right_to_left: bool = False) -> None:
    """Copy W_xh, W_hh, b_xh, b_hh into one layer and direction of `module`."""
    for name, array in zip(_names(layer, right_to_left), arrays, strict=True):
        _fill(getattr(module, name), array)


# From the four arrays of PyTorch to params, and back.

def _biases_added(W_xh, W_hh, b_xh, b_hh) -> Params:
    return {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_xh + b_hh}


def _second_bias_zero(params: Params) -> tuple[np.ndarray, ...]:
    return params["W_xh"], params["W_hh"], params["b_h"], np.zeros_like(params["b_h"])


def _b_hn_apart(W_xh, W_hh, b_xh, b_hh) -> Params:
    H = W_hh.shape[1]
    b_h = np.concatenate([b_xh[: 2 * H] + b_hh[: 2 * H], b_xh[2 * H :]])
    return {"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h, "b_hn": b_hh[2 * H :].copy()}


def _b_hn_in_second_bias(params: Params) -> tuple[np.ndarray, ...]:
    H = len(params["b_hn"])
    return params["W_xh"], params["W_hh"], params["b_h"], np.concatenate([np.zeros(2 * H), params["b_hn"]])


def _names(layer: int, right_to_left: bool) -> list[str]:
    end = f"l{layer}" + ("_reverse" if right_to_left else "")
    return [f"{kind}_{end}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]


def _expect(module, kind: type[nn.Module]) -> None:
    if not isinstance(module, kind):
        raise ValueError(f"module has type {type(module).__name__}; expected torch.nn.{kind.__name__}")


def _expect_nonlinearity(module: nn.RNN, name: str) -> None:
    if module.nonlinearity != name:
        raise ValueError(f"module has nonlinearity {module.nonlinearity!r}; expected {name!r}")


def _expect_single(module: nn.RNNBase) -> None:
    if module.num_layers != 1:
        raise ValueError(f"module has num_layers {module.num_layers}; expected 1")
    if module.bidirectional:
        raise ValueError("module has bidirectional True; expected False")
    if module.proj_size:
        raise ValueError(f"module has proj_size {module.proj_size}; expected 0")


def _array(name: str, tensor: torch.Tensor) -> np.ndarray:
    if tensor.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"module's {name} has dtype {tensor.dtype}; expected torch.float32 or torch.float64")
    return tensor.detach().cpu().numpy().copy()


def _dtype(params: Params) -> torch.dtype:
    """The dtype of a module that holds `params`: float64 if any of them is, as NumPy would compute."""
    return torch.float64 if np.result_type(*params.values()) == np.float64 else torch.float32


def _fill(parameter: torch.Tensor, array) -> None:
    with torch.no_grad():
        parameter.copy_(torch.as_tensor(np.ascontiguousarray(array)))
