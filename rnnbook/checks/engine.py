"""Draw the questions, run an answer on them, judge what came back.

The three are separate: an answer may run in another process, with nothing but cases going in and `Result`s, arrays with
names, coming out. Expected values are computed only by `judge`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnbook.checks import guard, outputs, verdicts
from rnnbook.checks.exercise import Case, Exercise
from rnnbook.checks.outputs import Failure, Result

FATAL = ("untried", "callable", "arguments", "time", "origin", "package", "edits", "state")
LEAST = 6           # fresh cases a check draws at least


@dataclass(frozen=True)
class Question:
    """A case, and whether it is one of the fixed ones: those are the same in every check, so they can be shown."""

    case: Case
    fixed: bool


def draw(exercise: Exercise, seed: int) -> list[Question]:
    """The fixed questions, the tiny one first, then fresh ones from `seed`."""
    if exercise.cases is None:
        return [Question({}, True)]
    fixed = [Question(case, True) for case in exercise.cases(np.random.default_rng(0))]
    rng = np.random.default_rng([seed, 1])
    fresh: list[Question] = []
    while len(fresh) < LEAST:
        drawn = [Question(case, False) for case in exercise.cases(rng)]
        if not drawn:
            raise ValueError(f"{exercise.id}: cases draws nothing; expected at least one case")
        fresh += drawn
    return fixed + fresh


def run_case(answer: Any, case: Case, returns: Sequence[str], *, seconds: float = 10,
             allowed: Sequence[str] = ("numpy",), watch: bool = True) -> Result:
    """Call a function on one case, on a copy of it: a failure if it changes its inputs, raises, or takes too long."""
    given = copy.deepcopy(dict(case))
    value, failure, printed = guard.call(answer, list(given.values()), seconds, allowed, watch)
    if failure is not None:
        return Result({}, failure, printed)
    changed = next((p for name in case if (p := outputs.same(case[name], given[name], name)) is not None), None)
    if changed is not None:
        message = f"It changes its input {changed}. Make a copy, or a new array, and leave what comes in as it is."
        return Result({}, Failure("edits", message), printed)
    try:
        named = outputs.named(returns, value)
    except Exception as error:
        named = Failure("outputs", f"What it returns cannot be read as arrays: {type(error).__name__}.")
    if isinstance(named, Failure):
        return Result({}, named, printed)
    if not named:
        untried = guard.is_stub(answer) or (isinstance(value, tuple) and all(v is ... for v in value))
        kind, message = ("untried", "") if untried else ("none", "All that it returns is None.")
        return Result({}, Failure(kind, message), printed)
    return Result(named, None, printed)


def run(exercise: Exercise, answer: Any, questions: Sequence[Question], *, watch: bool = True) -> list[Result]:
    """The results of an answer on all questions. What ends everything (a time limit, a refusal) ends the list."""
    if exercise.kind in ("number", "choice"):
        return [given(exercise, answer)]
    if answer is None or answer is ...:
        return [Result({}, Failure("untried", ""))]
    failure = guard.fits(answer, list(questions[0].case))
    if failure is not None:
        return [Result({}, failure)]
    end = time.monotonic() + exercise.seconds

    def once(question: Question) -> Result:
        left = max(end - time.monotonic(), 0.05)
        return run_case(answer, question.case, exercise.returns, seconds=left, allowed=exercise.allowed, watch=watch)

    results: list[Result] = []
    for question in questions:
        result = once(question)
        results.append(result)
        if result.failure is not None and result.failure.kind in FATAL:
            return results
    for n in (-1, 0):
        again = once(questions[n])
        if again.failure is not None and again.failure.kind == "time":
            return [again]
        if not _agree(results[n], again):
            return [_keeps_state(results[0])]
    return results


def given(exercise: Exercise, answer: Any) -> Result:
    """A number or a choice, or a dict of them by part, as a result."""
    if callable(answer):
        return Result({}, Failure("callable", "The answer is a function; expected its value."))
    parts = answer if isinstance(answer, dict) else dict.fromkeys(exercise.returns[:1], answer)
    if not isinstance(answer, dict) and len(exercise.returns) > 1 and answer is not None and answer is not ...:
        return Result({}, Failure("outputs", f"The answer is a {type(answer).__name__}; expected a dict with the parts "
                                             f"{', '.join(map(repr, exercise.returns))}."))
    unknown = [part for part in parts if part not in exercise.returns]
    if unknown:
        return Result({}, Failure("outputs", f"There is no part {unknown[0]!r}; expected "
                                             f"{', '.join(map(repr, exercise.returns))}."))
    tried = {k: v for k, v in parts.items() if v is not None and v is not ... and not (isinstance(v, str) and not v)}
    if not tried:
        return Result({}, Failure("untried", ""))
    return Result({part: outputs.value_of(value) for part, value in tried.items()})


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
            raw = function(*copy.deepcopy(dict(question.case)).values())
    except (ValueError, IndexError) as error:
        if function is exercise.reference:
            raise
        return Result({}, Failure("exception", guard.told(error), error=type(error).__name__))
    named = outputs.named(exercise.returns, raw)
    return Result({}, named) if isinstance(named, Failure) else Result(named)


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
    return all(verdicts.compare(name, a.outputs[name], b.outputs[name], rtol=exercise.rtol, atol=exercise.atol).right
               for name in b.outputs)


def _agree(a: Result, b: Result) -> bool:
    if a.failure is not None or b.failure is not None:
        return (a.failure is None) == (b.failure is None)
    if set(a.outputs) != set(b.outputs):
        return False
    pairs = [(name, b.outputs[name], a.outputs[name]) for name in a.outputs]
    return all(verdicts.compare(*pair, rtol=1e-6, atol=1e-12).right for pair in pairs)


def _keeps_state(first: Result) -> Result:
    message = ("Two calls with the same inputs give different answers. It keeps something from one call to the next "
               "(a global variable, a list that grows), or draws random numbers of its own.")
    return Result({}, Failure("state", message), first.printed)
