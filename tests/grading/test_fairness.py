"""Right answers in whatever form have all points; each known mistake loses some and is named. By the real command."""

from __future__ import annotations

import inspect
import re

import fair_answers
import fair_notebooks
import hand_ins
import pytest

from rnnbook import cli
from rnnbook.checks import exercises
from rnnbook.checks import hidden_state as chapter
from rnnbook.checks.hidden_state import boundaries, draw, ends, forms, loop, shapes, step
from rnnbook.grading.gradebook import Gradebook

KNOWN = {e.id: e for e in exercises().values() if e.chapter == "02"}
MOST = sum(e.points for e in KNOWN.values())
SOURCES = fair_answers.sources()


def graded(tmp_path, files):
    """The gradebook's rows after `rnnbook grade` of a folder with these files, by student."""
    hand_ins.folder_of(tmp_path / "in", files)
    words = ["grade", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--jobs", "2"]
    assert cli.main(words) == 0
    with Gradebook(tmp_path / "out" / "gradebook.sqlite") as book:
        return {row.student: row for row in book.rows()}


def classes():
    """Notebooks as (form, answers) until each form and each answer has been used.

    An answer that returns lists stands beside such that do not call it: for these, too, it may be an array.
    """
    left = {id: list(found) for id, found in SOURCES.items()}
    forms_left = list(fair_notebooks.SHAPES)
    while forms_left or any(left.values()):
        mine = {}
        for id, found in SOURCES.items():
            lists = any("tolist" in mine.get(other, "") or "return [[" in mine.get(other, "") for other in CALLED)
            fit = [s for s in left[id] or found if not (lists and calls(s))] or [s for s in found if not calls(s)]
            mine[id] = fit[0]
            if fit[0] in left[id]:
                left[id].remove(fit[0])
        yield forms_left.pop(0) if forms_left else "stripped", mine


CALLED = ("rnn-step", "rnn-forward")


def calls(source):
    """Whether it calls the answer to another exercise."""
    return bool(re.search(r"(?<!def )\b(step|forward)\(", source))


def test_there_are_two_hundred_different_answers():
    assert set(SOURCES) == set(KNOWN)
    assert sum(len(set(found)) for found in SOURCES.values()) >= 200
    assert all(len(found) >= 5 for found in SOURCES.values())


@pytest.mark.slow
def test_right_but_different_loses_nothing(tmp_path):
    files, made_of = {}, {}
    for n, (shape, mine) in enumerate(classes()):
        files[f"s{n:03}.ipynb"] = fair_notebooks.hand_in(shape, mine)
        made_of[f"s{n:03}"] = shape, mine
    rows = graded(tmp_path, files)
    assert set(rows) == set(made_of)
    lost = [f"{student}, {made_of[student][0]}, {mark.exercise}: {mark.points} of {mark.max_points}: {mark.headline} "
            f"{mark.outputs} {row.problems[:3]}\n{made_of[student][1][mark.exercise]}"
            for student, row in rows.items() for mark in row.marks if mark.points != mark.max_points]
    assert not lost, f"{len(lost)}\n" + "\n\n".join(lost[:8])
    fewer = [f"{student}, {made_of[student][0]}: {row.final} of {row.max_points}" for student, row in rows.items()
             if (row.final, row.max_points) != (MOST, MOST)]
    assert not fewer, fewer


MADE = """
import sys, types
import numpy as np

made = {"made": types.ModuleType("made")}
sys.modules.update(made)

def load(name, source):
    module = sys.modules["made." + name] = types.ModuleType("made." + name)
    setattr(made["made"], name, module)
    exec(source, vars(module))
    return module

load("exercise", '''
class Mistake:
    def __init__(self, name, wrong, hint, **more):
        self.name, self.wrong, self.hint = name, wrong, hint

class Exercise:
    def __init__(self, **all):
        vars(self).update(all)
''')
"""


def wrong_functions():
    """A cell that makes the mistakes of the chapter anew, out of their source: `wrong[id][n]`."""
    lines = [MADE, "wrong = {}"]
    for module in (draw, step, loop, forms, shapes, boundaries, ends):
        source = inspect.getsource(module).replace("rnnbook.checks.exercise", "made.exercise")
        source = source.replace(chapter.__name__, "made")
        name = module.__name__.rpartition(".")[2]
        lines.append(f"module = load({name!r}, {source!r})\n"
                     "wrong |= {e.id: [m.wrong for m in e.mistakes] for e in getattr(module, 'EXERCISES', ())}")
    return "\n".join(lines)


@pytest.mark.slow
def test_each_listed_mistake_loses_points_and_is_named(tmp_path):
    right, helper, files = hand_ins.answers(), wrong_functions(), {}
    for n in range(max(len(e.mistakes) for e in KNOWN.values())):
        mine = dict(right)
        for id, e in KNOWN.items():
            if n < len(e.mistakes):
                mine[id] = f"{e.name} = wrong[{id!r}][{n}]"
        notebook = hand_ins.with_answers(mine)
        at = next(k for k, c in enumerate(notebook["cells"]) if c["cell_type"] == "code")
        notebook["cells"].insert(at + 1, fair_notebooks.cell(helper))
        files[f"s{n:03}.ipynb"] = notebook
    rows = graded(tmp_path, files)
    found = []
    for student, row in rows.items():
        n = int(re.sub(r"\D", "", student))
        for mark in row.marks:
            mistakes = KNOWN[mark.exercise].mistakes
            if n >= len(mistakes):
                continue                                         # the model's answer, perhaps with a wrong step in it
            shown = [m["name"] for m in mark.feedback.get("mistakes", ())]
            if mark.points >= mark.max_points or mistakes[n].name not in mark.mistakes or mistakes[n].name not in shown:
                found.append(f"{mark.exercise}, {mistakes[n].name}: {mark.points} of {mark.max_points}, {mark.status}, "
                             f"{mark.headline}, named {mark.mistakes}, {row.problems[:2]}")
    assert not found, f"{len(found)}\n" + "\n".join(found[:20])
    assert sum(len(row.marks) for row in rows.values()) == len(rows) * len(KNOWN)
