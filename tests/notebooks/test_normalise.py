import copy
import json

import pytest

from rnnbook.notebooks.normalise import dumps, find, main, normalise, write


def code(source, outputs=(), count=None, **more):
    cell = {"cell_type": "code", "metadata": {}, "source": source, "outputs": list(outputs), "execution_count": count}
    return cell | more


def notebook(*cells, **metadata):
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": metadata, "cells": list(cells)}


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def test_metadata_of_a_machine_and_an_editor_go_ours_stay():
    nb = notebook(
        code("1", metadata={
            "execution": {"iopub.execute_input": "2026"}, "collapsed": True, "scrolled": 1, "tags": ["hide-input"],
            "rnnbook": {"reason": "r"}, "mystnb": {"image": {"alt": "a"}}, "nbgrader": {"grade": True},
        }),
        kernelspec={"name": "my-env", "display_name": "Mine"}, language_info={"name": "python", "version": "3.13.1"},
        widgets={"state": {}}, vscode={"x": 1},
    )
    done = normalise(nb)
    assert done["metadata"]["kernelspec"] == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert "version" not in done["metadata"]["language_info"]
    assert set(done["metadata"]) == {"kernelspec", "language_info"}
    assert set(done["cells"][0]["metadata"]) == {"tags", "rnnbook", "mystnb", "nbgrader"}
    assert done["nbformat_minor"] == 5


def test_the_argument_is_left_alone_and_normal_form_is_a_fixed_point():
    title = {"cell_type": "markdown", "metadata": {}, "source": "# T\n"}
    nb = notebook(title, code(["a\n", "b\n"], [stream("x\n"), stream("y\n")], 7))
    before = copy.deepcopy(nb)
    once = normalise(nb)
    assert nb == before
    assert dumps(normalise(once)) == dumps(once)
    assert dumps(once).endswith("}\n") and dumps(once).startswith('{\n "cells"')


def test_ids_are_kept_where_legal_and_unique():
    given = ["keep", "keep", "not legal", "", "keep-2"]
    nb = notebook(*[code(f"x = {i}", id=cell_id) for i, cell_id in enumerate(given)], code("no id"))
    ids = [cell["id"] for cell in normalise(nb)["cells"]]
    assert ids[0] == "keep" and ids[4] == "keep-2"
    assert len(set(ids)) == 6 and all(i.replace("-", "").isalnum() for i in ids)
    assert ids == [cell["id"] for cell in normalise(nb)["cells"]]
    twins = normalise(notebook(code("same"), code("same")))["cells"]
    assert twins[1]["id"] == twins[0]["id"] + "-2"


def test_execution_counts_follow_the_order_and_a_cell_that_never_ran_has_none():
    result = {"output_type": "execute_result", "execution_count": 40, "metadata": {}, "data": {"text/plain": "1"}}
    nb = notebook(code("a", count=9), code("never"), code("b", [result], 40), code("c", [stream("x")]))
    cells = normalise(nb)["cells"]
    assert [c["execution_count"] for c in cells] == [1, None, 2, 3]
    assert cells[2]["outputs"][0]["execution_count"] == 2


def test_streams_are_joined_and_addresses_and_widgets_go():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}
    widget = {"output_type": "display_data", "metadata": {}, "data": view}
    result = {"output_type": "execute_result", "metadata": {}, "execution_count": 1}
    result["data"] = {"text/plain": "<f at 0x7f3a12bc>"}
    streams = [stream("x\n"), stream(["y", "z\n"]), stream("err", "stderr"), stream("w")]
    nb = notebook(code("a", [*streams, widget, result], 1))
    outputs = normalise(nb)["cells"][0]["outputs"]
    assert [o["output_type"] for o in outputs] == ["stream", "stream", "stream", "execute_result"]
    assert outputs[0]["text"] == ["x\n", "yz\n"]
    assert outputs[3]["data"]["text/plain"] == ["<f at 0x…>"]


def test_an_old_format_is_refused():
    with pytest.raises(ValueError, match="nbformat 3"):
        normalise({"nbformat": 3})


def test_check_tells_and_changes_nothing_and_without_it_the_file_is_rewritten(tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook(code("1"))), encoding="utf-8")
    before = path.read_bytes()
    assert main(["--check", str(path)]) == 1
    assert path.read_bytes() == before and "not normalised" in capsys.readouterr().out
    assert main([str(path)]) == 0
    assert path.read_text(encoding="utf-8") == dumps(normalise(notebook(code("1"))))
    assert main(["--check", str(path)]) == 0
    assert list(tmp_path.iterdir()) == [path]


def test_find_goes_through_the_three_folders_in_order(tmp_path):
    wanted = ["book/01-a.ipynb", "book/02-b.ipynb", "exercises/01-a.ipynb"]
    for name in (*reversed(wanted), "book/.ipynb_checkpoints/01-a.ipynb", "else/x.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        write(tmp_path / name, "{}")
    assert [p.relative_to(tmp_path).as_posix() for p in find(tmp_path)] == wanted
