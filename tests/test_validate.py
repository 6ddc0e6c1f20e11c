"""The checks of arguments: what they let through unchanged, and the words they refuse with."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rnnbook import validate


def error(message):
    return pytest.raises(ValueError, match=re.escape(message))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_array_returns_the_array_itself(dtype):
    value = np.ones((2, 3), dtype)
    assert validate.array("x", value, (2, None)) is value


def test_array_takes_lists_of_numbers():
    assert validate.array("x", [[1.0, 2.0]], (1, 2)).shape == (1, 2)


@pytest.mark.parametrize(("value", "shape", "message"), [
    (np.ones(3), (4,), "x has shape (3,); expected (4,)"),
    (np.ones((2, 3)), (2, 4), "x has shape (2, 3); expected (2, 4)"),
    (np.ones((2, 3)), (None, 4), "x has shape (2, 3); expected (any, 4)"),
    (np.ones((2, 3)), (None,), "x has shape (2, 3); expected (any,)"),
    (np.ones((2, 3)), (2, 3, 1), "x has shape (2, 3); expected (2, 3, 1)"),
    (np.ones((0, 3)), (None, 3), "x is empty: shape (0, 3); expected (any, 3), every size at least 1"),
    (np.ones(3, complex), (3,), "x has dtype complex128; expected float32 or float64"),
    (np.ones(3, np.longdouble), (3,), "; expected float32 or float64"),
    (["a"], (1,), "x has dtype <U1; expected float32 or float64"),
    ([[1.0], [1.0, 2.0]], (2, 2), "x has rows of unequal length; expected an array (see rnnbook.text.pad_batch)"),
])
def test_array_refuses(value, shape, message):
    with error(message):
        validate.array("x", value, shape)


def test_array_names_the_sizes_it_is_told():
    with error("x has shape (3,); expected (T, B, 2)"):
        validate.array("x", np.ones(3), (None, None, 2), sizes="(T, B, 2)")


def test_params():
    params = {"W": np.ones((2, 3)), "b": np.ones(2), "more": "is ignored"}
    validate.params(params, {"W": (2, None), "b": (2,)})
    with error("params has no 'c'; it needs W, c"):
        validate.params(params, {"W": (2, 3), "c": (2,)})
    with error("params['W'] has shape (2, 3); expected (3, any)"):
        validate.params(params, {"W": (3, None)})
    with error("params['more'] is a str; expected a NumPy array"):
        validate.params(params, {"more": (2,)})
    with error("params is a list; expected a dict with W"):
        validate.params([np.ones(2)], {"W": (2,)})


def test_sizes():
    validate.sizes(D=1, H=np.int64(3))
    with error("H is 0; expected a whole number, at least 1"):
        validate.sizes(D=1, H=0)
    with error("D is 1.0; expected a whole number, at least 1"):
        validate.sizes(D=1.0)


def test_tokens():
    value = np.array([[0, 4]])
    assert validate.tokens("tokens", value, 5) is value
    for bad, message in [
        ([[0, 5]], "tokens[0, 1] is 5; expected 0 to 4"),
        ([[-1, 5]], "tokens[0, 0] is -1; expected 0 to 4"),
        ([True], "tokens has dtype bool; expected integers"),
        ([], "tokens has dtype float64; expected integers"),
        (np.zeros((2, 0), int), "tokens is empty: shape (2, 0)"),
    ]:
        with error(message):
            validate.tokens("tokens", bad, 5)


def test_lengths():
    assert validate.lengths(None, 4, 3).tolist() == [4, 4, 4]
    assert validate.lengths([1, 4], 4, 2).tolist() == [1, 4]
    for bad, message in [
        ([1, 5], "lengths[1] is 5; expected 1 to 4, the number of steps in x"),
        ([0, 5], "lengths[0] is 0; expected 1 to 4"),
        ([[1, 1]], "lengths has shape (1, 2); expected (2,), one length a sequence"),
        ([1.0, 2.0], "lengths has dtype float64; expected integers"),
    ]:
        with error(message):
            validate.lengths(bad, 4, 2)


def test_no_nan():
    value = np.zeros((2, 3, 2))
    value[1, 2, 0] = np.nan
    with error("x[1, 2, 0] is NaN; expected numbers in every real (unpadded) entry"):
        validate.no_nan("x", value)
    mask = np.ones((2, 3), bool)
    with error("x[1, 2, 0] is NaN"):
        validate.no_nan("x", value, mask)
    mask[1, 2] = False
    validate.no_nan("x", value, mask)
    validate.no_nan("x", np.array([np.inf, -np.inf]))
