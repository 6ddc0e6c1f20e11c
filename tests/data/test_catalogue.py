"""The sets as a whole: their list, what they import, and the variants whose bytes are promised too."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
import test_every_set as every

from rnnbook import data


def test_the_catalogue_lists_every_set_in_one_line():
    lines = data.catalogue()
    assert list(lines) == list(data.SETS)
    for name, line in lines.items():
        assert line and "\n" not in line and line[-1] in ".?"
        assert getattr(data, name) is data.SETS[name] and name in data.__all__


def test_every_public_name_is_there():
    assert all(hasattr(data, name) for name in data.__all__)


@pytest.mark.parametrize("name", every.VARIANTS)
def test_the_bytes_of_the_variants_are_those_that_were_pinned(name):
    assert json.loads(every.HASHES.read_text())[name] == every.facts(name)


def test_everything_is_pinned_but_what_is_the_running_pythons_own():
    assert set(json.loads(every.HASHES.read_text())) == {*data.SETS, *every.VARIANTS} - {"prose", "code"}


@pytest.mark.slow
@pytest.mark.parametrize("name", data.SETS)
def test_no_set_opens_a_connection(name, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError(f"{name} opens a socket")

    monkeypatch.setattr(socket, "socket", refuse)
    assert data.SETS[name]().train


@pytest.mark.slow
def test_what_names_no_package_needs_numpy_and_the_standard_library_only():
    script = """
import sys
from importlib.metadata import packages_distributions
owners = packages_distributions()
before = set(sys.modules)
from rnnbook import data
for name in sys.argv[1:]:
    data.SETS[name]()
    packages = {owner for m in set(sys.modules) - before for owner in owners.get(m.partition(".")[0], ())}
    assert packages <= {"numpy", "rnnbook"}, (name, packages)
"""
    names = [name for name in data.SETS if not every.loaded(name).source or every.of_this_python(every.loaded(name))]
    assert len(names) > 10
    done = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
