"""A homework: one small file, hw.toml, that says what is asked, what it is worth, until when, and what is allowed.

    title = "Homework 1: hidden states"
    due = 2026-11-27T23:59:00+01:00
    allowed = ["numpy"]

    [exercises]
    rnn-step = 2
    rnn-forward = 4

    [late]
    grace_minutes = 15
    percent_per_day = 20
    cut_off = 2026-12-01T00:00:00+01:00

    [[questions]]
    id = "why-tanh"
    title = "Why tanh?"
    points = 3
    text = "What happens to the states without it?"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from rnnbook.checks import Exercise
from rnnbook.grading.late import LateRule, days_late, share

FREE = ("numpy",)


@dataclass(frozen=True)
class Question:
    """A question that a person marks."""

    id: str
    title: str
    points: float
    text: str


@dataclass(frozen=True)
class Homework:
    """What is asked of a class.

    Attributes
    ----------
    id
        The name of the file: "hw1" for hw1.toml.
    notebook
        The name of the student's notebook, without .ipynb; the id where the file says nothing.
    exercises
        Points by id, in the order of the notebook.
    due
        With its time zone; None where it has no end.
    allowed
        Packages that answers may use in all its exercises; None: what each exercise says.
    seeds
        From how many seeds the fresh questions of each exercise are drawn.
    timeout, memory
        For one submission: seconds, or None for what its exercises need; megabytes, or None for the grader's own.
    pack
        The folder of private exercises, None where there are none.
    private
        The ids of the exercises that come from the pack.
    known
        The definitions of its exercises.
    book
        The address of the book's website, for links in the notebook; "" leaves the links out.
    """

    id: str
    title: str
    exercises: Mapping[str, float]
    notebook: str = ""
    due: datetime | None = None
    late: LateRule = field(default_factory=LateRule)
    questions: tuple[Question, ...] = ()
    allowed: tuple[str, ...] | None = None
    seeds: int = 2
    timeout: float | None = None
    memory: int | None = None
    pack: Path | None = None
    book: str = ""
    private: frozenset[str] = frozenset()
    known: Mapping[str, Exercise] = field(default_factory=dict, repr=False, compare=False)

    @property
    def points(self) -> float:
        """All that can be earned, the questions marked by hand included."""
        return _plain(sum(map(exact, [*self.exercises.values(), *(q.points for q in self.questions)]), Fraction(0)))

    def scaled(self, id: str, points: float) -> float:
        """The points of a report on an exercise, which has points of its own, in points of this homework."""
        return rounded(exact(points) * exact(self.exercises[id]) / self.known[id].points)

    def days_late(self, submitted_at: datetime | None) -> int:
        """The days that have begun since the due time; 0 within the grace time."""
        return days_late(self.due, self.late, submitted_at)

    def final(self, points: float, submitted_at: datetime | None) -> float:
        """What counts of the points earned, after the late rule, to two decimals.

        A time that is not known (None) is taken as on time.

        Raises
        ------
        ValueError
            `points` is negative or not a number, or `submitted_at` has no time zone.
        """
        if not 0 <= points < float("inf"):
            raise ValueError(f"points is {points}; expected a number of at least 0")
        return rounded(exact(points) * share(self.due, self.late, submitted_at))


def read_homework(path: str | Path, known: Mapping[str, Exercise] | None = None) -> Homework:
    """Read a homework file, and load its private pack if it names one.

    Parameters
    ----------
    known
        The exercises there are; those of the book where it is None. The pack's are added.

    Raises
    ------
    ValueError
        The file is missing or not TOML, or a key has a value that does not fit. The message begins with the file's
        name and names the key, what was got and what is expected.
    """
    from rnnbook.grading.homework_keys import build

    path = Path(path)
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not TOML: {error}") from None
    try:
        return build(data, path, known)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def whole(ids: Mapping[str, Exercise], title: str = "Exercises") -> Homework:
    """The homework of all these exercises with their own points, for grading without a file."""
    return Homework("exercises", title, {id: float(e.points) for id, e in ids.items()}, "exercises", known=dict(ids))


def rounded(points: Fraction | float) -> float:
    """To two decimals, halves up: the same on every machine."""
    exact = Fraction(points)
    value = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


@cache
def exact(value: float) -> Fraction:
    """A number of points as it is printed: 0.1 is a tenth."""
    return Fraction(str(value))


def _plain(value: Fraction) -> float:
    return int(value) if value.denominator == 1 else float(value)
