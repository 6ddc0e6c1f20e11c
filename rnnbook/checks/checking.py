"""check, hint and progress: what a learner calls. What they remember lasts as long as the session."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from rnnbook.checks import engine, registry
from rnnbook.checks.display import Shown
from rnnbook.checks.exercise import Exercise
from rnnbook.checks.judging import judge
from rnnbook.checks.report import Report, mark

STATES = {"right": "done", "partly": "partly", "wrong": "not right yet", "convention": "another convention",
          "untried": "not tried yet"}
UNTRIED = (STATES["untried"], "○", 0)

_reports: dict[str, Report] = {}
_steps: dict[str, int] = {}


def check(id: str, answer: Any, *, seed: int | None = None, replay: str | None = None, show: bool = True) -> Report:
    """Check an answer on fresh questions, show the report and return it.

    Parameters
    ----------
    id
        The exercise: "rnn-step".
    answer
        The function itself, or the value where the exercise asks for a number or a choice.
    seed, replay
        Fix the questions: an integer ≥ 0 of your own, or the token a report shows. Otherwise they are drawn afresh.

    >>> report = check("rnn-step", step)                                       # doctest: +SKIP
    ✓ rnn-step: One step · 2 of 2 points
    """
    exercise = registry.get(id)
    report = examine(exercise, answer, seed=_seed(seed, replay))
    _reports[id] = report
    if show:
        report.show()
    return report


def examine(exercise: Exercise, answer: Any, *, seed: int, watch: bool = True) -> Report:
    """The report on an answer, without showing or remembering it. `watch=False` lets the book's own answers in."""
    questions = engine.draw(exercise, seed)
    results = engine.run(exercise, answer, questions, watch=watch)
    token = f"{seed:08x}" if exercise.cases is not None else None
    return judge(exercise, questions, results, token)


def _seed(seed: int | None, replay: str | None) -> int:
    if seed is not None and replay is not None:
        raise ValueError("seed and replay are both given; expected one of them")
    if replay is not None:
        try:
            return int(replay, 16)
        except (TypeError, ValueError):
            raise ValueError(f"replay is {replay!r}; expected the token of a report, such as '0b5e93d1'") from None
    if seed is None:
        return secrets.randbits(32)
    if not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed is {seed!r}; expected an integer of at least 0")
    return seed


@dataclass(frozen=True)
class Hint(Shown):
    """One of an exercise's three hints."""

    id: str
    step: int
    text: str

    @property
    def _next(self) -> str:
        return f'hint("{self.id}") again gives the next.' if self.step < 3 else "This is the last; the next is yours."

    def __str__(self) -> str:
        return f"{self.id}, hint {self.step} of 3: {self.text}\n  {self._next}"

    def __repr__(self) -> str:
        return f"<{self.id}: hint {self.step} of 3>"

    def _repr_html_(self) -> str:
        from rnnbook.checks.report_html import hint_html

        return hint_html(self.id, self.step, self.text, self._next)


def hint(id: str, step: int | None = None) -> Hint:
    """Show a hint: the first at the first call, then the second, then the third; or the one you ask for."""
    exercise = registry.get(id)
    if step is None:
        step = min(_steps.get(id, 0) + 1, 3)
    if step not in (1, 2, 3):
        raise ValueError(f"step is {step!r}; expected 1, 2 or 3")
    _steps[id] = max(step, _steps.get(id, 0))
    found = Hint(id, step, exercise.hints[step - 1])
    found.show()
    return found


@dataclass(frozen=True)
class Line:
    """One exercise of a `Progress`."""

    id: str
    title: str
    state: str
    mark: str
    points: float
    max_points: int


@dataclass(frozen=True)
class Progress(Shown):
    """The exercises of a chapter and where each stands in this session."""

    lines: tuple[Line, ...]

    @property
    def points(self) -> float:
        return sum(line.points for line in self.lines)

    @property
    def max_points(self) -> int:
        return sum(line.max_points for line in self.lines)

    @property
    def summary(self) -> str:
        done = sum(line.state == "done" for line in self.lines)
        return f"{done} of {len(self.lines)} done, {self.points:g} of {self.max_points} points"

    def __str__(self) -> str:
        width = max((len(line.id) for line in self.lines), default=0)
        wide = max((len(line.state) for line in self.lines), default=0)
        rows = [f"  {line.mark} {line.id:<{width}}  {line.state:<{wide}}  {line.points:g} of {line.max_points}"
                for line in self.lines]
        return "\n".join([self.summary, *rows])

    def __repr__(self) -> str:
        return f"<progress: {self.summary}>"

    def _repr_html_(self) -> str:
        from rnnbook.checks.report_html import progress_html

        return progress_html(self.summary, self.lines)


def progress(chapter: str | int | None = None) -> Progress:
    """Show where each exercise stands: those of a chapter ("02" or 2), or all."""
    known = list(registry.exercises().values())
    if chapter is not None:
        wanted = f"{int(chapter):02d}" if str(chapter).isdigit() else str(chapter)
        chapters = sorted({e.chapter for e in known})
        if wanted not in chapters:
            raise ValueError(f"chapter is {chapter!r}; there are exercises for {', '.join(filter(None, chapters))}")
        known = [e for e in known if e.chapter == wanted]
    lines = []
    for e in known:
        report = _reports.get(e.id)
        state, sign, points = (STATES[report.status], mark(report), report.points) if report else UNTRIED
        lines.append(Line(e.id, e.title, state, sign, points, e.points))
    found = Progress(tuple(lines))
    found.show()
    return found


def reset() -> None:
    """Forget what was checked and which hints were given."""
    _reports.clear()
    _steps.clear()
