"""What Python itself refuses a submission: an audit hook, which cannot be taken away again by Python code.

It is in the same process as what it watches, and NumPy can write to any memory of that process; so it is the last line
of defence, not the first. Where the kernel gives Landlock or namespaces, these hold without it.

The traceback of a refusal leads to the hook's frame, and from there to its globals, to the functions it calls and,
since Python 3.13, to the cells of its closure, which can be written (PEP 667). So it is one function that has none of
these: all that it uses, down to `type`, is in its defaults, to which no frame leads, and cannot be changed. It calls
nothing that a submission could have replaced or subclassed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

NOT_HERE = frozenset((
    "ctypes", "_ctypes", "cffi", "_cffi_backend", "_posixsubprocess", "_posixshmem", "_tkinter", "readline", "_curses",
    "_dbm", "_gdbm", "_xxsubinterpreters", "_interpreters", "_xxinterpchannels", "_testcapi", "_testinternalcapi",
    "_multiprocessing", "pty", "sqlite3", "_sqlite3"))
"""Modules that are not imported in a child; most reach behind Python's back."""

UNHEARD = ("pidfd_open", "pidfd_send_signal", "mkfifo", "mknod", "chroot", "unshare", "setns", "setpriority", "nice",
           "sched_setscheduler", "sched_setaffinity")
"""Functions of os and signal that raise no audit event; they are replaced."""

QUICK = frozenset(("compile", "exec", "object.__getattr__", "object.__setattr__", "object.__delattr__", "builtins.id",
                   "marshal.loads", "code.__new__", "sys._getframe", "sys.unraisablehook", "array.__new__",
                   "pickle.find_class", "os.fwalk", "time.sleep", "builtins.input"))
"""Events that are nobody's harm, and frequent."""

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
MOST_LINKS = 40
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def hook(files: Iterable[str], listed: Iterable[str], scratch: str, trusted: Iterable[Any]
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
    root = os.fsencode(os.path.realpath(scratch))
    alone = FunctionType(_watch.__code__, {"__builtins__": {}}, "hook")
    alone.__kwdefaults__ = {
        "quick": QUICK, "reads": READS, "writes": WRITES, "two": TWO, "refused": REFUSED, "not_here": _bytes(NOT_HERE),
        "files": _bytes(files), "listed": _bytes(listed), "scratch": root, "inside": root + b"/",
        "trusted": frozenset(map(id, trusted)), "writing": _WRITING, "letters": (b"w", b"a", b"x", b"+"),
        "most": MOST_LINKS, "kind": type, "below": issubclass, "whole": int, "text": str, "raw": bytes,
        "encode": str.encode, "join": bytes.join, "readlink": os.readlink, "cwd": os.getcwdb, "getframe": sys._getframe,
        "id": id, "failed": OSError, "wrong": PermissionError, "missing": ImportError,
    }
    return alone


def _bytes(names: Iterable[str]) -> frozenset[bytes]:
    return frozenset(map(os.fsencode, names))


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


def _watch(event, args, *, quick, reads, writes, two, refused, not_here, files, listed, scratch, inside, trusted,
           writing, letters, most, kind, below, whole, text, raw, encode, join, readlink, cwd, getframe, id, failed,
           wrong, missing):
    """The hook: returns, or raises what the submission sees."""
    if event in quick or (event == "sys.setprofile" and id(getframe(1).f_code) in trusted):
        return
    why = "only the present folder can be written in while grading"
    writable, paths = True, args[:0]
    if event == "open":
        why, paths = "this file is out of reach while grading", args[:1]
        writable = kind(args[2]) is not whole or args[2] & writing
        if below(kind(args[1]), text):
            for letter in letters:
                writable = writable or letter in encode(args[1], "utf-8", "surrogateescape")
    elif event == "import":
        name = encode(args[0], "utf-8", "surrogateescape")
        if name.partition(b".")[0] in not_here:
            raise missing(name.decode("utf-8", "replace") + " is not here while grading")
    elif event in reads:
        why, writable, paths = "this folder is out of reach while grading", False, args[:1]
    elif event in writes:
        paths = args[:1]
    elif event in two:
        paths = args[:2]
    elif event.startswith(refused):
        raise wrong(1, event + " is refused while grading")
    for path in paths:
        if path is None or below(kind(path), whole):             # a file that is open already
            continue
        if below(kind(path), text):
            path = encode(path, "utf-8", "surrogateescape")      # its bytes; no subclass has a say in them
        elif below(kind(path), raw):
            path = join(b"", (path,))
        else:                                                    # what it says now, it could say otherwise later
            raise wrong(1, "a path must be text while grading")
        if event in reads and path in listed:
            continue
        found = b"" if path.startswith(b"/") else cwd().rstrip(b"/")         # without links, "." and ".."
        rest = path.split(b"/")
        rest.reverse()
        links = 0
        while rest:
            part = rest.pop()
            if part == b"..":
                found = found.rpartition(b"/")[0]
            elif part != b"" and part != b".":
                try:
                    target = readlink(found + b"/" + part)
                except failed:                                   # it is no link, or not there
                    found = found + b"/" + part
                    continue
                links += 1
                if links > most:
                    raise wrong(13, "too many links", path)
                if target.startswith(b"/"):
                    found = b""
                parts = target.split(b"/")
                parts.reverse()
                rest.extend(parts)
        if found == scratch or found.startswith(inside) or (writable and found == b"/dev/null"):
            continue
        while found and not writable and found not in files:
            found = found.rpartition(b"/")[0]
        if writable or not found:
            raise wrong(13, why, path.decode("utf-8", "replace"))
