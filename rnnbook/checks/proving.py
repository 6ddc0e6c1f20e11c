"""Grade the grader: does an exercise tell its right answer from every wrong one?

    from rnnbook.checks.proving import problems
    assert problems(exercise) == []

The book's tests hold every exercise to this; a private pack can be held to it in the same way.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from rnnbook.checks import engine, verdicts
from rnnbook.checks.checking import examine
from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.report import Report

LEAST = 4       # mistakes an exercise names


def problems(exercise: Exercise, seeds: Iterable[int] = range(20)) -> list[str]:
    """What is wrong with an exercise, in sentences; empty if nothing is."""
    found = [] if len(exercise.mistakes) >= LEAST else [f"it names {len(exercise.mistakes)} mistakes; expected {LEAST}"]
    for seed in seeds:
        found += right_is_right(exercise, seed) + wrong_is_named(exercise, seed)
    if exercise.kind in ("function", "property"):
        found += broken_is_told(exercise) + different_is_right(exercise)
    else:
        found += _untried(exercise)
    return list(dict.fromkeys(found))


def right_is_right(exercise: Exercise, seed: int) -> list[str]:
    """The reference has full points."""
    report = _examine(exercise, exercise.reference, seed)
    full = report.status == "right" and report.points == exercise.points
    return [] if full else [f"the reference gets {report.points}, seed {seed}:\n{report}"]


def wrong_is_named(exercise: Exercise, seed: int) -> list[str]:
    """Every mistake fails, is called by its own name, has the right dtype, and is right on a simple case.

    Its shape is right on at least two cases: on others the sizes may not fit, as where W_xh and W_hh are swapped. What
    is marked as a mistake of shape has a wrong shape, or raises, on some case, and may do so on all.
    """
    found = []
    for mistake in exercise.mistakes:
        report = _examine(exercise, mistake.wrong, seed)
        if report.status == "right" or report.points >= exercise.points:
            found.append(f"{mistake.name!r} passes, seed {seed}")
        elif mistake not in report.mistakes:
            named = ", ".join(m.name for m in report.mistakes) or "nothing"
            found.append(f"{mistake.name!r} is called {named!r}, seed {seed}")
        elif exercise.kind != "choice" and (report.status == "convention") != mistake.convention:
            found.append(f"{mistake.name!r} is told as {report.status}, seed {seed}")
        if exercise.kind in ("function", "property"):
            found += _form(exercise, mistake, seed)
    return found


def _form(exercise: Exercise, mistake: Mistake, seed: int) -> list[str]:
    rng = np.random.default_rng([seed, 2])
    questions = engine.draw(exercise, seed)
    if exercise.simple is not None:
        questions += [engine.Question(case, False) for case in exercise.simple(rng)]
    simple, fitting, unfit = False, 0, 0
    for question in questions:
        got, want = engine.mistake_result(exercise, mistake.wrong, question), engine.expected(exercise, question)
        if got.failure is not None:
            unfit += 1                           # sizes that do not fit
            continue
        if set(got.outputs) != set(exercise.returns):
            return [f"{mistake.name!r} gives {', '.join(got.outputs)}; expected {', '.join(exercise.returns)}"]
        wrong = [verdicts.form(name, got.outputs[name], want.outputs[name]) for name in exercise.returns
                 if isinstance(want.outputs[name].data, np.ndarray)]
        other = [v for v in wrong if v is not None and v.status != verdicts.SHAPE]
        if other:
            return [f"{mistake.name!r} has another form: {other[0].name}, {other[0].status}. {other[0].detail}"]
        fitting += not any(wrong)
        unfit += any(wrong)
        simple = simple or engine.equal(exercise, got, want)
    if mistake.shape:
        return [] if unfit else [f"{mistake.name!r} is marked as one of shape; its shape is always right, seed {seed}"]
    if fitting < 2:
        return [f"{mistake.name!r} has the right shape on {fitting} cases; expected 2, seed {seed}"]
    return [] if simple else [f"{mistake.name!r} is right on no case, not even a simple one, seed {seed}"]


def broken_is_told(exercise: Exercise, seed: int = 0) -> list[str]:
    """What is broken rather than wrong has a message of its own."""
    found = []
    for name, (answer, told) in broken(exercise).items():
        limited = dataclasses.replace(exercise, seconds=0.2) if told == "time" else exercise
        report = _examine(limited, answer, seed)
        words = [report.reason, *(v.status for v in report.verdicts)]
        if told not in words or report.points >= exercise.points or (report.status == "untried") != (told == "untried"):
            found.append(f"{name} should be told as {told!r}:\n{report}")
    return found


def different_is_right(exercise: Exercise, seed: int = 0) -> list[str]:
    """Right answers in another form pass: float32, Fortran order, lists."""
    reports = {name: _examine(exercise, answer, seed) for name, answer in different(exercise).items()}
    return [f"the reference in {name} does not pass:\n{r}" for name, r in reports.items() if r.status != "right"]


def broken(exercise: Exercise) -> dict[str, tuple[Callable, str]]:
    """Broken answers made from the reference, and the reason or status each must be given."""
    right = exercise.reference
    sample = engine.expected(exercise, engine.draw(exercise, 0)[0]).outputs.values()
    kinds = {value.data.dtype.kind for value in sample if isinstance(value.data, np.ndarray)}
    has_arrays = any(True for _ in _arrays(list(engine.draw(exercise, 0)[0].case.values())))

    @functools.wraps(right)
    def stub(*args):
        raise NotImplementedError

    def nothing(*args):
        right(*args)

    def raises(*args):
        raise KeyError("W_xx")

    def endless(*args):
        while True:
            pass

    def edits(*args):
        answer = right(*args)
        first = next(_arrays(args))
        first[...] = ~first if first.dtype.kind == "b" else first + 1
        return answer

    calls = []

    def keeps(*args):
        calls.append(1)
        return mapped(lambda a: ~a if len(calls) % 2 else a, lambda a: a + len(calls))(right(*args))

    def mapped(flip, change):
        by_kind = {"b": flip, "i": change, "u": change, "f": change}
        return lambda raw: _map(raw, lambda a: by_kind.get(a.dtype.kind, lambda a: a)(a))

    def then(change):
        return lambda *args: _map(right(*args), change)

    found: dict[str, tuple[Callable, str]] = {
        "a stub": (stub, "untried"), "None": (nothing, "none"), "an exception": (raises, "exception"),
        "an endless loop": (endless, "time"), "too few arguments": (lambda: None, "arguments"),
    }
    if has_arrays:
        found["an answer that edits its inputs"] = edits, "edits"
    if kinds & set("iufb"):
        found["an answer that keeps state"] = keeps, "state"
    if kinds:
        found["a wrong shape"] = then(lambda a: a[None]), verdicts.SHAPE
        found["a wrong dtype"] = then(_other_dtype), verdicts.DTYPE
    if "f" in kinds:
        found["NaN"] = then(lambda a: a * np.nan if a.dtype.kind == "f" else a), verdicts.NAN
    return found


def different(exercise: Exercise) -> dict[str, Callable]:
    """Right answers that look different from the reference's."""
    right = exercise.reference

    def to_float32(array):
        return array.astype(np.float32) if array.dtype.kind == "f" else array

    return {
        "float32": lambda *args: _map(right(*_map(args, to_float32, arrays_only=True)), to_float32),
        "Fortran order": lambda *args: _map(right(*args), lambda a: np.array(a, order="F")),
        "lists": lambda *args: _map(right(*args), np.ndarray.tolist),
    }


def _other_dtype(array):
    if array.dtype.kind == "f":
        return array.astype(int)
    return array.astype(float) if array.dtype.kind in "iu" else array.astype(str if array.dtype.kind == "b" else object)


def _map(raw: Any, change: Callable[[np.ndarray], Any], arrays_only: bool = False) -> Any:
    """Change every array in tuples and dicts; numbers count as arrays unless `arrays_only`."""
    if isinstance(raw, Mapping):
        return {key: _map(value, change, arrays_only) for key, value in raw.items()}
    if isinstance(raw, tuple):
        items = [_map(value, change, arrays_only) for value in raw]
        return type(raw)(*items) if hasattr(raw, "_fields") else tuple(items)
    if isinstance(raw, np.ndarray) or (not arrays_only and isinstance(raw, int | float | np.generic)):
        return change(np.asarray(raw))
    return raw


def _arrays(values):
    for value in values:
        if isinstance(value, np.ndarray):
            yield value
        elif isinstance(value, Mapping):
            yield from _arrays(value.values())
        elif isinstance(value, list | tuple):
            yield from _arrays(value)


def _untried(exercise):
    report = _examine(exercise, None, 0)
    return [] if report.status == "untried" and report.points == 0 else [f"None should be told as not tried:\n{report}"]


def _examine(exercise: Exercise, answer: Any, seed: int) -> Report:
    return examine(exercise, answer, seed=seed, watch=False)
