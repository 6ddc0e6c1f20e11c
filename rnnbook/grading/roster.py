"""The list of a class: a CSV with any of the usual headers, as Canvas and Moodle export it or as one writes it.

Recognised are Canvas's export of its gradebook ("Student, ID, SIS User ID, SIS Login ID, Section, …", with its row
"Points Possible"; that row and a row of posting policies are skipped, as is the "Student, Test" of Student View),
Moodle's grading worksheet ("Identifier, Full name, Email address, …", where "Participant 123" is the number in the
names of downloaded files: mod/assign/feedback/offline in Moodle's source), Moodle's list of participants ("First name,
Last name, Email address, ID number, Groups"), nbgrader's students ("id, first_name, last_name, email, lms_user_id"),
and a plain "id, name, email". Commas, semicolons and tabs separate; a byte order mark does no harm.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HEADERS: Mapping[str, tuple[str, ...]] = {
    "id": ("sis user id", "id number", "idnumber", "student id", "student number", "matriculation number",
           "matrikelnummer", "matriculation", "number", "id"),
    "name": ("full name", "fullname", "name", "student name", "display name", "sortable name", "vollständiger name",
             "nom complet", "nombre completo", "student"),
    "first": ("first name", "firstname", "given name", "given names", "vorname", "prénom", "nombre", "forename"),
    "last": ("last name", "lastname", "surname", "family name", "nachname", "nom", "apellido(s)", "apellidos"),
    "email": ("email address", "email", "e mail", "e mail address", "mail", "e mail adresse", "adresse de courriel"),
    "login": ("sis login id", "login id", "login", "username", "user name", "user", "netid", "net id", "account",
              "anmeldename", "benutzername", "github"),
    "number": ("identifier", "lms user id", "canvas user id", "canvas id", "participant", "user id"),
}
"""What a column may be called, the surest name first; in lower case, with spaces for - and _."""

LARGEST = 20 * 2**20


@dataclass(frozen=True)
class Student:
    """One line of a roster.

    Attributes
    ----------
    id
        What the gradebook knows the student by: the first of the columns for an id, a login, an e-mail address, the
        platform's number and the name that is filled in.
    number
        The learning platform's own number, as it stands in the names of downloaded files; "" where the roster has none.
    row
        The line as it stands in the file, by header.
    """

    id: str
    name: str = ""
    email: str = ""
    login: str = ""
    number: str = ""
    line: int = 0
    row: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Roster:
    """The students of a class in the file's order. `kind` is "canvas", "moodle" or "plain"."""

    students: tuple[Student, ...]
    kind: str = "plain"
    path: str = ""

    def __iter__(self) -> Iterator[Student]:
        return iter(self.students)

    def __len__(self) -> int:
        return len(self.students)


def read_roster(path: str | Path) -> Roster:
    """Read a roster.

    Raises
    ------
    ValueError
        The file cannot be read, no column tells who somebody is, a line does not fit, or two lines have one id. The
        message names the file and the line.
    """
    path = Path(path)
    text = _text(path)
    header_line = next((line for line in text.splitlines() if line.strip()), "")
    if not header_line:
        raise ValueError(f"{path} is empty; expected a CSV with a header such as id,name,email")
    separator = max(",;\t", key=lambda s: (len(_columns(next(csv.reader([header_line], delimiter=s)), "")),
                                           header_line.count(s)))
    lines = _lines(path, text, separator)
    start, header = next(((n, row) for n, row in lines if any(row)), (1, []))
    kind = _kind(header)
    columns = _columns(header, kind)
    if not set(columns) & {"id", "name", "last", "email", "login", "number"}:
        raise ValueError(f"{path}, line {start}: no column says who a student is; got {', '.join(header)[:200]}; "
                         "expected some of id, name, first name, last name, email, login")
    students = [student for n, row in lines if n > start and any(row) and not _no_student(row, columns)
                for student in [_student(path, n, row, header, columns)]]
    if not students:
        raise ValueError(f"{path} has a header, but no students below it")
    seen: dict[str, Student] = {}
    for student in students:
        first = seen.setdefault(student.id.casefold(), student)
        if first is not student:
            raise ValueError(f"{path}, line {student.line}: {student.id!r} stands in line {first.line} already; "
                             "expected an id of its own for each student")
    return Roster(tuple(students), kind, str(path))


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > LARGEST:
            raise ValueError(f"{path} has {path.stat().st_size / 2**20:.0f} MB; expected a list of a class, a CSV")
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError(f"{path} is a spreadsheet; expected a CSV: save it as CSV first")
    for encoding in ("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig", "cp1252", "latin-1"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError(f"{path} is not text")


def _lines(path: Path, text: str, separator: str) -> list[tuple[int, list[str]]]:
    """(number of the line it ends in, its fields) for each row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    found = []
    try:
        for row in reader:
            found.append((reader.line_num, [" ".join(cell.split()) for cell in row]))
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: not CSV: {error}") from None
    return found


def _plain(header: str) -> str:
    return " ".join(re.sub(r"[-_]+", " ", header.replace("\ufeff", "")).split()).casefold()


def _kind(header: Sequence[str]) -> str:
    names = {_plain(h) for h in header}
    if {"student", "id"} <= names and names & {"section", "sis login id", "sis user id"}:
        return "canvas"
    return "moodle" if {"identifier", "full name"} <= names else "plain"


def _columns(header: Sequence[str], kind: str) -> dict[str, int]:
    """The number of the column for each thing known of a student."""
    names = [_plain(h) for h in header]
    wanted = dict(HEADERS)
    if kind == "canvas":
        wanted |= {"id": ("sis user id",), "number": ("id",), "name": ("student",)}
    elif {"name", "full name", "first name", "last name"} & set(names):
        wanted |= {"name": tuple(h for h in HEADERS["name"] if h != "student"), "id": (*HEADERS["id"], "student")}
    found: dict[str, int] = {}
    for key, known in wanted.items():
        column = next((names.index(h) for h in known if h in names and names.index(h) not in found.values()), None)
        if column is not None:
            found[key] = column
    return found


def _no_student(row: Sequence[str], columns: Mapping[str, int]) -> bool:
    """The lines of a Canvas export that are about no student."""
    values = {key: row[n] for key, n in columns.items() if n < len(row)}
    name = values.get("name", "")
    return (name.casefold().startswith("points possible") or not any(values.values())
            or (name == "Student, Test" and not values.get("id")))


def _student(path: Path, line: int, row: list[str], header: Sequence[str], columns: Mapping[str, int]) -> Student:
    if len([cell for cell in row if cell]) and len(row) > len(header) and any(row[len(header):]):
        raise ValueError(f"{path}, line {line}: {len(row)} fields; expected {len(header)}, as in the header. "
                         "Does a name hold the separator? Then put it in quotes.")
    row = [*row, *[""] * (len(header) - len(row))]
    values = {key: row[n] for key, n in columns.items()}
    given, family = values.get("first", ""), values.get("last", "")
    name = values.get("name", "") or " ".join(filter(None, (given, family)))
    number = (re.search(r"\d+$", values.get("number", "")) or [""])[0]
    email = values.get("email", "")
    if email and "@" not in email:
        raise ValueError(f"{path}, line {line}: the e-mail address is {email!r}; expected one with an @")
    id = values.get("id") or values.get("login") or email or number or name
    if not id:
        raise ValueError(f"{path}, line {line}: nothing says who this is; expected an id, a name or an e-mail address")
    return Student(id, name, email, values.get("login", ""), number, line, dict(zip(header, row, strict=False)))
