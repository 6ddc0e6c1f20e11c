"""The middle role: a process with NumPy in its memory, and no answer, that forks a child for every submission.

It runs no student's code and sees none: job and result are files that pass through its hands unread. The driver talks
to it in lines of JSON over a socket pair; see `rnnbook.grading.workers`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

GRACE = 0.02        # seconds between two looks at a child whose end cannot be waited for


def _no_pidfd(pid: int) -> int:
    raise OSError(38, "pidfd_open is not known here")


_pidfd_open = getattr(os, "pidfd_open", _no_pidfd)        # kept, for the sandbox takes it away


def main(control_fd: int) -> None:
    """Read the settings, confine, import, and serve until the driver hangs up."""
    control = socket.socket(fileno=control_fd)
    signal.signal(signal.SIGINT, signal.SIG_IGN)          # the driver decides
    settings = json.loads(_line(control))
    try:
        zygote = Zygote(control, settings)
    except (OSError, ImportError, ValueError) as error:
        control.sendall(json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        return
    control.sendall(json.dumps({"pieces": zygote.place.pieces, "modules": sorted(sys.modules)}).encode() + b"\n")
    zygote.serve()


def _line(control: socket.socket) -> bytes:
    """A line of the driver's; empty when it has hung up."""
    line = b""
    while not line.endswith(b"\n"):
        more = control.recv(65536)
        if not more:
            return b""
        line += more
    return line


class Zygote:
    """Where children come from."""

    def __init__(self, control: socket.socket, settings: dict[str, Any]) -> None:
        from rnnbook.grading.sandbox.place import Place

        self.control = control
        self.place = Place.make(settings)                 # from here on, perhaps in another process
        for name in settings["preload"]:
            importlib.import_module(name)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        from rnnbook.grading import child, standin
        from rnnbook.grading.cells import Cells

        self.main, self.cells = child.main, Cells
        self.running: list[Cells] = []
        standin.install(lambda *args, **kwargs: self.running[-1].check(*args, **kwargs), settings["allowed"])
        child.rehearse()
        self.place.close()
        gc.collect()
        gc.freeze()

    def serve(self) -> None:
        """Fork a child for every line of the driver's."""
        while True:
            message, fds, _, _ = socket.recv_fds(self.control, 4096, 2)
            if not message:
                return
            asked = json.loads(message)
            answer = self.child(fds[0], fds[1], asked["seconds"], asked["audit"])
            self.control.sendall(json.dumps(answer).encode() + b"\n")

    def child(self, job: int, result: int, seconds: float, watched: bool) -> dict[str, Any]:
        """Fork a child, wait for its end or bring it about, and say how it ended."""
        self.place.before_child()
        pid = self.place.fork()
        if pid == 0:
            try:
                self.control.close()
                self._be_child(job, result, watched)
            except BaseException as error:
                with contextlib.suppress(BaseException):
                    os.write(result, f"{type(error).__name__}: {error}".encode()[:300])
            finally:
                os._exit(98)
        os.close(job)
        os.close(result)
        return self._wait(pid, seconds)

    def _be_child(self, job: int, result: int, watched: bool) -> None:
        def cells_of(asked):
            names = {task.exercise: task.name for task in asked.tasks}
            limits = self.place.limits
            self.running.append(self.cells(asked.program, names, min(limits.cell, limits.seconds / 2)))
            return self.running[-1]

        self.main(job, result, cells_of, lambda: self.place.confine(result, watched))

    def _wait(self, pid: int, seconds: float) -> dict[str, Any]:
        end, ended = time.monotonic() + seconds, ""
        try:
            fd = _pidfd_open(pid)
        except OSError:
            fd = -1
        while True:
            done, status, usage = os.wait4(pid, os.WNOHANG)
            if done:
                break
            left = end - time.monotonic()
            if left <= 0 or self.place.full():
                ended = "time" if left <= 0 else "disk"
                self.place.kill(pid)
                _, status, usage = os.wait4(pid, 0)
                break
            if fd >= 0:
                select.select([fd, self.control.fileno()], [], [], min(left, 0.25))
                if self._hung_up():
                    self.place.kill(pid)
                    os._exit(0)
            else:
                time.sleep(GRACE)
        if fd >= 0:
            os.close(fd)
        self.place.after_child(pid)
        code = os.waitstatus_to_exitcode(status)
        return {"ended": ended, "code": code, "cpu": usage.ru_utime + usage.ru_stime, "rss": usage.ru_maxrss}

    def _hung_up(self) -> bool:
        if not select.select([self.control], [], [], 0)[0]:
            return False
        try:
            return not self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            return True
