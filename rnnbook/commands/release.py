"""`rnnbook release`: makes the notebook that students receive for a homework."""

from __future__ import annotations

import argparse
from pathlib import Path

import rnnbook
from rnnbook.commands.asking import short
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

DESCRIPTION = """\
Make the notebook that students receive for a homework: the exercises that
hw.toml chooses, with its points, and its questions marked by hand. Answers are
left out; nbgrader's metadata and the book's version are in it."""

EPILOG = """\
A homework file, hw1.toml:

  title = "Homework 1"
  due = 2026-11-27T23:59:00+01:00

  [exercises]
  rnn-step = 2
  rnn-forward = 4

It may also have: notebook, timezone, allowed, seeds, timeout, memory, pack,
book; a table [late] with grace_minutes, percent_per_day, cut_off; tables
[[questions]] with id, title, points, text."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook release`."""
    parser.add_argument("homework", metavar="HW.TOML", help="the homework's file")
    parser.add_argument("--out", metavar="DIR", default=".", help="where the notebook goes (default: here)")
    parser.add_argument("--solutions", metavar="DIR", help="the book's solutions/ (default: that of this clone)")
    parser.add_argument("--with-answers", action="store_true",
                        help="the teacher's version, for source/ in a course of nbgrader's")


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook release`."""
    try:
        import nbformat  # noqa: F401
        import nbgrader  # noqa: F401
    except ImportError as error:
        raise UsageError(f'{error.name} is missing, and making notebooks needs it: pip install "rnnbook[grade]"'
                         ) from None
    from rnnbook.grading.homework import read_homework
    from rnnbook.grading.release import contents_in_words, points_in_words, student_notebook, teacher_notebook
    from rnnbook.notebooks.normalise import dumps, write

    try:
        homework = read_homework(args.homework)
        make = teacher_notebook if args.with_answers else student_notebook
        notebook = make(homework, solutions(args.solutions))
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(str(error)) from None
    path = Path(args.out) / f"{homework.notebook}.ipynb"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, dumps(notebook))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    out.write(f"{short(str(path))}: {contents_in_words(homework)}, {points_in_words(homework.points)}")
    if homework.pack is not None:
        out.paragraph("Its private exercises are not checked in the students' notebooks: the pack stays with you.")
    return 0


def solutions(given: str | None) -> Path:
    """The folder of the book's solutions.

    Raises
    ------
    UsageError
        It is not there: an installed package carries no notebooks.
    """
    if given is not None:
        if not Path(given).is_dir():
            raise UsageError(f"--solutions {given}: there is no such folder")
        return Path(given)
    for folder in (Path(rnnbook.__file__).resolve().parents[1], Path.cwd()):
        if any((folder / "solutions").glob("[0-9][0-9]-*.ipynb")):
            return folder / "solutions"
    raise UsageError("the book's solutions/ are not here: run this in a clone of the book's repository, or name the "
                     "folder with --solutions DIR")
