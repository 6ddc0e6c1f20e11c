"""Five hundred notebooks, fifteen of them broken, killed half-way and resumed: the gradebook of an undisturbed run."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import hand_ins
import pytest

from rnnbook.checks import exercises
from rnnbook.grading.gradebook import Gradebook

pytestmark = pytest.mark.slow

COUNT, BROKEN = 500, 15
IDS = ("rnn-step", "rnn-parameter_count", "rnn-right_head")
HOMEWORK = 'title = "Homework 1"\nseeds = 2\ntimeout = 20\n\n[exercises]\n' + "".join(f"{id} = 2\n" for id in IDS)
STEPS = [
    'np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])',
    'np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T)',
    'x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"]',
    'np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"] + params["b_h"])',
    'np.tanh(params["W_xh"] @ x_t.T + params["b_h"])',
    "undefined_name",
]
COUNTS = ["H * D + H * H + H + K * H + K", "H * D + H * H + K * H", "T * (H * D + H * H + H) + K * H + K", "None"]
HEADS = [exercises()["rnn-right_head"].reference, exercises()["rnn-right_head"].mistakes[0].wrong, {}]
WRECKS = [
    b"", b"{", b"PK\x03\x04 a zip", json.dumps({"cells": "none"}).encode(), b"\xff\xfe\x00",
    "def step(:", "import os\nos._exit(0)", "import os\nos.kill(os.getpid(), 11)",
    "def step(params, x_t, state):\n    import os\n    os._exit(3)", "raise SystemExit", "1 / 0",
    "def step(params, x_t, state):\n    return step(params, x_t, state)", "x = [0] * 10**12", "exit()",
    "def step(params, x_t, state):\n    print('x' * 10**6)\n    raise KeyboardInterrupt",
]


def is_broken(n):
    """Whether the n-th student's notebook is one of WRECKS."""
    return n % (COUNT // BROKEN) == 7 and n // (COUNT // BROKEN) < BROKEN


def notebook(n):
    """The n-th student's: right, or with known and unknown mistakes, or broken."""
    if is_broken(n):
        wreck = WRECKS[n // (COUNT // BROKEN)]
        return wreck if isinstance(wreck, bytes) else hand_ins.notebook_of("import numpy as np", wreck)
    step = f"def step(params, x_t, state):\n    return {STEPS[n % len(STEPS)]}"
    count = f"def parameter_count(D, H, K, T):\n    return {COUNTS[n // 3 % len(COUNTS)]}"
    return hand_ins.notebook_of("import numpy as np\nfrom rnnbook.checks import check", step, 'check("rnn-step", step)',
                                count, f"right_head = {HEADS[n // 5 % len(HEADS)]!r}", f"# student {n}")


def start(folder, out):
    words = [sys.executable, "-m", "rnnbook.cli", "grade", str(folder / "in"), "--homework", str(folder / "hw1.toml"),
             "--out", str(out), "--secret", str(folder / "secret"), "--jobs", "2"]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                            env=os.environ | {"OMP_NUM_THREADS": "1"})


def dump(out):
    """All that the gradebook says, without numbers of rows and times."""
    with Gradebook(out / "gradebook.sqlite") as book:
        [(whole,)] = book._db.execute("PRAGMA integrity_check").fetchall()
        assert whole == "ok"
        rows = book.rows("hw1")
        assert all(len(book.history(row.student, "hw1")) == 1 for row in rows)
        return [(replace(row, grade=0), book.notebook(row.grade)) for row in rows]


def test_killed_half_way_and_resumed_it_is_as_if_undisturbed(tmp_path):
    hand_ins.folder_of(tmp_path / "in", {f"student{n:03}.ipynb": notebook(n) for n in range(COUNT)})
    (tmp_path / "hw1.toml").write_text(HOMEWORK)
    (tmp_path / "secret").write_text("the secret of this course\n")
    process = start(tmp_path, tmp_path / "killed")
    for line in process.stderr:
        if line.startswith(f"graded {COUNT // 2} "):
            break
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    half = len(dump(tmp_path / "killed"))
    assert COUNT // 2 <= half < COUNT
    for out in ("killed", "whole"):
        process = start(tmp_path, tmp_path / out)
        process.communicate()
        assert process.returncode == 0
    found, whole = dump(tmp_path / "killed"), dump(tmp_path / "whole")
    assert len(found) == COUNT and found == whole
    assert (tmp_path / "killed" / "grades.csv").read_bytes() == (tmp_path / "whole" / "grades.csv").read_bytes()
    broken = [row for n, (row, _) in enumerate(found) if is_broken(n)]
    assert len(broken) == BROKEN and {row.raw for row in broken} == {0}
    assert [row.status for row in broken[:5]] == ["unreadable"] * 5 and all(row.shown for row in broken[:5])
    assert {row.raw for row, _ in found} >= {0, 2, 4, 6}
