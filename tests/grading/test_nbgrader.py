"""Plain nbgrader, with its real commands: our notebooks are released, handed in and autograded in a course."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hand_ins import ROOT, STEM, answers, as_bytes, with_answers
from nbgrader.api import Gradebook

from rnnbook.checks import exercises, registry
from rnnbook.grading.collect import collect
from rnnbook.grading.homework import read_homework
from rnnbook.grading.release import teacher_notebook
from rnnbook.notebooks.normalise import dumps

pytestmark = pytest.mark.slow

TOML = """
title = "Homework 1"
pack = "pack"
[exercises]
rnn-step = 5
rnn-parameter_count = 1
leaky-half_life = 3
[[questions]]
id = "why"
title = "Why tanh?"
points = 2
text = "What happens without it?"
"""
FORWARD_RETURNS_ONE_WRONG = answers()["rnn-forward"].replace("return ", "return_ = ") + (
    "\n    hs, last = return_\n    return hs, hs[0]\n")


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course with two assignments, released, handed in by three students and autograded."""
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "exercises" / "example-pack", course / "pack")
    (course / "hw1.toml").write_text(TOML, encoding="utf-8")
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'rnn'\n")
    (course / "source" / "chapter").mkdir(parents=True)
    shutil.copy(ROOT / "solutions" / f"{STEM}.ipynb", course / "source" / "chapter")
    (course / "source" / "hw1").mkdir()
    teacher = teacher_notebook(read_homework(course / "hw1.toml"), ROOT / "solutions")
    registry.unload_packs()
    (course / "source" / "hw1" / "hw1.ipynb").write_text(dumps(teacher), encoding="utf-8")
    for assignment in ("chapter", "hw1"):
        nbgrader(course, "generate_assignment", assignment)
    chapter = json.loads((course / "release" / "chapter" / f"{STEM}.ipynb").read_text(encoding="utf-8"))
    hw1 = json.loads((course / "release" / "hw1" / "hw1.ipynb").read_text(encoding="utf-8"))
    solved = with_answers(answers(), chapter)
    hand_in(course, "right", "chapter", f"{STEM}.ipynb", solved)
    hand_in(course, "untouched", "chapter", f"{STEM}.ipynb", chapter)
    partly = with_answers({"rnn-forward": FORWARD_RETURNS_ONE_WRONG}, solved)
    hand_in(course, "partly", "chapter", f"{STEM}.ipynb", partly)
    mine = {id: answers()[id] for id in ("rnn-step", "rnn-parameter_count")} | {"leaky-half_life": "half_life = 7"}
    right = with_answers(mine, hw1)
    right["cells"][-1]["source"] = "The sums would grow."
    hand_in(course, "right", "hw1", "hw1.ipynb", right)
    hand_in(course, "untouched", "hw1", "hw1.ipynb", hw1)
    for assignment in ("chapter", "hw1"):
        nbgrader(course, "autograde", assignment)
    return course


def nbgrader(course: Path, *words: str) -> None:
    """Run its command as a teacher does, with the pack known to its kernels."""
    bin = Path(sys.executable).parent
    environment = os.environ | {"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}",       # it calls alembic by name
                                "RNNBOOK_EXERCISES": str(course / "pack"), "OMP_NUM_THREADS": "1"}
    done = subprocess.run([str(bin / "nbgrader"), *words], cwd=course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def hand_in(course: Path, student: str, assignment: str, name: str, notebook: dict) -> None:
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True)
    (folder / name).write_bytes(as_bytes(notebook))
    (folder / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")


def scores(course: Path, assignment: str, student: str) -> dict[str, float]:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        [notebook] = book.find_submission(assignment, student).notebooks
        return {grade.name: grade.score for grade in notebook.grades}


def test_released_by_its_command(course):
    released = (course / "release" / "chapter" / f"{STEM}.ipynb").read_text(encoding="utf-8")
    assert "SOLUTION" not in released and "np.tanh(x_t @" not in released


def test_chapter(course):
    chapter = {e.id: e.points for e in exercises().values() if e.chapter == "02"}
    assert scores(course, "chapter", "right") == chapter
    assert scores(course, "chapter", "untouched") == dict.fromkeys(chapter, 0)
    assert scores(course, "chapter", "partly") == {**chapter, "rnn-forward": chapter["rnn-forward"] / 2}


def test_homework_with_its_own_points_a_private_exercise_and_a_question(course):
    right = {"rnn-step": 5, "rnn-parameter_count": 1, "leaky-half_life": 3, "why": 0}
    assert scores(course, "hw1", "right") == right
    assert scores(course, "hw1", "untouched") == dict.fromkeys(right, 0)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        by_hand = {s: next(g for g in book.find_submission("hw1", s).notebooks[0].grades if g.name == "why")
                   for s in ("right", "untouched")}
        assert by_hand["right"].needs_manual_grade and not by_hand["untouched"].needs_manual_grade
        assert book.find_assignment("hw1").max_score == 11


def test_its_submitted_folder_is_read_by_us(course):
    found = collect(course, names=["hw1"])
    assert [s.student for s in found.submissions] == ["right", "untouched"]
    assert all(s.submitted is not None and s.place is not None for s in found.submissions)
    assert found.layout == "nbgrader's submitted/"
