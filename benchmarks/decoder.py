"""The GRU decoder with attention, one forward and one backward pass, every gradient, float32."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from rnnbook.fast import Workspace, decoder
from rnnbook.scratch import gru
from rnnbook.scratch.attention.kinds import kind
from rnnbook.scratch.gradients import relative_error
from rnnbook.scratch.seq2seq import recurrence

SIZES = [                                                                      # (B, T, S, E, H), kind
    (1, 25, 25, 64, 128, "additive"),
    (64, 25, 25, 64, 128, "additive"),
    (64, 25, 25, 128, 256, "additive"),
    (1, 25, 25, 64, 128, "scaled_dot"),
    (64, 25, 25, 64, 128, "scaled_dot"),
    (64, 25, 25, 128, 256, "scaled_dot"),
]
HEAD = "(B, T, S, E, H)"
TOLERANCE = 1e-4


def contenders(size: tuple) -> dict[str, Callable[[], dict]]:
    """Name → a call that computes hs, ctx and every gradient."""
    B, T, S, E, H, attention = size
    rng = np.random.default_rng(0)
    params = {
        layer: {name: p.astype(np.float32) for name, p in part.items()}
        for layer, part in decoder.init(rng, E, H, attention).items()
    }
    x, dhs, dctx = (rng.standard_normal((T, B, n), np.float32) for n in (E, H, H))
    state, memory = (np.tanh(rng.standard_normal(shape, np.float32)) for shape in ((B, H), (S, B, H)))
    given = params, x, state, memory, dhs, dctx, attention
    workspace = Workspace()
    return {
        "fast": lambda: fast(*given, workspace),
        "without a workspace": lambda: fast(*given),
        "scratch": lambda: scratch(*given),
        "torch": pytorch(*given),
    }


def check(contenders: dict[str, Callable[[], dict]]) -> None:
    """Raise AssertionError unless every contender gives the first one's arrays."""
    expected, *_ = results = [run() for run in contenders.values()]
    for name, result in zip(contenders, results, strict=True):
        for key, array in result.items():
            error = relative_error(array, expected[key])
            assert error <= TOLERANCE, f"{name}: {key} differs by {error:.2g}, at most {TOLERANCE} allowed"


def fast(params, x, state, memory, dhs, dctx, attention, workspace=None) -> dict:
    """`rnnbook.fast.decoder`."""
    hs, ctx, _, cache = decoder.forward(params, x, state, memory, attention=attention, workspace=workspace)
    return _named(hs, ctx, *decoder.backward(cache, dhs, dctx))


def scratch(params, x, state, memory, dhs, dctx, attention) -> dict:
    """The decoder of `rnnbook.scratch.seq2seq`."""
    masks = np.ones(memory.shape[:2], bool), np.ones((*x.shape[:2], 1), bool)
    hs, ctx, _, cache = recurrence.forward(gru, kind(attention), params, x, state, memory, *masks)
    return _named(hs, ctx, *recurrence.backward(gru, kind(attention), cache, dhs, dctx))


def _named(hs, ctx, dx, dstate, dmemory, grads) -> dict:
    named = {f"{layer}.{name}": grad for layer, part in grads.items() for name, grad in part.items()}
    return {"hs": hs, "ctx": ctx, "dx": dx, "dstate": dstate, "dmemory": dmemory} | named


def pytorch(params, x, state, memory, dhs, dctx, attention) -> Callable[[], dict]:
    """`torch.nn.GRUCell` and `bmm` in a loop, the keys' product once before it, and autograd."""
    p, H = params["decoder"], state.shape[1]
    cell = torch.nn.GRUCell(p["W_xh"].shape[1], H)
    with torch.no_grad():
        for leaf, value in [(cell.weight_ih, p["W_xh"]), (cell.weight_hh, p["W_hh"]), (cell.bias_ih, p["b_h"])]:
            leaf.copy_(torch.tensor(value))
        cell.bias_hh.zero_()[2 * H :] = torch.tensor(p["b_hn"])
    own = {name: torch.tensor(value, requires_grad=True) for name, value in params["attention"].items()}
    x, state, memory = (torch.tensor(array, requires_grad=True) for array in (x, state, memory))
    leaves = [x, state, memory, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh, *own.values()]
    names = ["dx", "dstate", "dmemory", *(f"decoder.{name}" for name in ("W_xh", "W_hh", "b_h", "b_hn"))]
    names += [f"attention.{name}" for name in own]
    dhs, dctx = torch.tensor(dhs), torch.tensor(dctx)

    def run() -> dict:
        values = memory.transpose(0, 1)                                        # (B, S, H)
        keys = values @ own["W_ka"].T if own else values * (H**-0.5 if attention == "scaled_dot" else 1)
        h, states, contexts = state, [], []
        for x_t in x:
            if own:
                scores = torch.tanh((h @ own["W_qa"].T)[:, None] + keys) @ own["v_a"]
            else:
                scores = torch.bmm(keys, h[:, :, None])[:, :, 0]
            ctx_t = torch.bmm(torch.softmax(scores, 1)[:, None], values)[:, 0]
            h = cell(torch.cat([x_t, ctx_t], 1), h)
            states.append(h)
            contexts.append(ctx_t)
        outputs = torch.stack(states), torch.stack(contexts)
        grads = [g.numpy() for g in torch.autograd.grad(outputs, leaves, (dhs, dctx))]
        grads[6] = grads[6][2 * H :]
        hs, ctx = (out.detach().numpy() for out in outputs)
        return {"hs": hs, "ctx": ctx} | dict(zip(names, grads, strict=True))

    return run
