"""`rnnbook check`: runs a notebook in a kernel of its own and prints what became of each exercise."""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbook.commands import exercises
from rnnbook.commands.asking import EXTRA
from rnnbook.commands.kernel import KernelError
from rnnbook.commands.notebook import UsageError, find_exercises, read_cells
from rnnbook.commands.run import Outcome, run_notebook
from rnnbook.commands.summary import as_data, show
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.checks import Exercise

DESCRIPTION = """\
Run a notebook from top to bottom in a kernel of its own, and say of each
exercise in it whether it passes, what is wrong, and what may help. A cell that
fails, hangs or ends the kernel is reported, and the rest goes on. The notebook
file is left as it is."""

EPILOG = """\
Exit status: 0 if every exercise passes, 1 if not, 2 if a file is no notebook
with exercises.

This is for whoever solves the exercises. It runs the notebook's code with your
rights and believes what the notebook's process says: do not mark other people's
work with it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook check`."""
    parser.add_argument("notebooks", metavar="NOTEBOOK", nargs="+", help="a notebook file, .ipynb")
    exercises.add_argument(parser)
    parser.add_argument("--timeout", metavar="S", type=_seconds, default=60.0,
                        help="seconds that one cell may take (default: 60)")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook check`."""
    need("nbformat", "jupyter_client", "ipykernel")
    known = exercises.load(args.exercises)
    status, everything = 0, []
    for number, path in enumerate(args.notebooks):
        if number and not args.json:
            out.write()
        try:
            data = check(path, known, args, out)
        except UsageError as error:
            if len(args.notebooks) == 1:
                raise
            out.stream.flush()
            Terminal(sys.stderr).paragraph(error.sentence, indent="  ", first="rnnbook: ")
            status = 2
            continue
        everything.append(data)
        status = max(status, 0 if data["passed"] else 1)
    if args.json:
        out.write(json.dumps({"version": 1, "notebooks": everything}, indent=1, ensure_ascii=True))
    return status


def check(path: str, known: dict[str, Exercise], args: argparse.Namespace, out: Terminal) -> dict[str, Any]:
    """Run one notebook, print what became of it unless it is to be JSON, and return that as plain data."""
    cells = read_cells(path)
    places, unknown = find_exercises(cells, known)
    if not places:
        raise UsageError(nothing_in(path, unknown, known))
    count, begin = sum(cell.number > 0 for cell in cells), time.monotonic()
    waiting = Waiting()
    try:
        outcome = run_notebook(Path(path).resolve().parent, cells, places, {e.id: e.name for e in known.values()},
                               args.exercises, args.timeout, waiting.say)
    except KernelError as error:
        raise UsageError(f"{error}; rnnbook doctor says more") from None
    finally:
        waiting.clear()
    strangers = [{"id": id, "meant": near(id, known)} for id in unknown]
    data = as_data(path, outcome, known, strangers, absent(outcome, known), count, time.monotonic() - begin)
    if not args.json:
        show(data, out)
    return data


def absent(outcome: Outcome, known: dict[str, Exercise]) -> list[str]:
    """The exercises of the same chapters that the notebook does not hold."""
    here = [grade.id for grade in outcome.grades]
    chapters = {exercises.chapter(known[id]) for id in here}
    return [e.id for e in known.values() if exercises.chapter(e) in chapters and e.id not in here]


def nothing_in(path: str, unknown: list[str], known: dict[str, Exercise]) -> str:
    """Why a notebook has nothing to check."""
    if not unknown:
        return f"{path} has no exercises in it; those of the book are in the folder exercises/"
    first = unknown[0]
    meant = near(first, known)
    help = f"did you mean {meant!r}?" if meant else "exercises of one's own need --exercises DIR"
    return f"{path} asks for the exercise {first!r}, which is not known here; {help}"


def near(id: str, known: dict[str, Exercise]) -> str:
    """The known id that looks most like this one, "" where none does."""
    return next(iter(difflib.get_close_matches(id, list(known), 1)), "")


def need(*modules: str) -> None:
    """Raise a UsageError that says what to install if one of the modules is missing."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError:
            raise UsageError(f"{module} is missing, and running notebooks needs it. {EXTRA}") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


class Waiting:
    """One line that says what is being done, for someone at a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        self.out = Terminal(sys.stderr)

    def say(self, text: str) -> None:
        """Write the line over the last one."""
        if self.out.is_tty:
            room = self.out.width - 1
            line = " ".join(text.split())[:room]
            self.out.write(f"\r{line:<{room}}", end="")
            self.out.stream.flush()

    def clear(self) -> None:
        """Take the line away."""
        if self.out.is_tty:
            self.say("")
            self.out.write("\r", end="")
            self.out.stream.flush()

