"""The innermost role: run one program, ask its answers, write what they give, end. It knows questions, no answers."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from rnnbook.checks import answering
from rnnbook.checks.outputs import Failure, Result
from rnnbook.grading import messages, wire
from rnnbook.grading.cells import Cells
from rnnbook.grading.job import Job, Task
from rnnbook.grading.program import Cell, Program
from rnnbook.grading.standin import Refused

STUCK = 97          # exit status of a child that could not be interrupted
PATIENCE = 2.0      # seconds of CPU time beyond a limit, before it ends itself
SOON = 0.02         # seconds after which finished results are sent at once

_end = os._exit


def run(job: Job, careful: bool, send: Callable[[bytes], None], cells: Cells) -> None:
    """Run the program and the tasks; send the results in one part, or in several where it takes longer."""
    waiting: dict[str, list[Result]] = {}
    sent = time.monotonic()

    def report(at: str, force: bool = False) -> None:
        nonlocal sent
        now = time.monotonic()
        if careful or force or (waiting and now - sent > SOON):
            send(_frame(waiting, at))
            waiting.clear()
            sent = now

    def before(cell: Any) -> None:
        report(f"cell {cell.index}", careful)
        _not_beyond(cells.seconds)

    cells.run(before)
    for task in job.tasks:
        report(f"exercise {task.exercise}")
        _not_beyond(task.seconds)
        found = ask(task, cells)
        if found is not None:
            waiting[task.exercise] = found
    signal.setitimer(signal.ITIMER_PROF, 0)
    send(_frame(waiting, "", cells.problems, cells.printed.text, True))


def ask(task: Task, cells: Cells) -> list[Result] | None:
    """The results of one exercise; None where nothing in the program answers it."""
    try:
        answer = cells.answer(task.exercise)
    except KeyError:
        return None
    Refused.calls.clear()
    try:
        results = answering.run(answer, task.cases, kind=task.kind, returns=task.returns, allowed=task.allowed,
                                seconds=task.seconds)
    except BaseException as error:
        results = [Result({}, Failure("outputs", f"It cannot be called and read: {type(error).__name__}."))]
    called = [name for name in Refused.calls if not any(f"{name}.".startswith(f"{a}.") for a in task.allowed)]
    if called:
        return [Result({}, Failure("origin", f"It calls {called[0]}. Write your own answer."))]
    return results


def _frame(found: dict[str, list[Result]], at: str, problems: Any = (), printed: str = "", end: bool = False) -> bytes:
    """A frame of results; those that cannot be sent are replaced by a failure."""
    try:
        return messages.results_to_frame(found, problems, printed, at, end)
    except BaseException:
        for exercise, results in found.items():
            try:
                messages.results_to_frame({exercise: results})
            except BaseException as error:
                told = str(error) if isinstance(error, wire.WireError) else type(error).__name__
                found[exercise] = [Result({}, Failure("outputs", f"What it returns cannot be read as arrays: {told}."))]
        return messages.results_to_frame(found, [str(p)[:300] for p in problems], str(printed), at, end)


def rehearse() -> None:
    """Run a small job in this process, so that children find everything imported and warm."""
    source = "import numpy as np\ndef f(params, x):\n    return np.tanh(x @ params['w']), {'a': x.sum(0)}\nprint(1)\n"
    rng = np.random.default_rng(0)
    cases = tuple({"params": {"w": rng.normal(size=(3, 2))}, "x": rng.normal(size=(4, 3))} for _ in range(16))
    tasks = (Task("a-f", "f", "function", ("y", "d.a"), ("numpy",), 10.0, cases),
             Task("a-v", "v", "number", ("v",), ("numpy",), 10.0, ()))
    program = Program((Cell(1, source, "a-f", "answer"), Cell(2, "v = 0.5\nv.none", "a-v", "answer")), ())
    main = sys.modules["__main__"]
    for _ in range(3):
        job, _careful = messages.job_from_frame(messages.job_to_frame(Job(program, tasks)))
        run(job, False, lambda data: None, Cells(job.program, {task.exercise: task.name for task in job.tasks}))
    sys.modules["__main__"] = main


def _not_beyond(seconds: float) -> None:
    """End the process where even the exception that ends the time is caught again and again."""
    signal.setitimer(signal.ITIMER_PROF, seconds + PATIENCE)


def _stuck(signum: int, frame: Any) -> None:
    _end(STUCK)


def _read(fd: int) -> bytes:
    """All that a file holds."""
    parts = []
    while part := os.read(fd, 1 << 24):
        parts.append(part)
    os.close(fd)
    return b"".join(parts)


def main(job_fd: int, result_fd: int, cells_of: Callable[[Job], Cells], confine: Callable[[], None]) -> None:
    """Read a job, confine this process, run it, write what came out, and end."""
    job, careful = messages.job_from_frame(_read(job_fd))
    confine()
    signal.signal(signal.SIGPROF, _stuck)

    def send(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(result_fd, view):]

    sys.setrecursionlimit(1000)
    run(job, careful, send, cells_of(job))
    _end(0)
