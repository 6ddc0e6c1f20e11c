"""Small jobs for the tests of workers."""

from __future__ import annotations

from collections.abc import Sequence

from rnnbook.checks import engine, exercises
from rnnbook.checks.engine import Question
from rnnbook.checks.judging import judge
from rnnbook.checks.report import Report
from rnnbook.grading.driver import tidy
from rnnbook.grading.job import Job, Outcome, Task
from rnnbook.grading.program import Cell, Program

RIGHT = '''
import numpy as np
def step(params, x_t, state):
    """The answer to rnn-step."""
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
'''
BY_HAND = "import math\nby_hand = math.tanh(-0.5 + 1.5 * math.tanh(1.0) + 0.5)\n"


def questions(id: str, seed: int = 5) -> list[Question]:
    """The questions of an exercise."""
    return engine.draw(exercises()[id], seed)


def task(id: str, seed: int = 5, seconds: float = 1.0) -> Task:
    """An exercise as a child sees it."""
    e = exercises()[id]
    cases = tuple(q.case for q in questions(id, seed)) if e.cases else ()
    return Task(e.id, e.name, e.kind, tuple(e.returns), tuple(e.allowed), seconds, cases)


def program(*sources: str | tuple[str, str]) -> Program:
    """A program; (exercise, source) is an answer, a source alone an ordinary cell."""
    pairs = [(None, s) if isinstance(s, str) else s for s in sources]
    cells = [Cell(n, source, id, "answer" if id else "other") for n, (id, source) in enumerate(pairs, 1)]
    return Program(tuple(cells), ())


def job(source: str | Program, ids: Sequence[str] = ("rnn-step",), seconds: float = 1.0) -> Job:
    """A job that asks for `ids`; a source is the answer to the first."""
    whole = source if isinstance(source, Program) else program((ids[0], source))
    return Job(whole, tuple(task(id, 5, seconds) for id in ids))


def report(outcome: Outcome, id: str = "rnn-step") -> Report | None:
    """What the driver would say; None where the exercise was not reached."""
    if id not in outcome.results:
        return None
    asked = questions(id)
    return judge(exercises()[id], asked, [tidy(r) for r in outcome.results[id]][:len(asked)])


def points(outcome: Outcome, id: str = "rnn-step") -> float:
    """What the driver would give."""
    found = report(outcome, id)
    return found.points if found is not None else 0.0
