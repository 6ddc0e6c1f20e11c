"""Where children run: puts the pieces of a level into force, in the zygote once, and in each child."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rnnbook.checks import origin
from rnnbook.grading.sandbox import audit, limits
from rnnbook.grading.sandbox.files import Readable
from rnnbook.grading.sandbox.limits import Limits

LINUX = sys.platform == "linux"
if LINUX:
    from rnnbook.grading.sandbox import landlock, linux, namespaces, seccomp


@dataclass
class Place:
    """What is in force for the children of one zygote.

    Attributes
    ----------
    settings
        What the driver asked for.
    files
        What a child may read.
    scratch
        Where a child may write.
    pieces
        What is in force, by name.
    """

    settings: dict[str, Any]
    limits: Limits
    files: Readable
    scratch: str
    pieces: list[str]
    pids: int = -1              # the zygote's PID namespace
    rules: int = -1             # Landlock's
    hooks: list[Callable[[str, tuple], None]] = field(default_factory=list)

    @classmethod
    def make(cls, settings: dict[str, Any]) -> Place:
        """Make the place. Where namespaces are asked for, go on in another process, the first of the new ones.

        Raises
        ------
        OSError
            The kernel does not give what is asked for.
        """
        files = Readable(tuple(settings["files"]), tuple(settings["listed"]))
        pieces = ["own process", "limits"]
        place = cls(settings, Limits(**settings["limits"]), files, settings["scratch"], pieces)
        if "namespaces" in settings["wanted"]:
            place.pids = namespaces.enter()
            place.scratch = namespaces.SCRATCH
            pieces += namespaces.PIECES
        elif LINUX:
            linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
        if settings["audit"]:
            pieces.append("audit hook")
        return place

    def close(self) -> None:
        """Everything is imported: shut the door."""
        limits.measure()
        os.environ.update(HOME=self.scratch, TMPDIR=self.scratch, MPLCONFIGDIR=self.scratch)
        if self.settings["audit"]:
            audit.disarm()
        if LINUX:
            linux.prctl(linux.PR_SET_DUMPABLE, 0)
        if self.pids >= 0:
            namespaces.build_root(self.files, self.settings["scratch"])
            namespaces.fresh_scratch(self.limits.disk)
            if namespaces.give_up_root():
                self.pieces.append("own user")
        if "landlock" in self.settings["wanted"]:
            self.rules = landlock.ruleset(self.files.files, self.files.listed, os.path.dirname(self.scratch)
                                          if self.pids >= 0 else self.scratch)
            self.pieces += landlock.pieces(landlock.version())
        if LINUX:
            self.pieces += ["no capabilities", "no new privileges"]
            linux.drop_bounding()
            if seccomp.refuse_keyrings():
                self.pieces.append(seccomp.PIECE)
        if self.pids >= 0 or os.getuid() != 0:
            self.pieces.append("process limit")
        if self.settings["audit"]:
            self.hooks.append(audit.hook(self.files.files, self.files.listed, self.scratch, (origin.watched.__code__,)))

    def before_child(self) -> None:
        """Make the scratch folder empty."""
        if self.pids >= 0:
            namespaces.fresh_scratch(self.limits.disk)
        else:
            _empty(self.scratch)

    def fork(self) -> int:
        """Fork."""
        if self.pids >= 0:
            return namespaces.fork_alone(self.pids)
        return os.fork()

    def confine(self, keep: int, watched: bool = True) -> None:
        """In the child: give up all that it does not need. Of its files only `keep` stays open.

        `watched` false leaves out the audit hook, for trials of the rest.
        """
        os.setsid()
        os.chdir(self.scratch)
        os.umask(0o077)
        _close_files(keep, self.rules)
        if LINUX:
            linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
            linux.drop_capabilities()
            linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
            if self.rules >= 0:
                landlock.restrict(self.rules)
                os.close(self.rules)
        limits.apply(self.limits, 0 if self.pids >= 0 else _others())
        hook = self.hooks.pop() if self.hooks else None         # from here on it has no name
        if hook is not None and watched:
            sys.addaudithook(hook)

    def full(self) -> bool:
        """Whether the scratch folder holds more than it may; where it is of limited size, that cannot be."""
        return self.pids < 0 and _size(self.scratch, self.limits.disk) > self.limits.disk

    def kill(self, pid: int) -> None:
        """End a child and its group."""
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)

    def after_child(self, pid: int) -> None:
        """End whatever it started and left."""
        if self.pids >= 0:
            return                                  # the kernel did
        with contextlib.suppress(OSError):
            os.killpg(pid, signal.SIGKILL)
        while True:
            try:
                found, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not found and LINUX:
                for child in linux.children():
                    with contextlib.suppress(OSError):
                        os.kill(child, signal.SIGKILL)


def _close_files(*keep: int) -> None:
    """Close all files but `keep`; 0, 1 and 2 become empty ones."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        if fd not in keep:
            os.dup2(null, fd)
    start = 3
    for fd in sorted(fd for fd in keep if fd >= 3):
        os.closerange(start, fd)
        start = fd + 1
    os.closerange(start, 4096)


def _others() -> int:
    """How many tasks this user has: they count towards the limit of processes."""
    me, count = os.getuid(), 0
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError):
                    if os.stat(f"/proc/{name}").st_uid == me:
                        count += len(os.listdir(f"/proc/{name}/task"))
        return count
    return 512


def _empty(folder: str) -> None:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                os.remove(entry.path)


def _size(folder: str, enough: int) -> int:
    """Bytes of the files in a folder; counting ends beyond `enough`."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
            if total > enough:
                return total
    return total


