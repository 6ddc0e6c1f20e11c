"""In real kernels: one for each case, a second or two."""

import json

import pytest

from rnnbook.notebooks.execute import ENVIRONMENT, NotebookError, main, run
from rnnbook.notebooks.normalise import dumps, normalise

pytestmark = pytest.mark.slow


def notebook(*sources):
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    return normalise({"nbformat": 4, "metadata": {}, "cells": [empty | {"source": source} for source in sources]})


def text(cell):
    return "".join("".join(output.get("text", [])) for output in cell["outputs"])


def test_a_notebook_runs_in_its_folder_with_one_thread_and_gives_the_same_bytes_twice(tmp_path):
    nb = notebook(
        "import os\nprint(os.getcwd())", "print(os.environ['OMP_NUM_THREADS'], os.environ['EXTRA'])",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", "6 * 7",
    )
    first, second = (run(nb, tmp_path, env={"EXTRA": "yes"}) for _ in range(2))
    assert dumps(first) == dumps(second) == dumps(normalise(first))
    cells = first["cells"]
    assert text(cells[0]).strip() == str(tmp_path.resolve())
    assert text(cells[1]).strip() == f"{ENVIRONMENT['OMP_NUM_THREADS']} yes"
    assert "image/png" in cells[2]["outputs"][0]["data"]
    assert cells[3]["outputs"][0]["data"]["text/plain"] == ["42"]
    assert [c["execution_count"] for c in cells] == [1, 2, 3, 4]
    assert all(c["outputs"] == [] for c in nb["cells"])


@pytest.mark.parametrize(("source", "message"), [
    ("1 / 0", r"cell 2 \(1 / 0\): ZeroDivisionError"),
    ("import time; time.sleep(60)", "cell 2 .*still running after 2 s"),
    ("import os; os._exit(1)", "cell 2 .*the kernel died"),
    ("import warnings; warnings.warn('careful')", "cell 2 .*wrote to stderr"),
])
def test_a_notebook_that_does_not_run_clean_says_where_and_why(tmp_path, source, message):
    with pytest.raises(NotebookError, match=message):
        run(notebook("x = 1", source, "y = 2"), tmp_path, timeout=2)


def test_files_are_written_only_when_clean_and_exercises_never(tmp_path, capsys):
    good, bad, exercise = tmp_path / "good.ipynb", tmp_path / "bad.ipynb", tmp_path / "exercises" / "e.ipynb"
    exercise.parent.mkdir()
    for path, source in (good, "print(1)"), (bad, "oh no"), (exercise, "print(1)"):
        path.write_text(json.dumps(notebook(source)), encoding="utf-8")
    before = bad.read_bytes(), exercise.read_bytes()
    assert main([str(good), str(bad), str(exercise)]) == 1
    assert (bad.read_bytes(), exercise.read_bytes()) == before
    assert text(json.loads(good.read_text(encoding="utf-8"))["cells"][0]) == "1\n"
    out = capsys.readouterr().out
    assert "NOT written" in out and "SyntaxError" in out
    assert main([str(good)]) == 0
    assert "unchanged" in capsys.readouterr().out
