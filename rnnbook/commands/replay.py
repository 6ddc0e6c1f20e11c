"""`rnnbook replay`: shows a disputed case."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbook.commands import exercises, stored
from rnnbook.commands.class_summary import clean
from rnnbook.commands.grade import add_out, get_secret, open_book
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.grading.gradebook import Gradebook
    from rnnbook.grading.replaying import Replayed

DESCRIPTION = """\
Show how one answer of one student came to its grade: the notebook that the
gradebook has kept is run again on the same questions, and the first case on
which it is wrong is shown with its inputs, the student's numbers and the right
ones. This is for the teacher: whoever knows the inputs knows the questions."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook replay`."""
    parser.add_argument("token", metavar="TOKEN", nargs="+",
                        help="as it stands in the student's feedback; or a student and an exercise")
    stored.add_homework(parser)
    parser.add_argument("--save", metavar="FILE", help="write inputs, yours and expected of the case to a .npz file")
    exercises.add_argument(parser)
    add_out(parser)


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook replay`."""
    exercises.load(args.exercises)
    from rnnbook.grading import driver, seeds
    from rnnbook.grading.grader import Grader
    from rnnbook.grading.replaying import replay

    with open_book(args.out) as book:
        token = token_of(book, args)
        found = book.find(token)
        if found is None:
            raise UsageError(f"the gradebook in {args.out} knows no token {token!r}")
        number, student, homework, exercise, key = found
        if seeds.token(get_secret(args), student, exercise, key) != token:
            raise UsageError("that was graded with another secret; --secret FILE names it")
        setup = stored.stored_setup(book, homework, args)
        notebook = book.notebook(number)
    try:
        grader = Grader(setup)
    except ValueError as error:
        raise UsageError(str(error)) from None
    try:
        if driver.key_of(student, notebook, grader.plan) != key:
            out.paragraph("The homework, the exercises or the limits have changed since this was graded. "
                          "What follows is what comes out now.")
        show(replay(grader, student, notebook, exercise), student, args.save, out)
    finally:
        grader.close()
    return 0


def token_of(book: Gradebook, args: argparse.Namespace) -> str:
    """The token, or that of a student's answer to an exercise."""
    if len(args.token) == 1:
        return str(args.token[0]).strip().lower()
    if len(args.token) != 2:
        raise UsageError(f"got {len(args.token)} words; expected a token, or a student and an exercise")
    row = stored.find_row(book, stored.homework_name(book, args.homework), args.token[0])
    mark = next((m for m in row.marks if m.exercise == args.token[1]), None)
    if mark is None or mark.token is None:
        tried = ", ".join(m.exercise for m in row.marks if m.token) or "none"
        raise UsageError(f"{row.student} has no answer to {args.token[1]!r} that can be replayed; there are: {tried}")
    return mark.token


def show(found: Replayed, student: str, save: str | None, out: Terminal) -> None:
    """Print the report as the student would see it in a notebook, and the case."""
    out.write(out.paint(clean(f"{student}, {found.exercise.id}"), "strong"))
    for problem in found.problems:
        out.paragraph(clean(problem), "  ")
    for line in found.text.split("\n"):
        out.write(clean(line))
    if found.case is None:
        if save:
            out.paragraph("There is no wrong case to save.")
        return
    kind = "one of the fixed cases" if found.fixed else "drawn for this student"
    out.write()
    out.write(f"Case {found.number + 1} of {found.count}, {kind}. It gave:")
    for name, yours, expected in found.outputs:
        out.write(f"  {clean(name)}")
        for whose, text in (("yours", yours), ("expected", expected)):
            first, *rest = text.split("\n")
            out.write(f"    {whose:<8}  {clean(first)}")
            for line in rest:
                out.write(" " * 14 + clean(line))
    out.write("  inputs")
    for name, text in found.inputs:
        first, *rest = text.split("\n")
        out.write(f"    {name:<8}  {first}")
        for line in rest:
            out.write(" " * 14 + line)
    if save:
        import numpy as np

        path = Path(save) if save.endswith(".npz") else Path(f"{save}.npz")
        arrays: dict[str, Any] = dict(found.arrays or {})
        np.savez(path, **arrays)
        out.write(f"Written: {path}")
