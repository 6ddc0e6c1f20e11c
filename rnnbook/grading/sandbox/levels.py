"""Which levels of isolation this machine has: each is started, and a program in it tries what it must not do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rnnbook.grading.sandbox.isolation import LEVELS

NOT_STOPPED = (
    "Someone else may have written the answer; the grader sees code, not its author.",
    "A flaw in the Linux kernel would open every level: children share the kernel with the grader.",
    "At the level 'process' only Python's audit hook keeps a submission from reading files, using the network and "
    "starting programs. It is in the submission's own process: code that writes to memory, through NumPy for "
    "instance, or to a frame while it runs, can get past it.",
    "At the level 'process' the grader's own memory, which holds the right answers, is protected by the audit hook "
    "alone.",
    "At the levels 'process' and 'landlock', run by root, the number of processes is limited by the audit hook alone; "
    "run the grader as an ordinary user.",
    "At the levels 'process' and 'landlock', two submissions that get past the audit hook can meet in System V shared "
    "memory, which Landlock does not know.",
    "Landlock before version 4 (Linux 6.7) knows no network, before version 6 (Linux 6.12) no signals.",
    "What is allowed for one exercise of a homework but not for another is refused by a profiler in the submission's "
    "own process, which code that writes to memory can switch off. What no exercise allows is not there at all.",
    "That an answer edits its inputs or keeps something between two calls is noticed in the submission's own process; "
    "hiding it brings no points, for the arrays must be right.",
    "The memory limit holds for each process; with several processes, a submission can take a few times as much.",
    "A submission sees the inputs of its own questions, and can tell a few bits of them to its author through what it "
    "gets wrong: which outputs, at which place of a fixed case, with which error.",
    "Submissions that are graded at the same time can feel how busy the machine is.",
)
"""What the grader does not stop, for the page that teachers read."""


@dataclass(frozen=True)
class Tried:
    """What became of trying a level: its pieces, or why it does not work here."""

    level: str
    pieces: tuple[str, ...] = ()
    reason: str = ""

    @property
    def works(self) -> bool:
        return not self.reason


@cache
def tried(level: str) -> Tried:
    """Try one level, once in this process."""
    from rnnbook.grading.workers import Worker, WorkerError

    try:
        with Worker(level) as worker:
            return Tried(level, worker.isolation.pieces)
    except WorkerError as error:
        return Tried(level, (), str(error).rpartition(f"{level}: ")[2])


def detect() -> tuple[Tried, ...]:
    """All levels, from weakest to strongest."""
    return tuple(map(tried, LEVELS[1:]))


def best() -> str:
    """The strongest level that works here; "none" if there is none."""
    return next((found.level for found in reversed(detect()) if found.works), "none")
