"""Call an answer and come back: with its value, or with a failure in words. Nothing it does reaches the screen."""

from __future__ import annotations

import contextlib
import dis
import inspect
import io
import linecache
import re
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FunctionType
from typing import Any

from rnnbook.checks import origin
from rnnbook.checks.outputs import Failure

PRINTED = 2000      # characters kept of what an answer prints


class TimeUp(BaseException):
    """Raised in the answer when its time is over; not an Exception, so that `except Exception` does not hold it up."""


class Printed(io.TextIOBase):
    """Keeps the first PRINTED characters written to it."""

    def __init__(self) -> None:
        self.text = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if len(self.text) < PRINTED:
            self.text = (self.text + text)[:PRINTED]
        return len(text)


def fits(function: Any, names: Sequence[str]) -> Failure | None:
    """Whether `function` can be called with one argument for each of `names`, by position."""
    if not callable(function):
        return Failure("callable", f"The answer is of type {type(function).__name__}; expected a function. "
                                   "Pass the function itself, without calling it: no parentheses after its name.")
    if _plainly_fits(function, len(names)):
        return None
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None                              # written in C; the call will tell
    try:
        signature.bind(*names)
    except TypeError:
        takes = [p.name for p in signature.parameters.values()]
        listed = f": {', '.join(takes)}" if takes else ""
        s = "s" if len(takes) != 1 else ""
        return Failure("arguments", f"The function takes {len(takes)} argument{s}{listed}; "
                                    f"expected {len(names)}: {', '.join(names)}.")
    return None


def _plainly_fits(function: Any, count: int) -> bool:
    """True for a plain function of `count` arguments, which is the usual case, seen at once."""
    if type(function) is not FunctionType or hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        return False
    code = function.__code__
    return code.co_argcount == count and not code.co_kwonlyargcount


TIME = Failure("time", "It did not come to its end in the time it has. Is there a loop that never ends?")
Call = Callable[[Callable, Sequence[Any]], tuple[Any, Failure | None, str]]


@contextlib.contextmanager
def calls(seconds: float, allowed: Sequence[str] = ("numpy",), watch: bool = True) -> Iterator[Call]:
    """Gives what calls functions: `call(function, arguments)` is its value, a failure or None, and what it printed.

    All calls in the block together have `seconds`; TimeUp may also be raised between two of them. `watch` refuses the
    library's own functions and packages that are not in `allowed`. KeyboardInterrupt passes.
    """
    printed = Printed()
    by_alarm = has_alarm()
    end = time.monotonic() + seconds

    def call(function: Callable, arguments: Sequence[Any]) -> tuple[Any, Failure | None, str]:
        printed.text = ""
        if by_alarm:
            return *_called(function, arguments, allowed, watch), printed.text
        with _trace(max(end - time.monotonic(), 0.05)):
            return *_called(function, arguments, allowed, watch), printed.text

    with (contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings(),
          _alarm(seconds) if by_alarm else contextlib.nullcontext()):
        warnings.simplefilter("ignore")
        yield call


def _called(function: Callable, arguments: Sequence[Any], allowed: Sequence[str],
            watch: bool) -> tuple[Any, Failure | None]:
    seen: list[Failure] = []
    value, failure = None, None
    try:
        value = origin.watched(function, arguments, seen, allowed) if watch else function(*arguments)
    except NotImplementedError:
        failure = Failure("untried", "")
    except TimeUp:
        failure = TIME
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        failure = Failure("exception", told(error), learner_lines(error), type(error).__name__)
    if seen:
        failure = seen[0]
    elif failure is None and (value is ... or (value is None and is_stub(function))):
        failure = Failure("untried", "")
    elif failure is None and value is None:
        failure = Failure("none", "It returns None. Is the return statement missing, or out of reach?")
    return value, failure


def told(error: BaseException) -> str:
    """An error in one line. What NumPy says of a product whose sizes do not fit is put into words."""
    first = next(iter(str(error).strip().splitlines()), "")
    sizes = re.search(r"matmul.*\(size (\d+) is different from (\d+)\)", first)
    if sizes:
        return f"{type(error).__name__} in a matrix product: its inner sizes, {sizes[2]} and {sizes[1]}, must be equal."
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def is_stub(function: Any) -> bool:
    """True for a body that is empty: a docstring, `pass`, `...`, or a bare return of constants."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    idle = ("RESUME", "NOP", "CACHE", "POP_TOP", "COPY_FREE_VARS", "BUILD_TUPLE", "LOAD_SMALL_INT")
    return all(i.opname in idle or i.opname.startswith(("LOAD_CONST", "LOAD_COMMON", "RETURN_"))
               for i in dis.get_instructions(code))


def learner_lines(error: BaseException) -> tuple[str, ...]:
    """The lines of a traceback that the learner wrote: "step, line 3: h = x_t @ W". At most six."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__, limit=2000):
        if not _is_ours(frame.filename):
            source = (frame.line or linecache.getline(frame.filename, frame.lineno or 0)).strip()
            lines.append(f"{frame.name}, line {frame.lineno}: {source}")
    return tuple(lines if len(lines) <= 6 else [*lines[:2], f"… {len(lines) - 5} more …", *lines[-3:]])


_STDLIB = str(Path(contextlib.__file__).parent)


def _is_ours(filename: str) -> bool:
    return (origin.package_of(filename) is not None or filename.startswith((_STDLIB, "<frozen", "<__array_function__"))
            or origin.module_of(filename) is not None)


def has_alarm() -> bool:
    """Whether time can be limited by a signal: on the main thread, where there are signals."""
    main = threading.current_thread() is threading.main_thread()
    return main and hasattr(signal, "setitimer") and sys.platform != "emscripten"


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise TimeUp inside the block after `seconds`: by SIGALRM on the main thread, else by a trace function."""
    if has_alarm():
        with _alarm(seconds):
            yield
    else:
        with _trace(seconds):
            yield


@contextlib.contextmanager
def _alarm(seconds):
    armed = True

    def ring(signum, frame):
        if armed:
            raise TimeUp

    before = signal.signal(signal.SIGALRM, ring)
    remaining, interval = signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 0.05)     # again, if caught
    started = time.monotonic()
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if remaining:
            signal.setitimer(signal.ITIMER_REAL, max(remaining - (time.monotonic() - started), 1e-3), interval)


@contextlib.contextmanager
def _trace(seconds):
    """Without signals an answer is stopped once: a loop that catches every exception goes on."""
    end = time.monotonic() + seconds
    before = sys.gettrace()

    def tracer(frame, event, arg):
        if time.monotonic() > end:
            raise TimeUp
        return tracer

    sys.settrace(tracer)
    try:
        yield
    finally:
        sys.settrace(before)
