"""Choices that are the same on every Python: made from `random()` alone, and fair."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import rnnbook.data.draw as draw_module
from rnnbook.data.draw import Draw, count, share, span


def test_the_sequence_is_fixed():
    draw = Draw(0)
    assert [draw.below(100) for _ in range(8)] == [84, 75, 42, 25, 51, 40, 78, 30]
    assert draw.shuffled("abcdef") == ["e", "a", "b", "d", "f", "c"]


def test_below_reaches_every_number_about_equally_often():
    draw = Draw(1)
    counts = Counter(draw.below(5) for _ in range(5000))
    assert set(counts) == set(range(5))
    assert all(850 < n < 1150 for n in counts.values())


def test_shuffled_gives_every_order_about_equally_often():
    draw = Draw(2)
    counts = Counter(tuple(draw.shuffled("abc")) for _ in range(6000))
    assert len(counts) == 6
    assert all(850 < n < 1150 for n in counts.values())


@pytest.mark.parametrize("seed", [-1, 1.0, "0", True, None])
def test_a_seed_is_an_integer_from_0_on(seed):
    with pytest.raises(ValueError, match="seed is"):
        Draw(seed)


def test_count_names_its_argument():
    assert count("test", 3) == 3
    with pytest.raises(ValueError, match="train is 0; expected an integer of at least 1"):
        count("train", 0)


def test_the_arrays_are_fixed():
    draw = Draw(0)
    assert draw.integers(100, 8).tolist() == [63, 26, 4, 1, 81, 91, 60, 72]
    assert draw.uniform(2).tolist() == [0.5436249914654229, 0.9350724237877682]
    assert (draw.normal(3) * 65536).tolist() == [56086.0, 13008.0, -108012.0]
    assert draw.orders(2, 4).tolist() == [[1, 2, 0, 3], [2, 1, 0, 3]]


def test_single_choices_and_arrays_do_not_disturb_each_other():
    draw = Draw(0)
    draw.integers(10, 1000)
    assert [draw.below(100) for _ in range(8)] == [84, 75, 42, 25, 51, 40, 78, 30]


def test_integers_reach_every_number_about_equally_often():
    drawn = Draw(1).integers(5, (50, 100))
    assert drawn.shape == (50, 100) and drawn.dtype == np.int64
    counts = np.bincount(drawn.ravel())
    assert len(counts) == 5 and (counts > 850).all() and (counts < 1150).all()


def test_integers_take_a_bound_for_each():
    drawn = Draw(1).integers(np.array([1, 10, 100]), (1000, 3))
    assert drawn.min(axis=0).tolist() == [0, 0, 0]
    assert drawn.max(axis=0).tolist() == [0, 9, 99]


@pytest.mark.parametrize("below", [0, -3, 2.5, 2**31 + 1, np.array([3, 0])])
def test_integers_refuse_a_bound_that_is_none(below):
    with pytest.raises(ValueError, match=r"below is .*; expected integers from 1 to 2³¹"):
        Draw(0).integers(below, 2)


def test_uniform_numbers_lie_evenly_from_0_to_1():
    drawn = Draw(2).uniform(100_000)
    assert drawn.min() >= 0 and drawn.max() < 1
    assert abs(drawn.mean() - 1 / 2) < 0.005 and abs(drawn.var() - 1 / 12) < 0.002
    assert np.abs(np.histogram(drawn, 10, (0, 1))[0] - 10_000).max() < 500


def test_normal_numbers_have_the_stated_moments_and_tails():
    drawn = Draw(3).normal((100, 10_000))
    assert drawn.shape == (100, 10_000)
    assert abs(drawn.mean()) < 0.005 and abs(drawn.std() - 1) < 0.005
    assert 0.0016 < (np.abs(drawn) > 3).mean() < 0.0024 and np.abs(drawn).max() <= 6
    assert abs((np.abs(drawn) < 1).mean() - 0.6827) < 0.005           # as of a normal distribution
    assert abs(np.corrcoef(drawn[0, :-1], drawn[0, 1:])[0, 1]) < 0.05


def test_normal_numbers_do_not_hang_on_the_shape_or_on_the_chunk(monkeypatch):
    whole = Draw(4).normal(100)
    assert (Draw(4).normal((20, 5)).ravel() == whole).all()
    monkeypatch.setattr(draw_module, "CHUNK", 7)
    assert (Draw(4).normal(100) == whole).all()


def test_orders_are_permutations_and_each_is_about_equally_likely():
    counts = Counter(map(tuple, Draw(5).orders(6000, 3).tolist()))
    assert all(sorted(order) == [0, 1, 2] for order in counts)
    assert len(counts) == 6 and all(850 < n < 1150 for n in counts.values())


def test_a_span_is_a_number_or_a_range():
    assert span("delay", 5) == (5, 5)
    assert span("delay", (0, 20)) == span("delay", [0, 20]) == (0, 20)
    for value in ((3, 2), -1, (-1, 3), 2.0, (1, 2, 3), True, "12", None, (0, "1")):
        with pytest.raises(ValueError, match=r"delay is .*; expected an integer of at least 0 or a range"):
            span("delay", value)


def test_a_share_is_a_number_from_0_to_1():
    assert share("noise", 0.1) == 0.1 and share("noise", 1) == 1
    for value in (-0.1, 1.1, "0.1", True, None, float("nan")):
        with pytest.raises(ValueError, match=r"noise is .*; expected a number from 0 to 1"):
            share("noise", value)
