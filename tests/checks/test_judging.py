"""What is said of an answer: right, wrong in form, wrong in value, and the mistake's name."""

import dataclasses

import numpy as np
import pytest
from made_up import CHOICE, COUNT, MASK, NUMBER, ORTHOGONAL, RUNNING, running

from rnnbook.checks import engine, judging, verdicts
from rnnbook.checks.checking import examine
from rnnbook.checks.outputs import Result, Value


def report(answer, exercise=RUNNING, seed=0):
    return examine(exercise, answer, seed=seed)


def statuses(report):
    return [v.status for v in report.verdicts]


def test_right_gets_all_points_and_no_token():
    found = report(lambda W, x: running(W, x))
    assert (found.status, found.points, found.max_points, found.passed) == ("right", 4, 4, True)
    assert found.replay is None and found.mistakes == () and found.example is None
    assert statuses(found) == ["right"] * 4


def test_points_are_shared_between_outputs():
    def answer(W, x):
        hs, total, grads = running(W, x)
        return hs, total + 1, grads

    found = report(answer)
    assert (found.status, found.points) == ("partly", 3)
    assert statuses(found) == ["right", "wrong values", "right", "right"]
    assert found.example.output == "total"


def test_a_part_that_is_wrong_on_one_question_only_has_no_points():
    def answer(W, x):
        hs, total, grads = running(W, x)
        return (hs + 1 if x.shape[0] == 1 else hs), total, grads

    found = report(answer)
    assert statuses(found)[0] == "wrong values" and found.points == 3
    assert found.example.label == "On this case:" and found.example.inputs[1][1] == "(1, 2, 3)"


def test_the_first_wrong_entry_is_told_in_words():
    def answer(W, x):
        hs, total, grads = running(W, x)
        if len(hs) > 3 and hs.shape[1] > 1:
            hs[3, 1, 0] += 1
        return hs, total, grads

    detail = report(answer).verdicts[0].detail
    assert "step 3, sequence 1, unit 0 (counted from 0), which is hs[3, 1, 0]" in detail
    assert "1 of 60 entries differ." in detail


def test_axes_have_the_names_that_the_exercise_gives():
    found = report(lambda lengths, T: np.arange(T)[:, None] <= lengths, MASK)
    assert "step 1, sentence 0" in found.verdicts[0].detail


@pytest.mark.parametrize("change, words", [
    (lambda hs: hs.transpose(1, 0, 2), "Batch first? This book puts time first"),
    (lambda hs: hs.transpose(0, 2, 1), "its axes are exchanged: they run (step, unit, sequence)"),
    (lambda hs: np.concatenate([hs[:1], hs]), "One step too many"),
    (lambda hs: hs[1:] if len(hs) > 2 else hs, "One step too few"),
    (lambda hs: hs[-1], "The step axis is missing"),
    (lambda hs: hs[None], "Axis 0, of size 1, is too many"),
    (lambda hs: np.stack([hs, hs]), "It has 4 axes; expected 3."),
    (lambda hs: 2 * hs.transpose(0, 2, 1), "Its sizes fit the axes (step, unit, sequence)"),
    (lambda hs: hs[:, :, 0, None, None], "It has 4 axes; expected 3."),
    (lambda hs: (hs,), "a comma"),
])
def test_what_a_wrong_shape_looks_like(change, words):
    def answer(W, x):
        hs, total, grads = running(W, x)
        return change(hs), total, grads

    found = report(answer)
    assert found.verdicts[0].status == "wrong shape" and words in found.verdicts[0].detail
    assert found.points == 3


def test_a_transposed_square_is_told_from_wrong_numbers():
    square = dataclasses.replace(RUNNING, returns=("y",), reference=lambda a: a @ a, mistakes=(),
                                 cases=lambda rng: [{"a": rng.normal(size=(3, 3))}])
    found = report(lambda a: (a @ a).T, square)
    assert found.verdicts[0].status == "wrong values" and "axes are exchanged" in found.verdicts[0].detail
    assert "exchanged" not in report(lambda a: 2 * (a @ a).T, square).verdicts[0].detail


def test_exchanged_axes_are_claimed_only_where_the_numbers_say_so_on_every_case():
    """A reshape that equals a transpose at (2, 2) and (1, 3) does not at (2, 3)."""
    def cases(rng):
        return [{"a": rng.normal(size=shape)} for shape in ((1, 3), (2, 3))]

    exercise = dataclasses.replace(RUNNING, returns=("y",), reference=lambda a: a + 1, mistakes=(), cases=cases)
    assert "The numbers are right" in report(lambda a: (a + 1).T, exercise).verdicts[0].detail
    mixed = report(lambda a: (a + 1).reshape(a.shape[::-1]), exercise).verdicts[0].detail
    assert "numbers are right" not in mixed and "The two sizes stand in the other order." in mixed


def test_a_wrong_shape_is_told_even_where_the_tiny_case_hides_it():
    def cases(rng):
        return [{"a": rng.normal(size=shape)} for shape in ((2, 2), (2, 3))]

    exercise = dataclasses.replace(RUNNING, returns=("y",), reference=lambda a: a + 1, mistakes=(), cases=cases)
    found = report(lambda a: (a + 1).T, exercise)
    assert found.verdicts[0].status == "wrong shape" and found.example.label.startswith("On this case: a (2, 3)")


@pytest.mark.parametrize("change, status", [
    (lambda hs: hs.astype(int), "wrong dtype"),
    (lambda hs: hs.astype(complex), "wrong dtype"),
    (lambda hs: hs.astype(str), "wrong dtype"),
    (lambda hs: [hs[0].tolist(), [1.0]], "wrong dtype"),
    (lambda hs: hs * np.nan, "NaN or inf"),
    (lambda hs: hs + np.inf, "NaN or inf"),
    (lambda hs: None, "missing"),
])
def test_forms_of_an_output(change, status):
    def answer(W, x):
        hs, total, grads = running(W, x)
        return change(hs), total, grads

    found = report(answer)
    assert found.verdicts[0].status == status and found.points == 3


@pytest.mark.parametrize("change", [
    lambda hs: hs.astype(np.float32), np.asfortranarray, np.ndarray.tolist, list, lambda hs: hs + 1e-9,
])
def test_right_but_different(change):
    def answer(W, x):
        hs, total, grads = running(W, x)
        return [change(hs), float(total), {"b": grads["b"], "W": grads["W"]}]

    assert report(answer).passed


def test_a_missing_entry_of_a_dict():
    def answer(W, x):
        hs, total, grads = running(W, x)
        return hs, total, {"W": grads["W"]}

    assert statuses(report(answer)) == ["right", "right", "right", "missing"]


def test_a_torch_tensor_is_welcome_where_torch_is():
    import torch

    def answer(W, x):
        hs, total, grads = running(W, x)
        return torch.tensor(hs, requires_grad=True), torch.tensor(total), grads

    assert report(answer, dataclasses.replace(RUNNING, allowed=("numpy", "torch"))).passed


@pytest.mark.parametrize("mistake", RUNNING.mistakes, ids=lambda m: m.name)
@pytest.mark.parametrize("seed", range(5))
def test_a_known_mistake_is_named(mistake, seed):
    found = report(mistake.wrong, seed=seed)
    assert found.mistakes == (mistake,) and mistake.name in str(found) and mistake.hint in str(found)
    assert found.points < 4 and (found.status == "convention") == mistake.convention


def test_a_mistake_in_one_output_does_not_get_the_name_of_one_in_all():
    def answer(W, x):
        hs, total, grads = running(W, x)
        return 2 * hs, total, grads

    assert report(answer).mistakes == ()


def test_a_mistake_that_raises_is_named_where_the_answer_raises_too():
    def add(a, b):
        return a + b if a.shape == b.shape else (_ for _ in ()).throw(ValueError("sizes"))

    def cases(rng):
        return [{"a": rng.normal(size=n), "b": rng.normal(size=m)} for n, m in ((2, 2), (3, 3), (2, 1))]

    from rnnbook.checks import Mistake

    exercise = dataclasses.replace(RUNNING, returns=("y",), reference=lambda a, b: a - b, cases=cases,
                                   mistakes=(Mistake("Added", add, "Minus."),))
    found = report(lambda a, b: add(a, b), exercise)
    assert found.reason == "exception" and [m.name for m in found.mistakes] == ["Added"] and found.points == 0
    assert report(lambda a, b: add(a, b) * 2, exercise).mistakes == ()
    assert report(lambda a, b: add(a, b) if a.shape == b.shape else a - b, exercise).mistakes == ()


def shaped(wrong, **more):
    """An exercise with one mistake, of shape, on sums of rows."""
    from rnnbook.checks import Mistake

    def cases(rng):
        return [{"a": rng.normal(size=shape), "b": rng.normal(size=shape)} for shape in ((2, 3), (4, 2), (1, 3))]

    return dataclasses.replace(RUNNING, returns=("y",), reference=lambda a, b: a + b, cases=cases,
                               mistakes=(Mistake("Of shape", wrong, "Look.", shape=True),), **more)


def test_a_mistake_of_shape_is_named_without_a_guess_at_the_shape():
    exercise = shaped(lambda a, b: (a + b)[None])
    found = report(lambda a, b: np.stack([a + b]), exercise)
    assert [m.name for m in found.mistakes] == ["Of shape"] and "too many" not in found.verdicts[0].detail
    assert found.verdicts[0].detail == "Its shape is (1, 2, 3); expected (2, 3)."
    assert report(lambda a, b: np.stack([a + 2 * b]), exercise).mistakes == ()
    assert "Axis 0, of size 1, is too many" in report(lambda a, b: np.stack([a + 2 * b]), exercise).verdicts[0].detail


def test_a_mistake_that_raises_everywhere_is_named_by_the_sizes_in_its_messages():
    exercise = shaped(lambda a, b: a @ b)
    found = report(lambda a, b: 2 + np.tanh(a) @ np.tanh(b), exercise)
    assert found.reason == "exception" and [m.name for m in found.mistakes] == ["Of shape"]
    assert report(lambda a, b: a @ b[:, :1], exercise).mistakes == exercise.mistakes      # the same sizes do not fit
    assert report(lambda a, b: b[:1].T @ a[:, :2], exercise).mistakes == ()               # others do not
    assert report(lambda a, b: a + b[:, :0], exercise).mistakes == ()                     # of the same class
    assert report(lambda a, b: a[99], exercise).mistakes == ()                            # of another class
    assert report(lambda a, b: np.ones(2) @ np.ones(3), exercise).mistakes == ()          # whatever the case


def test_one_message_that_is_the_same_on_every_case_names_nothing():
    exercise = shaped(lambda a, b: np.ones(2) @ np.ones(3))
    assert report(lambda a, b: np.ones(2) @ np.ones(3), exercise).mistakes == ()


def test_an_error_of_another_class_is_another_mistake():
    def wrong(a, b):
        return a - b if len(a) != 4 else a @ b

    exercise = shaped(wrong)
    assert report(wrong, exercise).mistakes == exercise.mistakes
    assert report(lambda a, b: a - b if len(a) != 4 else a @ np.ones((3, 7)), exercise).mistakes == exercise.mistakes
    assert report(lambda a, b: a - b if len(a) != 4 else a[99], exercise).mistakes == ()


def test_what_is_right_wherever_it_runs_tells_no_mistake():
    exercise = shaped(lambda a, b: a + b if len(a) != 4 else a @ b)
    found = report(lambda a, b: a + b if len(a) != 4 else a @ b, exercise)
    assert found.reason == "exception" and found.mistakes == ()
    assert "Other cases ran without an error (their values were not compared), this one did not" in str(found)


def test_an_answer_that_raises_everywhere_has_no_name():
    from rnnbook.checks import Mistake
    from rnnbook.checks.outputs import Failure, Result

    def always(W, x):
        raise ValueError("sizes")

    exercise = dataclasses.replace(RUNNING, mistakes=(Mistake("Raises", always, "Do not."),))
    questions = engine.draw(exercise, 0)
    assert judging.find_mistakes(exercise, questions, [Result({}, Failure("exception", "x"))] * len(questions)) == ()


def test_plain_data():
    assert report(lambda words: {w: words.count(w) for w in words}, COUNT).passed
    assert report(lambda words: dict.fromkeys(words, 1), COUNT).mistakes == COUNT.mistakes
    missing = report(lambda words: {}, COUNT)
    assert "The key 'a' is missing" in missing.verdicts[0].detail
    assert report(lambda words: 3, COUNT).verdicts[0].detail == "It is of type int; expected a dict."


def test_booleans_are_not_numbers():
    found = report(lambda lengths, T: 1.0 * (np.arange(T)[:, None] < lengths), MASK)
    assert statuses(found) == ["wrong dtype"] and "booleans" in found.verdicts[0].detail


def test_a_property_is_judged_by_what_holds():
    found = report(lambda rng, n: np.eye(n), ORTHOGONAL)
    assert found.passed
    wrong = report(lambda rng, n: 2 * np.eye(n), ORTHOGONAL)
    assert wrong.verdicts[0].detail == "QᵀQ is not the identity." and wrong.points == 0
    assert statuses(report(lambda rng, n: np.ones((n, 1)), ORTHOGONAL)) == ["wrong shape"]
    assert report(lambda rng, n: rng.normal(size=(n, n)), ORTHOGONAL).mistakes == ORTHOGONAL.mistakes


@pytest.mark.parametrize("answer, status, points", [
    (42, "right", 1), (42.0, "right", 1), (np.float32(42), "right", 1), (42.001, "right", 1), ({"n": 42}, "right", 1),
    (13, "wrong", 0), (41, "wrong", 0), ("42", "wrong", 0), (True, "wrong", 0), ([42], "wrong", 0),
    (None, "untried", 0), (..., "untried", 0), ({"n": None}, "untried", 0),
])
def test_numbers(answer, status, points):
    found = report(answer, NUMBER)
    assert (found.status, found.points) == (status, points)
    assert "42" not in str(found) or answer == "42" or found.passed       # the right number is not given away
    assert bool(found.mistakes) == (answer == 13)


@pytest.mark.parametrize("got, right, atol, words", [
    (0.8, 0.8151, 0.0055, "It is right to one decimal; give two."), (0.82, 0.8151, 0.0055, ""),
    (0.7, 0.8151, 0.0055, ""),
    (0.12, 0.1234, 0.00055, "It is right to two decimals; give three."), (0.8, 0.8151, 0.0, ""), (1, 0.8151, 0.5, ""),
])
def test_too_few_decimals(got, right, atol, words):
    from rnnbook.checks.words import decimals

    assert decimals(got, right, atol) == words


def test_a_choice_is_judged_by_part():
    found = report({"sky": "blue", "grass": "red", "snow": None}, CHOICE)
    assert (found.points, found.status) == (1, "partly")
    assert statuses(found) == ["right", "no such choice", "missing"]
    assert "expected one of 'blue', 'green', 'white'" in found.verdicts[1].detail
    assert report(dict(CHOICE.reference), CHOICE).passed
    assert report({"sky": ""}, CHOICE).status == "untried"
    assert "no part 'sea'" in report({"sea": "blue"}, CHOICE).headline
    assert "expected a dict" in report("blue", CHOICE).headline


def test_a_choice_half_made_is_not_called_wrong():
    found = report({"sky": "blue", "grass": "green"}, CHOICE)
    assert (found.points, found.headline) == (2, "2 of 3 so far, the others not tried yet.")


def test_the_mistakes_of_a_choice_are_those_that_explain_most():
    exchanged, night = CHOICE.mistakes
    assert report(exchanged.wrong, CHOICE).mistakes == (exchanged,)
    assert report({"sky": "green", "grass": "blue", "snow": "blue"}, CHOICE).mistakes == (exchanged, night)
    convention = report(night.wrong, CHOICE)
    assert convention.status == "convention" and statuses(convention)[2] == "another convention"
    assert report({"sky": "white", "grass": "green", "snow": "blue"}, CHOICE).status == "partly"


def test_nothing_but_results_reaches_the_judge():
    """An answer may run elsewhere: judge needs what it gave, not the answer."""
    questions = engine.draw(RUNNING, 3)
    results = [engine.run_case(running, q.case, RUNNING.returns) for q in questions]
    assert judging.judge(RUNNING, questions, results).passed
    assert judging.judge(RUNNING, questions, results[:-1]).points == 0


@pytest.mark.parametrize("value", [["a"] * 3, [np.zeros(9)] * 60, [[1]] * 400_000, 3, None, {"a": 1}, np.zeros(3),
                                   np.array(["softmax"])], ids=lambda value: type(value).__name__)
def test_what_is_no_word_is_no_choice_and_is_not_printed(value):
    name = CHOICE.returns[0]
    result = Result({name: Value(value, "a thing")})
    found = judging.judge(CHOICE, engine.fixed(CHOICE), [result])
    assert found.verdicts[0].status == "no such choice" and found.points == 0 and not found.mistakes
    assert found.verdicts[0].detail.startswith("It is of type a thing; expected one of")


VALUES = [np.zeros((2, 3)), np.zeros((3, 2)), np.full((2, 3), 1e-9), np.full((2, 3), np.nan), np.full((2, 3), np.inf),
          np.zeros((2, 3), int), np.ones((2, 3), int), np.zeros((2, 3), bool), np.zeros((2, 3), complex),
          np.zeros((2, 3), np.float32), np.array("a"), np.array(0.0), np.array(1), [[1], [2, 3]], {"a": np.zeros(2)},
          {"a": np.ones(2)}, {"a": [[1], [2, 3]]}, {"a": None}, {"b": 1}, np.zeros((0, 3)),
          np.where(np.eye(2, 3) > 0, np.nan, 0.5)]


@pytest.mark.parametrize("want", VALUES, ids=lambda v: type(v).__name__)
def test_a_quick_look_sees_what_the_careful_one_sees(want):
    for have in VALUES:
        got, expected = Value(have, "it"), Value(want, "it")
        with np.errstate(all="ignore"):
            careful = verdicts.compare("x", got, expected, rtol=1e-6, atol=1e-8).right
            assert verdicts.agrees("x", got, expected, rtol=1e-6, atol=1e-8) is bool(careful)
