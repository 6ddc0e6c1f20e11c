"""Every argument of every set, given what no set can make sense of: a ValueError that names it, and at once."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from rnnbook import data
from rnnbook.data import dataset, draw

WRONG = (-1, float("nan"), "no such thing", b"x", (), (3, 1), (1, 2, 3), [1, [2]], {"a": 1}, object(), 10**12)
UNLIMITED = {"seed", "min_freq"}                     # 10¹² is a seed, and a frequency that no word reaches
SCALES = {"mackey_glass", "pendulum"}                # whose noise may be of any size
ARGUMENTS = [(name, argument) for name, make in data.SETS.items() for argument in inspect.signature(make).parameters]


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_a_wrong_argument_is_named(name, argument):
    for value in WRONG:
        if value == 10**12 and (argument in UNLIMITED or (argument == "noise" and name in SCALES)):
            continue
        with pytest.raises(ValueError, match=rf"\b{argument}\b"):
            data.SETS[name](**{argument: value})


@pytest.mark.parametrize("request_", [
    lambda: data.adding(length=100_000), lambda: data.recall(k=100_000), lambda: data.recall(test_delay=1_000_000),
    lambda: data.dyck(length=100_000), lambda: data.copy_strings(length=100_000), lambda: data.tones(notes=100_000),
    lambda: data.clicks(length=1_000_000), lambda: data.heartbeats(length=10_000_000), lambda: data.dna(length=10**6),
    lambda: data.positions(T=100_000), lambda: data.echo(length=10_000_000), lambda: data.parity(test_length=10**6),
])
def test_what_would_not_fit_into_memory_is_refused_before_it_is_made(request_):
    with pytest.raises(ValueError, match=r"asks for \d+ sequences of up to \d+ steps; expected at most 50000000"):
        request_()


def test_room_counts_the_steps_of_all_sequences():
    draw.room("length", 500, 100_000)
    with pytest.raises(ValueError, match="length asks for 501 sequences of up to 100000 steps"):
        draw.room("length", 501, 100_000)


def test_sizes_of_both_splits_are_checked():
    draw.sizes(1, 1)
    draw.sizes(0, 1, least=0)
    for train, test, name in ((0, 1, "train"), (1, 0, "test"), (8, 1, "train"), (1, 8, "test"), (True, 1, "train")):
        with pytest.raises(ValueError, match=f"^{name} is "):
            draw.sizes(train, test, most=7)


@pytest.mark.parametrize("name", data.SETS)
def test_a_batch_of_anything_but_examples_is_refused(name):
    made = data.SETS[name]()
    example = made.test[0]
    for wrong in ((), [], example, [example, None], 3, iter([example])):
        with pytest.raises(ValueError, match=r"^examples(\[\d\])? is "):
            made.batch(wrong)


def test_several_names_the_example_that_is_none():
    assert dataset.several(["a", "b"], str) == ["a", "b"]
    with pytest.raises(ValueError, match=r"examples\[1\] is a int; expected a str"):
        dataset.several(["a", 1], str)
    with pytest.raises(ValueError, match="examples is a ndarray; expected a list or tuple of ndarray"):
        dataset.several(np.zeros(3), np.ndarray)


def test_the_validation_split_is_an_attribute_where_there_is_one():
    for made in (data.threshold(), data.treebank()):
        assert made.validation is made.splits["validation"] and len(made.validation) > 0
    with pytest.raises(ValueError, match="moods has no split 'validation'; it has 'train', 'test'"):
        data.moods().validation  # noqa: B018
