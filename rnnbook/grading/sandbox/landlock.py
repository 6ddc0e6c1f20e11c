"""Landlock: the kernel lets a process read what it was told of, write in one folder, and reach nobody.

https://docs.kernel.org/userspace-api/landlock.html. No privilege is needed, and no way leads back.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from rnnbook.grading.sandbox import linux

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_PATH_BENEATH = 1
_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15      # what a file can have: also truncate, ioctl
_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}                        # number of rights on files, by version
_NO_TCP = 0b11                                                       # bind and connect, from version 4
_SCOPES = 0b11                                                       # abstract sockets and signals, from version 6


def version() -> int:
    """Which version of Landlock this kernel has.

    Raises
    ------
    OSError
        It has none, or it is off.
    """
    return linux.syscall("landlock", _CREATE, 0, 0, 1)


def ruleset(files: Iterable[str], listed: Iterable[str], scratch: str) -> int:
    """A set of rules as a file descriptor: `files` (or all below) may be read, `listed` have their names read.

    `scratch` and what is below it may also be written, never executed. Paths that do not exist are passed over.
    """
    abi = version()
    rights = (1 << _BY_ABI.get(abi, 16)) - 1
    attributes = struct.pack("QQQ", rights, _NO_TCP if abi >= 4 else 0, _SCOPES if abi >= 6 else 0)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    fd = linux.syscall("landlock", _CREATE, ctypes.c_char_p(attributes), size, 0)
    for path in files:
        _allow(fd, path, (_READ_FILE | _READ_DIR) & rights)
    for path in listed:
        _allow(fd, path, _READ_DIR & rights)
    _allow(fd, scratch, rights & ~_EXECUTE)
    return fd


def restrict(fd: int) -> None:
    """Put a set of rules into force for this process and all that it starts."""
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    linux.syscall("landlock", _RESTRICT, fd, 0)


def pieces(abi: int) -> tuple[str, ...]:
    """What a version can do, by the names that are stored with a grade."""
    return ("landlock files", *(("landlock tcp",) if abi >= 4 else ()), *(("landlock scopes",) if abi >= 6 else ()))


def _allow(fd: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _FILE
        if rights:
            rule = ctypes.c_char_p(struct.pack("=Qi", rights, beneath))
            linux.syscall("landlock", _ADD_RULE, fd, _PATH_BENEATH, rule, 0)
    finally:
        os.close(beneath)
