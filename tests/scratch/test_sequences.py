"""What every recurrent layer does around its loop. The errors are those of the layers: test_errors.py."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbook.scratch import sequences

X = np.arange(1.0, 13.0).reshape(3, 2, 2)            # (T, B, D)
LENGTHS = np.array([3, 1])


def test_prepare_blanks_the_pads_and_nothing_else():
    x = X.copy()
    x[1:, 1] = np.nan
    before = x.copy()
    clean, mask = sequences.prepare(x, 2, LENGTHS)
    assert mask.shape == (3, 2, 1)
    assert mask[:, :, 0].tolist() == [[True, True], [True, False], [True, False]]
    assert np.array_equal(clean, np.where(mask, X, 0))
    assert np.array_equal(x, before, equal_nan=True)


def test_prepare_copies_nothing_where_nothing_is_padded():
    x, mask = sequences.prepare(X, 2)
    assert x is X
    assert mask.all()
    assert sequences.prepare(X, 2, np.array([3, 3]))[0] is X


def test_ends_and_last():
    _, mask = sequences.prepare(X, 2, LENGTHS)
    assert sequences.ends(mask).tolist() == [3, 1]
    h = np.arange(4.0)[:, None, None] + np.zeros((4, 2, 5))                   # h[t] = t
    assert sequences.last(h, mask)[:, 0].tolist() == [3, 1]


def test_entering_adds_dlast_at_each_end():
    _, mask = sequences.prepare(X, 2, LENGTHS)
    h = np.zeros((4, 2, 1))
    dhs, dlast = np.ones((3, 2, 1)), np.array([[10.0], [20.0]])
    assert sequences.entering(h, mask, dhs, dlast)[:, :, 0].tolist() == [[1, 21], [1, 0], [11, 0]]
    assert sequences.entering(h, mask, None, dlast)[:, :, 0].tolist() == [[0, 20], [0, 0], [10, 0]]
    assert sequences.entering(h, mask, dhs, None)[:, :, 0].tolist() == [[1, 1], [1, 0], [1, 0]]
    assert not sequences.entering(h, mask, None, None).any()
    assert (dhs == 1).all(), "dhs is never changed"


@pytest.mark.parametrize("lengths", [None, LENGTHS])
@pytest.mark.parametrize("gradient", [np.float32, np.float64])
def test_entering_has_the_states_dtype(gradient, lengths):
    _, mask = sequences.prepare(X, 2, lengths)
    h = np.zeros((4, 2, 1), np.float32)
    for dlast in (None, np.ones((2, 1), gradient)):
        assert sequences.entering(h, mask, np.ones((3, 2, 1), gradient), dlast).dtype == np.float32


def test_start():
    x = X.astype(np.float32)
    assert sequences.start(None, x, 5).shape == (2, 5)
    assert sequences.start(None, x, 5).dtype == np.float32
    state = np.ones((2, 5))
    assert sequences.start(state, x, 5) is state
    with pytest.raises(ValueError, match=r"state\.c has shape \(2, 4\); expected \(2, 5\)"):
        sequences.start(np.ones((2, 4)), x, 5, "state.c")


def test_sizes():
    params = {"W_xh": np.ones((12, 2)), "W_hh": np.ones((12, 4)), "b_h": np.ones(12), "b_hn": np.ones(4)}
    assert sequences.sizes(params, gates=3) == (2, 4)
    assert sequences.sizes(params, gates=3, b_hn=1) == (2, 4)
    with pytest.raises(ValueError, match=r"params\['b_hn'\] has shape \(4,\); expected \(8,\)"):
        sequences.sizes(params, gates=3, b_hn=2)
    with pytest.raises(ValueError, match=r"params has no 'p_i'"):
        sequences.sizes(params, gates=3, p_i=1)
    with pytest.raises(ValueError, match=r"\(12, 2\); expected \(5H, D\): H rows for each gate"):
        sequences.sizes(params, gates=5)
