"""Grades in long form: one line for each student and exercise, for a statistics program."""

from __future__ import annotations

import csv
import io
from typing import Any

from rnnbook.grading.driver import Mark, number
from rnnbook.grading.exports.sheet import Sheet, state
from rnnbook.grading.gradebook_rows import Row
from rnnbook.grading.tables import MISSING, safe

COLUMNS = ("student", "name", "exercise", "title", "points", "of", "state", "mistakes", "headline", "graded",
           "reason", "by", "raw", "final", "days_late", "isolation", "status", "problems", "token")


def as_long_csv(sheet: Sheet) -> str:
    """`points` is what counts, `graded` what the grader gave; `raw` and `final` are the hand-in's, before and after the
    late rule. Who has handed in nothing has one line, without an exercise."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(COLUMNS)
    lines = [_line(sheet, row, mark) for row in sheet.rows for mark in row.marks or (None,)]
    lines += [{"student": id, "name": name, "raw": 0, "final": 0, "status": MISSING}
              for id, name in sheet.missing.items()]
    for line in sorted(lines, key=lambda line: line["student"]):
        table.writerow([safe(line.get(column)) for column in COLUMNS])
    return file.getvalue()


def _line(sheet: Sheet, row: Row, mark: Mark | None) -> dict[str, Any]:
    line: dict[str, Any] = {
        "student": row.student, "name": sheet.called(row.student), "raw": number(row.raw), "final": number(row.final),
        "days_late": sheet.days_late(row), "isolation": row.level, "status": row.status,
        "problems": "; ".join(row.problems)}
    if mark is None:
        return line
    points, given = row.points(mark), row.overrides.get(mark.exercise)
    return line | {
        "exercise": mark.exercise, "title": mark.title, "points": None if points is None else number(points),
        "of": number(mark.max_points), "state": state(row, mark), "mistakes": "; ".join(mark.mistakes),
        "headline": mark.headline, "graded": None if mark.points is None else number(mark.points),
        "reason": given.reason if given else "", "by": given.by_whom if given else "", "token": mark.token or ""}
