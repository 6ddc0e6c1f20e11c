"""Run an answer on questions: cases in, `Result`s out. No right answer is needed here, and none is known.

`rnnbook.checks.engine` runs a learner's answer with it; class grading runs a student's with it, in another process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnbook.checks import guard, outputs, verdicts
from rnnbook.checks.exercise import Case
from rnnbook.checks.outputs import Failure, Result

FATAL = ("untried", "callable", "arguments", "time", "origin", "package", "edits", "state")
_PLAIN = (np.ndarray, np.float64, np.int64, float, int, bool, str, type(None))


def run(answer: Any, cases: Sequence[Case], *, kind: str, returns: Sequence[str], allowed: Sequence[str],
        seconds: float, watch: bool = True) -> list[Result]:
    """The results of an answer on all cases. What ends everything (a time limit, a refusal) ends the list.

    The last case and the first are asked once more, to see that an answer keeps no state. `kind` is an `Exercise.kind`;
    numbers and choices have no cases.
    """
    if kind in ("number", "choice"):
        return [given(returns, answer)]
    if answer is None or answer is ...:
        return [Result({}, Failure("untried", ""))]
    failure = guard.fits(answer, list(cases[0]))
    if failure is not None:
        return [Result({}, failure)]
    results: list[Result] = []
    try:
        with guard.calls(seconds, allowed, watch) as call:
            for case in cases:
                result = _run_case(call, answer, case, returns, seconds)
                results.append(result)
                if result.failure is not None and result.failure.kind in FATAL:
                    return results
            for n in (-1, 0):
                again = _run_case(call, answer, cases[n], returns, seconds)
                if again.failure is not None and again.failure.kind == "time":
                    return [again]
                if not _agree(results[n], again):
                    return [_keeps_state(results[0])]
    except guard.TimeUp:                         # between two calls
        return [*results, Result({}, guard.TIME)]
    return results


def run_case(answer: Any, case: Case, returns: Sequence[str], *, seconds: float = 10,
             allowed: Sequence[str] = ("numpy",), watch: bool = True) -> Result:
    """Call a function on one case, on a copy of it: a failure if it changes its inputs, raises, or takes too long."""
    with guard.calls(seconds, allowed, watch) as call:
        return _run_case(call, answer, case, returns, seconds)


def _run_case(call: guard.Call, answer: Any, case: Case, returns: Sequence[str], seconds: float) -> Result:
    given = {name: outputs.copied(value) for name, value in case.items()}
    value, failure, printed = call(answer, list(given.values()))
    if failure is not None:
        return Result({}, failure, printed)
    changed = next((p for name in case if (p := outputs.same(case[name], given[name], name)) is not None), None)
    if changed is not None:
        message = f"It changes its input {changed}. Make a copy, or a new array, and leave what comes in as it is."
        return Result({}, Failure("edits", message), printed)
    try:
        with guard.time_limit(seconds) if _may_run_code(value) else contextlib.nullcontext():
            named = outputs.named(returns, value)
    except guard.TimeUp:
        named = Failure("time", "What it returns does not come to an end. Is it a list, or something like one?")
    except Exception as error:
        named = Failure("outputs", f"What it returns cannot be read as arrays: {type(error).__name__}.")
    if isinstance(named, Failure):
        return Result({}, named, printed)
    if not named:
        untried = guard.is_stub(answer) or (isinstance(value, tuple) and all(v is ... for v in value))
        kind, message = ("untried", "") if untried else ("none", "All that it returns is None.")
        return Result({}, Failure(kind, message), printed)
    return Result(named, None, printed)


def given(returns: Sequence[str], answer: Any) -> Result:
    """A number or a choice, or a dict of them by part, as a result."""
    if callable(answer):
        return Result({}, Failure("callable", "The answer is a function; expected its value."))
    parts = answer if isinstance(answer, dict) else dict.fromkeys(returns[:1], answer)
    if not isinstance(answer, dict) and len(returns) > 1 and answer is not None and answer is not ...:
        return Result({}, Failure("outputs", f"The answer is a {type(answer).__name__}; expected a dict with the parts "
                                             f"{', '.join(map(repr, returns))}."))
    unknown = [part for part in parts if part not in returns]
    if unknown:
        return Result({}, Failure("outputs", f"There is no part {unknown[0]!r}; expected "
                                             f"{', '.join(map(repr, returns))}."))
    tried = {k: v for k, v in parts.items() if v is not None and v is not ... and not (isinstance(v, str) and not v)}
    if not tried:
        return Result({}, Failure("untried", ""))
    return Result({part: outputs.value_of(value) for part, value in tried.items()})


def _may_run_code(value: Any) -> bool:
    """False for what is known to be read without running anybody's code."""
    return not (type(value) in _PLAIN or (type(value) is tuple and all(type(v) in _PLAIN for v in value)))


def _agree(a: Result, b: Result) -> bool:
    if a.failure is not None or b.failure is not None:
        return (a.failure is None) == (b.failure is None)
    if set(a.outputs) != set(b.outputs):
        return False
    pairs = [(name, b.outputs[name], a.outputs[name]) for name in a.outputs]
    return all(verdicts.agrees(*pair, rtol=1e-6, atol=1e-12) for pair in pairs)


def _keeps_state(first: Result) -> Result:
    message = ("Two calls with the same inputs give different answers. It keeps something from one call to the next "
               "(a global variable, a list that grows), or draws random numbers of its own.")
    return Result({}, Failure("state", message), first.printed)
