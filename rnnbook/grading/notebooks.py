"""A notebook file, whatever it is, as a Program. What cannot be read becomes a problem in words, never an exception."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from rnnbook.grading.attribution import attribute
from rnnbook.grading.plain import plain
from rnnbook.grading.program import Cell, Program

LARGEST = 16 * 2**20        # bytes of a notebook file; pictures reach 5 MB, and reading takes 25 times the memory
MOST_CODE = 500_000         # characters of code in all; a long homework has 50 000
MOST_CELLS = 2_000
MOST_PROBLEMS = 20
MAGIC_WORK = 400_000        # characters that may be tokenised for magics, over all cells: 5 s at worst


@dataclass(frozen=True)
class RawCell:
    """A code cell as it stands in the file. `number` counts the code cells that are not empty, from 1."""

    number: int
    source: str
    metadata: dict[str, Any]


def read_program(data: bytes, ids: Collection[str]) -> Program:
    """The program in a notebook file.

    Parameters
    ----------
    data
        The content of the file: of any nbformat, or of anything else that somebody handed in.
    ids
        The exercises that are looked for: "rnn-step".

    A cell belongs to an exercise by the book's metadata, else by nbgrader's `grade_id`, else because it defines the
    exercise's name or calls `check` with its id. A cell that is not Python is kept without its source, and is a
    problem. Magics and `!` lines are calls of `get_ipython()`, and are problems only where they are too many.
    """
    raw, problems = read_cells(data)
    budget, cells = [MAGIC_WORK], []
    attributed = attribute(raw, ids)
    for cell, (exercise, role) in zip(raw, attributed, strict=True):
        source, wrong = plain(cell.source, budget)
        if wrong:
            place = f"cell {cell.number}" + (f", with the answer to {exercise}" if role == "answer" else "")
            problems.append(f"{place}: {wrong}")
        cells.append(Cell(cell.number, source, exercise, role))
    return Program(tuple(cells), tuple(_shortened(problems)))


def read_cells(data: bytes) -> tuple[list[RawCell], list[str]]:
    """The code cells of a notebook file that are not empty, and what is wrong with the file."""
    problems: list[str] = []
    if len(data) > LARGEST:
        return [], [f"The file has {len(data) / 2**20:.0f} MB; at most {LARGEST // 2**20} MB are read. "
                    "Clear the outputs of all cells, save, and hand in again."]
    text, encoding = _decoded(data)
    strange = _what_else(data, text)
    if strange:
        return [], [strange]
    if encoding != "utf-8":
        problems.append(f"The file is stored in {encoding}; notebooks are stored in UTF-8.")
    try:
        content = json.loads(text)
    except RecursionError:
        return [], ["The file is not a notebook: its JSON is nested too deeply."]
    except ValueError as error:
        return [], [_broken(text, error)]
    cells = _cells_of(content)
    if isinstance(cells, str):
        return [], [*problems, cells]
    language = _language(content)
    if language not in ("", "python", "ipython", "python2", "python3"):
        return [], [*problems, f"This is a notebook in {language}; expected one in Python."]
    return _code(cells, problems), problems


def _decoded(data: bytes) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), "UTF-16"
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "an old encoding"


def _what_else(data: bytes, text: str) -> str:
    """What the file is, where it is plainly no notebook; else ""."""
    start = text[:2000].lstrip("\ufeff \t\r\n\x00")
    if not start:
        return "The file is empty."
    if start[0] in "{[":
        return ""
    kinds = ((b"PK\x03\x04", "a zip archive or an Office document"), (b"%PDF", "a PDF"), (b"\x89PNG", "a picture"),
             (b"\xff\xd8", "a picture"), (b"Rar!", "a rar archive"), (b"7z\xbc\xaf", "a 7z archive"),
             (b"\x1f\x8b", "a gzip archive"), (b"\xd0\xcf\x11\xe0", "an old Office document"),
             (b"{\\rtf", "an RTF document"))
    what = next((name for magic, name in kinds if data.startswith(magic)), "")
    if not what and re.match(r"<(!doctype|html|head|\?xml|!--|script|body)", start, re.IGNORECASE):
        what = "a web page"
    if not what and re.search(r"^(def |class |import |from \w+ import |# In\[|# %%|#!.*python)", start, re.MULTILINE):
        what = "a Python script"
    return f"The file is {what or 'something else'}, not a notebook. Hand in the .ipynb file itself."


def _broken(text: str, error: ValueError) -> str:
    if text.startswith("{\\rtf"):
        return "The file is an RTF document, not a notebook. Hand in the .ipynb file itself."
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            return f"The file has the marks of an unfinished git merge in line {number}."
    if not isinstance(error, json.JSONDecodeError):
        return "The file is not a notebook: its JSON holds a number that is far too long."
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
        return f"The file ends in the middle, in line {error.lineno}. Was the upload cut short?"
    return f"The file is not a notebook: its JSON breaks off in line {error.lineno}, column {error.colno}."


def _cells_of(content: Any) -> list[Any] | str:
    """The cells of a notebook of any format, or what is wrong in words."""
    if not isinstance(content, dict) or not {"cells", "worksheets"} & set(content):
        return "The file holds JSON, but no notebook: it has no cells."
    if "cells" not in content or content.get("nbformat") not in (4, "4", None):
        try:
            import nbformat
            from nbformat import reader
        except ImportError:
            raise ImportError('nbformat is missing, and reading notebooks of old formats needs it: '
                              'pip install "rnnbook[grade]"') from None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                content = dict(nbformat.convert(reader.reads(json.dumps(content)), 4))
        except Exception:
            if not isinstance(content.get("cells"), list):
                return "The file is a notebook in a format that cannot be read."
    cells = content.get("cells")
    if not isinstance(cells, list):
        return "The file is not a notebook: what should be its cells is not a list."
    return cells


def _language(content: dict) -> str:
    metadata = content.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    info, spec = metadata.get("language_info"), metadata.get("kernelspec")
    found = (isinstance(info, dict) and info.get("name")) or (isinstance(spec, dict) and spec.get("language")) or ""
    return str(found).lower()[:40]


def _code(cells: list[Any], problems: list[str]) -> list[RawCell]:
    found: list[RawCell] = []
    size = odd = 0
    for cell in cells:
        if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
            odd += 1
            continue
        if cell["cell_type"] != "code":
            continue
        source = _text(cell.get("source", cell.get("input", "")))
        found_metadata = cell.get("metadata")
        metadata: dict[str, Any] = found_metadata if isinstance(found_metadata, dict) else {}
        tags = metadata.get("tags")
        if source is None:
            odd += 1
            continue
        if not source.strip() or (isinstance(tags, list) and "skip-execution" in tags):
            continue
        size += len(source)
        if size > MOST_CODE or len(found) == MOST_CELLS:
            problems.append(f"The notebook has more code than is read: {MOST_CODE:,} characters in {MOST_CELLS:,} "
                            f"cells. It was read up to cell {len(found)}.")
            break
        found.append(RawCell(len(found) + 1, source, metadata))
    if odd:
        problems.append(f"{odd} cell{'s are' if odd > 1 else ' is'} damaged and left out.")
    if not cells:
        problems.append("The notebook is empty: it has no cells.")
    elif not found and not odd:
        problems.append("The notebook has no code.")
    return found


def _text(source: Any) -> str | None:
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.replace("\r\n", "\n").replace("\r", "\n") if isinstance(source, str) else None


def _shortened(problems: list[str]) -> list[str]:
    kept = [" ".join(p.encode("utf-8", "replace").decode().split())[:400] for p in problems[:MOST_PROBLEMS]]
    more = len(problems) - len(kept)
    return [*kept, f"And {more} more of this kind."] if more else kept
