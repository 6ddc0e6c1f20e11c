"""Places where hand-ins are graded, one at a time in each: a process of its own, or this one.

What this module imports is little on purpose: a new process reads all of it before it can begin.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing import connection
from typing import Any

from rnnbook.grading import grader
from rnnbook.grading.driver import Grade
from rnnbook.grading.grader import Setup
from rnnbook.grading.sandbox.isolation import ELSEWHERE

_PROGRAM = "import sys; sys.path[:] = {path}; from rnnbook.grading.lanes import serve; serve({pipe}, {alive})"


class BrokenProcess(Exception):
    """A grading process ended."""


class Lane:
    """A grading process of its own, that is started again if it ends.

    `ready` is what `multiprocessing.connection.wait` waits for after `submit`; then `result` does not wait.
    """

    def __init__(self, setup: Setup, make: Callable[[Setup], Any] | None = None) -> None:
        if os.name != "posix":
            raise ValueError(ELSEWHERE)
        self._setup, self._make = setup, make
        self._start()

    def _start(self) -> None:
        # Started afresh, not forked: nothing of this process is in its memory, and it has no threads. It ends with this
        # process, which alone holds the other end of `alive`.
        self.ready, theirs = multiprocessing.Pipe()
        alive, self._alive = os.pipe()
        program = _PROGRAM.format(path=sys.path, pipe=theirs.fileno(), alive=alive)
        self._process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.DEVNULL,
                                         pass_fds=[theirs.fileno(), alive])
        theirs.close()
        os.close(alive)
        self._send(self._setup, self._make)
        try:
            self._receive()
        except BaseException as error:
            self._process.kill()
            self.close()
            if isinstance(error, BrokenProcess):
                raise ValueError("a grading process ended before it could begin; its last words are above") from None
            raise

    def _send(self, *what: Any) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):         # then `_receive` will tell
            self.ready.send(what)

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
        if self._process.poll() is not None:     # it ended while it had nothing to do
            self.restart()
        self._send(student, notebook)

    def result(self) -> Grade:
        """The grade of what was submitted; a BrokenProcess where the process is gone."""
        return self._receive()

    def restart(self) -> None:
        """Start another process."""
        self._process.kill()
        self.close()
        self._start()

    def close(self) -> None:
        """End the process, when it has done what it is doing."""
        self.ready.close()
        self._process.wait()
        os.close(self._alive)


def serve(pipe: int, alive: int) -> None:
    """What a lane's process does: begin, grade what comes, end when the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)       # Ctrl-C is for the parent
    threading.Thread(target=_leave_with_parent, args=(alive,), daemon=True).start()
    gc.set_threshold(10_000)                           # thousands of small results are not yet garbage
    lane = connection.Connection(pipe)
    work: Callable[..., Any] = grader.begin
    with contextlib.suppress(EOFError, OSError):
        while True:
            found, failed, what = None, None, lane.recv()
            try:
                found = work(*what)
            except Exception as error:           # as one that can be sent, whatever it was
                failed = error if type(error) is ValueError else RuntimeError(f"{type(error).__name__}: {error}")
            lane.send((found, failed))
            work = grader.grade
    grader.end()
    os._exit(0)                                        # without taking NumPy apart


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


def _leave_with_parent(alive: int) -> None:
    """End this process when its parent is gone, whatever it is doing: then nobody waits for it."""
    os.read(alive, 1)
    os._exit(1)
