"""What every set of `rnnbook.data` promises, whatever it holds.

The hashes of hashes.json are compared on every Python that runs the tests. After a set was changed on purpose:

    python tests/data/test_every_set.py        writes hashes.json
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import inspect
import json
import platform
import re
import tracemalloc
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from rnnbook import data

HASHES = Path(__file__).with_name("hashes.json")
VARIANTS = {        # further calls whose bytes are promised
    "intents by template": lambda: data.intents(split="template"),
    "prose of the book": lambda: data.prose(text="book"),
}
SEEDED = [name for name, make in data.SETS.items() if "seed" in inspect.signature(make).parameters]


@pytest.fixture(scope="module", params=data.SETS)      # of this scope, so that all tests of a set run in a row
def name(request):
    return request.param


@lru_cache(maxsize=2)
def loaded(name):
    return VARIANTS[name]() if name in VARIANTS else data.SETS[name]()


@lru_cache
def hash_of(name):
    return loaded(name).sha256()


def of_this_python(dataset):
    """Whether it is made of what came with the running Python, and so differs from release to release."""
    return platform.python_version() in dataset.source


def leaves(value):
    """Every value inside tuples, mappings and named tuples that is none itself."""
    if isinstance(value, tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_describe_is_one_line_with_its_name_its_licence_and_its_source(name):
    dataset = loaded(name)
    line = dataset.describe()
    assert line.startswith(f"{name}: ") and "\n" not in line and "  " not in line
    assert dataset.name == name
    assert dataset.licence and dataset.licence in line
    assert dataset.source in line


def test_the_limits_are_stated(name):
    limits = loaded(name).limits
    assert limits.strip() == limits and limits.endswith(".") and "\n" not in limits


def test_the_docstring_says_what_it_is_in_one_line_and_where_it_comes_from(name):
    documented = inspect.getdoc(data.SETS[name])
    first, *rest = documented.splitlines()
    assert first[-1] in ".?" and rest[0] == ""
    assert re.search(r"^Source: ", documented, re.MULTILINE)


def test_no_split_is_empty_and_train_and_test_are_among_them(name):
    dataset = loaded(name)
    assert {"train", "test"} <= set(dataset.splits)
    assert all(dataset.splits.values())


@pytest.mark.slow
def test_the_same_call_gives_the_same_bytes(name):
    assert hash_of(name) == loaded(name).sha256() == data.SETS[name]().sha256()


def test_no_example_is_in_two_splits(name):
    dataset = loaded(name)
    parts = [{json.dumps(dataset._plain(e)) for e in examples} for examples in dataset.splits.values()]
    for i, part in enumerate(parts):
        assert not any(part & other for other in parts[i + 1 :])


def test_nothing_in_it_can_be_changed(name):
    dataset = loaded(name)
    for field in dataclasses.fields(dataset):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(dataset, field.name, None)
    with pytest.raises(TypeError):
        dataset.splits["train"] = ()
    for examples in dataset.splits.values():
        assert isinstance(examples, tuple)
        for leaf in (leaf for e in (*examples[:50], *examples[-50:]) for leaf in leaves(e)):
            if isinstance(leaf, np.ndarray):
                with pytest.raises(ValueError, match="read-only"):
                    leaf[...] = 0
            else:
                assert isinstance(leaf, str | bytes | int | float | bool | np.generic), type(leaf)


def test_batch_puts_examples_side_by_side(name):
    dataset = loaded(name)
    examples = dataset.test[:3]
    batch = dataset.batch(examples)
    assert isinstance(batch, tuple) and batch._fields
    assert any(array.ndim >= 2 and array.shape[1] == len(examples) for array in batch)      # (T, B, …)


@pytest.mark.slow
def test_another_seed_gives_other_examples(name):
    if name in SEEDED:
        assert data.SETS[name](seed=1).sha256() != hash_of(name)
    else:
        assert loaded(name).source, "what has no seed comes from somewhere"


def test_a_seed_that_is_none_is_refused(name):
    for seed in (-1, 0.5, "0", True) if name in SEEDED else ():
        with pytest.raises(ValueError, match="seed is "):
            data.SETS[name](seed=seed)


def test_what_comes_from_a_package_names_its_installed_version(name):
    dataset = loaded(name)
    if dataset.source and not of_this_python(dataset):
        package, version = dataset.source.replace(",", "").split()[:2]
        assert importlib.metadata.version(package) == version


@pytest.mark.slow
def test_loading_it_takes_less_than_100_megabytes(name):
    data.SETS[name]()       # what it imports is not counted
    tracemalloc.start()
    try:
        kept = data.SETS[name]()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert kept.train and peak < 100e6


def test_its_bytes_are_those_that_were_pinned(name):
    """On every Python; for the pinned version of a package; not for what is the running Python's own."""
    pinned = json.loads(HASHES.read_text())
    if not of_this_python(loaded(name)):
        assert pinned[name] == facts(name)


def facts(name):
    """What hashes.json holds of a set."""
    return {"source": loaded(name).source, "sha256": hash_of(name)}


def main() -> None:
    names = [n for n in [*data.SETS, *VARIANTS] if not of_this_python(loaded(n))]
    HASHES.write_text(json.dumps({n: facts(n) for n in names}, indent=2) + "\n")


if __name__ == "__main__":
    main()
