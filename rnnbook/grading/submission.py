"""One student's hand-in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rnnbook.grading.archives import Place
from rnnbook.grading.notebooks import read_program
from rnnbook.grading.program import Program


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes
    ----------
    student
        The id in the roster; without a roster what the file or folder is called, with the platform's number.
    name
        For people.
    place
        Where the notebook lies; None where none was handed in.
    late
        Canvas marked it as late.
    submitted
        When, where that is known for certain (nbgrader's timestamp.txt); else None.
    problem
        Why there is no notebook to grade, in words for the student; "" where there is one.
    """

    student: str
    name: str
    place: Place | None
    late: bool = False
    submitted: datetime | None = None
    problem: str = ""

    def read(self) -> bytes:
        """The notebook file.

        Raises
        ------
        ValueError
            There is none, or it cannot be read: encrypted, damaged, too large. The message is for the student.
        """
        if self.place is None:
            raise ValueError(self.problem)
        try:
            return self.place.read()
        except ValueError as error:
            raise ValueError(f"The notebook cannot be read: {error}.") from None

    def program(self, ids: Collection[str]) -> Program:
        """The program in the notebook. Where there is none, one without cells, whose problem says why."""
        try:
            return read_program(self.read(), ids)
        except ValueError as error:
            return Program((), (str(error),))
