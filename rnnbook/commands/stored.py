"""What `regrade`, `override`, `replay` and `forget` share: to find a student in the gradebook, and what is there."""

from __future__ import annotations

import argparse
import unicodedata
from typing import TYPE_CHECKING, Any

from rnnbook.commands.grade import get_secret
from rnnbook.commands.notebook import UsageError

if TYPE_CHECKING:
    from rnnbook.grading.gradebook import Gradebook
    from rnnbook.grading.gradebook_rows import Row
    from rnnbook.grading.grader import Setup


def add_homework(parser: argparse.ArgumentParser) -> None:
    """Give a command `--homework NAME`."""
    parser.add_argument("--homework", metavar="NAME", help="which homework, if the gradebook holds several: hw1")


def homework_name(book: Gradebook, asked: str | None) -> str:
    """The homework that is meant: the one asked for, or the only one there is."""
    names = book.homeworks()
    asked = asked.removesuffix(".toml") if asked else None
    if asked in names:
        return str(asked)
    if asked is None and len(names) == 1:
        return names[0]
    got = "several homeworks" if asked is None else f"no homework {asked!r}"
    raise UsageError(f"the gradebook holds {got}; --homework NAME is one of: {', '.join(names) or 'none'}")


def find_student(book: Gradebook, student: str) -> str:
    """The id of a student by id or name."""
    everyone = book.students()
    same = [id for id in everyone if id == student] or [
        id for id, (name, _) in everyone.items() if plain(student) in (plain(id), plain(name))]
    if len(same) > 1:
        raise UsageError(f"{student!r} may be any of these: {', '.join(same)}; give the id")
    if not same:
        near = [id for id, (name, _) in everyone.items() if plain(student) in plain(f"{id} {name}")][:5]
        meant = f"Did you mean {' or '.join(near)}?" if near else "The gradebook knows no such student"
        raise UsageError(f"there is no student {student!r}. {meant}")
    return same[0]


def find_row(book: Gradebook, homework: str, student: str) -> Row:
    """What a student, by id or name, has for a homework."""
    id = find_student(book, student)
    rows = book.rows(homework, id)
    if not rows:
        raise UsageError(f"{id} has handed in nothing for {homework}")
    return rows[0]


def stored_setup(book: Gradebook, homework: str, args: argparse.Namespace) -> Setup:
    """How the homework is graded, as the gradebook remembers it; `--exercises` says where packs lie now."""
    from rnnbook.grading import course

    data: dict[str, Any] = book.homework(homework)
    try:
        return course.setup(homework, data, get_secret(args), packs=args.exercises or None)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from None


def plain(name: str) -> str:
    """A name without case and accents."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
