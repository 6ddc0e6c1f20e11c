"""What one process may use: CPU time, memory, files, processes. The system ends what goes beyond."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from dataclasses import dataclass

MB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """How much a submission may use.

    Attributes
    ----------
    seconds
        By the clock, and of CPU time.
    cell
        Seconds that one cell may take; never more than half of all.
    memory
        Bytes, beyond what Python and the packages take.
    output
        Bytes of results.
    disk
        Bytes in the scratch folder.
    tasks
        Processes and threads at a time.
    """

    seconds: float = 60.0
    cell: float = 10.0
    memory: int = 1024 * MB
    output: int = 32 * MB
    disk: int = 64 * MB
    tasks: int = 16


def apply(limits: Limits, others: int = 0) -> None:
    """Bind this process, and what it starts, for good.

    `others` is how many processes of this user there are, which count too.
    """
    seconds = int(limits.seconds) + 2
    _set("RLIMIT_CPU", seconds, seconds + 1)
    if sys.platform == "linux":
        _set("RLIMIT_AS", (_known or measure()) + limits.memory)
    _set("RLIMIT_FSIZE", max(limits.output, limits.disk))
    _set("RLIMIT_NPROC", others + limits.tasks)
    _set("RLIMIT_NOFILE", 128)
    _set("RLIMIT_CORE", 0)
    _set("RLIMIT_MSGQUEUE", 0)
    _set("RLIMIT_MEMLOCK", 0)
    _set("RLIMIT_SIGPENDING", 1024)


def _set(name: str, soft: int, hard: int | None = None) -> None:
    which = getattr(resource, name, None)
    if which is None:
        return
    hard = soft if hard is None else hard
    _, ceiling = resource.getrlimit(which)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (soft, hard))


def measure() -> int:
    """Remember how many bytes of address space this process has: call it before /proc is hidden, and before it forks
    children, which have the same."""
    global _known
    with contextlib.suppress(OSError), open("/proc/self/statm", "rb") as file:
        _known = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return _known


_known = 0
