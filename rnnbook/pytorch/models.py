"""Two networks around one recurrent layer: a class for the sequence, or a class at every step.

    x_t = W_emb[token_t]        h_t = cell(x_t, h_{t-1})        y = W_hy h + b_y

Tokens are time-major, (T, B), as everywhere in the book; `lengths` (B,) says where each sequence ends.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

CELLS: dict[str, Any] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class _Reader(nn.Module):
    """Embedding and recurrent layer, with the output layer that both models have.

    Parameters
    ----------
    V, E, H, K
        Sizes: vocabulary, embedding, hidden state, classes.
    cell
        "rnn" (tanh), "gru" or "lstm".
    learn_state
        True makes the initial state a parameter `state_0`, trained with the rest; it begins at 0. Else it stays 0.
    """

    def __init__(self, V: int, E: int, H: int, K: int, cell: str = "rnn", learn_state: bool = False):
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell is {cell!r}; expected one of {', '.join(map(repr, CELLS))}")
        self.embedding = nn.Embedding(V, E, padding_idx=0)
        self.rnn = CELLS[cell](E, H)
        self.linear = nn.Linear(H, K)
        n_states = 2 if cell == "lstm" else 1                            # h and c, or h
        self.state_0 = nn.Parameter(torch.zeros(n_states, 1, H)) if learn_state else None

    def read(self, tokens: Tensor, lengths: Tensor | None = None, state=None):
        """Read tokens (T, B): returns hs (T, B, H), 0 after a sequence's end, and the state after its last real step.

        Without `lengths` all T steps are real. `state` is what the layer starts from, in PyTorch's form: (1, B, H), or
        a pair of them for an LSTM; None for zeros, or for `state_0`. What is returned second has that form too.
        """
        T, B = tokens.shape
        if state is None and self.state_0 is not None:
            each = [s.expand(1, B, -1).contiguous() for s in self.state_0]           # (1, B, H)
            state = tuple(each) if len(each) == 2 else each[0]
        x = self.embedding(tokens)                                       # (T, B, E)
        if lengths is None:
            return self.rnn(x, state)
        lengths = torch.as_tensor(lengths).cpu()                         # packing wants them on the CPU
        if lengths.shape != (B,) or int(lengths.min()) < 1 or int(lengths.max()) > T:
            raise ValueError(f"lengths is {lengths.tolist()}; expected {B} integers from 1 to {T}")
        packed = pack_padded_sequence(x, lengths, enforce_sorted=False)  # the pads are taken out,
        hs, last = self.rnn(packed, state)                               # so no state is ever computed from one
        hs, _ = pad_packed_sequence(hs, total_length=T)                  # (T, B, H)
        return hs, last


class Classifier(_Reader):
    """One class for each sequence, from the state after its last real step."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state=None) -> Tensor:
        """Tokens (T, B) → logits (B, K)."""
        _, last = self.read(tokens, lengths, state)
        h = last[0] if isinstance(last, tuple) else last                 # (1, B, H); an LSTM returns (h, c)
        return self.linear(h[-1])                                        # (B, K)


class Tagger(_Reader):
    """One class for each step, from that step's state."""

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state=None) -> Tensor:
        """Tokens (T, B) → logits (T, B, K)."""
        hs, _ = self.read(tokens, lengths, state)
        return self.linear(hs)                                           # (T, B, K)


class Unshared(nn.Module):
    """A tagger with its own weights at every position: what parameter sharing saves us from.

        h_t = tanh(W_xh[t] x_t + W_hh[t] h_{t-1} + b_h[t])

    Its parameters grow with T, and it reads sequences of exactly T steps. Embedding and output layer are shared.
    """

    def __init__(self, V: int, E: int, H: int, K: int, T: int):
        super().__init__()
        self.embedding = nn.Embedding(V, E, padding_idx=0)
        self.W_xh = nn.Parameter(torch.empty(T, H, E).uniform_(-(H**-0.5), H**-0.5))
        self.W_hh = nn.Parameter(torch.empty(T, H, H).uniform_(-(H**-0.5), H**-0.5))
        self.b_h = nn.Parameter(torch.zeros(T, H))
        self.linear = nn.Linear(H, K)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None, state=None) -> Tensor:
        """Tokens (T, B) → logits (T, B, K). Every sequence has all T steps."""
        if len(tokens) != len(self.W_xh):
            raise ValueError(f"tokens has {len(tokens)} steps; expected {len(self.W_xh)}, one for each set of weights")
        x = self.embedding(tokens)                                       # (T, B, E)
        h = x.new_zeros(tokens.shape[1], self.W_hh.shape[1])             # (B, H)
        hs = []
        for t, x_t in enumerate(x):
            h = torch.tanh(x_t @ self.W_xh[t].T + h @ self.W_hh[t].T + self.b_h[t])
            hs.append(h)
        return self.linear(torch.stack(hs))                              # (T, B, K)
