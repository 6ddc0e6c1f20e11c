"""The gradebook: one SQLite file in which nothing is lost.

Each hand-in is one transaction, written before the next begins: after a `kill -9` the file holds all grades so far, and
whole ones only. After a power cut the last ones may be missing (SQLite's synchronous = NORMAL); the same command grades
them again. What a person decides is on the disk before the command ends. Grades are added, never changed; which of them
counts is a row of its own. Two graders may write at the same time: a grade that the other has written already is not
written twice.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from rnnbook.grading.driver import Grade, Mark
from rnnbook.grading.gradebook_rows import Override, Row, late_share
from rnnbook.grading.homework import exact, rounded
from rnnbook.grading.sandbox.isolation import rank
from rnnbook.grading.schema import TABLES, VERSION

COLUMNS = ("student", "homework", "grade", "file", "submitted_at", "late", "raw", "final", "max_points", "waiting",
           "status", "level", "problems", "shown")
PATIENCE = 60.0     # seconds to wait for another grader's transaction, which takes milliseconds


class Gradebook:
    """A gradebook file, made where there is none.

    Raises
    ------
    ValueError
        The file is no gradebook, or one that a newer version of rnnbook has written.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch(mode=0o600)                  # grades are nobody else's business; SQLite's other files follow
        self._db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        try:
            if self._db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._prepare()
        except (sqlite3.DatabaseError, ValueError) as error:
            self._db.close()
            raise ValueError(f"{path} cannot be used as a gradebook: {error}") from None

    def _prepare(self) -> None:
        with self._writing():
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found == 0 and not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in TABLES.split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA user_version = {VERSION}")
            elif found != VERSION:
                raise ValueError(f"it has schema {found}; this version of rnnbook reads schema {VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Gradebook:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    @contextmanager
    def _writing(self, for_good: bool = False) -> Iterator[None]:
        """One transaction: all of it or nothing. It holds the right to write from its beginning.

        `for_good` waits until the disk has it, and all before it.
        """
        self._db.execute(f"PRAGMA synchronous = {'FULL' if for_good else 'NORMAL'}")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # ---- What is asked, and of whom

    def set_homework(self, name: str, data: Mapping[str, Any]) -> None:
        """Remember a homework. If its late rule has changed, all that was handed in is settled anew."""
        with self._writing():
            self._db.execute("INSERT INTO homework VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET data = excluded.data",
                             (name, json.dumps(data, sort_keys=True)))
            for (student,) in self._db.execute("SELECT student FROM current WHERE homework = ?", (name,)).fetchall():
                self._settle(student, name)

    def homework(self, name: str) -> dict[str, Any]:
        """What was remembered of a homework; empty where nothing was."""
        found = self._db.execute("SELECT data FROM homework WHERE name = ?", (name,)).fetchone()
        return json.loads(found[0]) if found else {}

    def homeworks(self) -> list[str]:
        """The names of all homeworks."""
        return [name for (name,) in self._db.execute("SELECT name FROM homework ORDER BY name")]

    def set_students(self, students: Mapping[str, tuple[str, Mapping[str, Any]]]) -> None:
        """Remember a roster: id -> name, and what else it says."""
        with self._writing():
            self._db.executemany(
                "INSERT INTO student VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
                "data = excluded.data",
                [(id, name, json.dumps(data, sort_keys=True)) for id, (name, data) in students.items()])

    def students(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Everyone: id -> name, and what else the roster says."""
        rows = self._db.execute("SELECT id, name, data FROM student ORDER BY id")
        return {id: (name, json.loads(data)) for id, name, data in rows}

    # ---- Grades

    def has(self, student: str, homework: str, key: str, level: str = "none") -> bool:
        """Whether there is a grade of this key, made with isolation that reaches `level`, and not lost on the way."""
        rows = self._db.execute("SELECT level, status FROM grade WHERE student = ? AND homework = ? AND key = ?",
                                (student, homework, key))
        return any(status == "unreadable" or (status != "lost" and rank(found) >= rank(level))
                   for found, status in rows)

    def add(self, grade: Grade, notebook: bytes, versions: Mapping[str, str], *, file: str = "",
            submitted_at: datetime | None = None, late: bool = False, again: bool = False) -> int:
        """Add a grade, make it the one that counts, and give its number.

        Where a grade of the same key is there, that one counts and nothing is added; with `again` it is added all the
        same.
        """
        digest = hashlib.sha256(notebook).hexdigest()
        who = (grade.student, grade.homework, grade.key)
        with self._writing():
            there = self._db.execute("SELECT id, attempt, level, status FROM grade "
                                     "WHERE student = ? AND homework = ? AND key = ? ORDER BY attempt", who).fetchall()
            if there and not again and there[-1][3] != "lost" and rank(there[-1][2]) >= rank(grade.level):
                number = there[-1][0]
            else:
                self._db.execute("INSERT INTO notebook VALUES (?, ?) ON CONFLICT DO NOTHING",
                                 (digest, zlib.compress(notebook, 1)))
                number = self._insert(grade, digest, versions, there[-1][1] + 1 if there else 0)
            self._point(grade.student, grade.homework, number, file, submitted_at, late)
        return number

    def keep(self, student: str, homework: str, key: str, *, file: str = "",
             submitted_at: datetime | None = None, late: bool = False) -> None:
        """Let the grade of this key count, which is there: the notebook was handed in again unchanged."""
        with self._writing():
            number = self._db.execute("SELECT max(id) FROM grade WHERE student = ? AND homework = ? AND key = ?",
                                      (student, homework, key)).fetchone()[0]
            if number is None:
                raise ValueError(f"key is {key!r}; there is no such grade of {student}")
            self._point(student, homework, number, file, submitted_at, late)

    def _insert(self, grade: Grade, digest: str, versions: Mapping[str, str], attempt: int) -> int:
        cursor = self._db.execute(
            "INSERT INTO grade (student, homework, key, attempt, notebook, status, level, pieces, problems, shown, "
            "versions, graded_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (grade.student, grade.homework, grade.key, attempt, digest, grade.status, grade.level,
             json.dumps(grade.pieces), json.dumps(grade.problems), json.dumps(grade.shown),
             json.dumps(versions, sort_keys=True), now()))
        number = cursor.lastrowid
        assert number is not None
        self._db.executemany(
            "INSERT INTO mark VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(number, position, m.exercise, m.title, m.points, m.max_points, m.status, m.headline, m.reason,
              json.dumps(m.mistakes), json.dumps(m.outputs), json.dumps(m.feedback, sort_keys=True), m.token)
             for position, m in enumerate(grade.marks)])
        return number

    def _point(self, student: str, homework: str, number: int, file: str, submitted_at: datetime | None,
               late: bool) -> None:
        self._db.execute("INSERT INTO student (id) VALUES (?) ON CONFLICT DO NOTHING", (student,))
        self._db.execute(
            "INSERT INTO current VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0) ON CONFLICT (student, homework) DO UPDATE "
            "SET grade = excluded.grade, file = excluded.file, submitted_at = excluded.submitted_at, "
            "late = excluded.late",
            (student, homework, number, file, submitted_at.isoformat() if submitted_at else None, late))
        self._settle(student, homework)

    def _settle(self, student: str, homework: str) -> None:
        """Add up what counts, within a transaction."""
        number, when = self._db.execute("SELECT grade, submitted_at FROM current WHERE student = ? AND homework = ?",
                                        (student, homework)).fetchone()
        given = self.overrides(student, homework)
        marks = self._db.execute("SELECT exercise, points, max_points FROM mark WHERE grade = ?", (number,)).fetchall()
        points = [given[id].points if id in given else own for id, own, _ in marks]
        raw = sum((exact(p) for p in points if p is not None), Fraction(0))
        final = rounded(raw * late_share(self.homework(homework), when))
        self._db.execute(
            "UPDATE current SET raw = ?, final = ?, max_points = ?, waiting = ? WHERE student = ? AND homework = ?",
            (rounded(raw), final, rounded(sum((exact(most) for _, _, most in marks), Fraction(0))), points.count(None),
             student, homework))

    # ---- A person's decisions

    def override(self, student: str, homework: str, exercise: str, points: float | None, reason: str,
                 by_whom: str) -> None:
        """Set the points of an exercise by hand; None lets the grader's own count again.

        Raises
        ------
        ValueError
            Nothing was handed in, the exercise is not part of it, the points are below 0 or above the most there are,
            or there is no reason.
        """
        if not reason.strip():
            raise ValueError("reason is empty; expected a sentence for whoever asks later")
        with self._writing(for_good=True):
            row = next(iter(self.rows(homework, student)), None)
            if row is None:
                raise ValueError(f"{student} has handed in nothing for {homework}")
            mark = next((m for m in row.marks if m.exercise == exercise), None)
            if mark is None:
                known = ", ".join(m.exercise for m in row.marks) or "none"
                raise ValueError(f"exercise is {exercise!r}; expected one of the graded: {known}")
            if points is not None and not 0 <= points <= mark.max_points:
                raise ValueError(f"points is {points:g}; expected 0 to {mark.max_points:g}")
            self._db.execute("INSERT INTO override (student, homework, exercise, points, reason, by_whom, at) "
                             "VALUES (?, ?, ?, ?, ?, ?, ?)",
                             (student, homework, exercise, points, reason.strip(), by_whom, now()))
            self._settle(student, homework)

    def overrides(self, student: str, homework: str) -> dict[str, Override]:
        """The decisions in force, by exercise."""
        rows = self._db.execute("SELECT exercise, points, reason, by_whom, at FROM override WHERE student = ? AND "
                                "homework = ? ORDER BY id", (student, homework))
        last = {row[0]: Override(*row) for row in rows}
        return {id: found for id, found in last.items() if found.points is not None}

    def forget(self, student: str) -> int:
        """Delete all that is known of a student, also what SQLite would leave in the file; the number of grades.

        Notebooks that somebody else has handed in too, to the last byte, stay theirs.

        Raises
        ------
        ValueError
            There is no such student.
        """
        self._db.execute("PRAGMA secure_delete = ON")
        with self._writing(for_good=True):
            if not self._db.execute("SELECT count(*) FROM student WHERE id = ?", (student,)).fetchone()[0]:
                raise ValueError(f"student is {student!r}; the gradebook knows nobody of this id")
            mine = "SELECT id FROM grade WHERE student = ?"
            count = int(self._db.execute("SELECT count(*) FROM grade WHERE student = ?", (student,)).fetchone()[0])
            self._db.execute("DELETE FROM current WHERE student = ?", (student,))
            self._db.execute("DELETE FROM override WHERE student = ?", (student,))
            self._db.execute(f"DELETE FROM mark WHERE grade IN ({mine})", (student,))
            self._db.execute("DELETE FROM grade WHERE student = ?", (student,))
            self._db.execute("DELETE FROM notebook WHERE hash NOT IN (SELECT notebook FROM grade)")
            self._db.execute("DELETE FROM student WHERE id = ?", (student,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")          # the log holds what was there before
        return count

    # ---- Reading

    def rows(self, homework: str | None = None, student: str | None = None) -> list[Row]:
        """What counts, by homework and student."""
        rows = self._db.execute(
            "SELECT c.student, c.homework, c.grade, c.file, c.submitted_at, c.late, c.raw, c.final, c.max_points, "
            "c.waiting, g.status, g.level, g.problems, g.shown FROM current c JOIN grade g ON g.id = c.grade "
            "WHERE (?1 IS NULL OR c.homework = ?1) AND (?2 IS NULL OR c.student = ?2) "
            "ORDER BY c.homework, c.student", (homework, student)).fetchall()
        return [Row(**dict(zip(COLUMNS, row, strict=True)) | {
            "problems": tuple(json.loads(row[-2])), "shown": tuple(json.loads(row[-1])), "marks": self.marks(row[2]),
            "overrides": self.overrides(row[0], row[1])}) for row in rows]

    def marks(self, grade: int) -> tuple[Mark, ...]:
        """The marks of one grade as they were given."""
        rows = self._db.execute("SELECT exercise, title, points, max_points, status, headline, reason, mistakes, "
                                "outputs, feedback, token FROM mark WHERE grade = ? ORDER BY position", (grade,))
        return tuple(Mark(
            exercise=row[0], title=row[1], points=row[2], max_points=row[3], status=row[4], headline=row[5],
            reason=row[6], mistakes=tuple(json.loads(row[7])), outputs=tuple((n, s) for n, s in json.loads(row[8])),
            feedback=json.loads(row[9]), token=row[10]) for row in rows)

    def history(self, student: str, homework: str) -> list[dict[str, Any]]:
        """All grades a student ever had for a homework, the first one first."""
        names = ("id", "key", "attempt", "status", "level", "versions", "graded_at")
        rows = self._db.execute(f"SELECT {', '.join(names)} FROM grade WHERE student = ? AND homework = ? ORDER BY id",
                                (student, homework))
        return [dict(zip(names, row, strict=True)) for row in rows]

    def notebook(self, grade: int) -> bytes:
        """The file a grade was given for."""
        found = self._db.execute("SELECT data FROM notebook JOIN grade ON notebook = hash WHERE id = ?",
                                 (grade,)).fetchone()
        if found is None:
            raise ValueError(f"grade is {grade}; there is no such grade")
        return zlib.decompress(found[0])

    def find(self, token: str) -> tuple[int, str, str, str, str] | None:
        """What a replay token is about: grade, student, homework, exercise, key; None where it is unknown."""
        return self._db.execute(
            "SELECT g.id, g.student, g.homework, m.exercise, g.key FROM mark m JOIN grade g ON g.id = m.grade "
            "WHERE m.token = ? ORDER BY g.id DESC", (token,)).fetchone()


def now() -> str:
    """The time, in UTC to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
