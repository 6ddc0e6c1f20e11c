"""Writes the made-up class into a folder: hand-ins as Canvas gives them, roster, homework, pack, what to expect.

The same files on every machine.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from rnnbook.grading.homework import Homework, read_homework
from rnnbook.grading.sample_class.answers import IDS
from rnnbook.grading.sample_class.notebook import notebook
from rnnbook.grading.sample_class.students import ABSENT, STUDENTS, Student

HOMEWORK = """\
title = "Homework 1: hidden states"
pack = "pack"
due = 2026-11-27T23:59:00+01:00

[exercises]
rnn-by_hand = 1
rnn-step = 2
rnn-forward = 4
rnn-right_head = 5
rnn-reset_at_boundaries = 3
rnn-last_state = 2
pool-mean_state = 3
"""

FIRST_USER, FIRST_UPLOAD = 1001, 50001
SECRET = "the sample class has this one; yours is made by rnnbook grade"


def write(folder: Path) -> list[str]:
    """Write the class into `folder`, made if it is not there; what was written, in words.

    Raises
    ------
    ValueError
        There is something in the folder already, or it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is not empty; expected a new folder")
    try:
        _write(folder / "hw1.toml", HOMEWORK)
        _write(folder / "pack" / "mean_state.py", _text("mean_state.py"))
        homework = read_homework(folder / "hw1.toml")
        files = {name: content for student in STUDENTS for name, content in hand_in(student, homework).items()}
        for name, content in files.items():
            _write(folder / "submissions" / name, content)
        _write(folder / "roster.csv", roster())
        _write(folder / "expected.csv", expected())
        _write(folder / "README.md", _text("README.md"))
        _write(folder / "grades" / "secret", f"{SECRET}\n")
        os.chmod(folder / "grades" / "secret", 0o600)
    except OSError as error:
        raise ValueError(f"{folder} cannot be written: {error.strerror}") from None
    return [f"submissions/  {len(files)} files of {len(STUDENTS)} students, as Canvas gives them",
            "roster.csv    the class, as Canvas exports it", "hw1.toml      the homework",
            "pack/         a private exercise of it", "expected.csv  what each student should get, and why",
            "README.md     what to do, and what to look for"]


def hand_in(student: Student, homework: Homework) -> dict[str, bytes]:
    """A student's files, by the name that Canvas gives them."""
    if student.raw is not None:
        return {canvas_name(student, 0): student.raw}
    files = {}
    if student.older is not None:
        files[canvas_name(student, 0)] = _bytes(notebook(student, homework, student.older))
    content = _bytes(notebook(student, homework, student.answers))
    files[canvas_name(student, len(files))] = content[:student.cut] if student.cut else content
    return files


def canvas_name(student: Student, upload: int) -> str:
    """What Canvas calls a file: name, LATE, number of the user, number of the upload, the student's own name for it."""
    n = [s.id for s in STUDENTS].index(student.id)
    stem, dot, end = student.file.rpartition(".")
    file = f"{stem}-{upload}{dot}{end}" if upload else student.file
    parts = [re.sub(r"\W", "", student.name.lower()), *(["LATE"] if student.late else []), str(FIRST_USER + n),
             str(FIRST_UPLOAD + 100 * upload + n), file]
    return "_".join(parts)


def roster() -> str:
    """The class as Canvas exports its gradebook."""
    rows: list[Sequence[str]] = [
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 1: hidden states (4711)"),
        ("    Points Possible", "", "", "", "", "20.00")]
    rows += [(s.name, str(FIRST_USER + n), s.id, f"{s.id}@uni.example", "Group A", "")
             for n, s in enumerate((*STUDENTS, ABSENT))]
    return _csv(rows)


def expected() -> str:
    """What each student should get."""
    rows: list[Sequence[str]] = [("student", "name", "what", *IDS, "total")]
    rows += [(s.id, s.name, s.what, *map(str, (*s.points, s.total))) for s in (*STUDENTS, ABSENT)]
    return _csv(rows)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(rows)
    return file.getvalue()


def _bytes(content: dict) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
