"""Choices that are the same on every Python: made from `random()` alone, and fair."""

from __future__ import annotations

from collections import Counter

import pytest

from rnnbook.data.draw import Draw, count


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
