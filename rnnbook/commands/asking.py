"""Asks this Python in a process of its own, so that a library that crashes or hangs cannot take the doctor with it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

PATIENCE = 120.0                       # seconds for one question


@dataclass(frozen=True)
class Answer:
    """What a process of its own printed as JSON; or its error, and the module it lacks if that is the error."""

    data: Any = None
    error: str = ""
    lacks: str = ""


def ask(code: str, patience: float = PATIENCE) -> Answer:
    """Run code in a new process of this Python, in an empty folder, and read the JSON of its last line."""
    with tempfile.TemporaryDirectory(prefix="rnnbook-", ignore_cleanup_errors=True) as empty:
        try:
            done = subprocess.run([sys.executable, "-c", code], cwd=empty, capture_output=True, text=True,
                                  encoding="utf-8", errors="replace", timeout=patience, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return Answer(error=f"no answer within {patience:.0f} s")
        except OSError as error:
            return Answer(error=f"{short(sys.executable)} does not start: {error.strerror}")
    if done.returncode < 0:
        return Answer(error=f"the process was ended by signal {-done.returncode}")
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    if done.returncode:
        lacking = re.match(r"ModuleNotFoundError: No module named '(\w+)", last)
        return Answer(error=last, lacks=lacking[1] if lacking else "")
    try:
        return Answer(json.loads(done.stdout.strip().splitlines()[-1]))
    except (IndexError, ValueError):
        return Answer(error=last)


def package(name: str) -> str | None:
    """The version of an installed package, None if it is not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def short(path: str) -> str:
    """A path as one would type it: from here, or from the home folder."""
    for start, mark in ((os.getcwd(), "."), (os.path.expanduser("~"), "~")):
        if path == start or path.startswith(start + os.sep):
            return mark + path[len(start):]
    return path


def install(what: str) -> str:
    """The line that installs something into this very Python."""
    python = short(sys.executable)
    return f"{shlex.quote(python) if ' ' in python else python} -m pip install {what}"


EXTRA = "In the book's folder: " + install('-e ".[notebooks]"')
AGAIN = "In the book's folder: " + install("-e .")
