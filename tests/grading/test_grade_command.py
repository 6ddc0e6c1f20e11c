"""`rnnbook grade`, `regrade`, `override` and `replay` from the command line, with the real worker."""

import csv
import io
import os
import stat

import hand_ins
import pytest

from rnnbook.checks import registry
from rnnbook.cli import main
from rnnbook.grading.gradebook import Gradebook

STEP = hand_ins.answers()["rnn-step"]
NO_BIAS = """
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T)
"""
HOMEWORK = """
title = "Homework 1"
due = 2026-11-01T12:00:00+00:00
seeds = 2

[exercises]
rnn-step = 10
rnn-right_head = 5

[late]
percent_per_day = 10

[[questions]]
id = "why-tanh"
title = "Why tanh?"
points = 5
text = "What happens without it?"
"""
ROSTER = "id,name,email\nada,Ada L.,ada@x.example\nbob,Bob,bob@x.example\ncy,Cy,cy@x.example\nzoe,Zoë,zoe@x.example\n"


def answered(step, *others):
    return hand_ins.with_answer("rnn-step", step, hand_ins.solved(only=others))


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of three, graded; a fourth has handed in nothing."""
    folder = tmp_path_factory.mktemp("class")
    hand_ins.folder_of(folder / "in", {"ada.ipynb": answered(STEP, "rnn-right_head"), "bob.ipynb": answered(NO_BIAS),
                                       "cy.ipynb": b"{broken"})
    (folder / "hw1.toml").write_text(HOMEWORK)
    (folder / "roster.csv").write_text(ROSTER)
    assert command(folder, "grade", str(folder / "in"), "--homework", str(folder / "hw1.toml"), "--roster",
                   str(folder / "roster.csv"), "--jobs", "1") == 0
    return folder


def command(folder, *words):
    return main([*words, "--out", str(folder / "grades")])


def rows(folder):
    with Gradebook(folder / "grades" / "gradebook.sqlite") as book:
        return {row.student: row for row in book.rows()}


def table(folder):
    text = (folder / "grades" / "grades.csv").read_text(encoding="utf-8-sig")
    return {row["student"]: row for row in csv.DictReader(io.StringIO(text))}


def test_the_gradebook_holds_everyone_who_handed_in(graded):
    found = rows(graded)
    assert {s: (r.raw, r.max_points, r.waiting) for s, r in found.items()} == {
        "ada": (15, 20, 1), "bob": (0, 20, 1), "cy": (0, 20, 1)}
    assert found["bob"].marks[0].mistakes == ("The bias b_h is missing",) and found["ada"].level != "none"


def test_the_table_holds_the_whole_roster(graded):
    lines = table(graded)
    assert list(lines) == ["ada", "bob", "cy", "zoe"] and lines["zoe"]["note"] == "nothing handed in"
    assert (lines["ada"]["rnn-step"], lines["ada"]["raw"], lines["ada"]["name"]) == ("10", "15", "Ada L.")
    assert lines["ada"]["why-tanh"] == "" and "to mark by hand" in lines["ada"]["note"]
    assert "The bias b_h is missing" in (graded / "grades" / "misconceptions.md").read_text()


@pytest.mark.skipif(os.name != "posix", reason="files have other rights elsewhere")
def test_what_is_written_is_the_teacher_s_alone(graded):
    files = list((graded / "grades").iterdir())
    assert {"secret", "gradebook.sqlite", "grades.csv", "misconceptions.md"} <= {file.name for file in files}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_again_nothing_is_graded_and_the_summary_fits(graded, capsys):
    assert command(graded, "grade", str(graded / "in"), "--homework", str(graded / "hw1.toml"), "--jobs", "1") == 0
    out, err = capsys.readouterr()
    assert "0 graded, 3 unchanged" in out and "zoe" in out and "nothing handed in" in out
    assert "graded 3 of 3" in err and "secret was made" not in err
    assert all(len(line) <= 80 for line in out.splitlines() if not line.startswith("Written"))
    assert "1 of 2" in out and "The bias b_h is missing" in out


def test_override_regrade_and_replay(graded, capsys):
    assert command(graded, "override", "Bob", "why-tanh", "4", "--reason", "Nearly.", "--by", "ta") == 0
    assert "bob, why-tanh: 4 of 5" in capsys.readouterr().out
    assert command(graded, "override", "bob", "rnn-step", "3", "--reason", "The idea is right.") == 0
    assert command(graded, "regrade", "bob") == 0
    out = capsys.readouterr().out
    assert "bob: 7 of 20, as before" in out
    row = rows(graded)["bob"]
    assert (row.raw, row.waiting, row.overrides["why-tanh"].by_whom) == (7, 0, "ta")
    assert table(graded)["bob"]["rnn-step"] == "3"
    with Gradebook(graded / "grades" / "gradebook.sqlite") as book:
        assert len(book.history("bob", "hw1")) == 2
    token = row.marks[0].token
    assert command(graded, "replay", token, "--save", str(graded / "case.npz")) == 0
    out = capsys.readouterr().out
    assert "The bias b_h is missing" in out and "yours" in out and "expected" in out and "have changed" not in out
    import numpy as np

    case = np.load(graded / "case.npz")
    p = {name: case[f"input {name}"] for name in ("W_xh", "W_hh", "b_h", "x_t", "state")}
    right = np.tanh(p["x_t"] @ p["W_xh"].T + p["state"] @ p["W_hh"].T + p["b_h"])
    assert np.allclose(case["expected h_t"], right) and not np.allclose(case["yours h_t"], right)
    assert command(graded, "replay", "ada", "rnn-step") == 0
    assert "10 of 10 points" in capsys.readouterr().out
    assert command(graded, "override", "bob", "rnn-step", "auto", "--reason", "Not after all.") == 0
    assert rows(graded)["bob"].raw == 4


def test_regrade_works_when_the_folder_is_gone(graded, tmp_path, capsys):
    hand_ins.folder_of(tmp_path / "in", {"dee.ipynb": answered(STEP)})
    assert main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "g"), "--jobs", "1"]) == 0
    (tmp_path / "in" / "dee.ipynb").unlink()
    assert main(["regrade", "--all", "--out", str(tmp_path / "g")]) == 0
    assert "dee: 2 of 31, as before" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "said"), [
    (["override", "bob", "rnn-stop", "1", "--reason", "x"], "expected one of the graded: rnn-step, rnn-right_head"),
    (["override", "bob", "rnn-step", "11", "--reason", "x"], "points is 11; expected 0 to 10"),
    (["override", "bo", "rnn-step", "1", "--reason", "x"], "Did you mean bob?"),
    (["regrade", "zoe"], "has handed in nothing"), (["regrade"], "expected students, or --all"),
    (["replay", "aaaa"], "knows no token"), (["replay", "ada", "why-tanh"], "no answer to 'why-tanh'"),
    (["regrade", "bob", "--homework", "hw9"], "no homework 'hw9'"),
    (["replay", "bob", "rnn-step", "--secret", "{other}"], "graded with another secret"),
    (["grade", "{none}"], "is not there"), (["grade", "{empty}"], "holds no"),
    (["grade", "{in}", "--homework", "{none}"], "cannot be read"),
    (["grade", "{in}", "--secret", "{none}"], "secret"),
])
def test_a_wrong_call_is_2_and_says_what_was_expected(graded, tmp_path, capsys, words, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").write_text("another secret of the course")
    names = {"none": tmp_path / "none", "empty": tmp_path / "empty", "in": graded / "in", "other": tmp_path / "other"}
    assert command(graded, *(word.format(**names) for word in words)) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert said in err and "Traceback" not in err


def test_forget_deletes_one_student(tmp_path, capsys):
    hand_ins.folder_of(tmp_path / "in", {"dee.ipynb": answered(STEP), "eve.ipynb": answered(NO_BIAS)})
    assert command(tmp_path, "grade", str(tmp_path / "in"), "--jobs", "1") == 0
    assert command(tmp_path, "export", "html") == 0
    assert command(tmp_path, "forget", "Dee") == 2 and "is dee meant?" in capsys.readouterr().err
    assert command(tmp_path, "forget", "dee") == 0
    out = capsys.readouterr().out
    assert "dee is forgotten, with 1 grade." in out and "May still name the student: feedback" in out
    assert set(rows(tmp_path)) == set(table(tmp_path)) == {"eve"}
    assert command(tmp_path, "forget", "dee") == 2 and "no student 'dee'" in capsys.readouterr().err


def test_without_a_gradebook_the_others_say_so(tmp_path, capsys):
    for words in (["regrade", "x"], ["forget", "x"], ["replay", "x"], ["override", "x", "y", "1", "--reason", "z"]):
        assert command(tmp_path, *words) == 2 and "there is no gradebook" in capsys.readouterr().err
    assert not (tmp_path / "grades").exists()


PACK = """
from rnnbook.checks import Exercise, Mistake

EXERCISES = (Exercise(
    id="pack-double", title="Twice", goal="Double it.", points=3, minutes=2, level=1, section="homework-1",
    returns=("y",), reference=REFERENCE, cases=lambda rng: [{"x": float(rng.integers(3, 9))} for _ in range(3)],
    hints=("One.", "Two.", "Three."),
    mistakes=(Mistake("It is squared", lambda x: x ** 2, "Once more, with feeling: x + x."),),
),)
"""


@pytest.fixture
def pack(tmp_path):
    (tmp_path / "pack").mkdir()
    yield tmp_path / "pack" / "homework.py"
    registry.unload_packs()


def test_a_private_exercise_is_graded_and_graded_again_when_it_changes(tmp_path, pack, capsys):
    pack.write_text(PACK.replace("REFERENCE", "lambda x: 2 * x"))
    hand_ins.folder_of(tmp_path / "in", {"ada.ipynb": hand_ins.notebook_of(
        "def double(x):\n    return x ** 2", "from rnnbook.checks import check\ncheck('pack-double', double)")})
    words = ["grade", str(tmp_path / "in"), "--exercises", str(pack.parent), "--jobs", "1"]
    assert command(tmp_path, *words) == 0
    assert "It is squared" in capsys.readouterr().out and rows(tmp_path)["ada"].raw == 0
    changed = PACK.replace("lambda x: x ** 2", "lambda x: 3").replace("REFERENCE", "lambda x: x ** 2")
    pack.write_text(changed)
    assert command(tmp_path, *words) == 0
    assert "1 graded" in capsys.readouterr().out and rows(tmp_path)["ada"].raw == 3


def test_a_pack_that_refuses_its_own_answer_grades_nobody(tmp_path, pack, capsys):
    pack.write_text(PACK.replace("REFERENCE", "lambda x: [][0]"))
    hand_ins.folder_of(tmp_path / "in", {"ada.ipynb": hand_ins.notebook_of("check('pack-double', 1)")})
    assert command(tmp_path, "grade", str(tmp_path / "in"), "--exercises", str(pack.parent), "--jobs", "1") == 2
    assert "pack-double: its cases or its reference fail: IndexError" in " ".join(capsys.readouterr().err.split())
