"""`rnnbook override`: sets the points of an exercise by hand."""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path

from rnnbook.commands import stored
from rnnbook.commands.class_summary import clean
from rnnbook.commands.grade import add_out, open_book, write_files
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

DESCRIPTION = """\
Set the points of one exercise by hand, with a reason that stays with them: a
question that a person marks, or a grade that is not fair. They stay when the
notebook is graded again. POINTS is a number, or `auto`: then the grader's own
points count again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook override`."""
    parser.add_argument("student", metavar="STUDENT", help="id or name")
    parser.add_argument("exercise", metavar="EXERCISE", help="its id, or that of a question")
    parser.add_argument("points", metavar="POINTS", type=_points, help="a number, or auto")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why, for whoever asks later")
    parser.add_argument("--by", metavar="NAME", help="who decided it (default: the user's name)")
    stored.add_homework(parser)
    add_out(parser)


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook override`."""
    with open_book(args.out) as book:
        name = stored.homework_name(book, args.homework)
        before = stored.find_row(book, name, args.student)
        try:
            book.override(before.student, name, args.exercise, args.points, args.reason, args.by or user())
        except ValueError as error:
            raise UsageError(str(error)) from None
        after = stored.find_row(book, name, before.student)
        mark = next(m for m in after.marks if m.exercise == args.exercise)
        points = after.points(mark)
        out.write(f"{clean(after.student)}, {args.exercise}: "
                  f"{'waits for a person' if points is None else f'{points:g} of {mark.max_points:g}'}")
        out.write(f"Total: {after.final:g} of {after.max_points:g}, before {before.final:g}")
        write_files(Path(args.out), book, name, book.homework(name)["title"], book.rows(name))
    return 0


def user() -> str:
    """The name of whoever types."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def _points(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number nor auto") from None
