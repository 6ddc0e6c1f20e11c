"""Fresh namespaces: a zygote without a network, with few files and with nobody else in sight, and a child alone.

Made once for a zygote: user, mount, network, IPC and PID namespaces, and a root folder in which only what Python needs
is to be seen, read-only. Made for each child: a PID namespace, in which it is process 1, so that the kernel ends what
it started when it ends; and an empty scratch folder in memory, of limited size.
"""

from __future__ import annotations

import contextlib
import os
import signal

from rnnbook.grading.sandbox import linux
from rnnbook.grading.sandbox.files import Readable

PIECES = ("user namespace", "pid namespace", "mount namespace", "network namespace", "ipc namespace")
SCRATCH = "/scratch/here"
INSIDE = 1000               # the user a submission is, seen from inside
OUTSIDE = 65534             # and from outside, where the grader runs as root: nobody
_FRESH = (linux.CLONE_NEWUSER | linux.CLONE_NEWPID | linux.CLONE_NEWNS | linux.CLONE_NEWNET | linux.CLONE_NEWIPC
          | linux.CLONE_NEWUTS)


def enter() -> int:
    """Go on in a process that is the first in fresh namespaces; returns a file descriptor of its PID namespace.

    The process that called waits for that one, and ends as it ends. It must have one thread.

    Raises
    ------
    OSError
        The kernel does not let this user do so.
    """
    user, root = os.getuid(), os.geteuid() == 0
    ready, done = os.pipe(), os.pipe()
    unshared = os.fork()
    if unshared:                                # outside: say who is who inside, wait
        os.close(ready[1])
        os.close(done[0])
        try:
            if os.read(ready[0], 1):
                _map(unshared, user, root)
                os.write(done[1], b"x")
        except OSError:
            pass
        os.close(done[1])
        _wait(unshared)
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.close(ready[0])
    os.close(done[1])
    linux.unshare(_FRESH)
    os.write(ready[1], b"x")
    if not os.read(done[0], 1):
        raise OSError(1, "the users of the namespace could not be set")
    os.close(ready[1])
    os.close(done[0])
    first = os.fork()
    if first:
        _wait(first)
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    _refuse_more()
    linux.mount("none", "/", "", linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC)
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def _wait(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _map(pid: int, user: int, root: bool) -> None:
    if root:
        linux.write(f"/proc/{pid}/uid_map", f"0 0 1\n{INSIDE} {OUTSIDE} 1\n")
        linux.write(f"/proc/{pid}/gid_map", f"0 0 1\n{INSIDE} {OUTSIDE} 1\n")
    else:
        linux.write(f"/proc/{pid}/setgroups", "deny")
        linux.write(f"/proc/{pid}/uid_map", f"{INSIDE} {user} 1\n")
        linux.write(f"/proc/{pid}/gid_map", f"{INSIDE} {os.getgid()} 1\n")


def _refuse_more() -> None:
    """Nobody in here makes user namespaces of its own, or objects of System V IPC that outlive it."""
    for name, value in (("user/max_user_namespaces", "0"), ("kernel/shmmni", "0"), ("kernel/msgmni", "0"),
                        ("kernel/sem", "0 0 0 0"), ("fs/mqueue/queues_max", "0")):
        with contextlib.suppress(OSError):
            linux.write(f"/proc/sys/{name}", value)


def build_root(readable: Readable, new: str) -> None:
    """Make a root folder of what may be read, and go there; the old one is out of reach.

    `new` is an empty folder, which it is made in.
    """
    linux.mount("root", new, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=755")
    tops: list[str] = []
    for path in sorted(set(readable.files)):
        if tops and path.startswith(tops[-1] + os.sep):
            continue                            # is in one that is bound already
        tops.append(path)
        _show(path, new)
    for folder in ("/proc", "/dev", "/tmp", os.path.dirname(SCRATCH), SCRATCH):
        os.makedirs(new + folder, exist_ok=True)
    linux.read_only(new)
    linux.pivot_root(new)


def _show(path: str, new: str) -> None:
    target = new + path
    os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
    if os.path.islink(path):
        if not os.path.lexists(target):
            os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    with contextlib.suppress(OSError):          # one that cannot be shown is not seen
        linux.bind(path, target)


def give_up_root() -> bool:
    """Become a user that owns nothing, if root, and keep, in here, what a zygote needs. Whether it was root."""
    root = os.getuid() != INSIDE
    linux.prctl(linux.PR_SET_KEEPCAPS, 1)
    if root:
        os.setgroups([])
        os.setresgid(INSIDE, INSIDE, INSIDE)
        os.setresuid(INSIDE, INSIDE, INSIDE)
    linux.take_capabilities()
    return root


def fresh_scratch(size: int) -> None:
    """An empty scratch folder in the place of the last one."""
    with contextlib.suppress(OSError):
        linux.umount(SCRATCH)
    linux.mount("scratch", SCRATCH, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC,
                f"size={size},nr_inodes=4096,mode=700,uid={INSIDE},gid={INSIDE}")


def fork_alone(pids: int) -> int:
    """Fork a child into a PID namespace of its own. `pids` is the file descriptor of the zygote's."""
    linux.setns(pids, linux.CLONE_NEWPID)
    linux.unshare(linux.CLONE_NEWPID)
    return os.fork()
