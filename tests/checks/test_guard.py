"""Answers that break: each is told apart, and nothing they do reaches the screen."""

import dataclasses
import functools
import signal
import sys
import threading
import time

import numpy as np
import pytest
from made_up import MASK, NUMBER, RUNNING, running

from rnnbook.checks import guard
from rnnbook.checks.checking import examine

FAST = dataclasses.replace(RUNNING, seconds=0.3)


def report(answer, exercise=RUNNING):
    return examine(exercise, answer, seed=0)


def stub(W, x):
    raise NotImplementedError("your turn")


def empty(W, x):
    """A docstring, and nothing else."""


def dots(W, x):
    ...


@pytest.mark.parametrize("answer", [stub, empty, dots, lambda W, x: ..., lambda W, x: None, None, ...,
                                    lambda W, x: (..., ..., ...), lambda W, x: (None, None, None)])
def test_untried_is_neutral(answer):
    found = report(answer)
    assert (found.status, found.points, found.reason, found.replay) == ("untried", 0, "untried", None)
    assert str(found).splitlines() == [
        "○ made-running: A running sum · 0 of 4 points", "  Not tried yet.", '  For a first step: hint("made-running")']


def no_return(W, x):
    running(W, x)


def raises(W, x):
    T = len(x)
    return x[T + 1]


def needs_more(W, x, state):
    return running(W, x)


def edits(W, x):
    answer = running(W, x)
    x *= 2
    return answer


calls = []


def keeps(W, x):
    calls.append(1)
    hs, total, grads = running(W, x)
    return hs, total + len(calls), grads


def endless(W, x):
    while True:
        pass


def stubborn(W, x):
    while True:
        try:
            len(x)
        except BaseException:
            len(W)


@pytest.mark.parametrize("answer, reason, words", [
    (np.ones(3), "callable", "The answer is of type ndarray; expected a function."),
    (needs_more, "arguments", "takes 3 arguments: W, x, state; expected 2: W, x"),
    (lambda W: running(W, W), "arguments", "takes 1 argument: W"),
    (lambda W, x: x, "outputs", "expected 3 values: hs, total, grads"),
    (lambda W, x: (x, x), "outputs", "It returns 2 values; expected 3: hs, total, grads"),
    (lambda W, x: (x, x, x), "outputs", "grads is of type ndarray; expected a dict"),
    (no_return, "none", "It returns None"),
    (raises, "exception", "IndexError: index 3 is out of bounds"),
    (lambda W, x: exit(3), "exception", "SystemExit: 3"),
    (lambda W, x: x @ W, "exception", "ValueError in a matrix product: its inner sizes, 2 and 3, must be equal"),
    (edits, "edits", "It changes its input x"),
    (keeps, "state", "Two calls with the same inputs give different answers"),
    (lambda W, x: (np.random.normal(size=3), 1.0, {}), "state", "draws random numbers"),
])
def test_each_has_its_own_message(answer, reason, words):
    found = report(answer)
    assert found.reason == reason and found.points == 0 and found.status == "wrong"
    assert words in found.headline, found.headline


def test_edits_are_found_inside_dicts():
    def answer(params, n):
        params["W"] += 1
        return np.zeros(n)

    exercise = dataclasses.replace(RUNNING, returns=("y",), reference=lambda params, n: np.zeros(n), mistakes=(),
                                   cases=lambda rng: [{"params": {"W": np.ones(2)}, "n": 2}])
    assert "its input params['W']" in report(answer, exercise).headline


@pytest.mark.parametrize("answer", [endless, stubborn])
def test_an_endless_loop_ends(answer):
    started = time.monotonic()
    found = report(answer, FAST)
    assert found.reason == "time" and time.monotonic() - started < 5
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_endless_loop_ends_away_from_the_main_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(report(endless, FAST)), daemon=True)
    thread.start()
    thread.join(10)
    assert found and found[0].reason == "time"


def test_the_time_limit_puts_back_what_was_there():
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, 60)
    try:
        with guard.time_limit(1):
            pass
        assert 50 < signal.getitimer(signal.ITIMER_REAL)[0] <= 60
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_ctrl_c_passes_through():
    def interrupted(W, x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        report(interrupted)


def test_a_traceback_holds_the_learners_lines_only():
    def inner(x):
        return np.linalg.inv(np.zeros((2, 2)))

    def answer(W, x):
        return inner(x)

    lines = report(answer).lines
    assert len(lines) == 2
    assert lines[0].startswith("answer, line ") and lines[0].endswith(": return inner(x)")
    assert lines[1].startswith("inner, line ") and "np.linalg.inv" in lines[1]


def test_a_deep_recursion_is_told_in_few_lines():
    def answer(W, x):
        return answer(W, x)

    found = report(answer)
    assert "RecursionError" in found.headline and len(found.lines) <= 6 and "more" in found.lines[2]


def test_prints_and_warnings_stay_in_the_report(capfd):
    def answer(W, x):
        print("shape", x.shape)
        print("to stderr", file=sys.stderr)
        np.log(np.zeros(1))
        return running(W, x)

    found = report(answer)
    assert capfd.readouterr() == ("", "")
    assert found.passed and found.printed == "shape (2, 1, 2)\nto stderr\n"


def test_a_flood_of_prints_is_cut():
    def answer(W, x):
        while True:
            print("x" * 1000)

    assert len(report(answer, FAST).printed) == guard.PRINTED


def library_step(lengths, T):
    from rnnbook.text import length_mask
    return length_mask(lengths, T)


def test_tools_of_the_library_are_welcome():
    assert report(library_step, MASK).passed


def test_the_librarys_answer_is_refused_however_it_is_dressed():
    from rnnbook.checks import get
    from rnnbook.scratch import rnn

    exercise = get("rnn-step")

    class Mine:
        def __call__(self, params, x_t, state):
            return rnn.step(params, x_t, state)

        def method(self, params, x_t, state):
            return rnn.step(params, x_t, state)

    def thin(params, x_t, state):
        return rnn.step(params, x_t, state)

    def swallows(params, x_t, state):
        try:
            return rnn.step(params, x_t, state)
        finally:
            pass

    same_code = type(thin)(rnn.step.__code__, rnn.step.__globals__ | {"__name__": "__main__"})
    dressed = [rnn.step, thin, swallows, Mine(), Mine().method, functools.partial(rnn.step), functools.lru_cache(thin),
               lambda *a: rnn._step(*a), same_code, exercise.reference, exercise.mistakes[0].wrong,
               lambda params, x_t, state: rnn.forward(params, x_t[None], state)[1]]
    for answer in dressed:
        found = examine(exercise, answer, seed=0)
        if answer is dressed[6]:                                  # dicts cannot be cached: it raises
            assert found.points == 0
            continue
        assert found.reason == "origin" and found.points == 0, answer


def test_the_librarys_answer_is_refused_in_a_module_that_is_being_imported(tmp_path, monkeypatch):
    (tmp_path / "my_homework.py").write_text(
        "from rnnbook.checks import check\nfrom rnnbook.scratch import rnn\n"
        "report = check('rnn-step', lambda p, x, h: rnn.step(p, x, h), show=False)\n")
    monkeypatch.syspath_prepend(tmp_path)
    import my_homework

    assert my_homework.report.reason == "origin"


def test_what_is_allowed_may_be_called():
    from rnnbook.checks import get
    from rnnbook.scratch import rnn

    exercise = dataclasses.replace(get("rnn-step"), allowed=("numpy", "rnnbook.scratch.rnn.step"))
    assert examine(exercise, lambda p, x, h: rnn.step(p, x, h), seed=0).passed
    assert examine(exercise, lambda p, x, h: rnn.forward(p, x[None], h)[1], seed=0).reason == "origin"


def test_a_package_that_is_not_allowed():

    def answer(W, x):
        import torch
        torch.nn.functional.softmax(torch.zeros(2), dim=0)
        return running(W, x)

    found = report(answer)
    assert found.reason == "package" and "It calls torch; this exercise allows numpy." in found.headline
    assert report(answer, dataclasses.replace(RUNNING, allowed=("numpy", "torch"))).passed


def test_the_profiler_is_put_back():
    before = sys.getprofile()
    report(running)
    assert sys.getprofile() is before


def test_a_value_where_a_function_is_not_asked_for():
    assert report(lambda: 42, NUMBER).reason == "callable"


def test_what_a_collection_calls_is_not_the_answers():
    import gc

    called = []
    foreign = "def note(phase, info):\n    called.append(phase)\n"
    scope = {"called": called}
    exec(compile(foreign, "/usr/lib/python3/site-packages/foreign/__init__.py", "exec"), scope)

    def answer(W, x):
        for _ in range(2000):
            loop = []
            loop.append(loop)           # garbage that only a collection finds
        return running(W, x)

    before = gc.get_threshold()
    gc.callbacks.append(scope["note"])
    gc.set_threshold(1)
    try:
        assert report(answer).passed and gc.isenabled()
    finally:
        gc.callbacks.remove(scope["note"])
        gc.set_threshold(*before)
    assert called, "the callback was there to be called"
