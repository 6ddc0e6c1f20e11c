"""A class's list, in any of the forms it is exported in; and who of it a name is."""

from __future__ import annotations

import pytest
from hand_ins import NAMES, canvas_roster, moodle_roster, plain_roster, squashed

from rnnbook.grading.matching import Matcher
from rnnbook.grading.names import bare, forms, squash
from rnnbook.grading.owners import Owner
from rnnbook.grading.roster import Student, read_roster


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_canvas_gradebook(tmp_path):
    roster = read_roster(canvas_roster(tmp_path / "r.csv"))
    assert roster.kind == "canvas" and [s.name for s in roster] == list(NAMES)
    first = roster.students[0]
    assert (first.id, first.number, first.login, first.line) == ("S9000", "1001", "doejane@uni.example", 3)
    assert first.row["Homework 1 (77)"] == "" and first.row["Student"] == "Doe, Jane"


def test_canvas_rows_that_are_no_student(tmp_path):
    roster = read_roster(write(tmp_path, "Student,ID,SIS User ID,SIS Login ID,Section,HW (1)\n,,,,,Manual Posting\n"
                                         "    Points Possible,,,,,10\n\"Doe, Jane\",1,,jd,A,3\n"
                                         "\"Student, Test\",9,,abc,A,\n"))
    assert [(s.id, s.line) for s in roster] == [("jd", 4)]


def test_moodle_worksheet(tmp_path):
    roster = read_roster(moodle_roster(tmp_path / "r.csv"))
    assert roster.kind == "moodle"
    second = roster.students[1]
    assert (second.id, second.number, second.name) == ("S9001", "2002", "Jörg Müller")


@pytest.mark.parametrize("text, expected", [
    ("id,name,email\ns1,Jane Doe,j@x.example\n", ("s1", "Jane Doe", "j@x.example", "", "")),
    ("First name,Last name,ID number,Email address,Groups\nJane,Doe,s1,j@x.example,A\n",
     ("s1", "Jane Doe", "j@x.example", "", "")),
    ("Vorname;Nachname;Matrikelnummer;E-Mail-Adresse\nJane;Doe;s1;j@x.example\n",
     ("s1", "Jane Doe", "j@x.example", "", "")),
    ("id,first_name,last_name,email,lms_user_id\ns1,Jane,Doe,j@x.example,77\n",
     ("s1", "Jane Doe", "j@x.example", "", "77")),
    ("Student ID\tUsername\ns1\tjdoe\n", ("s1", "", "", "jdoe", "")),
    ("Student,Login\nJane Doe,jdoe\n", ("jdoe", "Jane Doe", "", "jdoe", "")),
    ("\ufeffName\nJane Doe\n", ("Jane Doe", "Jane Doe", "", "", "")),
    ("name,comment\n\"Doe, Jane\",\"two\nlines\"\n", ("Doe, Jane", "Doe, Jane", "", "", "")),
    ("\n\nid,name\n\ns1,Jane Doe\n\n", ("s1", "Jane Doe", "", "", "")),
])
def test_headers(tmp_path, text, expected):
    [s] = read_roster(write(tmp_path, text))
    assert (s.id, s.name, s.email, s.login, s.number) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path, encoding):
    [s] = read_roster(write(tmp_path, "id;name\r\ns1;Jörg Müller\r\n", encoding))
    assert s == Student("s1", "Jörg Müller", line=2)


@pytest.mark.parametrize("text, said", [
    ("", "is empty"), ("id,name\n", "no students below"), ("a,b\n1,2\n", "line 1: no column says who"),
    ("id,name\ns1,Jane\ns1,Sam\n", "line 3: 's1' stands in line 2 already"),
    ("id,name\ns1,Jane\nS1,Sam\n", "line 3: 'S1' stands in line 2 already"),
    ("id,name\ns1,Doe, Jane\n", "line 2: 3 fields; expected 2"),
    ("id,email\ns1,jane\n", "line 2: the e-mail address is 'jane'"),
    ("id,name\n\"a\nb\",J\ns2,\"x\ns1,y\n\n\"", ""),
])
def test_errors_name_the_line(tmp_path, text, said):
    path = write(tmp_path, text)
    if not said:
        read_roster(path)
        return
    with pytest.raises(ValueError, match=r"roster\.csv") as error:
        read_roster(path)
    assert said in str(error.value)


def test_files_that_are_no_csv(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")
    (tmp_path / "r.csv").write_bytes(b"PK\x03\x04rest")
    with pytest.raises(ValueError, match="is a spreadsheet"):
        read_roster(tmp_path / "r.csv")


# ---- who is it ----

def test_names_are_compared_bare():
    assert bare("Łukasz MÜLLER-Straße ÆØ") == "lukasz muller-strasse aeo"
    assert squash("O'Neil, Sam") == "oneilsam"
    assert {"doejane", "janedoe"} <= forms("Doe, Jane") and forms("Doe, Jane") == forms("Jane Doe")
    assert {"garciamarquezana", "anagarciamarquez"} <= forms("García Márquez, Ana")
    assert {"mullerjorg", "muellerjoerg"} <= forms("Müller, Jörg")


@pytest.fixture
def matcher(tmp_path):
    return Matcher(read_roster(plain_roster(tmp_path / "r.csv")), ["hw1", "02-hidden-state"])


def who(matcher, kind, name, number=""):
    found = matcher.find(Owner(kind, name, number))
    return found.id if isinstance(found, Student) else found


@pytest.mark.parametrize("label", [
    "s100", "S100", "Jane Doe", "jane doe", "JANE_DOE", "doe-jane", "Doe, Jane", "DoeJane", "doejane@uni.example",
    "hw1_jane_doe", "02-hidden-state Jane Doe", "s100-hw1", "homework3_s100", "jane.doe.final2", "doejane"])
def test_ways_to_write_a_student(matcher, label):
    assert who(matcher, "folder", label) == "s100"


@pytest.mark.parametrize("label, id", [("Jörg Müller", "s101"), ("Jorg Muller", "s101"), ("joerg mueller", "s101"),
                                       ("Mu\u0308ller Jo\u0308rg", "s101"), ("ana garcia marquez", "s102"),
                                       ("sam oneil", "s103"), ("Zeljka Simic", "s105"), ("li ng", "s104")])
def test_accents_and_case_do_not_matter(matcher, label, id):
    assert who(matcher, "file", label) == id


@pytest.mark.parametrize("label", ["Jane", "doe", "Jane Doe Sam", "Jane Doe and Sam O'Neil", "s10", "hw1", "", "x"])
def test_what_is_not_certain_is_not_guessed(matcher, label):
    assert "nobody in the roster" in who(matcher, "folder", label) or "who fit" in who(matcher, "folder", label)


def test_two_of_one_name_are_ambiguous(tmp_path):
    roster = write(tmp_path, "id,name\na1,Jane Doe\na2,\"Doe, Jane\"\n")
    matcher = Matcher(read_roster(roster))
    assert who(matcher, "moodle", "Jane Doe", "7") == (
        "Jane Doe (7) may be Jane Doe (a1, line 2) or Doe, Jane (a2, line 3): the roster has 2 who fit")
    assert who(matcher, "folder", "a2") == "a2"


def test_a_platforms_number_decides_between_two_of_one_name(tmp_path):
    matcher = Matcher(read_roster(canvas_roster(tmp_path / "r.csv", ["Doe, Jane", "Doe, Jane"])))
    assert who(matcher, "canvas", "doejane", "1002") == "S9001"


def test_number_and_name_must_agree(tmp_path):
    matcher = Matcher(read_roster(canvas_roster(tmp_path / "r.csv")))
    assert who(matcher, "canvas", squashed("Doe, Jane"), "1001") == "S9000"
    assert "by the number it is Müller, Jörg" in who(matcher, "canvas", "doejane", "1002")
    assert who(matcher, "canvas", "janeallnew", "1001") == "S9000"     # she changed her name; the number is hers
    assert "is nobody in the roster" in who(matcher, "canvas", "newhere", "999")


def test_numbers_of_another_system_are_not_believed(tmp_path):
    """A plain roster's ids are not Canvas's numbers, though one may look like another's."""
    matcher = Matcher(read_roster(write(tmp_path, "id,name\n1001,Sam Roe\n1002,Jane Doe\n")))
    assert who(matcher, "canvas", "doejane", "1001") == "1002"
    lms = Matcher(read_roster(write(tmp_path, "id,name,lms user id\na,Sam Roe,1001\n")))
    assert who(lms, "canvas", "roesam", "1001") == "a"
    assert "whose name is another" in who(lms, "canvas", "doejane", "1001")


def test_blind_marking(tmp_path):
    matcher = Matcher(read_roster(moodle_roster(tmp_path / "r.csv")))
    found = matcher.find(Owner("moodle", "Participant", "2003", anonymous=True))
    assert isinstance(found, Student) and found.id == "S9002"
    assert "anonymous" in matcher.find(Owner("canvas", "anon_Ab3dE", anonymous=True))
