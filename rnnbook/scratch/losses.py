"""The three output heads and their losses: each loss returns its value and its gradient.

| task | head | loss |
|---|---|---|
| one class of K | softmax | `cross_entropy` |
| yes or no, for each of K labels | sigmoid | `binary_cross_entropy` |
| a number | linear | `squared_error` |

A loss is a mean over real entries: `mask` is True where an entry counts, and what stands elsewhere is never used.
"""

from __future__ import annotations

import numpy as np

from rnnbook import validate


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities over the last axis: exp(logits) / Σ exp(logits), without overflow."""
    e = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−logits)), without overflow, as (1 + tanh(logits / 2)) / 2."""
    return 0.5 * np.tanh(0.5 * np.asarray(logits)) + 0.5


def cross_entropy(logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None):
    """Mean of −log softmax(logits)[target], in nats, over real entries.

    Parameters
    ----------
    logits : (…, K)
    targets : int (…)
        The right class of each entry, 0 … K − 1.
    mask : bool (…)

    Returns
    -------
    loss : float
    dlogits : (…, K)
        (softmax(logits) − one_hot(target)) / N for the N real entries, 0 elsewhere.
    """
    logits, mask = _prepare(logits, mask, per_entry=True)
    K = logits.shape[-1]
    targets = validate.as_array("targets", targets)
    if targets.shape != logits.shape[:-1]:
        raise ValueError(f"targets has shape {targets.shape}; expected {logits.shape[:-1]}, that of logits but for K")
    if targets.dtype.kind == "f":
        validate.no_nan("targets", targets, mask)
    targets = validate.tokens("targets", np.where(mask, targets, 0), K)
    N = int(mask.sum())
    shifted = logits - logits.max(axis=-1, keepdims=True)                        # (…, K)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))        # (…, K)
    log_p_target = np.take_along_axis(log_p, targets[..., None], axis=-1)[..., 0]
    loss = -np.where(mask, log_p_target, 0).sum() / N
    one_hot = np.arange(K) == targets[..., None]
    dlogits = np.where(mask[..., None], np.exp(log_p) - one_hot, 0) / N
    return float(loss), dlogits.astype(logits.dtype)


def binary_cross_entropy(logits: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None):
    """Mean of −[target log σ(logit) + (1 − target) log(1 − σ(logit))], in nats, over real entries.

    `logits`, `targets` (0 … 1) and `mask` have one shape. Returns the loss and dlogits = (σ(logits) − targets) / N.
    """
    logits, mask = _prepare(logits, mask)
    targets = _targets(logits, targets, mask)
    bad = (targets < 0) | (targets > 1)
    if bad.any():
        where = [int(i) for i in np.argwhere(bad)[0]]
        raise ValueError(f"targets{where} is {targets[bad][0]}; expected 0 to 1")
    N = int(mask.sum())
    each = np.maximum(logits, 0) - logits * targets + np.log1p(np.exp(-np.abs(logits)))
    return float(np.where(mask, each, 0).sum() / N), np.where(mask, sigmoid(logits) - targets, 0) / N


def squared_error(y: np.ndarray, targets: np.ndarray, mask: np.ndarray | None = None):
    """Mean of (y − target)² over real entries; one shape for all. Returns the loss and dy = 2 (y − target) / N."""
    y, mask = _prepare(y, mask, name="y")
    targets = _targets(y, targets, mask, name="y")
    N = int(mask.sum())
    difference = np.where(mask, y - targets, 0)
    return float((difference**2).sum() / N), 2 * difference / N


def _prepare(values, mask, per_entry=False, name="logits"):
    values = validate.as_array(name, values)
    values = validate.array(name, values, (*values.shape[:-1], None) if per_entry else values.shape)
    shape = values.shape[:-1] if per_entry else values.shape
    mask = np.ones(shape, bool) if mask is None else np.asarray(mask)
    if mask.shape != shape or mask.dtype != bool:
        raise ValueError(f"mask has shape {mask.shape} and dtype {mask.dtype}; expected {shape} and bool")
    if not mask.any():
        raise ValueError("mask is False everywhere; a mean needs at least one real entry")
    validate.no_nan(name, values, mask)
    return np.where(mask[..., None] if per_entry else mask, values, 0), mask


def _targets(values, targets, mask, name="logits"):
    targets = validate.as_array("targets", targets)
    if targets.dtype.kind not in "fiub":
        raise ValueError(f"targets has dtype {targets.dtype}; expected numbers")
    targets = targets.astype(values.dtype)
    if targets.shape != values.shape:
        raise ValueError(f"targets has shape {targets.shape}; expected {values.shape}, that of {name}")
    validate.no_nan("targets", targets, mask)
    return np.where(mask, targets, 0)
