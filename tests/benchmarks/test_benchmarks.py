"""The benchmarks compare like with like, and the published table is the measured one. No test here is about time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import rnnbook
from benchmarks import rnn, table, timing

ROOT = Path(rnnbook.__file__).parents[1]
SMALL = (3, 5, 4, 6)


@pytest.mark.parametrize("size", [SMALL, (1, 1, 1, 1), (1, 7, 3, 2)])
def test_contenders_agree(size):
    contenders = rnn.contenders(size)
    rnn.check(contenders)
    B, T, D, H = size
    shapes = {"hs": (T, B, H), "dx": (T, B, D), "W_xh": (H, D), "W_hh": (H, H), "b_h": (H,)}
    for name in ("scratch", "naive", "torch"):
        arrays = contenders[name]()
        assert {key: array.shape for key, array in arrays.items()} == shapes
        assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("key", ["hs", "dx", "W_xh", "W_hh", "b_h"])
def test_a_wrong_contender_is_stopped(key):
    contenders = rnn.contenders(SMALL)
    right = contenders["naive"]()
    contenders["naive"] = lambda: right | {key: right[key] + 0.01}
    with pytest.raises(AssertionError, match=f"naive: {key} differs by"):
        rnn.check(contenders)


def test_the_first_contender_is_the_measure():
    result = timing.race({"a": lambda: None, "b": lambda: None}, rounds=3)
    assert result["a"]["ratio"] == [1, 1, 1]
    assert sorted(result["b"]["ratio"]) == result["b"]["ratio"]


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


def test_the_published_table_is_the_kept_result():
    result = json.loads((ROOT / "benchmarks" / "results" / "rnn.json").read_text(encoding="utf-8"))
    page = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert table.with_table(page, result) == page
    assert [tuple(row["size"]) for row in result["rows"]] == rnn.SIZES, "every size is published"
    assert list(result["rows"][0]["contenders"]) == ["scratch", "naive", "torch", "products"]
