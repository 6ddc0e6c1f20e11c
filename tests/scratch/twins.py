"""PyTorch modules for the layers that PyTorch has none for, written as their equations for autograd.

They are called as `torch.nn.RNN` and `torch.nn.LSTM` are, with packed sequences and states (1, B, H).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.utils import rnn as packing


class Twin(torch.nn.Module):
    """A loop over time: step(p, x_t, *states) gives the next states, the hidden state first."""

    def __init__(self, params: dict, step: Callable):
        super().__init__()
        self.p = torch.nn.ParameterDict({name: torch.nn.Parameter(torch.tensor(a)) for name, a in params.items()})
        self.step = step

    def forward(self, packed, state):
        x, lengths = packing.pad_packed_sequence(packed)
        states = [s[0] for s in (state if isinstance(state, tuple) else (state,))]
        hs = []
        for t, x_t in enumerate(x):
            real = (t < lengths)[:, None]
            states = [torch.where(real, new, s) for new, s in zip(self.step(self.p, x_t, *states), states, strict=True)]
            hs.append(states[0])
        out = packing.pack_padded_sequence(torch.stack(hs), lengths, enforce_sorted=False)
        last = [s[None] for s in states]
        return out, (tuple(last) if len(last) > 1 else last[0])

    def grads(self) -> dict[str, torch.Tensor]:
        return {name: parameter.grad for name, parameter in self.p.items()}


def gru_original(p, x, h):
    """Cho et al. (2014), EMNLP, equations 5 to 8: r before the product; z keeps."""
    W_r, W_z, W_n = p["W_xh"].chunk(3)
    U_r, U_z, U_n = p["W_hh"].chunk(3)
    b_r, b_z, b_n = p["b_h"].chunk(3)
    r = torch.sigmoid(x @ W_r.T + h @ U_r.T + b_r)
    z = torch.sigmoid(x @ W_z.T + h @ U_z.T + b_z)
    n = torch.tanh(x @ W_n.T + (r * h) @ U_n.T + b_n)
    return (z * h + (1 - z) * n,)


def lstm_peephole(p, x, h, c):
    """Graves (2013), equations 7 to 11."""
    W_i, W_f, W_g, W_o = p["W_xh"].chunk(4)
    U_i, U_f, U_g, U_o = p["W_hh"].chunk(4)
    b_i, b_f, b_g, b_o = p["b_h"].chunk(4)
    i = torch.sigmoid(x @ W_i.T + h @ U_i.T + p["p_i"] * c + b_i)
    f = torch.sigmoid(x @ W_f.T + h @ U_f.T + p["p_f"] * c + b_f)
    c = f * c + i * torch.tanh(x @ W_g.T + h @ U_g.T + b_g)
    o = torch.sigmoid(x @ W_o.T + h @ U_o.T + p["p_o"] * c + b_o)
    return o * torch.tanh(c), c
