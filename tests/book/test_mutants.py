"""The book's asserts bite: a library with a fault in it breaks at least one of them.

Each mutant is one edit of a copy of the package. The code of the chapters is then run against the copy, and an `assert`
of the book, not any other exception, must break. A mutant that survives is a claim nobody holds.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from rnnbook.notebooks.execute import ENVIRONMENT

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "book").glob("*.ipynb"))


class Mutant(NamedTuple):
    name: str
    file: str       # inside rnnbook/
    old: str        # stands there exactly once
    new: str


RNN, TEXT, LOSSES, TORCH = "scratch/rnn.py", "text.py", "scratch/losses.py", "pytorch/models.py"
SEQUENCES = "scratch/sequences.py"
MUTANTS = [
    # one step
    Mutant("the bias is dropped", RNN, ' + params["b_h"])', ")"),
    Mutant("W_hh is not transposed", RNN, 'h @ params["W_hh"].T', 'h @ params["W_hh"]'),
    Mutant("tanh is the identity", RNN, 'np.tanh(x_t @ params["W_xh"].T', '(x_t @ params["W_xh"].T'),
    Mutant("tanh is a sigmoid", RNN, "return np.tanh(x_t @", "return 0.5 + 0.5 * np.tanh(0.5 * x_t @"),
    Mutant("the input is not read", RNN, 'x_t @ params["W_xh"].T', '0 * x_t @ params["W_xh"].T'),
    # the loop
    Mutant("the state is not carried", RNN, "_step(params, x[t], h[t])", "_step(params, x[t], h[0])"),
    Mutant("the initial state is ignored", RNN, "h[0] = h_0", "h[0] = 0"),
    Mutant("time runs backward", RNN, "_step(params, x[t], h[t])", "_step(params, x[T - 1 - t], h[t])"),
    Mutant("lengths are ignored", SEQUENCES, "validate.lengths(lengths, T, B)", "validate.lengths(None, T, B)"),
    Mutant("last is the state at step T", SEQUENCES, "return h[lengths, np.arange(len(lengths))]", "return h[-1]"),
    Mutant("last is one step early", SEQUENCES, "return h[lengths, np", "return h[lengths - 1, np"),
    Mutant("hs goes on after the end", RNN, "hs = sequences.zero_pads(h[1:].copy(), mask)", "hs = h[1:].copy()"),
    # text, embedding, output layer, heads
    Mutant("pads stand in front", TEXT, "tokens[: lengths[b], b] =", "tokens[-lengths[b] :, b] ="),
    Mutant("the mask is one step long", TEXT, "[:, None] < lengths", "[:, None] <= lengths"),
    Mutant("the output bias is dropped", "scratch/linear.py", ' + params["b_y"], Cache', ", Cache"),
    Mutant("softmax is over the batch", LOSSES, "return e / e.sum(axis=-1,", "return e / e.sum(axis=0,"),
    Mutant("sigmoid is tanh", LOSSES, "0.5 * np.tanh(0.5 * np.asarray(logits)) + 0.5", "np.tanh(np.asarray(logits))"),
    Mutant("pads count in the mean", LOSSES, "N = int(mask.sum())\n    shifted", "N = mask.size\n    shifted"),
    # PyTorch
    Mutant("the classifier reads step T", TORCH, "packed = pack_padded_sequence(x, lengths, enforce_sorted=False)",
           "packed = pack_padded_sequence(x, torch.full_like(lengths, T))"),
    Mutant("PyTorch's state is not carried", TORCH, "self.rnn(packed, state)", "self.rnn(packed)"),
]
BACKWARD = [    # for the chapter on backpropagation through time: the list joins MUTANTS when it stands
    Mutant("dh_next is dropped", RNN, "(dhs[t] + dh)", "dhs[t]"),
    Mutant("the derivative of tanh is 1", RNN, "(1 - h[t + 1] ** 2) * (dhs", "(dhs"),
    Mutant("dW_hh is overwritten", RNN, "np.tensordot(da, h[:-1], axes=((0, 1), (0, 1)))", "da[0].T @ h[0]"),
    Mutant("dW_hh reads h_t for h_{t-1}", RNN, "np.tensordot(da, h[:-1],", "np.tensordot(da, h[1:],"),
    Mutant("a repeated token keeps one gradient", "scratch/embedding.py",
           "np.add.at(dW_emb, tokens, dx)", "dW_emb[tokens] = dx"),
]
if any(path.name.startswith("03-") for path in NOTEBOOKS):
    MUTANTS += BACKWARD


def mutate(mutant: Mutant, folder: Path) -> None:
    """Put a copy of the package, with the mutant's edit, into `folder`."""
    shutil.copytree(ROOT / "rnnbook", folder / "rnnbook", ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "rnnbook" / mutant.file
    source = path.read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1, f"{mutant.old!r} stands {source.count(mutant.old)} times in {mutant.file}"
    path.write_text(source.replace(mutant.old, mutant.new), encoding="utf-8")


def run_book(package: Path, notebooks: list[Path] = NOTEBOOKS) -> dict:
    """Run the notebooks, in processes of their own, against the rnnbook in `package`, until an assert breaks."""
    env = {**os.environ, **ENVIRONMENT, "MPLBACKEND": "Agg", "PYTHONPATH": str(package), "PYTHONDONTWRITEBYTECODE": "1"}
    errors: list[str] = []
    for notebook in notebooks:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("run_cells.py")), str(notebook), str(package)],
            cwd=notebook.parent, env=env, capture_output=True, text=True, timeout=600,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        result = json.loads(done.stdout.splitlines()[-1])
        errors += result["errors"]
        if result["broken"]:
            return {"broken": f"{notebook.name}, {result['broken']}", "errors": errors}
    return {"broken": None, "errors": errors}


@pytest.mark.slow
def test_the_book_holds_with_the_library_as_it_is():
    assert run_book(ROOT) == {"broken": None, "errors": []}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_the_book_breaks(mutant: Mutant, tmp_path):
    mutate(mutant, tmp_path)
    result = run_book(tmp_path)
    print(f"{mutant.name}: {result['broken']}")
    assert result["broken"], f"{mutant.name}: no assert of the book breaks; other exceptions: {result['errors'][:3]}"


@pytest.mark.parametrize("mutant", MUTANTS + BACKWARD, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_the_edit_applies(mutant: Mutant):
    source = (ROOT / "rnnbook" / mutant.file).read_text(encoding="utf-8")
    assert source.count(mutant.old) == 1
    compile(source.replace(mutant.old, mutant.new), mutant.file, "exec")


def test_only_a_broken_assert_of_the_notebook_counts(tmp_path):
    """The harness itself: three notebooks, of which one asserts something false."""
    def notebook(name: str, *cells: str) -> Path:
        path = tmp_path / f"{name}.ipynb"
        text = json.dumps({"cells": [{"cell_type": "code", "source": [cell]} for cell in cells]})
        path.write_text(text, encoding="utf-8")
        return path

    holds = notebook("holds", "x = 1", "assert x == 1\ndisplay(x)")
    raises = notebook("raises", "import numpy as np\nnp.testing.assert_allclose(1, 2)", "undefined", "x = 3")
    breaks = notebook("breaks", "def f(x):\n    assert x == 2, 'why'", "f(2)", "f(3)")
    assert run_book(ROOT, [holds]) == {"broken": None, "errors": []}
    result = run_book(ROOT, [raises])
    assert result["broken"] is None and len(result["errors"]) == 2
    assert run_book(ROOT, [holds, breaks])["broken"] == "breaks.ipynb, code cell 3: assert x == 2, 'why'"
