"""Reports, hints and progress as HTML.

Text keeps the colour of the page, so that it fits light and dark themes; the rule at the left is coloured, and a sign
and words say the same. What may be wide stands in a box that scrolls and can be reached by keyboard.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from rnnbook.checks.report import SYMBOLS, Example, Report, introduce, mark, score, told, wants_hint

if TYPE_CHECKING:
    from rnnbook.checks.checking import Line

_NEUTRAL = "dotted #888"
_RULES = {"right": "solid #009e73", "convention": "dashed #0a7cc4",
          "partly": "dashed #d55e00", "wrong": "solid #d55e00"}
_BOX = ("border-left:4px {rule};padding:.2em 0 .2em .9em;margin:.4em 0;max-width:48em;line-height:1.45;"
        "overflow-wrap:break-word")
_PRE = ("overflow-x:auto;white-space:pre;margin:.1em 0 .3em;padding:0;background:transparent;color:inherit;border:0;"
        "box-shadow:none;font-size:.9em;line-height:1.35")
_ROW = "display:flex;flex-wrap:wrap;gap:.2em 1.6em;margin:.2em 0"
_TABLE = "border-collapse:collapse;margin:.4em 0;background:transparent;color:inherit;font-size:inherit"
_CELL = "text-align:left;vertical-align:top;padding:.15em 1em .15em 0;border:0;background:transparent;color:inherit"
_NARROW = _CELL + ";white-space:nowrap"


def html(report: Report) -> str:
    """A report."""
    sign = f"<span aria-hidden='true'>{mark(report)}</span>"
    parts = [_p(f"<strong>{sign} {escape(report.id)}</strong> {escape(report.title)} · {score(report)}"),
             _p(code(report.headline))]
    if told(report):
        rows = [(f"<code>{escape(v.name)}</code>", f"<span aria-hidden='true'>{SYMBOLS.get(v.status, '✗')}</span> "
                 + escape(v.status), escape(v.detail)) for v in told(report)]
        parts.append(_table(("output", "verdict", "what and where"), rows))
    if report.lines:
        parts.append(_pre("Where it happened", "\n".join(report.lines)))
    for m in report.mistakes:
        word = "Note" if m.convention else "Hint"
        parts.append(_p(f"{introduce(m)} <strong>{code(m.name)}</strong><br>{word}: {code(m.hint)}", ".4em 0"))
    if report.example is not None:
        parts.append(_example(report.example))
    if report.printed:
        parts.append(_p("It printed, on the tiny case:", ".4em 0 0") + _pre("What it printed", report.printed))
    if wants_hint(report):
        what = "a first step" if report.status == "untried" else "a hint"
        parts.append(_p(f'For {what}: <code>hint("{escape(report.id)}")</code>', ".4em 0"))
    if report.replay:
        parts.append("<details><summary>The same cases again</summary><code>check(\"" + escape(report.id) +
                     f'", …, replay="{escape(report.replay)}")</code></details>')
    return _box("".join(parts), f"Check of {report.id}", _RULES.get(report.status, _NEUTRAL))


def hint_html(id: str, step: int, text: str, what_next: str) -> str:
    """A hint."""
    inner = [_p(f"<strong>{escape(id)}</strong>, hint {step} of 3"), _p(code(text), ".2em 0"),
             _p(f"<small>{code(what_next)}</small>", ".2em 0")]
    return _box("".join(inner), f"Hint {step} of 3 for {id}", _NEUTRAL)


def progress_html(summary: str, lines: Iterable[Line]) -> str:
    """The exercises of a chapter."""
    rows = [(f"<span aria-hidden='true'>{line.mark}</span> {escape(line.state)}", f"<code>{escape(line.id)}</code>",
             escape(line.title), f"{line.points:g} of {line.max_points}") for line in lines]
    table = _table(("state", "exercise", "title", "points"), rows)
    return _box(_p(f"<strong>{escape(summary)}</strong>") + table, "Progress", _NEUTRAL)



def code(text: str) -> str:
    """Escape `text`; what stands between backquotes, and calls of hint, become code."""
    pieces = escape(text, quote=False).split("`")
    if len(pieces) % 2 == 0:
        return escape(text, quote=False)
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))


def _p(inner, margin=".1em 0"):
    return f"<p style='margin:{margin}'>{inner}</p>"


def _box(inner, label, rule):
    return f"<div role='group' aria-label='{escape(label)}' style='{_BOX.format(rule=rule)}'>{inner}</div>"


def _table(heads, rows):
    styles = [*[_NARROW] * (len(heads) - 1), _CELL]
    head = "".join(f"<th scope='col' style='{style}'>{h}</th>" for h, style in zip(heads, styles, strict=True))
    lines = ["".join(f"<td style='{s}'>{cell}</td>" for cell, s in zip(row, styles, strict=True)) for row in rows]
    body = "".join(f"<tr style='background:transparent'>{line}</tr>" for line in lines)
    return (f"<div style='overflow-x:auto' tabindex='0' role='group' aria-label='Table'><table style='{_TABLE}'>"
            f"<thead><tr style='background:transparent'>{head}</tr></thead><tbody>{body}</tbody></table></div>")


def _pre(label, text):
    return f"<pre tabindex='0' role='group' aria-label='{escape(label)}' style='{_PRE}'>{escape(text.rstrip())}</pre>"


def _example(example: Example) -> str:
    inputs = [_array(name, f" {escape(shape)}", text) for name, shape, text in example.inputs]
    outputs = [_array(example.output, f", <strong>{whose}</strong>", text)
               for whose, text in (("yours", example.yours), ("expected", example.expected)) if text is not None]
    rows = "".join(f"<div style='{_ROW}'>{''.join(row)}</div>" for row in (inputs, outputs) if row)
    return _p(escape(example.label), ".5em 0 0") + rows


def _array(name, more, text):
    return f"<div style='max-width:100%'><code>{escape(name)}</code>{more}{_pre(name, text)}</div>"
