"""All that is exported of a homework, read once from the gradebook: every format tells the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from rnnbook.grading.driver import Mark, number
from rnnbook.grading.gradebook import Gradebook
from rnnbook.grading.gradebook_rows import Row, late_rule
from rnnbook.grading.homework import rounded
from rnnbook.grading.late import days_late
from rnnbook.grading.tables import missing

LOST = "lost"


@dataclass(frozen=True)
class Sheet:
    """A homework and all who are asked for it.

    Attributes
    ----------
    name, title
        Of the homework.
    data
        What the gradebook remembers of it; see `course.describe`.
    rows
        What counts, by student.
    students
        Everyone: id -> name, and what the roster says.
    missing
        Those on the roster who have handed in nothing: id -> name.
    """

    name: str
    title: str
    data: Mapping[str, Any]
    rows: tuple[Row, ...]
    students: Mapping[str, tuple[str, Mapping[str, Any]]]
    missing: Mapping[str, str]

    @property
    def most(self) -> float:
        """The points there are. Where no homework file says so, those of the fullest notebook."""
        if self.data.get("found", True):
            return max((row.max_points for row in self.rows), default=0)
        parts = [points for _, points in self.data["exercises"]] + [m["points"] for m in self.data.get("manual", ())]
        return number(rounded(sum((Fraction(str(points)) for points in parts), Fraction(0))))

    @property
    def exercises(self) -> dict[str, Mark]:
        """One mark of each exercise that anyone has, for its title and points, in the notebook's order."""
        found: dict[str, Mark] = {}
        for row in self.rows:
            found |= {mark.exercise: mark for mark in row.marks if mark.exercise not in found}
        return found

    def called(self, id: str) -> str:
        """A student's name; the id where there is none."""
        return self.students.get(id, ("", {}))[0] or id

    def days_late(self, row: Row) -> int:
        """The days that had begun since the due time when this was handed in."""
        return days_late(*late_rule(self.data), row.when)

    def graded(self) -> tuple[Row, ...]:
        """The rows that hold a grade; without those that were lost on the way and are graded again."""
        return tuple(row for row in self.rows if row.status != LOST)


def read_sheet(book: Gradebook, homework: str) -> Sheet:
    """Read a homework."""
    data, rows = book.homework(homework), book.rows(homework)
    return Sheet(homework, str(data.get("title", homework)), data, tuple(rows), book.students(), missing(book, rows))


# ---- In words, for students and teachers alike

STATES = {
    "right": ("✓", "right"), "partly": ("◐", "partly right"), "convention": ("≈", "another convention"),
    "wrong": ("✗", "not right"), "untried": ("○", "not tried"), "absent": ("○", "not in the notebook"),
    "waiting": ("…", "waits to be marked"), "marked": ("✎", "marked by hand"),
}
"""A sign and words for each state of an exercise; the sign never stands alone."""


def state(row: Row, mark: Mark) -> str:
    """One of STATES: the grader's word, or what a person has done."""
    if row.points(mark) is None:
        return "waiting"
    if mark.exercise in row.overrides:
        return "marked"
    return mark.status if mark.status in STATES else "wrong"


def late_words(sheet: Sheet, row: Row) -> str:
    """What being late costs, in a sentence; "" where it costs nothing."""
    if row.final == row.raw:
        return ""
    days = sheet.days_late(row)
    when = f"{days} day{'s' * (days != 1)} late" if days else "late"
    share = f": {number(row.raw)} points before the late rule, {number(row.final)} after it"
    return f"Handed in {when}{share}."


def override_words(row: Row, mark: Mark) -> str:
    """A person's decision on an exercise, with its reason; "" where there is none."""
    given = row.overrides.get(mark.exercise)
    if given is None:
        return ""
    instead = f", instead of {number(mark.points)}" if mark.points is not None else ""
    what = "Marked" if mark.points is None else "Changed"
    assert given.points is not None
    return f"{what} by hand: {number(given.points)} of {number(mark.max_points)} points{instead}. {given.reason}"


def mark_words(row: Row, mark: Mark) -> str:
    """All that a student may know of one exercise, as plain text."""
    sign, word = STATES[state(row, mark)]
    lines = [f"{sign} {word}", mark.headline]
    said = mark.feedback
    outputs = said.get("outputs", ()) if mark.status not in ("right", "untried") else ()
    lines += [f"  {o['name']}: {o['status']}{'. ' + o['detail'] if o['detail'] else ''}" for o in outputs]
    lines += [f"  {line}" for line in said.get("lines", ())]
    for mistake in said.get("mistakes", ()):
        lead = "Right under another published convention" if mistake["convention"] else "What happened"
        lines += [f"{lead}: {mistake['name']}", f"{'Note' if mistake['convention'] else 'Hint'}: {mistake['hint']}"]
    lines.append(override_words(row, mark))
    if state(row, mark) == "waiting":
        lines.remove(mark.headline)
    return "\n".join(line for line in lines if line)


def row_words(sheet: Sheet, row: Row) -> str:
    """What a student may know of the hand-in as a whole, as plain text."""
    waits = f"{row.waiting} question{'s' * (row.waiting != 1)} still to be marked by a person." if row.waiting else ""
    problems = ["In the notebook:", *(f"  {problem}" for problem in row.shown)] if row.shown else []
    return "\n".join(filter(None, [f"{number(row.final)} of {number(row.max_points)} points.", late_words(sheet, row),
                                   waits, *problems]))


def date_words(when: datetime) -> str:
    """"20 November 2026, 17:30 (UTC+01:00)"."""
    zone = when.strftime("%z")
    return f"{when.day} {when.strftime('%B %Y, %H:%M')}" + (f" (UTC{zone[:3]}:{zone[3:5]})" if zone else "")
