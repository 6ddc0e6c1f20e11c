"""Scores into a gradebook of nbgrader, by its own API, `nbgrader.api.Gradebook`.

An exercise is the grade cell of its id, as `rnnbook release` names it. The grader's points become the automatic score;
what a person decided becomes the manual score, which nbgrader lets go before it; the late rule becomes the penalty of
the notebook. The comment at an answer says what the student may see. A manual score that was given in nbgrader stays
where nobody here has decided otherwise.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnbook.grading.driver import Mark
from rnnbook.grading.exports.sheet import LOST, Sheet, mark_words, override_words
from rnnbook.grading.gradebook_rows import Row


@dataclass
class NbgraderExport:
    """What was written.

    Attributes
    ----------
    students
        How many have scores.
    kept
        Scores given by hand in nbgrader that differ and were left: (student, exercise, theirs, ours).
    skipped
        Students whose hand-in was lost on the way and is graded again.
    """

    students: int = 0
    kept: list[tuple[str, str, float, float | None]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def to_nbgrader(sheet: Sheet, database: str | Path, *, assignment: str = "", notebook: str = "") -> NbgraderExport:
    """Write the scores of a class. Assignment, notebook, cells and students are made where nbgrader has none.

    Parameters
    ----------
    database
        nbgrader's gradebook, gradebook.db in the folder of the course.
    assignment
        Its name in nbgrader; by default the homework's.
    notebook
        The name of its notebook without .ipynb; by default the only one there is, else the assignment's name.

    Raises
    ------
    ImportError
        nbgrader is not installed.
    ValueError
        The assignment has several notebooks and none is named, or a grade cell has other points in nbgrader: nothing
        has been written then.
    """
    name = assignment or sheet.name
    with _opened(Path(database)) as (book, api):
        where = _notebook(book, api, name, notebook)
        _prepare(book, api, sheet, name, where)
        done = NbgraderExport(skipped=[row.student for row in sheet.rows if row.status == LOST])
        for row in sheet.graded():
            _student(book, api, sheet, row.student)
            _submission(book, api, sheet, row, name, where, done)
            done.students += 1
        return done


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, Any]]:
    try:
        from nbgrader import api
    except ImportError:
        raise ImportError("nbgrader is needed to write its gradebook: pip install nbgrader") from None
    from sqlalchemy.exc import DatabaseError

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _quiet(), _programs(), api.Gradebook(f"sqlite:///{path.resolve()}") as book:
            yield book, api
    except DatabaseError as error:
        raise ValueError(f"{path} cannot be used as nbgrader's gradebook: {error.orig}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings that SQLAlchemy gives of how nbgrader's own methods use it."""
    from sqlalchemy.exc import SAWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


@contextmanager
def _programs() -> Iterator[None]:
    """This Python's programs first on PATH: to make a new gradebook, nbgrader calls alembic by its name."""
    before = os.environ.get("PATH")
    os.environ["PATH"] = os.pathsep.join(filter(None, (str(Path(sys.executable).parent), before)))
    try:
        yield
    finally:
        if before is None:
            del os.environ["PATH"]
        else:
            os.environ["PATH"] = before


def _notebook(book: Any, api: Any, assignment: str, asked: str) -> str:
    try:
        known = [notebook.name for notebook in book.find_assignment(assignment).notebooks]
    except api.MissingEntry:
        known = []
    if asked in known or not known:
        return asked or assignment
    if asked or len(known) > 1:
        raise ValueError(f"notebook is {asked!r}; expected one of those of {assignment} in nbgrader: "
                         f"{', '.join(known)}")
    return known[0]


def _prepare(book: Any, api: Any, sheet: Sheet, assignment: str, notebook: str) -> None:
    """The assignment with its cells. Points that differ are found before anything is written."""
    marks = sheet.exercises
    for id, mark in marks.items():
        try:
            found = book.find_graded_cell(id, notebook, assignment)
        except api.MissingEntry:
            continue
        if found.max_score != mark.max_points:
            raise ValueError(f"the grade cell {id} has {found.max_score:g} points in nbgrader, and "
                             f"{mark.max_points:g} here; expected the same")
    due = sheet.data.get("due")
    try:
        book.find_assignment(assignment)
    except api.MissingEntry:
        book.add_assignment(assignment, **({"duedate": due} if due else {}))
    book.update_or_create_notebook(notebook, assignment)
    for id, mark in marks.items():
        cell_type = "markdown" if mark.points is None else "code"
        try:
            book.find_graded_cell(id, notebook, assignment)
        except api.MissingEntry:
            book.add_grade_cell(id, notebook, assignment, max_score=mark.max_points, cell_type=cell_type)
            book.update_or_create_solution_cell(_answer(mark), notebook, assignment)


def _answer(mark: Mark) -> str:
    """The id of the cell that holds the answer, where the comment stands."""
    return mark.exercise if mark.points is None else f"{mark.exercise}-answer"


def _student(book: Any, api: Any, sheet: Sheet, id: str) -> None:
    """The student as nbgrader has it; made where it has none."""
    try:
        book.find_student(id)
    except api.MissingEntry:
        name, data = sheet.students.get(id, ("", {}))
        family, comma, given = name.partition(",")
        if not comma:
            given, _, family = name.rpartition(" ")
        book.add_student(id, first_name=given.strip() or None, last_name=family.strip() or None,
                         email=data.get("email") or None, lms_user_id=data.get("number") or None)


def _submission(book: Any, api: Any, sheet: Sheet, row: Row, assignment: str, notebook: str,
                done: NbgraderExport) -> None:
    when = {"timestamp": row.when.isoformat()} if row.when else {}
    submission = book.update_or_create_submission(assignment, row.student, **when)
    [mine] = [one for one in submission.notebooks if one.name == notebook]
    mine.late_submission_penalty = row.raw - row.final
    marks = {mark.exercise: mark for mark in row.marks}
    for id, asked in sheet.exercises.items():
        _score(_grade(book, api, mine, id, notebook, assignment), row, marks.get(id), asked, done)
        comment = _comment(book, api, mine, _answer(asked), notebook, assignment)
        if comment is not None and id in marks:
            by_hand = override_words(row, marks[id])
            comment.auto_comment = mark_words(row, marks[id])
            if by_hand and asked.points is None:
                comment.manual_comment = row.overrides[id].reason
    book.db.commit()


def _score(grade: Any, row: Row, mark: Mark | None, asked: Mark, done: NbgraderExport) -> None:
    given = row.overrides.get(asked.exercise)
    by_hand = asked.points is None
    grade.auto_score = None if by_hand else (mark.points if mark is not None and mark.points is not None else 0)
    if given is not None:
        grade.manual_score = given.points
    elif grade.manual_score is not None and grade.manual_score != grade.auto_score:
        done.kept.append((row.student, asked.exercise, grade.manual_score, grade.auto_score))
    grade.needs_manual_grade = by_hand and grade.manual_score is None


def _grade(book: Any, api: Any, mine: Any, id: str, notebook: str, assignment: str) -> Any:
    """The grade of a cell; made where the cell came into nbgrader after the hand-in."""
    found = next((grade for grade in mine.grades if grade.name == id), None)
    if found is None:
        found = api.Grade(cell_id=book.find_graded_cell(id, notebook, assignment).id, notebook=mine)
        book.db.add(found)
    return found


def _comment(book: Any, api: Any, mine: Any, id: str, notebook: str, assignment: str) -> Any:
    """The comment at a cell; None where nbgrader's assignment has no such cell."""
    found = next((comment for comment in mine.comments if comment.name == id), None)
    if found is None:
        try:
            found = api.Comment(cell_id=book.find_solution_cell(id, notebook, assignment).id, notebook=mine)
        except api.MissingEntry:
            return None
        book.db.add(found)
    return found
