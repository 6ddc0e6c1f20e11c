"""Grades as a file that Canvas imports, made from the file that Canvas exports.

Canvas's source, lib/gradebook_exporter.rb and lib/gradebook_importer.rb, is the reference. The header is `Student` (or
`LastName, FirstName`), `ID, SIS User ID, SIS Login ID, [Integration ID, Root Account,] Section`, then one column
`Title (id)` for each assignment, then totals, which are read only. A line "Manual Posting" may follow, then the line
"    Points Possible", then one line for each student. On import a student is found by `ID`, an assignment by the id in
its header, else by its title; a column that Canvas does not know becomes a new assignment. Columns may be left out. A
cell "EX" is excused, "N/A" not assigned; a grade is deleted where its cell is empty.

So: the columns that say who a student is stay as they are, with the one column of this homework; those of other
assignments are left out, so that grades given since the export are not undone. Every line of the export stays. A cell
is changed only where there is a grade.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from rnnbook.grading.exports.canvas_students import lines_of
from rnnbook.grading.exports.sheet import LOST, Sheet
from rnnbook.grading.homework import rounded
from rnnbook.grading.roster import read_roster
from rnnbook.grading.tables import safe

IDENTITY = ("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account",
            "Section")
TOTALS = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
NEVER = ("EX", "N/A")       # cells that a person or Canvas has set


@dataclass(frozen=True)
class CanvasExport:
    """A file for Canvas.

    Attributes
    ----------
    text
        The CSV.
    column
        The header of its one assignment.
    new
        True where Canvas's export has no such column: on import Canvas asks what it is.
    filled
        How many students have a grade in it.
    unknown
        Students of the gradebook who are not in Canvas's export, or are not one for certain: id -> why.
    kept
        Those whose cell is left as it was: id -> why.
    """

    text: str
    column: str
    new: bool
    filled: int
    unknown: Mapping[str, str]
    kept: Mapping[str, str]


def canvas_csv(sheet: Sheet, path: str | Path, *, column: str = "", scale: bool = False, zero: bool = False,
               unfinished: bool = False) -> CanvasExport:
    """Fill in Canvas's export.

    Parameters
    ----------
    path
        Canvas's own export of its gradebook.
    column
        The assignment: its header, its title or its id in Canvas; by default the homework's title or name.
    scale
        Scale to Canvas's points possible where these are not the homework's.
    zero
        Give 0 to those who have handed in nothing.
    unfinished
        Fill in grades, too, that still wait for a person's marks.

    Raises
    ------
    ValueError
        The file is not Canvas's; the column is not there, or may be one of several; the points possible are others and
        `scale` is not set.
    """
    roster = read_roster(path)
    header, lines = _read(Path(path))
    if not {"ID", "Section"} <= set(header) or not {"Student", "LastName"} & set(header):
        raise ValueError(f"{path} is not Canvas's export of its gradebook; expected its columns Student, ID, "
                         "SIS Login ID, Section")
    place = _find(header, column, (sheet.title, sheet.name), path)
    possible = _possible(lines, place)
    factor = _factor(sheet, possible, header[place] if place is not None else "", scale)
    students, unknown = lines_of(sheet, roster)
    grades: dict[int, tuple[str, str]] = {}
    kept: dict[str, str] = {}
    possible_in = {number for number, row in lines if _is_points(row)}
    for student in (one for one in roster if one.line not in possible_in):
        id = students.get(student.line, student.id)
        if not id:                                       # one of several: they are in `unknown`
            continue
        grade = _grade(sheet, id, zero, unfinished)
        if isinstance(grade, str):
            kept[id] = grade
        else:
            grades[student.line] = id, f"{rounded(Fraction(str(grade)) * factor):.2f}"
    identity = [n for n, name in enumerate(header) if name.strip() in IDENTITY]
    title = header[place] if place is not None else column or sheet.title
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow([*(header[n] for n in identity), title])
    filled = 0
    for number, row in lines:
        old = row[place].strip() if place is not None and place < len(row) else ""
        if number in grades and old.upper() in NEVER:
            kept[grades[number][0]] = "excused in Canvas" if old.upper() == "EX" else "not assigned to in Canvas"
        elif number in grades:
            old, filled = grades[number][1], filled + 1
        elif _is_points(row) and not old:
            old = f"{sheet.most:.2f}"
        table.writerow([*_defused(row, header, identity), old])
    return CanvasExport(out.getvalue(), title, place is None, filled, unknown, kept)


def _read(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each line as it stands with the number of the line in the file that it ends in."""
    data = path.read_bytes()
    text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "replace")
    first = next(line for line in text.splitlines() if line.strip())
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    return lines[0][1], lines[1:]


def _find(header: Sequence[str], asked: str, usual: Sequence[str], path: str | Path) -> int | None:
    """The number of the assignment's column; None where there is none, and none was asked for."""
    known = {n: _ways(name) for n, name in enumerate(header)
             if name.strip() not in IDENTITY and not TOTALS.search(name)}
    for wanted in [asked] if asked else usual:
        found = [n for n, ways in known.items() if wanted.strip().casefold() in ways]
        if len(found) > 1:
            raise ValueError(f"column is {wanted!r}, and {path} has {len(found)} of that name: "
                             f"{', '.join(header[n] for n in found)}; give the whole header, or the id in it")
        if found:
            return found[0]
    if asked:
        raise ValueError(f"column is {asked!r}; expected one of {path}: "
                         f"{', '.join(header[n] for n in known) or 'it has none'}")
    return None


def _ways(name: str) -> set[str]:
    """What a column may be called: its header, and the title and id in it."""
    parts = re.fullmatch(r"(.*)\s\((\d+)\)", name.strip(), re.DOTALL)
    return {part.casefold() for part in (name.strip(), *(parts.groups() if parts else ()))}


def _possible(lines: Sequence[tuple[int, list[str]]], place: int | None) -> Fraction | None:
    """Canvas's points for the assignment; None where it says none."""
    row = next((row for _, row in lines if _is_points(row)), [])
    cell = row[place].strip() if place is not None and place < len(row) else ""
    if not re.fullmatch(r"\d[\d.,]*", cell):
        return None
    *whole, last = re.split(r"[.,]", cell)              # as Canvas reads them: the last mark is the decimal one
    return Fraction(f"{''.join(whole)}.{last}" if whole else last)


def _factor(sheet: Sheet, possible: Fraction | None, column: str, scale: bool) -> Fraction:
    most = Fraction(str(sheet.most))
    if not possible or possible == most or not most:
        return Fraction(1)
    if not scale:
        raise ValueError(f"{column!r} is worth {float(possible):g} points in Canvas, and {sheet.name} is worth "
                         f"{float(most):g}; expected the same. Change it in Canvas and export again, or scale.")
    return possible / most


def _grade(sheet: Sheet, id: str, zero: bool, unfinished: bool) -> float | str:
    """A student's points, or in words why there are none to fill in."""
    row = next((row for row in sheet.rows if row.student == id), None)
    if row is None:
        return 0.0 if zero else "nothing handed in"
    if row.status == LOST:
        return "not graded"
    if row.waiting and not unfinished:
        return f"{row.waiting} to mark by hand"
    return row.final


def _is_points(row: Sequence[str]) -> bool:
    return bool(row) and "Points Possible" in row[0]


def _defused(row: Sequence[str], header: Sequence[str], identity: Sequence[int]) -> list[str]:
    """The cells that say who it is. A name that a spreadsheet takes for a formula is made text: Canvas goes by ID."""
    cells = [row[n] if n < len(row) else "" for n in identity]
    by_id = any(header[n].strip() == "ID" and cell.strip() for n, cell in zip(identity, cells, strict=True))
    names = ("Student", "LastName", "FirstName")
    return [safe(cell) if by_id and header[n].strip() in names else cell
            for n, cell in zip(identity, cells, strict=True)]
