"""What a late hand-in costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LateRule:
    """What is taken off.

    Attributes
    ----------
    grace
        Minutes after the due time in which a hand-in still counts as on time.
    percent
        Taken off the earned points for each day that has begun since the due time.
    cut_off
        From then on nothing is earned; None where it never ends.
    """

    grace: float = 0.0
    percent: float = 0.0
    cut_off: datetime | None = None


def days_late(due: datetime | None, rule: LateRule, submitted: datetime | None) -> int:
    """The days that have begun since the due time; 0 on time, in the grace time, and where a time is not known."""
    if due is None or submitted is None:
        return 0
    if submitted.tzinfo is None:
        raise ValueError(f"submitted is {submitted.isoformat()}; expected a time with its time zone")
    late = submitted.astimezone(UTC) - due.astimezone(UTC)      # in one zone Python compares clocks, not times
    return 0 if late <= timedelta(minutes=rule.grace) else -(-late // DAY)


def share(due: datetime | None, rule: LateRule, submitted: datetime | None) -> Fraction:
    """What share of the earned points counts, from 0 to 1."""
    days = days_late(due, rule, submitted)
    end = rule.cut_off
    if days and submitted is not None and end is not None and submitted.astimezone(UTC) >= end.astimezone(UTC):
        return Fraction(0)
    return max(Fraction(0), 1 - days * Fraction(str(rule.percent)) / 100)
