"""Beam search, and the rules that weigh long hypotheses against short ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch.search.decoder import Found, Step, advance, check, rows

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Beams(NamedTuple):
    """Up to W outputs for each sequence, best first. Where fewer were found, `scores` and `log_p` are −inf."""

    tokens: np.ndarray          # int (T, B, W)
    lengths: np.ndarray         # int (B, W)
    log_p: np.ndarray           # (B, W)
    finished: np.ndarray        # bool (B, W)
    scores: np.ndarray          # (B, W), log_p under the length rule

    def best(self) -> Found:
        """The first of each sequence."""
        return Found(self.tokens[:, :, 0], self.lengths[:, 0], self.log_p[:, 0], self.finished[:, 0])


def no_rule(log_p: np.ndarray, length: np.ndarray) -> np.ndarray:
    """log p(y) as it is: the longer, the lower."""
    return log_p


def mean_rule(alpha: float = 1.0) -> Rule:
    """log p(y) / length^alpha: the mean over tokens at alpha = 1, `no_rule` at 0."""
    _check_alpha(alpha)
    return lambda log_p, length: log_p / length**alpha


def gnmt_rule(alpha: float = 0.6) -> Rule:
    """log p(y) / ((5 + length) / 6)^alpha.

    Source: Wu et al., "Google's neural machine translation system" (2016), equation 14, without coverage.
    """
    _check_alpha(alpha)
    return lambda log_p, length: log_p / ((5 + length) / 6) ** alpha


def _check_alpha(alpha):
    if not 0 <= alpha < np.inf:
        raise ValueError(f"alpha is {alpha!r}; expected 0 or more")


def beam(
    step: Step,
    state: Any,
    start: np.ndarray,
    eos: int | None,
    max_length: int,
    width: int,
    rule: Rule = no_rule,
) -> Beams:
    """Beam search: the `width` most probable hypotheses are kept at each step.

    All hypotheses of a step are extended by every token, and the best extensions kept. One that ends in `eos` is set
    aside and keeps its place, so that fewer go on; the search is over when none does. `rule(log_p, length)`, with
    `eos` counted in the length, then orders what was found: finished hypotheses and those cut off at `max_length`.
    Of equal hypotheses the one first met stays. Width 1 is `greedy`.

    Other arguments as `greedy`. Source: Sutskever, Vinyals and Le, "Sequence to sequence learning" (2014), section 3.2.
    """
    token = check(state, start, eos, max_length)
    validate.sizes(width=width)
    B, W = len(token), width
    state, token = rows(state, np.repeat(np.arange(B), W)), np.repeat(token, W)         # (B · W, …)
    log_p = np.full((B, W), -np.inf)                                     # of live hypotheses; −inf: an empty place
    log_p[:, 0] = 0
    history = np.zeros((0, B, W), int)                                   # (t, B, W), tokens of live hypotheses
    found: list[list[tuple]] = [[] for _ in range(B)]                    # (log_p, tokens, finished) of each sequence
    while not np.isneginf(log_p).all() and len(history) < max_length:
        live = ~np.isneginf(log_p)
        log_p_t, state = advance(step, state, token, live.ravel(), eos)  # (B · W, V)
        V = log_p_t.shape[-1]
        extended = (log_p[:, :, None] + log_p_t.reshape(B, W, V)).reshape(B, W * V)
        best = np.argsort(-extended, axis=-1, kind="stable")[:, :W]      # (B, W)
        log_p = np.take_along_axis(extended, best, axis=-1)
        places = np.array([W - len(f) for f in found])                   # (B,), not taken by finished hypotheses
        log_p[np.arange(W) >= places[:, None]] = -np.inf
        parent, new = best // V, best % V                                # (B, W)
        history = np.concatenate([np.take_along_axis(history, parent[None], axis=-1), new[None]])
        for b, w in np.argwhere((new == eos) & ~np.isneginf(log_p)) if eos is not None else ():
            found[b].append((log_p[b, w], history[:-1, b, w], True))
            log_p[b, w] = -np.inf
        state = rows(state, (np.arange(B)[:, None] * W + parent).ravel())
        token = new.ravel()
    for b, w in np.argwhere(~np.isneginf(log_p)):
        found[b].append((log_p[b, w], history[:, b, w], False))
    return _ranked(found, W, len(history), eos, rule)


def _ranked(found, W, T, eos, rule) -> Beams:
    B = len(found)
    tokens = np.full((T, B, W), 0 if eos is None else eos)
    lengths, finished = np.zeros((B, W), int), np.zeros((B, W), bool)
    log_p, scores = np.full((B, W), -np.inf), np.full((B, W), -np.inf)
    for b, hypotheses in enumerate(found):
        n = np.array([len(y) + done for _, y, done in hypotheses])       # length, with eos
        score = validate.array("result of rule", rule(np.array([h[0] for h in hypotheses]), n), n.shape)
        validate.no_nan("result of rule", score)
        for w, i in enumerate(np.argsort(-score, kind="stable")):
            log_p[b, w], y, finished[b, w] = hypotheses[i]
            tokens[: len(y), b, w], lengths[b, w], scores[b, w] = y, len(y), score[i]
    return Beams(tokens, lengths, log_p, finished, scores)
