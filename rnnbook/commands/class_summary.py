"""What `rnnbook grade` prints at the end: students, exercises, the class's misconceptions, and what needs a look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbook.commands.asking import short
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.grading.archives import Ignored
    from rnnbook.grading.batch import Done
    from rnnbook.grading.collect import Collected
    from rnnbook.grading.gradebook import Gradebook
    from rnnbook.grading.gradebook_rows import Row

MOST = 5            # misconceptions, and files left out, that are shown


def show(book: Gradebook, rows: list[Row], title: str, found: Collected, done: list[Done], files: list[Path],
         out: Terminal) -> None:
    """Print all of it; `rows` are the homework's."""
    from rnnbook.grading.misconceptions import misconceptions
    from rnnbook.grading.tables import missing

    out.write(out.paint(clean(title), "strong"))
    out.paragraph(_what_was_done(found, done, rows))
    if rows:
        out.write()
        students(rows, missing(book, rows), book, out)
        out.write()
        by_exercise(rows, out)
    counted = misconceptions(rows)[:MOST]
    if counted:
        out.write()
        out.write(out.paint("Most frequent misconceptions", "strong"))
        shares = [f"  {m.students} of {m.tried}  " for m in counted]
        widest = max(map(len, shares))
        for m, share in zip(counted, shares, strict=True):
            out.paragraph(f"{m.name}  ({m.exercise})", " " * widest, first=share.rjust(widest))
    _left_out("is nobody's on the roster", "are nobody's on the roster", found.unmatched, out)
    _left_out("was left out", "were left out", [i for i in found.ignored if not i.path.endswith(".txt")], out)
    out.write()
    for path in (book.path, *files):
        out.write(f"Written: {short(str(path))}")


def _what_was_done(found: Collected, done: list[Done], rows: list[Row]) -> str:
    fresh = sum(one.fresh for one in done)
    levels = Counter(row.level for row in rows if row.status != "unreadable")
    told = f"{found.layout[:1].upper()}{found.layout[1:]}. " if found.layout else ""
    told += f"{fresh} graded"
    told += f", {len(done) - fresh} unchanged since they were graded." if fresh < len(done) else "."
    if levels:
        told += " Isolation: " + ", ".join(f"{level} ({n})" if len(levels) > 1 else level
                                           for level, n in levels.most_common()) + "."
    return told


def students(rows: list[Row], absent: dict[str, str], book: Gradebook, out: Terminal) -> None:
    """A line for each student."""
    from rnnbook.grading.tables import MISSING, note

    names = {id: name for id, (name, _) in book.students().items()}
    lines = {row.student: (f"{row.final:g} of {row.max_points:g}", _counts(row), note(row)) for row in rows}
    lines |= dict.fromkeys(absent, ("0", "", MISSING))
    ids = sorted(lines, key=str.casefold)
    who = {id: clean(id if names.get(id, id) in ("", id) else f"{id}  {names[id]}") for id in ids}
    widest = min(30, max(len("student"), *(len(text) for text in who.values())))
    table = [(cut(who[id], widest), lines[id][0], lines[id][1], clean(lines[id][2])) for id in ids]
    room = out.width - widest - 2 - max(len("points"), *(len(row[1]) for row in table)) - 2 - 11 - 2
    out.table(("student", "points", "✓  ◐  ✗  ○", ""), [(*row[:3], cut(row[3], room)) for row in table], right=(1,))


def _counts(row: Row) -> str:
    """How many exercises are right, partly right, wrong and not tried."""
    kinds = Counter({"right": 0, "partly": 0, "wrong": 0, "untried": 0})
    kinds.update(KINDS.get(mark.status, "") for mark in row.marks)
    return " ".join(f"{kinds[kind]:>2}" if n else f"{kinds[kind]}" for n, kind in enumerate(
        ("right", "partly", "wrong", "untried")))


KINDS = {"right": "right", "partly": "partly", "convention": "partly", "wrong": "wrong", "untried": "untried",
         "absent": "untried"}


def by_exercise(rows: list[Row], out: Terminal) -> None:
    """A line for each exercise: how many have it right, partly, wrong, not tried; and the mean."""
    table: dict[str, Counter[str]] = {}
    points: dict[str, list[float]] = {}
    most: dict[str, float] = {}
    for row in rows:
        for mark in row.marks:
            table.setdefault(mark.exercise, Counter())[KINDS.get(mark.status, "manual")] += 1
            earned = row.points(mark)
            points.setdefault(mark.exercise, []).extend([] if earned is None else [earned])
            most[mark.exercise] = mark.max_points
    lines = []
    for id, kinds in table.items():
        given = points[id]
        mean = f"{sum(given) / len(given):.1f}" if given else "–"
        lines.append((cut(clean(id), 30), *(str(kinds[kind]) for kind in ("right", "partly", "wrong", "untried")),
                      mean, f"{most[id]:g}"))
    out.table(("exercise", "right", "partly", "wrong", "not tried", "mean", "of"), lines, right=range(1, 7))


def _left_out(one: str, many: str, items: Sequence[Ignored], out: Terminal) -> None:
    if not items:
        return
    out.write()
    out.write(f"1 file {one}:" if len(items) == 1 else f"{len(items)} files {many}:")
    for item in items[:MOST]:
        out.paragraph(clean(f"{short(item.path)}: {item.reason}"), "    ", first="  ")
    if len(items) > MOST:
        out.write(f"  and {len(items) - MOST} more; all are in the file left-out")


def clean(text: str) -> str:
    """Text that moves no cursor: names of files are the students' choice."""
    return "".join(c if c.isprintable() else "?" for c in text)


def cut(text: str, length: int) -> str:
    """The text, shortened to `length` characters where it is longer."""
    return text if len(text) <= length else text[:max(length - 1, 0)] + "…"
