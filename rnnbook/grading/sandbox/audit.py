"""What Python itself refuses a submission: an audit hook, which cannot be taken away again by Python code.

It is in the same process as what it watches, and NumPy can write to any memory of that process; so it is the last line
of defence, not the first. Where the kernel gives Landlock or namespaces, these hold without it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable

NOT_HERE = frozenset((
    "ctypes", "_ctypes", "cffi", "_cffi_backend", "_posixsubprocess", "_posixshmem", "_tkinter", "readline", "_curses",
    "_dbm", "_gdbm", "_xxsubinterpreters", "_interpreters", "_xxinterpchannels", "_testcapi", "_testinternalcapi",
    "_multiprocessing", "pty", "sqlite3", "_sqlite3"))
"""Modules that are not imported in a child; most reach behind Python's back."""

UNHEARD = ("pidfd_open", "pidfd_send_signal", "mkfifo", "mknod", "chroot", "unshare", "setns", "setpriority", "nice",
           "sched_setscheduler", "sched_setaffinity")
"""Functions of os and signal that raise no audit event; they are replaced."""

REFUSED = (
    "ctypes.", "subprocess.", "socket.", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system",
    "os.startfile", "os.kill", "os.killpg", "os.setxattr", "os.getxattr", "os.listxattr", "pty.", "fcntl.", "resource.",
    "syslog.", "gc.get_", "sys.addaudithook", "sys.setprofile", "sys.settrace", "sys._current_", "signal.pthread_kill",
    "cpython.PyInterpreterState_New", "cpython._PySys_ClearAuditHooks", "cpython.remote_debugger_script",
    "sys.remote_exec", "sqlite3.", "webbrowser.", "mmap.__new__.shared")
READS = frozenset(("os.listdir", "os.scandir", "os.chdir"))
WRITES = frozenset(("os.chflags", "os.chmod", "os.chown", "os.mkdir", "os.remove", "os.rmdir", "os.truncate",
                    "os.utime", "os.lockf"))
TWO = frozenset(("os.link", "os.rename", "os.symlink"))
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def hook(files: Iterable[str], listed: Iterable[str], scratch: str, trusted: Iterable[object]
         ) -> Callable[[str, tuple], None]:
    """What watches a process, for `sys.addaudithook`. Nothing that runs there may have a name for it.

    Parameters
    ----------
    files
        What may be read, with all below it.
    listed
        Folders whose names may be read.
    scratch
        The folder that may be written in.
    trusted
        Code objects that may set a profiler: those of the engine.
    """
    return _hook(frozenset(files), frozenset(listed), os.path.realpath(scratch), frozenset(map(id, trusted)))


def disarm() -> None:
    """Import what packages want to see, and take out what is below Python's own refusals."""
    import subprocess

    def refused(*args: object, **kwargs: object) -> None:
        raise PermissionError(1, "this is refused while grading")

    for name in ("_fork_exec", "_posixsubprocess", "_spawn", "_winapi"):
        if hasattr(subprocess, name):
            setattr(subprocess, name, refused)
    for module in map(sys.modules.get, ("os", "posix", "signal", "_signal")):
        for name in UNHEARD:
            if hasattr(module, name):
                setattr(module, name, refused)
    for name in ("ctypes", "_ctypes", "_posixsubprocess"):
        sys.modules.pop(name, None)


def _hook(files: frozenset[str], listed: frozenset[str], scratch: str, trusted: frozenset[int]
          ) -> Callable[[str, tuple], None]:
    real, is_int, getframe, to_path = os.path.realpath, isinstance, sys._getframe, os.fspath
    decode, separator = os.fsdecode, os.sep
    refused, writing, reads, writes, two, not_here = REFUSED, _WRITING, READS, WRITES, TWO, NOT_HERE
    quick = frozenset(("compile", "exec", "object.__getattr__", "object.__setattr__", "object.__delattr__",
                       "builtins.id", "marshal.loads", "code.__new__", "sys._getframe", "sys.unraisablehook",
                       "array.__new__", "pickle.find_class", "os.fwalk", "time.sleep", "builtins.input"))

    def below(path: object, writable: bool) -> bool:
        found = real(decode(path))                                       # type: ignore[arg-type]
        if found == scratch or found.startswith(scratch + separator):
            return True
        if writable:
            return found == "/dev/null"
        while found not in files:
            shorter = found.rpartition(separator)[0]
            if not shorter:
                return False
            found = shorter
        return True

    def hook(event: str, args: tuple) -> None:
        if event in quick or (event == "sys.setprofile" and id(getframe(1).f_code) in trusted):
            return
        if event == "open":
            path, mode, flags = args
            if path is None or is_int(path, int):
                return
            written = (flags & writing if is_int(flags, int) else 0) or (
                is_int(mode, str) and any(letter in mode for letter in "wax+"))
            if not below(to_path(path), bool(written)):
                raise PermissionError(13, "this file is out of reach while grading", path)
        elif event == "import":
            if args[0].partition(".")[0] in not_here:
                raise ImportError(f"{args[0]} is not here while grading", name=args[0])
        elif event in reads:
            path = args[0]
            if (path is not None and not is_int(path, int) and to_path(path) not in listed
                    and not below(to_path(path), False)):
                raise PermissionError(13, "this folder is out of reach while grading", path)
        elif event in writes or event in two:
            for path in args[:2] if event in two else args[:1]:
                if path is not None and not is_int(path, int) and not below(to_path(path), True):
                    raise PermissionError(13, "only the present folder can be written in while grading", path)
        elif event.startswith(refused):
            raise PermissionError(1, f"{event} is refused while grading")

    return hook
