"""Weights of stacks and bidirectional layers, between `rnnbook.scratch` and PyTorch: the same function on both sides.

| scratch | PyTorch |
|---|---|
| `stacked.of(lstm, 2)` | `nn.LSTM(D, H, num_layers=2)` |
| `stacked.of(bidirectional.of(lstm), 2)` | `nn.LSTM(D, H, num_layers=2, bidirectional=True)` |
| `bidirectional.of(lstm)` | `nn.LSTM(D, H, bidirectional=True)` |

The same for `rnn`, `relu_rnn` and `gru`. Biases and dtypes are treated as in `rnnbook.convert`. Only weights are
carried over: dropout is not, nor `batch_first`. PyTorch stacks states (layers · directions, B, H), the lowest layer
first, and left-to-right before right-to-left. Its stacks have no residual links.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

from torch import nn

from rnnbook import convert
from rnnbook.scratch import gru, layer, lstm, relu_rnn, rnn, sequences
from rnnbook.scratch.bidirectional import DIRECTIONS
from rnnbook.scratch.weights import flat


class Kind(NamedTuple):
    """A cell, its module in PyTorch, and how its params become four arrays and come back."""

    module: type[nn.RNNBase]
    options: dict[str, str]
    gates: int
    more: dict[str, int]            # vectors next to b_h, in units of H
    from_arrays: Callable
    to_arrays: Callable


KINDS: dict[ModuleType, Kind] = {
    rnn: Kind(nn.RNN, {"nonlinearity": "tanh"}, 1, {}, convert._biases_added, convert._second_bias_zero),
    relu_rnn: Kind(nn.RNN, {"nonlinearity": "relu"}, 1, {}, convert._biases_added, convert._second_bias_zero),
    lstm: Kind(nn.LSTM, {}, 4, {}, convert._biases_added, convert._second_bias_zero),
    gru: Kind(nn.GRU, {}, 3, {"b_hn": 1}, convert._b_hn_apart, convert._b_hn_in_second_bias),
}


def stacked_from_torch(module: nn.RNNBase) -> dict:
    """Params {"layer_0": …, …} of stacked.of(cell) or stacked.of(bidirectional.of(cell)), as the module is.

    A bidirectional module of one layer gives {"layer_0": params of bidirectional.of(cell)}.

    Raises ValueError for a module that is no nn.RNN, nn.LSTM or nn.GRU, and for one with a projection.
    """
    kind = _kind_of(module)

    def one(n: int, right_to_left: bool = False) -> dict:
        return kind.from_arrays(*convert._recurrent_from_torch(module, n, right_to_left))

    def both(n: int) -> dict:
        return {"left_to_right": one(n), "right_to_left": one(n, right_to_left=True)}

    return {f"layer_{n}": both(n) if module.bidirectional else one(n) for n in range(module.num_layers)}


def stacked_to_torch(cell: ModuleType, params: dict) -> nn.RNNBase:
    """A time-major module with the weights of a structure of `cell`, one of rnn, relu_rnn, lstm and gru.

    `params` are those of stacked.of(cell, …), stacked.of(bidirectional.of(cell), …) or bidirectional.of(cell).
    """
    if cell not in KINDS:
        raise ValueError(f"cell is {getattr(cell, '__name__', cell)!r}; expected scratch.rnn, relu_rnn, lstm or gru")
    kind = KINDS[cell]
    if isinstance(params, dict) and "left_to_right" in params:
        params = {"layer_0": params}
    names = [f"layer_{n}" for n in range(max(1, len(params or {})))]
    layers = [layer.part(params, name, names) for name in names]
    directions = DIRECTIONS if "left_to_right" in layers[0] else ()
    sides = {
        (n, end): layer.part(own, directions[end], DIRECTIONS) if directions else own
        for n, own in enumerate(layers) for end in range(len(directions) or 1)
    }
    with layer.inside("layer_0"):
        D, H = sequences.sizes(sides[0, 0], kind.gates, **kind.more)

    dtype = convert._dtype(flat(params))
    module = kind.module(D, H, len(layers), bidirectional=bool(directions), dtype=dtype, **kind.options)  # type: ignore
    for (n, end), own in sides.items():
        with layer.inside(".".join([names[n], *directions[end : end + 1]])):
            wanted = D if n == 0 else H * max(1, len(directions))
            got = sequences.sizes(own, kind.gates, **kind.more)
            if got != (wanted, H):
                raise ValueError(f"params have D = {got[0]} and H = {got[1]}; expected D = {wanted} and H = {H}")
            convert._recurrent_to_torch(module, *kind.to_arrays(own), layer=n, right_to_left=bool(end))
    return module


def _kind_of(module) -> Kind:
    for kind in KINDS.values():
        options = all(getattr(module, name, None) == value for name, value in kind.options.items())
        if isinstance(module, kind.module) and options:
            if module.proj_size:
                raise ValueError(f"module has proj_size {module.proj_size}; expected 0")
            return kind
    raise ValueError(f"module has type {type(module).__name__}; expected torch.nn.RNN, LSTM or GRU")
