"""What `rnnbook check` found, as plain data (for --json) and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rnnbook.commands.run import Grade, Outcome, Trouble
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.checks import Exercise

STATES = {
    "right": ("✓", "passes", "good"),
    "partly": ("◐", "partly", "part"),
    "convention": ("≈", "convention", "part"),
    "wrong": ("✗", "wrong", "bad"),
    "untried": ("○", "not tried", "quiet"),
}
"""Sign, word and colour of each of the engine's statuses."""

INDENT = " " * 14
MOST = 12       # lines shown of one traceback


def as_data(path: str, outcome: Outcome, known: dict[str, Exercise], unknown: list[dict[str, str]], absent: list[str],
            cells: int, seconds: float) -> dict[str, Any]:
    """Everything that is said about one notebook, as JSON can hold it."""
    rows = [_exercise(grade, known[grade.id]) for grade in outcome.grades]
    return {
        "notebook": path,
        "passed": not unknown and all(row["status"] == "right" for row in rows),
        "points": sum(row["points"] for row in rows),
        "max_points": sum(row["max_points"] for row in rows),
        "exercises": rows,
        "stopped": [_trouble(trouble) for trouble in outcome.troubles],
        "unknown": unknown,
        "absent": absent,
        "cells": cells,
        "seconds": round(seconds, 1),
    }


def _exercise(grade: Grade, exercise: Exercise) -> dict[str, Any]:
    report = grade.report
    row = {
        "id": grade.id, "title": exercise.title, "status": grade.status, "points": grade.points,
        "max_points": exercise.points, "minutes": exercise.minutes,
        "headline": grade.note or report.get("headline", ""),
        "outputs": report.get("outputs", []), "lines": report.get("lines", []), "mistakes": report.get("mistakes", []),
    }
    judged = any(output["status"] not in ("right", "not reached") for output in row["outputs"])
    if judged and not row["mistakes"] and grade.status in ("partly", "wrong"):
        row["hint"] = exercise.hints[0]
        row["example"] = report.get("example")
    if "replay" in report:
        row["replay"] = report["replay"]
    return row


def _trouble(trouble: Trouble) -> dict[str, Any]:
    return {
        "cell": trouble.cell.number, "title": trouble.cell.title, "state": trouble.state, "name": trouble.name,
        "message": trouble.message,
        "lines": [{"cell": line.cell, "file": line.file, "line": line.line, "text": line.text,
                   "function": line.function} for line in trouble.lines],
    }


def show(data: dict[str, Any], out: Terminal) -> None:
    """Print it: a line for each exercise with what there is to say below it, the total, the cells that stopped."""
    out.write(out.paint(data["notebook"], "strong"))
    stopped = len(data["stopped"])
    ran = f"Ran {number(data['cells'], 'code cell')} in {data['seconds']:.0f} s"
    out.write(ran + (f"; {number(stopped, 'cell')} stopped, see below." if stopped else "."))
    out.write()
    widest = max(len(row["id"]) for row in data["exercises"])
    for row in data["exercises"]:
        _show_exercise(row, widest, out)
    out.write()
    _show_total(data, out)
    for trouble in data["stopped"]:
        out.write()
        _show_trouble(trouble, out)


def _show_exercise(row: dict[str, Any], widest: int, out: Terminal) -> None:
    sign, word, colour = STATES[row["status"]]
    points = f"{row['points']:g} of {row['max_points']}"
    room = out.width - len(INDENT) - widest - 2 - 9 - 2
    title = cut(row["title"], room)
    state = out.paint(f"{sign} {word:<10}", colour)
    out.write(f"{state}  {row['id']:<{widest}}  {points:>9}  {title}".rstrip())
    if row["status"] in ("right", "untried"):
        return
    if not row["mistakes"] or len({output["status"] for output in row["outputs"]}) > 1:
        out.paragraph(row["headline"], INDENT)
        _show_outputs(row["outputs"], out)
    for line in row["lines"][:MOST]:
        out.write(cut(f"{INDENT}  {line}", out.width))
    if row.get("example"):
        _show_example(row["example"], out)
    for mistake in row["mistakes"]:
        lead = "Right under another convention: " if mistake["convention"] else "What happens: "
        out.paragraph(lead + mistake["name"].rstrip(".") + ".", INDENT)
        word = "Note: " if mistake["convention"] else "Hint: "
        out.paragraph(mistake["hint"], INDENT + " " * 6, first=INDENT + word)
    if "hint" in row:
        out.paragraph(row["hint"], INDENT + " " * 6, first=INDENT + "Hint: ")


def _show_outputs(outputs: list[dict[str, str]], out: Terminal) -> None:
    """Each output by name, with what is said of it; nothing where nothing is said of any."""
    if not any(output["detail"] for output in outputs):
        return
    width = max(len(output["name"]) for output in outputs)
    for output in outputs:
        said = f"{output['status']}. {output['detail']}" if output["detail"] else output["status"]
        out.paragraph(said, INDENT + " " * (width + 4), first=f"{INDENT}  {output['name']:<{width}}  ")


def _show_example(example: dict[str, Any], out: Terminal) -> None:
    """The numbers of one case: what comes in, what the answer gives, and what was expected."""
    out.paragraph(example["label"], INDENT)
    rows = [(f"{name} {shape}".rstrip(), numbers) for name, shape, numbers in example["inputs"]]
    rows += [(f"{example['output']}, {whose}", example[whose]) for whose in ("yours", "expected")
             if example[whose] is not None]
    width = max((len(name) for name, _ in rows), default=0)
    for name, numbers in rows:
        for number, line in enumerate(numbers.split("\n")):
            out.write(f"{INDENT}  {name if not number else '':<{width}}  {line}".rstrip())


def _show_total(data: dict[str, Any], out: Terminal) -> None:
    rows = data["exercises"]
    counts = [(STATES[status][1], sum(row["status"] == status for row in rows)) for status in STATES]
    words = ", ".join(f"{n} {word}" for word, n in counts if n and word != "passes")
    passing = counts[0][1]
    verb = "passes" if passing == 1 else "pass"
    line = f"{data['points']:g} of {number(data['max_points'], 'point')}: {passing} of " \
           f"{number(len(rows), 'exercise')} {verb}" + (f"; {words}." if words else ".")
    out.write(out.paint(line, "good" if data["passed"] else "strong"))
    for item in data["unknown"]:
        meant = f"Did you mean {item['meant']}?" if item["meant"] else "Exercises of one's own need --exercises DIR."
        out.paragraph(f"A cell asks for {item['id']!r}, which is no exercise known here. {meant}")
    if data["absent"]:
        out.paragraph(f"Not in this notebook: {', '.join(data['absent'])}.")
    open_rows = [row for row in rows if row["status"] != "right"]
    if all(row["status"] == "untried" for row in rows):
        first, minutes = rows[0]["id"], number(rows[0]["minutes"], "minute")
        out.paragraph(f"Nothing is tried yet. Begin with {first}, about {minutes}: open the notebook, fill in the "
                      "cell, and run the check below it.")
    elif open_rows:
        id = open_rows[0]["id"]
        out.paragraph(f'Next: {id}. In the notebook, hint("{id}") helps step by step.')


def _show_trouble(trouble: dict[str, Any], out: Terminal) -> None:
    where = f"Code cell {trouble['cell']}, “{trouble['title']}”, "
    reasons = {
        "error": "stopped with an error.",
        "interrupted": "was still running when its time was up, and was stopped. --timeout S gives cells more time.",
        "killed": "was still running when its time was up and could not be stopped; the kernel was started again.",
        "died": "ended the kernel; it was started again, and the cells before this one were run again.",
    }
    out.paragraph(where + reasons[trouble["state"]])
    for line in trouble["lines"][-MOST:]:
        place = line["file"] or (f"cell {line['cell']}" if line["cell"] else "a cell")
        inside = f", in {line['function']}" if line["function"] else ""
        out.write(f"  {place}, line {line['line']}{inside}")
        out.write(cut(f"    {line['text'].strip()}", out.width))
    if trouble["state"] == "error":
        out.paragraph(_said(trouble), "    ", first="  ")


def _said(trouble: dict[str, Any]) -> str:
    if trouble["name"] == "StdinNotImplementedError":
        return "input() waits for someone to type; nobody does when a notebook is checked."
    message = " ".join(trouble["message"].split())
    return f"{trouble['name']}: {cut(message, 300)}" if message else trouble["name"]


def cut(text: str, length: int) -> str:
    """The text, shortened to `length` characters where it is longer."""
    return text if len(text) <= length else text[:max(length - 1, 0)] + "…"


def number(n: float, what: str) -> str:
    """ "1 point", "2.5 points". """
    return f"{n:g} {what}" if n == 1 else f"{n:g} {what}s"
