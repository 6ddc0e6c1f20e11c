"""Small notebooks for the tests of the command: an exercise is an answer's cell and a check cell, as in the book's."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

SETUP = "import numpy as np\nfrom rnnbook.checks import check, hint, progress"

STEP = """
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
"""

STEP_WITHOUT_BIAS = """
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T)
"""

COUNT = """
def parameter_count(D, H, K, T):
    return H * D + H * H + H + K * H + K
"""

COUNT_TIMES_T = """
def parameter_count(D, H, K, T):
    return T * (H * D + H * H + H) + K * H + K
"""

LAST = """
def last_state(hs, lengths):
    return hs[np.asarray(lengths) - 1, np.arange(hs.shape[1])]
"""

LAST_IS_A_PAD = """
def last_state(hs, lengths):
    return hs[-1]
"""

STUB = """
def step(params, x_t, state):
    raise NotImplementedError("your turn")
"""


def answer(id: str, source: str) -> nbformat.NotebookNode:
    """The cell a learner fills in."""
    return new_code_cell(source.strip(), metadata={"nbgrader": {
        "schema_version": 3, "grade": False, "solution": True, "locked": False, "grade_id": f"{id}-answer"}})


def check(id: str) -> nbformat.NotebookNode:
    """The cell below it."""
    name = id.split("-", 1)[1]
    return new_code_cell(f'report = check("{id}", {name})\nreport.points', metadata={"nbgrader": {
        "schema_version": 3, "grade": True, "solution": False, "locked": True, "grade_id": id, "points": 2}})


def exercise(id: str, source: str) -> list[nbformat.NotebookNode]:
    """Both."""
    return [answer(id, source), check(id)]


def write(path: Path, *cells: nbformat.NotebookNode | str | list[nbformat.NotebookNode]) -> Path:
    """A notebook of these cells, after a title and SETUP; a string is a code cell."""
    flat: list[nbformat.NotebookNode] = [new_markdown_cell("# Exercises"), new_code_cell(SETUP)]
    for cell in cells:
        flat += cell if isinstance(cell, list) else [new_code_cell(cell) if isinstance(cell, str) else cell]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(new_notebook(cells=flat, metadata=kernel), path)
    return path
