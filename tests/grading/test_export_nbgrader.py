"""nbgrader: scores written by its API, read back with it."""

import csv
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import export_books
import pytest
from nbgrader.api import Gradebook as Theirs

from rnnbook.grading.exports.nbgrader import to_nbgrader
from rnnbook.grading.exports.sheet import read_sheet
from rnnbook.grading.gradebook import Gradebook

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Object of type")]       # nbgrader's own


@pytest.fixture
def ours(tmp_path):
    with Gradebook(export_books.fill(tmp_path / "g.sqlite")) as book:
        yield book


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A gradebook as nbgrader makes it; to be copied."""
    path = tmp_path_factory.mktemp("nbgrader") / "gradebook.db"
    with Gradebook(export_books.fill(path.with_name("g.sqlite"))) as book:
        sheet = read_sheet(book, "hw1")
    to_nbgrader(sheet, path.with_name("first.db"))          # nbgrader calls alembic: it must be found without a shell
    with Theirs(f"sqlite:///{path.with_name('first.db')}") as book:
        book.remove_assignment("hw1")
        for id in ("S1", "S2", "S3"):
            book.remove_student(id)
    return path.with_name("first.db").read_bytes()


@pytest.fixture
def database(empty, tmp_path):
    (tmp_path / "gradebook.db").write_bytes(empty)
    return tmp_path / "gradebook.db"


@contextmanager
def theirs(database):
    with Theirs(f"sqlite:///{database}") as book:
        yield book


def scores(database, student):
    with theirs(database) as book:
        submission = book.find_submission("hw1", student)
        [notebook] = submission.notebooks
        return {g.name: (g.auto_score, g.manual_score, g.score, g.needs_manual_grade) for g in notebook.grades}


def test_scores_overrides_and_open_questions(ours, database):
    done = to_nbgrader(read_sheet(ours, "hw1"), database)
    assert (done.students, done.kept, done.skipped) == (3, [], ["S5"])
    assert scores(database, "S1") == {"rnn-step": (4, None, 4, False), "rnn-forward": (4, None, 4, False),
                                      "why-tanh": (None, 1.5, 1.5, False)}
    assert scores(database, "S2")["rnn-step"] == (0, 1, 1, False)
    assert scores(database, "S3") == {"rnn-step": (0, None, 0, False), "rnn-forward": (0, None, 0, False),
                                      "why-tanh": (None, None, 0, True)}
    with theirs(database) as book:
        bob = book.find_submission("hw1", "S2")
        assert (bob.score, bob.max_score, bob.late_submission_penalty) == (5, 10, 1)
        assert bob.timestamp.isoformat() == "2026-11-02T18:00:00" and bob.total_seconds_late == 30 * 3600
        assert book.find_submission("hw1", "S3").needs_manual_grade
        assert sorted(s.id for s in book.students) == ["S1", "S2", "S3"]
        ada = book.find_student("S1")
        assert (ada.first_name, ada.last_name, ada.email, ada.lms_user_id) == ("Ada", "Lovelace", "ada@x.example",
                                                                              "101")
        comments = {c.name: c.comment for c in bob.notebooks[0].comments}
        assert "The bias `b_h` is missing" in comments["rnn-step-answer"] and comments["why-tanh"] == "Good."
        assert all(export_books.SECRET not in (text or "") for text in comments.values())


def test_again_is_the_same_and_a_change_arrives(ours, database):
    for _ in range(2):
        to_nbgrader(read_sheet(ours, "hw1"), database)
    before = scores(database, "S2")
    ours.override("S2", "hw1", "rnn-step", 3, "Looked at again.", "prof")
    to_nbgrader(read_sheet(ours, "hw1"), database)
    assert scores(database, "S2") == {**before, "rnn-step": (0, 3, 3, False)}
    with theirs(database) as book:
        assert len(book.assignments) == 1 and len(book.find_assignment("hw1").submissions) == 3


def test_what_was_marked_in_nbgrader_stays_and_is_told(ours, database):
    to_nbgrader(read_sheet(ours, "hw1"), database)
    with theirs(database) as book:
        book.find_grade("why-tanh", "hw1", "hw1", "S3").manual_score = 1
        book.find_grade("rnn-forward", "hw1", "hw1", "S3").manual_score = 0.5
        book.find_student("S1").first_name = "Augusta Ada"
        book.db.commit()
    done = to_nbgrader(read_sheet(ours, "hw1"), database)
    assert done.kept == [("S3", "rnn-forward", 0.5, 0), ("S3", "why-tanh", 1, None)]
    assert scores(database, "S3")["why-tanh"] == (None, 1, 1, False)
    with theirs(database) as book:
        assert book.find_student("S1").first_name == "Augusta Ada"


def test_an_assignment_as_nbgrader_has_made_it_is_used(ours, database):
    with theirs(database) as book:
        book.add_assignment("hw1")
        book.add_notebook("exercises", "hw1")
        book.add_grade_cell("rnn-step", "exercises", "hw1", max_score=4, cell_type="code")
        book.add_solution_cell("rnn-step-answer", "exercises", "hw1")
        book.add_student("S1")
        book.add_submission("hw1", "S1")                    # handed in before the other cells were there
    to_nbgrader(read_sheet(ours, "hw1"), database)
    assert {id: score for id, (*_, score, _) in scores(database, "S1").items()} == {
        "rnn-step": 4, "rnn-forward": 4, "why-tanh": 1.5}
    with theirs(database) as book:
        assert [n.name for n in book.find_assignment("hw1").notebooks] == ["exercises"]


def test_its_own_command_exports_what_we_wrote(ours, tmp_path):
    to_nbgrader(read_sheet(ours, "hw1"), tmp_path / "gradebook.db")
    (tmp_path / "nbgrader_config.py").write_text("")
    program = Path(sys.executable).parent / "nbgrader"
    done = subprocess.run([str(program), "export"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    with (tmp_path / "grades.csv").open(newline="") as file:
        found = {line["student_id"]: line for line in csv.DictReader(file)}
    assert {id: (float(line["raw_score"]), float(line["late_submission_penalty"]), float(line["score"]),
                 float(line["max_score"])) for id, line in found.items()} == {
        "S1": (9.5, 0, 9.5, 10), "S2": (5, 1, 4, 10), "S3": (0, 0, 0, 10)}


def test_other_points_or_several_notebooks_are_refused_before_anything_is_written(ours, database):
    sheet = read_sheet(ours, "hw1")
    with theirs(database) as book:
        book.add_assignment("hw1")
        book.add_notebook("one", "hw1")
        book.add_grade_cell("rnn-forward", "one", "hw1", max_score=5, cell_type="code")
    with pytest.raises(ValueError, match="rnn-forward has 5 points in nbgrader, and 4 here"):
        to_nbgrader(sheet, database)
    with theirs(database) as book:
        assert len(book.students) == 0 and len(book.find_notebook("one", "hw1").grade_cells) == 1
        book.add_notebook("two", "hw1")
    with pytest.raises(ValueError, match="notebook is ''; expected one of those of hw1 in nbgrader: one, two"):
        to_nbgrader(sheet, database)
    to_nbgrader(sheet, database, notebook="two")
    to_nbgrader(sheet, database, assignment="other")


def test_a_file_that_is_none_is_refused(ours, tmp_path):
    (tmp_path / "x.db").write_text("not a database, " * 100)
    with pytest.raises(ValueError, match="cannot be used as nbgrader's gradebook"):
        to_nbgrader(read_sheet(ours, "hw1"), tmp_path / "x.db")
