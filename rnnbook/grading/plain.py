"""What Jupyter takes for code as plain Python: magics and `!` lines become calls of `get_ipython()`."""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

WRAPPERS = ("time", "timeit", "capture", "prun", "matplotlib", "memit", "mprun", "python", "python3")
"""Cell magics that run the cell, or that stand where a line magic was meant: the cell below them is the program."""

AUTOMAGIC = ("pip", "conda", "mamba", "ls", "cd", "pwd", "cat", "mkdir", "matplotlib", "load_ext", "autoreload", "time",
             "timeit", "who", "whos", "reset", "cp", "mv", "rm")
"""Words that a cell of one line may begin with without a percent sign."""


def plain(source: str, budget: list[int] | None = None) -> tuple[str, str]:
    """The cell as plain Python and "", or "" and what is wrong with it in words.

    `budget[0]` is how many characters may still be tokenised for magics: IPython starts again after each one, and a
    cell made of nothing else would take minutes. An ImportError says that IPython is missing, where it is needed.

    >>> plain("%matplotlib inline")
    ("get_ipython().run_line_magic('matplotlib', 'inline')\\n", '')
    >>> plain("def step(:")
    ('', 'not Python: line 1: invalid syntax: def step(:')
    """
    wrong = _parse(source)
    if wrong is None:
        return source, ""
    inner = _unwrapped(source)
    if inner != source and _parse(inner) is None:
        return inner, ""
    changed = _transformed(inner, budget if budget is not None else [100_000])
    if changed is None:
        return "", "it has too many magics (lines that begin with % or !) to be read"
    wrong = _parse(changed)
    if wrong is None:
        return changed, ""
    word, _, rest = source.strip().partition(" ")
    if word in AUTOMAGIC and "\n" not in source.strip():
        return f"get_ipython().run_line_magic({word!r}, {rest!r})\n", ""
    return "", wrong


def _parse(source: str) -> str | None:
    """None for Python, else what is wrong with it."""
    return _known(source) if len(source) < 4000 else _tried(source)


@lru_cache(1000)
def _known(source: str) -> str | None:
    """The same; cells that the whole class has are read once."""
    return _tried(source)


def _tried(source: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        lines = source.splitlines()
        number = min(error.lineno or 1, len(lines)) or 1
        line = lines[number - 1].strip()[:60] if lines else ""
        return f"not Python: line {number}: {error.msg}" + (f": {line}" if line else "")
    except UnicodeError:
        return "not Python: it holds characters that do not exist"
    except ValueError:
        return "not Python: it holds null bytes"
    except (RecursionError, MemoryError):
        return "not Python that can be read: an expression in it is nested too deeply"
    return None


def _unwrapped(source: str) -> str:
    """Without a cell magic that only runs the cell, its line kept as a comment so that line numbers stay."""
    lines = source.split("\n")
    for n, line in enumerate(lines[:-1]):
        found = re.match(r"\s*%%(\w+)", line)
        if found is not None and found[1] in WRAPPERS:
            lines[n] = f"# {line.strip()}"
        elif line.strip():
            break
    return "\n".join(lines)


def _transformed(source: str, budget: list[int]) -> str | None:
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except ImportError:
        raise ImportError('IPython is missing, and reading magics needs it: pip install "rnnbook[grade]"') from None
    magics = len(re.findall(r"^[ \t>.]*[%!?]|=[ \t]*[%!]|\?[ \t]*$", source, re.MULTILINE)) + 2
    work = min(magics, 500) * len(source)
    if work > budget[0]:
        return None
    budget[0] -= work
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            changed = TransformerManager().transform_cell(source)
    except Exception:
        return source
    run = re.compile(r"^([ \t]*)get_ipython\(\)\.run_line_magic\('time(?:it)?', (['\"].*['\"])\)$", re.MULTILINE)
    return run.sub(_timed, changed)


def _timed(found: re.Match) -> str:
    """`%time h = step(...)` runs its statement."""
    try:
        statement = ast.literal_eval(found[2])
    except (ValueError, SyntaxError):
        return found[0]
    return found[0] if not statement or _parse(statement) else found[1] + statement
