"""What is made of the results, without a kernel."""

import pytest

from rnnbook.commands.notebook import Cell
from rnnbook.commands.run import RANK, Grade, Line, Trouble, better, defines, explained, follows
from rnnbook.commands.summary import STATES


@pytest.mark.parametrize("first, second, kept", [
    (("wrong", 0), ("right", 2), 1), (("partly", 1), ("wrong", 0), 0), (("untried", 0), ("wrong", 0), 1),
    (("wrong", 0), ("untried", 0), 0), (("wrong", 0), ("wrong", 0), 0), (("partly", 1), ("partly", 1.5), 1)])
def test_the_better_of_two_grades_counts(first, second, kept):
    grades = [Grade("rnn-step", *first), Grade("rnn-step", *second)]
    assert better(*grades) is grades[kept]


@pytest.mark.parametrize("source, expected", [
    ("def step(params):", True), ("def step (params, ", True), ("step = 3", True), ("step: int = 3", True),
    ("async def step():", True), ("class step:", True), ("import os\n\ndef step(", True), ("step(1)", False),
    ("step == 1", False), ("def step_back():", False), ("steps = 3", False), ("check('rnn-step', step)", False),
    ("x = step", False)])
def test_which_cells_look_as_if_they_defined_a_name(source, expected):
    assert defines(source, "step") is expected


def stopped(source, name="SyntaxError", message="", lines=(), grade_id=""):
    return Trouble(Cell(7, source, grade_id, False), "error", name, message, lines)


MISSING = Grade("rnn-step", "wrong", 0, {"defined": False})


def test_a_missing_answer_is_explained_by_the_cell_that_stopped():
    for trouble in (stopped("def step(params:"), stopped("df step(params):", grade_id="rnn-step-answer")):
        grade = explained(MISSING, "step", [stopped("x = 1 / 0"), trouble])
        assert grade.status == "wrong" and "code cell 7" in grade.note
    grade = explained(MISSING, "step", [stopped("x = 1 / 0")])
    assert (grade.status, grade.note) == ("untried", "No cell defines step.")


def test_an_answer_that_is_there_needs_no_explanation():
    there = Grade("rnn-step", "wrong", 0, {"defined": True})
    assert explained(there, "step", [stopped("def step(params:")]) is there


def test_a_check_of_what_is_not_defined_is_no_news_but_everything_else_is():
    message, names = "name 'step' is not defined", {"rnn-step": "step"}
    asks = [Line(4, 1, 'report = check("rnn-step", step)')]
    assert follows(stopped("", "NameError", message, asks), [MISSING], names)
    assert not follows(stopped("", "NameError", message, [Line(4, 1, "x = step")]), [MISSING], names)
    assert not follows(stopped("", "NameError", "name 'np' is not defined", asks), [MISSING], names)
    assert not follows(stopped("", "NameError", message, asks), [Grade("rnn-step", "right")], names)


def test_every_status_of_the_engine_has_a_word():
    from typing import get_args, get_type_hints

    from rnnbook.checks import Report

    statuses = set(get_args(get_type_hints(Report)["status"]))
    assert statuses == set(STATES) == set(RANK)
