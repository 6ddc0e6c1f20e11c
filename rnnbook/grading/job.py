"""What is asked of a worker, and what comes back: questions without answers in, arrays and failures out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnbook.checks.outputs import Result
from rnnbook.grading.program import Program
from rnnbook.grading.sandbox.isolation import Isolation


@dataclass(frozen=True)
class Task:
    """One exercise as a child sees it.

    Attributes
    ----------
    exercise
        Its id.
    name
        What the learner defines: a function, or a value for kinds "number" and "choice".
    kind
        "function", "property", "number" or "choice".
    returns
        Names of the outputs.
    allowed
        Packages an answer may call.
    seconds
        How long all calls may take together.
    cases
        The inputs, one mapping for each question, and nothing else; empty for "number" and "choice".
    """

    exercise: str
    name: str
    kind: str
    returns: tuple[str, ...]
    allowed: tuple[str, ...]
    seconds: float
    cases: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Job:
    """A program, and what is asked of it."""

    program: Program
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of a job.

    Attributes
    ----------
    status
        "done"; or why it ended early: "time" (the wall clock), "cpu", "disk", "output" (it sent too much),
        "died" (the process ended, or what it sent cannot be read).
    results
        The results of each exercise that was reached, as `rnnbook.checks.engine.run` gives them: in the order of the
        cases, or cut short by a failure that ends everything. Also where status is not "done".
    problems
        In words for the student: cells that failed, and what ended the run.
    isolation
        What was in force.
    printed
        What the cells printed, cut off. Nothing in it can be trusted.
    """

    status: str
    results: Mapping[str, list[Result]]
    problems: tuple[str, ...]
    isolation: Isolation
    printed: str
