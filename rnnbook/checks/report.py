"""What a check says, as data and as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rnnbook.checks.display import Shown
from rnnbook.checks.exercise import Mistake
from rnnbook.checks.verdicts import Verdict

MIME = "application/vnd.rnnbook.report+json"
SYMBOLS = {"right": "✓", "missing": "–", "not reached": "–", "another convention": "≈"}


@dataclass(frozen=True)
class Example:
    """One case in numbers: the inputs, and the output it is about, yours and expected (None where it is not shown)."""

    label: str
    inputs: tuple[tuple[str, str, str], ...]      # name, shape, numbers
    output: str = ""
    yours: str | None = None
    expected: str | None = None


@dataclass(frozen=True)
class Report(Shown):
    """The outcome of a check.

    Attributes
    ----------
    points, max_points
        Points are shared equally between the outputs.
    status
        "right", "partly" (some outputs right), "wrong", "untried", or "convention": right under another published one.
    headline
        The outcome in one sentence.
    reason
        Why no output was judged: the kind of a `Failure` ("time", "exception", "state", …); empty where they were.
    verdicts
        One for each output, in the exercise's order.
    lines
        The learner's lines of a traceback.
    example
        The smallest case on which the answer is wrong.
    mistakes
        The known mistakes that give exactly this answer.
    printed
        What the answer printed on the tiny case.
    replay
        `check(id, answer, replay=...)` draws the same cases; None where there is nothing to replay.
    """

    id: str
    title: str
    points: float
    max_points: int
    status: Literal["right", "partly", "wrong", "untried", "convention"]
    headline: str
    verdicts: tuple[Verdict, ...] = ()
    lines: tuple[str, ...] = ()
    example: Example | None = None
    mistakes: tuple[Mistake, ...] = ()
    printed: str = ""
    replay: str | None = None
    reason: str = ""

    @property
    def passed(self) -> bool:
        """True for full points."""
        return self.status == "right"

    def __str__(self) -> str:
        return text(self)

    def __repr__(self) -> str:
        return f"<{self.id}: {score(self)}, {self.status}>"

    def _repr_html_(self) -> str:
        from rnnbook.checks.report_html import html

        return html(self)

    def _data(self) -> dict[str, Any]:
        return {MIME: as_json(self)}


def score(report: Report) -> str:
    """"1.5 of 2 points"."""
    return f"{report.points:g} of {report.max_points} point{'s' if report.max_points != 1 else ''}"


def mark(report: Report) -> str:
    """The sign before the title; words always stand beside it."""
    return {"right": "✓", "untried": "○", "partly": "◐", "convention": "≈"}.get(report.status, "✗")


def told(report: Report) -> tuple[Verdict, ...]:
    """The verdicts worth showing: none where all is right, or where no output was reached."""
    dull = report.status in ("right", "untried") or all(v.status == "not reached" for v in report.verdicts)
    return () if dull else report.verdicts


def wants_hint(report: Report) -> bool:
    """Whether to point to the hints: not where the report carries one."""
    return report.status not in ("right", "convention") and not report.mistakes


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain data: what `rnnbook check` reads from a notebook's outputs."""
    data = {
        "version": 1, "id": report.id, "title": report.title, "status": report.status,
        "points": report.points, "max_points": report.max_points, "headline": report.headline,
        "reason": report.reason,
        "outputs": [{"name": v.name, "status": v.status, "detail": v.detail} for v in report.verdicts],
        "lines": list(report.lines),
        "mistakes": [{"name": m.name, "hint": m.hint, "convention": m.convention} for m in report.mistakes],
        "text": text(report),
    }
    return data | ({"replay": report.replay} if report.replay else {})


def text(report: Report) -> str:
    """The report in plain text. It holds no digits of the fresh cases unless only these went wrong."""
    out = [f"{mark(report)} {report.id}: {report.title} · {score(report)}", f"  {report.headline}"]
    for v in told(report):
        width = max(len(v.name) for v in report.verdicts)
        said = f"{v.status}. {v.detail}" if v.detail else v.status
        out.append(f"    {SYMBOLS.get(v.status, '✗')} {v.name:<{width}}  {said}")
    if report.lines:
        out += ["  Where:", *(f"    {line}" for line in report.lines)]
    for m in report.mistakes:
        out += [f"  {introduce(m)} {m.name}", f"  {'Note' if m.convention else 'Hint'}: {m.hint}"]
    if report.example is not None:
        out += _example(report.example)
    if report.printed:
        out += ["  It printed, on the tiny case:", *_indent(report.printed)]
    if wants_hint(report):
        out.append(f'  For a {"first step" if report.status == "untried" else "hint"}: hint("{report.id}")')
    return "\n".join(out)


def introduce(mistake: Mistake) -> str:
    """The words before a mistake's name."""
    if mistake.convention:
        return "Right under another published convention:"
    return "What happened:"


def _example(e: Example) -> list[str]:
    out = [f"  {e.label}"]
    rows = [(f"{name} {shape}".rstrip(), numbers) for name, shape, numbers in e.inputs]
    if e.yours is not None:
        rows.append((f"{e.output}, yours", e.yours))
    if e.expected is not None:
        rows.append((f"{e.output}, expected", e.expected))
    width = max((len(name) for name, _ in rows), default=0)
    for name, numbers in rows:
        first, *rest = numbers.split("\n")
        out.append(f"    {name:<{width}}  {first}".rstrip())
        out += [" " * (width + 6) + line for line in rest]
    return out


def _indent(printed: str, most: int = 12) -> Sequence[str]:
    lines = printed.rstrip().splitlines()
    return [f"    {line[:100]}" for line in lines[:most]] + (["    …"] if len(lines) > most else [])
