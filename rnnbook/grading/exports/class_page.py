"""The teacher's page: the class at a glance, with a link to each student's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

from rnnbook.checks.report_html import code
from rnnbook.grading.driver import number
from rnnbook.grading.exports.html import page, sign, table, text
from rnnbook.grading.exports.sheet import STATES, Sheet, state
from rnnbook.grading.gradebook_rows import Row
from rnnbook.grading.homework import rounded
from rnnbook.grading.misconceptions import misconceptions
from rnnbook.grading.tables import MISSING, note

MOST = 12       # misconceptions
GROUPS = {"right": "right", "partly": "partly", "convention": "partly", "wrong": "wrong", "untried": "untried",
          "absent": "untried", "waiting": "waiting", "marked": "marked"}


def class_page(sheet: Sheet, links: Mapping[str, str]) -> str:
    """The page; `links` has the address of each student's."""
    parts = ['<header><p class="kicker">For the teacher</p>', f"<h1>{text(sheet.title)}</h1>",
             f'<p class="who">{text(_summary(sheet))}</p></header>', "<main>", _mistakes(sheet), _exercises(sheet),
             _students(sheet, links), "</main>",
             "<footer><p>This page holds everyone's marks. The students' pages hold each their own.</p></footer>"]
    return page(f"{sheet.title}: the class", "\n".join(filter(None, parts)), wide=True)


def _summary(sheet: Sheet) -> str:
    rows = sheet.rows
    said = [f"{len(rows)} handed in" + (f", {len(sheet.missing)} did not" if sheet.missing else "")]
    if rows:
        said.append(f"mean {number(_mean([row.final for row in rows]))} of {number(sheet.most)} points")
        waiting = sum(row.waiting for row in rows)
        said += [f"{waiting} answers to mark by hand"] if waiting else []
        levels = Counter(row.level for row in rows if row.status != "unreadable")
        said.append("isolation: " + ", ".join(f"{level} ({n})" for level, n in levels.most_common()))
    return "; ".join(said) + "."


def _mean(points: list[float]) -> float:
    return rounded(sum((Fraction(str(p)) for p in points), Fraction(0)) / len(points))


def _mistakes(sheet: Sheet) -> str:
    found = misconceptions(sheet.rows)[:MOST]
    if not found:
        return ""
    rows = [(f"{code(m.name)}<br><span class=small>{code(m.hint)}</span>", f"<code>{text(m.exercise)}</code>",
             f"{m.students} of {m.tried}") for m in found]
    shown = table("Known mistakes, the most frequent first", ("Mistake", "Exercise", "Students"), rows, numbers=(2,))
    return f"<section><h2>What went wrong most often</h2>{shown}</section>"


def _exercises(sheet: Sheet) -> str:
    kinds = ("right", "partly", "wrong", "untried", "marked", "waiting")
    rows = []
    for id, asked in sheet.exercises.items():
        marks = [(row, mark) for row in sheet.rows for mark in row.marks if mark.exercise == id]
        counts = Counter(GROUPS[state(row, mark)] for row, mark in marks)
        points = [p for row, mark in marks if (p := row.points(mark)) is not None]
        rows.append((f"{text(asked.title)}<br><code>{text(id)}</code>", *(str(counts[kind]) for kind in kinds),
                     str(number(_mean(points))) if points else "–", str(number(asked.max_points))))
    if not rows:
        return ""
    heads = ("Exercise", *(sign(STATES[kind][0], kind if kind != "untried" else "not tried") for kind in kinds), "Mean",
             "of")
    return f"<section><h2>Exercises</h2>{table('How each exercise went', heads, rows, numbers=range(1, 9))}</section>"


def _students(sheet: Sheet, links: Mapping[str, str]) -> str:
    rows = {row.student: (_link(sheet, row.student, links), str(number(row.final)), str(number(row.max_points)),
                          _signs(row), _remarks(sheet, row)) for row in sheet.rows}
    rows |= {id: (_link(sheet, id, links), "0", str(number(sheet.most)), "", text(MISSING)) for id in sheet.missing}
    if not rows:
        return ""
    heads = ("Student", "Points", "of", "Exercises in order", "Remarks")
    lines = [rows[id] for id in sorted(rows, key=lambda id: (sheet.called(id).casefold(), id))]
    return f"<section><h2>Students</h2>{table('Everyone, by name', heads, lines, numbers=(1, 2))}</section>"


def _link(sheet: Sheet, id: str, links: Mapping[str, str]) -> str:
    name = sheet.called(id)
    more = f"<br><span class=small><bdi>{text(id)}</bdi></span>" if name != id else ""
    return f'<a href="{text(links[id])}"><bdi>{text(name)}</bdi></a>{more}'


def _signs(row: Row) -> str:
    """A sign for each exercise, with its id and state in words for a screen reader."""
    found = [(STATES[state(row, mark)], mark.exercise) for mark in row.marks]
    words = "; ".join(f"{id} {said}" for (_, said), id in found)
    signs = " ".join(sign for (sign, _), _ in found)
    return f'<span class="nowrap" role="img" aria-label="{text(words)}">{text(signs)}</span>' if found else ""


def _remarks(sheet: Sheet, row: Row) -> str:
    """What a teacher should know: the note, the problems, decisions by hand, isolation other than the class's."""
    days = sheet.days_late(row)
    told = row.problems[:3] if row.status != "unreadable" else ()
    said = [note(row), f"{days} day{'s' * (days != 1)} late" if days else "", *told,
            *(f"{id}: {number(given.points or 0)} by {given.by_whom}. {given.reason}"
              for id, given in row.overrides.items())]
    more = len(row.problems) - 3
    said += [f"and {more} more problems"] if more > 0 and row.status != "unreadable" else []
    usual = Counter(other.level for other in sheet.rows).most_common(1)[0][0]
    said += [f"isolation: {row.level}"] if row.level != usual else []
    return "<br>".join(text(line) for line in said if line)
