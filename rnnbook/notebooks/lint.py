"""What every notebook of the book keeps to.

    python -m rnnbook.notebooks.lint [NOTEBOOK ...]

A cell may depart from a rule marked * when its metadata says why: {"rnnbook": {"reason": "…"}}. `lint` has the rules.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from rnnbook.notebooks import lint_markdown as rules
from rnnbook.notebooks.markdown import parse
from rnnbook.notebooks.normalise import dumps, find, normalise

LINES, LINES_WITH_REASON, COLUMNS, PICTURE_KIB = 15, 22, 79, 300
IGNORED_SHARE = 0.10
HIDDEN = "hide-input"
REFUSED_TAGS = frozenset(
    {"hide-cell", "hide-output", "remove-cell", "remove-input", "remove-output", "nbval-skip", "skip-execution"}
)
PLOTTING = frozenset({"matplotlib", "rnnbook.figures", "IPython.display", "numpy"})


def lint(notebook: dict, path: Path) -> Iterator[str]:
    """Everything wrong with a notebook (a dict, nbformat 4) that stands, or would stand, at `path`.

    In all notebooks: normal form; shared Markdown; links; headings; tables; style; citations are links; lines of code
    of at most 79 columns; alt text of pictures; no absolute path, address, error or stderr. In book/ and solutions/:
    every cell ran. In exercises/: no outputs. In book/: cells of at most 15 lines*; at most a tenth of the cells not
    compared*; numbers in prose*; hidden cells only draw.
    """
    folder = path.resolve().parent.name
    if dumps(normalise(notebook)) != dumps(notebook):
        yield "the notebook is not normalised: make run, or python -m rnnbook.notebooks.normalise"
    cells = notebook["cells"]
    parsed = [(i, parse(_source(c))) for i, c in enumerate(cells) if c["cell_type"] == "markdown"]
    for i, part in parsed:
        for message in _markdown(_source(cells[i]), part, path, folder, _reason(cells[i])):
            yield _at(i, cells[i], message)
    for i, message in rules.headings(parsed):
        yield _at(i, cells[i], message)
    alts: set[str] = set()
    for i, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            for message in [*_code(cell, folder), *_outputs(cell, folder), *_alt(cell, alts)]:
                yield _at(i, cell, message)
        if cell["cell_type"] == "raw" or cell.get("attachments"):
            yield _at(i, cell, "raw cells and attachments do not show everywhere")
    if folder == "book":
        yield from _ignored(cells)
        yield from _hidden(cells)


def _markdown(source, part, path, folder, reason) -> Iterator[str]:
    yield from rules.subset(source, part)
    yield from rules.tables(source, part)
    yield from rules.links(part, path)
    yield from rules.absolute_paths(source)
    yield from rules.citations(part)
    yield from rules.prose(part)
    if folder == "book" and not reason:
        yield from rules.numbers(part)


def _code(cell: dict, folder: str) -> Iterator[str]:
    source, tags = _source(cell), cell["metadata"].get("tags", [])
    for line in source.splitlines():
        if len(line) > COLUMNS:
            yield f"a line of {len(line)} columns, of at most {COLUMNS}: {line.strip()[:50]}…"
    lines = sum(bool(line.strip()) for line in source.splitlines())
    limit = LINES_WITH_REASON if _reason(cell) else LINES
    if folder == "book" and lines > limit:
        yield f"{lines} lines of code; at most {LINES}, or {LINES_WITH_REASON} with a reason in metadata"
    for tag in REFUSED_TAGS & set(tags):
        yield f"the tag {tag}: the reader would not see what runs"
    if re.search(r"^\s*#\s*(?:NBVAL|PYTEST)_\w+", source, re.MULTILINE):
        yield "an nbval marker in the code: use the tag"
    try:
        ast.parse(source)
    except SyntaxError as error:
        yield f"no plain Python, line {error.lineno}: {error.msg} (magics and ! do not run everywhere)"
    yield from rules.absolute_paths(source)


def _outputs(cell: dict, folder: str) -> Iterator[str]:
    tags = cell["metadata"].get("tags", [])
    if folder == "exercises":
        if cell["outputs"] or cell["execution_count"] is not None:
            yield "an exercise with stored outputs"
    elif cell["execution_count"] is None and _source(cell).strip():
        yield "the cell was never run: make run"
    for output in cell["outputs"]:
        if output["output_type"] == "error" and "raises-exception" not in tags:
            yield f"an error is stored: {output['ename']}"
        if output.get("name") == "stderr":
            yield "something on stderr is stored"
        data = output.get("data", {})
        if "text/html" in data and "text/plain" not in data:
            yield "HTML without plain text beside it"
        if len(data.get("image/png", "")) * 3 / 4 > PICTURE_KIB * 1024:
            yield f"a picture of more than {PICTURE_KIB} KiB"
        shown = [output.get("text", ""), *(value for mime, value in data.items() if mime.startswith("text/"))]
        text = "".join(part for value in shown for part in value)
        yield from rules.absolute_paths(text)
        if "at 0x" in text:
            yield "a memory address in the output: end the cell so that it shows nothing, or something readable"
    if any("image/png" in output.get("data", {}) for output in cell["outputs"]) and not _ends_with_show(cell):
        yield "a cell that draws ends with plt.show()"


def _alt(cell: dict, seen: set[str]) -> Iterator[str]:
    if not any(mime.startswith("image/") for output in cell["outputs"] for mime in output.get("data", {})):
        return
    alt = cell["metadata"].get("mystnb", {}).get("image", {}).get("alt", "")
    if len(alt) < 30:
        yield f"a picture whose alt text is {alt!r}; metadata mystnb.image.alt should say what is to be seen in it"
    elif re.match(r"(?i)(an? )?(image|picture|figure|plot) (of|showing)", alt):
        yield f"alt text that begins {alt[:20]!r}: say what is seen, not that it is a picture"
    if alt and alt in seen:
        yield "the alt text of another picture"
    seen.add(alt)


def _ignored(cells: list[dict]) -> Iterator[str]:
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    exempt = {"nbval-ignore-output", "figure-of-training"}
    ignored = [(i, c) for i, c in enumerate(cells) if exempt & set(c["metadata"].get("tags", []))]
    for i, cell in ignored:
        if not _reason(cell):
            yield _at(i, cell, "output that is not compared, without a reason in metadata rnnbook.reason")
    share = sum("nbval-ignore-output" in c["metadata"].get("tags", []) for _, c in ignored)
    if share > IGNORED_SHARE * len(code):
        yield f"{share} of {len(code)} code cells are tagged nbval-ignore-output; at most {IGNORED_SHARE:.0%}"


def _hidden(cells: list[dict]) -> Iterator[str]:
    """A hidden cell draws, and nothing that follows needs it."""
    for i, cell in enumerate(cells):
        if cell["cell_type"] != "code" or HIDDEN not in cell["metadata"].get("tags", []):
            continue
        tree = _tree(cell)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Assert, ast.FunctionDef, ast.ClassDef)):
                yield _at(i, cell, f"hidden, and holds a statement that matters: {ast.unparse(node).splitlines()[0]}")
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            modules += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            for module in modules:
                if not any(module == p or module.startswith(p + ".") for p in PLOTTING):
                    yield _at(i, cell, f"hidden, and imports {module}: what is collapsed only draws")
        made = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for later in cells[i + 1 :]:
            if later["cell_type"] != "code" or not made:
                continue
            names = [n for n in ast.walk(_tree(later)) if isinstance(n, ast.Name)]
            stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
            for name in sorted(made & ({n.id for n in names if isinstance(n.ctx, ast.Load)} - stored)):
                yield _at(i, cell, f"hidden, and makes {name!r}, which a later cell uses")
            made -= stored


def _ends_with_show(cell: dict) -> bool:
    body = _tree(cell).body
    return bool(body) and ast.unparse(body[-1]) == "plt.show()"


def _tree(cell: dict) -> ast.Module:
    try:
        return ast.parse(_source(cell))
    except SyntaxError:
        return ast.Module([], [])


def _reason(cell: dict) -> str:
    return cell["metadata"].get("rnnbook", {}).get("reason", "").strip()


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _at(i: int, cell: dict, message: str) -> str:
    return f"cell {i + 1} ({cell.get('id')}): {message}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("rnnbook.notebooks.lint", description="Say where notebooks break the rules.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in book/, solutions/ and exercises/")
    found = 0
    for path in parser.parse_args(argv).notebooks or find():
        for message in lint(json.loads(path.read_text(encoding="utf-8")), path):
            found += 1
            print(f"{path}: {message}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
