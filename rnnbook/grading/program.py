"""What is run of a notebook: its code, cell by cell, as plain Python."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """One code cell.

    Attributes
    ----------
    index
        Its number among the notebook's code cells, counted from 1.
    source
        Plain Python: magics and `!` lines are calls of `get_ipython()`.
    exercise
        The id of the exercise it belongs to, None for others.
    role
        "answer": it holds the student's answer; "check": it checks one; "other".
    """

    index: int
    source: str
    exercise: str | None
    role: str


@dataclass(frozen=True)
class Program:
    """A notebook's cells in the order of the file, and what could not be read of it, in words for the student."""

    cells: tuple[Cell, ...]
    problems: tuple[str, ...]
