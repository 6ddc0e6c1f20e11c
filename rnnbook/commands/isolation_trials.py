"""What `rnnbook doctor` tries of class grading: how far apart from the grader a submission can be run here."""

from __future__ import annotations

import os
from pathlib import Path

from rnnbook.commands.trials import Finding

CURES = {
    "process": "Grading a class needs Linux or macOS; on Windows, install WSL or use a container.",
    "landlock": "Landlock is in Linux from 5.13; it may be off in the kernel, or refused by a container.",
    "namespaces": "Linux from 5.12 lets ordinary users make namespaces, unless a container refuses, or a sysctl: "
                  "user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns.",
    "full": "It needs both Landlock and namespaces.",
}


def process(here: Path) -> Finding:
    """grading: runs a submission in a process of its own, with limits."""
    return _tried("process", "problem")


def landlock(here: Path) -> Finding:
    """landlock: the kernel lets a submission read and write only what it may."""
    return _tried("landlock", "missing")


def namespaces(here: Path) -> Finding:
    """namespaces: a submission without network, other processes and other files."""
    return _tried("namespaces", "missing")


def full(here: Path) -> Finding:
    """isolation: Landlock and namespaces together."""
    return _tried("full", "missing")


TRIALS = (process, landlock, namespaces, full)


def _tried(level: str, otherwise: str) -> Finding:
    name = {"process": "grading", "full": "isolation"}.get(level, level)
    if os.name != "posix":
        return Finding("missing", name, "class grading does not work on this system", CURES["process"])
    from rnnbook.grading.sandbox import levels

    found = levels.tried(level)
    if found.works:
        pieces = [piece for piece in found.pieces if piece not in ("own process", "limits", "audit hook")]
        own = {"process": "a submission runs in a process of its own, with limits",
               "full": "Landlock and namespaces together"}.get(level, ", ".join(pieces))
        return Finding("ok", name, own)
    return Finding(otherwise, name, found.reason, CURES[level])
