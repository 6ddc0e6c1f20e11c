"""What every export tells: points, decisions by hand, the late rule, open questions, nothing handed in; and no more."""

import csv
import io
import json
import re
from pathlib import Path

import export_books
import pytest
from export_books import EVIL, HINT, HOMEWORK, SECRET

from rnnbook.grading import tables
from rnnbook.grading.exports.class_page import class_page
from rnnbook.grading.exports.gradescope import VISIBILITIES, nothing, results
from rnnbook.grading.exports.long import as_long_csv
from rnnbook.grading.exports.places import file_names
from rnnbook.grading.exports.sheet import STATES, read_sheet
from rnnbook.grading.exports.student_page import nothing_page, student_page
from rnnbook.grading.exports.style import DARK, LIGHT
from rnnbook.grading.gradebook import Gradebook


@pytest.fixture
def book(tmp_path):
    with Gradebook(export_books.fill(tmp_path / "g.sqlite")) as book:
        yield book


@pytest.fixture
def sheet(book):
    return read_sheet(book, "hw1")


def row(sheet, student):
    return next(row for row in sheet.rows if row.student == student)


def words(page):
    """What stands on a page, without its marks."""
    body = page[page.index("<body"):]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def lines(text):
    return list(csv.DictReader(io.StringIO(text)))


# ---- The sheet

def test_the_sheet_knows_points_order_and_late_days(sheet):
    assert (sheet.most, list(sheet.exercises)) == (10, ["rnn-step", "rnn-forward", "why-tanh"])
    assert [sheet.days_late(r) for r in sheet.rows] == [0, 2, 0, 0] and sheet.missing == {"S4": "Nought, Zoë"}
    assert [r.student for r in sheet.graded()] == ["S1", "S2", "S3"]


def test_without_a_homework_file_the_fullest_notebook_says_what_there_is(tmp_path):
    data = {**HOMEWORK, "found": True, "exercises": [["rnn-step", 4]] * 9}
    with Gradebook(export_books.fill(tmp_path / "g.sqlite", data)) as book:
        assert read_sheet(book, "hw1").most == 10


# ---- Tables

def test_the_wide_table(book):
    table = {line["student"]: line for line in lines(tables.as_csv(book, "hw1"))}
    bob, cy = table["S2"], table["S3"]
    assert (bob["raw"], bob["final"], bob["days_late"], bob["rnn-step"], bob["why-tanh"]) == ("5", "4", "2", "1", "2")
    assert (cy["isolation"], cy["waiting"], cy["why-tanh"]) == ("process", "1", "")
    assert "%timeit" in bob["problems"] and table["S4"]["note"] == "nothing handed in"
    assert table["S5"]["note"].startswith("not graded")


def test_the_long_table(sheet):
    table = lines(as_long_csv(sheet))
    assert len(table) == 4 * 3 + 1
    step = next(line for line in table if (line["student"], line["exercise"]) == ("S2", "rnn-step"))
    assert (step["points"], step["graded"], step["of"], step["state"]) == ("1", "0", "4", "marked")
    assert (step["reason"], step["by"], step["mistakes"]) == (
        "The idea is right.", "prof", "The bias `b_h` is missing")
    open_one = next(line for line in table if (line["student"], line["exercise"]) == ("S3", "why-tanh"))
    assert (open_one["points"], open_one["graded"], open_one["state"]) == ("", "", "waiting")
    [zoe] = [line for line in table if line["student"] == "S4"]
    assert (zoe["status"], zoe["exercise"], zoe["final"]) == ("nothing handed in", "", "0")


@pytest.mark.parametrize(("name", "cell"), [
    ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), (" =1", "' =1"),
    ("\r=1", "' =1"), ("Ada\r=1\r\n=2", "Ada =1 =2"), ("＝1", "'＝1"), ("Ada-Lou", "Ada-Lou"),
    (f"=cmd|' /C calc'!A0 {EVIL}", f"'=cmd|' /C calc'!A0 {EVIL}")])
def test_no_name_is_a_formula(book, name, cell):
    book.set_students({"S1": (name, {"roster": "canvas"})})
    for text in (tables.as_csv(book, "hw1"), as_long_csv(read_sheet(book, "hw1"))):
        assert "\r" not in text
        found = [line[1] for line in csv.reader(io.StringIO(text, newline="")) if line[0] == "S1"]
        assert set(found) == {cell}


# ---- Gradescope: the fields of its specification

TOP = {"score": (int, float), "execution_time": (int, float), "output": str, "output_format": str,
       "test_output_format": str, "test_name_format": str, "visibility": str, "stdout_visibility": str,
       "extra_data": dict, "tests": list, "leaderboard": list}
TEST = {"score": (int, float), "max_score": (int, float), "status": str, "name": str, "name_format": str,
        "number": str, "output": str, "output_format": str, "tags": list, "visibility": str, "extra_data": dict}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}


def fits(data):
    """Whether Gradescope's specification allows it."""
    for fields, part in ((TOP, data), *((TEST, test) for test in data["tests"])):
        assert not part.keys() - fields.keys()
        assert all(isinstance(value, fields[key]) and not isinstance(value, bool) for key, value in part.items())
        assert part["visibility"] in VISIBILITIES and part["output_format"] in FORMATS
    assert data["stdout_visibility"] in VISIBILITIES
    assert all(test.get("status", "passed") in ("passed", "failed") for test in data["tests"])
    return json.loads(json.dumps(data))


def test_gradescope_results(sheet):
    bob, cy = (fits(results(sheet, row(sheet, id), "after_due_date")) for id in ("S2", "S3"))
    assert bob["score"] == 4 and bob["extra_data"]["raw"] == 5 and "2 days late: 5 points before" in bob["output"]
    assert [(t["score"], t["max_score"], t["status"]) for t in bob["tests"]] == [
        (1, 4, "failed"), (2, 4, "failed"), (2, 2, "passed")]
    assert "What happened: The bias `b_h` is missing" in bob["tests"][0]["output"]
    assert "Changed by hand: 1 of 4 points, instead of 0. The idea is right." in bob["tests"][0]["output"]
    assert bob["tests"][2]["output"].splitlines()[0] == "✎ marked by hand"
    assert "Right under another published convention: `last`" in bob["tests"][1]["output"]
    waiting = cy["tests"][2]
    assert "score" not in waiting and "status" not in waiting and "waits to be marked" in waiting["output"]
    assert "1 question still to be marked" in cy["output"] and "%timeit" in bob["output"]
    assert fits(nothing(sheet)) == {**nothing(sheet), "score": 0, "tests": []}
    with pytest.raises(ValueError, match="visibility is 'never'; expected one of visible, hidden"):
        results(sheet, row(sheet, "S1"), "never")


# ---- Pages

def test_a_student_s_page_says_what_counts_and_why(sheet):
    page = words(student_page(sheet, row(sheet, "S2")))
    for said in ("Homework 1", "Ørsted, Robert (S2)", "4 of 10 points", "2 November 2026, 18:00 (UTC+00:00)",
                 "Handed in 2 days late: 5 points before the late rule, 4 after it.",
                 "cell 4: %timeit does nothing while grading", "The bias b_h is missing",
                 "Hint: Set x_t and the state to 0. What is left?", "wrong values First at unit 0.",
                 "Right under another published convention last is time-major Note: Both are in print.",
                 "Changed by hand 1 of 4 points, instead of 0. The idea is right. prof,",
                 "Marked by hand 2 of 2 points. Good.", "hs ✓ right", "aaaa-bbbb-cccc", "−1"):
        assert said in page, said


def test_open_questions_a_stopped_notebook_and_nothing_at_all(sheet):
    cy = words(student_page(sheet, row(sheet, "S3")))
    for said in ("1 to be marked by a person", "The notebook ran too long and was stopped.", "waits to be marked",
                 "○ not tried", "A person marks this question."):
        assert said in cy, said
    assert "Not graded yet" in words(student_page(sheet, row(sheet, "S5")))
    assert "0 of 10 points Nothing was handed in." in words(nothing_page(sheet, "S4"))


def test_full_marks_are_not_explained_away(sheet):
    ada = words(student_page(sheet, row(sheet, "S1")))
    assert "9.5 of 10 points" in ada and "not fair" not in ada.replace("1.5 of 2", "") and "hint(" not in ada
    assert "late" not in ada.lower()


def texts(sheet):
    """All that leaves the gradebook for students."""
    for found in sheet.rows:
        yield student_page(sheet, found)
        yield json.dumps(results(sheet, found))
    yield nothing_page(sheet, "S3")


def test_nothing_that_is_for_the_teacher_reaches_a_student(sheet):
    assert SECRET in " ".join(p for r in sheet.rows for p in r.problems) and SECRET in class_page(sheet, Links())
    assert all(SECRET not in text for text in texts(sheet))


class Links(dict):
    def __missing__(self, id):
        return f"students/{id}.html"


def test_what_students_write_is_never_markup(sheet):
    pages = [text for text in (*texts(sheet), class_page(sheet, Links())) if text.startswith("<!DOCTYPE")]
    assert len(pages) == 6 and all("<script" not in page and "default-src 'none'" in page for page in pages)
    evil = pages[2]
    assert evil.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 5     # title, name, problem, headline, line
    assert "&lt;img src=x" in evil and not any("<img" in page for page in pages)
    reversed_name = "Eve \u202ecod.exe\u0007"
    sheet.students["S1"] = (reversed_name, {})
    assert "\u202e" not in student_page(sheet, row(sheet, "S1")) + class_page(sheet, Links())


def test_quotes_in_names_stay_within_attributes(sheet):
    sheet.students["S1"] = ('" onmouseover="x', {})
    links = file_names(["S1", "S2", "S3", "S4", "S5"])
    for page in (student_page(sheet, row(sheet, "S1")), class_page(sheet, links)):
        assert 'onmouseover="' not in page and "&quot; onmouseover=&quot;x" in page


def test_the_class_page(sheet):
    page = class_page(sheet, Links())
    said = words(page)
    assert "4 handed in, 1 did not; mean 3.38 of 10 points; 2 answers to mark by hand; isolation: full (2)" in said
    assert "The bias b_h is missing Set x_t" in said and "1 of 4" in said and "isolation: process" in said
    assert 'href="students/S4.html"' in page and "nothing handed in" in said
    assert "rnn-step: 1 by prof. The idea is right." in said and "not graded" in said


def test_every_state_has_words_of_its_own():
    assert len({word for _, word in STATES.values()}) == len(STATES)
    assert HINT.count("`") == 2


def test_the_colours_are_the_site_s():
    css = (Path(__file__).parents[2] / "book" / "_static" / "rnnbook.css").read_text(encoding="utf-8")
    light, dark = css.split('html[data-theme="dark"]', 1)
    for mine, theirs in ((LIGHT, light), (DARK, dark)):
        named = dict(re.findall(r"--([\w-]+): (#\w{6})", mine))
        for name, colour in named.items():
            if not name.startswith("bar"):
                assert colour in theirs, name


# ---- Names of files

def test_file_names_are_safe_and_differ():
    ids = ["ada", "ADA", "../../etc/passwd", "a/b", "a\\b", "con", "", ".hidden", "日本", "x" * 300, "a b", "a-b"]
    names = file_names(ids)
    assert set(names) == set(ids) and len({name.casefold() for name in names.values()}) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,79}", name) and ".." not in name for name in names.values())
    assert names["ada"] == "ada" and names["con"] != "con" and file_names(ids[::-1]) == names
