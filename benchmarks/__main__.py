"""Time the suites, print their tables, keep their numbers: `python -m benchmarks [rnn lstm …] [--rounds 21]`."""

from __future__ import annotations

import argparse
import ctypes
import os
from importlib import import_module

THREADS = "1"
LAYERS = ("rnn", "lstm", "gru")
SUITES = (*LAYERS, "decoder", "characters", "checkpoint", "grading")


def hold_freed_memory() -> None:
    """Tell glibc to keep what is freed: a large array made anew then costs no page faults."""
    mallopt = ctypes.CDLL(None).mallopt
    for parameter in (-3, -1):                                   # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD
        if not mallopt(parameter, 2**30):
            raise OSError("mallopt refused")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"which ones: {', '.join(SUITES)} (default all)")
    parser.add_argument("--rounds", type=int, default=15, help="rounds in which each contender runs once (default 15)")
    parser.add_argument("--sizes", type=int, help="how many of the sizes, smallest first (default all)")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/ and the table in README.md")
    parser.add_argument("--kernels", help="make OpenBLAS use the kernels of this processor, such as SkylakeX")
    parser.add_argument("--hold", action="store_true", help="make the C library hold freed memory, not hand it back")
    arguments = parser.parse_args()

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):      # read once, when NumPy is imported
        os.environ[name] = THREADS
    if arguments.kernels:
        os.environ["OPENBLAS_CORETYPE"] = arguments.kernels
    if arguments.hold:
        hold_freed_memory()
    from benchmarks import table, timing

    for name in arguments.suites or SUITES:
        module = import_module(f"benchmarks.{name}")
        if hasattr(module, "suite"):                                                 # it times commands, not calls
            result = module.suite(min(arguments.rounds, 3))
        else:
            result = timing.suite(module, sizes=module.SIZES[: arguments.sizes], rounds=arguments.rounds)
        if arguments.kernels:
            result["suite"] += f"-{arguments.kernels.lower()}"                       # a table of its own
        if arguments.hold:
            result["suite"] += "-hold"
        print(f"{result['suite']}\n{table.markdown(result)}\n", flush=True)
        if arguments.keep:
            table.keep(result)


if __name__ == "__main__":
    main()
