"""How the root conftest.py re-runs notebooks: what it lets pass, and what it stops."""

import base64
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from rnnbook.notebooks.execute import run
from rnnbook.notebooks.normalise import dumps, normalise

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def pytest_over(folder: Path) -> tuple[int, str]:
    sanitise = f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval-sanitise.cfg'}"
    options = ["--nbval", "--nbval-current-env", sanitise, "--color=no", "-p", "no:cacheprovider", "-q", "-rA"]
    done = subprocess.run([sys.executable, "-m", "pytest", *options, "."], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A book of one notebook, stored clean; a broken one among the tests, which is nobody's."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / "conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "book").mkdir()
    (folder / "tests").mkdir()
    (folder / "tests" / "sample.ipynb").write_text("no notebook at all", encoding="utf-8")
    sources = [
        "import os\nimport matplotlib.pyplot as plt\nprint('the answer', 6 * 7)",
        "plt.plot([1, 3, 2])\nplt.show()",
        "class Thing:\n    pass\n\n\nThing()",
        "print('OPENBLAS_CORETYPE' in os.environ or 'MKL_CBWR' in os.environ)",
    ]
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [empty | {"source": source} for source in sources]
    cells[3]["metadata"] = {"tags": ["nbval-ignore-output"]}
    nb = run(normalise({"nbformat": 4, "metadata": {}, "cells": cells}), folder / "book")
    return folder, nb


def store(project, edit=lambda cells: None):
    folder, nb = project
    nb = json.loads(json.dumps(nb))
    edit(nb["cells"])
    (folder / "book" / "01-a.ipynb").write_text(dumps(nb), encoding="utf-8")
    return pytest_over(folder)


def test_a_clean_notebook_passes_under_both_kernels(project):
    status, out = store(project)
    assert status == 0, out
    assert "8 passed" in out and out.count("(other kernel)::Cell") == 4


def test_a_changed_number_in_a_stored_output_fails(project):
    def edit(cells):
        cells[0]["outputs"][0]["text"] = ["the answer 43\n"]

    status, out = store(project, edit)
    assert status == 1 and "the answer 43" in out and "2 failed, 6 passed" in out


def other_picture(cells):
    buffer = io.BytesIO()
    stored = base64.b64decode(cells[1]["outputs"][0]["data"]["image/png"])
    Image.new("RGB", Image.open(io.BytesIO(stored)).size, "grey").save(buffer, format="PNG")
    cells[1]["outputs"][0]["data"]["image/png"] = base64.b64encode(buffer.getvalue()).decode()


def test_another_picture_fails_unless_it_is_of_a_training_run(project):
    status, out = store(project, other_picture)
    assert status == 1 and "picture 1 differs from the stored one by RMS" in out and "2 failed, 6 passed" in out

    def exempt(cells):
        other_picture(cells)
        cells[1]["metadata"]["tags"] = ["figure-of-training"]

    status, out = store(project, exempt)
    assert status == 0, out
