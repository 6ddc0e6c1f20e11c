"""Places where hand-ins are graded, one at a time in each: a process of its own, or this one.

What this module imports is little on purpose: a new process reads all of it before it can begin.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing import connection
from typing import Any

from rnnbook.grading import grader
from rnnbook.grading.driver import Grade
from rnnbook.grading.grader import Setup


class BrokenProcess(Exception):
    """A grading process ended."""


class Lane:
    """A grading process of its own, that is started again if it ends.

    `ready` is what `multiprocessing.connection.wait` waits for after `submit`; then `result` does not wait.
    """

    def __init__(self, setup: Setup, make: Callable[[Setup], Any] | None = None) -> None:
        self._setup, self._make = setup, make
        self._start()

    def _start(self) -> None:
        # Started afresh, not forked: nothing of this process is in its memory, and it has no threads.
        context = multiprocessing.get_context("spawn")
        self.ready, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._setup, self._make))
        self._process.start()
        theirs.close()
        self._receive()

    def _receive(self) -> Any:
        try:
            found, error = self.ready.recv()
        except (EOFError, OSError):
            raise BrokenProcess from None
        if error is not None:
            raise error
        return found

    def submit(self, student: str, notebook: bytes) -> None:
        """Begin to grade a notebook there."""
        try:
            self.ready.send((student, notebook))
        except OSError:                          # it ended while it had nothing to do
            self.restart()
            self.ready.send((student, notebook))

    def result(self) -> Grade:
        """The grade of what was submitted; a BrokenProcess where the process is gone."""
        return self._receive()

    def restart(self) -> None:
        """Start another process."""
        self.ready.close()
        self._process.kill()
        self._process.join()
        self._start()

    def close(self) -> None:
        """End the process, when it has done what it is doing."""
        self.ready.close()
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
        self.ready, self._done = multiprocessing.Pipe(duplex=False)
        grader.begin(setup, make)

    def submit(self, student: str, notebook: bytes) -> None:
        """Grade a notebook now."""
        self._found, self._error = None, None
        try:
            self._found = grader.grade(student, notebook)
        except Exception as error:
            self._error = error
        self._done.send(None)

    def result(self) -> Grade:
        """The grade of what was submitted."""
        self.ready.recv()
        if self._error is not None:
            raise self._error
        assert self._found is not None
        return self._found

    def restart(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """End the grader."""
        self.ready.close()
        self._done.close()
        grader.end()


def _leave_with_parent() -> None:
    """End this process when its parent is gone, whatever it is doing: then nobody waits for it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=lambda: (connection.wait([parent.sentinel]), os._exit(1)), daemon=True).start()
