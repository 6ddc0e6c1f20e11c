"""What an exercise is. One definition serves the learner, the browser, the tests and the teacher."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Case = Mapping[str, Any]
"""One question: the arguments of the function, by name and in order. Arrays, numbers, strings, tuples, dicts."""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that learners really give.

    Attributes
    ----------
    name
        What was done, as the learner reads it: "The bias b_h is missing".
    wrong
        The wrong answer itself: a function with the exercise's signature, or a value for kinds "number" and "choice".
        A function may raise ValueError or IndexError on cases whose sizes do not fit (swapped weights where D ≠ H).
        It is named when the learner's answer raises the same class of error on the same cases and equals it, shapes
        included, on all others: at least two, on one of which it differs from the right answer. If it raises on all,
        it is named when two different messages are the same, which name the sizes that do not fit.
    hint
        Leads on without giving the answer away.
    convention
        True where the answer is right under another published convention: it is called that, not wrong.
    shape
        True where the answer has a wrong shape, or raises, on almost every case, and that is the mistake: an axis too
        many, arrays joined along the wrong axis. It then need not be right in form, nor right on a simple case.
    """

    name: str
    wrong: Any
    hint: str
    convention: bool = False
    shape: bool = False


@dataclass(frozen=True)
class Exercise:
    """A question, its answer, and what goes wrong on the way.

    Attributes
    ----------
    id
        `topic-name`, legal as an nbgrader id. What follows the hyphen is the name the learner defines.
    goal
        One sentence for the card and the notebook's header.
    returns
        Names of the outputs in order of dependency; the points are shared between them. "grads.W_hh" is an entry of a
        dict called grads. One name: the function returns that value itself; several: a tuple, a dict counting once.
    reference
        The right answer: a function of the case, or the value for kinds "number" and "choice".
    cases
        cases(rng) draws the questions afresh; the first is tiny and printable. Empty for "number" and "choice".
    mistakes
        At least four, in the order they are looked for.
    simple
        simple(rng) draws special cases on which wrong answers are right (T = 1, a zero state, equal lengths): every
        mistake but those of shape equals the reference on at least one of them. For the tests, never for the learner.
    hints
        Three steps, the last nearly the answer.
    allowed
        Top-level packages an answer may import. The library's own function is refused as an answer by its origin.
    section
        Where the chapter teaches it: "02-hidden-state#the-loop".
    choices
        For kind "choice": what can be chosen, for each part of the question.
    judge
        For kind "property": judge(case, outputs) says for each name in `returns` True, or in words what does not hold.
        Shape, dtype and finiteness have been compared with the reference's before.
    axes
        What the axes of an output are called: {"hs": ("step", "sequence", "unit")}. What is not named follows from the
        number of axes.
    seconds
        How long all calls of an answer may take together.
    rtol, atol
        How near an answer must come, relative to the largest entry of the right one, and absolute.
    """

    id: str
    title: str
    goal: str
    points: int
    minutes: int
    level: int
    returns: Sequence[str]
    reference: Any
    mistakes: Sequence[Mistake]
    hints: tuple[str, str, str]
    section: str
    cases: Callable[[np.random.Generator], Sequence[Case]] | None = None
    kind: Literal["function", "property", "number", "choice"] = "function"
    simple: Callable[[np.random.Generator], Sequence[Case]] | None = None
    choices: Mapping[str, Sequence[str]] = field(default_factory=dict)
    allowed: Sequence[str] = ("numpy",)
    judge: Callable[[Case, Mapping[str, Any]], Mapping[str, bool | str]] | None = None
    axes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    seconds: float = 10
    rtol: float = 1e-4
    atol: float = 1e-6

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9]+-[a-z][a-z0-9_]*", self.id):
            raise ValueError(f"id is {self.id!r}; expected topic-name, such as 'rnn-step'")
        if self.points < 1 or self.minutes < 1 or not 1 <= self.level <= 4:
            raise ValueError(f"{self.id}: points and minutes are at least 1, level is 1 to 4")
        if len(self.hints) != 3:
            raise ValueError(f"{self.id}: hints has {len(self.hints)} steps; expected 3")
        if self.kind in ("function", "property") and self.cases is None:
            raise ValueError(f"{self.id}: cases is missing; a {self.kind} exercise draws its questions")
        if self.kind == "property" and self.judge is None:
            raise ValueError(f"{self.id}: judge is missing; a property exercise says what must hold")
        if self.kind == "choice" and set(self.choices) != set(self.returns):
            raise ValueError(f"{self.id}: choices has {list(self.choices)}; expected the parts, {list(self.returns)}")

    @property
    def name(self) -> str:
        """The name the learner defines: "step" for "rnn-step"."""
        return self.id.split("-", 1)[1]

    @property
    def chapter(self) -> str:
        """The number of the chapter that teaches it: "02"; empty where the section names none."""
        found = re.match(r"\d\d", self.section)
        return found[0] if found else ""
