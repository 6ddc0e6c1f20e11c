"""The grades of a homework as a plain table."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from rnnbook.grading.driver import number
from rnnbook.grading.gradebook import Gradebook
from rnnbook.grading.gradebook_rows import Row, late_rule
from rnnbook.grading.late import days_late

MISSING = "nothing handed in"
FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a formula begins with."""


def missing(book: Gradebook, rows: list[Row]) -> dict[str, str]:
    """Those on the roster who have handed in nothing: id -> name."""
    here = {row.student for row in rows}
    return {id: name for id, (name, data) in book.students().items() if data and id not in here}


def as_csv(book: Gradebook, homework: str, rows: list[Row] | None = None) -> str:
    """One line for each student, those of the roster who handed in nothing included; points by exercise at the end.

    `rows` are the book's for this homework, where they have been read already.
    """
    rows, names = book.rows(homework) if rows is None else rows, book.students()
    rule = late_rule(book.homework(homework))
    columns = list(dict.fromkeys(mark.exercise for row in rows for mark in row.marks))
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["student", "name", "final", "raw", "of", "waiting", "overrides", "submitted", "days_late",
                    "isolation", "note", "problems", *columns])
    lines: dict[str, list[Any]] = {}
    for row in rows:
        points = {mark.exercise: row.points(mark) for mark in row.marks}
        lines[row.student] = [row.final, row.raw, row.max_points, row.waiting, len(row.overrides),
                              row.submitted_at or "", days_late(*rule, row.when), row.level, note(row),
                              "; ".join(row.problems), *[points.get(id) for id in columns]]
    for id in missing(book, rows):
        lines[id] = [0, 0, "", "", "", "", "", "", MISSING, "", *[None for _ in columns]]
    for id in sorted(lines):
        cells = [number(cell) if isinstance(cell, float) else cell for cell in lines[id]]
        table.writerow([safe(cell) for cell in (id, names[id][0], *cells)])
    return file.getvalue()


def note(row: Row) -> str:
    """What a teacher should know of a hand-in, in few words; empty where all went well."""
    said = {"done": "", "unreadable": "", "lost": "not graded", "died": "its process ended", "time": "ran too long",
            "cpu": "ran too long", "memory": "took too much memory", "output": "printed or sent too much",
            "disk": "wrote too much"}.get(row.status, row.status)
    late = "late by the platform's mark" if row.late and row.raw == row.final else ""
    late = f"late: {number(row.raw)} before" if row.raw != row.final else late
    waits = f"{row.waiting} to mark by hand" if row.waiting else ""
    count = len(row.problems)
    cells = row.problems[0] if row.status == "unreadable" and row.problems else \
        f"{count} problem{'s' if count != 1 else ''}" if count and not said else ""
    return "; ".join(filter(None, (said, waits, late, cells)))


def safe(cell: Any) -> Any:
    """A cell on one line that no spreadsheet takes for a formula: names of files are the students' choice."""
    if not isinstance(cell, str):
        return cell
    cell = re.sub(r"[\r\n\v\f\x85\u2028\u2029]+", " ", cell)
    return f"'{cell}" if cell.lstrip().startswith(FORMULA) or cell.startswith("\t") else cell
