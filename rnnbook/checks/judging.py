"""From results to a report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnbook.checks import engine, verdicts, words
from rnnbook.checks.engine import Question
from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.outputs import Failure, Result
from rnnbook.checks.report import Example, Report
from rnnbook.checks.verdicts import Verdict

HEADLINES = {
    "untried": "Not tried yet.", "callable": "There is nothing to call.", "arguments": "The arguments do not fit.",
    "outputs": "What it returns does not fit.", "none": "It returns nothing.", "exception": "It stops with an error.",
    "time": "It runs too long.", "edits": "It changes what comes in.", "state": "It does not forget.",
    "origin": "That is the book's own function.", "package": "That package is not allowed here.",
}

RightResult = Callable[[Exercise, Question], Result]
MistakeResult = Callable[[Exercise, Any, Question], Result]

_FORM = (verdicts.SHAPE, verdicts.DTYPE, verdicts.MISSING)
_RIGHT = {"function": "Right, on the tiny case and on fresh random ones.",
          "property": "Right: what must hold holds, on the tiny case and on fresh random ones.",
          "number": "Right.", "choice": "Right."}


def judge(exercise: Exercise, questions: Sequence[Question], results: Sequence[Result],
          replay: str | None = None, right_result: RightResult = engine.expected,
          mistake_result: MistakeResult = engine.mistake_result) -> Report:
    """Compare the results of an answer, as many as there are, with the reference on the same questions.

    `right_result` says what the reference gives, `mistake_result` what a mistake gives, for where these are remembered.

    An output has its points if it is right on every question; a failure on one leaves all outputs without.
    """
    fatal = next((r.failure for r in results if r.failure and r.failure.kind in engine.FATAL), None)
    if fatal is not None or len(results) < len(questions):
        fatal = fatal or Failure("time", "Not all questions were answered.")
        return _failed(exercise, questions, results, fatal, replay)
    failed = next(((q, r) for q, r in zip(questions, results, strict=True) if r.failure), None)
    if failed is not None and failed[1].failure is not None:
        return _failed(exercise, questions, results, failed[1].failure, replay, failed[0])
    expected = [right_result(exercise, q) for q in questions]
    rows = [_verdicts(exercise, q, r, e) for q, r, e in zip(questions, results, expected, strict=True)]
    final, example = [], None
    for i, name in enumerate(exercise.returns):
        wrong = [n for n, row in enumerate(rows) if not row[i].right]
        if not wrong:
            final.append(Verdict(name, verdicts.RIGHT))
            continue
        n = next((n for n in wrong if rows[n][i].status in _FORM), wrong[0])      # the form of an output comes first
        final.append(rows[n][i])
        if example is None and exercise.kind in ("function", "property"):
            example = _example(exercise, questions, n, final[-1], results[n], expected[n])
    right = sum(v.right for v in final)
    if right == len(final):
        return _report(exercise, "right", exercise.points, _RIGHT[exercise.kind], tuple(final),
                       printed=results[0].printed)
    mistakes = find_mistakes(exercise, questions, results, mistake_result)
    final = [replace(v, detail=_detail(exercise, v, results, expected, bool(mistakes)), clue="") for v in final]
    points = round(exercise.points * right / len(final), 2)
    unanswered = all(v.right or v.status == verdicts.MISSING for v in final)
    if mistakes and all(m.convention for m in mistakes) and _explained(exercise, mistakes, final):
        status, headline = "convention", "Not wrong, but another convention than the one asked for."
        final = [v if v.right else Verdict(v.name, verdicts.CONVENTION, v.detail) for v in final]
    elif right:
        status, headline = "partly", f"Partly right: {right} of {len(final)}."
        if unanswered and exercise.kind in ("number", "choice"):
            headline = f"{right} of {len(final)} so far, the others not tried yet."
    else:
        status, headline = "wrong", "Not right yet."
    return _report(exercise, status, points, headline, tuple(final), example=example, mistakes=mistakes,
                   printed=results[0].printed, replay=replay)


def find_mistakes(exercise: Exercise, questions: Sequence[Question], results: Sequence[Result],
                  mistake_result: MistakeResult = engine.mistake_result) -> tuple[Mistake, ...]:
    """The first known mistake that gives exactly these results; for a choice all whose wrong parts were chosen.

    On every question both must raise the same class of error, or give equal outputs; and something must tell the
    mistake from others. Either there are outputs, on at least two questions, and on one they differ from the right
    ones. Or, where all questions end in an error, both give two different messages at least: these name the sizes.
    """
    if exercise.kind == "choice":
        return _chosen(exercise, results[0])
    for mistake in exercise.mistakes:
        theirs: list[Result] = []
        for question, result in zip(questions, results, strict=True):
            theirs.append(mistake_result(exercise, mistake.wrong, question))
            if not engine.equal(exercise, result, theirs[-1]):
                break
        else:
            if _tells(exercise, questions, results, theirs):
                return (mistake,)
    return ()


def _tells(exercise, questions, results, theirs):
    ran = [n for n, result in enumerate(results) if result.failure is None]
    if ran:
        return len(ran) >= min(2, len(questions)) and any(
            not engine.equal(exercise, results[n], engine.expected(exercise, questions[n])) for n in ran)
    pairs = [(r.failure, t.failure) for r, t in zip(results, theirs, strict=True) if r.failure and t.failure]
    return len({a.message for a, b in pairs if a.message == b.message}) >= 2


def _detail(exercise, verdict, results, expected, named):
    """A verdict's detail; where the mistake has no name, with what the shape or the order of the axes suggests."""
    if named or verdict.status not in (verdicts.SHAPE, verdicts.VALUES):
        return verdict.detail
    name = verdict.name
    pairs = [(r.outputs[name].data if name in r.outputs else None, e.outputs[name].data)
             for r, e in zip(results, expected, strict=True)]
    clue = verdicts.exchanged(name, pairs, rtol=exercise.rtol, atol=exercise.atol, axes=exercise.axes.get(name))
    return f"{verdict.detail} {clue or verdict.clue}".strip()


def _chosen(exercise, result):
    found, right = [], engine.expected(exercise, Question({}, True))
    for mistake in exercise.mistakes:
        telling = _telling(exercise, mistake, right)
        given = {k: _word(result.outputs[k]) for k in telling if k in result.outputs}
        if telling and all(given.get(k) == v.item() for k, v in telling.items()):
            found.append((mistake, set(telling)))
    kept = [m for m, parts in found if not any(parts < others for _, others in found)]      # those that explain most
    return tuple(kept)


def _explained(exercise, mistakes, final):
    if exercise.kind != "choice":
        return True
    right = engine.expected(exercise, Question({}, True))
    explained = {part for m in mistakes for part in _telling(exercise, m, right)}
    return all(v.right or v.name in explained for v in final)


def _telling(exercise, mistake, right):
    """The parts of a choice in which a mistake differs from the right answer, with what it has there."""
    wrong = engine.mistake_result(exercise, mistake.wrong, Question({}, True)).outputs
    return {k: v.data for k, v in wrong.items() if not np.array_equal(v.data, right.outputs[k].data)}


def _verdicts(exercise, question, result, expected):
    if exercise.kind == "choice":
        return [_choice(exercise, name, result, expected) for name in exercise.returns]
    found = []
    for name in exercise.returns:
        got, want, axes = result.outputs.get(name), expected.outputs[name], exercise.axes.get(name)
        if exercise.kind == "property" and got is not None:
            found.append(verdicts.form(name, got, want, axes) or Verdict(name, verdicts.RIGHT))
        else:
            found.append(verdicts.compare(name, got, want, rtol=exercise.rtol, atol=exercise.atol, axes=axes))
    if exercise.kind == "number":
        return [_number(exercise, v, result, expected) for v in found]
    if exercise.kind == "property" and all(v.right for v in found):
        said = exercise.judge(question.case, {name: v.data for name, v in result.outputs.items()})
        found = [Verdict(name, verdicts.RIGHT) if said[name] is True else
                 Verdict(name, verdicts.VALUES, str(said[name]) if said[name] else "") for name in exercise.returns]
    return found


def _number(exercise, verdict, result, expected):
    if verdict.status == verdicts.MISSING:
        return Verdict(verdict.name, verdicts.MISSING, "Not answered yet.")
    if verdict.status == verdicts.VALUES:
        got, want = (float(r.outputs[verdict.name].data) for r in (result, expected))
        detail = f"Yours is {words.number(got)}. {words.decimals(got, want, exercise.atol if not exercise.rtol else 0)}"
        return Verdict(verdict.name, verdicts.VALUES, detail.rstrip())
    return verdict


def _word(value):
    """What was chosen; None where it is no word."""
    data = value.data
    if isinstance(data, np.ndarray) and data.ndim == 0 and data.dtype.kind == "U":
        return str(data.item())
    return None


def _choice(exercise, name, result, expected):
    if name not in result.outputs:
        return Verdict(name, verdicts.MISSING, "Not chosen yet.")
    chosen, options = _word(result.outputs[name]), list(exercise.choices[name])
    if chosen not in options:
        it = f"of type {result.outputs[name].made_of}" if chosen is None else repr(chosen[:80])
        return Verdict(name, "no such choice", f"It is {it}; expected one of {', '.join(map(repr, options))}.")
    if chosen == expected.outputs[name].data:
        return Verdict(name, verdicts.RIGHT)
    return Verdict(name, "another is right", f"You chose {chosen!r}.")


def _failed(exercise, questions, results, failure, replay, question=None):
    if failure.kind == "untried":
        return _report(exercise, "untried", 0, HEADLINES["untried"], reason="untried")
    reached = tuple(Verdict(name, verdicts.UNREACHED) for name in exercise.returns)
    mistakes: tuple[Mistake, ...] = ()
    example = None
    headline = f"{HEADLINES[failure.kind]} {failure.message}"
    if question is not None and failure.kind == "exception":
        if exercise.kind == "function":
            mistakes = find_mistakes(exercise, questions, results)
        others = "Other cases ran without an error" + ("" if mistakes else " (their values were not compared)")
        where = "The tiny case" if question is questions[0] else f"{others}, this one did not"
        example = Example(f"{where}: {words.sizes(question.case)}.", ())
    if failure.kind in ("callable", "arguments", "untried", "origin", "package"):
        replay = None
    return _report(exercise, "wrong", 0, headline, reached, lines=failure.lines, example=example, mistakes=mistakes,
                   printed=results[0].printed if results else "", replay=replay, reason=failure.kind)


def _example(exercise, questions, n, verdict, result, expected):
    question = questions[n]
    items = words.flat(question.case)
    small = sum(v.size for _, v in items if isinstance(v, np.ndarray)) <= 2 * words.SHOWN
    name = verdict.name
    label = "On the tiny case" if n == 0 else "On this case"
    inputs = tuple((key, str(v.shape) if isinstance(v, np.ndarray) else "", words.data(v)) for key, v in items)
    got, want = result.outputs.get(name), expected.outputs[name]
    if not small or verdict.status in _FORM:
        return Example(f"{label}: {words.sizes(question.case)}.", ())
    shown = words.data(want.data) if exercise.kind == "function" else None
    return Example(f"{label}:", inputs, name, words.data(got.data) if got is not None else None, shown)


def _report(exercise, status, points, headline, given=(), **more):
    points = int(points) if float(points).is_integer() else points
    return Report(exercise.id, exercise.title, points, exercise.points, status, headline, given, **more)
