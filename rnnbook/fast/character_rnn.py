"""The character RNN, near the limit of plain NumPy: tokens in, the loss and every gradient out, in one call.

    a_t = W_xh[:, token_t] + W_hh h_{t-1} + b_h         h_t = tanh(a_t)
    logits_t = W_hy h_t + b_y                           loss = Σ_t −log softmax(logits_t)[target_t], or its mean

The same as `rnnbook.scratch.rnn` on one-hot vectors, then `linear` and `losses.cross_entropy`. What makes it fast: the
product of W_xh and a one-hot vector is a column of W_xh; the output layer, the loss and the gradients of all weights
are taken over all steps at once, which leaves three calls a step in each pass.

`joined` lays all params in one vector, so that clipping and the optimiser need few calls, too:

    theta, grads = joined(params), joined(params)                       # the second: room for the gradients
    loss, state, _ = loss_and_grads(theta.params, tokens, targets, state, out=grads.params)
    optimiser.step(theta.vector, grads.vector)                          # of `rnnbook.fast.optim`, in place
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from rnnbook import validate
from rnnbook.scratch import linear, rnn, sequences
from rnnbook.scratch.layer import inside, part


class Joined(NamedTuple):
    """Params of the character RNN in one vector; a change of the one is a change of the other."""

    vector: np.ndarray
    params: dict[str, dict[str, np.ndarray]]


def init(rng: np.random.Generator, V: int, H: int) -> dict[str, dict[str, np.ndarray]]:
    """Params {"rnn": those of `rnn` for inputs of size V, "output": those of `linear`}."""
    return {"rnn": rnn.init(rng, V, H), "output": linear.init(rng, H, V)}


def views(vector: np.ndarray, V: int, H: int) -> dict[str, dict[str, np.ndarray]]:
    """Params whose arrays are parts of `vector`, of length H V + H H + H + V H + V, in the order of `init`."""
    ends = np.cumsum([0, H * V, H * H, H, V * H, V]).tolist()
    if vector.shape != (ends[-1],):
        raise ValueError(f"vector has shape {vector.shape}; expected ({ends[-1]},), for V = {V} and H = {H}")
    W_xh, W_hh, b_h, W_hy, b_y = (vector[a:b] for a, b in pairwise(ends))
    return {
        "rnn": {"W_xh": W_xh.reshape(H, V), "W_hh": W_hh.reshape(H, H), "b_h": b_h},
        "output": {"W_hy": W_hy.reshape(V, H), "b_y": b_y},
    }


def joined(params: dict) -> Joined:
    """A copy of the params in one vector."""
    V, H = _sizes(params)
    names = (("rnn", "W_xh"), ("rnn", "W_hh"), ("rnn", "b_h"), ("output", "W_hy"), ("output", "b_y"))
    vector = np.concatenate([params[layer][name].ravel() for layer, name in names])
    return Joined(vector, views(vector, V, H))


def loss_and_grads(
    params: dict,
    tokens: np.ndarray,
    targets: np.ndarray,
    state: np.ndarray | None = None,
    reduction: str = "mean",
    out: dict | None = None,
):
    """One forward and one backward pass.

    Parameters
    ----------
    params : dict
        rnn and output, as from `init`.
    tokens : int (T, B)
        0 … V − 1.
    targets : int (T, B)
        The token that follows each.
    state : (B, H)
        h_0; zeros if None. Nothing flows back into it: this is truncated backpropagation through time.
    reduction : "mean" or "sum"
        Over the T · B targets.
    out : dict
        Where the gradients go, such as `joined(params).params`; new arrays if None.

    Returns
    -------
    loss : float
        In nats.
    last : (B, H)
        h_T, the `state` of the next call.
    grads : dict
        As the params.
    """
    V, H = _sizes(params)
    tokens = validate.tokens("tokens", tokens, V)
    targets = validate.tokens("targets", targets, V)
    if tokens.ndim != 2 or targets.shape != tokens.shape:
        raise ValueError(f"tokens has shape {tokens.shape} and targets {targets.shape}; expected (T, B) for both")
    if reduction not in ("mean", "sum"):
        raise ValueError(f"reduction is {reduction!r}; expected 'mean' or 'sum'")
    (W_xh, W_hh, b_h), (W_hy, b_y) = _arrays(params)
    T, B = tokens.shape
    N = T * B
    h = np.empty((T + 1, B, H), np.result_type(W_xh, W_hh, b_h, W_hy, b_y))
    h[0] = sequences.start(state, np.empty((0, B, 0), h.dtype), H)

    a_x = (W_xh[:, tokens.ravel()].T + b_h).reshape(T, B, H)
    W, states = W_hh.T, _vectors(h)
    add, multiply, tanh = np.add, np.multiply, np.tanh
    for h_t, a_t, after in zip(states, _vectors(a_x), states[1:], strict=False):
        h_t.dot(W, after)
        add(after, a_t, after)
        tanh(after, after)
    rows = h[1:].reshape(N, H)
    logits = rows @ W_hy.T + b_y                                                 # (N, V)
    loss, dlogits = _cross_entropy(logits, targets.ravel(), N if reduction == "mean" else 1)

    da = np.dot(dlogits, W_hy).reshape(T, B, H)                                  # what enters from the loss; then da_t
    local = 1 - h[1:] ** 2
    dh = np.zeros_like(states[0])
    for da_t, local_t in zip(_vectors(da)[::-1], _vectors(local)[::-1], strict=True):
        add(da_t, dh, da_t)
        multiply(da_t, local_t, da_t)
        da_t.dot(W_hh, dh)

    out = views(np.empty(2 * H * V + H * H + H + V, h.dtype), V, H) if out is None else out
    (dW_xh, dW_hh, db_h), (dW_hy, db_y) = _arrays(out)
    da_rows = da.reshape(N, H)
    one_hot = np.zeros((N, V), h.dtype)
    one_hot[np.arange(N), tokens.ravel()] = 1
    np.dot(da_rows.T, one_hot, dW_xh)                                            # to the column of each token
    np.dot(da_rows.T, h[:-1].reshape(N, H), dW_hh)
    np.sum(da_rows, axis=0, out=db_h)
    np.dot(dlogits.T, rows, dW_hy)
    np.sum(dlogits, axis=0, out=db_y)
    return loss, h[-1].copy(), out


def _cross_entropy(logits, targets, divisor):
    """The loss, and dlogits in the memory of `logits` (N, V)."""
    entries = np.arange(len(targets)), targets
    logits -= logits.max(axis=1, keepdims=True)
    right = logits[entries]
    np.exp(logits, logits)
    total = logits.sum(axis=1, keepdims=True)
    logits /= total
    logits[entries] -= 1
    if divisor != 1:
        logits /= divisor
    return float((np.log(total[:, 0]) - right).sum()) / divisor, logits


def _vectors(h):
    """(T, H) from (T, 1, H): products of a matrix and a vector cost less to call; else h (T, B, H) as it is."""
    return h[:, 0] if h.shape[1] == 1 else h


def _sizes(params):
    recurrent, output = part(params, "rnn", params), part(params, "output", params)
    try:
        (H, V), W_hh, b_h = (recurrent[name].shape for name in ("W_xh", "W_hh", "b_h"))
        if (*W_hh, *b_h, *output["W_hy"].shape, *output["b_y"].shape) == (H, H, H, V, H, V):
            return V, H
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    with inside("rnn"):                                          # something is wrong: say what
        V, H = sequences.sizes(recurrent)
    with inside("output"):
        validate.params(output, {"W_hy": (V, H), "b_y": (V,)})
    return V, H


def _arrays(params):
    r, o = params["rnn"], params["output"]
    return (r["W_xh"], r["W_hh"], r["b_h"]), (o["W_hy"], o["b_y"])
