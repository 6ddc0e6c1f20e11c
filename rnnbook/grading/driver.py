"""From a hand-in to a grade: draw the questions, let a worker answer them, compare what comes back.

This is the one place that holds questions, references and marks together. What a worker sends back was made in the
presence of a student's code: arrays are compared, and all else in it is text, which decides nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np

from rnnbook.checks import engine, report
from rnnbook.checks.engine import Question
from rnnbook.checks.exercise import Exercise
from rnnbook.checks.judging import HEADLINES, judge
from rnnbook.checks.outputs import Failure, Result
from rnnbook.checks.report import Report
from rnnbook.grading import feedback, seeds
from rnnbook.grading.homework import exact, rounded
from rnnbook.grading.job import Job, Outcome, Task
from rnnbook.grading.program import Program

ROUNDS = 2          # seeds for each exercise, if nobody says otherwise

@dataclass(frozen=True)
class Item:
    """An exercise, what it is worth here, and which packages its answer may call (None: those of the definition)."""

    exercise: Exercise
    points: float
    allowed: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Manual:
    """A question that a person marks."""

    id: str
    title: str
    points: float


@dataclass(frozen=True)
class Plan:
    """What is graded, and with which questions.

    Attributes
    ----------
    name
        The homework's.
    items
        The exercises in order.
    secret
        The course's; see `seeds`.
    definitions
        `definitions.digest()` of the exercises.
    manual
        What a person marks.
    rounds
        How many seeds the fresh questions of an exercise are drawn from.
    found
        True where there is no homework file: of `items`, those count that the notebook holds.
    settings
        What else the grade depends on: the limits.
    """

    name: str
    items: tuple[Item, ...]
    secret: bytes = field(repr=False)
    definitions: str
    manual: tuple[Manual, ...] = ()
    rounds: int = ROUNDS
    found: bool = False
    settings: tuple[tuple[str, str], ...] = ()

    @cached_property
    def key(self) -> str:
        """All of it as a hash, without the secret itself."""
        parts = {
            "homework": self.name, "items": [(item.exercise.id, item.points, item.allowed) for item in self.items],
            "manual": [asdict(manual) for manual in self.manual], "definitions": self.definitions,
            "secret": seeds.name_of(self.secret), "rounds": self.rounds, "found": self.found,
            "settings": self.settings,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Mark:
    """One exercise of a grade. `points` is None for a question that waits for a person."""

    exercise: str
    title: str
    points: float | None
    max_points: float
    status: str                     # a Report's; or "absent", "manual"
    headline: str
    reason: str = ""                # a Failure's kind; an Outcome's status where the exercise was not reached
    mistakes: tuple[str, ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    feedback: dict[str, Any] = field(default_factory=dict)      # what the student may see, see feedback.py
    token: str | None = None


@dataclass(frozen=True)
class Grade:
    """What a hand-in is worth, and how that was found."""

    student: str
    homework: str
    key: str
    marks: tuple[Mark, ...]
    status: str                     # an Outcome's; or "unreadable"
    problems: tuple[str, ...]       # for the teacher
    shown: tuple[str, ...]          # what of them the student may see
    level: str                      # of isolation
    pieces: tuple[str, ...]

    @property
    def points(self) -> float:
        return sum(mark.points or 0 for mark in self.marks)


def key_of(student: str, notebook: bytes, plan: Plan) -> str:
    """All that a grade depends on, as a hash: the same key has the same grade."""
    parts = [student, hashlib.sha256(notebook).hexdigest(), plan.key]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass
class Fixed:
    """The fixed questions of an exercise and their right answers, made once: they are every student's."""

    exercise: Exercise
    questions: list[Question]
    expected: list[Result]
    mistakes: dict[tuple[int, int], Result] = field(default_factory=dict)       # what each gives, by id


_fixed: dict[int, Fixed] = {}


def fixed(exercise: Exercise) -> Fixed:
    """The fixed questions of an exercise."""
    found = _fixed.get(id(exercise))
    if found is None or found.exercise is not exercise:
        asked = engine.fixed(exercise)
        found = _fixed[id(exercise)] = Fixed(exercise, asked, [engine.expected(exercise, q) for q in asked])
    return found


def questions(exercise: Exercise, drawn: Sequence[int]) -> list[Question]:
    """The tiny fixed question, whose numbers the student may be shown, and fresh ones of every seed.

    As many fresh ones as in a check, or a few more; each seed gives every kind of question there is.
    """
    least = -(-engine.LEAST // max(len(drawn), 1))
    return fixed(exercise).questions[:1] + [q for seed in drawn for q in engine.fresh(exercise, seed, least)]


class Right:
    """What the reference of an exercise gives on one student's questions, each computed once."""

    def __init__(self, exercise: Exercise) -> None:
        known = fixed(exercise)
        self._known = {id(question): right for question, right in zip(known.questions, known.expected, strict=True)}

    def __call__(self, exercise: Exercise, question: Question) -> Result:
        found = self._known.get(id(question))
        if found is None:
            found = self._known[id(question)] = engine.expected(exercise, question)
        return found


def drawn(student: str, exercise: Exercise, plan: Plan) -> list[Question]:
    """A student's own questions on one exercise."""
    return questions(exercise, seeds.seeds(plan.secret, student, exercise.id, plan.rounds))


def chosen(program: Program, plan: Plan) -> tuple[Item, ...]:
    """The exercises that count: the homework's, or without one those that stand in the notebook."""
    if not plan.found:
        return plan.items
    here = {cell.exercise for cell in program.cells}
    return tuple(item for item in plan.items if item.exercise.id in here)


def grade(student: str, notebook: bytes, program: Program, plan: Plan, answer: Callable[[Job], Outcome]) -> Grade:
    """Grade one notebook.

    Parameters
    ----------
    student
        Its author, as the seeds know them.
    notebook
        The file, for the key.
    program
        What is run of it.
    answer
        Runs a job: `Worker.answer`.
    """
    key, items = key_of(student, notebook, plan), chosen(program, plan)
    asked = {item.exercise.id: drawn(student, item.exercise, plan) for item in items}
    outcome = answer(Job(program, tuple(task(item, asked[item.exercise.id]) for item in items)))
    marks = [mark(item, asked[item.exercise.id], outcome, program,
                  seeds.token(plan.secret, student, item.exercise.id, key)) for item in items]
    own = tuple(clean(text, 400) for text in program.problems)          # they quote the notebook
    problems = (*own, *(clean(text, 300) for text in outcome.problems[:20]))
    shown = (*own, *feedback.problems(outcome, program))
    return Grade(student, plan.name, key, (*marks, *map(by_hand, plan.manual)), outcome.status, problems, shown,
                 outcome.isolation.level, tuple(outcome.isolation.pieces))


def unreadable(student: str, notebook: bytes, plan: Plan, problem: str, status: str = "unreadable") -> Grade:
    """The grade of a hand-in that could not be run at all: nothing, with the reason."""
    problem = clean(problem, 1000)
    marks = [_nothing(item, "wrong", problem, status) for item in (() if plan.found else plan.items)]
    return Grade(student, plan.name, key_of(student, notebook, plan), (*marks, *map(by_hand, plan.manual)), status,
                 (problem,), (problem,), "none", ())


def task(item: Item, asked: Sequence[Question]) -> Task:
    """What a worker is told of an exercise. Its time grows with the number of questions."""
    exercise = item.exercise
    cases = () if exercise.cases is None else tuple(question.case for question in asked)
    seconds = exercise.seconds * max(1.0, sum(not q.fixed for q in asked) / engine.LEAST)
    return Task(exercise.id, exercise.name, exercise.kind, tuple(exercise.returns), allowed(item), seconds, cases)


def allowed(item: Item) -> tuple[str, ...]:
    """The packages an answer may call."""
    return tuple(item.exercise.allowed) if item.allowed is None else item.allowed


def mistake_result(exercise: Exercise, wrong: Any, question: Question) -> Result:
    """What a listed mistake gives; on the fixed questions it is remembered."""
    if not question.fixed:
        return engine.mistake_result(exercise, wrong, question)
    known, key = fixed(exercise), (id(wrong), id(question))
    if not any(question is one for one in known.questions):
        return engine.mistake_result(exercise, wrong, question)
    if key not in known.mistakes:
        known.mistakes[key] = engine.mistake_result(exercise, wrong, question)
    return known.mistakes[key]


def worth(item: Item, points: float) -> float:
    """What points of an exercise are worth in the homework."""
    return _share(item.points, points, item.exercise.points)


@cache
def _share(most: float, points: float, of: float) -> float:
    return number(rounded(exact(most) * exact(points) / of))


def mark(item: Item, asked: Sequence[Question], outcome: Outcome, program: Program, token: str | None) -> Mark:
    """Judge one exercise."""
    exercise = item.exercise
    if exercise.id not in outcome.results:
        if outcome.status in feedback.ENDED:
            return _nothing(item, "wrong", f"Not reached. {feedback.ENDED[outcome.status]}", outcome.status)
        return _nothing(item, "absent", f"Nothing in the notebook defines {exercise.name}.", "absent")
    results, right = outcome.results[exercise.id][:len(asked)], Right(exercise)
    try:
        results = list(map(tidy, results))
        found = judged(exercise, asked, results, right)
        shown = found and feedback.for_student(exercise, found, asked, results, program, right)
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:                            # the student's doing, whatever it was: it costs no other exercise
        found, shown = None, None
    if found is None or shown is None:
        return replace(_nothing(item, "wrong", "What it returns cannot be compared.", "unreadable"), token=token)
    points = worth(item, found.points)
    shown = replace(shown, points=points, max_points=item.points)       # type: ignore[arg-type]
    return Mark(exercise.id, exercise.title, points, item.points, found.status, shown.headline, found.reason,
                tuple(m.name for m in found.mistakes), tuple((v.name, v.status) for v in found.verdicts),
                report.as_json(shown), token if found.status != "untried" else None)


def number(points: float) -> float:
    """Points as they are printed: 2, not 2.0."""
    return int(points) if float(points).is_integer() else points


def judged(exercise: Exercise, asked: Sequence[Question], results: Sequence[Result],
           right: Right | None = None) -> Report | None:
    """The engine's report; None where the results are such that comparing them fails."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return judge(exercise, asked, results, None, right or engine.expected, mistake_result)
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception:
        return None


def by_hand(manual: Manual) -> Mark:
    """A question that a person marks, before that."""
    return Mark(manual.id, manual.title, None, manual.points, "manual", "Marked by a person.")


def tidy(result: Result) -> Result:
    """A result whose texts are short and plain, and whose failure is of a known kind."""
    failure = result.failure
    if failure is None and not result.printed:
        return result
    if failure is not None:
        kind = failure.kind if failure.kind in HEADLINES else "exception"
        lines = tuple(clean(line, 200) for line in failure.lines[:6])
        failure = Failure(kind, clean(failure.message, 500), lines, clean(failure.error, 80))
    return replace(result, failure=failure, printed=clean(result.printed, 2000))


def clean(text: Any, most: int) -> str:
    """Text without what moves a cursor or hides other text, cut off."""
    shown = re.sub(r"[^\n\t\x20-\x7e\xa0-\u200a\u2010-\u2027\u2030-\u205f\u2070-\ud7ff\uf900-\ufdff\ufe10-\ufeef"
                   r"\U00010000-\U0003fffd]", "�", str(text)[:most + 1])
    return shown if len(shown) <= most else shown[:most - 1] + "…"


def _nothing(item: Item, status: str, headline: str, reason: str) -> Mark:
    said = {"version": 1, "id": item.exercise.id, "title": item.exercise.title, "status": status, "points": 0,
            "max_points": item.points, "headline": headline, "reason": reason}
    return Mark(item.exercise.id, item.exercise.title, 0, item.points, status, headline, reason, feedback=said)
