"""The core of the package runs where only NumPy is installed: `pip install .`, and Python in a browser."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import importlib, pkgutil, sys
from importlib.abc import MetaPathFinder

class OnlyNumPy(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in ("numpy", "rnnbook"):
            raise ModuleNotFoundError(f"{name} is not part of the core", name=name)

sys.meta_path.insert(0, OnlyNumPy())
package = importlib.import_module(sys.argv[1])
for info in pkgutil.walk_packages(getattr(package, "__path__", []), package.__name__ + "."):
    importlib.import_module(info.name)
print(len([name for name in sys.modules if name.startswith("rnnbook")]))
"""


def run(name: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", PROGRAM, name], capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("name", ["rnnbook.text", "rnnbook.data", "rnnbook.scratch", "rnnbook.fast", "rnnbook.checks"])
def test_the_core_imports_numpy_and_the_standard_library_only(name):
    done = run(name)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1


def test_the_guard_of_this_test_can_fail():
    done = run("rnnbook.pytorch.models")
    assert done.returncode != 0 and "torch is not part of the core" in done.stderr
