"""What a hand-in does to those around it by its file's name, its packing or its form, before any of it is run."""

from __future__ import annotations

import io
import json
import os
import zipfile

import fake_worker
import hand_ins
import jobs
import pytest

from rnnbook.checks import exercises
from rnnbook.grading import batch, driver, wire
from rnnbook.grading.archives import plain
from rnnbook.grading.attribution import attribute
from rnnbook.grading.collect import collect
from rnnbook.grading.gradebook import Gradebook
from rnnbook.grading.grader import Grader, Setup
from rnnbook.grading.notebooks import RawCell, read_program
from rnnbook.grading.roster import read_roster
from rnnbook.grading.sandbox.limits import Limits
from rnnbook.grading.workers import MOST_PARTS, Worker

SECRET = b"a secret of some length"
SETUP = Setup("hw1", (("rnn-step", 2, None),), SECRET, "digest")
RIGHT = json.dumps(hand_ins.notebook_of(jobs.RIGHT)).encode()


def class_of(folder, files):
    """A folder for each student; names are bytes, as the file system has them."""
    for name, content in files.items():
        path = os.fsencode(folder) + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    return folder


def graded(folder, tmp_path, roster=None):
    """Grade a folder; points and problems by student, and what was collected."""
    found = collect(folder, roster)
    with Gradebook(tmp_path / "book.sqlite") as book:
        list(batch.run(found.submissions, SETUP, book, jobs=0, make=fake_worker.FakeWorker))
        return {row.student: (row.raw, row.problems) for row in book.rows("hw1")}, found


def packed(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("hw1.ipynb", RIGHT * 20)
    return file.getvalue()


@pytest.mark.parametrize("name", [b"mal/hw1\xff.ipynb", b"mal/hw1\x1b[2J\n.ipynb"])
def test_a_files_name_stops_no_class(tmp_path, name):
    folder = class_of(tmp_path / "in", {b"ada/hw1.ipynb": RIGHT, name: RIGHT, b"zoe/hw1.ipynb": RIGHT,
                                        b"zoe/more\xfe\x1b.txt": b""})
    found, collected = graded(folder, tmp_path)
    assert {student: points for student, (points, _) in found.items()} == {"ada": 2, "mal": 2, "zoe": 2}
    left = "\n".join(item.path for item in collected.ignored)
    left.encode("utf-8")
    assert left.endswith("more\\udcfe\\x1b.txt")


def test_a_folders_name_is_an_id_that_can_be_stored(tmp_path):
    folder = class_of(tmp_path / "in", {b"ada.ipynb": RIGHT, b"m\xff'); DROP TABLE mark;--.ipynb": RIGHT})
    found, _ = graded(folder, tmp_path)
    assert {student: points for student, (points, _) in found.items()} == {
        "ada": 2, "m\\udcff'); DROP TABLE mark;--": 2}


def test_names_are_told_plainly():
    assert plain("Jörg 佐藤\u3000hw.ipynb") == "Jörg 佐藤\u3000hw.ipynb"
    assert plain("a\x1b\udc80\n") == "a\\x1b\\udc80\\n"


def test_a_zip_with_broken_lzma_stops_no_class(tmp_path):
    data = bytearray(packed(zipfile.ZIP_LZMA))
    start = data.find(b"hw1.ipynb") + len("hw1.ipynb")
    data[start + 4:start + 9] = b"\xff" * 5                        # LZMA's own settings
    folder = class_of(tmp_path / "in", {b"ada/hw1.ipynb": RIGHT, b"mal/hw1.zip": bytes(data), b"zoe/hw1.ipynb": RIGHT})
    found, _ = graded(folder, tmp_path)
    assert (found["ada"][0], found["mal"][0], found["zoe"][0]) == (2, 0, 2)
    assert "the zip is damaged" in found["mal"][1][0]


ROSTER = "id,name,email\njdoe,Jane Doe,jane@x.example\nmal,Mal Ory,mal@x.example\n"
WORKSHEET = ("Identifier,Full name,Email address,Status,Grade\nParticipant 100,Jane Doe,jane@x.example,,\n")
JANE, LIKE_JANE = "Jane Doe_100_assignsubmission_file", "Jane Doe_200_assignsubmission_file"


def named(tmp_path, roster, *folders):
    (tmp_path / "roster.csv").write_text(roster)
    class_of(tmp_path / "in", {f"{folder}/hw1.ipynb".encode(): str(n).encode() for n, folder in enumerate(folders)})
    return collect(tmp_path / "in", read_roster(tmp_path / "roster.csv"))


def test_nobody_hands_in_under_anothers_name(tmp_path):
    found = named(tmp_path, ROSTER, JANE, LIKE_JANE)
    [jane] = found.submissions
    assert jane.student == "jdoe" and jane.place is None and "100, 200" in jane.problem
    assert len(found.unmatched) == 2


def test_the_rosters_number_says_who_has_the_name(tmp_path):
    found = named(tmp_path, WORKSHEET, JANE, LIKE_JANE)
    assert [s.read() for s in found.submissions if s.name == "Jane Doe"] == [b"0"]
    assert [item.path for item in found.unmatched] == [str(tmp_path / "in" / LIKE_JANE / "hw1.ipynb")]


def test_a_name_that_looks_like_moodles_own_is_not_believed(tmp_path):
    found = named(tmp_path, ROSTER, JANE, f"{JANE}_x_200_assignsubmission_file")
    assert [(s.student, s.read()) for s in found.submissions] == [("jdoe", b"0")]
    assert len(found.unmatched) == 1


def test_flat_names_that_hold_two_people_are_nobodys(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER)
    class_of(tmp_path / "in", {f"{JANE}_hw1.ipynb".encode(): b"0",
                               f"{JANE}_x_200_assignsubmission_file_hw1.ipynb".encode(): b"1"})
    found = collect(tmp_path / "in", read_roster(tmp_path / "roster.csv"))
    assert [(s.student, s.read()) for s in found.submissions] == [("jdoe", b"0")]
    assert [item.reason for item in found.ignored] == ["its name may be that of two people"]


def test_a_long_chain_of_elif_is_graded():
    source = "x = 1\nif x == 0:\n    pass\n" + "elif x == 0:\n    pass\n" * 1500 + "else:\n    step = 0\n"
    roles = attribute([RawCell(1, source, {})], ["rnn-step"])
    assert roles == [("rnn-step", "answer")]


def test_the_next_check_is_looked_for_once(monkeypatch):
    from rnnbook.grading import attribution

    count = []
    real = attribution._name
    monkeypatch.setattr(attribution, "_name", lambda id: (count.append(1), real(id))[1])
    cells = [RawCell(n, "step = 0", {}) for n in range(1, 301)] + [RawCell(301, "check('a-other')\n" * 300, {})]
    attribute(cells, ["rnn-step", "rnn-forward"])
    assert len(count) < 10_000                                     # 300 · 300 for each exercise, if done for each cell


def test_what_a_notebook_says_moves_no_cursor():
    notebook = hand_ins.notebook_of("x = ( \x1b[2J \u202e")
    grade = Grader(SETUP, fake_worker.FakeWorker()).grade("mal", json.dumps(notebook).encode())
    strange = json.dumps(hand_ins.notebook_of("x = 1", language_info={"name": "\x1b[2j"})).encode()
    other = Grader(SETUP, fake_worker.FakeWorker()).grade("mal", strange)
    said = [*grade.problems, *grade.shown, *other.problems, *other.shown, *(mark.headline for mark in other.marks)]
    assert len(said) >= 4 and "\x1b" not in "".join(said) and "\u202e" not in "".join(said)
    assert any("�" in text for text in said)


def test_characters_that_do_not_exist_do_not_cross():
    import numpy as np

    good = wire.pack(np.array(["\U0010ffff"]))
    assert wire.unpack(good)[0] == "\U0010ffff"
    bad = good.replace(b"\xff\xff\x10\x00", b"\xff\xff\xff\x7f")
    with pytest.raises(wire.WireError, match="characters that do not exist"):
        wire.unpack(bad)


def test_of_many_parts_only_so_many_are_read():
    from rnnbook.grading import messages

    part = messages.results_to_frame({}, ["x"])
    end = messages.results_to_frame({}, (), "", "", True)
    worker = Worker.__new__(Worker)                                # without a zygote: only its reading is tried
    worker.limits, worker.isolation = Limits(), fake_worker.FakeWorker.isolation
    job = jobs.job(jobs.RIGHT)
    assert worker._read(job, part * 50 + end, "done", {}).status == "done"
    flooded = worker._read(job, part * (MOST_PARTS + 1) + end, "done", {})
    assert flooded.status == "died" and len(flooded.problems) <= MOST_PARTS + 1


def test_all_json_of_a_child_together_has_a_limit():
    from rnnbook.grading import messages

    part = messages.results_to_frame({}, ["x" * 300] * 4, "", "y" * 200)
    many = part * (wire.MOST_JSON // wire.lengths(part)[1] + 1)
    end = messages.results_to_frame({}, (), "", "", True)
    worker = Worker.__new__(Worker)
    worker.limits, worker.isolation = Limits(), fake_worker.FakeWorker.isolation
    assert worker._read(jobs.job(jobs.RIGHT), many[:len(part) * 100] + end, "done", {}).status == "done"
    assert worker._read(jobs.job(jobs.RIGHT), many + end, "done", {}).status == "died"


def test_what_cannot_be_told_costs_no_other_exercise(monkeypatch):
    job = jobs.job(jobs.RIGHT)
    outcome = fake_worker.FakeWorker().answer(job)

    def fails(*args):
        raise TypeError("unhashable")

    item = driver.Item(exercises()["rnn-step"], 2)
    asked = jobs.questions("rnn-step")
    assert driver.mark(item, asked, outcome, job.program, "t").reason != "unreadable"
    monkeypatch.setattr(driver, "tidy", fails)
    found = driver.mark(item, asked, outcome, job.program, "t")
    assert (found.points, found.reason, found.token) == (0, "unreadable", "t")


@pytest.mark.parametrize("value", [["softmax", "sigmoid", "linear"], "all", True, 0])
def test_no_value_is_every_choice(value):
    import numpy as np

    from rnnbook.checks.outputs import Result, Value

    exercise = exercises()["rnn-right_head"]
    asked = driver.questions(exercise, (1,))
    for data in (value, np.array(value), np.array(value)[..., None][:0]):
        result = Result({name: Value(data, "str") for name in exercise.returns})
        found = driver.judged(exercise, asked, [result])
        assert found is None or found.points == 0


def test_one_answer_under_every_id_has_points_once():
    ids = ["rnn-step", "rnn-forward", "rnn-last_state"]
    cells = []
    for id in ids:
        cell = hand_ins.notebook_of(f"{jobs.RIGHT}\nforward = last_state = step")["cells"][0]
        cells.append(cell | {"metadata": {"rnnbook": {"exercise": id, "part": "answer"}}})
    setup = Setup("hw1", tuple((id, 2, None) for id in ids), SECRET, "digest")
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    assert read_program(notebook, ids).cells
    grade = Grader(setup, fake_worker.FakeWorker()).grade("mal", notebook)
    assert {mark.exercise: mark.points for mark in grade.marks} == {"rnn-step": 2, "rnn-forward": 0,
                                                                   "rnn-last_state": 0}
