"""A class: many hand-ins, several grading processes, one gradebook.

Hand-ins are independent of each other, and each is in the gradebook before its place is free for the next one. So a run
can be stopped at any moment, by `kill -9` too, and the same command goes on where it was. Nothing a hand-in does ends
the run: it has a grade that says what happened.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any

from rnnbook.grading import cluster, driver, grader
from rnnbook.grading.collect import Submission
from rnnbook.grading.definitions import versions
from rnnbook.grading.driver import Grade, Plan
from rnnbook.grading.gradebook import Gradebook
from rnnbook.grading.grader import Setup


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
    running: dict[Future, tuple[Lane | Here | cluster.Remote, Submission, bytes, int]] = {}
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
                    running[lane.submit(submission.student, content)] = (lane, submission, content, tries)
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                lane, submission, content, tries = running.pop(future)
                free.append(lane)
                found: Grade | None = graded(future, submission, content, plan)
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


LOST = "The process that graded it ended twice, without a reason given. It is graded again at the next run."


def graded(future: Future, submission: Submission, content: bytes, plan: Plan) -> Grade | None:
    """What became of a hand-in; None where the process that graded it is gone."""
    try:
        return future.result()
    except BrokenProcess:
        return None
    except CancelledError:
        raise ValueError("the cluster's scheduler is gone; what was graded is kept, and the same command goes on "
                         "from there") from None
    except Exception as error:
        problem = f"It could not be graded: {driver.clean(f'{type(error).__name__}: {error}', 200)}"
        return driver.unreadable(submission.student, content, plan, problem, "lost")


class BrokenProcess(Exception):
    """A grading process ended."""


class Lane:
    """A grading process of its own, that is started again if it ends."""

    def __init__(self, setup: Setup, make: Callable[[Setup], Any] | None = None) -> None:
        self._setup, self._make = setup, make
        self._thread = ThreadPoolExecutor(1)     # waits for the process
        self._start()

    def _start(self) -> None:
        # Started afresh, not forked: nothing of this process is in its memory, and it has no threads.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._setup, self._make))
        self._process.start()
        theirs.close()
        self._answer()

    def _answer(self) -> Any:
        try:
            found, error = self._pipe.recv()
        except (EOFError, OSError):
            raise BrokenProcess from None
        if error is not None:
            raise error
        return found

    def _ask(self, *what: Any) -> Any:
        try:
            self._pipe.send(what)
        except OSError:                          # it ended while it had nothing to do
            self.restart()
            self._pipe.send(what)
        return self._answer()

    def submit(self, student: str, notebook: bytes) -> Future:
        """Grade a notebook there."""
        return self._thread.submit(self._ask, student, notebook)

    def restart(self) -> None:
        """Start another process."""
        self._pipe.close()
        self._process.kill()
        self._process.join()
        self._start()

    def close(self) -> None:
        """End the process, when it has done what it is doing."""
        self._thread.shutdown(wait=True)
        self._pipe.close()
        self._process.join()


def _serve(pipe: connection.Connection, setup: Setup, make: Callable[[Setup], Any] | None) -> None:
    """What a lane's process does: begin, grade what comes, end when the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)       # Ctrl-C is for the parent
    _leave_with_parent()
    gc.set_threshold(10_000)                           # thousands of small results are not yet garbage
    work: Callable[..., Any] = grader.begin
    what: tuple[Any, ...] = (setup, make)
    with contextlib.suppress(EOFError, OSError):
        while True:
            found, failed = None, None
            try:
                found = work(*what)
            except Exception as error:           # as one that can be sent, whatever it was
                failed = error if type(error) is ValueError else RuntimeError(f"{type(error).__name__}: {error}")
            pipe.send((found, failed))
            work, what = grader.grade, pipe.recv()
    grader.end()


class Here:
    """A lane in this process."""

    def __init__(self, setup: Setup, make: Callable[[Setup], Any] | None = None) -> None:
        grader.begin(setup, make)

    def submit(self, student: str, notebook: bytes) -> Future:
        """Grade a notebook now."""
        future: Future = Future()
        try:
            future.set_result(grader.grade(student, notebook))
        except Exception as error:
            future.set_exception(error)
        return future

    def restart(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """End the grader."""
        grader.end()


def _leave_with_parent() -> None:
    """End this process when its parent is gone, whatever it is doing: then nobody waits for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (connection.wait([parent.sentinel]), os._exit(1)), daemon=True).start()
