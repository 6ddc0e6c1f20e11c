"""Jobs and results as frames. What comes back is text and arrays that a student's code had in its hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rnnbook.checks.outputs import Failure, Result, Value
from rnnbook.grading import wire
from rnnbook.grading.job import Job, Task
from rnnbook.grading.program import Cell, Program

KINDS = ("untried", "callable", "arguments", "outputs", "none", "exception", "time", "edits", "state", "origin",
         "package")
MOST_RESULTS = 4000         # of one exercise
MOST_PRINTED = 2000         # characters
MOST_LINES = 6
MOST_PROBLEMS = 40


def job_to_frame(job: Job, skip: Sequence[int] = (), careful: bool = False) -> bytes:
    """A job for a child: its cells but those in `skip` by index; `careful` sends every result at once."""
    cells = [[c.index, c.source, c.exercise, c.role] for c in job.program.cells if c.index not in skip]
    tasks = [[t.exercise, t.name, t.kind, list(t.returns), list(t.allowed), float(t.seconds),
              [dict(case) for case in t.cases]] for t in job.tasks]
    return wire.pack([cells, tasks, careful])


def job_from_frame(frame: bytes) -> tuple[Job, bool]:
    """What `job_to_frame` wrote."""
    cells, tasks, careful = wire.unpack(frame, records=True)
    program = Program(tuple(Cell(*cell) for cell in cells), ())
    return Job(program, tuple(Task(exercise, name, kind, tuple(returns), tuple(allowed), seconds, tuple(cases))
                              for exercise, name, kind, returns, allowed, seconds, cases in tasks)), careful


def results_to_frame(found: Mapping[str, Sequence[Result]], problems: Sequence[str] = (), printed: str = "",
                     at: str = "", end: bool = False) -> bytes:
    """A part of what a child found; `at` is what it is about to do, `end` closes the last part."""
    data = {exercise: [_plain(result) for result in results] for exercise, results in found.items()}
    return wire.pack([data, list(problems), printed[:MOST_PRINTED], at, end])


def results_from_frame(frame: bytes, known: Sequence[str], most: int) -> tuple[dict[str, list[Result]], list[str],
                                                                                str, str, bool]:
    """What `results_to_frame` wrote, or whoever else did: results of `known` exercises, problems, printed, at, end.

    Raises
    ------
    wire.WireError
        It is nothing that `results_to_frame` writes.
    """
    try:
        data, problems, printed, at, end = _list(wire.unpack(frame, most))
        if type(data) is not dict:
            raise wire.WireError("the results are not in a dict")
        found = {exercise: [_result(*_list(parts)) for parts in _list(results)[:MOST_RESULTS]]
                 for exercise, results in data.items() if exercise in known}
        texts = [_text(problem, 300) for problem in _list(problems)[:MOST_PROBLEMS]]
        return found, texts, _text(printed, MOST_PRINTED), _text(at, 200), end is True
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        raise wire.WireError(f"the results cannot be read: {type(error).__name__}") from None


def _list(value: Any) -> list[Any]:
    """A list, and nothing that is like one: arrays have slices and lengths too."""
    if type(value) is not list:
        raise wire.WireError("a list is not a list")
    return value


def _plain(result: Result) -> list[Any]:
    failure = result.failure
    lines = None if failure is None else [str(line)[:300] for line in failure.lines[:MOST_LINES]]
    failed = None if failure is None else [failure.kind, failure.message[:1000], lines, failure.error[:100]]
    return [{name: [value.made_of, value.data] for name, value in result.outputs.items()}, failed,
            result.printed[:MOST_PRINTED]]


def _result(outputs: Any, failed: Any, printed: Any) -> Result:
    if type(outputs) is not dict:
        raise wire.WireError("outputs are not in a dict")
    values = {}
    for name, parts in outputs.items():
        made_of, data = _list(parts)
        values[_text(name, 100)] = Value(data, _text(made_of, 60))
    if failed is None:
        return Result(values, None, _text(printed, MOST_PRINTED))
    kind, message, lines, error = _list(failed)
    if type(kind) is not str or kind not in KINDS:
        raise wire.WireError("a failure of a kind that there is not")
    return Result({}, Failure(kind, _text(message, 1000), tuple(_text(line, 300) for line in _list(lines)[:MOST_LINES]),
                              _text(error, 100)), _text(printed, MOST_PRINTED))



def _text(value: Any, most: int) -> str:
    """Text, cut off, without control characters."""
    if type(value) is not str:
        raise wire.WireError("a text is not text")
    value = value if len(value) <= most else value[:most - 1] + "…"
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in value) if not value.isprintable() else value
