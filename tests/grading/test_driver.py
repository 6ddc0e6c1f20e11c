"""The driver: from a hand-in to a grade that is the same each time, whatever comes back from the worker."""

from dataclasses import replace

import hand_ins
import numpy as np
import pytest
from fake_worker import FakeWorker, program

from rnnbook.checks import exercises
from rnnbook.checks.outputs import Failure, Result, Value
from rnnbook.grading import driver
from rnnbook.grading.driver import Item, Manual, Plan
from rnnbook.grading.job import Outcome
from rnnbook.grading.notebooks import read_program
from rnnbook.grading.sandbox.isolation import Isolation

KNOWN = exercises()
STEP, COUNT, HEAD, FORWARD = (KNOWN[f"rnn-{name}"] for name in ("step", "parameter_count", "right_head", "forward"))
SETUP = "import numpy as np"
RIGHT_STEP = """
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
"""
RIGHT_COUNT = "def parameter_count(D, H, K, T): return H * D + H * H + H + K * H + K"
NO_BIAS = RIGHT_STEP.replace(' + params["b_h"]', "")


def plan(*exercises, **more):
    items = tuple(Item(e, e.points) for e in exercises)
    return Plan("hw1", items, b"a secret of the course", "d", **more)


def graded(sources, plan, student="ada"):
    return driver.grade(student, b"{}", program(sources, SETUP), plan, FakeWorker().answer)


def test_all_of_the_book_s_answers_have_all_points():
    data = hand_ins.as_bytes(hand_ins.solved())
    found = driver.grade("ada", data, read_program(data, list(KNOWN)), plan(*KNOWN.values()), FakeWorker().answer)
    assert [(m.exercise, m.points) for m in found.marks] == [(e.id, e.points) for e in KNOWN.values()]
    assert all(m.status == "right" for m in found.marks) and found.level == "process"


def test_an_untouched_notebook_has_none_and_every_exercise_is_untried():
    data = hand_ins.as_bytes(hand_ins.untouched())
    found = driver.grade("ada", data, read_program(data, list(KNOWN)), plan(*KNOWN.values()), FakeWorker().answer)
    assert found.points == 0 and {m.status for m in found.marks} == {"untried"}


def test_a_known_mistake_is_named_and_points_are_those_of_the_homework():
    items = (Item(STEP, 10), Item(COUNT, 2.5))
    found = graded({"rnn-step": NO_BIAS, "rnn-parameter_count": RIGHT_COUNT}, replace(plan(), items=items))
    step, count = found.marks
    assert (step.points, step.max_points, step.status) == (0, 10, "wrong")
    assert step.mistakes == ("The bias b_h is missing",) and step.outputs == (("h_t", "wrong values"),)
    assert (count.points, count.max_points) == (2.5, 2.5) and found.points == 2.5


def test_part_of_the_outputs_has_part_of_the_points():
    last_wrong = """
def forward(params, x, state):
    hs = np.zeros((len(x), *state.shape))
    for t in range(len(x)):
        state = np.tanh(x[t] @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
        hs[t] = state
    return hs, hs[0]
"""
    [mark] = graded({"rnn-forward": last_wrong}, plan(FORWARD)).marks
    assert (mark.points, mark.status) == (2, "partly") and dict(mark.outputs)["hs"] == "right"


def test_the_same_hand_in_has_the_same_grade_and_another_student_other_questions():
    workers = [FakeWorker() for _ in range(3)]
    program_ = program({"rnn-step": NO_BIAS}, SETUP)
    found = [driver.grade(student, b"{}", program_, plan(STEP, COUNT), worker.answer)
             for student, worker in zip(("ada", "ada", "bob"), workers, strict=True)]
    assert found[0] == found[1] and found[0].key != found[2].key and found[0].marks[0].token != found[2].marks[0].token
    cases = [w.jobs[0].tasks[0].cases for w in workers]
    assert len(cases[0]) == len(cases[1]) == len(cases[2])
    same = [[np.array_equal(a["x_t"], b["x_t"]) for a, b in zip(cases[0], other, strict=True)] for other in cases[1:]]
    fixed = sum(q.fixed for q in driver.questions(STEP, [1]))
    assert all(same[0]) and all(same[1][:fixed]) and not any(same[1][fixed:])


def test_questions_depend_on_the_exercise_alone_not_on_what_else_is_asked():
    alone, among = FakeWorker(), FakeWorker()
    for worker, p in ((alone, plan(STEP)), (among, plan(COUNT, FORWARD, STEP))):
        driver.grade("ada", b"{}", program({"rnn-step": RIGHT_STEP}, SETUP), p, worker.answer)
    a, b = alone.jobs[0].tasks[0], among.jobs[0].tasks[2]
    assert all(np.array_equal(x["x_t"], y["x_t"]) for x, y in zip(a.cases, b.cases, strict=True))


def test_the_worker_is_sent_inputs_and_nothing_else():
    worker = FakeWorker()
    driver.grade("ada", b"{}", program({"rnn-step": RIGHT_STEP}, SETUP), plan(STEP, HEAD), worker.answer)
    step, head = worker.jobs[0].tasks
    assert set(step.cases[0]) == {"params", "x_t", "state"} and head.cases == ()
    assert set(vars(step)) == {"exercise", "name", "kind", "returns", "allowed", "seconds", "cases"}


def test_without_a_homework_those_count_that_stand_in_the_notebook():
    found = graded({"rnn-step": RIGHT_STEP}, plan(*KNOWN.values(), found=True))
    assert [m.exercise for m in found.marks] == ["rnn-step"]


def test_what_a_person_marks_waits():
    found = graded({"rnn-step": RIGHT_STEP}, plan(STEP, manual=(Manual("why-tanh", "Why tanh?", 3),)))
    assert (found.marks[1].points, found.marks[1].status, found.points) == (None, "manual", 2)


@pytest.mark.parametrize(("status", "word"), [("time", "too long"), ("memory", "memory"), ("died", "ended"),
                                              ("output", "too much"), ("cpu", "too long")])
def test_what_was_not_reached_says_why(status, word):
    outcome = Outcome(status, {}, ("cell 3: stopped",), Isolation("full", ("landlock",)), "")
    found = driver.grade("ada", b"{}", program({}, SETUP), plan(STEP), lambda job: outcome)
    assert (found.marks[0].points, found.marks[0].reason) == (0, status) and word in found.marks[0].headline
    assert found.problems == ("cell 3: stopped",) and found.level == "full"


def test_an_exercise_that_nothing_defines_is_absent():
    [mark] = graded({}, plan(STEP)).marks
    assert mark.status == "absent" and mark.headline == "Nothing in the notebook defines step."


WILD = [
    Result({"h_t": Value(np.array(["a", "b"]), "x")}), Result({"h_t": Value([[1], [1, 2]], "list")}),
    Result({"h_t": Value({"a": 1}, "dict")}), Result({"other": Value(np.zeros(3), "ndarray")}), Result(),
    Result({"h_t": Value(np.zeros((0, 3, 2)), "ndarray")}), Result({"h_t": Value(np.array(1 + 2j), "x")}),
    Result({"h_t": Value("text", "str")}), Result({"h_t": Value(np.array(np.nan), "tuple of")}),
    Result({}, Failure("no such kind", "\x1b[2Jx" * 1000, ("l",) * 50)), Result({}, Failure("right", "")),
    Result({}, Failure("edits", "It changes its input \u202ex.")), Result({}, Failure("arguments", "")),
    Result({}, Failure("exception", "", error="ValueError")), Result({"h_t": None}),
]


@pytest.mark.parametrize("result", WILD, ids=range(len(WILD)))
@pytest.mark.parametrize("exercise", ["rnn-step", "rnn-right_head", "rnn-by_hand", "rnn-forward"])
@pytest.mark.parametrize("count", [0, 1, 1000])
def test_whatever_comes_back_is_a_grade_without_points(exercise, result, count):
    outcome = Outcome("done", {exercise: [result] * count}, (), Isolation("process"), "")
    found = driver.grade("ada", b"{}", program({}, SETUP), plan(KNOWN[exercise]), lambda job: outcome)
    assert found.points == 0
    assert "\x1b" not in str(found) and "\u202e" not in str(found)


def test_results_beyond_the_questions_are_left_out():
    worker = FakeWorker()

    def too_many(job):
        outcome = worker.answer(job)
        return replace(outcome, results={id: results + results for id, results in outcome.results.items()})

    found = driver.grade("ada", b"{}", program({"rnn-step": RIGHT_STEP}, SETUP), plan(STEP), too_many)
    assert found.points == 2


def test_the_key_changes_with_all_the_grade_depends_on():
    base = plan(STEP)
    keys = [driver.key_of("ada", b"1", base), driver.key_of("bob", b"1", base), driver.key_of("ada", b"2", base)]
    keys += [driver.key_of("ada", b"1", replace(base, **change)) for change in (
        {"name": "hw2"}, {"items": (Item(STEP, 3),)}, {"items": (Item(STEP, 2, ("numpy", "torch")),)},
        {"secret": b"another secret!!"}, {"definitions": "e"}, {"rounds": 3}, {"manual": (Manual("q", "q", 1),)},
        {"settings": (("timeout", "3"),)}, {"found": True})]
    assert len(set(keys)) == len(keys) and keys[0] == driver.key_of("ada", b"1", plan(STEP))
