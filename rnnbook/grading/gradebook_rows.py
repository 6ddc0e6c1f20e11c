"""What is read from a gradebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from rnnbook.grading.driver import Mark
from rnnbook.grading.late import LateRule, share


@dataclass(frozen=True)
class Override:
    """A person's decision on one exercise."""

    exercise: str
    points: float | None
    reason: str
    by_whom: str
    at: str


@dataclass(frozen=True)
class Row:
    """What a student has for a homework."""

    student: str
    homework: str
    grade: int
    file: str
    submitted_at: str | None
    late: bool                                  # the platform says so
    raw: float
    final: float
    max_points: float
    waiting: int
    status: str
    level: str
    problems: tuple[str, ...]                   # for the teacher
    shown: tuple[str, ...]                      # what of them the student may see
    marks: tuple[Mark, ...]                     # points as graded
    overrides: Mapping[str, Override]           # by exercise; those in force

    @property
    def when(self) -> datetime | None:
        """When it was handed in, where that is known."""
        return datetime.fromisoformat(self.submitted_at) if self.submitted_at else None

    def points(self, mark: Mark) -> float | None:
        """The points of one exercise that count."""
        given = self.overrides.get(mark.exercise)
        return mark.points if given is None else given.points


def late_share(homework: Mapping[str, Any], submitted_at: str | None) -> Fraction:
    """What share of the points counts, by the rule that was remembered."""
    return share(*late_rule(homework), _time(submitted_at))


def late_rule(homework: Mapping[str, Any]) -> tuple[datetime | None, LateRule]:
    """When a remembered homework was due, and its late rule."""
    rule = homework.get("late", {})
    return _time(homework.get("due")), LateRule(rule.get("grace", 0.0), rule.get("percent", 0.0),
                                                _time(rule.get("cut_off")))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
