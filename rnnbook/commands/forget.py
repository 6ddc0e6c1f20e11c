"""`rnnbook forget`: deletes a student."""

from __future__ import annotations

import argparse
from pathlib import Path

from rnnbook.commands import stored
from rnnbook.commands.asking import short
from rnnbook.commands.class_summary import clean
from rnnbook.commands.grade import add_out, open_book, write_files
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

DESCRIPTION = """\
Delete all that the gradebook holds of one student: name, notebooks, grades,
feedback, what was set by hand. It cannot be taken back. The tables beside the
gradebook are written anew; exports made before, and the hand-in itself, are
yours to delete. While the hand-in is there, `rnnbook grade` grades it again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook forget`."""
    parser.add_argument("student", metavar="STUDENT", help="the id, as the tables have it")
    add_out(parser)


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook forget`."""
    folder = Path(args.out)
    with open_book(args.out) as book:
        student = stored.find_student(book, args.student)
        if student != args.student:
            raise UsageError(f"{args.student!r} is not the id of a student; is {student} meant?")
        count = book.forget(student)
        out.write(f"{clean(student)} is forgotten, with {count} grade{'s' if count != 1 else ''}.")
        written = [path for name in book.homeworks()
                   for path in write_files(folder, book, name, book.homework(name)["title"], book.rows(name))]
    for path in written:
        out.write(f"Written: {short(str(path))}")
    known = {"secret", *(path.name for path in written)}
    left = sorted(path.name for path in folder.iterdir()
                  if path.name not in known and not path.name.startswith("gradebook.sqlite"))
    if left:
        out.paragraph(f"May still name the student: {', '.join(left)}. Delete them, or export them again.")
    return 0
