"""Layers upon layers: each reads the states of the one below.

    y⁰_t = x_t
    yˡ_t = layer_l(drop(yˡ⁻¹))_t                  plain
    yˡ_t = layer_l(drop(yˡ⁻¹))_t + yˡ⁻¹_t         with residual links, for every layer but the first
    hs   = y of the last layer

`drop` sets each entry to 0 with probability p, and divides the others by 1 − p, so that means stay the same; new for
every step, between layers only: not on the input, not on the output, and never from step to step. The residual link
goes round it. The first layer has no link, since its input has another size.

`stacked.of(cell, layers)` is a layer, of params {"layer_0": …, "layer_1": …}; a state is the tuple of the states of the
layers, the lowest first. With residual links hs is the sum of the layers' outputs, and `last` still holds their states.

Sources: Pascanu et al., "How to construct deep recurrent neural networks" (2014); dropout from Zaremba, Sutskever and
Vinyals, "Recurrent neural network regularization" (2014), who drop the input and the output too; residual links as in
Wu et al., "Google's neural machine translation system" (2016), section 3.1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch.layer import Layer, inside, outputs, part, states


class Cache(NamedTuple):
    """What `backward` needs from `forward`, for each layer from the lowest."""

    layers: tuple
    kept: tuple                     # what the layer's input was multiplied by, (T, B, H); None where nothing is dropped
    shape: tuple[int, int, int]     # (T, B, H), of hs


def of(cell: Any, layers: int = 2, residual: bool = False, dropout: float = 0.0,
       rng: np.random.Generator | None = None) -> Layer:
    """A stack of `layers` of `cell`, a module or a Layer.

    Parameters
    ----------
    cell : module or Layer
    layers : int
    residual : bool
        Whether each layer but the first adds its input to its output.
    dropout : float
        Probability of an entry between two layers to be dropped, 0 ≤ p < 1.
    rng : numpy.random.Generator
        What decides which. None drops nothing, as is right in evaluation: the params fit both, so that one net is
        stacked.of(lstm, 2, dropout=0.5, rng=rng) in training and stacked.of(lstm, 2) afterwards.
    """
    validate.sizes(layers=layers)
    if not 0 <= dropout < 1:
        raise ValueError(f"dropout is {dropout}; expected 0 ≤ dropout < 1")
    names = [f"layer_{n}" for n in range(layers)]

    def init(rng: np.random.Generator, D: int, H: int, **options) -> dict:
        """Parameters {"layer_0": …, …}, each drawn by the cell's init, which takes options."""
        params = {}
        for name in names:
            params[name] = cell.init(rng, D, H, **options)
            D = outputs(cell, params[name], D)
        return params

    def step(params: dict, x_t: np.ndarray, state: tuple) -> tuple:
        """One step of each layer from the lowest: x_t (B, D) and the tuple of states give the next tuple of states."""
        x_t = validate.array("x_t", x_t, (None, None), sizes="(B, D)")
        _, state, _ = forward(params, x_t[None], state)
        return state

    def forward(params: dict, x: np.ndarray, state: tuple | None = None, lengths: np.ndarray | None = None):
        """Run the stack over sequences.

        Parameters
        ----------
        x : (T, B, D)
        state : tuple of the layers' states
            Zeros if None, as a whole or for one layer.
        lengths : int (B,)
            Real steps of each sequence; all T if None. What stands in `x` after a sequence's end is never used.

        Returns
        -------
        hs : (T, B, H)
            Outputs of the last layer; 0 after a sequence's end.
        last : tuple of the layers' states
        cache : Cache
        """
        lasts, caches, kept = [], [], []
        for name, start in zip(names, states("state", state, names), strict=True):
            first = name == names[0]
            keep = None if first else _keep(x, dropout, rng)                         # (T, B, H)
            dropped = x if keep is None else x * keep
            own = part(params, name, names)
            with inside(name):
                y, last, cache = cell.forward(own, dropped, start, lengths)
            x = y if first or not residual else y + x                                # (T, B, H)
            lasts.append(last)
            caches.append(cache)
            kept.append(keep)
        return x, tuple(lasts), Cache(tuple(caches), tuple(kept), x.shape)

    def backward(cache: Cache, dhs: np.ndarray | None = None, dlast: tuple | None = None):
        """Backpropagation through time in each layer, from the highest down: dx of a layer is dhs of the one below.

        Parameters
        ----------
        dhs : (T, B, H)
            Gradient of the loss with respect to `hs`; what stands after a sequence's end is never used.
        dlast : tuple
            Gradient with respect to `last`, layer by layer. What is None is 0.

        Returns
        -------
        dx : (T, B, D)
            0 after a sequence's end.
        dstate : tuple
        grads : dict, nested as the params
        """
        dlasts = states("dlast", dlast, names)
        dy = None if dhs is None else validate.array("dhs", dhs, cache.shape)
        dstates, grads = [], {}
        for name, inner, keep, d in reversed(list(zip(names, cache.layers, cache.kept, dlasts, strict=True))):
            with inside(name):
                dx, dstate, grads[name] = cell.backward(inner, dy, d)                # (T, B, D or H)
            if keep is not None:
                dx = dx * keep
            dy = dx if not residual or dy is None or name == names[0] else dx + dy
            dstates.append(dstate)
        return dy, tuple(reversed(dstates)), {name: grads[name] for name in names}

    return Layer(init, step if cell.step is not None else None, forward, backward)


def _keep(x, dropout, rng):
    if rng is None or dropout == 0:
        return None
    return ((rng.random(x.shape) >= dropout) / (1 - dropout)).astype(x.dtype)
