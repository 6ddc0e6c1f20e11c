"""The tanh RNN, one forward and one backward pass, gradients for inputs and all parameters, float32."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from rnnbook import convert
from rnnbook.scratch import rnn
from rnnbook.scratch.gradients import relative_error

SIZES = [                                                                      # (B, T, D, H)
    (1, 100, 32, 64),
    (32, 35, 64, 128),
    (64, 100, 128, 256),
    (32, 512, 64, 64),
    (64, 64, 512, 512),
]
TOLERANCE = 1e-4


def contenders(size: tuple[int, int, int, int]) -> dict[str, Callable[[], dict]]:
    """Name → a call that computes hs and every gradient. "products" computes no gradient: it is the bound."""
    B, T, D, H = size
    rng = np.random.default_rng(0)
    params = {name: p.astype(np.float32) for name, p in rnn.init(rng, D, H).items()}
    x = rng.standard_normal((T, B, D), np.float32)
    dhs = rng.standard_normal((T, B, H), np.float32)
    return {
        "scratch": lambda: scratch(params, x, dhs),
        "naive": lambda: naive(params, x, dhs),
        "torch": pytorch(params, x, dhs),
        "products": products(params, x, dhs),
    }


def check(contenders: dict[str, Callable[[], dict]]) -> None:
    """Raise AssertionError unless every contender but the bound gives the first one's arrays."""
    expected, *_ = (run() for run in contenders.values())
    for name, run in contenders.items():
        if name != "products":
            for key, array in run().items():
                error = relative_error(array, expected[key])
                assert error <= TOLERANCE, f"{name}: {key} differs by {error:.2g}, at most {TOLERANCE} allowed"


def scratch(params: dict, x: np.ndarray, dhs: np.ndarray) -> dict:
    """`rnnbook.scratch.rnn`, as the book prints it."""
    hs, _, cache = rnn.forward(params, x)
    dx, _, grads = rnn.backward(cache, dhs)
    return {"hs": hs, "dx": dx} | grads


def naive(params: dict, x: np.ndarray, dhs: np.ndarray) -> dict:
    """The equations as most tutorials write them: one step after the other in both passes, no masks and no checks."""
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    T, B, _ = x.shape
    h = [np.zeros((B, len(b_h)), x.dtype)]
    for x_t in x:
        h.append(np.tanh(x_t @ W_xh.T + h[-1] @ W_hh.T + b_h))
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    dx, dh_next = np.zeros_like(x), np.zeros_like(h[0])
    for t in reversed(range(T)):
        da = (1 - h[t + 1] ** 2) * (dhs[t] + dh_next)
        grads["W_xh"] += da.T @ x[t]
        grads["W_hh"] += da.T @ h[t]
        grads["b_h"] += da.sum(axis=0)
        dx[t] = da @ W_xh
        dh_next = da @ W_hh
    return {"hs": np.stack(h[1:]), "dx": dx} | grads


def pytorch(params: dict, x: np.ndarray, dhs: np.ndarray) -> Callable[[], dict]:
    """`torch.nn.RNN` on the CPU and its autograd."""
    twin = convert.rnn_to_torch(params)
    x_torch, dhs_torch = torch.tensor(x, requires_grad=True), torch.tensor(dhs)
    leaves: list = [x_torch, twin.weight_ih_l0, twin.weight_hh_l0, twin.bias_hh_l0]

    def run() -> dict:
        hs, _ = twin(x_torch)
        grads = torch.autograd.grad(hs, leaves, dhs_torch)
        arrays = [hs.detach(), *grads]
        return dict(zip(("hs", "dx", "W_xh", "W_hh", "b_h"), (a.numpy() for a in arrays), strict=True))

    return run


def products(params: dict, x: np.ndarray, dhs: np.ndarray) -> Callable[[], dict]:
    """The matrix products that no implementation can avoid, into ready buffers, and nothing else.

    T products with W_hh in each pass; the other four, over all steps at once.
    """
    W_xh, W_hh = params["W_xh"], params["W_hh"]
    T, B, D = x.shape
    H = len(W_hh)
    rows, da = x.reshape(T * B, D), dhs.reshape(T * B, H)
    a, step = np.empty((T * B, H), x.dtype), np.empty((B, H), x.dtype)
    dx, dW_xh, dW_hh = np.empty_like(rows), np.empty_like(W_xh), np.empty_like(W_hh)
    W_xhT, W_hhT = W_xh.T, W_hh.T

    def run() -> dict:
        np.dot(rows, W_xhT, out=a)
        for t in range(T):
            np.dot(dhs[t], W_hhT, out=step)
        for t in range(T):
            np.dot(dhs[t], W_hh, out=step)
        np.dot(da, W_xh, out=dx)
        np.dot(da.T, rows, out=dW_xh)
        np.dot(da.T, a, out=dW_hh)
        return {}

    return run
