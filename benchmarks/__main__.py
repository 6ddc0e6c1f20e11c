"""Time every suite, print its table, keep its numbers: `python -m benchmarks [--rounds 21] [--sizes 3]`."""

from __future__ import annotations

import argparse
import os

THREADS = "1"
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):      # read once, when NumPy is imported
    os.environ[name] = THREADS

from benchmarks import rnn, table, timing  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="rounds in which each contender runs once (default 15)")
    parser.add_argument("--sizes", type=int, default=len(rnn.SIZES), help="how many of the sizes, smallest first")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/ and the table in README.md")
    arguments = parser.parse_args()

    result = timing.suite(rnn, sizes=rnn.SIZES[: arguments.sizes], rounds=arguments.rounds)
    print(table.markdown(result))
    if arguments.keep:
        table.keep(result)


if __name__ == "__main__":
    main()
