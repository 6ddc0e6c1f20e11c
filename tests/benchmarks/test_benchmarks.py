"""The benchmarks compare like with like, and the published tables are the measured ones. No test here is about time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import rnnbook
from benchmarks import grading, gru, layers, lstm, rnn, table, timing

ROOT = Path(rnnbook.__file__).parents[1]
SMALL = (3, 5, 4, 6)
LAYERS = {"rnn": rnn, "lstm": lstm, "gru": gru}
GATES = {"rnn": 1, "lstm": 4, "gru": 3}
CONTENDERS = ["fast", "fast, new memory", "scratch", "naive", "torch", "products"]
KEPT = ["rnn", "rnn-haswell", "lstm", "lstm-haswell", "lstm-hold", "gru", "gru-haswell"]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("size", [SMALL, (1, 1, 1, 1), (1, 7, 3, 2)])
def test_contenders_agree(name, size):
    contenders = LAYERS[name].contenders(size)
    assert list(contenders) == CONTENDERS
    LAYERS[name].check(contenders)
    (B, T, D, H), G = size, GATES[name]
    shapes = {"hs": (T, B, H), "dx": (T, B, D), "W_xh": (G * H, D), "W_hh": (G * H, H), "b_h": (G * H,)}
    shapes |= {"b_hn": (H,)} if name == "gru" else {}
    for contender in CONTENDERS[:-1]:
        arrays = contenders[contender]()
        assert {key: array.shape for key, array in arrays.items()} == shapes
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("contender", CONTENDERS[1:-1])
@pytest.mark.parametrize("key", ["hs", "dx", "W_xh", "W_hh", "b_h", "b_hn"])
def test_a_wrong_contender_is_stopped(key, contender):
    contenders = gru.contenders(SMALL)
    right = contenders[contender]()
    contenders[contender] = lambda: right | {key: right[key] + 0.01}
    with pytest.raises(AssertionError, match=f"{contender}: {key} differs by"):
        layers.check(contenders)


def test_the_first_contender_is_the_measure():
    result = timing.race({"a": lambda: None, "b": lambda: None}, rounds=3)
    assert result["a"]["ratio"] == [1, 1, 1]
    assert sorted(result["b"]["ratio"]) == result["b"]["ratio"]


def test_the_machine_is_named():
    machine = timing.machine()
    assert {"cpu", "threads", "dtype", "python", "numpy", "torch"} == set(machine)
    assert "kernels" in machine["numpy"]


def test_results_are_kept(tmp_path):
    (tmp_path / "README.md").write_text("before\n<!-- rnn -->\nold\n<!-- /rnn -->\nafter\n", encoding="utf-8")
    entry = {"a": {"ms": 2.5, "ratio": [1, 1, 1]}, "b": {"ms": 5.0, "ratio": [1.9, 2.0, 2.25]}}
    machine = {"cpu": "C", "threads": 1}
    result = {"suite": "rnn", "machine": machine, "rounds": 3, "rows": [{"size": [1, 2, 3, 4], "contenders": entry}]}
    table.keep(result, tmp_path)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert page.startswith("before\n<!-- rnn -->\n| (B, T, D, H) | a, ms | b / a |\n")
    assert "| (1, 2, 3, 4) | 2.5 | 2.00 (1.90 to 2.25) |" in page
    assert page.endswith("<!-- /rnn -->\nafter\n")
    assert "old" not in page
    assert json.loads((tmp_path / "results" / "rnn.json").read_text(encoding="utf-8")) == result


@pytest.mark.parametrize("name", KEPT)
def test_the_published_table_is_the_kept_result(name):
    result = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert result["suite"] == name
    assert table.with_table(page, result) == page
    assert [tuple(row["size"]) for row in result["rows"]] == layers.SIZES, "every size is published"
    assert all(list(row["contenders"]) == CONTENDERS for row in result["rows"])


def test_the_published_table_of_grading_is_the_kept_result():
    result = json.loads((ROOT / "benchmarks" / "results" / "grading.json").read_text(encoding="utf-8"))
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert result["suite"] == "grading" and table.with_table(page, result) == page
    assert [tuple(row["size"]) for row in result["rows"]] == [(k, grading.CLASS, grading.SAMPLE) for k in grading.KINDS]


def test_the_summary_is_the_kept_result():
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    for name in KEPT:
        rows = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))["rows"]
        medians = ", ".join(str(row["contenders"]["torch"]["ratio"][1]) for row in rows)
        assert f"| {medians} |" in page, f"{name}: {medians}"
