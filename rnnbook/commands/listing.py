"""`rnnbook list`: the exercises, chapter by chapter."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rnnbook.commands import exercises
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.checks import Exercise

DESCRIPTION = "Show the exercises: id, title, level (1 to 4), minutes and points."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook list`."""
    parser.add_argument("--chapter", metavar="NN", help="only this chapter: 02, or 02-hidden-state")
    exercises.add_argument(parser)


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook list`."""
    known = list(exercises.load(args.exercises).values())
    chapters = list(dict.fromkeys(exercises.chapter(e) for e in known))
    if args.chapter is not None:
        chosen = [c for c in chapters if is_chapter(c, args.chapter)]
        if not chosen:
            raise UsageError(f"chapter {args.chapter} has no exercises; there are some in {', '.join(chapters)}")
        chapters = chosen
    shown = [e for e in known if exercises.chapter(e) in chapters]
    for number, name in enumerate(chapters):
        if number:
            out.write()
        out.write(out.paint(name, "strong"))
        out.write()
        _table([e for e in known if exercises.chapter(e) == name], out)
    out.write()
    out.write(f"{_number(len(shown), 'exercise')}, {_number(sum(e.points for e in shown), 'point')}, "
              f"about {sum(e.minutes for e in shown)} minutes.")
    return 0


def is_chapter(name: str, asked: str) -> bool:
    """Whether "02-hidden-state" is what "2", "02", "02-hidden-state" or "hidden-state" asks for."""
    number, _, words = name.partition("-")
    return asked in (name, number, words) or (asked.isdigit() and number.isdigit() and int(asked) == int(number))


def _table(rows: list[Exercise], out: Terminal) -> None:
    widest = max(len(e.id) for e in rows)
    room = max(12, out.width - widest - 2 - len("  level  minutes  points"))
    out.table(
        ("id", "title", "level", "minutes", "points"),
        [(e.id, e.title if len(e.title) <= room else e.title[:room - 1] + "…", str(e.level), str(e.minutes),
          str(e.points)) for e in rows],
        right=(2, 3, 4))


def _number(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
