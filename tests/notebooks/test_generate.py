"""exercises/ is what comes out of solutions/, and what the definitions say stands everywhere the same."""

from __future__ import annotations

import copy
import json
import logging
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum, determine_grade

from rnnbook.checks import get
from rnnbook.notebooks import generate
from rnnbook.notebooks.execute import run
from rnnbook.notebooks.markdown import anchors
from rnnbook.notebooks.normalise import dumps, normalise

ROOT = Path(__file__).parents[2]
STEMS = sorted(path.stem for path in (ROOT / "solutions").glob("*.ipynb"))
STEM = "02-hidden-state"


def load(folder: str, stem: str) -> dict:
    return json.loads((ROOT / folder / f"{stem}.ipynb").read_text(encoding="utf-8"))


def source(cell: dict) -> str:
    return "".join(cell["source"])


def part(notebook: dict, id: str, name: str) -> dict:
    """The cell of an exercise that is its header, task, answer or check."""
    [cell] = [c for c in notebook["cells"] if c["metadata"].get("rnnbook") == {"exercise": id, "part": name}]
    return cell


@pytest.mark.parametrize("stem", STEMS)
def test_exercises_are_generated(stem):
    fresh = dumps(generate.release(load("solutions", stem), stem))
    stored = (ROOT / "exercises" / f"{stem}.ipynb").read_text(encoding="utf-8")
    assert fresh == stored, "run python -m rnnbook.notebooks.generate"


@pytest.mark.parametrize("stem", STEMS)
def test_solutions_have_what_the_definitions_say(stem):
    notebook = load("solutions", stem)
    assert dumps(normalise(generate.with_headers(notebook, stem))) == dumps(notebook), "run generate --headers"


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("folder", ["solutions", "exercises"])
def test_header_in_words(folder, stem):
    notebook = load(folder, stem)
    for number, exercise in enumerate(generate.definitions(stem), 1):
        text = source(part(notebook, exercise.id, "header"))
        plural = "point" if exercise.points == 1 else "points"
        assert f"## Exercise {int(stem[:2])}.{number}: {exercise.title}\n" in text
        assert f"**{exercise.minutes} minutes · level {exercise.level} · {exercise.points} {plural}**" in text
        assert text.endswith(f"\n\n{exercise.goal}")
        assert f'<a id="{exercise.id}"></a>' in text


@pytest.mark.parametrize("stem", STEMS)
def test_cards_of_the_chapter(stem):
    """Every exercise has a card in the chapter, with the number, the title and the facts of its definition."""
    text = "\n\n".join(source(c) for c in load("book", stem)["cells"] if c["cell_type"] == "markdown")
    for exercise in generate.definitions(stem):
        link = f"](../exercises/{stem}.ipynb#{exercise.id})"
        heading, facts = re.escape(generate.heading(exercise, stem)), re.escape(generate.facts(exercise))
        card = re.search(rf"^#+ {heading}\n+{facts}.*{re.escape(link)}", text, re.MULTILINE)
        assert card is not None, f"{exercise.id}: no card, or another one; run generate --headers"


@pytest.mark.parametrize("stem", STEMS)
def test_sections_exist(stem):
    for exercise in generate.definitions(stem):
        page, _, anchor = exercise.section.partition("#")
        assert anchor in anchors(ROOT / "book" / f"{page}.ipynb"), f"{exercise.id}: section {exercise.section}"


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.parametrize("folder", ["solutions", "exercises"])
def test_nbgrader_accepts_the_metadata(folder, stem):
    node = nbformat.from_dict(load(folder, stem))
    MetadataValidator().validate_nb(node)
    graded = [c.metadata.nbgrader for c in node.cells if "nbgrader" in c.metadata and c.metadata.nbgrader.grade]
    assert [(m.grade_id, m.points) for m in graded] == [(e.id, e.points) for e in generate.definitions(stem)]
    allowed = {"schema_version", "grade_id", "grade", "solution", "locked", "task", "points", "checksum", "cell_type"}
    assert all(set(c.metadata.get("nbgrader", {})) <= allowed for c in node.cells)


@pytest.mark.parametrize("stem", STEMS)
def test_released_cells_are_locked_and_sealed(stem):
    """What nbgrader needs to notice an edited check and to put back its own."""
    node = nbformat.reads(dumps(load("exercises", stem)), as_version=4)
    for cell in node.cells:
        if "nbgrader" in cell.metadata:
            assert cell.metadata.nbgrader.checksum == compute_checksum(cell)
            assert cell.metadata.deletable is False
            assert cell.metadata.get("editable", True) is (not cell.metadata.nbgrader.locked)


@pytest.mark.parametrize("stem", STEMS)
def test_no_answer_is_released(stem):
    released = load("exercises", stem)
    everything = dumps(released)
    assert "SOLUTION" not in everything
    assert all(cell["outputs"] == [] for cell in released["cells"] if cell["cell_type"] == "code")
    for exercise in generate.definitions(stem):
        answer = source(part(load("solutions", stem), exercise.id, "answer"))
        [region] = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", answer, re.DOTALL)
        lines = {line.strip() for line in region.splitlines() if len(line.strip()) > 3}
        received = {line.strip() for line in source(part(released, exercise.id, "answer")).splitlines()}
        hidden = {line for line in lines if not line.endswith("{")}
        assert hidden and not hidden & received


@pytest.mark.slow
@pytest.mark.parametrize("stem", STEMS)
def test_untouched_notebook_runs_to_its_end_with_no_points(stem, tmp_path):
    node = nbformat.from_dict(run(load("exercises", stem), tmp_path))       # raises on an error, and on stderr
    for exercise in generate.definitions(stem):
        check = part(node, exercise.id, "check")
        assert determine_grade(check, logging.getLogger()) == (0, exercise.points)
        assert "Not tried yet." in "".join(check["outputs"][0]["data"]["text/plain"])
    last = node["cells"][-1]
    assert "0 of" in "".join(last["outputs"][0]["data"]["text/plain"])


@pytest.mark.slow
@pytest.mark.parametrize("stem", STEMS)
def test_solutions_have_all_points_as_nbgrader_counts_them(stem, tmp_path):
    node = nbformat.from_dict(run(load("solutions", stem), tmp_path))
    for exercise in generate.definitions(stem):
        grade = determine_grade(part(node, exercise.id, "check"), logging.getLogger())
        assert grade == (exercise.points, exercise.points)


def test_the_parts_are_complete_and_in_order():
    whole = load("solutions", STEM)
    task = part(whole, "rnn-step", "task")
    missing = {**whole, "cells": [c for c in whole["cells"] if c != task]}
    with pytest.raises(ValueError, match=r"02-hidden-state: .*'rnn-step', 'answer'.* where .*'task'.* is expected"):
        generate.with_headers(missing, STEM)
    i = whole["cells"].index(task)
    swapped = copy.deepcopy(whole)
    swapped["cells"][i], swapped["cells"][i + 1] = swapped["cells"][i + 1], swapped["cells"][i]
    with pytest.raises(ValueError, match="is expected"):
        generate.with_headers(swapped, STEM)
    last = part(whole, generate.definitions(STEM)[-1].id, "check")
    short = {**whole, "cells": [c for c in whole["cells"] if c != last]}
    with pytest.raises(ValueError, match="39 parts where 40 are expected"):
        generate.with_headers(short, STEM)


def test_headers_are_put_right():
    whole = load("solutions", STEM)
    edited = copy.deepcopy(whole)
    part(edited, "rnn-step", "header")["source"] = "## Mine"
    part(edited, "rnn-step", "check")["source"] = "report.points"
    part(edited, "rnn-forward", "check")["metadata"]["nbgrader"]["points"] = 99
    assert normalise(generate.with_headers(edited, STEM)) == whole
    assert source(part(edited, "rnn-step", "header")) == "## Mine"          # the argument is left as it is


def test_cards_are_put_right_and_the_prose_is_kept():
    text = ("Before.\n\n### Exercise 9.9: Old\n\n**1 minute · level 4 · 7 points** · "
            "[Open it](../exercises/02-hidden-state.ipynb#rnn-step)\n\nProse.")
    cell = {"cell_type": "markdown", "metadata": {}, "source": text}
    [found] = generate.with_cards({"cells": [cell]}, STEM)["cells"]
    expected = text.replace("9.9: Old", "2.2: One step").replace("1 minute · level 4 · 7", "3 minutes · level 1 · 2")
    assert found["source"] == expected


@pytest.mark.parametrize("id, expected", [
    ("rnn-step", generate.STUB),
    ("rnn-by_hand", "by_hand = ..."),
])
def test_stub(id, expected):
    assert generate.stub(get(id)) == expected


def test_stub_of_a_choice_lists_its_parts():
    found: dict = {}
    exec(generate.stub(get("rnn-right_head")), found)
    assert found["right_head"] == dict.fromkeys(get("rnn-right_head").choices, ...)


def test_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "solutions").mkdir()
    shutil.copy(ROOT / "solutions" / f"{STEM}.ipynb", tmp_path / "solutions")
    monkeypatch.chdir(tmp_path)
    assert generate.main(["--check"]) == 1
    assert not (tmp_path / "exercises").exists()
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    path = tmp_path / "exercises" / f"{STEM}.ipynb"
    assert path.read_bytes() == (ROOT / "exercises" / f"{STEM}.ipynb").read_bytes()
    path.write_text(path.read_text(encoding="utf-8").replace("not tried yet", "return 0"), encoding="utf-8")
    capsys.readouterr()
    assert generate.main(["--check"]) == 1
    assert f"{STEM}.ipynb: not up to date" in capsys.readouterr().out
