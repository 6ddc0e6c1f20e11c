"""The notebook that students receive for a homework: the chosen exercises with the homework's points, and nothing else.

The book's exercises come from solutions/, a private pack's from a notebook in its folder where there is one, with the
same marks in its cells, else from the definition alone. `rnnbook.notebooks.generate` has the marks and clears the
answers, with nbgrader's own preprocessors, and the result carries nbgrader's metadata, version 3.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

import rnnbook
from rnnbook.checks import Exercise
from rnnbook.grading.homework import Homework, Question
from rnnbook.notebooks.generate import NBGRADER, STUB, TEXT_STUB, cleared, stub
from rnnbook.notebooks.normalise import normalise

SETUP = "import numpy as np\n\nfrom rnnbook.checks import check, compare, hint, progress"


def student_notebook(homework: Homework, solutions: Path) -> dict:
    """The notebook to hand out (nbformat 4), normalised; it runs to its end unsolved.

    Raises
    ------
    ValueError
        `solutions`, the book's folder of that name, lacks the notebook of an exercise.
    """
    return cleared(teacher_notebook(homework, solutions))


def teacher_notebook(homework: Homework, solutions: Path) -> dict:
    """The same with the answers, between ### BEGIN SOLUTION and ### END SOLUTION: for source/ in a course of nbgrader.

    A pack's exercise without a notebook has no written answer: there the stub stands.
    """
    cells = [_markdown(f"{homework.id}-title", title(homework), {"part": "title"})]
    parts = [_parts(homework.known[id], homework, solutions) for id in homework.exercises]
    cells += _front([front for front, _, _ in parts], homework)
    for number, (id, (_, task, answer)) in enumerate(zip(homework.exercises, parts, strict=True), 1):
        cells += _exercise(homework, homework.known[id], number, task, answer)
    for number, question in enumerate(homework.questions, len(parts) + 1):
        cells += _question(question, number)
    notebook = {"cells": cells, "nbformat": 4, "nbformat_minor": 5,
                "metadata": {"rnnbook": {"version": rnnbook.__version__, "homework": homework.id}}}
    return normalise(notebook)


def title(homework: Homework) -> str:
    """The first cell: what there is to do, until when, and what is allowed."""
    by_hand = " marked by hand" if homework.questions else ""
    lines = [f"# {homework.title}", f"{contents_in_words(homework)}{by_hand}, {points_in_words(homework.points)}."]
    if homework.due is not None:
        lines.append(f"Due: {_when(homework.due)}.{_late(homework)}")
    if homework.allowed is not None:
        packages = " and ".join(homework.allowed) or "none but Python's own"
        lines.append(f"Packages that your answers may use: {packages}.")
    lines.append(f"Hand in this notebook under its name, `{homework.notebook}.ipynb`.")
    return "\n\n".join(lines)


def contents_in_words(homework: Homework) -> str:
    """"5 exercises and 1 question"."""
    counts = {"exercise": len(homework.exercises), "question": len(homework.questions)}
    return " and ".join(f"{n} {what}{'s' * (n != 1)}" for what, n in counts.items() if n)


def points_in_words(points: float) -> str:
    """"1 point", "2.5 points"."""
    return f"{points:g} point{'s' * (points != 1)}"


def _when(time: datetime) -> str:
    zone = time.strftime("%z")
    return f"{time.day} {time.strftime('%B %Y, %H:%M')} (UTC{zone[:3]}:{zone[3:5]})"


def _late(homework: Homework) -> str:
    rule, said = homework.late, ""
    if rule.percent:
        said += f" Each day that has begun after it costs {rule.percent:g} % of the points earned."
    if rule.grace:
        said += f" {rule.grace:g} minutes of grace cost nothing."
    if rule.cut_off is not None:
        said += f" Nothing is taken after {_when(rule.cut_off)}."
    return said


def _parts(exercise: Exercise, homework: Homework, solutions: Path) -> tuple[list[dict], dict | None, dict]:
    """What stands before a chapter's first exercise, the task (None where there is none written), and the answer."""
    for path in _sources(exercise, homework, solutions):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        mine = {mark["part"]: cell for cell in cells if (mark := cell["metadata"].get("rnnbook", {})).get("exercise")
                == exercise.id}
        if "answer" in mine:
            first = next(n for n, c in enumerate(cells) if "exercise" in c["metadata"].get("rnnbook", {}))
            front = [c for c in cells[:first] if c["metadata"].get("rnnbook", {}).get("part") != "title"]
            return front, mine.get("task"), mine["answer"]
    if exercise.id not in homework.private:
        raise ValueError(f"{solutions} has no notebook with the exercise {exercise.id!r}; expected the folder "
                         "solutions/ of the book's repository")
    return [], None, {"cell_type": "code", "metadata": {}, "source": answer_of(exercise), "outputs": [],
                      "execution_count": None}


def _sources(exercise: Exercise, homework: Homework, solutions: Path) -> Iterator[Path]:
    if exercise.id in homework.private and homework.pack is not None:
        yield from sorted(homework.pack.glob("*.ipynb"))
        return
    path = solutions / f"{exercise.section.split('#')[0]}.ipynb"
    if path.is_file():
        yield path


def answer_of(exercise: Exercise) -> str:
    """A cell to answer in, made of the definition: the function's head with the names of its inputs, or the name."""
    if exercise.kind in ("number", "choice"):
        return f"### BEGIN SOLUTION\n{stub(exercise)}\n### END SOLUTION"
    names = list(exercise.cases(np.random.default_rng(0))[0]) if exercise.cases else []     # what it is called with
    body = "\n".join(f"    {line}" for line in ("### BEGIN SOLUTION", *STUB.splitlines(), "### END SOLUTION"))
    returned = ", ".join(dict.fromkeys(name.split(".")[0] for name in exercise.returns))
    return f'def {exercise.name}({", ".join(names)}):\n    """{returned}"""\n{body}'


def _front(fronts: list[list[dict]], homework: Homework) -> list[dict]:
    """What stands before the exercises of their chapters, each cell once."""
    found: dict[str, dict] = {}
    for cell in (cell for front in fronts for cell in front):
        found.setdefault(_text(cell), _without_links(cell, homework))
    if not any(cell["cell_type"] == "code" for cell in found.values()):
        found["setup"] = _code("setup", SETUP, {})
    return list(found.values())


def _exercise(homework: Homework, exercise: Exercise, number: int, task: dict | None, answer: dict) -> list[dict]:
    points = homework.exercises[exercise.id]
    private = exercise.id in homework.private

    def mark(part: str) -> dict[str, Any]:
        grade_id = exercise.id if part == "check" else f"{exercise.id}-{part}"
        worth = {"points": points} if part == "check" else {}
        return {"rnnbook": {"exercise": exercise.id, "part": part},
                "nbgrader": {"schema_version": 3, "grade_id": grade_id, "task": False, **NBGRADER[part], **worth}}

    cells = [_markdown(f"{exercise.id}-header", header(homework, exercise, number), {})]
    cells[0]["metadata"] = mark("header")
    if task is not None:
        cells.append({**_without_links(task, homework), "id": f"{exercise.id}-task", "metadata": mark("task")})
    cells.append({**copy.deepcopy(answer), "id": f"{exercise.id}-answer", "metadata": mark("answer")})
    source = check_of(exercise, points, private)
    return [*cells, {**_code(f"{exercise.id}-check", source, {}), "metadata": mark("check")}]


def header(homework: Homework, exercise: Exercise, number: int) -> str:
    """An anchor, the heading, one line of facts, the goal."""
    page, _, anchor = exercise.section.partition("#")
    link = f"{homework.book}/book/{page}.html" + (f"#{anchor}" if anchor else "")
    facts = (f"**{exercise.minutes} minutes · level {exercise.level} · "
             f"{points_in_words(homework.exercises[exercise.id])}**")
    facts += f" · [In the chapter]({link})" if homework.book and page else ""
    return f'<a id="{exercise.id}"></a>\n\n## Exercise {number}: {exercise.title}\n\n{facts}\n\n{exercise.goal}'


def check_of(exercise: Exercise, points: float, private: bool) -> str:
    """The cell below an answer: its last value is what nbgrader takes for points."""
    call = f'check("{exercise.id}", {exercise.name})'
    scaled = f"round(report.points * {points:g} / {exercise.points}, 2)"
    worth = "report.points" if points == exercise.points else scaled
    if not private:
        return f"report = {call}\n{worth}"
    return ("# This exercise is checked when the homework is graded.\nfrom rnnbook.checks import exercises\n\n"
            f'report = {call} if "{exercise.id}" in exercises() else None\n{worth} if report else 0')


def _question(question: Question, number: int) -> list[dict]:
    """A question marked by hand: its text, locked, and a cell of text to answer in."""
    def mark(part: str, **more: Any) -> dict[str, Any]:
        return {"nbgrader": {"schema_version": 3, "grade_id": f"{question.id}-{part}" if part else question.id,
                             "task": False, "grade": False, "solution": False, "locked": True} | more}

    text = (f'<a id="{question.id}"></a>\n\n## Question {number}: {question.title}\n\n'
            f"**{points_in_words(question.points)} · marked by hand**\n\n{question.text}")
    asked = {**_markdown(f"{question.id}-task", text, {}), "metadata": mark("task")}
    answer = {**_markdown(question.id, TEXT_STUB, {}),
              "metadata": mark("", grade=True, solution=True, locked=False, points=question.points)}
    return [asked, answer]


LINK = re.compile(r"(?<!!)\[([^]\n]+)\]\(\.\./([\w./-]+?)\.ipynb(#[\w-]+)?\)")


def _without_links(cell: dict, homework: Homework) -> dict:
    """The cell with its links into the repository made links to the book's website, or, without that, plain words."""
    def elsewhere(found: re.Match) -> str:
        return f"[{found[1]}]({homework.book}/{found[2]}.html{found[3] or ''})" if homework.book else found[1]

    if cell["cell_type"] != "markdown":
        return copy.deepcopy(cell)
    return {**copy.deepcopy(cell), "source": LINK.sub(elsewhere, _text(cell))}


def _text(cell: dict) -> str:
    return "".join(cell["source"])


def _markdown(id: str, source: str, mark: dict[str, str]) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": id, "metadata": {"rnnbook": mark} if mark else {}, "source": source}


def _code(id: str, source: str, mark: dict[str, str]) -> dict[str, Any]:
    return {"cell_type": "code", "id": id, "metadata": {"rnnbook": mark} if mark else {}, "source": source,
            "outputs": [], "execution_count": None}
