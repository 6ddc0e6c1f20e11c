"""Reports, hints and progress as HTML.

Colours are inherited, so that it fits light and dark themes; a word or a sign stands beside whatever a rule or its
weight says. Numbers that may be wide stand in a box that scrolls and can be reached by keyboard.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from rnnbook.checks.report import SYMBOLS, Example, Report, introduce, mark, score, told, wants_hint

if TYPE_CHECKING:
    from rnnbook.checks.checking import Line

_RULES = {"right": "solid", "partly": "dashed", "convention": "dashed", "untried": "dotted"}
_BOX = ("border-left:4px {rule} currentColor;padding:.2em 0 .2em .9em;margin:.4em 0;max-width:46em;"
        "line-height:1.45;overflow-wrap:anywhere")
_PRE = ("overflow-x:auto;white-space:pre;margin:.2em 0;padding:.3em .5em;background:transparent;color:inherit;"
        "border:1px solid;border-color:color-mix(in srgb,currentColor 30%,transparent);font-size:.9em")
_TABLE = "border-collapse:collapse;margin:.4em 0;background:transparent;color:inherit;font-size:inherit"
_CELL = "text-align:left;vertical-align:top;padding:.15em 1em .15em 0;background:transparent;color:inherit"


def html(report: Report) -> str:
    """A report."""
    parts = [f"<p style='margin:.1em 0'><strong><span aria-hidden='true'>{mark(report)}</span> {escape(report.id)}</strong> "
             f"{escape(report.title)} · {escape(score(report))}</p>",
             f"<p style='margin:.1em 0'>{code(report.headline)}</p>"]
    if told(report):
        rows = [(f"<span aria-hidden='true'>{SYMBOLS.get(v.status, '✗')}</span> <code>{escape(v.name)}</code>",
                 escape(v.status), escape(v.detail)) for v in told(report)]
        parts.append(_table(("output", "verdict", "where"), rows))
    if report.lines:
        parts.append(_pre("Where it happened", "\n".join(report.lines)))
    for m in report.mistakes:
        word = "Note" if m.convention else "Hint"
        parts.append(f"<p style='margin:.4em 0'>{introduce(m)} <strong>{code(m.name)}</strong><br>{word}: {code(m.hint)}</p>")
    if report.example is not None:
        parts.append(_example(report.example))
    if report.printed:
        parts.append("<p style='margin:.4em 0 0'>It printed, on the tiny case:</p>" + _pre("What it printed", report.printed))
    if wants_hint(report):
        what = "first step" if report.status == "untried" else "hint"
        parts.append(f'<p style="margin:.4em 0"><code>hint("{escape(report.id)}")</code> gives a {what}.</p>')
    if report.replay:
        parts.append("<details><summary>The same cases again</summary><code>check(\"" + escape(report.id) +
                     f'", …, replay="{escape(report.replay)}")</code></details>')
    return _box("".join(parts), f"Check of {report.id}", _RULES.get(report.status, "double"))


def hint_html(id: str, step: int, text: str, what_next: str) -> str:
    """A hint."""
    return _box(f"<p style='margin:.1em 0'><strong>{escape(id)}</strong>, hint {step} of 3</p>"
                f"<p style='margin:.2em 0'>{code(text)}</p><p style='margin:.2em 0'><small>{code(what_next)}</small></p>",
                f"Hint {step} of 3 for {id}", "dotted")


def progress_html(summary: str, lines: Iterable[Line]) -> str:
    """The exercises of a chapter."""
    rows = [(f"<span aria-hidden='true'>{line.mark}</span> {escape(line.state)}", f"<code>{escape(line.id)}</code>",
             escape(line.title), f"{line.points:g} of {line.max_points}") for line in lines]
    return _box(f"<p style='margin:.1em 0'><strong>{escape(summary)}</strong></p>"
                + _table(("state", "exercise", "title", "points"), rows), "Progress", "solid")


def code(text: str) -> str:
    """Escape `text`; what stands between backquotes, and calls of hint, become code."""
    pieces = escape(text, quote=False).split("`")
    if len(pieces) % 2 == 0:
        return escape(text, quote=False)
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def _box(inner, label, rule):
    return f"<div role='group' aria-label='{escape(label)}' style='{_BOX.format(rule=rule)}'>{inner}</div>"


def _table(heads, rows):
    head = "".join(f"<th scope='col' style='{_CELL}'>{h}</th>" for h in heads)
    body = "".join("<tr style='background:transparent'>" + "".join(f"<td style='{_CELL}'>{c}</td>" for c in row) + "</tr>"
                   for row in rows)
    return (f"<div style='overflow-x:auto' tabindex='0' role='group' aria-label='Table'><table style='{_TABLE}'>"
            f"<thead><tr style='background:transparent'>{head}</tr></thead><tbody>{body}</tbody></table></div>")


def _pre(label, text):
    return f"<pre tabindex='0' role='group' aria-label='{escape(label)}' style='{_PRE}'>{escape(text.rstrip())}</pre>"


def _example(example: Example) -> str:
    rows = [(f"<code>{escape(name)}</code> {escape(shape)}", _numbers(name, numbers)) for name, shape, numbers in example.inputs]
    if example.yours is not None:
        rows.append((f"<strong><code>{escape(example.output)}</code>, yours</strong>", _numbers("yours", example.yours)))
    if example.expected is not None:
        rows.append((f"<strong><code>{escape(example.output)}</code>, expected</strong>",
                     _numbers("expected", example.expected)))
    table = _table(("array", "numbers"), rows) if rows else ""
    return f"<p style='margin:.5em 0 0'>{escape(example.label)}</p>{table}"


def _numbers(label, text):
    return f"<span style='white-space:pre;font-family:monospace'>{escape(text)}</span>"
