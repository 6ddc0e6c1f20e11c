"""One training step of a character RNN on one sequence: loss, gradients, clipping to ±5, Adagrad; float32."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from rnnbook.fast import character_rnn, optim
from rnnbook.scratch.gradients import relative_error

SIZES = [(1, 25, 80, 100)]                                                     # (B, T, V, H); classic has B = 1
HEAD = "(B, T, V, H)"
# Adagrad divides a gradient by its own size, and with it what rounding did to a small one. A fault makes 0.1 and more.
TOLERANCE = 1e-2
LR, EPS, LIMIT = 0.1, 1e-8, 5.0
NAMES = (("rnn", "W_xh"), ("rnn", "W_hh"), ("rnn", "b_h"), ("output", "W_hy"), ("output", "b_y"))


def contenders(size: tuple[int, int, int, int]) -> dict[str, Callable[[], dict]]:
    """Name → a call that makes one step and gives its loss, and the params after it. Each call goes on training."""
    B, T, V, H = size
    rng = np.random.default_rng(0)
    params = character_rnn.init(rng, V, H)
    params = {layer: {name: a.astype(np.float32) for name, a in part.items()} for layer, part in params.items()}
    text = rng.integers(0, V, (T + 1, B))
    given = params, text[:-1], text[1:]
    return {
        "fast": fast(*given),
        "classic": classic(*given),
        "classic, float32": classic(*given, np.float32),
        "torch": pytorch(*given),
    }


def check(contenders: dict[str, Callable[[], dict]]) -> None:
    """Raise AssertionError unless every contender has the losses and params of the first, for three steps."""
    for _ in range(3):
        expected, *_ = (results := {name: run() for name, run in contenders.items()}).values()
        for name, result in results.items():
            for key, array in result.items():
                error = relative_error(array, expected[key])
                assert error <= TOLERANCE, f"{name}: {key} differs by {error:.2g}, at most {TOLERANCE} allowed"


def fast(params: dict, tokens: np.ndarray, targets: np.ndarray) -> Callable[[], dict]:
    """`rnnbook.fast.character_rnn` and `rnnbook.fast.optim.Adagrad`, all params in one vector."""
    theta, grads = character_rnn.joined(params), character_rnn.joined(params)
    optimiser = optim.Adagrad(LR, EPS)
    state = np.zeros((tokens.shape[1], len(params["rnn"]["b_h"])), np.float32)

    def run() -> dict:
        nonlocal state
        loss, state, _ = character_rnn.loss_and_grads(theta.params, tokens, targets, state, "sum", grads.params)
        np.clip(grads.vector, -LIMIT, LIMIT, out=grads.vector)
        optimiser.step(theta.vector, grads.vector)
        return {"loss": np.array(loss)} | {name: theta.params[layer][name] for layer, name in NAMES}

    return run


def classic(params: dict, tokens: np.ndarray, targets: np.ndarray, dtype=np.float64) -> Callable[[], dict]:
    """The way of the well-known short scripts: column vectors, one-hot inputs, and an outer product a step and weight.

    In float64, NumPy's default, as those scripts run.
    """
    theta = [params[layer][name].astype(dtype) for layer, name in NAMES]
    theta[2], theta[4] = theta[2][:, None], theta[4][:, None]                  # columns
    H, V = theta[0].shape
    sums = [np.zeros_like(p) for p in theta]
    carried = np.zeros((H, 1), dtype)

    def run() -> dict:
        nonlocal carried
        W_xh, W_hh, b_h, W_hy, b_y = theta
        inputs, states, chances, loss = {}, {-1: carried}, {}, 0.0
        for t, (token, target) in enumerate(zip(tokens[:, 0], targets[:, 0], strict=True)):
            inputs[t] = np.zeros((V, 1), dtype)
            inputs[t][token] = 1
            states[t] = np.tanh(np.dot(W_xh, inputs[t]) + np.dot(W_hh, states[t - 1]) + b_h)
            e = np.exp(np.dot(W_hy, states[t]) + b_y)
            chances[t] = e / e.sum()
            loss -= np.log(chances[t][target, 0])
        dW_xh, dW_hh, db_h, dW_hy, db_y = grads = [np.zeros_like(p) for p in theta]
        dh_next = np.zeros_like(carried)
        for t in reversed(range(len(tokens))):
            dlogits = chances[t].copy()
            dlogits[targets[t, 0]] -= 1
            dW_hy += np.dot(dlogits, states[t].T)
            db_y += dlogits
            da = (1 - states[t] * states[t]) * (np.dot(W_hy.T, dlogits) + dh_next)
            db_h += da
            dW_xh += np.dot(da, inputs[t].T)
            dW_hh += np.dot(da, states[t - 1].T)
            dh_next = np.dot(W_hh.T, da)
        for p, g, s in zip(theta, grads, sums, strict=True):
            np.clip(g, -LIMIT, LIMIT, out=g)
            s += g * g
            p -= LR * g / (np.sqrt(s) + EPS)
        carried = states[len(tokens) - 1]
        named = zip((name for _, name in NAMES), theta, strict=True)
        return {"loss": np.array(loss)} | {name: p[:, 0] if name.startswith("b") else p for name, p in named}

    return run


def pytorch(params: dict, tokens: np.ndarray, targets: np.ndarray) -> Callable[[], dict]:
    """`torch.nn.RNN` on one-hot vectors and `torch.nn.Linear`, autograd, `torch.optim.Adagrad`."""
    H, V = params["rnn"]["W_xh"].shape
    cell, output = torch.nn.RNN(V, H), torch.nn.Linear(H, V)
    leaves: list = [cell.weight_ih_l0, cell.weight_hh_l0, cell.bias_hh_l0, output.weight, output.bias]
    cell.register_parameter("bias_ih_l0", torch.nn.Parameter(torch.zeros(H), requires_grad=False))
    with torch.no_grad():
        for leaf, (layer, name) in zip(leaves, NAMES, strict=True):
            leaf.copy_(torch.tensor(params[layer][name]))
    optimiser = torch.optim.Adagrad(leaves, lr=LR, eps=EPS)
    ids, goals = torch.tensor(tokens), torch.tensor(targets[:, 0])
    state = torch.zeros(1, tokens.shape[1], H)

    def run() -> dict:
        nonlocal state
        hs, last = cell(torch.nn.functional.one_hot(ids, V).float(), state)
        loss = torch.nn.functional.cross_entropy(output(hs[:, 0]), goals, reduction="sum")
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(leaves, LIMIT)
        optimiser.step()
        state = last.detach()
        arrays = (leaf.detach().numpy() for leaf in leaves)
        return {"loss": loss.detach().numpy()} | dict(zip((name for _, name in NAMES), arrays, strict=True))

    return run
