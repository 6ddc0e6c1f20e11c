"""The gradebook: nothing lost, nothing doubled, nothing changed that was written."""

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rnnbook.grading.driver import Grade, Mark
from rnnbook.grading.gradebook import Gradebook

V = {"rnnbook": "1"}


def mark(id, points, most=2, status="wrong"):
    return Mark(id, id, points, most, status, "Not right yet.", "", ("The bias is missing",), (("h", "wrong"),),
                {"text": "…"}, f"token-{id}")


def grade(student="ada", key="k1", points=1.0, level="full", status="done", manual=False):
    marks = (mark("rnn-step", points), mark("rnn-forward", 2, 4), *([mark("why", None, 3, "manual")] if manual else []))
    return Grade(student, "hw1", key, marks, status, ("cell 3: ValueError: 7",), ("cell 3: ValueError",), level,
                 ("limits",))


@pytest.fixture
def book(tmp_path):
    with Gradebook(tmp_path / "grades" / "gradebook.sqlite") as book:
        yield book


def one(book, student="ada"):
    [row] = book.rows("hw1", student)
    return row


def test_what_goes_in_comes_out(book):
    number = book.add(grade(), b"notebook", V, file="ada.ipynb")
    row = one(book)
    assert (row.raw, row.final, row.max_points, row.waiting, row.file) == (3, 3, 6, 0, "ada.ipynb")
    assert row.marks == grade().marks and row.problems == ("cell 3: ValueError: 7",)
    assert row.shown == ("cell 3: ValueError",) and (row.level, row.status) == ("full", "done")
    assert book.notebook(number) == b"notebook" and book.students() == {"ada": ("", {})}


def test_a_grade_of_the_same_key_is_not_added_twice(book):
    assert book.add(grade(), b"n", V) == book.add(grade(), b"n", V)
    assert len(book.history("ada", "hw1")) == 1
    book.add(grade(points=2), b"n", V, again=True)
    assert [g["attempt"] for g in book.history("ada", "hw1")] == [0, 1] and one(book).raw == 4


def test_better_isolation_is_another_attempt_and_a_lost_one_is_tried_again(book):
    book.add(grade(level="process"), b"n", V)
    assert book.has("ada", "hw1", "k1", "process") and not book.has("ada", "hw1", "k1", "full")
    book.add(grade(level="full"), b"n", V)
    assert book.has("ada", "hw1", "k1", "full") and len(book.history("ada", "hw1")) == 2
    book.add(grade("bob", status="lost"), b"n", V)
    assert not book.has("bob", "hw1", "k1")
    book.add(grade("bob"), b"n", V)
    assert one(book, "bob").status == "done"


def test_a_notebook_handed_in_again_counts_again(book):
    book.add(grade(key="a", points=2), b"a", V, file="a")
    book.add(grade(key="b", points=0), b"b", V, file="b")
    assert one(book).raw == 2
    book.keep("ada", "hw1", "a", file="a2")
    assert (one(book).raw, one(book).file, len(book.history("ada", "hw1"))) == (4, "a2", 2)
    with pytest.raises(ValueError, match="no such grade"):
        book.keep("ada", "hw1", "c")


def test_an_override_counts_carries_its_reason_and_survives(book):
    book.add(grade(), b"n", V)
    book.override("ada", "hw1", "rnn-step", 2, "Right, in another notation.", "prof")
    assert one(book).raw == 4 and one(book).overrides["rnn-step"].reason == "Right, in another notation."
    assert one(book).marks[0].points == 1 and one(book).points(one(book).marks[0]) == 2
    book.add(grade(points=0), b"n", V, again=True)
    book.add(grade(key="k2", points=0), b"n2", V)
    assert one(book).raw == 4
    book.override("ada", "hw1", "rnn-step", None, "It was wrong after all.", "prof")
    assert one(book).raw == 2 and not one(book).overrides


def test_a_question_marked_by_a_person_waits(book):
    book.add(grade(manual=True), b"n", V)
    assert (one(book).waiting, one(book).raw, one(book).max_points) == (1, 3, 9)
    book.override("ada", "hw1", "why", 2.5, "Good.", "ta")
    assert (one(book).waiting, one(book).raw) == (0, 5.5)


@pytest.mark.parametrize(("student", "exercise", "points", "reason", "said"), [
    ("bob", "rnn-step", 1, "x", "handed in nothing"),
    ("ada", "rnn-stop", 1, "x", "expected one of the graded: rnn-step"),
    ("ada", "rnn-step", 3, "x", "expected 0 to 2"), ("ada", "rnn-step", -1, "x", "expected 0 to 2"),
    ("ada", "rnn-step", float("nan"), "x", "expected 0 to 2"), ("ada", "rnn-step", 1, " ", "reason is empty")])
def test_an_override_that_does_not_fit_is_refused(book, student, exercise, points, reason, said):
    book.add(grade(), b"n", V)
    with pytest.raises(ValueError, match=said):
        book.override(student, "hw1", exercise, points, reason, "prof")
    assert one(book).raw == 3 and not one(book).overrides


def test_the_late_rule_is_applied_to_what_counts_and_again_when_it_changes(book):
    due = datetime(2026, 11, 1, 12, tzinfo=UTC)
    rule = {"due": due.isoformat(), "late": {"grace": 15, "percent": 20.0, "cut_off": None}}
    book.set_homework("hw1", rule)
    book.add(grade(), b"n", V, submitted_at=due + timedelta(hours=30))
    assert (one(book).raw, one(book).final) == (3, 1.8)
    book.override("ada", "hw1", "rnn-step", 2, "x", "prof")
    assert (one(book).raw, one(book).final) == (4, 2.4)
    book.set_homework("hw1", rule | {"late": {"percent": 50.0}})
    assert (one(book).raw, one(book).final) == (4, 0)
    assert book.homework("hw1")["late"] == {"percent": 50.0} and book.homeworks() == ["hw1"]


def test_thirds_do_not_pile_up(book):
    marks = tuple(mark(f"e-{n}", 0.1) for n in "abc")
    book.add(replace(grade(), marks=marks), b"n", V)
    assert one(book).raw == 0.3


def test_a_token_finds_its_grade_the_latest_first(book):
    book.add(grade(), b"n", V)
    number = book.add(grade(), b"n", V, again=True)
    assert book.find("token-rnn-step") == (number, "ada", "hw1", "rnn-step", "k1")
    assert book.find("nothing") is None


def test_who_is_forgotten_is_not_in_the_file_any_more(book):
    book.set_students({"ada": ("Ada Lovelace", {"email": "ada@x.example"}), "bob": ("Bob", {})})
    for student, notebook in (("ada", b"hers, and long enough " * 9), ("ada", b"shared"), ("bob", b"shared")):
        book.add(grade(student, key=notebook.decode()[:4]), notebook, V, file=f"{student}.ipynb")
    book.override("ada", "hw1", "rnn-step", 2, "She explained it to me.", "prof")
    hers = [b"ada", b"Lovelace", b"explained it", zlib.compress(b"hers, and long enough " * 9, 1)]

    def files():
        return b"".join(path.read_bytes() for path in book.path.parent.iterdir())

    assert all(text in files() for text in hers)
    book._db.execute("PRAGMA secure_delete = OFF")       # some builds of SQLite have it on
    with pytest.raises(ValueError, match="nobody of this id"):
        book.forget("Ada")
    assert book.forget("ada") == 2
    assert not any(text in files() for text in hers)
    assert book.students() == {"bob": ("Bob", {})} and not book.history("ada", "hw1")
    assert book.notebook(one(book, "bob").grade) == b"shared" and one(book, "bob").marks == grade("bob").marks
    assert book.add(grade(), b"once more", V) and one(book).raw == 3


def test_other_files_are_refused(tmp_path):
    text = tmp_path / "gradebook.sqlite"
    text.write_text("not a database, " * 100)
    with pytest.raises(ValueError, match="cannot be used as a gradebook"):
        Gradebook(text)
    newer = tmp_path / "newer.sqlite"
    Gradebook(newer).close()
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ValueError, match="schema 99"):
        Gradebook(newer)


def test_what_a_person_decides_is_on_the_disk_at_once(book):
    said = []
    book._db.set_trace_callback(said.append)
    book.add(grade(), b"n", V)
    book.override("ada", "hw1", grade().marks[0].exercise, 1, "a reason", "tm")
    book.add(replace(grade(), student="bob"), b"n", V)
    book._db.set_trace_callback(None)
    [(journal,)] = book._db.execute("PRAGMA journal_mode").fetchall()
    modes = [text.split()[-1] for text in said if "synchronous" in text]
    assert journal == "wal" and modes == ["NORMAL", "FULL", "NORMAL"]


def test_a_transaction_that_fails_leaves_nothing(book):
    with pytest.raises(TypeError):
        book.add(replace(grade(), marks=(mark("a", 1), mark("b", 1), replace(mark("c", 1), feedback={"x": object()}))),
                 b"n", V)
    assert not book.rows() and not book.history("ada", "hw1")
    book.add(grade(), b"n", V)
    assert one(book).raw == 3


# ---- Several processes; `kill -9`

WRITER = """
import os, signal, sys
sys.path[:0] = [{tests!r}]
from test_gradebook import V, grade
from rnnbook.grading.gradebook import Gradebook
path, who, die_at = sys.argv[1], sys.argv[2], sys.argv[3]
with Gradebook(path) as book:
    seen = dict.fromkeys(("COMMIT", "INSERT INTO mark", "UPDATE current", "INSERT INTO notebook"), 0)
    def trace(statement):
        for start in seen:
            if statement.startswith(start):
                seen[start] += 1
                if die_at == f"{{start}} {{seen[start]}}":
                    os.kill(os.getpid(), signal.SIGKILL)
    book._db.set_trace_callback(trace)
    print("ready", flush=True)
    sys.stdin.readline()
    for n in range(30):
        if not book.has(f"s{{n:02}}", "hw1", f"k{{n}}"):
            book.add(grade(f"s{{n:02}}", f"k{{n}}", points=n % 3), b"%d" % n, V)
"""


def start(path, who, die_at="never"):
    code = WRITER.format(tests=os.path.dirname(__file__))
    process = subprocess.Popen([sys.executable, "-c", code, str(path), who, die_at], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def dump(path):
    """All that a gradebook says, without the times."""
    with Gradebook(path) as book:
        [(whole,)] = book._db.execute("PRAGMA integrity_check").fetchall()
        assert whole == "ok"
        rows = [replace(row, grade=0) for row in book.rows()]
        history = [[(g["key"], g["attempt"], g["status"]) for g in book.history(r.student, r.homework)] for r in rows]
        notebooks = [hashlib.sha256(book.notebook(r.grade)).hexdigest() for r in book.rows()]
    return rows, history, notebooks


def test_two_graders_on_one_gradebook_write_each_grade_once(tmp_path):
    path = tmp_path / "g.sqlite"
    both = [start(path, who) for who in ("a", "b")]
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait() for process in both] == [0, 0]
    rows, history, _ = dump(path)
    assert len(rows) == 30 and all(len(grades) == 1 for grades in history)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs kill -9")
def test_killed_at_any_moment_it_goes_on_to_the_same_end(tmp_path):
    """One gradebook, whose grader is killed five times: before and within transactions, of grades and of marks."""
    whole, path = tmp_path / "whole.sqlite", tmp_path / "killed.sqlite"
    moments = ["COMMIT 1", "INSERT INTO mark 9", "UPDATE current 7", "COMMIT 9", "INSERT INTO notebook 5"]
    found = []
    for target, when in ((whole, "never"), *((path, moment) for moment in moments), (path, "never")):
        process = start(target, "a", when)
        process.communicate("go\n")
        assert process.returncode == (0 if when == "never" else -signal.SIGKILL)
        found.append(len(dump(target)[0]))
    assert found[0] == found[-1] == 30 and found[1:-1] == [0, 4, 10, 18, 22]
    assert dump(path) == dump(whole)
