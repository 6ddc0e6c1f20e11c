"""Reads a notebook file, and finds the exercises in it."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class UsageError(ValueError):
    """The command was called with something it cannot work on; the message is for whoever typed it."""

    @property
    def sentence(self) -> str:
        """The message with a full stop, but not behind a line that is to be copied."""
        text = str(self)
        return text if text.endswith(('"', "?", ".")) else f"{text}."


@dataclass(frozen=True)
class Cell:
    """A code cell. `number` counts the code cells that are not empty, from 1: the [n] after Restart and Run All.

    Number 0 is a text cell that belongs to an exercise: it is not run, it says that the exercise stands here.
    """

    number: int
    source: str
    grade_id: str
    may_fail: bool

    @property
    def title(self) -> str:
        """The first line that says something, for pointing at the cell in words."""
        lines = [line.strip() for line in self.source.splitlines() if line.strip()]
        plain = [line for line in lines if not line.startswith(("#", "import ", "from "))]
        first = (plain or lines)[0]
        return first if len(first) <= 48 else first[:47] + "…"


@dataclass(frozen=True)
class Place:
    """Where an exercise stands in a notebook: the index of the cell after which its answer is asked for."""

    id: str
    after: int


def read_cells(path: str | Path) -> list[Cell]:
    """The code cells of a notebook file that are not empty, and the text cells that carry an exercise's id.

    Raises
    ------
    UsageError
        The file is missing, cannot be read, is not a notebook, or is a notebook in another language than Python.
    """
    notebook = _read(Path(path))
    language = _language(notebook)
    if language not in ("python", ""):
        raise UsageError(f"{path} is a notebook in {language}; expected one in Python")
    cells: list[Cell] = []
    number = 0
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", [])
        grade_id = str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
        if cell["cell_type"] == "code" and cell["source"].strip() and "skip-execution" not in tags:
            number += 1
            cells.append(Cell(number, cell["source"], grade_id, "raises-exception" in tags))
        elif grade_id:
            cells.append(Cell(0, "", grade_id, False))
    return cells


def _read(path: Path) -> Any:
    if not path.exists():
        raise UsageError(f"{path} is not there")
    if path.is_dir():
        raise UsageError(f"{path} is a folder; expected a notebook, such as {path / '02-hidden-state.ipynb'}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a notebook: it is not text in UTF-8") from None
    if path.suffix != ".ipynb" and not text.lstrip().startswith("{"):
        raise UsageError(f"{path} is not a notebook; expected a file that ends in .ipynb")
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(_broken(path, text, error)) from None
    if not isinstance(content, dict) or not ({"cells", "worksheets"} & set(content)):
        raise UsageError(f"{path} is not a notebook: it has no cells")
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(text, as_version=4)
            return _with_text(notebook)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f"{path} is not a notebook that Jupyter can read: {reason}") from None


def _with_text(notebook: Any) -> Any:
    """The notebook, having touched all that is used of it: a cell without a type or a source fails here."""
    for cell in notebook["cells"]:
        if not isinstance(cell["source"], str) or not isinstance(cell["cell_type"], str):
            raise ValueError("a cell's source or type is not text")
        cell.setdefault("metadata", {})
    return notebook


def _broken(path: Path, text: str, error: json.JSONDecodeError) -> str:
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            return f"{path} has the marks of an unfinished git merge in line {number}: choose one side of it first"
    if not text.strip():
        return f"{path} is empty"
    return f"{path} is not a notebook: its JSON breaks off in line {error.lineno}, column {error.colno} ({error.msg})"


def _language(notebook: Any) -> str:
    metadata = notebook.get("metadata", {})
    found = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language") or ""
    return "python" if found == "ipython" else str(found)


CHECK_CALL = re.compile(r"""\bcheck\(\s*(?:id\s*=\s*)?["']([^"'\n]+)["']""")


def find_exercises(cells: list[Cell], known: Collection[str]) -> tuple[list[Place], list[str]]:
    """The exercises of a notebook in the order they stand there, and the ids asked for that nobody knows.

    An exercise is in the notebook if a cell calls `check("its-id", …)` or carries its id in nbgrader's `grade_id`, as
    its heading does: cells that were deleted or edited hide nothing. Its answer is asked for after the last such cell.
    """
    last: dict[str, int] = {}
    unknown: list[str] = []
    for index, cell in enumerate(cells):
        for id in CHECK_CALL.findall(_without_comments(cell.source)):
            if id in known:
                last[id] = index
            elif id not in unknown:
                unknown.append(id)
        named = [id for id in known if re.search(rf"(?:^|[-_]){re.escape(id)}(?:$|[-_])", cell.grade_id)]
        if named:
            last[max(named, key=len)] = index
    first = {id: min(i for i, cell in enumerate(cells) if id in cell.source or id in cell.grade_id) for id in last}
    return [Place(id, last[id]) for id in sorted(last, key=lambda id: (first[id], last[id]))], unknown


def _without_comments(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.lstrip().startswith("#"))
