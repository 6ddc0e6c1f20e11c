"""The `rnnbook` command: `rnnbook check`, `rnnbook list`, `rnnbook doctor`, `rnnbook grade` and more.

Exit status: 0 if all is well, 1 if it is not (an exercise does not pass, the installation has a problem), 2 if the
command was called with something it cannot work on.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from rnnbook import __version__
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

COMMANDS = {"check": "check", "list": "listing", "doctor": "doctor", "release": "release", "grade": "grade",
            "regrade": "regrade", "override": "override", "replay": "replay",
            "export": "export", "forget": "forget",
            "sample-class": "sample_class"}
"""Each word, and the module of rnnbook.commands that carries it out: `add_arguments(parser)` and `run(args, out)`."""

SUMMARIES = {
    "check": "run a notebook and say which of its exercises pass",
    "list": "show the exercises",
    "doctor": "say what is wrong with an installation",
    "release": "make the notebook that students receive for a homework",
    "grade": "grade a class",
    "regrade": "grade a student's notebook again, as it is kept in the gradebook",
    "override": "set the points of an exercise by hand, with a reason",
    "replay": "show a disputed case: inputs, the student's answer, the right one",
    "export": "write grades for Canvas, Gradescope, nbgrader, as tables, and feedback pages",
    "forget": "delete all that the gradebook holds of a student",
    "sample-class": "write a made-up class, to try grading on",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out a command line; the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    parser = build_parser(next((word for word in argv if word in COMMANDS), None))
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        return 0
    module = importlib.import_module(f"rnnbook.commands.{COMMANDS[args.command]}")
    out = Terminal()
    try:
        status = module.run(args, out)
        out.stream.flush()
        return status
    except UsageError as error:
        out.stream.flush()
        Terminal(sys.stderr).paragraph(error.sentence, indent="  ", first="rnnbook: ")
        return 2
    except KeyboardInterrupt:
        Terminal(sys.stderr).write("rnnbook: stopped")
        return 130
    except BrokenPipeError:     # rnnbook list | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The command line; the arguments of one command, which its module adds: only that one is loaded."""
    parser = argparse.ArgumentParser(
        prog="rnnbook", description="The exercises of the book on recurrent neural networks, from the command line.",
        epilog="rnnbook COMMAND --help says more about a command.")
    parser.add_argument("--version", action="version", version=f"rnnbook {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for word, summary in SUMMARIES.items():
        added = commands.add_parser(word, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter)
        if word == command:
            module = importlib.import_module(f"rnnbook.commands.{COMMANDS[word]}")
            added.description, added.epilog = module.DESCRIPTION, getattr(module, "EPILOG", None)
            module.add_arguments(added)
    return parser


if __name__ == "__main__":
    sys.exit(main())
