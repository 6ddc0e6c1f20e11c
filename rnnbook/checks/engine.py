"""Draw the questions, run an answer on them, judge what came back.

The three are separate: an answer may run in another process, with nothing but cases going in and `Result`s, arrays with
names, coming out. Expected values are computed only by `judge`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnbook.checks import answering, guard, outputs, verdicts
from rnnbook.checks.answering import FATAL, run_case
from rnnbook.checks.exercise import Case, Exercise
from rnnbook.checks.outputs import Failure, Result

__all__ = ["FATAL", "LEAST", "Question", "draw", "equal", "expected", "fixed", "fresh", "mistake_result", "run",
           "run_case"]

LEAST = 6           # fresh cases a check draws at least


@dataclass(frozen=True)
class Question:
    """A case, and whether it is one of the fixed ones: those are the same in every check, so they can be shown."""

    case: Case
    fixed: bool


def draw(exercise: Exercise, seed: int) -> list[Question]:
    """The fixed questions, the tiny one first, then fresh ones from `seed`."""
    return fixed(exercise) + fresh(exercise, seed)


def fixed(exercise: Exercise) -> list[Question]:
    """The questions that are the same in every check; the only one where nothing is drawn."""
    if exercise.cases is None:
        return [Question({}, True)]
    return [Question(case, True) for case in exercise.cases(np.random.default_rng(0))]


def fresh(exercise: Exercise, seed: int, least: int = LEAST) -> list[Question]:
    """Questions from `seed`, at least `least`; none where nothing is drawn."""
    found: list[Question] = []
    rng = np.random.default_rng([seed, 1])
    while exercise.cases is not None and len(found) < least:
        drawn = [Question(case, False) for case in exercise.cases(rng)]
        if not drawn:
            raise ValueError(f"{exercise.id}: cases draws nothing; expected at least one case")
        found += drawn
    return found


def run(exercise: Exercise, answer: Any, questions: Sequence[Question], *, watch: bool = True) -> list[Result]:
    """The results of an answer on all questions. What ends everything (a time limit, a refusal) ends the list."""
    return answering.run(answer, [question.case for question in questions], kind=exercise.kind,
                         returns=exercise.returns, allowed=exercise.allowed, seconds=exercise.seconds, watch=watch)


def expected(exercise: Exercise, question: Question) -> Result:
    """What the reference gives."""
    return _trusted(exercise, exercise.reference, question)


def _trusted(exercise: Exercise, function: Any, question: Question) -> Result:
    """A reference or a mistake on one question; a mistake may raise where sizes do not fit."""
    if exercise.kind in ("number", "choice"):
        parts = function if isinstance(function, dict) else dict.fromkeys(exercise.returns[:1], function)
        as_type = float if exercise.kind == "number" else str
        return Result({part: outputs.value_of(as_type(value)) for part, value in parts.items()})
    try:
        with np.errstate(all="ignore"):
            raw = function(*map(_copy, question.case.values()))
    except (ValueError, IndexError) as error:
        if function is exercise.reference:
            raise
        return Result({}, Failure("exception", guard.told(error), error=type(error).__name__))
    named = outputs.named(exercise.returns, raw)
    return Result({}, named) if isinstance(named, Failure) else Result(named)


def _copy(value: Any) -> Any:
    """A deep copy; that of arrays, and of dicts of arrays, is quick."""
    if type(value) is np.ndarray and value.dtype != object:
        return value.copy()
    if type(value) is dict:
        return {key: _copy(item) for key, item in value.items()}
    return value if type(value) in (int, float, bool, str) else copy.deepcopy(value)


def mistake_result(exercise: Exercise, wrong: Any, question: Question) -> Result:
    """What a listed mistake gives."""
    return _trusted(exercise, wrong, question)


def equal(exercise: Exercise, a: Result, b: Result) -> bool:
    """Whether two results are the same answer, within the tolerance, or two exceptions of the same class."""
    if a.failure is not None or b.failure is not None:
        return (a.failure is not None and b.failure is not None and a.failure.kind == b.failure.kind == "exception"
                and a.failure.error == b.failure.error)
    if set(a.outputs) != set(b.outputs):
        return False
    return all(verdicts.agrees(name, a.outputs[name], b.outputs[name], rtol=exercise.rtol, atol=exercise.atol)
               for name in b.outputs)
