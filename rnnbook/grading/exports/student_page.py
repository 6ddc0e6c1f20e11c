"""A student's feedback: what counts, why, and what to try next. It says nothing of the questions that were asked."""

from __future__ import annotations

from typing import Any

from rnnbook.checks.report import SYMBOLS
from rnnbook.checks.report_html import code
from rnnbook.grading.driver import Mark, number
from rnnbook.grading.exports.html import note, page, sign, table, text
from rnnbook.grading.exports.sheet import STATES, Sheet, date_words, late_words, override_words, state
from rnnbook.grading.gradebook_rows import Row

LOOKS = {"right": "good", "partly": "part", "convention": "part", "wrong": "bad"}
"""The colour of a state; the others have none. Words say the same."""
PLAIN = ("Right.", "Not tried yet.")
"""Headlines that say no more than the state."""


def student_page(sheet: Sheet, row: Row) -> str:
    """The page of someone who has handed in."""
    parts = [_header(sheet, row.student), "<main>", _result(sheet, row)]
    if row.shown:
        items = "".join(f"<li>{text(problem)}</li>" for problem in row.shown)
        parts.append(f'<section><h2>In your notebook</h2><ul class="plain">{items}</ul></section>')
    if row.marks:
        exercises = [_exercise(row, mark, n) for n, mark in enumerate(row.marks, 1)]
        parts += ["<section><h2>Points</h2>", _overview(sheet, row), "</section>",
                  "<section><h2>Exercise by exercise</h2>", *exercises, "</section>"]
    parts += ["</main>", FOOTER]
    return page(f"{sheet.title}: {sheet.called(row.student)}", "\n".join(parts))


def nothing_page(sheet: Sheet, id: str) -> str:
    """The page of someone who has handed in nothing."""
    body = [_header(sheet, id), "<main>", '<section class="result"><h2>Result</h2>',
            f'<p class="total"><strong>0</strong> of {number(sheet.most)} points</p>',
            "<p>Nothing was handed in.</p></section>", "</main>", FOOTER]
    return page(f"{sheet.title}: {sheet.called(id)}", "\n".join(body))


FOOTER = ("<footer><p>Your functions were asked questions of your own, drawn anew, and their answers were compared "
          "with the right ones. Points are shared equally between the outputs of an exercise.</p></footer>")


def _header(sheet: Sheet, id: str) -> str:
    name = sheet.called(id)
    more = f" <bdi>({text(id)})</bdi>" if name != id else ""
    return (f'<header><p class="kicker">Feedback</p><h1>{text(sheet.title)}</h1>'
            f'<p class="who"><bdi>{text(name)}</bdi>{more}</p></header>')


def _result(sheet: Sheet, row: Row) -> str:
    facts = [("Handed in", date_words(row.when) if row.when else ""), ("File", row.file.rpartition("/")[2]),
             ("Late", late_words(sheet, row)),
             ("Still open", f"{row.waiting} to be marked by a person; the points may rise." if row.waiting else ""),
             ("Not graded yet", "Something went wrong in the grader. It is graded again." if row.status == "lost"
              else "")]
    lines = "".join(f"<dt>{text(what)}</dt><dd><bdi>{text(said)}</bdi></dd>" for what, said in facts if said)
    known = f'<dl class="facts">{lines}</dl>' if lines else ""
    return (f'<section class="result"><h2>Result</h2><p class="total"><strong>{number(row.final)}</strong> of '
            f"{number(row.max_points)} points</p>{_bar(row)}{known}</section>")


def _bar(row: Row) -> str:
    """A strip with a piece for each exercise, filled as far as its points go. The table below says the same."""
    pieces = []
    for mark in row.marks:
        points, most = row.points(mark), mark.max_points
        share = 0.0 if points is None or not most else points / most
        kind = "waiting" if points is None else "full" if share >= 1 else ""
        pieces.append(f'<span class="{kind}" style="flex: {most:g} 1 0"><span style="width: {100 * share:.1f}%">'
                      "</span></span>")
    return f'<div class="bar" aria-hidden="true">{"".join(pieces)}</div>' if pieces else ""


def _overview(sheet: Sheet, row: Row) -> str:
    rows = [(f'<a href="#exercise-{n}">{n}. {text(mark.title)}</a>', sign(*STATES[state(row, mark)]),
             _points(row, mark), str(number(mark.max_points))) for n, mark in enumerate(row.marks, 1)]
    most = str(number(row.max_points))
    foot = [("Total", "", str(number(row.raw)), most)]
    if row.final != row.raw:
        days = sheet.days_late(row)
        foot += [("Late", f"{days} day{'s' * (days != 1)}", f"−{number(round(row.raw - row.final, 2))}", ""),
                 ("What counts", "", str(number(row.final)), most)]
    return table("Points by exercise", ("Exercise", "Outcome", "Points", "of"), rows, foot, numbers=(2, 3))


def _points(row: Row, mark: Mark) -> str:
    points = row.points(mark)
    return "–" if points is None else str(number(points))


def _exercise(row: Row, mark: Mark, place: int) -> str:
    found, said = state(row, mark), mark.feedback
    parts = [f'<article class="exercise {LOOKS.get(found, "")}" id="exercise-{place}">'
             f'<div class="head"><h3>{place}. {text(mark.title)}</h3>'
             f'<p class="points"><strong>{_points(row, mark)}</strong> of {number(mark.max_points)} points</p></div>'
             f'<p class="meta"><span class="chip">{sign(*STATES[found])}</span><code>{text(mark.exercise)}</code></p>']
    if mark.points is not None and mark.headline not in PLAIN:
        parts.append(f"<p>{code(_plain(mark.headline))}</p>")
    parts += [_outputs(mark), _lines(said), *map(_mistake, said.get("mistakes", ())), _override(row, mark)]
    if found == "waiting":
        parts.append("<p>A person marks this question.</p>")
    if mark.points is not None and mark.status not in ("right", "convention"):
        parts.append(f'<p class="small retry">In the notebook, <code>hint(&quot;{text(mark.exercise)}&quot;)</code> '
                     "helps step by step.</p>")
    if mark.token and found not in ("right", "untried"):
        parts.append(f'<p class="small">Is this not fair? Give your teacher this number: <code>{text(mark.token)}'
                     "</code></p>")
    return "\n".join(filter(None, parts)) + "</article>"


def _outputs(mark: Mark) -> str:
    """Each output: right, or what is wrong with it."""
    outputs = mark.feedback.get("outputs", ())
    if mark.status in ("right", "untried") or not any(o["status"] != "not reached" for o in outputs):
        return ""
    rows = [(f"<code>{text(o['name'])}</code>", sign(SYMBOLS.get(o["status"], "✗"), o["status"]), text(o["detail"]))
            for o in outputs]
    return table(f"What {mark.exercise} gives", ("Output", "Verdict", "What and where"), rows)


def _lines(said: dict[str, Any]) -> str:
    lines = said.get("lines", ())
    if not lines:
        return ""
    inner = "\n".join(text(line) for line in lines)
    where = "Where it happened"
    return f'<p class="small">{where}</p><pre tabindex="0" role="region" aria-label="{where}">{inner}</pre>'


def _mistake(mistake: dict[str, Any]) -> str:
    if mistake["convention"]:
        label, lead = "Right under another published convention", "Note"
    else:
        label, lead = "What happened", "Hint"
    return note(label, f'<span class="mistake">{code(_plain(mistake["name"]))}</span>',
                f"{lead}: {code(_plain(mistake['hint']))}", other=mistake["convention"])


def _override(row: Row, mark: Mark) -> str:
    given = row.overrides.get(mark.exercise)
    if given is None:
        return ""
    said = override_words(row, mark).removesuffix(given.reason).strip()
    what, _, points = said.partition(": ")
    return note(what, text(points), text(given.reason),
                f'<span class="small">{text(given.by_whom)}, {text(given.at[:10])}</span>', other=True)


def _plain(said: str) -> str:
    """Without what moves text about; `code` escapes the rest."""
    return "".join(c if c.isprintable() else " " if c in "\n\t" else "\ufffd" for c in said)
