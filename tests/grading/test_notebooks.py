"""A notebook file, whatever it is, becomes a program; what is wrong with it is said in words."""

from __future__ import annotations

import ast
import copy
import json
import random

import nbformat
import pytest
from hand_ins import answers, as_bytes, notebook_of, solved, stripped, untouched, with_answer
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.checks import exercises
from rnnbook.grading import notebooks
from rnnbook.grading.notebooks import read_program
from rnnbook.grading.plain import plain

IDS = [id for id, e in exercises().items() if e.chapter == "02"]
CHECK = 'report = check("rnn-step", step)\nreport.points'
STEP = answers()["rnn-step"]


def roles(program):
    return [(c.exercise, c.role) for c in program.cells if c.role != "other"]


def in_order(ids):
    return [pair for id in ids for pair in ((id, "answer"), (id, "check"))]


@pytest.mark.parametrize("change", [lambda nb: nb, stripped], ids=["as released", "without metadata"])
def test_every_exercise_is_found(change):
    for notebook in (untouched(), solved()):
        program = read_program(as_bytes(change(notebook)), IDS)
        assert roles(program) == in_order(c["metadata"]["rnnbook"]["exercise"] for c in notebook["cells"]
                                          if c["metadata"].get("rnnbook", {}).get("part") == "answer")
        assert program.problems == ()


def test_cells_are_numbered_as_jupyter_counts_them():
    program = read_program(as_bytes(notebook_of("a = 1", "", "  \n", "b = 2")), IDS)
    assert [(c.index, c.source) for c in program.cells] == [(1, "a = 1"), (2, "b = 2")]


def test_nbgraders_id_is_enough():
    notebook = solved()
    for cell in notebook["cells"]:
        cell["metadata"].pop("rnnbook", None)
        if cell["metadata"].get("nbgrader", {}).get("grade_id", "").endswith("-answer"):
            cell["source"] = "from mine import *"           # only the id tells
    assert len([r for r in roles(read_program(as_bytes(notebook), IDS)) if r[1] == "answer"]) == len(IDS)


def test_cells_out_of_order_duplicated_and_deleted():
    notebook = solved()
    random.Random(1).shuffle(notebook["cells"])
    assert sorted(roles(read_program(as_bytes(notebook), IDS))) == sorted(in_order(IDS))
    notebook = solved()
    [answer] = [c for c in notebook["cells"] if c["metadata"].get("rnnbook") == {"exercise": "rnn-step",
                                                                                "part": "answer"}]
    notebook["cells"].append(copy.deepcopy(answer))
    assert roles(read_program(as_bytes(notebook), IDS)).count(("rnn-step", "answer")) == 2
    notebook["cells"] = [c for c in notebook["cells"] if c["metadata"].get("rnnbook", {}).get("exercise") != "rnn-step"]
    assert ("rnn-step", "answer") not in roles(read_program(as_bytes(notebook), IDS))
    assert ("rnn-forward", "answer") in roles(read_program(as_bytes(notebook), IDS))


def test_a_cell_split_in_two_is_found_by_the_half_that_defines():
    notebook = with_answer("rnn-step", "def helper(x):\n    return np.tanh(x)\n")
    at = next(n for n, c in enumerate(notebook["cells"]) if c["metadata"].get("rnnbook", {}).get("part") == "answer"
              and c["metadata"]["rnnbook"]["exercise"] == "rnn-step")
    for metadata in ({}, notebook["cells"][at]["metadata"]):
        split = copy.deepcopy(notebook)
        split["cells"].insert(at + 1, {**split["cells"][at], "metadata": metadata, "source": "def step(p, x, s): ..."})
        found = [c for c in read_program(as_bytes(split), IDS).cells if (c.exercise, c.role) == ("rnn-step", "answer")]
        assert found[-1].source == "def step(p, x, s): ..."


def test_an_answer_merged_with_its_check_is_an_answer():
    program = read_program(as_bytes(notebook_of(f"{STEP}\n{CHECK}")), IDS)
    assert roles(program) == [("rnn-step", "answer")]


def test_a_copied_cell_belongs_to_what_it_defines():
    """A learner copies the answer of one exercise, with its metadata, and writes another's in it."""
    notebook = solved(only=["rnn-step"])
    answer = next(c for c in notebook["cells"] if c["metadata"].get("rnnbook") == {"exercise": "rnn-step",
                                                                                  "part": "answer"})
    forward = next(c for c in notebook["cells"] if c["metadata"].get("rnnbook") == {"exercise": "rnn-forward",
                                                                                   "part": "answer"})
    notebook["cells"].remove(forward)
    notebook["cells"].append({**copy.deepcopy(answer), "source": answers()["rnn-forward"]})
    found = [c for c in read_program(as_bytes(notebook), IDS).cells if c.exercise == "rnn-forward"
             and c.role == "answer"]
    assert [c.source for c in found] == [answers()["rnn-forward"]]


def test_a_helper_of_the_same_name_in_a_marked_cell_takes_nothing_away():
    notebook = with_answer("rnn-forward", "def step(a):\n    return a\ndef forward(params, x, state): ...",
                           with_answer("rnn-step", STEP))
    found = [c for c in read_program(as_bytes(notebook), IDS).cells if c.exercise == "rnn-step" and c.role == "answer"]
    assert [c.source for c in found] == [STEP]


def test_an_answer_below_the_stub_counts_and_a_scratch_cell_below_the_check_does_not():
    notebook = untouched()
    at = next(n for n, c in enumerate(notebook["cells"]) if c["metadata"].get("rnnbook") == {"exercise": "rnn-step",
                                                                                            "part": "check"})
    notebook["cells"].insert(at, {"cell_type": "code", "metadata": {}, "source": STEP})
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": "def step(a):\n    return 'scratch'"})

    def last_answer():
        return [c for c in read_program(as_bytes(notebook), IDS).cells
                if (c.exercise, c.role) == ("rnn-step", "answer")][-1].source

    assert last_answer() == STEP
    del notebook["cells"][at + 1]                # the check is gone: the marked cell is the answer
    assert "not tried yet" in last_answer()


def test_without_metadata_what_was_checked_counts():
    later = "def step(something, else_): ..."
    program = read_program(as_bytes(notebook_of(STEP, CHECK, later)), IDS)
    assert roles(program) == [("rnn-step", "answer"), ("rnn-step", "check")]
    assert roles(read_program(as_bytes(notebook_of(CHECK, STEP)), IDS)) == [("rnn-step", "check"),
                                                                           ("rnn-step", "answer")]


def test_one_name_in_two_chapters_belongs_to_the_next_check():
    two = ["rnn-step", "lstm-step"]
    sources = ("def step(a): ...", 'check("rnn-step", step)', "def step(b): ...", 'check("lstm-step", step)')
    expected = [("rnn-step", "answer"), ("rnn-step", "check"), ("lstm-step", "answer"), ("lstm-step", "check")]
    assert roles(read_program(as_bytes(notebook_of(*sources)), two)) == expected
    assert roles(read_program(as_bytes(notebook_of(*sources)), two[1:])) == expected[2:]       # the first is no one's
    assert roles(read_program(as_bytes(notebook_of(*sources)), two[:1])) == expected[:2]


def test_a_check_in_a_comment_is_none():
    assert roles(read_program(as_bytes(notebook_of('# check("rnn-step", step)\nx = 1')), IDS)) == []


@pytest.mark.parametrize("source, name", [
    ("if True:\n    def step(): ...", "step"), ("try:\n    step = 1\nexcept: pass", "step"),
    ("from mine import step", "step"), ("from mine import other as step", "step"), ("a, (b, step) = 1, (2, 3)", "step"),
    ("step: int = 3", "step"), ("with open('x') as step: pass", ""), ("def other():\n    step = 1", ""),
    ("step == 3", ""), ("class step: ...", "step"), ("for step in range(3): pass", "step"),
    ("def step(:\n  pass", "step"), ("x = step", ""), ("obj.step = 1", ""),
])
def test_what_a_cell_defines(source, name):
    found = [c for c in read_program(as_bytes(notebook_of(source)), IDS).cells if c.role == "answer"]
    assert len(found) == bool(name)


# ---- what is not Python ----

@pytest.mark.parametrize("source, expected", [
    ("%matplotlib inline\nx = 1", "get_ipython().run_line_magic('matplotlib', 'inline')\nx = 1\n"),
    ("!pip install numpy", "get_ipython().system('pip install numpy')\n"),
    ("files = !ls", "files = get_ipython().getoutput('ls')\n"),
    ("%%bash\nls", "get_ipython().run_cell_magic('bash', '', 'ls\\n')\n"),
    ("np.tanh?", "get_ipython().run_line_magic('pinfo', 'np.tanh')\n"),
    ("pip install numpy", "get_ipython().run_line_magic('pip', 'install numpy')\n"),
    ("%time h = step(1)", "h = step(1)\n"),
    ("%%time\nx = 1", "# %%time\nx = 1"),
    ("\n%%capture out\n%%time\n!ls\nx = 1", "# %%capture out\n# %%time\nget_ipython().system('ls')\nx = 1\n"),
    (">>> x = 1\n>>> y = 2", "x = 1\ny = 2\n"),
    ("    x = 1\n    y = 2", "x = 1\ny = 2\n"),
    ("x = 5 % 3 != 1", "x = 5 % 3 != 1"),
])
def test_magics_become_calls(source, expected):
    assert plain(source) == (expected, "")


def test_lines_keep_their_numbers():
    source, wrong = plain("%%time\n%matplotlib inline\n!ls\n\ndef step(x):\n    return x")
    assert not wrong
    assert next(n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef)).lineno == 5


def test_a_broken_cell_does_not_sink_the_others():
    program = read_program(as_bytes(with_answer("rnn-step", "def step(params, x_t, state:\n    return x_t", solved())),
                           IDS)
    [problem] = program.problems
    broken = next(c for c in program.cells if c.exercise == "rnn-step" and c.role == "answer")
    assert broken.source == ""
    assert problem.startswith(f"cell {broken.index}, with the answer to rnn-step: not Python: line 1:")
    assert "def step(params, x_t, state:" in problem
    assert sum(bool(c.source) for c in program.cells) == len(program.cells) - 1


@pytest.mark.parametrize("source", ["x = 'a\x00b'", "x = '\ud800'", "-" * 100_000 + "1", "(" * 5000,
                                    "a" + ".b" * 50_000,
                                    "print 'hello'", "def f():\nreturn 1", "\tif 1:\n  x", "x = 9" + "9" * 5000,
                                    "%" * 3000, "!" + "\n!" * 3000, "?" * 500, "%%", "%%\n", "%", "!", "%%time", "\\",
                                    "%%time\n" * 5000])
def test_no_cell_raises(source):
    program = read_program(as_bytes_of_any(notebook_of(source, "x = 1")), IDS)
    assert program.cells[-1].source == "x = 1"
    for cell in program.cells:
        ast.parse(cell.source)
    for problem in program.problems:
        assert problem.encode() and len(problem) <= 400


def as_bytes_of_any(notebook):
    return json.dumps(notebook).encode()        # lone surrogates as \u escapes


def test_a_cell_of_magics_only_is_not_worked_at_for_minutes(monkeypatch):
    program = read_program(as_bytes(notebook_of("\n".join(f"!echo {n}" for n in range(3000)))), IDS)
    assert "too many magics" in program.problems[0]
    monkeypatch.setattr(notebooks, "MAGIC_WORK", 20_000)
    many = read_program(as_bytes(notebook_of(*["!a\n" * 20 + "x"] * 20)), IDS)
    assert any("too many magics" in p for p in many.problems)          # the limit is the notebook's, not the cell's


# ---- what is not a notebook ----

@pytest.mark.parametrize("data, said", [
    (b"", "empty"), (b"  \n ", "empty"), (b"\xef\xbb\xbf", "empty"),
    (b"<!DOCTYPE html><html>", "a web page"), (b"\n<html lang='en'>", "a web page"),
    (b"PK\x03\x04....", "zip archive or an Office document"), (b"%PDF-1.7", "a PDF"), (b"\x89PNG\r\n", "a picture"),
    (b"import numpy as np\n\ndef step(x):\n    return x", "a Python script"),
    (b"#!/usr/bin/env python\nx = 1", "a Python script"), (b"Dear teacher, my dog ate it.", "something else"),
    (b"{\\rtf1 hello}", "RTF"), (b"{", "ends in the middle"), (b'{"cells": [{"cell_type": "co', "ends in the middle"),
    (b'{"cells": }', "breaks off in line 1"), (b'{"a": 1}', "no notebook: it has no cells"), (b"[]", "no cells"),
    (b'{"cells": 5, "nbformat": 4}', "not a list"), (b'{"cells": [], "nbformat": 4}', "it has no cells"),
    (b'{"cells": [7, null, {"cell_type": 3}], "nbformat": 4}', "3 cells are damaged"),
    (b'{"cells": [{"cell_type": "code", "source": 9}], "nbformat": 4}', "1 cell is damaged"),
    (b'{"cells": [{"cell_type": "markdown", "source": "x"}], "nbformat": 4}', "has no code"),
    (b"[" * 100_000, "nested too deeply"), (b'{"cells": ' + b"9" * 5000 + b"}", "far too long"),
    (b'{\n<<<<<<< HEAD\n"cells": []}', "unfinished git merge in line 2"),
    (b'{"worksheets": [], "nbformat": 77}', "cannot be read"), (bytes(range(256)), "something else"),
])
def test_what_is_not_a_notebook_is_said_in_words(data, said):
    program = read_program(data, IDS)
    assert program.cells == ()
    assert said in " ".join(program.problems)


def test_a_notebook_in_another_language():
    notebook = notebook_of("x <- 1", language_info={"name": "R"})
    assert read_program(as_bytes(notebook), IDS).problems == ("This is a notebook in r; expected one in Python.",)


@pytest.mark.parametrize("encoding, said", [("utf-8-sig", ()), ("utf-16", ("UTF-16",)), ("cp1252", ("old encoding",))])
def test_encodings(encoding, said):
    data = json.dumps(solved(), ensure_ascii=False).replace("−", "-").encode(encoding, "replace")
    if encoding == "cp1252":
        data = json.dumps(with_answer("rnn-step", STEP + "\n# é")).replace("\\u00e9", "é").encode("cp1252")
    program = read_program(data, IDS)
    assert len(program.cells) > 10
    assert len(program.problems) == len(said) and all(s in p for s, p in zip(said, program.problems, strict=True))


@pytest.mark.filterwarnings("ignore:Cell is missing an id")
def test_old_formats_are_converted():
    old = nbformat.convert(nbformat.reads(as_bytes(stripped(solved())).decode(), as_version=4), 3)
    program = read_program(json.dumps(old).encode(), IDS)
    assert len([r for r in roles(program) if r[1] == "answer"]) == len(IDS)
    without = solved()
    del without["nbformat"]
    assert len(roles(read_program(as_bytes(without), IDS))) == 2 * len(IDS)


def test_what_is_too_large_is_not_read():
    data = b'{"cells": [], "x": "' + b"y" * notebooks.LARGEST
    assert "at most 16 MB" in read_program(data, IDS).problems[0]
    program = read_program(as_bytes(notebook_of(*["x = 1"] * 3000)), IDS)
    assert len(program.cells) == 2000 and "up to cell 2000" in program.problems[0]
    program = read_program(as_bytes(notebook_of("x = 1", "#" * 600_000)), IDS)
    assert len(program.cells) == 1 and "up to cell 1." in program.problems[0]
    assert len(read_program(as_bytes(notebook_of(*["def f(:"] * 100)), IDS).problems) == 21


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_notebook_damaged_anywhere_never_raises(data):
    whole = as_bytes(with_answer("rnn-step", STEP))
    kind = data.draw(st.sampled_from(["cut", "flip", "swap"]))
    at = data.draw(st.integers(0, len(whole) - 1))
    if kind == "cut":
        damaged = whole[:at]
    elif kind == "flip":
        damaged = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1:]
    else:
        length = data.draw(st.integers(1, 2000))
        damaged = whole[:at] + whole[at + length:]
    program = read_program(damaged, IDS)
    assert program.cells or program.problems
    "".join([*program.problems, *(c.source for c in program.cells)]).encode()


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["cells", "cell_type", "source", "metadata", "nbformat", "rnnbook", "exercise",
                                         "part", "nbgrader", "grade_id", "worksheets", "tags", "language_info",
                                         "name"]),
                        inner, max_size=5), max_leaves=25)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.fixed_dictionaries({"cell_type": st.just("code") | JSON, "source": st.text(max_size=20) | JSON,
                                       "metadata": JSON}), max_size=4), JSON, JSON)
def test_no_json_raises(cells, metadata, whole):
    read_program(json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}).encode(), IDS)
    read_program(json.dumps(whole).encode(), IDS)
