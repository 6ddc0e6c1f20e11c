"""Whose code an answer runs: the library's own answers are refused, and packages that the exercise does not allow."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import rnnbook
from rnnbook.checks.outputs import Failure

REFUSED = ("rnnbook.scratch", "rnnbook.fast", "rnnbook.pytorch", "rnnbook.checks")
ENGINE = {f"rnnbook.checks.{name}" for name in (
    "answering", "checking", "compared", "display", "engine", "exercise", "guard", "judging", "origin", "outputs",
    "registry", "report", "report_html", "session", "verdicts", "words")}       # not an answer to anything
WELCOME = ("numpy", "rnnbook", "IPython", "ipykernel", "debugpy", "tqdm", "_pytest", "pytest", "coverage")
_ROOT = Path(rnnbook.__file__).resolve().parent
PACKS: set[str] = set()      # files of private packs: their references are nobody's answer


@cache
def module_of(filename: str) -> str | None:
    """The rnnbook module that a source file is, a private pack being "rnnbook.checks.pack"; None for any other file."""
    if filename.startswith("<"):
        return None
    path = Path(filename).resolve()
    if str(path) in PACKS:
        return "rnnbook.checks.pack"
    try:
        parts = path.relative_to(_ROOT).with_suffix("").parts
    except ValueError:
        return None
    return ".".join(("rnnbook", *parts)).removesuffix(".__init__")


@cache
def package_of(filename: str) -> str | None:
    """The installed package that a source file belongs to; None for the learner's own files."""
    if filename.startswith("<"):
        return None
    parts = Path(filename).parts
    for folder in ("site-packages", "dist-packages"):
        if folder in parts[:-1]:
            return parts[parts.index(folder) + 1].removesuffix(".py")
    return None


def forget() -> None:
    """Look at every file anew: a pack was loaded."""
    module_of.cache_clear()
    _fine.cache_clear()


def watched(function: Callable, arguments: Sequence[Any], seen: list[Failure], allowed: Sequence[str]) -> Any:
    """`function(*arguments)`, with each Python function it calls noticed: what may not be called is noted in `seen`,
    once."""

    fine = _fine(tuple(allowed))

    def profiler(frame, event, arg):
        if event == "call" and frame.f_code.co_filename not in fine and not seen:
            failure = _refuse(frame, allowed, fine)
            if failure is not None:
                seen.append(failure)

    before, collecting = sys.getprofile(), gc.isenabled()
    gc.disable()            # a collection in between calls other packages' callbacks, which are not the answer's
    sys.setprofile(profiler)
    try:
        return function(*arguments)
    finally:
        sys.setprofile(before)
        if collecting:
            gc.enable()


@cache
def _fine(allowed: tuple[str, ...]) -> set[str]:
    """Files whose functions may be called, whoever calls them; filled as they are met."""
    return set()


def _refuse(frame, allowed, fine):
    code = frame.f_code
    filename, function = code.co_filename, code.co_name
    module = module_of(filename)
    if module is not None:
        return _refuse_own(module, function, frame, allowed)
    package = package_of(filename)
    if package is None or package in allowed or package in WELCOME:
        fine.add(filename)
        return None
    caller = package_of(frame.f_back.f_code.co_filename) if frame.f_back else None
    if caller is not None and (caller in allowed or caller in WELCOME):
        return None                              # what NumPy calls is NumPy's business
    if _importing(frame):
        return None
    return Failure("package", f"It calls {package}; this exercise allows {' and '.join(allowed) or 'plain Python'}.")


def _importing(frame):
    """True within an import statement of the answer: to import is not yet to call."""
    while frame is not None and module_of(frame.f_code.co_filename) != "rnnbook.checks.guard":
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _refuse_own(module, function, frame, allowed):
    if not module.startswith(REFUSED) or module in ENGINE:
        return None
    dotted = f"{module}.{function}"
    if any(dotted == a or dotted.startswith(a + ".") for a in allowed):
        return None
    caller = module_of(frame.f_back.f_code.co_filename) if frame.f_back else None
    if caller is not None and not caller.startswith("rnnbook.checks"):
        return None                              # an allowed function of the library calls another
    if _importing(frame):
        return None
    name = "a function of the exercise pack" if module == "rnnbook.checks.pack" else f"{module}.{function}"
    return Failure("origin", f"It calls {name}. Write your own answer.")
