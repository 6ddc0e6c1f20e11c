"""Every notebook of the project keeps to the book's rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rnnbook.notebooks.lint import lint
from rnnbook.notebooks.normalise import find

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(find(ROOT))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_a_chapter_has_a_notebook_to_read_one_to_solve_and_its_solutions():
    names = {name(path) for path in NOTEBOOKS}
    chapters = {path.name for path in NOTEBOOKS if path.parent.name == "book"}
    assert "02-hidden-state.ipynb" in chapters
    assert names == {f"{folder}/{chapter}" for folder in ("book", "solutions", "exercises") for chapter in chapters}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_rules(path: Path):
    findings = list(lint(json.loads(path.read_text(encoding="utf-8")), path))
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize("path", [p for p in NOTEBOOKS if p.parent.name == "book"], ids=name)
def test_a_chapter_asserts_what_it_claims(path: Path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    asserting = [source for source in code if "assert " in source]
    assert len(asserting) >= len(code) / 3, f"{len(asserting)} of {len(code)} code cells hold an assert"
