"""`rnnbook check` on real notebooks in real kernels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cli_notebooks as nb
import pytest

from rnnbook.checks import exercises
from rnnbook.cli import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "work.ipynb"


def check(path, *words):
    """Exit status and the results of one notebook."""
    import io
    from contextlib import redirect_stdout

    with redirect_stdout(io.StringIO()) as out:
        status = main(["check", str(path), "--json", *words])
    return status, json.loads(out.getvalue())["notebooks"][0]


def whole_chapter():
    """Points and number of the exercises of chapter 2."""
    chapter = [e for e in exercises().values() if e.section.startswith("02-hidden-state")]
    return sum(e.points for e in chapter), len(chapter)


def statuses(data):
    return {row["id"]: row["status"] for row in data["exercises"]}


def text(path, capsys, *words):
    """Exit status and what is printed, which is never wider than 80 columns."""
    status = main(["check", str(path), *words])
    out = capsys.readouterr()
    assert out.err == "" and max(map(len, out.out.splitlines()[1:])) <= 80     # the first is the path
    return status, out.out


def test_the_solutions_get_full_points(capsys):
    status, out = text(ROOT / "solutions" / "02-hidden-state.ipynb", capsys)
    assert status == 0
    assert "wrong" not in out and "not tried" not in out and "stopped" not in out
    points, number = whole_chapter()
    assert f"{points} of {points} points: {number} of {number} exercises pass." in out


def test_the_untouched_notebook_gets_0_and_friendly_words(capsys):
    status, out = text(ROOT / "exercises" / "02-hidden-state.ipynb", capsys)
    assert status == 1
    points, number = whole_chapter()
    assert f"0 of {points} points: 0 of {number} exercises pass" in out and out.count("○ not tried") == number
    first = out.split("○ not tried")[1].split()[0]
    assert f"Nothing is tried yet. Begin with {first}, about {exercises()[first].minutes} minutes" in out
    assert not any(word in out for word in ("Traceback", "Error", "wrong", "stopped"))


def test_three_mistakes_are_each_named(path, capsys):
    nb.write(path, nb.exercise("rnn-step", nb.STEP_WITHOUT_BIAS), nb.exercise("rnn-parameter_count", nb.COUNT_TIMES_T),
             nb.exercise("rnn-last_state", nb.LAST_IS_A_PAD))
    status, data = check(path)
    assert status == 1 and set(statuses(data).values()) == {"wrong"} and data["points"] == 0
    named = [[mistake["name"] for mistake in row["mistakes"]] for row in data["exercises"]]
    assert named[0] == ["The bias b_h is missing"]
    assert [len(names) for names in named] == [1, 1, 1] and all(row["mistakes"][0]["hint"] for row in data["exercises"])

    status, out = text(path, capsys)
    assert status == 1 and out.count("Hint: ") == 3 and "0 of 3 exercises pass; 3 wrong." in out
    assert all(names[0].split(",")[0] in " ".join(out.split()) for names in named)


def test_an_unknown_mistake_is_shown_in_numbers(path, capsys):
    nb.write(path, nb.exercise("rnn-step", nb.STEP.replace("np.tanh(", "1.5 * np.tanh(")))
    status, out = text(path, capsys)
    assert status == 1
    assert all(part in out for part in ("wrong values", "On the tiny case", "h_t, yours", "h_t, expected", "Hint:"))


def test_the_notebook_file_is_left_as_it_is(path):
    nb.write(path, nb.exercise("rnn-step", nb.STEP))
    before = path.read_bytes()
    assert check(path)[0] == 0
    assert path.read_bytes() == before and os.listdir(path.parent) == [path.name]


@pytest.mark.slow
def test_cells_that_stop_sink_nothing_else(path, capsys):
    nb.write(
        path,
        "%time x = 1\n!echo hello",
        nb.exercise("rnn-step", "def step(params, x_t, state:\n    return 1"),
        "while True:\n    pass",
        nb.exercise("rnn-parameter_count", nb.COUNT),
        "import os\nos._exit(1)",
        "def load(path):\n    return open(path).read()\n\nload('data.txt')",
        nb.exercise("rnn-last_state", nb.LAST),
        "name = input('who?')",
    )
    status, data = check(path, "--timeout", "2")
    assert status == 1
    assert statuses(data) == {"rnn-step": "wrong", "rnn-parameter_count": "right", "rnn-last_state": "right"}
    assert [(t["cell"], t["state"], t["name"]) for t in data["stopped"]] == [
        (3, "error", "SyntaxError"), (5, "interrupted", "KeyboardInterrupt"), (8, "died", ""),
        (9, "error", "FileNotFoundError"), (12, "error", "StdinNotImplementedError")]
    assert [(line["cell"], line["line"], line["text"].strip()) for line in data["stopped"][3]["lines"]] == [
        (9, 4, "load('data.txt')"), (9, 2, "return open(path).read()")]

    status, out = text(path, capsys, "--timeout", "2")
    assert "The cell that defines step stopped: code cell 3, see below." in out
    assert "SyntaxError: '(' was never closed" in out and "Traceback" not in out and "site-packages" not in out
    assert "ended the kernel" in out and "its time was up" in out and "input() waits for someone to type" in out


@pytest.mark.slow
def test_a_cell_that_will_not_stop_is_killed_and_the_good_cells_are_run_again(path, monkeypatch):
    monkeypatch.setattr("rnnbook.commands.kernel.GRACE", 0.5)
    stubborn = "import time\nwhile True:\n    try:\n        time.sleep(9)\n    except BaseException:\n        pass"
    nb.write(path, "half = 0.5", nb.answer("rnn-parameter_count", nb.COUNT), stubborn,
             "assert half == 0.5", nb.check("rnn-parameter_count"))
    status, data = check(path, "--timeout", "1")
    assert status == 0 and [(t["cell"], t["state"]) for t in data["stopped"]] == [(4, "killed")]


@pytest.mark.slow
def test_an_answer_that_ends_the_process_is_wrong_and_the_next_is_checked(path):
    nb.write(path, nb.exercise("rnn-step", "import os\ndef step(params, x_t, state):\n    os._exit(0)"),
             nb.exercise("rnn-parameter_count", nb.COUNT))
    data = check(path)[1]
    assert statuses(data) == {"rnn-step": "wrong", "rnn-parameter_count": "right"}
    assert "ends the Python process" in data["exercises"][0]["headline"]


@pytest.mark.slow
def test_what_the_check_cells_say_does_not_matter(path):
    forged = nb.check("rnn-step")
    forged.source = "class report:\n    points = 2\n\ncheck = lambda *words: report\nreport.points"
    nb.write(path, nb.answer("rnn-step", nb.STEP_WITHOUT_BIAS), forged,                    # says 2 points
             nb.answer("rnn-parameter_count", nb.COUNT_TIMES_T),                           # its check cell is deleted
             nb.answer("rnn-last_state", nb.LAST))
    status, data = check(path)
    assert status == 1
    assert statuses(data) == {"rnn-step": "wrong", "rnn-parameter_count": "wrong", "rnn-last_state": "right"}


@pytest.mark.slow
def test_order_does_not_matter(path):
    nb.write(path, nb.check("rnn-parameter_count"), nb.answer("rnn-parameter_count", nb.COUNT),     # check comes first
             nb.exercise("rnn-step", nb.STEP), "step = 5",                                          # name taken later
             nb.exercise("rnn-last_state", nb.LAST.replace("np.", "numpy.")), "import numpy")       # a late import
    status, data = check(path)
    assert status == 0 and [(t["cell"], t["name"]) for t in data["stopped"]] == [(2, "NameError")]


@pytest.mark.slow
def test_an_answer_whose_cell_is_gone_is_not_tried(path):
    nb.write(path, nb.check("rnn-step"), nb.exercise("rnn-parameter_count", nb.COUNT))
    status, data = check(path)
    assert status == 1 and statuses(data)["rnn-step"] == "untried"
    assert data["exercises"][0]["headline"] == "No cell defines step." and data["stopped"] == []


@pytest.mark.slow
def test_a_mistyped_id_is_told_and_is_no_pass(path, capsys):
    nb.write(path, nb.exercise("rnn-step", nb.STEP), 'check("rnn-forwrd", 1)')
    status, out = text(path, capsys)
    assert status == 1 and "Did you mean rnn-forward?" in " ".join(out.split())


@pytest.mark.slow
def test_several_notebooks_one_of_them_broken(path, tmp_path, capsys):
    nb.write(path, nb.exercise("rnn-step", nb.STEP))
    (tmp_path / "broken.ipynb").write_text("{")
    assert main(["check", str(tmp_path / "broken.ipynb"), str(path)]) == 2
    out, err = capsys.readouterr()
    assert "2 of 2 points" in out and "broken.ipynb is not a notebook" in " ".join(err.split())


@pytest.mark.slow
def test_a_narrow_console(path):
    nb.write(path, nb.exercise("rnn-step", nb.STUB), nb.exercise("rnn-forward", nb.STUB.replace("step", "forward")))
    done = subprocess.run([sys.executable, "-m", "rnnbook.cli", "check", str(path)], capture_output=True, text=True,
                          encoding="cp1252", env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert done.returncode == 1 and done.stderr == "" and "o not tried   rnn-step" in done.stdout
