"""Search with one hypothesis: greedy, and sampling with temperature, of the top k or of the nucleus."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnbook import validate
from rnnbook.scratch.losses import softmax
from rnnbook.scratch.search.decoder import Found, Step, advance, check, check_logits


def greedy(step: Step, state: Any, start: np.ndarray, eos: int | None, max_length: int) -> Found:
    """The most probable token at each step; of equal ones the lowest.

    Parameters
    ----------
    step : function
        logits (B, V) and the next state for a state and a token, int (B,).
    state
        Before the first step; its arrays are (B, …).
    start : int (B,)
        First token each sequence is given; not part of the result.
    eos : int
        The token that ends a sequence; None if there is none.
    max_length : int
        Tokens at most, `eos` counted.

    Raises
    ------
    ValueError
        Naming the argument; also where `step` gives the wrong shape, NaN, or no token that is possible.
    """
    return _one_at_a_time(step, state, start, eos, max_length, lambda logits: logits.argmax(axis=-1))


def sample(
    step: Step,
    state: Any,
    start: np.ndarray,
    eos: int | None,
    max_length: int,
    rng: np.random.Generator,
    temperature: float = 1.0,
    k: int | None = None,
    p: float | None = None,
) -> Found:
    """Tokens drawn from softmax(logits / temperature), of the `k` best, then of the `nucleus` p, where given.

    `log_p` of the result is under the model itself: temperature 1, all tokens. Other arguments as `greedy`.
    """
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng is a {type(rng).__name__}; expected a numpy.random.Generator")
    if not (isinstance(temperature, (int, float, np.number)) and 0 < temperature < np.inf):
        raise ValueError(f"temperature is {temperature!r}; expected above 0 (for the limit 0, see greedy)")

    def choose(logits):
        with np.errstate(over="ignore"):                                 # −inf, at a temperature near 0
            logits = (logits - logits.max(axis=-1, keepdims=True)) / temperature
        logits = logits if k is None else top_k(logits, k)
        return draw(rng, logits if p is None else nucleus(logits, p))

    return _one_at_a_time(step, state, start, eos, max_length, choose)


def draw(rng: np.random.Generator, logits: np.ndarray) -> np.ndarray:
    """One token of each softmax(logits), int (B,) for logits (B, V)."""
    logits = check_logits("logits", validate.array("logits", logits, (None, None), sizes="(B, V)"))
    below = np.cumsum(softmax(logits.astype(np.float64)), axis=-1)       # (B, V), p(token ≤ v)
    u = rng.random((len(below), 1))
    return (below / below[:, -1:] <= u).sum(axis=-1)                     # the first token with p(token ≤ v) > u


def top_k(logits: np.ndarray, k: int) -> np.ndarray:
    """Logits (…, V) with −inf for all but the `k` highest; of equal ones the lowest token stays.

    Source: Fan, Lewis and Dauphin, "Hierarchical neural story generation" (2018).
    """
    logits = check_logits("logits", logits)
    validate.sizes(k=k)
    return np.where(_rank(logits) < k, logits, -np.inf).astype(logits.dtype)


def nucleus(logits: np.ndarray, p: float) -> np.ndarray:
    """Logits (…, V) with −inf for all but the nucleus: the fewest most probable tokens that together reach `p`.

    Source: Holtzman et al., "The curious case of neural text degeneration" (2020), equation 2.
    """
    logits = check_logits("logits", logits)
    if not 0 < p <= 1:
        raise ValueError(f"p is {p!r}; expected above 0, at most 1")
    if p == 1:
        return logits
    rank = _rank(logits)
    falling = -np.sort(-softmax(logits.astype(np.float64)), axis=-1)                     # (…, V)
    before = np.cumsum(falling, axis=-1) - falling                                       # what better tokens have
    keep = np.take_along_axis(before < p, rank, axis=-1)
    return np.where(keep, logits, -np.inf).astype(logits.dtype)


def _rank(logits):
    """0 for the highest logit, 1 for the next; of equal ones the lowest token first."""
    return np.argsort(np.argsort(-logits, axis=-1, kind="stable"), axis=-1)


def _one_at_a_time(step, state, start, eos, max_length, choose) -> Found:
    token = check(state, start, eos, max_length)
    B = len(token)
    live, lengths, log_p = np.ones(B, bool), np.zeros(B, int), np.zeros(B)
    steps: list[np.ndarray] = []
    while live.any() and len(steps) < max_length:
        log_p_t, state = advance(step, state, token, live, eos)          # (B, V)
        token = np.where(live, choose(log_p_t), 0 if eos is None else eos)
        log_p = log_p + np.where(live, np.take_along_axis(log_p_t, token[:, None], axis=-1)[:, 0], 0)
        live = live & (token != eos) if eos is not None else live
        steps.append(token)
        lengths = lengths + live
    return Found(np.stack(steps), lengths, log_p, ~live)
