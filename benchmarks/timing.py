"""Contenders take turns in one process; what counts is their ratio within a round.

A round runs each contender once, in an order that rotates, so that a slow moment of the machine meets them all. Each
round gives one ratio for each contender: its time over that of the contender under test. Reported are the median of
these ratios and their quartiles.

Time is the process's CPU time: on one thread that is what a clock shows on an idle machine.
"""

from __future__ import annotations

import ctypes
import platform
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np

ROUND_SECONDS = 0.02        # a contender that is quicker than this is repeated within a round


def suite(module: ModuleType, sizes, rounds: int) -> dict:
    """Correctness, then time, of `module.contenders(size)` for each size; the first contender is the one under test."""
    rows = []
    for size in sizes:
        contenders = module.contenders(size)
        module.check(contenders)
        rows.append({"size": list(size), "contenders": race(contenders, rounds)})
    head = getattr(module, "HEAD", "(B, T, D, H)")
    name = module.__name__.split(".")[-1]
    return {"suite": name, "head": head, "machine": machine(), "rounds": rounds, "rows": rows}


def race(contenders: dict[str, Callable], rounds: int) -> dict[str, dict]:
    """Median milliseconds of a call, and quartiles of its ratio to the first contender, for each contender."""
    names = list(contenders)
    for run in contenders.values():
        run()                                                              # caches and buffers are warm
    repeats = {name: max(1, int(ROUND_SECONDS / _seconds(contenders[name], 1))) for name in names}
    seconds = np.empty((rounds, len(names)))
    for r in range(rounds):
        for i in np.roll(np.arange(len(names)), r):
            seconds[r, i] = _seconds(contenders[names[i]], repeats[names[i]])
    ratios = seconds / seconds[:, :1]
    quartiles = np.quantile(ratios, [0.25, 0.5, 0.75], axis=0)
    return {
        name: {"ms": _short(1e3 * np.median(seconds[:, i])), "ratio": [_short(q) for q in quartiles[:, i]]}
        for i, name in enumerate(names)
    }


def machine() -> dict[str, str | int]:
    """What the numbers were measured on."""
    import torch

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]      # type: ignore[call-overload]
    return {
        "cpu": _cpu(),
        "threads": torch.get_num_threads(),
        "dtype": "float32",
        "python": platform.python_version(),
        "numpy": f"{np.__version__} ({blas['name']} {blas['version']}, {_kernels()} kernels)",
        "torch": f"{torch.__version__} ({'MKL' if torch.backends.mkl.is_available() else 'no MKL'}, "
        f"{torch.backends.cpu.get_cpu_capability()})",
    }


def _kernels() -> str:
    """The processor whose kernels NumPy's OpenBLAS has chosen, by its own word."""
    libraries = Path(np.__file__).parents[1] / "numpy.libs"
    for path in libraries.glob("*openblas*"):
        core_name = getattr(ctypes.CDLL(str(path)), "scipy_openblas_get_corename64_", None)
        if core_name is not None:
            core_name.restype = ctypes.c_char_p
            return core_name().decode()
    return "unknown"


def _cpu() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _seconds(run: Callable, repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        run()
    return (time.process_time() - start) / repeats


def _short(number: float) -> float:
    return float(f"{number:.3g}")
