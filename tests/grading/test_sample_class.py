"""The made-up class: the same files each time, and real grades that are exactly what it says they should be."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections import Counter
from pathlib import Path

import pytest

from rnnbook.checks import exercises, registry
from rnnbook.checks.proving import problems
from rnnbook.cli import main
from rnnbook.grading.collect import collect
from rnnbook.grading.gradebook import Gradebook
from rnnbook.grading.homework import read_homework
from rnnbook.grading.roster import read_roster
from rnnbook.grading.sample_class import students
from rnnbook.grading.sample_class.answers import AS_THE_BOOK, IDS
from rnnbook.grading.sample_class.folder import write
from rnnbook.grading.sample_class.mean_state import MEAN_STATE
from rnnbook.grading.sample_class.notebook import blank


@pytest.fixture(autouse=True)
def no_packs():
    yield
    registry.unload_packs()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "class"
    write(path)
    registry.unload_packs()
    return path


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def files(path: Path) -> dict[str, bytes]:
    return {str(f.relative_to(path)): f.read_bytes() for f in sorted(path.rglob("*")) if f.is_file()}


def test_it_is_the_same_each_time(folder, tmp_path):
    write(tmp_path / "again")
    assert files(tmp_path / "again") == files(folder)


def test_there_are_thirty_and_one_who_handed_in_nothing(folder):
    homework = read_homework(folder / "hw1.toml")
    found = collect(folder / "submissions", read_roster(folder / "roster.csv"), (homework.notebook, homework.id))
    assert len(found.submissions) == 30 and found.unmatched == () and found.layout == "Canvas's download"
    assert [s.id for s in found.missing] == ["vvolkov"]
    assert [s.student for s in found.submissions if s.late] == ["flarsen"]
    assert sum(homework.exercises.values()) == 20 == homework.points
    assert Counter(s.what.partition(":")[0] == "hostile" for s in students.STUDENTS)[True] == 3


def test_the_table_adds_up(folder):
    for row in read(folder / "expected.csv"):
        assert sum(int(row[id]) for id in IDS) == int(row["total"]), row["student"]
    full = [row["student"] for row in read(folder / "expected.csv") if row["total"] == "20"]
    assert len(full) == 11 and all("right" in s.what for s in students.STUDENTS if s.id in full)


def test_a_notebook_is_one(folder):
    nbformat = pytest.importorskip("nbformat")
    for path in (folder / "submissions").glob("*.ipynb"):
        if "petrov" in path.name:
            with pytest.raises(ValueError):
                json.loads(path.read_text(encoding="utf-8"))
        else:
            nbformat.validate(nbformat.reads(path.read_text(encoding="utf-8"), as_version=4))


def test_every_name_in_the_readme_is_somebody(folder):
    ids = {s.id for s in students.STUDENTS}
    text = (folder / "README.md").read_text(encoding="utf-8")
    named = {name for name in ids if f"`{name}`" in text}
    assert named == {"apetrov", "nandersson", "mkim", "aabdullah", "kosei", "flarsen", "tmbeki", "mmallory", "ttrudeau",
                     "eevers"}
    assert "replay dtran rnn-last_state" in text


def test_the_private_exercise_is_a_good_one():
    assert problems(MEAN_STATE) == []


@pytest.mark.parametrize("id", [id for id in IDS if id != "pool-mean_state"])
def test_an_untouched_cell_takes_what_the_questions_give(id):
    space: dict = {}
    exec(blank(exercises()[id]), space)
    assert exercises()[id].name in space


def test_the_secret_is_for_the_teacher_only(folder):
    if os.name == "posix":
        assert stat.S_IMODE((folder / "grades" / "secret").stat().st_mode) == 0o600


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine").write_text("x")
    assert main(["sample-class", str(tmp_path)]) == 2
    assert "is not empty; expected a new folder" in " ".join(capsys.readouterr().err.split())
    assert [f.name for f in tmp_path.iterdir()] == ["mine"]


def test_the_command_says_what_to_do_next(tmp_path, capsys):
    assert main(["sample-class", str(tmp_path / "c")]) == 0
    out = capsys.readouterr().out
    assert "31 files of 30 students" in out
    assert "rnnbook grade submissions --homework hw1.toml --roster roster.csv" in out
    assert all(len(line) <= 80 for line in out.splitlines() if "cd " not in line)


@pytest.mark.slow
def test_graded_for_real_everyone_gets_what_was_said(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    words = ["grade", "submissions", "--homework", "hw1.toml", "--roster", "roster.csv", "--jobs", "2"]
    assert main(words) == 0
    with Gradebook(folder / "grades" / "gradebook.sqlite") as book:
        rows = {row.student: row for row in book.rows()}
    found = {id: {mark.exercise: mark.points for mark in row.marks} for id, row in rows.items()}
    wanted = {row["student"]: {id: int(row[id]) for id in IDS} for row in read(Path("expected.csv"))}
    assert {"vvolkov": dict.fromkeys(IDS, 0)} | found == wanted
    table = {row["student"]: row for row in read(Path("grades/grades.csv"))}
    assert table["vvolkov"]["note"] == "nothing handed in"
    assert {id: row["final"] for id, row in table.items()} == {
        row["student"]: row["total"] for row in read(Path("expected.csv"))}

    named = {id: {name for mark in rows[id].marks for name in mark.mistakes} for id in rows}
    for id in ("dtran", "mrossi", "skaur", "wchen", "rnakamura"):
        assert "Step T is taken for all, a pad for the shorter ones" in named[id]
    assert {"The bias b_h is missing", "In the step: The bias b_h is missing"} <= named["dtran"]
    assert "The state is not carried: every step starts from h_0" in named["divanova"]
    assert "The first sequence's boundaries are used for all" in named["tmbeki"]
    assert {"This is h_1: one step is missing", "The bias is added after tanh"} <= named["rnakamura"]
    status = {id: [mark.status for mark in rows[id].marks] for id in rows}
    assert set(status["epapadopoulou"]) == {"untried"} and status["mgarcia"].count("absent") == 2
    assert rows["apetrov"].status == rows["nandersson"].status == "unreadable" and rows["ttrudeau"].status == "died"
    assert any("syntax" in p or "not Python" in p for p in rows["mkim"].problems)
    assert all(rows[id].level != "none" for id in rows if rows[id].status != "unreadable")

    out = capsys.readouterr().out
    assert "5 of 25  Step T is taken for all" in out and "nothing handed in" in out
    assert main(words) == 0
    assert "0 graded, 30 unchanged" in capsys.readouterr().out
    assert AS_THE_BOOK.keys() == set(IDS)
