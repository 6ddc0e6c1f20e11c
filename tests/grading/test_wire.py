"""Frames: what goes in comes out, and nothing that a frame claims is believed."""

from __future__ import annotations

import contextlib
import json
from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.checks.outputs import Failure, Result, Value, same
from rnnbook.grading import messages, wire
from rnnbook.grading.wire import WireError, pack, unpack

LSTMState = namedtuple("LSTMState", "h c")
ARRAYS = [
    np.arange(6.0).reshape(2, 3), np.zeros((0, 4)), np.float32([1, np.nan, np.inf]), np.array(3), np.array(True),
    np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(10)[::-2], np.array(["a", "été"]), np.array([1 + 2j]),
    np.uint8([1, 2]), np.array([1.5], ">f8"), np.float16([1]), np.zeros((2, 1, 3, 1)),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_arrays_come_back_as_they_were(array):
    back = unpack(pack(array))
    assert same(back, array.astype(array.dtype.newbyteorder("="))) is None and back.flags.writeable


def test_plain_values_come_back_as_they_were():
    value = {"a": [1, 2.5, None, True, "x", 1 + 2j, ..., float("inf")], 3: (1, (2, np.arange(3))), "e": {}, "f": [],
             "g": {"": ["t"], "v": 1}, "h": {"": 1}}
    back = unpack(pack(value))
    assert same(back, value) is None and back["a"][6] is ... and type(back[3]) is tuple
    assert np.isnan(unpack(pack(float("nan"))))


def test_named_tuples_come_back_by_name_where_one_wrote_them_oneself():
    state = LSTMState(np.zeros((1, 2)), np.ones((1, 2)))
    back = unpack(pack(state), records=True)
    assert type(back).__name__ == "LSTMState" and back.c[0, 0] == 1
    assert type(unpack(pack(state))) is tuple


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
                    max_leaves=12))
@settings(max_examples=60, deadline=None)
def test_any_plain_value(value):
    assert unpack(pack(value)) == value


KEYS = [np.int64(3), np.str_("a"), np.float64(0.5), np.bool_(True), (np.int64(1), ("b", np.str_("c"))), 2.5, None,
        1 + 2j, -(2**59)]


def test_what_numpy_counts_comes_back():
    words, counts = np.unique(["b", "a", "b"], return_counts=True)
    back = unpack(pack(dict(zip(words, counts, strict=True))))
    assert {key: int(value) for key, value in back.items()} == {"a": 1, "b": 2} and {type(k) for k in back} == {str}
    back = unpack(pack(dict.fromkeys(KEYS, 1)))
    assert back == dict.fromkeys(KEYS, 1) and not any(isinstance(key, np.generic) for key in back)


def test_keys_that_are_no_text_do_not_move_the_arrays():
    keys = [chr(0xD800), chr(0xD801), "b"]                        # halves of pairs
    back = unpack(pack({key: np.full(2, float(n)) for n, key in enumerate(keys)}))
    assert [float(array[0]) for array in back.values()] == [0, 1, 2]


STRANGE = [{b"a": 1}, {frozenset((1,)): 1}, {int: 1}, {2**2000: 1}, {2**61: 1}, {(1, b"a"): 1}, {Ellipsis: 1},
           dict.fromkeys(range(wire.MOST_KEYS + 1)), np.array([2, 0, 255], np.uint8).view(bool),
           np.array([2**31 - 1], np.int32).view("U1"), np.array(7, np.uint8).view(bool),
           np.asfortranarray(np.array([[2, 0], [3, 1]], np.uint8)).view(bool)]


@pytest.mark.parametrize("value", STRANGE, ids=lambda value: type(value).__name__)
def test_what_can_be_written_can_be_read(value):
    back = unpack(pack([value, 1]))
    assert back[1] == 1 and isinstance(back[0], wire.Opaque | np.ndarray)
    if isinstance(back[0], np.ndarray):
        assert np.array_equal(back[0], value.view(np.uint8) != 0)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_value_or_an_error(data):
    heads = [b"", wire.HEAD.pack(b"RNNB", len(data), 0, 0), wire.HEAD.pack(b"RNNB", 2, len(data), 0) + b"[]",
             wire.HEAD.pack(b"RNNB", 2, 2, len(data)) + b"[][]"]
    for frame in [head + data for head in heads]:
        with contextlib.suppress(WireError):
            unpack(frame)


@given(st.integers(0, 400), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_a_frame_with_one_byte_changed_is_a_value_or_an_error(place, byte):
    frame = bytearray(pack({"a": np.arange(6.0).reshape(2, 3), "b": "text"}))
    frame[place % len(frame)] = byte
    with contextlib.suppress(WireError):
        unpack(bytes(frame))


def test_objects_are_told_by_the_name_of_their_type_only():
    class Strange:
        pass

    back = unpack(pack([Strange(), np.array([Strange()], dtype=object), 1 << 5000, {1, 2}]))
    assert [type(b) for b in back] == [wire.Opaque] * 4 and back[0].name == "Strange"


def frame(structure, body: bytes = b"", forms=()) -> bytes:
    text, forms = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (structure, list(forms)))
    return wire.HEAD.pack(b"RNNB", len(forms), len(text), len(body)) + forms + text + body


def array(dtype="<f8", shape=(1,), body=bytes(8)) -> bytes:
    """One array."""
    return frame({"": 0}, body, [[dtype, shape]])


HUGE = (1 << 60) - 1
F8 = ["<f8", [1]]
POISON = {
    "claims 10 GB": array(shape=[1342177280]),
    "claims a negative shape": array(shape=[-1]),
    "claims a fractional shape": array(shape=[1.0]),
    "claims no list for a shape": array(shape=1),
    "claims text for a shape": array(shape="1"),
    "object dtype": array("|O"),
    "structured dtype": array("f4,f4"),
    "nested dtype": array("(2,)f4"),
    "a dtype in a list": array([["a", "<f8"]]),
    "bytes without length": array("|S0", [1 << 40]),
    "texts without length": array("<U0", [1 << 40]),
    "texts of a gigabyte": array("<U300000000"),
    "void": array("|V8"),
    "dates": array("<M8[s]"),
    "another byte of a dtype": array("<08"),
    "punctuation for a dtype": array(","),
    "another byte order": array(">f8"),
    "another name of a dtype": array("float64"),
    "no dtype": array(None),
    "neither true nor false": array("|b1", body=b"\x02" + bytes(7)),
    "characters that do not exist": array("<U1", body=b"\xff\xff\xff\x7f"),
    "beyond the end": array(shape=[2]),
    "the same bytes twice": frame([{"": 0}, {"": 0}], bytes(8), [F8]),
    "beyond the padding": frame([{"": 0}, {"": 0}], bytes(16), [F8]),
    "an end behind the largest number": array(shape=[HUGE]),
    "bytes behind the largest number": array("|b1", [(1 << 63) - 1]),
    "an overflowing product": array(shape=[1 << 32, 1 << 32, 1]),
    "many axes": array(shape=[1] * 40),
    "true for a size": array(shape=[True]),
    "an array of 9 MB": array(shape=[9 << 17], body=bytes(9 << 20)),
    "rows without entries": array(shape=[16_000_000, 0], body=b""),
    "a form with more to say": frame({"": 0}, bytes(8), [["<f8", [1], 1]]),
    "half a form": frame({"": 0}, bytes(8), [["<f8"]]),
    "a form that is not there": frame({"": 1}, bytes(8), [F8]),
    "a form from the end": frame({"": -1}, bytes(8), [F8]),
    "true for a form": frame({"": True}, bytes(8), [F8, F8]),
    "a form in a list": frame({"": [0]}, bytes(8), [F8]),
    "forms that are a number": frame({"": 0}, bytes(8), b"3"),
    "forms that are no JSON": frame({"": 0}, bytes(8), b"[["),
    "forms that are deep": frame({"": 0}, bytes(8), b"[" * 100000 + b"]" * 100000),
    "keys that collide": frame({"": "d", "v": [[k * (2**61 - 1), 0] for k in range(2000)]}),
    "keys that collide, in many dicts": frame([{"": "d", "v": [[1, 1]] * 500}] * 3),
    "a dict of rows": frame({"": "d", "v": {"": 0}}, bytes(32), [["<f8", [2, 2]]]),
    "a tuple of rows": frame({"": "n", "v": ["N", [], {"": 0}]}, bytes(32), [["<f8", [2, 2]]]),
    "a complex number of arrays": frame({"": "c", "v": [{"": 0}, 1]}, bytes(8), [["<f8", []]]),
    "deep": frame(b"[" * 100000 + b"]" * 100000),
    "less deep": frame(b"[" * 200 + b"]" * 200),
    "deep tuples": frame(b'{"":"t","v":[' * 60 + b"]}" * 60),
    "deep dicts": frame(b'{"a":' * 60 + b"1" + b"}" * 60),
    "deep by half": frame(b'{"":"t","v":[' * 3000),
    "no such kind": frame({"": "z", "v": []}),
    "no kind": frame({"": None}),
    "no value": frame({"": "t"}),
    "half a pair": frame({"": "d", "v": [[1]]}),
    "an array for a key": frame({"": "d", "v": [[{"": 0}, 1]]}, bytes(8), [F8]),
    "a huge integer": frame(b"9" * 100000),
    "not JSON": frame(b"{'a': 1}"),
    "cut off": frame([])[:-1],
    "too long": frame([]) + b"x",
    "another magic": b"PICK" + frame([])[4:],
    "a structure of 10 GB": wire.HEAD.pack(b"RNNB", 2, 10 << 30, 0),
    "forms of 10 GB": wire.HEAD.pack(b"RNNB", 10 << 30, 2, 0),
    "nothing": b"",
}


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_frame_is_an_error(name):
    with pytest.raises(WireError):
        unpack(POISON[name])


def test_the_poison_is_in_what_is_claimed():
    assert unpack(array())[0] == 0                                # the same, without a lie, is read
    assert unpack(array("|b1", body=b"\1"))[0] and unpack(frame({"": "t", "v": [1]})) == (1,)
    two = unpack(frame([{"": 0}, {"": 0}], np.array([7.0, 0.0, 8.0]).tobytes(), [F8]))
    assert [float(found[0]) for found in two] == [7, 8]           # each begins at a multiple of 16
    assert unpack(frame(b"[" * 40 + b"]" * 40)) != 1


def test_an_end_is_compared_before_numpy_looks():
    for bad in (array(shape=[2]), frame([{"": 0}, {"": 0}], bytes(16), [F8])):
        with pytest.raises(WireError, match="beyond the bytes that are there"):
            unpack(bad)


def test_too_much_is_refused_on_both_sides():
    with pytest.raises(WireError, match="too large"):
        pack(np.zeros(1000), most=4000)
    with pytest.raises(WireError, match="at most"):
        unpack(bytes(wire.MOST_JSON + 5000), most=1000)
    with pytest.raises(WireError, match="nested"):
        nested: list = []
        for _ in range(60):
            nested = [nested]
        pack(nested)


def test_results_come_back_as_they_were():
    results = [Result({"h": Value(np.arange(3.0), "ndarray"), "k": Value([[1], [2, 3]], "list")}, None, "printed"),
               Result({}, Failure("exception", "ValueError: no", ("step, line 1: no",), "ValueError"))]
    found, problems, printed, at, end = messages.results_from_frame(
        messages.results_to_frame({"rnn-step": results, "other": []}, ["a"], "b", "c", True), ["rnn-step"], 1 << 20)
    assert list(found) == ["rnn-step"] and (problems, printed, at, end) == (["a"], "b", "c", True)
    assert found["rnn-step"][1] == results[1]
    assert same(found["rnn-step"][0].outputs["h"].data, np.arange(3.0)) is None
    assert found["rnn-step"][0].outputs["k"] == results[0].outputs["k"]


@pytest.mark.parametrize("failed", [["right", "", [], ""], ["exception", 1, [], ""], ["time"], "time", 3])
def test_a_failure_that_there_is_not_is_an_error(failed):
    with pytest.raises(WireError):
        messages.results_from_frame(wire.pack([{"e": [[{}, failed, ""]]}, [], "", "", True]), ["e"], 1 << 20)


ROWS = [
    ([5], {"": 0}), ([], [[], [], "", "", True]), ([40, 0], [{"e": {"": 0}}, [], "", "", True]),
    ([], [{"e": {"": 0}}, [], "", "", True]), ([3], [{"e": [{"": 0}]}, [], "", "", True]),
    ([2], [{"e": [[{"h": {"": 0}}, None, ""]]}, [], "", "", True]), ([], [{"e": [[[], None, ""]]}, [], "", "", True]),
    ([1], [{"e": [[{}, ["exception", "", {"": 0}, ""], ""]]}, [], "", "", True]), ([], [{}, {"": 0}, "", "", True]),
    ([], [{"e": [[{}, [{"": 1}, "", [], ""], ""]]}, [], "", "", True]),
]


@pytest.mark.parametrize("data", ROWS, ids=range(len(ROWS)))
def test_arrays_where_lists_are_expected_are_errors(data):
    shape, structure = data
    body = "exception".encode("utf-32-le") + bytes(64)
    with pytest.raises(WireError):
        messages.results_from_frame(frame(structure, body, [["<f8", shape], ["<U9", []]]), ["e"], 1 << 20)


def test_texts_are_cut_and_cleaned():
    bad = "\x1b[2J\u202e" * 2000
    result = Result({}, Failure("exception", bad, (bad,) * 99, bad), bad)
    sent = messages.results_to_frame({"e": [result]}, [bad], bad)
    found, problems, printed, _, _ = messages.results_from_frame(sent, ["e"], 1 << 20)
    failure = found["e"][0].failure
    texts = [failure.message, *failure.lines, failure.error, found["e"][0].printed, *problems, printed]
    assert len(failure.lines) <= 6 and all(len(t) <= 2000 for t in texts)
    assert not any("\x1b" in t or "\u202e" in t for t in texts)
