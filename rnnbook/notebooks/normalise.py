"""One form for a stored notebook, so that a diff shows what changed in the book and nothing else.

    python -m rnnbook.notebooks.normalise [--check] [NOTEBOOK ...]

What a run or an editor leaves behind goes: time stamps, language version, kernel name of this machine, cell states,
widget state, memory addresses. What is kept of metadata is listed in the constants below.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {
    "codemirror_mode": {"name": "ipython", "version": 3},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": "ipython3",
}
"""No version: a notebook belongs to no one release of Python."""

NOTEBOOK_KEYS = ("mystnb", "rnnbook")
CELL_KEYS = ("tags", "mystnb", "rnnbook", "nbgrader", "deletable", "editable")
WIDGET = "application/vnd.jupyter.widget-view+json"
FOLDERS = ("book", "solutions", "exercises")


def normalise(notebook: dict) -> dict:
    """The notebook (nbformat 4, as `json.load` gives it) in its one form: a new dict, equal for equal content."""
    if notebook.get("nbformat") != 4:
        raise ValueError(f"notebook has nbformat {notebook.get('nbformat')!r}; expected 4")
    notebook = json.loads(json.dumps(notebook))                        # a deep copy, of plain dicts and lists
    metadata = {key: notebook["metadata"][key] for key in NOTEBOOK_KEYS if key in notebook["metadata"]}
    metadata |= {"kernelspec": KERNELSPEC, "language_info": LANGUAGE_INFO}
    cells = [_cell(cell) for cell in notebook["cells"]]
    for cell, cell_id in zip(cells, _ids(cells), strict=True):
        cell["id"] = cell_id
    _number(cells)
    return {"cells": cells, "metadata": copy.deepcopy(metadata), "nbformat": 4, "nbformat_minor": 5}


def dumps(notebook: dict) -> str:
    """The text of a notebook file: sorted keys, an indent of 1, a newline at the end."""
    return json.dumps(notebook, sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def find(root: str | Path = ".") -> Iterator[Path]:
    """The project's notebooks, in the order of the book."""
    for folder in FOLDERS:
        yield from (p for p in sorted((Path(root) / folder).rglob("*.ipynb")) if ".ipynb_checkpoints" not in p.parts)


def write(path: str | Path, text: str) -> None:
    """Write a file in one move, so that nobody ever reads half a notebook."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _cell(cell: dict) -> dict:
    kind = cell["cell_type"]
    kept: dict[str, Any] = {
        "cell_type": kind,
        "id": cell.get("id", ""),
        "metadata": {key: cell["metadata"][key] for key in CELL_KEYS if key in cell["metadata"]},
        "source": _lines(_text(cell["source"]).strip("\n")),
    }
    if kept["metadata"].get("tags") == []:
        del kept["metadata"]["tags"]
    if kind == "code":
        kept["execution_count"] = cell.get("execution_count")
        kept["outputs"] = _outputs(cell.get("outputs", []))
    elif cell.get("attachments"):
        kept["attachments"] = cell["attachments"]
    return kept


def _outputs(outputs: Iterable[dict]) -> list[dict]:
    kept: list[dict] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            last = kept[-1] if kept else {}
            text = _stable(_text(output["text"]))
            if last.get("output_type") == "stream" and last["name"] == output["name"]:
                last["text"] += text
            else:
                kept.append({"output_type": "stream", "name": output["name"], "text": text})
        elif kind == "error":
            kept.append({**output, "traceback": [_stable(line) for line in output["traceback"]]})
        elif data := {mime: _data(mime, value) for mime, value in output["data"].items() if mime != WIDGET}:
            metadata = {mime: value for mime, value in output.get("metadata", {}).items() if mime in data}
            kept.append({"output_type": kind, "data": data, "metadata": metadata})
            if kind == "execute_result":
                kept[-1]["execution_count"] = None
    for output in kept:
        if output["output_type"] == "stream":
            output["text"] = _lines(output["text"])
    return kept


def _data(mime: str, value: Any) -> Any:
    if mime.startswith("text/") or mime == "image/svg+xml":
        return _lines(_stable(_text(value)))
    if mime.startswith("image/"):
        return _text(value).strip() + "\n"                             # base64
    return value


def _stable(text: str) -> str:
    """Without memory addresses, which differ at every run."""
    return re.sub(r"\bat 0x[0-9a-fA-F]{4,}", "at 0x…", text)


def _number(cells: list[dict]) -> None:
    """Count the cells that ran 1, 2, 3 …; one that never ran, and shows nothing, has no number."""
    n = 0
    for cell in cells:
        if cell["cell_type"] == "code" and (cell["execution_count"] is not None or cell["outputs"]):
            n += 1
            cell["execution_count"] = n
            for output in cell["outputs"]:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = n


def _ids(cells: list[dict]) -> list[str]:
    """Ids as they are where they are legal and unique, else made of the cell's kind and content."""
    ids: list[str] = []
    for cell in cells:
        wanted = cell["id"]
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wanted) or wanted in ids:
            content = hashlib.sha256("".join(cell["source"]).encode()).hexdigest()[:8]
            wanted = f"{cell['cell_type']}-{content}"
        taken, n = wanted, 1
        while taken in ids:
            n += 1
            taken = f"{wanted}-{n}"
        ids.append(taken)
    return ids


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("rnnbook.notebooks.normalise", description="Bring notebooks into their one form.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in book/, solutions/ and exercises/")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a notebook is not normalised")
    args = parser.parse_args(argv)
    changed = 0
    for path in args.notebooks or find():
        before = path.read_text(encoding="utf-8")
        after = dumps(normalise(json.loads(before)))
        if before == after:
            continue
        changed += 1
        print(f"{path}: {'not normalised (make run does it)' if args.check else 'normalised'}")
        if not args.check:
            write(path, after)
    return 1 if args.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
