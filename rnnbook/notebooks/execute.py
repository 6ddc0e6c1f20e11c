"""Run notebooks from the first cell to the last in a real kernel, and store what they show, normalised.

    python -m rnnbook.notebooks.execute [NOTEBOOK ...]

A notebook is written only when every cell ran without an error and wrote nothing to stderr. Those in exercises/ are run
but not written: they are generated from solutions/ and carry no outputs.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from pathlib import Path

from rnnbook.notebooks.normalise import dumps, find, normalise, write
from rnnbook.notebooks.sockets import local

TIMEOUT = 120       # seconds a cell may take
ENVIRONMENT = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    **{f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")},
}
"""One thread: a sum in another order has other last digits."""


class NotebookError(Exception):
    """A notebook did not run clean; the message says where and why, in a few lines."""


def environment(ipython_dir: str | Path) -> dict[str, str]:
    """The kernel's environment: the user's own, one thread, inline pictures, and no IPython start-up files."""
    return {**os.environ, **ENVIRONMENT, "IPYTHONDIR": str(ipython_dir), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def run(notebook: dict, folder: str | Path, timeout: int = TIMEOUT, env: dict[str, str] | None = None) -> dict:
    """Run a notebook (a dict, nbformat 4) with `folder` as working directory.

    Returns the normalised notebook with its new outputs; the argument is left as it is. `env` is added to the kernel's
    environment. Raises NotebookError where a cell fails, takes longer than `timeout` seconds, kills its kernel or
    writes to stderr.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    node = nbformat.reads(dumps(normalise(notebook)), as_version=4)
    reached: list[int] = [0]        # cells begun
    with tempfile.TemporaryDirectory(prefix="rnnbook-ipython-") as ipython_dir:
        client = NotebookClient(
            node, timeout=timeout, kernel_name="python3", record_timing=False,
            config=Config(KernelManager=local(ipython_dir)),
            resources={"metadata": {"path": str(folder)}},
            extra_arguments=["--log-level=CRITICAL"], on_cell_start=lambda cell, cell_index: reached.append(cell_index),
        )
        try:
            client.execute(env={**environment(ipython_dir), **(env or {})})
        except CellExecutionError as error:
            problem = f"{error.ename}: {error.evalue}\n{_tail(error.traceback)}"
        except CellTimeoutError:
            problem = f"still running after {timeout} s"
        except DeadKernelError:
            problem = "the kernel died"
        else:
            problem = ""
    if problem:
        raise NotebookError(f"{_name(reached[-1], node)}: {problem}")
    for i, cell in enumerate(node.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise NotebookError(f"{_name(i, node)}: wrote to stderr\n{_tail(output.text)}")
    return normalise(node)


def run_file(path: str | Path, timeout: int = TIMEOUT, env: dict[str, str] | None = None) -> dict:
    """`run` on a notebook file, in its own folder."""
    import nbformat

    path = Path(path)
    return run(nbformat.read(path, as_version=4), path.resolve().parent, timeout, env)


def _name(i: int, node) -> str:
    first = next((line for line in node.cells[i].source.splitlines() if line.strip()), "")
    return f"cell {i + 1} ({first.strip()[:60]})"


def _tail(text: str, lines: int = 8) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip().splitlines()
    return "\n".join(f"    {line}" for line in plain[-lines:])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("rnnbook.notebooks.execute", description="Run notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in book/, solutions/ and exercises/")
    parser.add_argument("--timeout", type=int, default=TIMEOUT, metavar="SECONDS", help="for one cell")
    args = parser.parse_args(argv)
    failed = 0
    for path in args.notebooks or find():
        start = time.monotonic()
        try:
            notebook = run_file(path, args.timeout)
        except NotebookError as error:
            failed += 1
            print(f"{path}: NOT written. {error}", flush=True)
            continue
        after = dumps(notebook)
        if path.resolve().parent.name == "exercises":
            change = "not stored"
        elif after == path.read_text(encoding="utf-8"):
            change = "unchanged"
        else:
            change = "written"
            write(path, after)
        cells = sum(cell["cell_type"] == "code" for cell in notebook["cells"])
        print(f"{path}: {cells} code cells in {time.monotonic() - start:.1f} s, {change}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
