"""One grading process: exercises and secret on this side, a worker for the students' code on the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from rnnbook.checks import exercises, load_pack
from rnnbook.grading import driver
from rnnbook.grading.driver import Grade, Item, Manual, Plan
from rnnbook.grading.notebooks import read_program

SPARE = 30.0        # seconds for what is no exercise in a notebook
LONGEST = 300.0     # seconds for one notebook, if nobody says otherwise


@dataclass(frozen=True)
class Setup:
    """All that a grading process must know. It holds plain data only, and can be sent to another process.

    Attributes
    ----------
    name
        The homework's.
    items
        For each exercise its id, its points, and the packages its answer may call (None: those of the definition).
    packs
        Folders of private exercises.
    timeout, memory
        What one hand-in may take: seconds by the clock, megabytes. None: what its exercises need, what a worker gives.
    level
        The isolation that there must be at least.
    """

    name: str
    items: tuple[tuple[str, float, tuple[str, ...] | None], ...]
    secret: bytes = field(repr=False)
    definitions: str
    manual: tuple[Manual, ...] = ()
    rounds: int = driver.ROUNDS
    found: bool = False
    packs: tuple[str, ...] = ()
    timeout: float | None = None
    memory: int | None = None
    level: str = "process"

    def plan(self) -> Plan:
        """The plan, with the exercises themselves."""
        known = exercises()
        for folder in self.packs:
            load_pack(folder)
        items = tuple(Item(known[id], points, allowed) for id, points, allowed in self.items)
        settings = (("timeout", str(self.timeout)), ("memory", str(self.memory)))
        return Plan(self.name, items, self.secret, self.definitions, self.manual, self.rounds, self.found, settings)


class Grader:
    """Grades notebooks one after the other.

    `worker` has `answer(job)` and `close()`; one of `rnnbook.grading.workers` where it is None.
    """

    def __init__(self, setup: Setup, worker: Any = None) -> None:
        self.plan = setup.plan()
        self._ids = [item.exercise.id for item in self.plan.items]
        self.worker = start_worker(setup) if worker is None else worker

    def grade(self, student: str, notebook: bytes) -> Grade:
        """The grade of a notebook file."""
        program = read_program(notebook, self._ids)
        if not program.cells:
            problem = program.problems[0] if program.problems else "There is no code in the notebook."
            return driver.unreadable(student, notebook, self.plan, problem)
        return driver.grade(student, notebook, program, self.plan, self.worker.answer)

    def close(self) -> None:
        """End the worker."""
        self.worker.close()


def seconds(setup: Setup, plan: Plan) -> float:
    """What one hand-in may take by the clock."""
    needed = SPARE + sum(item.exercise.seconds for item in plan.items) * plan.rounds
    return min(LONGEST, needed) if setup.timeout is None else setup.timeout


def start_worker(setup: Setup) -> Any:
    """A worker with the setup's limits, as well isolated as this machine allows.

    Raises
    ------
    ValueError
        Its isolation does not reach the setup's level, or no worker starts.
    """
    from rnnbook.grading.sandbox.limits import Limits
    from rnnbook.grading.workers import Worker, WorkerError

    plan = setup.plan()
    limits = Limits(seconds=seconds(setup, plan))
    if setup.memory is not None:
        limits = replace(limits, memory=setup.memory * 2**20)
    packages = sorted({name for item in plan.items for name in driver.allowed(item)} - {"numpy"})
    try:
        worker = Worker(None, limits, packages, ["torch"] if "torch" in packages else [])
    except WorkerError as error:
        raise ValueError(str(error)) from None
    if not worker.isolation.reaches(setup.level):
        found, why = worker.isolation.level, "; ".join(f"{level}: {said}" for level, said in worker.reasons.items())
        worker.close()
        raise ValueError(f"the isolation here is {found!r}; asked for was {setup.level!r} ({why})")
    return worker


# ---- In a process of its own: one grader for all that it is sent

_grader: Grader | None = None


def begin(setup: Setup, make: Callable[[Setup], Any] | None = None) -> str:
    """Make this process's grader; the isolation level of its worker."""
    global _grader
    if _grader is not None:
        _grader.close()
    _grader = Grader(setup, make(setup) if make else None)
    return str(_grader.worker.isolation.level)


def grade(student: str, notebook: bytes) -> Grade:
    """Grade by this process's grader."""
    assert _grader is not None
    return _grader.grade(student, notebook)


def end() -> None:
    """End this process's grader."""
    global _grader
    if _grader is not None:
        _grader.close()
    _grader = None
