"""Seccomp: system calls that the kernel refuses, for good. https://docs.kernel.org/userspace-api/seccomp_filter.html.

Refused is the kernel's store of keys, which belongs to a user: it is in no namespace but the user's, Landlock does not
know it, and what one submission leaves there the next one would find.
"""

from __future__ import annotations

import ctypes
import os
import struct

from rnnbook.grading.sandbox import linux

PIECE = "no keyrings"
_CALLS = {                                      # machine -> its name for the kernel; add_key, request_key, keyctl
    "x86_64": (0xC000003E, (248, 249, 250)), "aarch64": (0xC00000B7, (217, 218, 219)),
    "riscv64": (0xC00000F3, (217, 218, 219)), "ppc64le": (0xC0000015, (269, 270, 271)),
    "s390x": (0x80000016, (278, 279, 280)),
}
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_REFUSE, _ALLOW = 0x00050000 | 1, 0x7FFF0000    # EPERM
_X32 = 0x40000000                               # the same calls under other numbers; no other machine has so many
_PR_SET_SECCOMP, _FILTER = 22, 2


def refuse_keyrings() -> bool:
    """Refuse the calls in this process and all that it starts; False where the kernel cannot, or knows others."""
    machine = os.uname().machine
    if machine not in _CALLS or struct.calcsize("P") != 8:
        return False
    program = _program(*_CALLS[machine])
    code = ctypes.create_string_buffer(program)
    whole = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    try:
        linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    except OSError:
        return False
    zero, held = ctypes.c_ulong(0), ctypes.create_string_buffer(whole)
    return linux.libc.prctl(ctypes.c_int(_PR_SET_SECCOMP), ctypes.c_ulong(_FILTER), held, zero, zero) == 0


def _program(machine: int, calls: tuple[int, ...]) -> bytes:
    """A filter in the kernel's language: refuse these calls, and those of other machines."""
    last = 4 + len(calls)                       # where it allows; after it, where it refuses
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 0, last - 1, machine), (_LOAD, 0, 0, 0), (_AT_LEAST, last - 3, 0, _X32)]
    steps += [(_EQUAL, last - n, 0, call) for n, call in enumerate(calls, 4)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
