"""A cell whose initial state is learned: one h_0 for all sequences.

    h_0, a parameter, takes the place of zeros; its gradient is dh_0 = Σ_b dstate[b]

`learned_start.of(cell)` is a layer. Inside a structure it stands where the cell stood:
stacked.of(learned_start.of(gru)).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnbook import validate
from rnnbook.scratch.layer import Layer
from rnnbook.scratch.lstm import LSTMState


def of(cell: Any) -> Layer:
    """The layer `cell` with a learned initial state.

    Its params are {"cell": those of the cell, "h_0": (H,)}, and "c_0": (H,) where the state is an LSTMState; both start
    at 0. A state that is given, as when a state is carried on, is used in place of them, and they get a gradient of 0.

    Parameters
    ----------
    cell : module or Layer
        A recurrent layer whose state is an array (B, H) or an LSTMState of two.
    """

    def init(rng: np.random.Generator, D: int, H: int, **options) -> dict:
        """Parameters of the cell, drawn by its own init, which takes the options; h_0 (and c_0) 0."""
        params = cell.init(rng, D, H, **options)
        _, state, _ = cell.forward(params, np.zeros((1, 1, D)))
        return {"cell": params} | {name: np.zeros(part.shape[1:]) for name, part in _named(state).items()}

    def step(params: dict, x_t: np.ndarray, state: Any = None):
        """One step of the cell; from the learned state where `state` is None."""
        if state is None:
            x_t = validate.array("x_t", x_t, (None, None), sizes="(B, D)")
            state = _start(params, len(x_t))
        return cell.step(_cell_params(params), x_t, state)

    def forward(params: dict, x: np.ndarray, state: Any = None, lengths: np.ndarray | None = None):
        """As the cell's; from the learned state where `state` is None."""
        learned = state is None
        if learned:
            x = validate.array("x", x, (None, None, None), sizes="(T, B, D)")
            state = _start(params, x.shape[1])
        hs, last, cache = cell.forward(_cell_params(params), x, state, lengths)
        return hs, last, (cache, learned)

    def backward(cache: tuple, dhs: np.ndarray | None = None, dlast: Any = None):
        """As the cell's; grads are nested like the params, and the learned state's is the sum over the batch."""
        inner, learned = cache
        dx, dstate, grads = cell.backward(inner, dhs, dlast)
        starts = {name: d.sum(axis=0) if learned else np.zeros_like(d[0]) for name, d in _named(dstate).items()}
        return dx, dstate, {"cell": grads} | starts

    return Layer(init, step if cell.step is not None else None, forward, backward)


def _cell_params(params):
    if not isinstance(params, dict) or "cell" not in params:
        raise ValueError("params has no 'cell'; it needs cell, h_0, and for an LSTM c_0")
    return params["cell"]


def _start(params: dict, B: int):
    """The learned state, once for each of B sequences."""
    _cell_params(params)
    names = ["h_0", "c_0"] if "c_0" in params else ["h_0"]
    validate.params(params, dict.fromkeys(names, (None,)))
    states = [np.broadcast_to(params[name], (B, len(params[name]))) for name in names]
    return LSTMState(*states) if len(states) == 2 else states[0]


def _named(state) -> dict[str, np.ndarray]:
    """h_0 (and c_0) of a state of one cell."""
    if isinstance(state, LSTMState):
        return {"h_0": state.h, "c_0": state.c}
    if isinstance(state, np.ndarray):
        return {"h_0": state}
    raise ValueError(f"cell has a state of type {type(state).__name__}; put learned_start inside the structure, around "
                     "each cell: stacked.of(learned_start.of(lstm))")
