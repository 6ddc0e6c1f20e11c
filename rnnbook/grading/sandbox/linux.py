"""The few calls of the Linux kernel that Python does not have, by ctypes. Each raises OSError as the os module does."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_DROP = 1, 4, 8, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
_CAPSET = {"x86_64": 126, "aarch64": 91, "riscv64": 91, "ppc64le": 184, "s390x": 185}
_MOUNT_SETATTR = 442                  # one number on every machine, as are those of Landlock
AT_FDCWD, AT_RECURSIVE = -100, 0x8000
_CAP_VERSION_3 = 0x20080522

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(what: str, number: int, *arguments: object) -> int:
    """A system call by its number; integers and pointers are passed as long."""
    longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(libc.syscall(ctypes.c_long(number), *longs), what)


def _number(table: dict[str, int], what: str) -> int:
    machine = os.uname().machine
    if machine not in table:
        raise OSError(38, f"{what} is not known on {machine}")
    return table[machine]


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` for fresh ones."""
    _checked(libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(fd: int, kind: int) -> None:
    """Enter the namespace that `fd` is open on."""
    _checked(libc.setns(ctypes.c_int(fd), ctypes.c_int(kind)), "setns")


def prctl(option: int, value: int = 0) -> None:
    """prctl with one value."""
    zero = ctypes.c_ulong(0)
    _checked(libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), zero, zero, zero), "prctl")


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """mount(2)."""
    _checked(libc.mount(source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags),
                        data.encode() or None), f"mount {target}")


def bind(source: str, target: str) -> None:
    """Show `source`, and what is mounted below it, at `target`."""
    _checked(libc.mount(os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(MS_BIND | MS_REC), None),
             f"bind {target}")


def umount(target: str) -> None:
    """Take a mount away, at once, also where it is in use."""
    _checked(libc.umount2(os.fsencode(target), ctypes.c_int(MNT_DETACH)), f"umount {target}")


def read_only(target: str) -> None:
    """Make the mounts at and below `target` read-only, without set-user-id."""
    attributes = struct.pack("QQQQ", MS_RDONLY | MS_NOSUID, 0, 0, 0)
    syscall("mount_setattr", _MOUNT_SETATTR, AT_FDCWD, ctypes.c_char_p(os.fsencode(target)), AT_RECURSIVE,
            ctypes.c_char_p(attributes), len(attributes))


def pivot_root(new: str) -> None:
    """Make the mount at `new` the root, and let go of the old one."""
    os.chdir(new)
    syscall("pivot_root", _number(_PIVOT_ROOT, "pivot_root"), ctypes.c_char_p(b"."), ctypes.c_char_p(b"."))
    umount(".")
    os.chdir("/")


def take_capabilities() -> None:
    """Take all permitted capabilities into effect."""
    header, data = ctypes.c_char_p(struct.pack("Ii", _CAP_VERSION_3, 0)), ctypes.create_string_buffer(24)
    number = _number(_CAPSET, "capset")
    syscall("capget", number - 1, header, data)
    words = struct.unpack("6I", data.raw)
    data.raw = struct.pack("6I", words[1], words[1], 0, words[4], words[4], 0)
    syscall("capset", number, header, data)


def drop_capabilities() -> None:
    """Give up all capabilities of this process."""
    header, data = ctypes.c_char_p(struct.pack("Ii", _CAP_VERSION_3, 0)), ctypes.create_string_buffer(24)
    syscall("capset", _number(_CAPSET, "capset"), header, data)


def drop_bounding() -> None:
    """Give up all capabilities of the programs that this process, or a child of it, would start."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:                  # EINVAL: there are no more; EPERM: there is nothing to give up
            return


def write(path: str, text: str) -> None:
    """Write a file of /proc in one call."""
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def children() -> Sequence[int]:
    """The processes whose parent this one is, as /proc has them."""
    me, found = os.getpid(), []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    if int(file.read().rpartition(b")")[2].split()[1]) == me:
                        found.append(int(name))
            except (OSError, IndexError, ValueError):
                continue
    return found
