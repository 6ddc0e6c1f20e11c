"""A worker runs what students write: cells as they are handed in, answers found, the messages of `check`."""

from __future__ import annotations

import os
import signal

import jobs
import numpy as np
import pytest

from rnnbook.checks import engine, exercises
from rnnbook.checks.answering import FATAL
from rnnbook.grading.job import Job, Task
from rnnbook.grading.program import Cell, Program
from rnnbook.grading.sandbox.limits import Limits
from rnnbook.grading.wire import record
from rnnbook.grading.workers import Worker

STEP = "rnn-step"
WRONG = "import numpy as np\ndef step(params, x_t, state):\n    return np.zeros_like(state)\n"


@pytest.fixture(scope="module")
def worker():
    with Worker(limits=Limits(seconds=6.0, cell=1.0)) as worker:
        yield worker


def answer(worker, *cells, ids=(STEP,)):
    return worker.answer(jobs.job(jobs.program(*cells), ids))


def cell(n, source, exercise=None, role="other"):
    return Cell(n, source, exercise, role)


def test_a_right_answer(worker):
    outcome = answer(worker, (STEP, jobs.RIGHT))
    assert (outcome.status, outcome.problems, jobs.points(outcome)) == ("done", (), 2)


@pytest.mark.parametrize("source, reason", [
    ("def step(params, x_t, state):\n    raise NotImplementedError('not tried yet')", "untried"),
    ("step = ...", "untried"),
    ("step = 3", "callable"),
    ("def step(x):\n    return x", "arguments"),
    ("def step(params, x_t, state):\n    params['b_h'] += 1\n    return state", "edits"),
    ("def step(params, x_t, state):\n    print(x_t)", "none"),
    ("def step(params, x_t, state):\n    return x_t @ params['nothing']", "exception"),
    ("def step(params, x_t, state):\n    while True: pass", "time"),
    ("k = []\ndef step(params, x_t, state):\n    k.append(0)\n    return state + len(k)", "state"),
    ("import rnnbook.scratch.rnn as r\ndef step(params, x_t, state):\n    return r.step(params, x_t, state)", "origin"),
])
def test_the_same_is_said_as_by_check(worker, source, reason):
    report = jobs.report(answer(worker, (STEP, source)))
    assert (report.reason or report.status, report.points) == (reason, 0)
    if "rnnbook" in source:
        assert "It calls rnnbook.scratch.rnn.step. Write your own answer." in str(report)
        return
    names: dict = {}
    exec(source, names)
    told = engine.run(exercises()[STEP], names["step"], jobs.questions(STEP)) if reason != "time" else None
    if told and told[0].failure and told[0].failure.kind in FATAL:
        assert told[0].failure.message in str(report) or reason == "untried"


def test_the_lines_of_an_error_are_the_students(worker):
    source = ("def step(params, x_t, state):\n    return helper(x_t)\n\n"
              "def helper(x):\n    return x @ np.zeros(1)\nimport numpy as np")
    report = jobs.report(answer(worker, (STEP, source)))
    assert report.lines[-1] == "helper, line 5: return x @ np.zeros(1)"


def test_a_syntax_error_in_one_cell_leaves_the_others(worker):
    outcome = answer(worker, "def broken(:\n    pass", (STEP, jobs.RIGHT))
    assert jobs.points(outcome) == 2 and outcome.problems[0].startswith("cell 1: not Python: line 1")


def test_an_import_that_fails_leaves_the_rest_of_its_cell(worker):
    outcome = answer(worker, ("rnn-step", "import pandas as pd\n" + jobs.RIGHT))
    assert jobs.points(outcome) == 2 and "No module named 'pandas'" in outcome.problems[0]


def test_what_stands_around_an_import_that_fails_runs_once(worker):
    source = ("'é'; seen = [*globals().get('seen', ()), 'before']; import pandas; import numpy as np\n"
              "seen.append('between'); from numpy import nothing_of_this_name; seen.append('also')\n"
              "from numpy import (\n    nothing_of_this_name)\nif True:\n    seen.append('after')\n"
              + jobs.RIGHT + "\nprint(seen)")
    outcome = answer(worker, ("rnn-step", source))
    assert jobs.points(outcome) == 2 and outcome.printed.strip() == "['before', 'between', 'also', 'after']"
    assert ["pandas" in p or "nothing_of_this_name" in p for p in outcome.problems] == [True, True, True]


def test_an_import_that_fails_inside_a_statement_ends_the_cell_and_runs_once(worker):
    source = "n = []\nfor i in range(3):\n    n.append(i)\n    import pandas\nn.append('after')"
    outcome = answer(worker, source, "print(n)", ("rnn-step", jobs.RIGHT))
    assert outcome.printed.strip() == "[0]" and jobs.points(outcome) == 2 and "pandas" in outcome.problems[0]


def test_path_objects_work_in_the_present_folder(worker):
    source = ("import os, pathlib, shutil\nfolder = pathlib.Path('a')\nfolder.mkdir()\n(folder / 'b').write_text('x')\n"
              "(folder / 'b').rename(folder / 'c')\n(folder / 'c').touch()\nfound = os.listdir(folder)\n"
              "os.chmod(folder / 'c', 0o600)\nprint(found, [p.name for p in folder.iterdir()])\n"
              "(folder / 'c').unlink()\nfolder.rmdir()\nfolder.mkdir()\nshutil.rmtree(folder)\nprint(os.listdir())")
    outcome = answer(worker, source)
    assert outcome.problems == () and outcome.printed.split("\n")[:2] == ["['c'] ['c']", "[]"]


def test_helpers_defined_further_down_and_cells_out_of_order(worker):
    uses = ("import numpy as np\nready = np.zeros(squash(1))\n"
            "def step(p, x, s):\n    return squash_all(x @ p['W_xh'].T + s @ p['W_hh'].T + p['b_h'])")
    outcome = answer(worker, (STEP, uses), "squash = int\nsquash_all = np.tanh")
    assert jobs.points(outcome) == 2 and outcome.problems == ()


def test_the_last_of_an_exercises_cells_that_defines_it_counts(worker):
    assert jobs.points(answer(worker, (STEP, WRONG), (STEP, jobs.RIGHT))) == 2
    assert jobs.points(answer(worker, (STEP, jobs.RIGHT), (STEP, WRONG))) == 0
    assert jobs.points(answer(worker, (STEP, jobs.RIGHT), (STEP, "x = 1"))) == 2


def test_another_exercise_may_use_the_same_name(worker):
    other = "def step(a):\n    return a\n"
    program = Program((cell(1, jobs.RIGHT, STEP, "answer"), cell(2, other, "lstm-step", "answer")), ())
    assert jobs.points(worker.answer(jobs.job(program))) == 2


def test_without_cells_of_its_own_the_name_at_the_end_counts(worker):
    assert jobs.points(answer(worker, jobs.RIGHT)) == 2


def test_what_a_check_was_given_counts_where_the_name_is_another(worker):
    renamed = jobs.RIGHT.replace("def step", "def my_step")
    program = Program((cell(1, "from rnnbook.checks import check"), cell(2, renamed, STEP, "answer"),
                       cell(3, f"report = check({STEP!r}, my_step)\nreport.points", STEP, "check")), ())
    outcome = worker.answer(jobs.job(program))
    assert jobs.points(outcome) == 2 and outcome.problems == ()


def test_a_cell_between_answer_and_check_is_what_the_student_saw_checked(worker):
    program = Program((cell(1, "from rnnbook.checks import check"), cell(2, WRONG, STEP, "answer"), cell(3, jobs.RIGHT),
                       cell(4, f"check({STEP!r}, step)", STEP, "check")), ())
    assert jobs.points(worker.answer(jobs.job(program))) == 2


def test_an_exercise_that_nothing_answers_is_absent(worker):
    assert STEP not in answer(worker, "x = 1").results
    assert STEP not in answer(worker, (STEP, "def other(): pass")).results


def test_numbers_and_choices(worker):
    outcome = answer(worker, ("rnn-by_hand", jobs.BY_HAND), ids=("rnn-by_hand",))
    assert jobs.points(outcome, "rnn-by_hand") == 1


def test_checks_are_inert_in_a_child(worker):
    source = ("from rnnbook.checks import *\nfrom rnnbook.checks import check, hint, progress, compare, load_pack\n"
              "r = check('rnn-step', None)\nprint(r.points, bool(r.passed), str(r), hint('rnn-step'))\n"
              "progress()\ncompare('a', 1, 2)\n")
    outcome = answer(worker, source, (STEP, jobs.RIGHT))
    assert outcome.problems == () and outcome.printed.startswith("0 False")
    assert jobs.points(outcome) == 2


def test_the_librarys_text_and_data_are_there_and_its_answers_are_not(worker):
    source = ("from rnnbook.text import tokenise\nprint(len(tokenise('a b')))\n"
              "from rnnbook.scratch.lstm import LSTMState\nprint(LSTMState(1, 2).c)\nimport rnnbook.scratch.gru\n"
              "print(rnnbook.__version__)\n")
    outcome = answer(worker, source)
    assert outcome.problems == () and outcome.printed.split()[:2] == ["2", "2"]


def test_magics_are_reported_and_not_fatal(worker):
    source = ("get_ipython().run_line_magic('matplotlib', 'inline')\nget_ipython().system('pip install x')\n"
              "get_ipython().run_cell_magic('time', '', 'a = 1')\n"
              "get_ipython().run_line_magic('cd', '/')\n" + jobs.RIGHT)
    outcome = answer(worker, (STEP, source + "assert a == 1\n"))
    assert jobs.points(outcome) == 2
    assert outcome.problems == ("cell 1: commands of the system do nothing while grading",
                                "cell 1: %cd does nothing while grading")


def test_what_students_import_can_be_imported(worker):
    source = ("import math, random, json, subprocess, collections, dataclasses, typing, unittest, numpy.testing, re\n"
              "@dataclasses.dataclass\nclass A:\n    a: int = 1\nprint(A())\n"
              "open('a.txt', 'w').write('x')\nprint(open('a.txt').read())\n")
    outcome = answer(worker, source)
    assert outcome.problems == () and outcome.printed == "A(a=1)\nx\n"


@pytest.mark.slow
def test_matplotlib_without_a_screen():
    pytest.importorskip("matplotlib")
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.title('a')\nplt.savefig('a.png')\nplt.show()\n"
    for preload in ((), ("matplotlib.pyplot",)):
        with Worker(preload=preload) as worker:
            outcome = answer(worker, source, (STEP, jobs.RIGHT))
            assert outcome.problems == () and jobs.points(outcome) == 2


def test_cases_with_named_tuples_arrive_as_such(worker):
    state = record("LSTMState", ("h", "c"))(np.ones((1, 2)), np.zeros((1, 2)))
    task = Task("a-f", "f", "function", ("h", "c"), ("numpy",), 2.0, ({"state": state}, {"state": state}))
    source = ("from rnnbook.scratch.lstm import LSTMState\n"
              "def f(state):\n    assert isinstance(state, LSTMState)\n    return LSTMState(state.h + 1, state.c)\n")
    outcome = worker.answer(Job(jobs.program(("a-f", source)), (task,)))
    assert outcome.results["a-f"][0].outputs["h"].data.tolist() == [[2.0, 2.0]]


def test_a_zygote_holds_no_answer(worker):
    held = [m for m in worker.modules if m.startswith("rnnbook.")]
    assert not [m for m in held if m.startswith(("rnnbook.scratch", "rnnbook.checks.ch", "rnnbook.checks.hidden",
                                                 "rnnbook.fast", "rnnbook.pytorch", "rnnbook.grading.driver"))]
    outcome = answer(worker, "import sys\nprint([m for m in sys.modules if m.startswith('rnnbook.')])")
    assert outcome.printed.strip() == "[]"


def test_nothing_of_the_graders_environment_is_passed_on(monkeypatch):
    monkeypatch.setenv("RNNBOOK_SECRET", "CANARY")
    with Worker("process") as worker:
        assert "CANARY" not in answer(worker, "import os\nprint(dict(os.environ))").printed


def test_every_submission_begins_anew(worker):
    answer(worker, "import numpy, builtins\nnumpy.tanh = None\nbuiltins.left = 1\nopen('left', 'w').write('x')")
    outcome = answer(worker, "import os\nprint(os.listdir('.'))\nleft", (STEP, jobs.RIGHT))
    assert set(outcome.printed.split()) == {"[]"} and "NameError" in outcome.problems[0] and jobs.points(outcome) == 2


def test_a_worker_whose_zygote_dies_starts_another():
    with Worker("process") as worker:
        os.kill(worker._process.pid, signal.SIGKILL)
        first = answer(worker, (STEP, jobs.RIGHT))
        second = answer(worker, (STEP, jobs.RIGHT))
        assert first.status == "died" and jobs.points(second) == 2 and worker.started == 2


def test_a_level_that_there_is_not_is_an_error():
    with pytest.raises(ValueError, match="level is 'strong'; expected one of"):
        Worker("strong")
    with pytest.raises(ValueError, match="level is 'none'"):
        Worker("none")
