"""What the suites of the recurrent layers share: sizes, cases, the bound, and the check that all results agree."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import torch

from rnnbook.fast import Workspace
from rnnbook.scratch.gradients import relative_error

SIZES = [                                                                      # (B, T, D, H)
    (1, 100, 32, 64),
    (32, 35, 64, 128),
    (64, 100, 128, 256),
    (32, 512, 64, 64),
    (64, 64, 512, 512),
]
TOLERANCE = 1e-4
Run = Callable[[], dict]


def contenders(
    size: tuple, scratch: ModuleType, fast: ModuleType, naive: Callable, to_torch: Callable
) -> dict[str, Run]:
    """Name → a call that computes hs and every gradient. "products" computes none of these: it is the bound."""
    B, T, D, H = size
    rng = np.random.default_rng(0)
    params = {name: p.astype(np.float32) for name, p in scratch.init(rng, D, H).items()}
    x = rng.standard_normal((T, B, D), np.float32)
    dhs = rng.standard_normal((T, B, H), np.float32)
    workspace = Workspace()
    return {
        "fast": lambda: passes(fast, params, x, dhs, workspace=workspace),
        "fast, new memory": lambda: passes(fast, params, x, dhs),
        "scratch": lambda: passes(scratch, params, x, dhs),
        "naive": lambda: naive(params, x, dhs),
        "torch": pytorch(to_torch(params), x, dhs),
        "products": products(params, x),
    }


def check(contenders: dict[str, Run]) -> None:
    """Raise AssertionError unless every contender but the bound gives the first one's arrays."""
    expected, *_ = (run() for run in contenders.values())
    for name, run in contenders.items():
        if name != "products":
            for key, array in run().items():
                error = relative_error(array, expected[key])
                assert error <= TOLERANCE, f"{name}: {key} differs by {error:.2g}, at most {TOLERANCE} allowed"


def passes(layer: ModuleType, params: dict, x: np.ndarray, dhs: np.ndarray, **more: Workspace) -> dict:
    """Forward and backward of a layer of the library."""
    hs, _, cache = layer.forward(params, x, **more)
    dx, _, grads = layer.backward(cache, dhs)
    return {"hs": hs, "dx": dx} | grads


def pytorch(twin: torch.nn.RNNBase, x: np.ndarray, dhs: np.ndarray) -> Run:
    """A module of `torch.nn` on the CPU and its autograd."""
    x_torch, dhs_torch = torch.tensor(x, requires_grad=True), torch.tensor(dhs)
    gru = isinstance(twin, torch.nn.GRU)
    # The two biases of an RNN or LSTM have one gradient; of a GRU's, the second differs for n, and is our b_hn there.
    leaves: list = [x_torch, twin.weight_ih_l0, twin.weight_hh_l0, twin.bias_ih_l0] + [twin.bias_hh_l0] * gru

    def run() -> dict:
        hs, _ = twin(x_torch)
        grads = torch.autograd.grad(hs, leaves, dhs_torch)
        arrays = [hs.detach().numpy(), *(grad.numpy() for grad in grads)]
        if gru:
            arrays[-1] = arrays[-1][2 * twin.hidden_size :]
        return dict(zip(("hs", "dx", "W_xh", "W_hh", "b_h", "b_hn"), arrays, strict=False))

    return run


def products(params: dict, x: np.ndarray) -> Run:
    """The matrix products that no implementation can avoid, into ready buffers, and nothing else.

    T products with W_hh in each pass; the other four, over all steps at once.
    """
    W_xh, W_hh = params["W_xh"], params["W_hh"]                  # (N, D), (N, H) with N rows for all gates
    T, B, D = x.shape
    N, H = W_hh.shape
    rng = np.random.default_rng(1)
    rows, h, da = x.reshape(T * B, D), *(rng.standard_normal((T, n, B), np.float32) for n in (H, N))
    all_h, all_da = h.reshape(T * B, H), da.reshape(T * B, N)
    a, a_t, dh_t = np.empty((T * B, N), x.dtype), np.empty((N, B), x.dtype), np.empty((H, B), x.dtype)
    dx, dW_xh, dW_hh = np.empty_like(rows), np.empty_like(W_xh), np.empty_like(W_hh)
    W_xhT, W_hhT = W_xh.T, W_hh.T.copy()

    def run() -> dict:
        np.dot(rows, W_xhT, out=a)
        for h_t in h:
            np.dot(W_hh, h_t, out=a_t)
        for da_t in da:
            np.dot(W_hhT, da_t, out=dh_t)
        np.dot(all_da, W_xh, out=dx)
        np.dot(all_da.T, rows, out=dW_xh)
        np.dot(all_da.T, all_h, out=dW_hh)
        return {}

    return run
