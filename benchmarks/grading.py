"""A class of chapter 2's ten exercises on one core: `rnnbook grade` with full isolation against `nbgrader autograde`.

Both run by their real commands, pinned to one core, in turns: a round has one of each. Time is that of a clock.

- `rnnbook grade --jobs 1 --require-isolation full` grades the whole class; its time, start included, over the class.
- `nbgrader autograde` grades a sample of the same files: the time of SAMPLE + 1 notebooks less that of one, over
  SAMPLE, is that of a notebook; what the one took longer is its start, which counts once for the whole class.

Correctness first: both give the same points for each exercise of the sample.
"""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
STEM = "02-hidden-state"
CLASS, SAMPLE = 300, 10
KINDS = {"NumPy": "", "torch": "import torch\n\ntorch.manual_seed(0)"}
WRONG = {
    1: {"rnn-step": "def step(params, x_t, state):\n"
                    "    return np.tanh(x_t @ params['W_xh'].T + state @ params['W_hh'].T)\n"},
    2: {"rnn-last_state": "def last_state(hs, lengths):\n    return hs[-1]\n",
        "rnn-right_head": "right_head = {'is it spam': 'softmax'}\n"},
}


def suite(rounds: int, students: int = CLASS, sample: int = SAMPLE, kinds: Mapping[str, str] = KINDS) -> dict:
    """Time both for each kind of notebook; a result like those of `benchmarks.timing`, with notebooks a second."""
    from benchmarks.timing import machine

    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        rows = [{"size": [name, students, sample], "contenders": race(first, rounds, students, sample)}
                for name, first in kinds.items()]
    finally:
        os.sched_setaffinity(0, before)
    about = {key: value for key, value in machine().items() if key not in ("dtype", "threads")}
    about |= {"cores": 1, "nbgrader": version()}
    return {"suite": "grading", "machine": about, "rounds": rounds, "rows": rows}


def race(first: str, rounds: int, students: int, sample: int) -> dict[str, dict]:
    """Milliseconds a notebook, notebooks a second, and quartiles of the ratio, for both."""
    seconds = np.empty((rounds, 2))
    for turn in range(rounds):
        with tempfile.TemporaryDirectory(prefix="rnnbook-benchmark-") as folder:
            course = prepare(Path(folder), first, students, sample)
            for which in (0, 1) if turn % 2 else (1, 0):
                seconds[turn, which] = (ours, theirs)[which](course, students, sample)
            compare(course, sample)
    ratios = seconds / seconds[:, :1]
    quartiles = np.quantile(ratios, [0.25, 0.5, 0.75], axis=0)
    return {name: {"ms": _short(1e3 * np.median(seconds[:, i])), "a second": _short(1 / np.median(seconds[:, i])),
                   "ratio": [_short(q) for q in quartiles[:, i]]}
            for i, name in enumerate(("rnnbook grade", "nbgrader autograde"))}


def markdown(result: dict) -> str:
    """The table of a result."""
    lines = ["| notebooks import | rnnbook grade, a second | nbgrader autograde, a second | rnnbook / nbgrader |",
             "|---|---:|---:|---:|"]
    for row in result["rows"]:
        ours, theirs = row["contenders"].values()
        low, middle, high = theirs["ratio"]
        lines.append(f"| {row['size'][0]} | {ours['a second']:g} | {theirs['a second']:g} | "
                     f"{middle:.0f} ({low:.0f} to {high:.0f}) |")
    about = ", ".join(f"{key} {value}" for key, value in result["machine"].items())
    _, students, sample = result["rows"][0]["size"]
    counts = f"{students} notebooks for rnnbook and a sample of {sample} for nbgrader"
    return "\n".join([*lines, "", f"Medians (quartiles of the ratio) of {result['rounds']} rounds, {counts}; {about}."])


# ---- A course

def prepare(course: Path, first: str, students: int, sample: int) -> Path:
    """A course of nbgrader's with the chapter released, and the whole class in a folder of its own."""
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'rnn'\n")
    (course / "source" / "hw").mkdir(parents=True)
    solution = json.loads((ROOT / "solutions" / f"{STEM}.ipynb").read_text(encoding="utf-8"))
    (course / "source" / "hw" / f"{STEM}.ipynb").write_text(json.dumps(solution), encoding="utf-8")
    nbgrader(course, "generate_assignment", "hw")
    released = json.loads((course / "release" / "hw" / f"{STEM}.ipynb").read_text(encoding="utf-8"))
    right = {c["metadata"]["rnnbook"]["exercise"]: re.sub(r"^[ \t]*### (BEGIN|END) SOLUTION\n?", "",
             "".join(c["source"]), flags=re.M) for c in solution["cells"] if is_answer(c)}
    (course / "class").mkdir()
    for n in range(students):
        notebook = json.dumps(filled(released, right | WRONG.get(n % 3, {}), f"# student {n}\n{first}"))
        (course / "class" / f"s{n:03}.ipynb").write_text(notebook, encoding="utf-8")
        if n <= sample:
            folder = course / "submitted" / f"s{n:03}" / "hw"
            folder.mkdir(parents=True)
            (folder / f"{STEM}.ipynb").write_text(notebook, encoding="utf-8")
    points = {c["metadata"]["nbgrader"]["grade_id"]: c["metadata"]["nbgrader"]["points"] for c in released["cells"]
              if c["metadata"].get("nbgrader", {}).get("grade")}
    allowed = ["numpy", "torch"] if first else ["numpy"]
    lines = ['title = "Homework"', f'notebook = "{STEM}"', f"allowed = {allowed}", "[exercises]",
             *(f"{id} = {value}" for id, value in points.items())]
    (course / "hw.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return course


def is_answer(cell: dict) -> bool:
    """Whether a cell holds an answer."""
    return cell["metadata"].get("rnnbook", {}).get("part") == "answer"


def filled(released: dict, answers: Mapping[str, str], first: str) -> dict:
    """The student's notebook with answers, and `first` before the first code cell's source."""
    notebook = copy.deepcopy(released)
    for cell in notebook["cells"]:
        if is_answer(cell):
            cell["source"] = answers[cell["metadata"]["rnnbook"]["exercise"]]
    code = next(c for c in notebook["cells"] if c["cell_type"] == "code")
    code["source"] = f"{first}\n{''.join(code['source'])}"
    return notebook


# ---- The two commands; seconds for one notebook

def ours(course: Path, students: int, sample: int) -> float:
    """`rnnbook grade` of the class."""
    start = time.perf_counter()
    run(course, sys.executable, "-m", "rnnbook.cli", "grade", "class", "--homework", "hw.toml", "--out", "grades",
        "--jobs", "1", "--require-isolation", "full")
    return (time.perf_counter() - start) / students


def theirs(course: Path, students: int, sample: int) -> float:
    """`nbgrader autograde` of the class, as a sample of it tells."""
    start = time.perf_counter()
    nbgrader(course, "autograde", "hw", "--student=s000")
    middle = time.perf_counter()
    nbgrader(course, "autograde", "hw", "--force")                 # all of the sample, s000 again
    one, more = middle - start, time.perf_counter() - middle
    each = (more - one) / sample
    return each + (one - each) / students


def nbgrader(course: Path, *words: str) -> None:
    """Run one of its commands."""
    run(course, str(Path(sys.executable).parent / "nbgrader"), *words)


def run(course: Path, *words: str) -> None:
    """Run a command in the course, on one thread."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, cwd=course, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words[:3])}: {done.stderr[-2000:]}")


def compare(course: Path, sample: int) -> None:
    """Both gave the same points for each exercise of the sample."""
    from nbgrader.api import Gradebook as Theirs

    from rnnbook.grading.gradebook import Gradebook

    with Gradebook(course / "grades" / "gradebook.sqlite") as book:
        rows = {row.student: row for row in book.rows()}
    if len(rows) <= sample or any(row.level != "full" for row in rows.values()):
        raise AssertionError("not all notebooks were graded with full isolation")
    with Theirs(f"sqlite:///{course / 'gradebook.db'}") as theirs_book:
        for n in range(sample + 1):
            [notebook] = theirs_book.find_submission("hw", f"s{n:03}").notebooks
            found = {grade.name: grade.score for grade in notebook.grades}
            mine: dict[str, Any] = {mark.exercise: mark.points for mark in rows[f"s{n:03}"].marks}
            if mine != found:
                raise AssertionError(f"s{n:03}: rnnbook gives {mine}, nbgrader {found}")


def version() -> str:
    """nbgrader's."""
    import nbgrader

    return nbgrader.__version__


def _short(number: float) -> float:
    return float(f"{number:.3g}")
