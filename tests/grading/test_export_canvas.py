"""Canvas: its own export filled in, and read again as Canvas's importer reads it."""

import csv
import io
import re
from dataclasses import replace

import export_books
import pytest

from rnnbook.grading.exports.canvas import canvas_csv
from rnnbook.grading.exports.sheet import read_sheet
from rnnbook.grading.gradebook import Gradebook

HEAD = ("Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77),Homework 10 (78),Quiz (Unit 1) (79),"
        "Assignments Current Points,Assignments Current Score,Current Score,Unposted Current Score,Final Score")
POSTING = ",,,,,Manual Posting,,,,,,,"
POSSIBLE = "    Points Possible,,,,,10.00,20.00,5.00,(read only),(read only),(read only),(read only),(read only)"
CLASS = ['"Lovelace, Ada",101,S1,ada,"CS 1, Group A",,18.50,5.00,18.50,92.5,92.5,92.5,80.0',
         '"Ørsted, Robert",102,S2,bob,"CS 1, Group A and CS 1, Group B",3.00,EX,,3.00,30,30,30,30',
         '"=""=cmd|\' /C calc\'!A0""",103,S3,cy,"CS 1, Group A",,,,,,,,',
         '"Nought, Zoë",104,S4,zoe,"CS 1, Group A",,N/A,,,,,,',
         '"Lost, Len",105,S5,len,"CS 1, Group A",2.50,,,,,,,',
         '"Other, Olga",106,S6,olga,"CS 1, Group A",7.00,,,,,,,',
         '"Student, Test",999,,8f7e6d5c,"CS 1, Group A",,,,,,,,']


def write(path, *lines, head=HEAD, possible=POSSIBLE):
    path.write_text("\ufeff" + "\r\n".join([head, POSTING, possible, *(lines or CLASS)]) + "\r\n", encoding="utf-8",
                    newline="")
    return path


@pytest.fixture
def sheet(tmp_path):
    with Gradebook(export_books.fill(tmp_path / "g.sqlite")) as book:
        return read_sheet(book, "hw1")


@pytest.fixture
def roster(tmp_path):
    return write(tmp_path / "2026-11-20T1200_Grades-RNN.csv")


def cells(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def imported(text, before):
    """What Canvas has after the import: the rules of its lib/gradebook_importer.rb.

    A student is found by ID, an assignment by the id in its header, else by its title; an empty cell deletes a score.
    """
    header, *rows = cells(text)
    assert "Student" in header[0] and "ID" in header[1]
    section = header.index("Section")
    assert header[:section + 1] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    after = dict(before)
    for row in rows:
        assert len(row) == len(header)
        if "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Manual Posting.*)?\s*", cell) for cell in row):
            continue
        for n in range(section + 1, len(header)):
            named = re.fullmatch(r"(.*)\s\((\d+)\)", header[n])
            key = int(row[1]), int(named[2]) if named else header[n]
            if not row[n].strip():
                after.pop(key, None)
            elif row[n] not in ("EX", "N/A") or before.get(key) != row[n]:
                after[key] = row[n]
    return after


BEFORE = {(101, 78): "18.50", (101, 79): "5.00", (102, 77): "3.00", (102, 78): "EX", (104, 78): "N/A",
          (105, 77): "2.50", (106, 77): "7.00"}


def test_the_round_trip_changes_what_was_graded_and_nothing_else(sheet, roster):
    found = canvas_csv(sheet, roster)
    assert imported(found.text, BEFORE) == {**BEFORE, (101, 77): "9.50", (102, 77): "4.00"}
    assert (found.column, found.new, found.filled) == ("Homework 1 (77)", False, 2)
    assert found.kept == {"S3": "1 to mark by hand", "S4": "nothing handed in", "S5": "not graded",
                          "S6": "nothing handed in"} and not found.unknown


def test_columns_and_lines_are_canvas_s_own(sheet, roster):
    header, posting, possible, *rows = cells(canvas_csv(sheet, roster).text)
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 1 (77)"]
    assert posting[-1] == "Manual Posting" and possible == ["    Points Possible", "", "", "", "", "10.00"]
    assert [row[1] for row in rows] == ["101", "102", "103", "104", "105", "106", "999"]
    assert rows[1][:5] == ["Ørsted, Robert", "102", "S2", "bob", "CS 1, Group A and CS 1, Group B"]
    assert rows[2][0].startswith("'=")                   # Canvas goes by ID; a spreadsheet sees text
    assert canvas_csv(sheet, roster).text.count("\r\n") == 10


def test_open_questions_and_zeros_on_request(sheet, roster):
    found = canvas_csv(sheet, roster, unfinished=True, zero=True)
    after = imported(found.text, BEFORE)
    assert (after[103, 77], after[104, 77], after[106, 77], after[105, 77]) == ("0.00", "0.00", "0.00", "2.50")
    assert found.kept == {"S5": "not graded"} and (999, 77) not in after


@pytest.mark.parametrize("cell", ["EX", "ex", "N/A"])
def test_what_a_person_has_set_stays(sheet, tmp_path, cell):
    path = write(tmp_path / "c.csv", CLASS[0].replace('A",,', f'A",{cell},', 1))
    found = canvas_csv(sheet, path)
    assert cells(found.text)[3][-1] == cell and "in Canvas" in found.kept["S1"] and found.filled == 0


def test_a_column_that_is_not_there_is_new(sheet, tmp_path):
    path = write(tmp_path / "c.csv", head=HEAD.replace("Homework 1 (77)", "Homework 3 (77)"))
    found = canvas_csv(sheet, path)
    assert found.new and found.column == "Homework 1" and cells(found.text)[2][-1] == "10.00"
    assert imported(found.text, BEFORE)[101, "Homework 1"] == "9.50"


@pytest.mark.parametrize(("asked", "column"), [
    ("79", "Quiz (Unit 1) (79)"), ("quiz (unit 1)", "Quiz (Unit 1) (79)"), ("Homework 10 (78)", "Homework 10 (78)")])
def test_a_column_may_be_named(sheet, roster, asked, column):
    assert canvas_csv(sheet, roster, column=asked, scale=True).column == column


def test_points_possible_must_agree_or_be_scaled_to(sheet, roster):
    with pytest.raises(ValueError, match=r"'Homework 10 \(78\)' is worth 20 points in Canvas, and hw1 is worth 10"):
        canvas_csv(sheet, roster, column="78")
    assert cells(canvas_csv(sheet, roster, column="78", scale=True).text)[3][-1] == "19.00"


def test_semicolons_and_decimal_commas(sheet, tmp_path):
    path = tmp_path / "de.csv"
    path.write_text("Student;ID;SIS Login ID;Section;Homework 1 (77)\n    Points Possible;;;;1.000,00\n"
                    "Lovelace, Ada;101;ada;A;\n", encoding="utf-8")
    found = canvas_csv(sheet, path, scale=True)
    assert cells(found.text)[2] == ["Lovelace, Ada", "101", "ada", "A", "950.00"]


def test_last_and_first_names_in_columns_of_their_own(sheet, tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("LastName,FirstName,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77)\n"
                    "    Points Possible,,,,,,10.00\nLovelace,Ada,101,S1,ada,A,\n=1+1,Cy,103,S3,cy,A,1.00\n")
    found = canvas_csv(sheet, path, zero=True)
    assert [row[-1] for row in cells(found.text)] == ["Homework 1 (77)", "10.00", "9.50", "1.00"]
    assert cells(found.text)[3][:3] == ["'=1+1", "Cy", "103"]


@pytest.mark.parametrize(("lines", "said"), [
    (['Student,ID,SIS Login ID,Section,Homework 1 (77),Homework 1 (80)', '"L, A",101,ada,A,,'], "has 2 of that name"),
    (["id,name", "S1,Ada"], "is not Canvas's export"),
    (["Student,ID,SIS Login ID,Section,Essay (5)", '"L, A",101,ada,A,'],
     "column is 'Homework 1'; expected one of .*Essay")])
def test_a_wrong_file_or_column_is_refused(sheet, tmp_path, lines, said):
    (tmp_path / "x.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=said):
        canvas_csv(sheet, tmp_path / "x.csv", column="Homework 1")


# ---- Who is who

def known_as(sheet, **students):
    """The sheet with S1 under another id, as if graded with another roster or none."""
    [(id, entry)] = students.items()
    rows = tuple(replace(row, student=id) if row.student == "S1" else row for row in sheet.rows if row.student == "S1")
    return replace(sheet, rows=rows, students={id: entry}, missing={})


@pytest.mark.parametrize(("id", "name", "data"), [
    ("ada", "", {}), ("lovelaceada_101", "lovelaceada", {}), ("x1", "Ada Lovelace", {"roster": "moodle"}),
    ("x1", "", {"roster": "plain", "login": "ADA"}), ("Lovelace, Ada", "", {}),
    ("x1", "A. L.", {"roster": "canvas", "number": "101"})])
def test_a_student_is_found_by_id_login_number_or_name(sheet, roster, id, name, data):
    found = canvas_csv(known_as(sheet, **{id: (name, data)}), roster)
    assert cells(found.text)[3][-1] == "9.50" and found.filled == 1 and not found.unknown


@pytest.mark.parametrize(("id", "name", "data"), [
    ("x1", "Ada King", {}), ("x1", "", {}), ("x1", "", {"roster": "moodle", "number": "101"})])
def test_who_is_not_in_the_export_is_reported_and_not_invented(sheet, roster, id, name, data):
    found = canvas_csv(known_as(sheet, **{id: (name, data)}), roster)
    assert list(found.unknown) == [id] and found.filled == 0 and "9.50" not in found.text
    assert len(cells(found.text)) == 10


def test_two_who_may_be_one_are_both_reported(sheet, roster):
    rows = tuple(replace(sheet.rows[0], student=id) for id in ("ada", "lovelaceada_101"))
    both = replace(sheet, students={"ada": ("", {}), "lovelaceada_101": ("", {})}, rows=rows, missing={})
    found = canvas_csv(both, roster, zero=True)
    assert set(found.unknown) == {"ada", "lovelaceada_101"} and "may be ada or love" in found.unknown["ada"]
    assert cells(found.text)[3][-1] == ""
