"""Hand-ins that take more than they may: each is ended and reported, and the next student is not harmed."""

from __future__ import annotations

import jobs
import pytest

from rnnbook.grading.sandbox.limits import MB, Limits
from rnnbook.grading.workers import Worker, WorkerError

LIMITS = Limits(seconds=3.0, memory=256 * MB, output=4 * MB, disk=8 * MB)
PLACES = {"full": ("full", True), "full, no hook": ("full", False), "process": ("process", True)}
LONG = ("full, no hook", "process")

ENDLESS = """
def step(params, x_t, state):
    while True:
        pass
"""
DEAF = """
def step(params, x_t, state):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
FORK_BOMB = """
import os, time
with open("count.txt", "w") as file:
    file.write("")
def bomb():
    global count
    count = 0
    while True:
        try:
            if os.fork() == 0:
                time.sleep(60)
        except BlockingIOError:
            break
        count += 1
        if count > 200:
            break
try:
    bomb()
except PermissionError:
    count = 0
by_hand = float(count)
"""

ABUSES = {
    # name: (the cell, statuses that are a fair report of it, words in the report or in what is said of the exercise)
    "endless loop": (ENDLESS, {"done"}, "does not|did not come to its end|too long"),
    "endless loop that catches everything": (DEAF, {"died", "time", "cpu"}, "not be stopped|longer|computing time"),
    "endless cell": ("while True: pass\n" + jobs.RIGHT, {"done"}, "did not come to its end"),
    "sleeping for ever": ("import time\ntime.sleep(1e6)\n" + jobs.RIGHT, {"done"}, "did not come to its end"),
    "sleeping, deaf": ("import signal, time\nsignal.setitimer(signal.ITIMER_REAL, 0)\ntime.sleep(1e6)\n", {"time"},
                       "longer"),
    "waiting for a lock": ("import threading\nl = threading.Lock()\nl.acquire()\nl.acquire()\n", {"done", "time"},
                           "end|longer"),
    "memory": ("import numpy as np\na = [np.ones(1 << 24) for _ in range(100)]\n", {"done"}, "Memory|end"),
    "memory in one": ("import numpy as np\ndef step(p, x, s):\n    return np.ones((1 << 34,))\n", {"done"},
                      "Memory|allocate"),
    "memory of lists": ("a = [0]\nwhile True: a += a\n", {"done"}, "MemoryError"),
    "large answer": ("import numpy as np\ndef step(p, x, s):\n    return np.ones((1 << 23,))\n",
                     {"done", "output"}, "."),
    "100 MB of print": ("for _ in range(100):\n    print('x' * (1 << 20))\n", {"done"}, ""),
    "100 MB of output": ("import os\nfor _ in range(100):\n    os.write(1, b'x' * (1 << 20))\n", {"done"}, ""),
    "results without end": ("import os\nwhile True:\n    for fd in range(3, 20):\n        try:\n            "
                            "os.write(fd, b'x' * (1 << 20))\n        except OSError:\n            pass\n",
                            {"output", "died", "cpu", "time"}, "."),
    "disk": ("n = 0\nwhile True:\n    with open(f'{n}.bin', 'wb') as f:\n        f.write(bytes(1 << 20))\n    n += 1\n",
             {"done", "disk"}, "No space|more files|Too many|too large"),
    "one large file": ("with open('a', 'wb') as f:\n    for _ in range(1000):\n        f.write(bytes(1 << 20))\n",
                       {"done", "disk"}, "No space|large|more files"),
    "many files": ("import os\nos.makedirs('a')\nfor n in range(20000):\n    open(f'a/{n}', 'w').close()\n",
                   {"done", "disk", "time"}, ""),
    "exit": ("import os\nos._exit(0)\n", {"died"}, "ended"),
    "sys.exit": ("import sys\nsys.exit(3)\n", {"done"}, "SystemExit"),
    "segmentation fault": ("import os, signal\nsignal.raise_signal(signal.SIGSEGV)\n", {"died", "done"}, ""),
    "killed by itself": ("import ctypes\nctypes.string_at(0)\n", {"died", "done"}, ""),
    "recursion": ("def f(): return f()\nf()\n", {"done"}, "RecursionError"),
    "deep data": ("a = []\nfor _ in range(100000): a = [a]\ndef step(p, x, s): return a\n", {"done", "died"}, ""),
    "threads": ("import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(60,)).start()\n",
                {"done", "died"}, "thread|ended"),
}


@pytest.fixture(scope="module")
def places():
    workers: dict[str, Worker] = {}

    def at(place: str) -> Worker:
        if place not in workers:
            level, audit = PLACES[place]
            try:
                workers[place] = Worker(level, LIMITS, audit=audit)
            except WorkerError as error:
                pytest.skip(str(error))
        return workers[place]

    yield at
    for worker in workers.values():
        worker.close()


SOME = [p if p not in LONG else pytest.param(p, marks=pytest.mark.slow) for p in PLACES]


@pytest.mark.parametrize("place", SOME)
@pytest.mark.parametrize("name", ABUSES)
def test_bounded_and_reported_and_nobody_else_is_harmed(places, place, name):
    source, statuses, words = ABUSES[name]
    worker = places(place)
    outcome = worker.answer(jobs.job(source))
    assert outcome.status in statuses
    report = jobs.report(outcome)
    said = " ".join(outcome.problems) + (str(report) if report else "")
    assert any(word in said for word in words.split("|")) or words == "."
    assert len(outcome.printed) <= 2000
    after = worker.answer(jobs.job(jobs.RIGHT))
    assert (after.status, jobs.points(after)) == ("done", 2)


@pytest.mark.parametrize("place", SOME)
def test_a_fork_bomb_is_small(places, place):
    outcome = places(place).answer(jobs.job(jobs.program(("rnn-by_hand", FORK_BOMB)), ["rnn-by_hand"]))
    made = float(next(iter(outcome.results["rnn-by_hand"][0].outputs.values())).data)
    assert made <= LIMITS.tasks
    if place == "full, no hook":
        assert made >= 1                            # the kernel's limit, not the hook's
    after = places(place).answer(jobs.job(jobs.RIGHT))
    assert jobs.points(after) == 2


def test_what_ends_one_exercise_leaves_the_others(places):
    ids = ("rnn-by_hand", "rnn-step", "rnn-parameter_count")
    deadly = "import os\ndef step(params, x_t, state):\n    os._exit(1)\n"
    count = "def parameter_count(D, H, K):\n    return 0\n"
    program = jobs.program(("rnn-by_hand", jobs.BY_HAND), ("rnn-step", deadly), ("rnn-parameter_count", count))
    outcome = places("full").answer(jobs.job(program, ids))
    assert outcome.status == "died"
    assert jobs.points(outcome, "rnn-by_hand") == 1
    assert "rnn-step" not in outcome.results and "rnn-parameter_count" in outcome.results


def test_a_cell_that_ends_the_process_leaves_the_others(places):
    program = jobs.program("import os\nos._exit(1)", ("rnn-step", jobs.RIGHT))
    outcome = places("full").answer(jobs.job(program))
    assert (outcome.status, jobs.points(outcome)) == ("died", 2)


def test_a_cell_that_cannot_be_stopped_leaves_the_others(places):
    stuck = "import signal\nsignal.setitimer(signal.ITIMER_REAL, 0)\nwhile True: pass\n"
    with Worker("full", Limits(seconds=12.0, cell=0.5)) as worker:
        outcome = worker.answer(jobs.job(jobs.program(stuck, ("rnn-step", jobs.RIGHT))))
    assert (outcome.status, jobs.points(outcome)) == ("died", 2)
