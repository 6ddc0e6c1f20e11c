"""Checkpointed against full backpropagation through a long sequence: time and memory, LSTM, float32."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache as once
from typing import Any

import numpy as np

from rnnbook.fast import lstm as fast_lstm
from rnnbook.scratch import checkpointed, lstm
from rnnbook.scratch.gradients import relative_error

SIZES = [(8, 8192, 32, 64)]                                                    # (B, T, D, H)
TOLERANCE = 1e-4


def contenders(size: tuple[int, int, int, int]) -> dict[str, Callable[[], dict]]:
    """Name → a call that computes every gradient: the LSTM of scratch and of fast, full and checkpointed."""
    params, x, dhs = _given(size)
    return {
        "full": lambda: _passes(lstm, params, x, dhs),
        "checkpointed": lambda: _passes(checkpointed.of(lstm), params, x, dhs),
        "fast, full": lambda: _passes(fast_lstm, params, x, dhs),
        "fast, checkpointed": lambda: _passes(checkpointed.of(fast_lstm), params, x, dhs),
    }


def check(contenders: dict[str, Callable[[], dict]]) -> None:
    """Raise AssertionError unless every contender gives the first one's arrays."""
    expected, *_ = results = [run() for run in contenders.values()]
    for name, result in zip(contenders, results, strict=True):
        for key, array in result.items():
            error = relative_error(array, expected[key])
            assert error <= TOLERANCE, f"{name}: {key} differs by {error:.2g}, at most {TOLERANCE} allowed"


def memory(size: tuple[int, int, int, int], cell: Any = lstm) -> dict[str, float]:
    """Megabytes that stand between the passes: the full cache; what the checkpointed one keeps and, in its backward
    pass, the cache of one segment. The input, which the caller has, and the weights are not counted."""
    params, x, _ = _given(size)
    k = math.isqrt(len(x) - 1) + 1
    full = nbytes(cell.forward(params, x)[2], x, *params.values())
    kept = nbytes(checkpointed.of(cell).forward(params, x)[2], x, *params.values())
    segment = nbytes(cell.forward(params, x[:k])[2], x, *params.values())
    return {"full": full / 1e6, "kept": kept / 1e6, "segment": segment / 1e6, "ratio": full / (kept + segment)}


def nbytes(value: Any, *without: np.ndarray) -> int:
    """Bytes of the memory behind all arrays in nested tuples, lists and dicts, each counted once."""
    owners = {id(_owner(array)): _owner(array).nbytes for array in _arrays(value)}
    return sum(n for i, n in owners.items() if i not in {id(_owner(array)) for array in without})


def _arrays(value):
    if isinstance(value, np.ndarray):
        return [value]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, (tuple, list)) else ()
    return [array for part in parts for array in _arrays(part)]


def _owner(array):
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


@once
def _given(size):
    B, T, D, H = size
    rng = np.random.default_rng(0)
    params = {name: p.astype(np.float32) for name, p in lstm.init(rng, D, H).items()}
    return params, rng.standard_normal((T, B, D), np.float32), rng.standard_normal((T, B, H), np.float32)


def _passes(layer, params, x, dhs) -> dict:
    hs, _, cache = layer.forward(params, x)
    dx, _, grads = layer.backward(cache, dhs)
    return {"hs": hs, "dx": dx} | grads


if __name__ == "__main__":
    for cell in (lstm, fast_lstm):
        print(cell.__name__, ", ".join(f"{name} {value:.3g}" for name, value in memory(SIZES[0], cell).items()))
