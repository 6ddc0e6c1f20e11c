"""The linear-chain conditional random field: a score for every path of tags, and the best of them.

    score(y) = start[y_1] + Σ_t emissions[t, y_t] + Σ_t transitions[y_{t-1}, y_t] + stop[y_T]
    p(y | x) = exp(score(y)) / Z        Z = Σ_y' exp(score(y'))

Emissions come from a network, one score a tag and step; the parameters are transitions (K, K), from the row's tag to
the column's, start (K,) and stop (K,). A score of −inf forbids a tag or a transition. Sums over all K^T paths take
T K² operations: the sum (or the maximum) over what came before is carried from step to step. Scores are added up in
float64; results have the dtype of the emissions and the parameters.

Source: Lafferty, McCallum and Pereira, "Conditional random fields" (2001); with emissions from a network, Collobert et
al., "Natural language processing (almost) from scratch" (2011), equations 12 to 14, and Lample et al., "Neural
architectures for named entity recognition" (2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import sequences, weights
from rnnbook.text import length_mask


def init(rng: np.random.Generator, K: int) -> dict[str, np.ndarray]:
    """Parameters transitions (K, K), start (K,) and stop (K,), float64, uniform on ±0.1."""
    validate.sizes(K=K)
    shapes: dict[str, tuple[int, ...]] = {"transitions": (K, K), "start": (K,), "stop": (K,)}
    return {name: weights.uniform(rng, shape, 0.1) for name, shape in shapes.items()}


def bio_rules(labels: Sequence[str]) -> dict[str, np.ndarray]:
    """Fixed parameters for BIO tags: 0 where a tag may follow, −inf where I-X would not continue B-X or I-X.

    `labels[k]` is the name of tag k: "O", "B-X" or "I-X". Added to learned parameters they keep Viterbi to valid paths.
    """
    if isinstance(labels, str) or len(labels) == 0:
        raise ValueError(f"labels is {labels!r}; expected a list of tag names")
    for k, label in enumerate(labels):
        if not isinstance(label, str) or not (label == "O" or label[:2] in ("B-", "I-")):
            raise ValueError(f"labels[{k}] is {label!r}; expected 'O', 'B-TYPE' or 'I-TYPE'")
    inside = np.array([label[:2] == "I-" for label in labels])                                   # (K,)
    continues = np.array([[a != "O" and a[2:] == b[2:] for b in labels] for a in labels])        # (K, K)
    return {
        "transitions": np.where(inside & ~continues, -np.inf, 0.0),
        "start": np.where(inside, -np.inf, 0.0),
        "stop": np.zeros(len(labels)),
    }


# ---- Sums over all paths ---------------------------------------------------------------------------------------------

def log_partition(params: dict, emissions: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """log Z of each sequence, (B,): the log of Σ exp(score) over all paths, by the forward algorithm.

    Parameters
    ----------
    emissions : (T, B, K)
    lengths : int (B,)
        Real steps of each sequence; all T if None. What stands after a sequence's end is never used.

    Raises
    ------
    ValueError
        Naming the argument: wrong shape or dtype, a length outside 1 … T, NaN or +inf in a real score; a sequence with
        no path that the −inf entries leave.
    """
    c = _prepare(params, emissions, lengths)
    return _log_Z(c, _sums_before(c)).astype(c.dtype)


def marginals(params: dict, emissions: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """p(y_t = k | x), (T, B, K): sums to 1 over k at each real step, 0 after a sequence's end.

        log p(y_t = k | x) = before[t, k] + after[t, k] − log Z

    where `before` sums over the paths up to step t and `after` over those from there on. Arguments as `log_partition`.
    """
    c = _prepare(params, emissions, lengths)
    before = _sums_before(c)
    return _marginals(c, before, _sums_after(c), _log_Z(c, before)).astype(c.dtype)


def _sums_before(c: _Case) -> np.ndarray:
    """before[t, b, j] = log Σ exp(score) over paths up to step t that end in tag j; it stands still in the pads.

        before[t, j] = emissions[t, j] + log Σ_i exp(before[t-1, i] + transitions[i, j])
    """
    before = np.empty_like(c.emissions)
    before[0] = c.start + c.emissions[0]
    for t in range(1, len(before)):
        here = c.emissions[t] + _log_sum_exp(before[t - 1][:, :, None] + c.transitions, axis=1)   # (B, K)
        before[t] = np.where(c.mask[t], here, before[t - 1])
    return before


def _sums_after(c: _Case) -> np.ndarray:
    """after[t, b, i] = log Σ exp(score) over what may follow tag i at step t; `stop` at a sequence's end and behind.

        after[t, i] = log Σ_j exp(transitions[i, j] + emissions[t+1, j] + after[t+1, j])
    """
    after = np.empty_like(c.emissions)
    after[-1] = c.stop
    for t in reversed(range(len(after) - 1)):
        here = _log_sum_exp(c.transitions + (c.emissions[t + 1] + after[t + 1])[:, None, :], axis=2)    # (B, K)
        after[t] = np.where(c.mask[t + 1], here, c.stop)
    return after


def _log_Z(c, before):
    log_Z = _log_sum_exp(before[-1] + c.stop, axis=-1)                   # (B,)
    _check_path(log_Z)
    return log_Z


def _marginals(c, before, after, log_Z):
    return np.where(c.mask, np.exp(before + after - log_Z[:, None]), 0)  # (T, B, K)


def _log_sum_exp(values, axis):
    """log Σ exp(values) without overflow; −inf where all are −inf."""
    top = values.max(axis=axis, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)
    with np.errstate(divide="ignore"):                                   # log 0 = −inf is meant
        return np.squeeze(top, axis) + np.log(np.exp(values - top).sum(axis=axis))


# ---- One path --------------------------------------------------------------------------------------------------------

def score(params: dict, emissions: np.ndarray, tags: np.ndarray, lengths: np.ndarray | None = None) -> np.ndarray:
    """Score of the path `tags`, int (T, B), in each sequence: (B,). −inf for a path that is forbidden."""
    c = _prepare(params, emissions, lengths)
    return _score(c, _tags(c, tags)).astype(c.dtype)


def _score(c, tags):
    every = np.arange(tags.shape[1])
    last = tags[sequences.ends(c.mask) - 1, every]                       # (B,), tag at each sequence's last real step
    emitted = np.take_along_axis(c.emissions, tags[..., None], axis=-1)  # (T, B, 1)
    moved = c.transitions[tags[:-1], tags[1:]]                           # (T − 1, B)
    total = np.where(c.mask, emitted, 0).sum(axis=(0, 2)) + np.where(c.mask[1:, :, 0], moved, 0).sum(axis=0)
    return c.start[tags[0]] + total + c.stop[last]                       # (B,)


def loss(params: dict, emissions: np.ndarray, tags: np.ndarray, lengths: np.ndarray | None = None):
    """Mean over sequences of −log p(tags | x) = log Z − score(tags), in nats, with its gradients.

    The gradient of −log p is what the model expects less what is there. With p(k) = p(y_t = k | x), marginals of one
    tag, and p(i, j) = p(y_{t-1} = i, y_t = j | x), of two neighbours:

        demissions[t, k] = (p(k) − [tags_t = k]) / B
        dtransitions[i, j] = Σ_t Σ_b (p(i, j) − [tags_{t-1} = i, tags_t = j]) / B

    Parameters
    ----------
    emissions : (T, B, K)
    tags : int (T, B)
        The right tags, 0 … K − 1; what stands after a sequence's end is never used.
    lengths : int (B,)

    Returns
    -------
    loss : float
        inf if a parameter or an emission of −inf forbids the right path; the gradients are finite even then.
    demissions : (T, B, K)
        0 after a sequence's end.
    grads : dict
        Of transitions, start and stop, each under its name.
    """
    c = _prepare(params, emissions, lengths)
    tags = _tags(c, tags)
    T, B, K = c.emissions.shape
    before, after = _sums_before(c), _sums_after(c)
    log_Z = _log_Z(c, before)

    is_tag = c.mask & (np.arange(K) == tags[:, :, None])                                 # (T, B, K)
    demissions = (_marginals(c, before, after, log_Z) - is_tag) / B                      # (T, B, K)
    dtransitions = np.zeros((K, K))
    for t in range(1, T):
        arriving = c.emissions[t] + after[t] - log_Z[:, None]                            # (B, K)
        arriving = np.where(c.mask[t], arriving, -np.inf)                                # nothing arrives in a pad
        pairs = np.exp(before[t - 1][:, :, None] + c.transitions + arriving[:, None])    # (B, K, K), p(i, j)
        there = is_tag[t - 1][:, :, None] & is_tag[t][:, None]
        dtransitions += (pairs.sum(axis=0) - there.sum(axis=0)) / B
    ends = c.mask & ~np.concatenate([c.mask[1:], np.zeros((1, B, 1), bool)])             # (T, B, 1), the last real step
    grads = {
        "transitions": dtransitions,
        "start": demissions[0].sum(axis=0),
        "stop": np.where(ends, demissions, 0).sum(axis=(0, 1)),
    }
    mean = float((log_Z - _score(c, tags)).mean())
    return mean, demissions.astype(c.dtype), {name: g.astype(c.dtype) for name, g in grads.items()}


# ---- The best path ---------------------------------------------------------------------------------------------------

def viterbi(params: dict, emissions: np.ndarray, lengths: np.ndarray | None = None):
    """The path of the highest score, by Viterbi's algorithm: the forward algorithm with max in place of log Σ exp.

        best[t, j] = emissions[t, j] + max_i (best[t-1, i] + transitions[i, j])

    Arguments as `log_partition`. Of equal scores the lowest tag is taken, from the end on.

    Returns
    -------
    tags : int (T, B)
        0 after a sequence's end.
    score : (B,)

    Source: Viterbi, "Error bounds for convolutional codes" (1967).
    """
    c = _prepare(params, emissions, lengths)
    T, B, K = c.emissions.shape
    best = c.start + c.emissions[0]                                      # (B, K)
    came_from = np.empty((T, B, K), int)                                 # came_from[t, b, j]: the tag before tag j
    came_from[0] = np.arange(K)
    for t in range(1, T):
        arrivals = best[:, :, None] + c.transitions                      # (B, K, K)
        came_from[t] = np.where(c.mask[t], arrivals.argmax(axis=1), np.arange(K))      # in the pads: where it stands
        best = np.where(c.mask[t], arrivals.max(axis=1) + c.emissions[t], best)
    best = best + c.stop
    _check_path(best.max(axis=-1))

    tags = np.empty((T, B), int)
    tags[-1] = best.argmax(axis=-1)
    for t in reversed(range(1, T)):
        tags[t - 1] = came_from[t, np.arange(B), tags[t]]
    return np.where(c.mask[..., 0], tags, 0), best.max(axis=-1).astype(c.dtype)


# ---- Arguments -------------------------------------------------------------------------------------------------------

class _Case(NamedTuple):
    transitions: np.ndarray     # (K, K)
    start: np.ndarray           # (K,)
    stop: np.ndarray            # (K,)
    emissions: np.ndarray       # (T, B, K), pads set to 0
    mask: np.ndarray            # bool (T, B, 1), True where a step is real
    dtype: np.dtype             # of the results


def _prepare(params, emissions, lengths) -> _Case:
    validate.params(params, {"transitions": (None, None)})
    K = len(params["transitions"])
    names = ("transitions", "start", "stop")
    validate.params(params, dict(zip(names, [(K, K), (K,), (K,)], strict=True)))
    emissions = validate.array("emissions", emissions, (None, None, K), sizes=f"(T, B, {K})")
    T, B, _ = emissions.shape
    mask = length_mask(validate.lengths(lengths, T, B), T)               # (T, B)
    for name in names:
        _no_nan_or_inf(f"params[{name!r}]", params[name])
    _no_nan_or_inf("emissions", emissions, mask)
    dtype = np.result_type(emissions, *(params[name] for name in names))
    mask = mask[:, :, None]
    transitions, start, stop = (params[name].astype(np.float64) for name in names)
    emissions = sequences.zero_pads(emissions, mask).astype(np.float64)
    return _Case(transitions, start, stop, emissions, mask, dtype)


def _no_nan_or_inf(name, value, mask=None):
    validate.no_nan(name, value, mask)
    bad = np.isposinf(value) & (True if mask is None else mask[..., None])
    if bad.any():
        where = [int(i) for i in np.argwhere(bad)[0]]
        raise ValueError(f"{name}{where} is inf; expected a number, or −inf for what is forbidden")


def _tags(c, tags):
    T, B, K = c.emissions.shape
    tags = validate.as_array("tags", tags)
    if tags.shape != (T, B):
        raise ValueError(f"tags has shape {tags.shape}; expected {(T, B)}, that of emissions but for K")
    return validate.tokens("tags", np.where(c.mask[..., 0], tags, 0), K)


def _check_path(best):
    if np.isneginf(best).any():
        b = int(np.argmax(np.isneginf(best)))
        raise ValueError(f"emissions[:, {b}] has no path left: start, transitions, stop and emissions forbid them all")
