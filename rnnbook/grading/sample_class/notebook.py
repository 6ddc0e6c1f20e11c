"""The notebooks of the made-up class: what `rnnbook release` hands out, shorter, with a student's answers in it.

The exercises' tasks stand in the book's repository, which an installed package has not. So here each exercise has its
goal, a cell for the answer and its check, made of the definition.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np

from rnnbook.checks import Exercise
from rnnbook.grading.homework import Homework
from rnnbook.grading.release import SETUP, check_of, header, title
from rnnbook.grading.sample_class.students import Student
from rnnbook.notebooks.generate import NBGRADER, stub


def notebook(student: Student, homework: Homework, answers: Mapping[str, str]) -> dict:
    """A student's notebook, nbformat 4, without outputs."""
    cells = [_cell("markdown", title(homework), {"part": "title"}), _cell("code", SETUP, {})]
    cells += [_cell("code", source, {}) for source in student.before]
    numbers = {id: n for n, id in enumerate(homework.exercises, 1)}
    for id in student.order:
        exercise = homework.known[id]
        cells.append(_part(exercise, "header", header(homework, exercise, numbers[id]), homework))
        if id in student.twice:
            cells.append(_part(exercise, "answer", student.twice[id], homework))
        cells.append(_part(exercise, "answer", answers.get(id, blank(exercise)), homework))
        check = check_of(exercise, homework.exercises[id], id in homework.private)
        cells.append(_part(exercise, "check", check, homework))
    for n, cell in enumerate(cells):
        cell["id"] = f"cell-{n:02}"
        if not student.marked:
            cell["metadata"] = {}
    return {"cells": cells, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}


def blank(exercise: Exercise) -> str:
    """A cell to answer in, not answered."""
    if exercise.kind in ("number", "choice"):
        return stub(exercise)
    names = ", ".join(exercise.cases(np.random.default_rng(0))[0]) if exercise.cases else ""
    return f"def {exercise.name}({names}):\n{textwrap.indent(stub(exercise), '    ')}"


def _part(exercise: Exercise, part: str, source: str, homework: Homework) -> dict:
    cell = _cell("markdown" if part == "header" else "code", source, {"exercise": exercise.id, "part": part})
    worth = {"points": homework.exercises[exercise.id]} if part == "check" else {}
    cell["metadata"]["nbgrader"] = {"schema_version": 3, "task": False, **NBGRADER[part], **worth,
                                    "grade_id": exercise.id if part == "check" else f"{exercise.id}-{part}"}
    return cell


def _cell(kind: str, source: str, mark: dict[str, str]) -> dict:
    code: dict = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {"rnnbook": mark} if mark else {}, "source": source, **code}
