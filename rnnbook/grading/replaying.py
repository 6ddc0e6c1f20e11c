"""One answer on its questions again, with all numbers: for a teacher who looks into a dispute."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnbook.checks import engine, words
from rnnbook.checks.engine import Question
from rnnbook.checks.exercise import Exercise
from rnnbook.checks.outputs import Result, Value
from rnnbook.grading import driver
from rnnbook.grading.grader import Grader
from rnnbook.grading.job import Job
from rnnbook.grading.notebooks import read_program

SHOWN = 400         # entries of an array that are printed; a larger one is told by its shape


@dataclass(frozen=True)
class Replayed:
    """What an answer gave.

    Attributes
    ----------
    text
        The whole report, as in a notebook.
    problems
        What went wrong with the notebook.
    count
        How many questions there were.
    number, fixed, case
        The first question that is wrong, counted from 0, whether it is a fixed one, and what was asked; None where all
        are right.
    inputs, outputs
        That case as text: (name, numbers), and (name, numbers, right numbers).
    arrays
        The same as arrays: "input x_t", "yours h_t", "expected h_t".
    """

    exercise: Exercise
    text: str
    problems: tuple[str, ...]
    count: int
    number: int = 0
    fixed: bool = True
    case: Mapping | None = None
    inputs: Sequence[tuple[str, str]] = ()
    outputs: Sequence[tuple[str, str, str]] = ()
    arrays: Mapping[str, np.ndarray] | None = None


def replay(grader: Grader, student: str, notebook: bytes, exercise_id: str) -> Replayed:
    """Run a notebook again, ask one exercise, and find the first case on which its answer is wrong."""
    plan = grader.plan
    item = next((i for i in plan.items if i.exercise.id == exercise_id), None)
    if item is None:
        raise ValueError(f"exercise is {exercise_id!r}; expected one of those of {plan.name}")
    exercise = item.exercise
    asked = driver.drawn(student, exercise, plan)
    program = read_program(notebook, [i.exercise.id for i in plan.items])
    outcome = grader.worker.answer(Job(program, (driver.task(item, asked),)))
    problems = (*program.problems, *(driver.clean(text, 300) for text in outcome.problems))
    results = [driver.tidy(result) for result in outcome.results.get(exercise.id, ())][:len(asked)]
    report = driver.judged(exercise, asked, results) if results else None
    if report is None:
        return Replayed(exercise, driver.mark(item, asked, outcome, program, None).headline, problems, len(asked))
    report = dataclasses.replace(report, points=driver.worth(item, report.points),
                                 max_points=item.points)                 # type: ignore[arg-type]
    if report.passed or exercise.cases is None:
        return Replayed(exercise, str(report), problems, len(asked))
    for n, (question, result) in enumerate(zip(asked, results, strict=False)):
        right = engine.expected(exercise, question)
        if result.failure is not None or not _right(exercise, question, result, right):
            return _case(exercise, str(dataclasses.replace(report, example=None)), problems, asked, n, result, right)
    return Replayed(exercise, str(report), problems, len(asked))


def _right(exercise: Exercise, question: Question, result: Result, right: Result) -> bool:
    if exercise.kind == "property":
        found = driver.judged(exercise, [question], [result])
        return found is not None and found.passed
    return engine.equal(exercise, result, right)


def _case(exercise: Exercise, text: str, problems: tuple[str, ...], asked: Sequence[Question], n: int, result: Result,
          right: Result) -> Replayed:
    items = words.flat(asked[n].case)
    missing = "" if result.failure is None else f"nothing: {result.failure.kind}. {result.failure.message}"
    outputs = [(name, numbers(result.outputs.get(name)) if name in result.outputs else missing or "nothing",
                numbers(right.outputs.get(name))) for name in exercise.returns]
    arrays = {f"input {name}": np.asarray(value) for name, value in items if _is_plain(value)}
    for whose, found in (("yours", result), ("expected", right)):
        arrays |= {f"{whose} {name}": np.asarray(value.data) for name, value in found.outputs.items()
                   if _is_plain(value.data)}
    return Replayed(exercise, text, problems, len(asked), n, asked[n].fixed, asked[n].case,
                    [(name, numbers(value)) for name, value in items], outputs, arrays)


def numbers(value: object) -> str:
    """An array or plain value with eight digits."""
    value = value.data if isinstance(value, Value) else value
    if isinstance(value, np.ndarray) and value.ndim:
        if value.size > SHOWN:
            return f"array of shape {value.shape}"
        shape = f"shape {value.shape}\n"
        return shape + np.array2string(value, precision=8, separator=", ", max_line_width=64, threshold=SHOWN + 1)
    return repr(value.item() if isinstance(value, np.ndarray | np.generic) else value)[:400]


def _is_plain(value: object) -> bool:
    return isinstance(value, np.ndarray | int | float | bool | str)
