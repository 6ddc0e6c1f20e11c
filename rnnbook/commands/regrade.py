"""`rnnbook regrade`: grades a student's notebook again, as the gradebook has kept it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbook.commands import exercises, stored
from rnnbook.commands.class_summary import clean
from rnnbook.commands.grade import add_out, open_book, write_files
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.grading.gradebook_rows import Row

DESCRIPTION = """\
Grade the notebook of a student again, as the gradebook has kept it: after an
exercise was corrected, or where the machine was at fault. The old grade stays
in the gradebook's history, and what was overridden by hand stays overridden."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook regrade`."""
    parser.add_argument("students", metavar="STUDENT", nargs="*", help="id or name")
    parser.add_argument("--all", action="store_true", help="everyone who has handed in")
    stored.add_homework(parser)
    exercises.add_argument(parser)
    add_out(parser)


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook regrade`."""
    if bool(args.students) == args.all:
        raise UsageError("expected students, or --all")
    exercises.load(args.exercises)
    from rnnbook.grading.definitions import versions
    from rnnbook.grading.grader import Grader

    with open_book(args.out) as book:
        name = stored.homework_name(book, args.homework)
        rows = book.rows(name) if args.all else [stored.find_row(book, name, student) for student in args.students]
        setup = stored.stored_setup(book, name, args)
        try:
            grader = Grader(setup)
        except ValueError as error:
            raise UsageError(str(error)) from None
        try:
            for before in rows:
                notebook = book.notebook(before.grade)
                if not notebook:
                    why = " ".join(before.problems)
                    out.paragraph(f"{clean(before.student)}: {clean(why)} There is nothing to grade again.")
                    continue
                found = grader.grade(before.student, notebook)
                book.add(found, notebook, versions(), file=before.file, late=before.late, again=True,
                         submitted_at=before.when)
                show(before, book.rows(name, before.student)[0], out)
        finally:
            grader.close()
        write_files(Path(args.out), book, name, book.homework(name)["title"], book.rows(name))
    return 0


def show(before: Row, after: Row, out: Terminal) -> None:
    """Say what has changed."""
    who = clean(after.student)
    if before.final == after.final and before.marks == after.marks:
        out.write(f"{who}: {after.final:g} of {after.max_points:g}, as before")
        return
    out.write(f"{who}: {after.final:g} of {after.max_points:g}, before {before.final:g}")
    old = {mark.exercise: mark for mark in before.marks}
    for mark in after.marks:
        was = old.get(mark.exercise)
        if was is None or (was.points, was.status) != (mark.points, mark.status):
            points = "–" if mark.points is None else f"{mark.points:g}"
            then = f"before {was.points:g}, {was.status}" if was and was.points is not None else "new"
            now = f"{points} of {mark.max_points:g}, {mark.status}"
            out.paragraph(f"{mark.exercise}: {now}; {then}", "    ", first="  ")
    for id, given in after.overrides.items():
        out.paragraph(f"{id}: {given.points:g} by hand, as before: {clean(given.reason)}", "    ", first="  ")
