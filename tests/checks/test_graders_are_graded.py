"""Every exercise tells its right answer from every wrong one (DESIGN §5), and the proof itself can fail."""

import dataclasses

import numpy as np
import pytest
from made_up import CHOICE, COUNT, MASK, NUMBER, ORTHOGONAL, RUNNING, running

from rnnbook.checks import Mistake, exercises
from rnnbook.checks.proving import (
    LEAST,
    broken,
    broken_is_told,
    different,
    different_is_right,
    problems,
    right_is_right,
    wrong_is_named,
)

ALL = list(exercises().values())
FUNCTIONS = [e for e in ALL if e.kind in ("function", "property")]


def ids(exercise):
    return exercise.id


@pytest.mark.parametrize("exercise", ALL, ids=ids)
@pytest.mark.parametrize("seed", [s if s < 2 else pytest.param(s, marks=pytest.mark.slow) for s in range(20)])
def test_right_passes_and_each_mistake_is_named(exercise, seed):
    assert right_is_right(exercise, seed) == []
    assert wrong_is_named(exercise, seed) == []


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids)
def test_what_is_broken_has_a_message_of_its_own(exercise):
    assert broken_is_told(exercise) == []


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=ids)
def test_right_but_different_passes(exercise):
    assert different_is_right(exercise) == []


@pytest.mark.parametrize("exercise", ALL, ids=ids)
def test_each_names_enough_mistakes(exercise):
    assert len(exercise.mistakes) >= LEAST
    names = [m.name for m in exercise.mistakes]
    assert len(set(names)) == len(names)


def test_there_are_exercises_and_every_kind_of_broken_answer():
    assert len(ALL) >= 9
    told = {reason for e in FUNCTIONS for _, reason in broken(e).values()}
    assert told == {"untried", "none", "exception", "time", "arguments", "edits", "state", "wrong shape", "wrong dtype",
                    "NaN or inf"}
    assert set(different(FUNCTIONS[0])) == {"float32", "Fortran order", "lists"}


# The proof can fail: each exercise below is spoilt in one way, and the proof says so.

def spoilt(**changes):
    return problems(dataclasses.replace(RUNNING, **changes), range(2))


def with_mistake(wrong, **more):
    return spoilt(mistakes=(*RUNNING.mistakes, Mistake("Another", wrong, "Hint.", **more)))


@pytest.mark.parametrize("exercise", [RUNNING, ORTHOGONAL, COUNT, MASK, NUMBER, CHOICE], ids=ids)
def test_the_made_up_exercises_lack_nothing_but_mistakes(exercise):
    found = [p for p in problems(exercise, range(2)) if "right on no case" not in p and "the right shape on" not in p]
    few = f"it names {len(exercise.mistakes)} mistakes; expected {LEAST}"
    assert found == ([] if len(exercise.mistakes) >= LEAST else [few])


def test_a_mistake_that_passes_is_found():
    assert any("'Another' passes" in p for p in with_mistake(lambda W, x: running(W, x)))


def test_a_check_that_is_too_lenient_is_found():
    assert any("passes" in p for p in spoilt(rtol=10.0))


def test_a_mistake_that_equals_another_is_found():
    assert any("'Another' is called 'Everything is doubled'" in p for p in with_mistake(RUNNING.mistakes[1].wrong))


def test_a_mistake_that_cannot_be_reproduced_is_found():
    found = with_mistake(lambda W, x: (np.random.normal(size=running(W, x)[0].shape), *running(W, x)[1:]))
    assert any("'Another' is called 'nothing'" in p for p in found)


def test_a_mistake_of_another_dtype_is_found():
    def wrong(W, x):
        hs, total, grads = running(W, x)
        return hs.astype(int), total, grads

    assert any("another form: hs, wrong dtype" in p for p in with_mistake(wrong))


def test_a_mistake_of_another_shape_everywhere_is_found():
    def wrong(W, x):
        hs, total, grads = running(W, x)
        return hs[..., None], total, grads

    assert any("the right shape on 0 cases" in p for p in with_mistake(wrong))
    assert with_mistake(wrong, shape=True) == []


def test_a_mistake_marked_as_one_of_shape_that_is_none_is_found():
    def wrong(W, x):
        hs, total, grads = running(W, x)
        return hs + 1, total, grads

    assert any("'Another' is marked as one of shape; its shape is always right" in p
               for p in with_mistake(wrong, shape=True))


def test_a_mistake_that_is_never_right_is_found():
    def wrong(W, x):
        hs, total, grads = running(W, x)
        return hs + 1, total, grads

    assert any("'Another' is right on no case" in p for p in with_mistake(wrong))


def test_a_convention_taken_for_a_mistake_is_found(monkeypatch):
    from rnnbook.checks import judging

    monkeypatch.setattr(judging, "_explained", lambda *args: False)
    assert any("'The sign is that of other authors' is told as wrong" in p for p in spoilt())


def test_a_reference_that_is_random_is_found():
    found = spoilt(reference=lambda W, x: (np.random.normal(size=3), 1.0, {"W": W, "b": W}), mistakes=RUNNING.mistakes)
    assert any("the reference gets" in p for p in found)


def test_a_check_that_tells_rounding_from_right_is_found():
    found = spoilt(rtol=1e-12, atol=1e-14)
    assert any("the reference in float32 does not pass" in p for p in found)


def test_an_endless_loop_told_late_is_found(monkeypatch):
    from rnnbook.checks import proving

    monkeypatch.setattr(proving, "broken", lambda e: {"an endless loop": (running, "time")})
    assert any("should be told as 'time'" in p for p in proving.broken_is_told(RUNNING))
