"""Reading a notebook file, and finding its exercises."""

import json

import cli_notebooks as nb
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from rnnbook.commands.notebook import Place, UsageError, find_exercises, read_cells

KNOWN = ("rnn-step", "rnn-step_backward", "rnn-forward", "rnn-parameter_count")

NOT_NOTEBOOKS = {
    "nothing": ("", "is empty"),
    "broken": ('{"cells": [', "JSON breaks off in line 1, column 12"),
    "merge": ('{\n<<<<<<< HEAD\n"cells": []}', "unfinished git merge in line 2"),
    "other_json": ('{"a": 1}', "has no cells"),
    "a_list": ("[1, 2]", "has no cells"),
    "no_source": ('{"cells": [{"cell_type": "code"}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
                  "Jupyter can read"),
    "words": ("dear teacher", "JSON breaks off"),
}


@pytest.mark.parametrize("name", NOT_NOTEBOOKS)
def test_a_file_that_is_no_notebook_is_named_with_the_reason(name, tmp_path):
    text, reason = NOT_NOTEBOOKS[name]
    path = tmp_path / f"{name}.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        read_cells(path)
    assert reason in str(error.value) and path.name in str(error.value)


def test_a_missing_file_a_folder_and_another_kind_of_file(tmp_path):
    (tmp_path / "step.py").write_text("x = 1")
    (tmp_path / "binary.ipynb").write_bytes(bytes([0xFF, 0xFE, 0x00, 0xD8]))
    for name, reason in [("none.ipynb", "is not there"), (".", "is a folder"), ("step.py", "ends in .ipynb"),
                         ("binary.ipynb", "UTF-8")]:
        with pytest.raises(UsageError, match=reason):
            read_cells(tmp_path / name)


def test_another_language_is_refused(tmp_path):
    path = nb.write(tmp_path / "r.ipynb", "x <- 1")
    content = json.loads(path.read_text())
    content["metadata"]["kernelspec"] = {"name": "ir", "language": "R", "display_name": "R"}
    path.write_text(json.dumps(content))
    with pytest.raises(UsageError, match="in R; expected one in Python"):
        read_cells(path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = nb.write(tmp_path / "bom.ipynb", "x = 1")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert [cell.source for cell in read_cells(path)][1:] == ["x = 1"]


def test_cells_are_numbered_as_jupyter_numbers_them(tmp_path):
    skipped = new_code_cell("y = 1", metadata={"tags": ["skip-execution"]})
    failing = new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    cells = read_cells(nb.write(tmp_path / "n.ipynb", "x = 1", "   ", new_markdown_cell("text"), skipped, failing))
    assert [(cell.number, cell.source) for cell in cells[1:]] == [(2, "x = 1"), (3, "1 / 0")]
    assert [cell.may_fail for cell in cells] == [False, False, True]


def test_a_cell_is_pointed_at_by_its_first_line_that_says_something(tmp_path):
    first = "# a\nimport os\n\ndef f():\n    pass"
    cells = read_cells(nb.write(tmp_path / "n.ipynb", first, "# only a remark", "a" * 90))
    assert [cell.title for cell in cells[1:]] == ["def f():", "# only a remark", "a" * 47 + "…"]


def find(path):
    places, unknown = find_exercises(read_cells(path), KNOWN)
    return places, unknown


def test_exercises_are_found_in_their_order_and_asked_for_after_their_check(tmp_path):
    places, unknown = find(nb.write(tmp_path / "n.ipynb", nb.exercise("rnn-parameter_count", nb.COUNT), "x = 1",
                                    nb.exercise("rnn-step", nb.STEP)))
    assert places == [Place("rnn-parameter_count", 2), Place("rnn-step", 5)] and unknown == []


def test_a_deleted_check_cell_hides_nothing(tmp_path):
    assert find(nb.write(tmp_path / "n.ipynb", nb.answer("rnn-step", nb.STEP)))[0] == [Place("rnn-step", 1)]


def test_an_edited_check_cell_hides_nothing(tmp_path):
    edited = nb.check("rnn-step")
    edited.source = "2"
    assert find(nb.write(tmp_path / "n.ipynb", nb.STEP, edited))[0] == [Place("rnn-step", 2)]


def test_the_heading_is_enough(tmp_path):
    heading = new_markdown_cell("## One step", metadata={"nbgrader": {"grade_id": "rnn-step-header"}})
    assert find(nb.write(tmp_path / "n.ipynb", heading))[0] == [Place("rnn-step", 1)]


def test_the_longest_id_counts_and_remarks_do_not(tmp_path):
    places, unknown = find(nb.write(
        tmp_path / "n.ipynb", nb.answer("rnn-step_backward", "x = 1"), '# check("rnn-forward", forward)'))
    assert places == [Place("rnn-step_backward", 1)] and unknown == []


def test_ids_that_nobody_knows_are_listed_once(tmp_path):
    places, unknown = find(nb.write(tmp_path / "n.ipynb", "check('rnn-stpe', step)", "check('rnn-stpe', step)"))
    assert places == [] and unknown == ["rnn-stpe"]
