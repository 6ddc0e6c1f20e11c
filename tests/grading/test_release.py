"""The notebook of a homework: the chosen exercises with its points, no answers, and it runs unsolved."""

from __future__ import annotations

import argparse
import io
import json
import logging
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from hand_ins import ROOT, answers, as_bytes
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum, determine_grade

import rnnbook
from rnnbook import cli
from rnnbook.checks import get, registry
from rnnbook.commands import release as command
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal
from rnnbook.grading.homework import Homework, read_homework
from rnnbook.grading.notebooks import read_program
from rnnbook.grading.release import _without_links, check_of, student_notebook, teacher_notebook
from rnnbook.notebooks.execute import run
from rnnbook.notebooks.normalise import dumps, normalise

SOLUTIONS = ROOT / "solutions"
TOML = """
title = "Homework 1"
notebook = "week 3"
due = 2026-11-27T23:59:00+01:00
allowed = ["numpy"]
pack = "pack"

[exercises]
rnn-forward = 6
rnn-step = 2
rnn-right_head = 2.5
leaky-leaky_step = 3
leaky-half_life = 1

[late]
percent_per_day = 20

[[questions]]
id = "why"
title = "Why tanh?"
points = 3
text = "What happens without it?"
"""
POINTS = {"rnn-forward": 6, "rnn-step": 2, "rnn-right_head": 2.5, "leaky-leaky_step": 3, "leaky-half_life": 1}


@pytest.fixture(autouse=True)
def no_packs():
    yield
    registry.unload_packs()


@pytest.fixture
def path(tmp_path):
    shutil.copytree(ROOT / "exercises" / "example-pack", tmp_path / "pack")
    (tmp_path / "hw1.toml").write_text(TOML, encoding="utf-8")
    return tmp_path / "hw1.toml"


def source(cell):
    return "".join(cell["source"])


def graded(notebook):
    found = [c["metadata"]["nbgrader"] for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    return {m["grade_id"]: m["points"] for m in found}


def test_only_what_was_chosen_with_the_homeworks_points(path):
    notebook = student_notebook(read_homework(path), SOLUTIONS)
    assert graded(notebook) == {**POINTS, "why": 3}
    assert list(graded(notebook)) == [*POINTS, "why"]                      # in the homework's order
    marks = [c["metadata"]["rnnbook"]["exercise"] for c in notebook["cells"]
             if "exercise" in c["metadata"].get("rnnbook", {})]
    assert set(marks) == set(POINTS)
    assert notebook["metadata"]["rnnbook"] == {"version": rnnbook.__version__, "homework": "hw1"}
    heads = [re.search(r"^## (.*)$", source(c), re.M)[1] for c in notebook["cells"]
             if c["cell_type"] == "markdown" and re.search(r"^## (Ex|Qu)", source(c), re.M)]
    assert heads[:2] == ["Exercise 1: The loop", "Exercise 2: One step"] and heads[-1] == "Question 6: Why tanh?"
    assert "· 2.5 points**" in dumps(notebook) and "level 2 · 6 points**" in dumps(notebook)


def test_it_is_normalised_and_nbgrader_accepts_it(path):
    homework = read_homework(path)
    for notebook in (student_notebook(homework, SOLUTIONS), teacher_notebook(homework, SOLUTIONS)):
        assert dumps(normalise(notebook)) == dumps(notebook)
        node = nbformat.reads(dumps(notebook), as_version=4)
        nbformat.validate(node)
        MetadataValidator().validate_nb(node)
    node = nbformat.reads(dumps(student_notebook(homework, SOLUTIONS)), as_version=4)
    for cell in node.cells:
        if "nbgrader" in cell.metadata:
            assert cell.metadata.nbgrader.checksum == compute_checksum(cell)
            assert cell.metadata.get("editable", True) is (not cell.metadata.nbgrader.locked)


def test_questions_are_marked_by_hand(path):
    notebook = student_notebook(read_homework(path), SOLUTIONS)
    *_, asked, answer = notebook["cells"]
    assert "What happens without it?" in source(asked) and asked["metadata"]["editable"] is False
    assert source(answer) == "*Your answer here.*"
    mark = answer["metadata"]["nbgrader"]
    assert (mark["grade"], mark["solution"], mark["locked"], mark["points"]) == (True, True, False, 3)


def test_no_answer_is_released(path):
    text = dumps(student_notebook(read_homework(path), SOLUTIONS))
    assert "SOLUTION" not in text and "np.tanh(x_t @" not in text
    for id, answer in answers().items():
        assert json.dumps(answer)[1:-1] not in text, id
    assert "### BEGIN SOLUTION" in dumps(teacher_notebook(read_homework(path), SOLUTIONS))


def test_links_go_to_the_website_or_nowhere(path):
    without = dumps(student_notebook(read_homework(path), SOLUTIONS))
    assert "../" not in without and "In the chapter" not in without
    path.write_text('book = "https://uni.example/rnn"\n' + TOML, encoding="utf-8")
    registry.unload_packs()
    text = dumps(student_notebook(read_homework(path), SOLUTIONS))
    assert "../" not in text
    assert "[In the chapter](https://uni.example/rnn/book/02-hidden-state.html#the-step-and-the-loop)" in text


@pytest.mark.parametrize("book, expected", [("", "See chapter 2 and ![a picture](../book/x.png)."), (
    "https://uni.example", "See [chapter 2](https://uni.example/book/02-hidden-state.html#the-loop) and "
                           "![a picture](../book/x.png).")])
def test_a_link_in_a_task(book, expected):
    cell = {"cell_type": "markdown", "source": "See [chapter 2](../book/02-hidden-state.ipynb#the-loop) and "
                                               "![a picture](../book/x.png)."}
    assert _without_links(cell, Homework("hw", "T", {}, book=book))["source"] == expected


def test_the_check_cell_counts_in_the_homeworks_points():
    assert check_of(get("rnn-step"), 2, False) == 'report = check("rnn-step", step)\nreport.points'
    assert check_of(get("rnn-step"), 2.5, False).endswith("\nround(report.points * 2.5 / 2, 2)")


def test_the_first_cell_says_what_to_do(path):
    first = source(student_notebook(read_homework(path), SOLUTIONS)["cells"][0])
    for said in ("# Homework 1", "5 exercises and 1 question marked by hand, 17.5 points",
                 "27 November 2026, 23:59 (UTC+01:00)", "costs 20 % of the points", "may use: numpy", "`week 3.ipynb`"):
        assert said in first


def test_the_grader_finds_every_exercise_in_it(path):
    homework = read_homework(path)
    program = read_program(as_bytes(student_notebook(homework, SOLUTIONS)), list(homework.exercises))
    roles = [(c.exercise, c.role) for c in program.cells if c.exercise]
    assert roles == [(id, role) for id in POINTS for role in ("answer", "check")] and not program.problems


def test_a_packs_own_notebook_is_used(path):
    marks = [{"rnnbook": {"exercise": "leaky-half_life", "part": part}} for part in ("task", "answer")]
    cells = [{"cell_type": "markdown", "id": "a", "metadata": marks[0], "source": "The task in full."},
             {"cell_type": "code", "id": "b", "metadata": marks[1], "outputs": [], "execution_count": None,
              "source": "### BEGIN SOLUTION\nhalf_life = 7\n### END SOLUTION"}]
    (path.parent / "pack" / "mine.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4,
                                                                "nbformat_minor": 5}))
    homework = read_homework(path)
    text = dumps(student_notebook(homework, SOLUTIONS))
    assert "The task in full." in text and "half_life = 7" not in text and "half_life = ..." in text
    assert "half_life = 7" in dumps(teacher_notebook(homework, SOLUTIONS))


def test_solutions_that_are_missing_are_named(path, tmp_path):
    with pytest.raises(ValueError, match="has no notebook with the exercise 'rnn-forward'"):
        student_notebook(read_homework(path), tmp_path)


def carry_out(*words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    out = io.StringIO()
    assert command.run(parser.parse_args(list(map(str, words))), Terminal(out)) == 0
    return out.getvalue()


def test_the_command(path, tmp_path, monkeypatch):
    said = carry_out(path, "--out", tmp_path / "new" / "deep")
    written = tmp_path / "new" / "deep" / "week 3.ipynb"
    assert "week 3.ipynb: 5 exercises and 1 question, 17.5 points" in said and "the pack stays with you" in " ".join(
        said.split())
    assert json.loads(written.read_text(encoding="utf-8")) == student_notebook(read_homework(path), SOLUTIONS)
    carry_out(path, "--out", tmp_path / "new" / "deep", "--with-answers", "--solutions", SOLUTIONS)
    assert "BEGIN SOLUTION" in written.read_text(encoding="utf-8")
    with pytest.raises(UsageError, match="there is no such folder"):
        carry_out(path, "--solutions", tmp_path / "none")
    with pytest.raises(UsageError, match=r"none\.toml cannot be read"):
        carry_out(tmp_path / "none.toml")
    monkeypatch.setattr(rnnbook, "__file__", str(tmp_path / "site-packages" / "rnnbook" / "__init__.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="run this in a clone of the book's repository"):
        carry_out(path)
    monkeypatch.setitem(sys.modules, "nbgrader", None)
    with pytest.raises(UsageError, match=r'nbgrader is missing.*pip install "rnnbook\[grade\]"'):
        carry_out(path)


def test_the_command_is_known():
    assert cli.COMMANDS["release"] == "release" and "release" in cli.SUMMARIES


@pytest.mark.slow
def test_unsolved_it_runs_to_its_end_without_points(path, tmp_path):
    """In a kernel of its own, which has no pack, as a student's has none."""
    node = nbformat.from_dict(run(student_notebook(read_homework(path), SOLUTIONS), tmp_path))
    grades = [determine_grade(c, logging.getLogger()) for c in node.cells
              if c.metadata.get("nbgrader", {}).get("grade") and c.cell_type == "code"]
    assert grades == [(0, points) for points in POINTS.values()]


@pytest.mark.slow
def test_the_book_alone_imports_no_grading():
    """What a learner imports does not need what a teacher needs."""
    code = ("import sys, rnnbook.checks, rnnbook.cli; rnnbook.checks.exercises(); "
            "print([m for m in sys.modules if m.startswith('rnnbook.grading')])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(ROOT))
    assert done.stdout.strip() == "[]"


def test_points_are_scaled_as_the_check_cell_does(path):
    homework = read_homework(path)
    for id in homework.exercises:
        own = get(id).points
        for points in (0, own / 4, own / 3, own):
            assert homework.scaled(id, round(points, 2)) == pytest.approx(
                round(round(points, 2) * homework.exercises[id] / own, 2), abs=0.011)
        assert homework.scaled(id, own) == homework.exercises[id]
