"""Feedback: helps, and says nothing about the questions, however a submission tries to carry them out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from fake_worker import FakeWorker, program

from rnnbook.checks import exercises
from rnnbook.checks.judging import HEADLINES
from rnnbook.checks.outputs import Failure, Result, Value
from rnnbook.grading import driver, feedback, told
from rnnbook.grading.driver import Item, Plan
from rnnbook.grading.job import Outcome
from rnnbook.grading.sandbox.isolation import Isolation

KNOWN = exercises()
SETUP = "import numpy as np"
RIGHT = """
def right(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
"""


def plan(*ids):
    return Plan("hw1", tuple(Item(KNOWN[id], KNOWN[id].points) for id in ids), b"a secret of the course", "d")


def said(sources, student="ada", setup=SETUP, answer=None):
    """All that a student sees of a graded notebook: text and HTML of each exercise, one after the other."""
    found = driver.grade(student, b"{}", program(sources, setup), plan(*sources), answer or FakeWorker().answer)
    return [json.dumps(m.feedback, ensure_ascii=False) for m in found.marks]


# ---- What helps is there

def step(body):
    return said({"rnn-step": f"def step(params, x_t, state):\n    {body}"})[0]


@pytest.mark.parametrize(("body", "words"), [
    ('return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T)', "The bias b_h is missing"),
    ("h = undefined_name", "NameError: the name undefined_name is not defined."),
    ("h = undefined_name", "step, line 2: h = undefined_name"),
    ('return params["W"]', "KeyError: there is no entry W."),
    ("return x_t.nothing", "AttributeError: a numpy.ndarray has no nothing."),
    ("return x_t + state.T[:1, :1].T @ state @ x_t", "ValueError: in a matrix product the inner sizes must be equal."),
    ("x_t += 1; return x_t", "It changes its input x_t."),
    ("pass", "Not tried yet."),
    ("y = 1", "It returns None."),
    ("return 1, 2", "wrong shape"),
    ("return (right(params, x_t, state),)", "It is a tuple. Is there a comma after the value?"),
    ("return right(params, x_t, state)[None]", "Axis 0, of size 1, is too many."),
    ("return right(params, x_t, state) * 1.7", "On the tiny case of the exercise, first at sequence 0, unit 0"),
    ("return (right(params, x_t, state) * 9).astype(int)", "It holds integers; expected floating-point numbers."),
    ("return np.random.rand(*state.shape)", "It does not forget."),
    ("return right(params, x_t, state) + np.nan", "It holds NaN or inf where a number is expected."),
])
def test_why_it_is_wrong(body, words):
    [text] = said({"rnn-step": f"def step(params, x_t, state):\n    {body}"}, setup=SETUP + RIGHT)
    assert words in json.loads(text)["text"]


def test_arguments_are_named():
    assert "The function takes 1; expected 3: params, x_t, state." in said({"rnn-step": "def step(x): return x"})[0]


def test_wrong_on_drawn_cases_only_says_so():
    body = "import numpy as np\ndef step(params, x_t, state):\n    h = right(params, x_t, state)\n    " \
           "return h if np.array_equal(x_t, x_t.round(1)) else h + 1"
    [text] = said({"rnn-step": body}, setup=SETUP + RIGHT)
    assert "Right on the cases" in text or feedback.ELSEWHERE in text or "On the tiny case" in text


def test_choices_and_numbers():
    choice, number, text = said({"rnn-right_head": 'right_head = {"is it spam": "softmax", "temperature tomorrow": 3}',
                                 "rnn-by_hand": "by_hand = 0.25", "rnn-parameter_count": "parameter_count = 3"})
    assert "You chose 'softmax'" in choice and "Not answered yet." in choice and "expected one of" in choice.lower()
    assert "0.25" not in number and "wrong values" in number and "The answer is not a function." in text


# ---- What reveals is not

LEAKS = {
    "returns them": "return np.concatenate([x_t.ravel(), state.ravel()])",
    "returns them as text": "return str(x_t)",
    "returns them as keys": "return {repr(v): 1 for v in x_t.ravel()}",
    "returns as many": "return np.zeros(int(abs(x_t.ravel()[0]) * 1000))",
    "returns an array of such a shape": "return np.zeros((int(abs(x_t.flat[0]) * 99), int(abs(x_t.flat[1]) * 99)))",
    "returns an object named so": "return type('V' + digits(x_t), (), {})()",
    "returns long text": "return np.array('x' * int(abs(x_t.flat[0]) * 1000))",
    "prints them": "print(x_t, state); return state",
    "raises them": "raise ValueError(str(x_t))",
    "raises them in an error of its own": "raise type('E' + digits(x_t), (Exception,), {})(digits(x_t))",
    "raises a missing key": "{}[digits(x_t)]",
    "raises a missing name": "eval('n' + digits(x_t))",
    "raises a missing attribute": "getattr(x_t, 'a' + digits(x_t))",
    "raises sizes": "np.zeros(int(abs(x_t.flat[0]) * 1000)) + np.zeros(int(abs(x_t.flat[1]) * 1000) + 2000)",
    "raises in a line that holds them": "exec(compile('f = ' + digits(x_t) + '; 1/0', 'their.py', 'exec'))",
    "raises in a function named so":
        "d = {}; exec('def f' + digits(x_t) + '():\\n 1/0', d); d['f' + digits(x_t)]()",
    "raises at a line numbered so": "exec('\\n' * int(abs(x_t.flat[0]) * 1000) + '1/0')",
    "imports them": "__import__('m' + digits(x_t))",
    "changes its inputs": "params['k' + digits(x_t)] = 1; return state",
    "warns": "import warnings; warnings.warn(digits(x_t)); return state",
}


@pytest.mark.parametrize("body", LEAKS.values(), ids=LEAKS)
@pytest.mark.parametrize("when", ["always", "on fresh cases"])
def test_feedback_does_not_depend_on_the_questions(body, when):
    """Students with other questions see the same."""
    fresh = f"    if x_t.flat[0] in {FIXED}: return right(params, x_t, state)\n" if when != "always" else ""
    source = f"def step(params, x_t, state):\n{fresh}    {body}"
    setup = SETUP + RIGHT + "\ndef digits(x):\n    return ''.join(str(int(abs(v) * 1e6)) for v in np.ravel(x))"
    seen = {said({"rnn-step": source}, student, setup)[0] for student in ("ada", "bob", "cy")}
    assert len(seen) == 1


FIXED = [float(q.case["x_t"].flat[0]) for q in driver.questions(KNOWN["rnn-step"], [0]) if q.fixed]
MARK = "73914"
VALUES = [Value(float(f"0.{MARK}"), f"V{MARK}"), Value(np.full((3, 2), float(f"0.{MARK}")), MARK),
          Value({MARK: 1, f"axes are exchanged: {MARK}": 2}, MARK), Value([[int(MARK)], [1, 2]], f"tuple of {MARK}"),
          Value(np.zeros((int(MARK), 0)), "ndarray"), Value(np.array([MARK]), "ndarray"), Value(MARK, "str"),
          Value(np.array(MARK), "ndarray")]
TEXTS = [MARK, f"The function takes 5 arguments: {MARK}", f"It changes its input {MARK}", f"It calls x{MARK}; no",
         f"It calls rnnbook.scratch.x{MARK}. Write", f"NameError: name 'x{MARK}' is not defined", f"KeyError: '{MARK}'",
         f"E{MARK}: x", f"ValueError: operands could not be broadcast together with shapes ({MARK},) (3,)",
         f"step, line {MARK}: x", f"x{MARK}, line 1: {SETUP}", f"It returns one V{MARK}; expected"]


@pytest.mark.parametrize("id", ["rnn-step", "rnn-forward", "rnn-right_head", "rnn-by_hand", "rnn-parameter_count"])
def test_nothing_that_a_forged_answer_says_is_shown(id):
    """The process that answers is the student's: all in it may be forged, on fixed questions too."""
    exercise = KNOWN[id]
    asked = driver.drawn("ada", exercise, plan(id))
    forged = [Result(dict.fromkeys(exercise.returns, value), None, MARK) for value in VALUES]
    forged += [Result({}, Failure(kind, text, (text,) * 3, MARK), MARK)
               for kind in [*HEADLINES, MARK] for text in TEXTS]
    for result in forged:
        outcome = Outcome("done", {id: [result] * len(asked)}, (), Isolation("process"), MARK)
        assert MARK not in said({id: SETUP}, answer=lambda job, outcome=outcome: outcome)[0]


def test_this_would_be_noticed(monkeypatch):
    """Both tests fail if a student is shown the report as it is."""
    monkeypatch.setattr(feedback, "for_student", lambda exercise, found, *more: replace(found))
    with pytest.raises(AssertionError):
        test_feedback_does_not_depend_on_the_questions(LEAKS["raises them"], "on fresh cases")
    with pytest.raises(AssertionError):
        test_nothing_that_a_forged_answer_says_is_shown("rnn-step")


def test_text_and_html_are_made_of_what_the_gradebook_holds():
    [text] = said({"rnn-step": "def step(params, x_t, state):\n    raise x_t['<b>']"})
    data = json.loads(text)
    report = feedback.as_report(data)
    assert str(report) == data["text"] and "raise x_t['<b>']" in data["text"]
    assert "&lt;b&gt;" in report._repr_html_() and "<b>" not in report._repr_html_()


@pytest.mark.parametrize(("text", "shown"), [
    ("cell 1: NameError: name 'np' is not defined, in f, line 1: x", "cell 1: NameError: the name np is not defined"),
    ("cell 1: %%numpy and what is below it is not run while grading", "cell 1: %%numpy does nothing while grading"),
    (f"cell 1: %x{MARK} does nothing while grading", None),
    (f"cell 1: ValueError: {MARK}", "cell 1: ValueError"), (f"cell {MARK}: ValueError: x", None), (MARK, None),
    (f"cell 1: not Python: line {MARK}: x", "cell 1: a part of it is not Python"), (f"cell 1: !{MARK}!", None),
    (f"cell 1: {MARK}", "cell 1: An error of its own"),
])
def test_cells_that_failed_are_told(text, shown):
    outcome = Outcome("time", {}, (text,), Isolation("process"), MARK)
    assert feedback.problems(outcome, program({}, SETUP)) == (*([shown] if shown else []), feedback.ENDED["time"])


def test_usual_messages_carry_no_numbers_and_names_of_the_notebook_only():
    book = told.Notebook(frozenset({"hs"}), ())
    assert told.error("NameError: name 'hs' is not defined", book) == "NameError: the name hs is not defined"
    assert told.error("NameError: name 'x12' is not defined", book) == "NameError"
    assert told.error("Secret: name 'hs' is not defined", book) == "An error of its own"
    assert told.error("IndexError: index 12 is out of bounds for axis 0 with size 7", book).endswith("out of range")
    assert all("\\d" not in words for _, words in told.USUAL)
