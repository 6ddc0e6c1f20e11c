"""A class: many hand-ins, several grading processes, one gradebook.

Hand-ins are independent of each other, and each is in the gradebook before its place is free for the next one. So a run
can be stopped at any moment, by `kill -9` too, and the same command goes on where it was. Nothing a hand-in does ends
the run: it has a grade that says what happened.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from rnnbook.grading import cluster, driver, grader
from rnnbook.grading.collect import Submission
from rnnbook.grading.definitions import versions
from rnnbook.grading.driver import Grade, Plan
from rnnbook.grading.gradebook import Gradebook
from rnnbook.grading.grader import Setup
from rnnbook.grading.lanes import BrokenProcess, Here, Lane

STUCK = 120.0       # seconds beyond a hand-in's own after which a grading process is ended: comparing takes few
PULSE = 5.0         # seconds between two looks for such a one


@dataclass(frozen=True)
class Done:
    """One hand-in that is in the gradebook. `fresh` is False where it had been graded before."""

    student: str
    status: str
    fresh: bool


def run(submissions: Iterable[Submission], setup: Setup, book: Gradebook, *, jobs: int = 1, again: bool = False,
        make: Callable[[Setup], Any] | None = None, scheduler: str | None = None) -> Iterator[Done]:
    """Grade what is not graded yet, and tell of each hand-in when it is in the gradebook.

    Parameters
    ----------
    jobs
        Grading processes; 0: in this process.
    again
        Grade also what has been graded.
    make
        Makes each process's worker; for tests.
    scheduler
        The address of a Dask scheduler, "tcp://…", whose workers grade instead of processes here.

    Raises
    ------
    ValueError
        Before anything is graded: the exercises do not load, the isolation asked for is not to be had, or there is no
        such cluster. Later: the cluster's scheduler is gone.
    """
    plan, made_with = setup.plan(), versions()
    lanes: list[Lane | Here | cluster.Remote]
    if scheduler is not None:
        lanes = [*cluster.lanes(scheduler, setup)]
    else:
        lanes = [Lane(setup, make) for _ in range(jobs)] if jobs else [Here(setup, make)]

    def keep(found: Grade, submission: Submission, content: bytes) -> Done:
        book.add(found, content, made_with, again=again, **where(submission))
        return Done(submission.student, found.status, True)

    waiting: Iterator[tuple[Submission, int]] = ((submission, 0) for submission in submissions)
    back: deque[tuple[Submission, int]] = deque()                      # those whose process was lost
    running: dict[Lane | Here | cluster.Remote, tuple[Submission, bytes, int, float]] = {}
    longest = grader.seconds(setup, plan) + STUCK
    free = deque(lanes)
    try:
        while True:
            while free and (item := back.popleft() if back else next(waiting, None)) is not None:
                submission, tries = item
                content, problem = read(submission)
                key = driver.key_of(submission.student, content, plan)
                if not again and book.has(submission.student, plan.name, key, setup.level):
                    book.keep(submission.student, plan.name, key, **where(submission))
                    yield Done(submission.student, "kept", False)
                elif problem:
                    yield keep(driver.unreadable(submission.student, content, plan, problem), submission, content)
                else:
                    lane = free.popleft()
                    running[lane] = (submission, content, tries, time.monotonic())
                    lane.submit(submission.student, content)
            if not running:
                return
            ready = connection.wait([lane.ready for lane in running], PULSE)
            late = [lane for lane, (*_, since) in running.items()
                    if isinstance(lane, Lane) and lane.ready not in ready and time.monotonic() - since > longest]
            for lane in [lane for lane in running if lane.ready in ready or lane in late]:
                submission, content, tries, _ = running.pop(lane)
                free.append(lane)
                found: Grade | None = None if lane in late else graded(lane, submission, content, plan)
                if found is None:
                    lane.restart()
                if found is None and tries == 0:
                    back.append((submission, 1))
                    continue
                if found is None:
                    found = driver.unreadable(submission.student, content, plan, LOST, "lost")
                yield keep(found, submission, content)
    finally:
        for lane in lanes:
            lane.close()


def read(submission: Submission) -> tuple[bytes, str]:
    """The notebook file, and what is wrong with it in words."""
    try:
        return submission.read(), ""
    except ValueError as error:
        return b"", str(error)


def where(submission: Submission) -> dict[str, Any]:
    """What the gradebook keeps of a submission beside its grade."""
    return {"file": str(submission.place or ""), "submitted_at": submission.submitted, "late": submission.late}


LOST = ("The process that graded it ended, or had to be ended, twice, without a reason given. "
        "It is graded again at the next run.")


def graded(lane: Lane | Here | cluster.Remote, submission: Submission, content: bytes, plan: Plan) -> Grade | None:
    """What became of a hand-in; None where the process that graded it is gone."""
    try:
        return lane.result()
    except BrokenProcess:
        return None
    except CancelledError:
        raise ValueError("the cluster's scheduler is gone; what was graded is kept, and the same command goes on "
                         "from there") from None
    except Exception as error:
        problem = f"It could not be graded: {driver.clean(f'{type(error).__name__}: {error}', 200)}"
        return driver.unreadable(submission.student, content, plan, problem, "lost")
