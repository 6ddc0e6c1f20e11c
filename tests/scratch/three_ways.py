"""One gradient, three ways: by hand in NumPy, by finite differences, by PyTorch's autograd.

To add a recurrent layer: one entry in `RECURRENT`. The tests of `test_recurrent.py` and `test_contract.py` then run on
it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from types import ModuleType
from typing import Any

import numpy as np
import torch
import twins
from hypothesis import settings
from hypothesis import strategies as st
from torch.nn.utils import rnn as packing

from rnnbook import convert
from rnnbook.scratch import gru, gru_original, lstm, lstm_peephole, relu_rnn, rnn
from rnnbook.scratch.gradients import numerical_gradient

PROFILE = settings(max_examples=25, deadline=None, derandomize=True)       # the same examples on every machine


# ---- The layers ------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Recurrent:
    """A recurrent layer of `rnnbook.scratch` and its twin in PyTorch."""

    module: ModuleType
    to_torch: Callable[[dict], torch.nn.Module]
    grads: Callable[[torch.nn.Module], dict[str, torch.Tensor]]     # the twin's gradients, named as our parameters
    eps: float = 1e-3                                               # of the differences: small where there are kinks


def _grads(twin) -> dict[str, torch.Tensor]:
    """Gradients of a module whose two biases have the same one."""
    return {"W_xh": twin.weight_ih_l0.grad, "W_hh": twin.weight_hh_l0.grad, "b_h": twin.bias_hh_l0.grad}


def _gru_grads(twin) -> dict[str, torch.Tensor]:
    """The two biases of n are apart: b_hn is in the second."""
    b_hn = twin.bias_hh_l0.grad[2 * twin.hidden_size :]
    return _grads(twin) | {"b_h": twin.bias_ih_l0.grad, "b_hn": b_hn}


RECURRENT = {
    "rnn": Recurrent(rnn, convert.rnn_to_torch, _grads),
    "relu_rnn": Recurrent(relu_rnn, convert.relu_rnn_to_torch, _grads, eps=1e-6),
    "lstm": Recurrent(lstm, convert.lstm_to_torch, _grads),
    "lstm_peephole": Recurrent(
        lstm_peephole, lambda params: twins.Twin(params, twins.lstm_peephole), twins.Twin.grads,
    ),
    "gru": Recurrent(gru, convert.gru_to_torch, _gru_grads),
    "gru_original": Recurrent(
        gru_original, lambda params: twins.Twin(params, twins.gru_original), twins.Twin.grads,
    ),
}


# ---- Cases -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Case:
    """Arguments of forward and backward. A state is an array, or a named tuple of arrays."""

    params: dict
    x: np.ndarray               # (T, B, D)
    state: Any                  # None, or (B, H)
    lengths: np.ndarray | None  # (B,)
    dhs: np.ndarray | None      # (T, B, H)
    dlast: Any                  # None, or (B, H)

    @property
    def ends(self) -> np.ndarray:
        T, B, _ = self.x.shape
        return np.full(B, T) if self.lengths is None else self.lengths

    @property
    def mask(self) -> np.ndarray:
        """True where a step is real, (T, B)."""
        return np.arange(len(self.x))[:, None] < self.ends

    def astype(self, dtype) -> Case:
        names = [f.name for f in fields(self) if f.name != "lengths"]
        return replace(self, **{name: _astype(getattr(self, name), dtype) for name in names})


def case(module, T: int, B: int, D: int, H: int, seed=0, *, lengths=None, loss="both", state=True) -> Case:
    """A float64 case. The loss reads hs ("every"), last ("last") or both."""
    rng = np.random.default_rng(seed)
    params = module.init(rng, D, H)
    x = rng.standard_normal((T, B, D))
    hs, last, _ = module.forward(params, x)
    normal = lambda array: rng.standard_normal(array.shape)                                       # noqa: E731
    return Case(
        params=params,
        x=x,
        state=mapped(normal, last) if state else None,
        lengths=None if lengths is None else np.asarray(lengths),
        dhs=normal(hs) if loss != "last" else None,
        dlast=mapped(normal, last) if loss != "every" else None,
    )


@st.composite
def cases(draw, module) -> Case:
    """Small cases of every kind: T = 1, B = 1, ragged or not, h_0 given or not, the three kinds of loss."""
    T, B, D, H = (draw(st.integers(1, most)) for most in (5, 4, 4, 5))
    lengths = draw(st.none() | st.lists(st.integers(1, T), min_size=B, max_size=B))
    loss, state = draw(st.sampled_from(["every", "last", "both"])), draw(st.booleans())
    return case(module, T, B, D, H, draw(st.integers(0, 2**32 - 1)), lengths=lengths, loss=loss, state=state)


def parts(state) -> list[np.ndarray]:
    """The arrays of a state."""
    return list(state) if isinstance(state, tuple) else [state]


def mapped(f, state):
    """The state of the same kind with f applied to each array."""
    return type(state)(*map(f, state)) if isinstance(state, tuple) else f(state)


def _astype(value, dtype):
    if value is None:
        return None
    if isinstance(value, dict):
        return {name: array.astype(dtype) for name, array in value.items()}
    return mapped(lambda array: array.astype(dtype), value)


# ---- The three ways --------------------------------------------------------------------------------------------------

def by_hand(layer: Recurrent, c: Case) -> dict[str, np.ndarray]:
    """Outputs and gradients of the layer's own forward and backward, flat and named."""
    hs, last, cache = layer.module.forward(c.params, c.x, c.state, c.lengths)
    dx, dstate, grads = layer.module.backward(cache, c.dhs, c.dlast)
    return named(hs=hs, last=last, dx=dx, dstate=dstate, grads=grads)


def by_differences(layer: Recurrent, c: Case) -> dict[str, np.ndarray]:
    """Gradients of Σ hs ⊙ dhs + Σ last ⊙ dlast, entry by entry."""
    state = c.state
    if state is None:
        state = mapped(np.zeros_like, layer.module.forward(c.params, c.x)[1])

    def loss() -> float:
        hs, last, _ = layer.module.forward(c.params, c.x, state, c.lengths)
        pairs = [] if c.dlast is None else list(zip(parts(last), parts(c.dlast), strict=True))
        pairs += [] if c.dhs is None else [(hs, c.dhs)]
        return sum(float((a * b).sum()) for a, b in pairs)

    def gradient(array: np.ndarray) -> np.ndarray:
        return numerical_gradient(loss, array, layer.eps)

    grads = {name: gradient(array) for name, array in c.params.items()}
    return named(dx=gradient(c.x), dstate=mapped(gradient, state), grads=grads)


def by_autograd(layer: Recurrent, c: Case) -> dict[str, np.ndarray]:
    """Outputs and gradients of the PyTorch twin, which is given the sequences packed."""
    twin = layer.to_torch(c.params)
    x = torch.tensor(c.x, requires_grad=True)
    state = c.state
    if state is None:
        state = mapped(np.zeros_like, layer.module.forward(c.params, c.x)[1])
    states = [torch.tensor(s[None], requires_grad=True) for s in parts(state)]                  # (1, B, H) each
    packed = packing.pack_padded_sequence(x, torch.tensor(c.ends), enforce_sorted=False)
    out, last = twin(packed, tuple(states) if len(states) > 1 else states[0])
    hs, _ = packing.pad_packed_sequence(out, total_length=len(c.x))
    lasts = list(last) if isinstance(last, tuple) else [last]
    loss = 0 * hs.sum()
    if c.dhs is not None:
        loss = loss + (hs * torch.tensor(c.dhs)).sum()
    if c.dlast is not None:
        loss = loss + sum((a[0] * torch.tensor(b)).sum() for a, b in zip(lasts, parts(c.dlast), strict=True))
    loss.backward()

    def back(tensors):
        arrays = [t.detach().numpy()[0] for t in tensors]
        return type(state)(*arrays) if isinstance(state, tuple) else arrays[0]

    grads = {name: grad.numpy() for name, grad in layer.grads(twin).items()}
    outputs = {"hs": hs.detach().numpy(), "last": back(lasts)}
    return named(**outputs, dx=x.grad.numpy(), dstate=back([s.grad for s in states]), grads=grads)


def named(**groups) -> dict[str, np.ndarray]:
    """Flat names for arrays, states and dicts: {"hs": …, "last": …, "grads.W_hh": …}."""
    flat = {}
    for group, value in groups.items():
        if isinstance(value, dict):
            flat |= {f"{group}.{name}": array for name, array in value.items()}
        elif isinstance(value, tuple):
            flat |= {f"{group}.{name}": array for name, array in value._asdict().items()}
        else:
            flat[group] = value
    return flat


def assert_close(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], tolerance: float) -> None:
    """Each expected array is there, of the same shape and dtype: max |a − b| ≤ tolerance · max(|a|, |b|, 0.1).

    The gradients that enter are of size 1, so that an array below 0.1 is the difference of larger numbers.
    """
    for name, b in expected.items():
        a = got[name]
        assert a.shape == b.shape, f"{name}: shape {a.shape}, expected {b.shape}"
        assert a.dtype == b.dtype, f"{name}: dtype {a.dtype}, expected {b.dtype}"
        error = np.abs(a - b).max() / max(0.1, np.abs(a).max(), np.abs(b).max())
        assert error <= tolerance, f"{name}: relative error {error:.2g}, at most {tolerance:.0e} allowed"
