"""The training loop: for each batch the loss and its gradients, clipped, and a step of the optimiser.

    params ← optimiser.step(params, clip(∂loss/∂params))

It takes any model: a function (params, batch) -> loss, grads, with grads nested as the params.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rnnbook import validate
from rnnbook.scratch import optim


class Trained(NamedTuple):
    """What `train` returns."""

    params: dict
    losses: list[float]         # of each step, before its update
    norms: list[float]          # global norm of each step's gradient, before clipping
    epochs: list[float]         # mean of the losses in each epoch


def train(loss_and_grads: Callable[[dict, Any], tuple[float, dict]], params: dict,
          batches: Iterable | Callable[[int], Iterable], optimiser: optim.Optimiser, *, epochs: int = 1,
          clip: float | None = None, progress: bool | None = None) -> Trained:
    """Train from `params`, which are not changed.

    Parameters
    ----------
    loss_and_grads : function (params, batch) -> loss, grads
    params : dict, nested or not
    batches : iterable, or function (epoch) -> iterable
        What each epoch goes through; the function is asked anew for every epoch, from 0, and may shuffle.
    optimiser : optim.Optimiser
        A new one, unless the training goes on from an earlier one.
    epochs : int
    clip : float
        Threshold of the gradient's global norm; None does not clip.
    progress : bool
        Whether to show a bar on stderr, by tqdm where that is installed. None: where stderr is a terminal.

    Raises
    ------
    FloatingPointError
        When the loss or the norm of the gradient is not finite: before that step, so that its `params` attribute holds
        the last ones that worked. The message gives epoch, step, loss, norm, rate and threshold.
    ValueError
        From the model, with a note of epoch and step; or epochs < 1, or an epoch without a batch.
    """
    validate.sizes(epochs=epochs)
    if not callable(batches) and iter(batches) is batches and epochs > 1:
        raise ValueError(f"batches is a {type(batches).__name__}, which is used up after one epoch; expected a list "
                         "or a function of the epoch")
    losses: list[float] = []
    norms: list[float] = []
    means: list[float] = []
    for epoch in range(epochs):
        first = len(losses)
        bar = _bar(batches(epoch) if callable(batches) else batches, f"epoch {epoch + 1}/{epochs}", progress)
        for step, batch in enumerate(bar):
            try:
                loss, grads = loss_and_grads(params, batch)
            except Exception as error:
                error.add_note(_note(epoch, step, optimiser, clip, error))
                raise
            grads, norm = optim.clip(grads, math.inf if clip is None else clip)
            if not (math.isfinite(loss) and math.isfinite(norm)):
                raise _stopped(epoch, step, float(loss), norm, optimiser, clip, params)
            params = optimiser.step(params, grads)
            losses.append(float(loss))
            norms.append(norm)
            if hasattr(bar, "set_postfix"):
                bar.set_postfix(loss=f"{loss:.4g}", refresh=False)
        if len(losses) == first:
            raise ValueError(f"batches is empty in epoch {epoch + 1}; expected at least one batch")
        means.append(sum(losses[first:]) / (len(losses) - first))
    return Trained(params, losses, norms, means)


def _note(epoch, step, optimiser, clip, error):
    """For an error of the model; a layer that is handed NaN refuses it before there is a loss."""
    note = f"in epoch {epoch + 1}, step {step + 1} of the training"
    if " is NaN" not in str(error):
        return note
    return (f"{note}; where the batch holds no NaN, numbers have grown too large: try a lower rate "
            f"(lr is {optimiser.lr}) or a tighter clip (clip is {clip})")


def _stopped(epoch, step, loss, norm, optimiser, clip, params):
    error = FloatingPointError(
        f"training stopped in epoch {epoch + 1}, step {step + 1}: the loss is {loss} and the norm of the gradient "
        f"{norm}; try a lower rate (lr is {optimiser.lr}) or a tighter clip (clip is {clip})")
    error.params = params       # type: ignore[attr-defined]
    return error


def _bar(batches: Iterable, words: str, progress: bool | None) -> Iterable:
    """The batches behind a progress bar, if one is wanted and there is tqdm."""
    if progress is False:
        return batches
    try:
        tqdm = importlib.import_module("tqdm")      # not a dependency
    except ImportError:
        return batches
    return tqdm.tqdm(batches, desc=words, disable=None if progress is None else False, leave=False)
