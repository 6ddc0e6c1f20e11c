"""`rnnbook sample-class`: writes a made-up class, to try grading on."""

from __future__ import annotations

import argparse
from pathlib import Path

from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

DESCRIPTION = """\
Write a made-up class into DIR, a new folder: thirty hand-ins that are right,
wrong, broken or hostile, a roster, a homework with a private exercise, and a
table of the points that each of them should get."""

NEXT = ("rnnbook grade submissions --homework hw1.toml --roster roster.csv", "rnnbook replay dtran rnn-last_state")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook sample-class`."""
    parser.add_argument("folder", metavar="DIR", help="the folder that is made")


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook sample-class`."""
    from rnnbook.grading.sample_class.folder import write

    try:
        written = write(Path(args.folder))
    except ValueError as error:
        raise UsageError(str(error)) from None
    for line in written:
        out.write(line)
    out.write()
    out.write("Next:")
    for command in (f"cd {args.folder}", *NEXT):
        out.write(f"  {command}")
    return 0
