"""A disputed case again: the points are the homework's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hand_ins
import pytest
from fake_worker import FakeWorker

from rnnbook.checks import exercises
from rnnbook.grading import replaying
from rnnbook.grading.driver import Item, Plan

STEP = exercises()["rnn-step"]


@dataclass
class Grader:
    plan: Plan
    worker: Any


@pytest.mark.parametrize("points", [1, 3, 7.5])
def test_points_are_those_of_the_homework(points):
    grader = Grader(Plan("hw1", (Item(STEP, points),), b"a secret of the course", "d"), FakeWorker())
    right = hand_ins.as_bytes(hand_ins.solved())
    wrong = hand_ins.as_bytes(hand_ins.with_answer("rnn-step", "def step(params, x_t, state):\n    return state\n"))
    assert f"{points:g} of {points:g} point" in replaying.replay(grader, "ada", right, "rnn-step").text
    found = replaying.replay(grader, "ada", wrong, "rnn-step")
    assert f"0 of {points:g} point" in found.text and found.case is not None
