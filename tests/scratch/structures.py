"""Cells in structures: cases, and the three ways to the same gradients, for states and params of any nesting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from torch.nn.utils import rnn as packing

from rnnbook import convert_stacked
from rnnbook.scratch import (
    bidirectional,
    gru,
    gru_original,
    learned_start,
    lstm,
    lstm_peephole,
    relu_rnn,
    rnn,
    stacked,
)
from rnnbook.scratch.layer import Layer
from rnnbook.scratch.weights import flat, mapped

CELLS: dict[str, ModuleType | Layer] = {
    "rnn": rnn,
    "relu_rnn": relu_rnn,
    "lstm": lstm,
    "lstm_peephole": lstm_peephole,
    "gru": gru,
    "gru_original": gru_original,
    "gru, learned start": learned_start.of(gru),
    "lstm, learned start": learned_start.of(lstm),
}
IN_TORCH = {name: cell for name, cell in CELLS.items() if cell in convert_stacked.KINDS}


def _dropout(cell) -> Layer:
    """A new generator for each call, so that each drops the same."""
    def call(name):
        fresh = lambda: stacked.of(cell, 3, residual=True, dropout=0.4, rng=np.random.default_rng(0))      # noqa: E731
        return lambda *args, **more: getattr(fresh(), name)(*args, **more)

    return Layer(call("init"), call("step"), call("forward"), call("backward"))


STRUCTURES: dict[str, Callable[[Any], Layer]] = {
    "bidirectional": bidirectional.of,
    "stacked": lambda cell: stacked.of(cell, 3),
    "stacked, one layer": lambda cell: stacked.of(cell, 1, residual=True),
    "stacked of bidirectional": lambda cell: stacked.of(bidirectional.of(cell), 2),
    "bidirectional of stacked": lambda cell: bidirectional.of(stacked.of(cell, 2)),
    "residual": lambda cell: stacked.of(cell, 3, residual=True),
    "residual of bidirectional": lambda cell: stacked.of(bidirectional.of(cell), 2, residual=True),
    "dropout": _dropout,
}


# ---- Cases -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Case:
    """Arguments of forward and backward; states of any nesting."""

    params: dict
    x: np.ndarray
    state: Any
    lengths: np.ndarray | None
    dhs: np.ndarray | None
    dlast: Any

    @property
    def ends(self) -> np.ndarray:
        T, B, _ = self.x.shape
        return np.full(B, T) if self.lengths is None else self.lengths

    @property
    def mask(self) -> np.ndarray:
        return np.arange(len(self.x))[:, None] < self.ends

    def astype(self, dtype) -> Case:
        cast = lambda a: a.astype(dtype)                                                                   # noqa: E731
        return replace(
            self, params=mapped(cast, self.params), x=cast(self.x), state=state_map(cast, self.state),
            dhs=state_map(cast, self.dhs), dlast=state_map(cast, self.dlast),
        )


def case(layer, T, B, D, H, seed=0, *, lengths=None, loss="both", state=True) -> Case:
    rng = np.random.default_rng(seed)
    normal = lambda array: rng.standard_normal(array.shape)                                                # noqa: E731
    params = mapped(lambda p: p + 0.1 * normal(p), layer.init(rng, D, H))            # a learned start is 0 at first
    x = rng.standard_normal((T, B, D))
    hs, last, _ = layer.forward(params, x)
    return Case(
        params, x, state_map(normal, last) if state else None, None if lengths is None else np.asarray(lengths),
        normal(hs) if loss != "last" else None, state_map(normal, last) if loss != "every" else None,
    )


@st.composite
def cases(draw, layer) -> Case:
    T, B, D, H = (draw(st.integers(1, most)) for most in (5, 3, 3, 4))
    lengths = draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    loss, state = draw(st.sampled_from(["every", "last", "both"])), draw(st.booleans())
    return case(layer, T, B, D, H, draw(st.integers(0, 2**32 - 1)), lengths=lengths, loss=loss, state=state)


def leaves(state) -> list[np.ndarray]:
    """The arrays of a state, in order; those of None are none."""
    if isinstance(state, tuple):
        return [array for part in state for array in leaves(part)]
    return [] if state is None else [state]


def state_map(f, state):
    """The state of the same nesting with f applied to each array."""
    if isinstance(state, tuple):
        parts = [state_map(f, part) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)
    return None if state is None else f(state)


# ---- The three ways --------------------------------------------------------------------------------------------------

def by_hand(layer, c: Case) -> dict[str, np.ndarray]:
    """Outputs and gradients by the structure's own forward and backward, flat and named."""
    hs, last, cache = layer.forward(c.params, c.x, c.state, c.lengths)
    dx, dstate, grads = layer.backward(cache, c.dhs, c.dlast)
    result = {"hs": hs, "dx": dx} | {f"grads.{name}": grad for name, grad in flat(grads).items()}
    for name, state in [("last", last), ("dstate", dstate)]:
        result |= {f"{name}.{i}": array for i, array in enumerate(leaves(state))}
    return result


def loss(layer, c: Case) -> float:
    """Σ hs ⊙ dhs + Σ last ⊙ dlast: its gradients are those that backward promises."""
    hs, last, _ = layer.forward(c.params, c.x, c.state, c.lengths)
    pairs = list(zip(leaves(last), leaves(c.dlast), strict=True)) if c.dlast is not None else []
    pairs += [(hs, c.dhs)] if c.dhs is not None else []
    return sum(float((a * b).sum()) for a, b in pairs)


def by_autograd(cell, layer, c: Case, *, one_by_one: bool) -> dict[str, np.ndarray]:
    """The same through torch.nn, given packed sequences.

    One module holds all layers; or, `one_by_one`, each layer is a module, and residual links and dropout (with what
    the cache says was kept) stand between them.
    """
    layers = c.params if "layer_0" in c.params else {"layer_0": c.params}
    blocks = [{"layer_0": own} for own in layers.values()] if one_by_one else [layers]
    modules = [convert_stacked.stacked_to_torch(cell, block) for block in blocks]
    kept = layer.forward(c.params, c.x, c.state, c.lengths)[2].kept if one_by_one else [None]
    zero = layer.forward(c.params, c.x)[1]
    state = leaves(c.state if c.state is not None else state_map(np.zeros_like, zero))
    state = [torch.tensor(array, requires_grad=True) for array in state]
    n = 2 if cell is lstm else 1                                                 # arrays a state of the cell
    each = len(state) // len(blocks)

    x = y = torch.tensor(c.x, requires_grad=True)
    last = []
    for i, (module, keep) in enumerate(zip(modules, kept, strict=True)):
        own = state[i * each : (i + 1) * each]
        start = [torch.stack(own[k::n]) for k in range(n)]                       # (layers · directions, B, H)
        dropped = y if keep is None else y * torch.tensor(keep)
        packed = packing.pack_padded_sequence(dropped, torch.tensor(c.ends), enforce_sorted=False)
        out, end = module(packed, tuple(start) if n > 1 else start[0])
        out, _ = packing.pad_packed_sequence(out, total_length=len(c.x))
        y = out + y if one_by_one and i > 0 else out
        ends = end if n > 1 else (end,)
        last += [ends[k][j] for j in range(len(own) // n) for k in range(n)]
    total = 0 * y.sum()
    if c.dhs is not None:
        total = total + (y * torch.tensor(c.dhs)).sum()
    if c.dlast is not None:
        total = total + sum((a * torch.tensor(b)).sum() for a, b in zip(last, leaves(c.dlast), strict=True))
    total.backward()

    result = {"hs": y.detach().numpy(), "dx": x.grad.numpy()}
    result |= {f"last.{i}": array.detach().numpy() for i, array in enumerate(last)}
    result |= {f"dstate.{i}": array.grad.numpy() for i, array in enumerate(state)}
    names = [name.rsplit(".", 1)[0] for name in flat(c.params) if name.endswith("W_xh")] if flat(c.params) else []
    sides = [
        (module, f"_l{i}{end}") for module in modules for i in range(module.num_layers)
        for end in (["", "_reverse"] if module.bidirectional else [""])
    ]
    for name, (module, end) in zip(names, sides, strict=True):
        result |= {f"grads.{name}.{ours}": grad.numpy() for ours, grad in _grads(module, end).items()}
    return result


def _grads(module, end) -> dict[str, torch.Tensor]:
    theirs = {name: getattr(module, name + end).grad for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    ours = {"W_xh": theirs["weight_ih"], "W_hh": theirs["weight_hh"], "b_h": theirs["bias_ih"]}
    if isinstance(module, torch.nn.GRU):
        ours["b_hn"] = theirs["bias_hh"][2 * module.hidden_size :]
    return ours
