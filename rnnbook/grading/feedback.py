"""What a student may see of a report: why it is wrong and what may help, and nothing that reveals the questions.

A student's code has seen the questions, and all it sends back may carry them: numbers, shapes, messages of errors,
names of classes and keys. So nothing of it is shown. What is shown is written here anew, out of the exercise's
definition, of sentences known beforehand, and of words and lines that stand in the notebook as it was handed in. A
place in an array is told on the fixed questions only. `told` does the same for errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnbook.checks import verdicts, words
from rnnbook.checks.engine import Question
from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.outputs import Result, Value
from rnnbook.checks.report import Report
from rnnbook.checks.verdicts import Verdict
from rnnbook.grading import told
from rnnbook.grading.job import Outcome
from rnnbook.grading.program import Program

RightResult = Callable[[Exercise, Question], Result]

ELSEWHERE = "Right on the tiny case of the exercise, wrong on others that were drawn for you."
ABSENT = "There is no such entry, or it is None."
ENDED = {
    "time": "The notebook ran too long and was stopped.", "cpu": "The notebook ran too long and was stopped.",
    "memory": "The notebook took more memory than it may have.", "output": "The notebook printed or sent too much.",
    "disk": "The notebook wrote more files than it may.",
    "died": "The notebook ended the process it ran in.",
}
"""What is said of a notebook that was stopped, by the outcome's status."""
KINDS = {"f": "floating-point numbers", "i": "integers", "u": "integers", "b": "True and False", "U": "strings",
         "c": "complex numbers"}


def for_student(exercise: Exercise, found: Report, asked: Sequence[Question], results: Sequence[Result],
                program: Program, right: RightResult) -> Report:
    """The report without example, printed text and replay token, its sentences written anew.

    `right` says what the reference gives.
    """
    headline, lines = found.headline, found.lines
    if found.reason:
        failure = next((r.failure for r in results if r.failure and r.failure.kind == found.reason), None)
        notebook = told.notebook_of(program)
        headline = told.headline(exercise, list(asked[0].case), found.reason, failure, notebook)
        lines = notebook.lines(failure.lines) if failure else ()
    wrong = not found.reason and any(not v.right for v in found.verdicts)
    expected = [right(exercise, question) for question in asked] if wrong else []
    told_of = tuple(replace(v, detail=_detail(exercise, v, asked, results, expected, bool(found.mistakes)), clue="")
                    for v in found.verdicts)
    return replace(found, headline=headline, lines=lines, verdicts=told_of, example=None, printed="", replay=None)


def problems(outcome: Outcome, program: Program) -> tuple[str, ...]:
    """What a student may see of an outcome's problems: which cells failed, and what ended the run."""
    notebook = told.notebook_of(program)
    cells = [told.problem(text, notebook) for text in outcome.problems[:20]]
    end = [ENDED[outcome.status]] if outcome.status in ENDED else []
    return tuple(dict.fromkeys(filter(None, [*cells, *end])))


def as_report(data: Mapping[str, Any]) -> Report:
    """What the gradebook holds of an exercise's feedback, as a report again, for its text and HTML."""
    return Report(
        data["id"], data["title"], data["points"], data["max_points"], data["status"], data["headline"],
        tuple(Verdict(v["name"], v["status"], v["detail"]) for v in data.get("outputs", ())),
        tuple(data.get("lines", ())),
        mistakes=tuple(Mistake(m["name"], None, m["hint"], m["convention"]) for m in data.get("mistakes", ())),
        reason=data.get("reason", ""))


def _detail(exercise: Exercise, verdict: Verdict, asked: Sequence[Question], results: Sequence[Result],
            right: Sequence[Result], named: bool) -> str:
    name, status = verdict.name, verdict.status
    if status in (verdicts.RIGHT, verdicts.UNREACHED):
        return ""
    if status == verdicts.MISSING:
        return ABSENT if exercise.cases is not None else "Not answered yet."
    if exercise.kind == "choice":
        options = exercise.choices[name]
        if status == "another is right":
            return f"You chose {np.asarray(results[0].outputs[name].data).item()!r}."
        return f"Expected one of {', '.join(map(repr, options))}."
    if exercise.kind == "number":
        want = right[0].outputs[name]
        return _form(results[0].outputs.get(name), want, ()) if status != verdicts.VALUES else ""
    if exercise.kind == "property" and status == verdicts.VALUES:
        return "" if re.search(r"\d", verdict.detail) else verdict.detail
    return _of_arrays(exercise, name, status, asked, results, right, named)


def _of_arrays(exercise, name, status, asked, results, right, named):
    """A sentence on an output that was wrong on some question; a place only if that question is a fixed one."""
    axes, pairs, where = exercise.axes.get(name), [], None
    for question, result, expected in zip(asked, results, right, strict=True):
        got, want = result.outputs.get(name), expected.outputs[name]
        pairs.append((got, want))
        if where is None and _wrong(exercise, name, got, want):
            where = question.fixed, got, want
    if where is None:
        return ""
    fixed, got, want = where
    if status not in (verdicts.VALUES, verdicts.CONVENTION):
        got, want = next(((g, w) for g, w in pairs if _misformed(name, g, w)), (got, want))
        return _form(got, want, words.axis_names(name, np.ndim(want.data), axes))
    clue = ""
    if not named and isinstance(want.data, np.ndarray):
        clue = verdicts.exchanged(name, [(g.data if g else None, w.data) for g, w in pairs],
                                  rtol=exercise.rtol, atol=exercise.atol, axes=axes)
    place = _place(exercise, name, got, want, axes) if fixed else ELSEWHERE
    return f"{place} {clue}".strip()


def _misformed(name, got, want):
    return got is not None and isinstance(want.data, np.ndarray) and verdicts.form(name, got, want) is not None


def _wrong(exercise, name, got, want):
    if exercise.kind == "property":
        return got is None or verdicts.form(name, got, want) is not None
    return not verdicts.compare(name, got, want, rtol=exercise.rtol, atol=exercise.atol).right


def _place(exercise, name, got, want, axes):
    """The first wrong entry of an array, in words."""
    if not isinstance(want.data, np.ndarray) or not want.data.ndim:
        return ""
    wrong = verdicts.differs(np.asarray(got.data), want.data, exercise.rtol, exercise.atol)
    if not wrong.any():
        return ""
    index = [int(i) for i in np.argwhere(wrong)[0]]
    every = " Every entry differs." if wrong.all() else ""
    place = words.place(index, words.axis_names(name, len(index), axes))
    return f"On the tiny case of the exercise, first at {place}.{every}"


def _form(got: Value | None, want: Value, axes: Sequence[str]) -> str:
    """What is wrong with type, shape or dtype, without sizes."""
    if got is None:
        return ABSENT
    if not isinstance(want.data, np.ndarray):
        return "Expected a dict." if isinstance(want.data, dict) else ""
    expected = KINDS.get(want.data.dtype.kind, "an array")
    if not isinstance(got.data, np.ndarray):
        return f"It is no array; expected one of {expected}."
    if got.data.shape != want.data.shape:
        if got.made_of == "tuple of 1" and not want.made_of.startswith("tuple"):
            return "It is a tuple. Is there a comma after the value?"
        return shape_words(got.data.shape, want.data.shape, axes)
    if got.data.dtype.kind != want.data.dtype.kind and got.data.dtype.kind not in "fiu":
        return f"It holds {KINDS.get(got.data.dtype.kind, 'something else')}; expected {expected}."
    if got.data.dtype.kind in "iu" and want.data.dtype.kind == "f":
        return f"It holds integers; expected {expected}. Were the values cut to whole numbers?"
    if got.data.dtype.kind != want.data.dtype.kind:
        return f"It holds {KINDS[got.data.dtype.kind]}; expected {expected}."
    return "It holds NaN or inf where a number is expected."


def shape_words(got: tuple[int, ...], want: tuple[int, ...], axes: Sequence[str]) -> str:
    """What a wrong shape looks like, without its sizes.

    >>> shape_words((7, 2, 5), (6, 2, 5), ("step", "sequence", "unit"))
    'One step too many. Is the state before the first step among them?'
    """
    clue = words.shape_clue(got, want, axes)
    clue = re.sub(r": \d+, not \d+\.", ".", clue)
    clue = re.sub(r"has size \d+, not \d+", "has another size than expected", clue)
    clue = re.sub(r"instead of all \d+", "instead of all", clue)
    clue = re.sub(r"^It has \d+ ax[ei]s; expected (\d+)\.$", r"Expected \1 axes.", clue)
    numbers = re.sub(r"^Axis \d, of size 1,|^An axis of size 1|^Expected \d+", "", clue)
    return clue if clue and not re.search(r"\d", numbers) else "Its axes have other sizes than expected."
