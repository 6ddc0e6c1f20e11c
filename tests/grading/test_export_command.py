"""`rnnbook export` from the command line."""

import csv
import json
import re

import export_books
import hand_ins
import pytest

from rnnbook.cli import main
from rnnbook.commands.export import FORMATS
from rnnbook.grading.gradebook import Gradebook

HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77)\n    Points Possible,,,,,10.00\n"


@pytest.fixture
def grades(tmp_path):
    export_books.fill(tmp_path / "grades" / "gradebook.sqlite")
    return tmp_path / "grades"


def export(grades, *words):
    return main(["export", *words, "--out", str(grades)])


def test_csv(grades, capsys):
    assert export(grades, "csv") == 0
    assert (grades / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,name,final")
    assert "grades-long.csv" in capsys.readouterr().out
    assert export(grades, "csv", "--no-bom", "--to", str(grades / "plain")) == 0
    assert (grades / "plain" / "grades-long.csv").read_bytes().startswith(b"student,name,exercise")


def test_canvas(grades, tmp_path, capsys):
    (tmp_path / "canvas.csv").write_text(HEAD + '"Lovelace, Ada",101,S1,ada,A,\n"Nought, Zoë",104,S4,zoe,A,\n',
                                         encoding="utf-8")
    assert export(grades, "canvas", "--roster", str(tmp_path / "canvas.csv")) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "1 grade in “Homework 1 (77)” (the column as it is in Canvas)." in out
    assert "1 left as they were, nothing handed in: S4" in out
    assert "3 not in Canvas's export, nobody there has that id, login, e-mail address or name: S2, S3, S5" in out
    lines = list(csv.reader((grades / "canvas.csv").open(encoding="utf-8", newline="")))
    assert lines[0][0] == "Student"                     # Canvas's importer knows no byte order mark
    assert [line[-1] for line in lines] == ["Homework 1 (77)", "10.00", "9.50", ""]


def test_gradescope(grades, capsys):
    assert export(grades, "gradescope", "--visibility", "after_published") == 1
    assert "1 left out, not graded; grade again: S5" in " ".join(capsys.readouterr().out.split())
    found = {path.parent.name: json.loads(path.read_text(encoding="utf-8"))
             for path in (grades / "gradescope").glob("*/results.json")}
    assert {name: data["score"] for name, data in found.items()} == {"s1": 9.5, "s2": 4, "s3": 0, "s4": 0}
    assert {data["visibility"] for data in found.values()} == {"after_published"}


def test_html(grades, capsys):
    assert export(grades, "html") == 1 and "5 pages" in capsys.readouterr().out
    index = (grades / "feedback" / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(students/[^"]+)"', index)
    assert sorted(links) == [f"students/s{n}.html" for n in range(1, 6)]
    assert all((grades / "feedback" / link).is_file() for link in links)


@pytest.mark.slow
def test_nbgrader(grades, tmp_path, capsys):
    from nbgrader.api import Gradebook as Theirs

    words = ["nbgrader", "--gradebook", str(tmp_path / "gradebook.db"), "--assignment", "sheet-1"]
    assert export(grades, *words) == 1 and "3 students with scores in" in (said := capsys.readouterr().out)
    assert "which was made" in said and export(grades, *words) == 1 and "which was made" not in capsys.readouterr().out
    with Theirs(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        assert book.find_submission("sheet-1", "S1").score == 9.5


def test_several_homeworks_have_files_of_their_own(grades):
    with Gradebook(grades / "gradebook.sqlite") as book:
        book.set_homework("hw2", {"title": "Second", "exercises": [], "found": False})
    assert export(grades, "html", "--homework", "hw1") == 1 and (grades / "feedback-hw1" / "index.html").is_file()
    assert export(grades, "csv", "--homework", "hw2") == 0 and (grades / "grades-long-hw2.csv").is_file()


@pytest.mark.parametrize(("words", "said"), [
    (["canvas"], "--roster is missing; expected Canvas's own export"),
    (["canvas", "--roster", "{none}"], "cannot be read"), (["csv", "--homework", "hw9"], "no homework 'hw9'"),
    (["gradescope", "--visibility", "no"], "visibility is 'no'; expected one of"),
    (["csv", "--to", "{file}"], "File exists")])
def test_a_wrong_call_is_2_and_says_what_was_expected(grades, tmp_path, capsys, words, said):
    (tmp_path / "file").write_text("")
    names = {"none": tmp_path / "none", "file": tmp_path / "file"}
    assert export(grades, *(word.format(**names) for word in words)) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert said in err and "Traceback" not in err


def test_without_a_gradebook_and_without_nbgrader_it_says_so(grades, tmp_path, capsys, monkeypatch):
    assert export(tmp_path / "none", "csv") == 2 and "there is no gradebook" in capsys.readouterr().err
    monkeypatch.setitem(__import__("sys").modules, "nbgrader", None)
    assert export(grades, "nbgrader", "--gradebook", str(tmp_path / "x.db")) == 2
    assert "pip install nbgrader" in capsys.readouterr().err and not (tmp_path / "x.db").exists()


def test_the_formats_are_told(capsys):
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in FORMATS)


@pytest.mark.slow
def test_what_the_grader_found_is_on_the_page(tmp_path):
    step = ('def step(params, x_t, state):\n    print("0.25 PRINTED")\n'
            '    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T)\n')
    notebook = hand_ins.with_answer("rnn-step", step, hand_ins.solved(only=["rnn-right_head"]))
    notebook["cells"].insert(1, {"cell_type": "code", "id": "m", "metadata": {}, "source": "!ls\nundefined_name",
                                 "outputs": [], "execution_count": None})
    hand_ins.folder_of(tmp_path / "in", {"bob.ipynb": notebook})
    assert main(["grade", str(tmp_path / "in"), "--out", str(tmp_path / "g"), "--jobs", "1"]) == 0
    assert export(tmp_path / "g", "html") == 0
    page = (tmp_path / "g" / "feedback" / "students" / "bob.html").read_text(encoding="utf-8")
    assert "The bias b_h is missing" in page and "the name undefined_name is not defined" in page
    assert "PRINTED" not in page and "commands of the system do nothing while grading" in page
