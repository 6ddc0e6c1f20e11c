"""One contract for every layer, held by discovery.

A layer is a module of `rnnbook.scratch` with init, forward and backward; a recurrent one has step too. A new one is
found here by itself, and fails until it stands in `RECURRENT` or `OTHERS`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from three_ways import RECURRENT, by_hand, case, parts

import rnnbook
from rnnbook import scratch
from rnnbook.scratch import embedding, layer_norm, linear

NAMES = [info.name for info in pkgutil.iter_modules(scratch.__path__)]
MODULES = {name: importlib.import_module(f"rnnbook.scratch.{name}") for name in NAMES}
LAYERS = {name: module for name, module in MODULES.items() if hasattr(module, "backward")}


@dataclass(frozen=True)
class Other:
    """A layer without a state: how to make its sizes, its input and the gradient of its output."""

    module: ModuleType
    sizes: tuple[int, ...]
    x: Any
    dy: np.ndarray


OTHERS = {
    "embedding": Other(embedding, (7, 3), np.array([[1, 6], [0, 1]]), np.ones((2, 2, 3))),
    "linear": Other(linear, (4, 3), np.linspace(-1, 1, 24).reshape(2, 3, 4), np.ones((2, 3, 3))),
    "layer_norm": Other(layer_norm, (4,), np.linspace(-1, 1, 24).reshape(2, 3, 4), np.ones((2, 3, 4))),
}
every_layer = pytest.mark.parametrize("module", LAYERS.values(), ids=LAYERS)
recurrent = pytest.mark.parametrize("layer", RECURRENT.values(), ids=RECURRENT)
other = pytest.mark.parametrize("layer", OTHERS.values(), ids=OTHERS)


def parameters(function) -> list[str]:
    """Names of a function's parameters, with "=" where there is a default."""
    found = inspect.signature(function).parameters.values()
    return [p.name + ("" if p.default is p.empty else f"={p.default}") for p in found]


def public(module) -> dict:
    """Functions and classes that a module defines under a public name."""
    found = inspect.getmembers(module, lambda v: inspect.isfunction(v) or inspect.isclass(v))
    return {name: value for name, value in found if value.__module__ == module.__name__ and not name.startswith("_")}


def test_every_layer_is_registered():
    assert {name for name, module in LAYERS.items() if hasattr(module, "step")} == set(RECURRENT)
    assert {name for name, module in LAYERS.items() if not hasattr(module, "step")} == set(OTHERS)


# ---- Signatures and docstrings ---------------------------------------------------------------------------------------

@recurrent
def test_recurrent_signatures(layer):
    module = layer.module
    assert parameters(module.step) == ["params", "x_t", "state"]
    assert parameters(module.forward) == ["params", "x", "state=None", "lengths=None"]
    assert parameters(module.backward) == ["cache", "dhs=None", "dlast=None"]
    assert parameters(module.init)[:3] == ["rng", "D", "H"]


@every_layer
def test_signatures(module):
    assert parameters(module.init)[0] == "rng"
    assert all(name[0].isupper() or "=" in name for name in parameters(module.init)[1:]), "sizes have capital letters"
    assert parameters(module.forward)[0] == "params"
    assert parameters(module.backward)[0] == "cache"
    assert issubclass(module.Cache, tuple)


@pytest.mark.parametrize("module", MODULES.values(), ids=MODULES)
def test_everything_public_says_what_it_is(module):
    assert module.__doc__
    for name, value in public(module).items():
        assert value.__doc__, f"{name} has no docstring"
        for parameter in inspect.signature(value).parameters.values():
            assert parameter.annotation is not parameter.empty, f"{name}: {parameter.name} has no annotation"


@every_layer
def test_a_layer_gives_its_equation_and_shapes(module):
    assert " = " in module.__doc__
    for name in ("init", "forward", "backward"):
        assert "(" in getattr(module, name).__doc__, f"{name} gives no shapes"


@recurrent
def test_a_recurrent_layer_documents_every_argument_and_names_its_source(layer):
    for function in (layer.module.forward, layer.module.backward):
        for argument in list(inspect.signature(function).parameters)[1:]:
            assert f"{argument} : " in function.__doc__
    assert "Source: " in layer.module.__doc__
    assert "Raises" in layer.module.forward.__doc__


# ---- Returns ---------------------------------------------------------------------------------------------------------

@recurrent
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("with_state", [True, False])
@pytest.mark.parametrize("loss", ["every", "last", "both"])
def test_recurrent_returns(layer, dtype, with_state, loss):
    T, B, D, H = 4, 3, 2, 5
    c = case(layer.module, T, B, D, H, lengths=[4, 1, 2], state=with_state, loss=loss).astype(dtype)
    hs, last, cache = layer.module.forward(c.params, c.x, c.state, c.lengths)
    dx, dstate, grads = layer.module.backward(cache, c.dhs, c.dlast)
    assert isinstance(cache, layer.module.Cache)
    assert hs.shape == (T, B, H)
    assert dx.shape == (T, B, D)
    assert type(last) is type(dstate)
    assert all(array.shape == (B, H) for array in parts(last) + parts(dstate))
    assert {name: grad.shape for name, grad in grads.items()} == {name: p.shape for name, p in c.params.items()}
    assert {array.dtype for array in by_hand(layer, c).values()} == {np.dtype(dtype)}
    state = layer.module.step(c.params, c.x[0], last)
    assert type(state) is type(last)
    assert all(array.shape == (B, H) and array.dtype == dtype for array in parts(state))


@recurrent
def test_float32_input_meets_float64_parameters(layer):
    """NumPy's rule: the outputs are float64, and equal to those of the same numbers in float64."""
    c = case(layer.module, 3, 2, 2, 4, state=False)
    hs, last, cache = layer.module.forward(c.params, c.x.astype(np.float32))
    assert {array.dtype for array in [hs, *parts(last)]} == {np.dtype(np.float64)}
    expected, _, _ = layer.module.forward(c.params, c.x.astype(np.float32).astype(np.float64))
    assert np.array_equal(hs, expected)
    _, _, grads = layer.module.backward(cache, c.dhs)
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float64)}


@other
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_other_returns(layer, dtype):
    params = {name: p.astype(dtype) for name, p in layer.module.init(np.random.default_rng(0), *layer.sizes).items()}
    x = layer.x.astype(dtype) if layer.x.dtype.kind == "f" else layer.x
    y, cache = layer.module.forward(params, x)
    assert isinstance(cache, layer.module.Cache)
    assert (y.shape, y.dtype) == (layer.dy.shape, dtype)
    returned = layer.module.backward(cache, layer.dy.astype(dtype))
    *dx, grads = returned if isinstance(returned, tuple) else (returned,)
    assert [(d.shape, d.dtype) for d in dx] == ([(x.shape, dtype)] if x.dtype.kind == "f" else [])
    assert {name: (g.shape, g.dtype) for name, g in grads.items()} == {n: (p.shape, dtype) for n, p in params.items()}


@every_layer
def test_init_is_float64_and_repeatable(module):
    sizes = [3, 4][: len([p for p in inspect.signature(module.init).parameters.values() if p.default is p.empty]) - 1]
    first, again, different = (module.init(np.random.default_rng(seed), *sizes) for seed in (0, 0, 1))
    assert {p.dtype for p in first.values()} == {np.dtype(np.float64)}
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert module is layer_norm or not all(np.array_equal(first[name], different[name]) for name in first)
    assert len({p.tobytes() for p in first.values()}) == len(first), "every parameter is drawn on its own"


@recurrent
def test_recurrent_init_is_uniform_within_pytorch_s_bound(layer):
    params = layer.module.init(np.random.default_rng(0), 50, 64)
    for name, p in params.items():
        assert np.abs(p).max() <= 1 / np.sqrt(64), name
        assert np.abs(p).max() > 0.9 / np.sqrt(64), name
        assert abs(p.mean()) < 0.5 / np.sqrt(64), name


# ---- What the core may import ----------------------------------------------------------------------------------------

ROOT = Path(rnnbook.__file__).parent
CORE = sorted([ROOT / "text.py", ROOT / "validate.py", *(ROOT / "scratch").rglob("*.py")])


@pytest.mark.parametrize("path", CORE, ids=[str(path.relative_to(ROOT)) for path in CORE])
def test_the_core_imports_numpy_and_the_standard_library_only(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    tops = {name.split(".")[0] for name in imported}
    assert tops <= {"numpy", "rnnbook"} | sys.stdlib_module_names
    assert not tops & {"threading", "multiprocessing", "concurrent", "subprocess"}, "the core also runs in the browser"
    rooms = {name.split(".")[1] for name in imported if name.startswith("rnnbook.")}
    assert rooms <= {"scratch", "text", "validate"}, "dependencies point down"
