"""A worker: a zygote and what is known of it; it answers one job after the other.

    with Worker() as worker:
        outcome = worker.answer(job)

A worker that cannot go on is started anew; a submission that brings it down is reported, and the next is not harmed.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import rnnbook
from rnnbook.checks.outputs import Result
from rnnbook.grading import messages, wire
from rnnbook.grading.child import STUCK
from rnnbook.grading.job import Job, Outcome
from rnnbook.grading.sandbox import trial
from rnnbook.grading.sandbox.isolation import ELSEWHERE, LEVELS, Isolation, rank
from rnnbook.grading.sandbox.limits import Limits
from rnnbook.grading.sandbox.readable import readable

START = 120.0       # seconds a zygote may take to start
GRACE = 5.0         # seconds it may answer late
MOST_PARTS = 10_000     # of what a child sends; an honest one sends two for each cell, and one for each exercise
_PROGRAM = ("import sys; sys.path.append({root!r}); from rnnbook.grading.zygote import main; main({fd})")
_KEEP = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "OPENBLAS_CORETYPE")


class WorkerError(RuntimeError):
    """No worker could be started; the message says why."""


class Worker:
    """Runs jobs, one at a time, as far apart from this process as the machine allows, or as `level` says.

    Parameters
    ----------
    level
        One of LEVELS; None for the strongest that works here.
    limits
        What one submission may use.
    packages
        Packages that submissions may import beyond NumPy and matplotlib: what exercises allow.
    preload
        Modules that the zygote imports, so that submissions need not: ("torch",), ("matplotlib.pyplot",).
    audit
        False leaves out Python's own refusals; for tests of the other means.

    Raises
    ------
    WorkerError
        The level does not work here.
    """

    def __init__(self, level: str | None = None, limits: Limits | None = None, packages: Sequence[str] = (),
                 preload: Sequence[str] = (), *, audit: bool = True) -> None:
        if os.name != "posix":
            raise WorkerError(ELSEWHERE)
        if level is not None and rank(level) == 0:
            raise ValueError(f"level is {level!r}; expected one of {', '.join(LEVELS[1:])}, or None for the best")
        self.limits = limits or Limits()
        self._allowed = [package for package in packages if package.startswith("rnnbook.")]
        self._files = readable(packages, self._allowed)
        self._preload = ("numpy", *preload)
        self._audit = audit
        self._levels = [level] if level else list(reversed(LEVELS[1:]))
        self._folder = tempfile.mkdtemp(prefix="rnnbook-grading-")
        self.isolation = Isolation("none")
        self.reasons: dict[str, str] = {}         # level -> why it does not work here
        self.started = 0
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, job: Job) -> Outcome:
        """Run a job: always an outcome, whatever the program does.

        Where the process dies, the exercises that were not reached are asked again in a fresh one, without the cell or
        the exercise that it died at, as long as there is time.
        """
        end = time.monotonic() + self.limits.seconds
        skip: list[int] = []
        tasks, gone = list(job.tasks), set[str]()
        outcome = self._once(job, skip, False, end)
        whole = outcome
        while whole.status == "died" and len(skip) + len(gone) < 8 and end - time.monotonic() > 0.5:
            left = [t for t in tasks if t.exercise not in whole.results and t.exercise not in gone]
            if not left:
                break
            outcome, at = self._again(Job(job.program, tuple(left)), skip, end)
            kind, _, what = at.partition(" ")
            known = dict(whole.results) | dict(outcome.results)
            problems = tuple(dict.fromkeys((*whole.problems, *outcome.problems)))
            whole = replace(outcome, results=known, problems=problems, status="died")
            if outcome.status == "done" or (kind == "cell" and int(what) in skip) or (kind, what) == ("", ""):
                break
            if kind == "cell":
                skip.append(int(what))
            else:
                gone.add(what)
        return whole

    def _again(self, job: Job, skip: Sequence[int], end: float) -> tuple[Outcome, str]:
        outcome = self._once(job, skip, True, end)
        known = {str(c.index) for c in job.program.cells}, {t.exercise for t in job.tasks}
        kind, _, what = self._at.partition(" ")
        sound = (kind == "cell" and what in known[0]) or (kind == "exercise" and what in known[1])
        return outcome, self._at if sound else ""

    def _once(self, job: Job, skip: Sequence[int], careful: bool, end: float, audit: bool = True) -> Outcome:
        """One child."""
        self._at = ""
        try:
            frame = messages.job_to_frame(job, skip, careful)
        except wire.WireError as error:
            return Outcome("output", {}, (f"The notebook is too large to be run: {error}.",), self.isolation, "")
        if self._control is None:
            self._start()
        with contextlib.ExitStack() as stack:
            asked, result = _file(stack, frame), _file(stack, b"")
            said = self._ask(asked, result, max(end - time.monotonic(), 0.2), audit)
            size = os.fstat(result).st_size
            if size > self.limits.output:
                data, status = b"", "output"
            else:
                data, status = os.pread(result, size, 0), _status(said)
        return self._read(job, data, status, said)

    def _ask(self, job: int, result: int, seconds: float, audit: bool) -> dict[str, Any]:
        """Hand two files to the zygote and wait for what it says; {} where it is gone."""
        control = self._control
        assert control is not None
        try:
            control.settimeout(seconds + GRACE)
            socket.send_fds(control, [json.dumps({"seconds": seconds, "audit": audit}).encode()], [job, result])
            line = b""
            while not line.endswith(b"\n"):
                more = control.recv(65536)
                if not more:
                    raise ConnectionError("the zygote is gone")
                line += more
            return json.loads(line)
        except (OSError, ValueError):
            self._stop()
            return {}

    def _read(self, job: Job, data: bytes, status: str, said: Mapping[str, Any]) -> Outcome:
        results: dict[str, list[Result]] = {}
        problems: list[str] = []
        printed, ended, known = "", False, [task.exercise for task in job.tasks]
        start, text = 0, 0
        for _ in range(MOST_PARTS):
            length, more = wire.lengths(data[start:start + wire.HEAD.size])
            text += more
            if ended or not 0 < length <= len(data) - start or text > wire.MOST_JSON:
                break
            try:
                found, said_problems, said_printed, self._at, ended = messages.results_from_frame(
                    data[start:start + length], known, self.limits.output)
            except wire.WireError:
                break
            results.update(found)
            problems += said_problems
            printed = said_printed or printed
            start += length
        if status == "done" and not ended:
            status = "died"
        if status != "done":
            problems.append(_why(status, said))
        return Outcome(status, results, tuple(problems), self.isolation, printed)

    def _start(self) -> None:
        """Start a zygote, of the first of the levels that works."""
        for level in self._levels:
            reason = self._try(level)
            if not reason:
                self._levels = [level]              # a worker stays what it is
                return
            self.reasons[level] = reason
        told = "; ".join(f"{level}: {reason}" for level, reason in self.reasons.items())
        raise WorkerError(f"no worker of the level asked for starts here: {told}")

    def _try(self, level: str) -> str:
        ours, theirs = socket.socketpair()
        scratch = tempfile.mkdtemp(prefix="scratch-", dir=self._folder)
        os.chmod(scratch, 0o700)
        settings = {
            "wanted": [kind for kind in ("landlock", "namespaces") if level in (kind, "full")], "audit": self._audit,
            "files": list(self._files.files), "listed": list(self._files.listed), "allowed": self._allowed,
            "preload": list(self._preload), "scratch": os.path.realpath(scratch), "limits": asdict(self.limits),
        }
        root = str(Path(rnnbook.__file__).resolve().parent.parent)
        program = _PROGRAM.format(root=root, fd=theirs.fileno())
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", program], pass_fds=[theirs.fileno()], env=_environment(scratch),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._log(), cwd=scratch,
                start_new_session=True)
        self._control = ours
        ours.settimeout(START)
        try:
            ours.sendall(json.dumps(settings).encode() + b"\n")
            line = b""
            while not line.endswith(b"\n"):
                more = ours.recv(1 << 20)
                if not more:
                    raise ConnectionError(self._last_words())
                line += more
            said = json.loads(line)
        except (OSError, ValueError) as error:
            said = {"failed": str(error)}
        if "failed" in said:
            self._stop()
            return said["failed"]
        self.isolation = Isolation(level, tuple(said["pieces"]))
        self.modules = frozenset(said["modules"])
        self.started += 1
        return "" if self.started > 1 else self._hole()

    def _hole(self) -> str:
        """Try what the level promises, once, in a child without Python's own refusals: what is wrong, "" if nothing."""
        def run(job: Job) -> Outcome:
            return self._once(job, (), False, time.monotonic() + 30, audit=False)

        found = trial.hole(self._folder, self.isolation.level, self.isolation.pieces, run)
        if found:
            self._stop()
            self.started = 0
        return found

    def _log(self):
        return open(os.path.join(self._folder, "stderr"), "wb")

    def _last_words(self) -> str:
        with contextlib.suppress(OSError), open(os.path.join(self._folder, "stderr"), encoding="utf-8",
                                                errors="replace") as file:
            return (file.read().strip().splitlines() or ["it ended without a word"])[-1]
        return "it ended without a word"

    def _stop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.kill()
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the zygote and remove what it left."""
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _status(said: Mapping[str, Any]) -> str:
    """The status that fits what the zygote said of a child's end."""
    if not said:
        return "died"
    if said["ended"]:
        return "time" if said["ended"] == "time" else "disk"
    if said["code"] == 0:
        return "done"
    return "cpu" if said["code"] in (-24, -9) and said["cpu"] > 1 else "died"


def _why(status: str, said: Mapping[str, Any]) -> str:
    """What ended a run, in words for the student."""
    if status == "died" and said.get("code") == STUCK:
        return "A loop that catches every exception could not be stopped; its process was ended."
    return {
        "time": "The notebook ran longer than it may, and was stopped.",
        "cpu": "The notebook used more computing time than it may, and was stopped.",
        "disk": "The notebook wrote more files than it may, and was stopped.",
        "output": "What the notebook gave back is larger than it may be.",
        "died": "The process that the notebook ran in ended before it was done.",
    }[status]


def _environment(scratch: str) -> dict[str, str]:
    """Nothing of this process's environment, but what libraries need to be found."""
    kept = {name: os.environ[name] for name in _KEEP if name in os.environ}
    return kept | {
        "HOME": scratch, "TMPDIR": scratch, "MPLCONFIGDIR": scratch, "MPLBACKEND": "Agg", "LC_ALL": "C.UTF-8",
        "PATH": os.defpath, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
        "VECLIB_MAXIMUM_THREADS": "1", "PYTHONHASHSEED": "0",
    }


def _file(stack: contextlib.ExitStack, data: bytes) -> int:
    """A file without a name that holds `data`."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("rnnbook", os.MFD_CLOEXEC)
        stack.callback(os.close, fd)
    else:
        fd, name = tempfile.mkstemp()
        stack.callback(os.close, fd)
        os.unlink(name)
    if data:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view):]
        os.lseek(fd, 0, os.SEEK_SET)
    return fd
