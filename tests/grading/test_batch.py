"""A class: every hand-in has a grade, in the order it comes, once; whatever happens to the processes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import hand_ins
import pytest
from fake_worker import FakeWorker

from rnnbook.checks import exercises
from rnnbook.grading import batch, grader
from rnnbook.grading.collect import Submission
from rnnbook.grading.gradebook import Gradebook
from rnnbook.grading.grader import Setup
from rnnbook.grading.misconceptions import misconceptions, slide

KNOWN = exercises()
STEP = hand_ins.answers()["rnn-step"]
NO_BIAS = """
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T)
"""


class Place:
    """Stands for a file."""

    def __init__(self, content):
        self.content = content

    def read(self):
        if self.content is None:
            raise ValueError("it cannot be read: gone")
        return self.content

    def __str__(self):
        return "a file"


def submission(student, content, **more):
    return Submission(student, student, Place(content), **more)


def setup(**more):
    items = tuple((id, float(KNOWN[id].points), None) for id in ("rnn-step", "rnn-parameter_count"))
    return Setup(**{"name": "hw1", "items": items, "secret": b"a secret of the course", "definitions": "d"} | more)


def with_step(source):
    return hand_ins.as_bytes(hand_ins.with_answer("rnn-step", source))


RIGHT, WRONG = with_step(STEP), with_step(NO_BIAS)
CLASS = [submission("ada", RIGHT), submission("bob", WRONG), submission("cy", b"not a notebook"),
         submission("dee", None), Submission("eve", "Eve", None, problem="No notebook was handed in."),
         submission("flo", hand_ins.as_bytes(hand_ins.untouched())), submission("gus", WRONG)]


def make(setup):
    return FakeWorker()


@pytest.fixture
def book(tmp_path):
    with Gradebook(tmp_path / "g.sqlite") as book:
        yield book


def points(book):
    return {row.student: (row.raw, row.max_points, row.status) for row in book.rows()}


EXPECTED = {"ada": (2, 4, "done"), "bob": (0, 4, "done"), "cy": (0, 4, "unreadable"), "dee": (0, 4, "unreadable"),
            "eve": (0, 4, "unreadable"), "flo": (0, 4, "done"), "gus": (0, 4, "done")}


def test_everyone_has_a_grade_and_a_reason(book):
    done = list(batch.run(CLASS, setup(), book, jobs=0, make=make))
    assert sorted(d.student for d in done) == list(EXPECTED) and all(d.fresh for d in done)
    assert points(book) == EXPECTED
    said = {row.student: " ".join(row.shown) for row in book.rows()}
    assert "not a notebook" in said["cy"] and "gone" in said["dee"] and said["eve"] == "No notebook was handed in."


def test_what_is_graded_is_not_graded_again(book):
    workers = []

    def counting(setup):
        workers.append(FakeWorker())
        return workers[-1]

    list(batch.run(CLASS, setup(), book, jobs=0, make=counting))
    again = list(batch.run(CLASS, setup(), book, jobs=0, make=counting))
    assert len(workers[0].jobs) == 4 and not workers[1].jobs and not any(d.fresh for d in again)
    list(batch.run([submission("ada", WRONG), *CLASS[1:]], setup(), book, jobs=0, make=counting))
    assert len(workers[2].jobs) == 1 and points(book)["ada"] == (0, 4, "done")
    list(batch.run(CLASS[:2], setup(), book, jobs=0, make=counting, again=True))
    assert len(workers[3].jobs) == 2


def test_better_isolation_is_graded_again(book):
    list(batch.run(CLASS[:1], setup(), book, jobs=0, make=make))
    [same] = batch.run(CLASS[:1], setup(level="process"), book, jobs=0, make=make)
    [better] = batch.run(CLASS[:1], setup(level="full"), book, jobs=0, make=make)
    assert not same.fresh and better.fresh


def test_two_processes_give_the_same(book):
    list(batch.run(CLASS, setup(), book, jobs=2, make=make))
    assert points(book) == EXPECTED


class Fatal(FakeWorker):
    """Kills its own process at the notebooks of those without a bias, always or the first time."""

    always = True

    def answer(self, job):
        source = "".join(cell.source for cell in job.program.cells)
        mark = os.environ["RNNBOOK_TEST_MARK"]
        if "b_h" not in source and (self.always or not os.path.exists(mark)):
            open(mark, "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answer(job)


class FatalOnce(Fatal):
    always = False


def test_a_grading_process_that_is_killed_is_started_again(book, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNBOOK_TEST_MARK", str(tmp_path / "mark"))
    list(batch.run(CLASS, setup(), book, jobs=1, make=FatalOnce))
    assert points(book) == EXPECTED


class Endless(FakeWorker):
    """Never comes back from the notebooks of those without a bias."""

    def answer(self, job):
        while "b_h" not in "".join(cell.source for cell in job.program.cells):
            time.sleep(0.01)
        return super().answer(job)


def test_a_grading_process_that_is_stuck_is_ended_and_the_others_are_graded(book, monkeypatch):
    monkeypatch.setattr(batch, "STUCK", 0.5)
    monkeypatch.setattr(batch, "PULSE", 0.1)
    done = {d.student: d.status for d in batch.run(CLASS[:3], setup(timeout=0.5), book, jobs=1, make=Endless)}
    assert done == {"ada": "done", "bob": "lost", "cy": "unreadable"}
    assert "had to be ended, twice" in book.rows("hw1", "bob")[0].problems[0]


def dead_at_once(setup):
    os._exit(3)


def test_on_windows_it_is_said_what_to_use(book, monkeypatch):
    monkeypatch.setattr("os.name", "nt")
    with pytest.raises(ValueError, match="use WSL or a container"):
        list(batch.run(CLASS, setup(), book, jobs=1, make=make))


def test_a_grading_process_that_cannot_begin_is_told_of(book):
    with pytest.raises(ValueError, match="ended before it could begin"):
        list(batch.run(CLASS, setup(), book, jobs=1, make=dead_at_once))


def test_a_grading_process_ends_with_the_one_that_started_it(tmp_path):
    source = (f"import os, sys; sys.path[:] = {sys.path}\nimport test_batch as t\n"
              "from rnnbook.grading.lanes import Lane\n"
              "lane = Lane(t.setup(), t.Endless); print(lane._process.pid, flush=True)\n"
              "lane.submit('bob', t.with_step(t.NO_BIAS)); os.kill(os.getpid(), 9)")
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, cwd=tmp_path)
    pid = int(done.stdout)
    for _ in range(200):
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":        # nobody waits for it any more
                return
        except (ProcessLookupError, FileNotFoundError):
            return
        time.sleep(0.05)
    raise AssertionError("it is still there")


def test_one_that_is_killed_twice_is_lost_and_graded_at_the_next_run(book, tmp_path, monkeypatch):
    monkeypatch.setenv("RNNBOOK_TEST_MARK", str(tmp_path / "mark"))
    done = {d.student: d.status for d in batch.run(CLASS[:3], setup(), book, jobs=1, make=Fatal)}
    assert done == {"ada": "done", "bob": "lost", "cy": "unreadable"}
    assert "graded again at the next run" in book.rows("hw1", "bob")[0].problems[0]
    again = {d.student: (d.status, d.fresh) for d in batch.run(CLASS[:3], setup(), book, jobs=0, make=make)}
    assert again == {"ada": ("kept", False), "bob": ("done", True), "cy": ("kept", False)}
    assert points(book) == {student: EXPECTED[student] for student in ("ada", "bob", "cy")}


def test_a_grader_that_fails_does_not_end_the_run(book, monkeypatch):
    real = grader.grade

    def failing(student, notebook):
        if student == "bob":
            raise ZeroDivisionError("a fault of ours")
        return real(student, notebook)

    monkeypatch.setattr(grader, "grade", failing)
    list(batch.run(CLASS[:3], setup(), book, jobs=0, make=make))
    assert points(book)["bob"] == (0, 4, "lost") and "ZeroDivisionError" in book.rows("hw1", "bob")[0].problems[0]
    assert points(book)["ada"] == EXPECTED["ada"]


def test_what_cannot_start_is_said_before_anything_is_graded(book):
    def none(setup):
        raise ValueError("the isolation here is 'process'; asked for was 'full'")

    with pytest.raises(ValueError, match="asked for was 'full'"):
        list(batch.run(CLASS, setup(), book, jobs=0, make=none))
    assert not book.rows()


def test_misconceptions_are_counted_over_those_who_tried(book):
    list(batch.run(CLASS, setup(), book, jobs=0, make=make))
    [found] = misconceptions(book.rows())
    assert (found.exercise, found.name, found.students, found.tried) == ("rnn-step", "The bias b_h is missing", 2, 3)
    text = slide("Homework 1", [found])
    assert "1. **The bias b_h is missing**, in “One step” (`rnn-step`): 2 of 3 who tried it." in text
    assert found.hint in text and "No known mistake" in slide("Homework 1", [])
