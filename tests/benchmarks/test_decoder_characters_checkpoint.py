"""The contenders of the larger benchmarks agree, and a cache is counted right. No test here is about time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import characters, checkpoint, decoder, table
from rnnbook.scratch import rnn

CASES = [
    (decoder, (1, 4, 3, 2, 5, "additive")),
    (decoder, (3, 4, 5, 2, 6, "scaled_dot")),
    (characters, (1, 6, 5, 4)),
    (checkpoint, (2, 30, 3, 4)),
]


@pytest.mark.parametrize(("suite", "size"), CASES)
def test_contenders_agree(suite, size):
    suite.check(suite.contenders(size))


@pytest.mark.parametrize(("suite", "size"), CASES)
def test_a_wrong_contender_is_stopped(suite, size):
    contenders = suite.contenders(size)
    *_, name = contenders
    run = contenders[name]
    contenders[name] = lambda: {key: array + 0.1 for key, array in run().items()}
    with pytest.raises(AssertionError, match=f"{name}: .* differs by"):
        suite.check(contenders)


def test_checkpoints_keep_less_than_a_fortieth():
    found = checkpoint.memory((1, 8192, 2, 8))
    assert found["ratio"] >= 40
    assert found["full"] / (found["kept"] + found["segment"]) == pytest.approx(found["ratio"])


def test_memory_is_counted_once_and_as_a_whole():
    a = np.zeros((4, 8), np.float32)
    assert checkpoint.nbytes({"a": a[1:], "b": [a, (a[0], a.T)]}) == a.nbytes
    assert checkpoint.nbytes([a, np.zeros(3)], a[2]) == 24
    params = rnn.init(np.random.default_rng(0), 2, 3)
    _, _, cache = rnn.forward(params, np.ones((5, 1, 2)))
    assert checkpoint.nbytes(cache, cache.x, *params.values()) == (6 * 3) * 8 + 5


@pytest.mark.parametrize("name", ["decoder", "characters", "checkpoint"])
def test_the_published_table_is_the_kept_result(name):
    folder = Path(__file__).resolve().parents[2] / "benchmarks"
    result = json.loads((folder / "results" / f"{name}.json").read_text(encoding="utf-8"))
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert result["suite"] == name and table.with_table(page, result) == page
