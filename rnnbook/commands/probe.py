"""What the command asks inside the kernel, after the learner's cells have run there.

The answers go back as JSON, displayed under a type of their own. This reads results, it does not guard them: code in a
notebook can reach everything in its own process. Marking a class, where that matters, is a command of its own.
"""

from __future__ import annotations

import dataclasses
import json
import linecache
import os
import sys
import sysconfig
from collections.abc import Callable
from types import TracebackType
from typing import Any

from rnnbook.commands.kernel import MIME


def answer(function: str, arguments: str) -> None:
    """Call one of QUESTIONS with arguments in JSON, and display what it returns."""
    from IPython.display import display

    display({MIME: QUESTIONS[function](**json.loads(arguments)), "text/plain": ""}, raw=True)


def start(packs: list[str]) -> bool:
    """Load a teacher's own exercises, so that the notebook's `check` cells know them as well."""
    from rnnbook import checks

    for folder in packs:
        checks.load_pack(folder)
    return True


def grade(id: str) -> dict[str, Any]:
    """The report on the answer that stands in the notebook's names now; `defined` says whether there is one."""
    from rnnbook import checks
    from rnnbook.checks.report import as_json

    names = _shell().user_ns
    name = checks.get(id).name
    report = checks.check(id, names.get(name, ...), show=False)
    example = dataclasses.asdict(report.example) if report.example is not None else None
    return as_json(report) | {"defined": name in names, "example": example}


def failure() -> dict[str, Any] | None:
    """The last exception, with the learner's own lines only: cell, line number, text, and the function they are in."""
    error = getattr(sys, "last_value", None)
    if error is None:
        return None
    found: dict[str, Any] = {"name": type(error).__name__, "message": _message(error), "lines": []}
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found["lines"] += _line(code.co_filename, trace.tb_lineno, code.co_name)
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.lineno:
        found["lines"] += _line(error.filename or "", error.lineno, "<module>", error.text)
    return found


def _line(file: str, number: int, function: str, text: str | None = None) -> list[dict[str, Any]]:
    """The line as a list of one, or of none where it is not the learner's."""
    count = _cell(file)
    if not count and not _beside(file):
        return []
    text = (text or linecache.getline(file, number)).rstrip()
    return [{"count": count, "file": "" if count else os.path.basename(file), "line": number, "text": text,
             "function": "" if function.startswith("<") else function}]


def _cell(file: str) -> int:
    """The n of In[n] whose code goes by this file name, 0 where it is no cell's."""
    label = _shell().compile.format_code_name(file)
    return int(label[1][3:-1]) if label and label[1][3:-1].isdigit() else 0


def _beside(file: str) -> bool:
    """True of a module of the learner's own, beside the notebook, and not of a library that happens to lie there."""
    paths = sysconfig.get_paths()
    library = tuple(os.path.realpath(paths[key]) + os.sep for key in ("stdlib", "purelib", "platlib"))
    import rnnbook

    library += (os.path.dirname(os.path.realpath(rnnbook.__file__)) + os.sep,)
    file = os.path.realpath(file)
    return file.startswith(os.getcwd() + os.sep) and not file.startswith(library) and os.path.exists(file)


def _message(error: BaseException) -> str:
    try:
        return error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        return "(its message cannot be shown)"


def _shell() -> Any:
    from IPython import get_ipython

    return get_ipython()


QUESTIONS: dict[str, Callable[..., Any]] = {"start": start, "grade": grade, "failure": failure}
