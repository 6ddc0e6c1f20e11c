"""Frames: what goes in comes out, and nothing that a frame claims is believed."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import zipfile
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
    value = {"a": [1, 2.5, None, True, "x", 1 + 2j, ..., float("inf")], 3: (1, (2, np.arange(3))), "e": {}, "f": []}
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


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_value_or_an_error(data):
    text, body = wire.HEAD.pack(b"RNNB", len(data), 0), wire.HEAD.pack(b"RNNB", 2, len(data)) + b"[]"
    for frame in (data, text + data, body + data):
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


def frame(structure, body: bytes = b"") -> bytes:
    text = structure if isinstance(structure, bytes) else json.dumps(structure).encode()
    return wire.HEAD.pack(b"RNNB", len(text), len(body)) + text + body


def member(shape: str, descr: str = "'<f8'", data: bytes = bytes(8), version: bytes = b"\x01\x00") -> bytes:
    head = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".encode()
    head += b" " * (117 - len(head)) + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(head)) + head + data


def archive(*members: bytes, method: int = zipfile.ZIP_STORED, names: tuple[str, ...] = ()) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as opened:
        for n, data in enumerate(members):
            opened.writestr(names[n] if names else f"{n}.npy", data)
    return file.getvalue()


def saved(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


ONE = {"a": [0, 0, [1]]}
POISON = {
    "claims 10 GB": frame(ONE, archive(member("(1342177280,)"))),
    "claims a negative shape": frame(ONE, archive(member("(-1,)"))),
    "claims a fractional shape": frame(ONE, archive(member("(1.0,)"))),
    "claims two axes": frame(ONE, archive(member("(1, 1)"))),
    "pickle": frame(ONE, archive(saved(np.array([{}], dtype=object)))),
    "object dtype": frame(ONE, archive(member("(1,)", "'|O'"))),
    "structured dtype": frame(ONE, archive(member("(1,)", "[('a', '<f8')]"))),
    "nested dtype": frame(ONE, archive(member("(1,)", "('<f4', (2,))"))),
    "bytes without length": frame(ONE, archive(member("(99999999999,)", "'|S0'", b""))),
    "void": frame(ONE, archive(member("(1,)", "'|V8'"))),
    "dates": frame(ONE, archive(member("(1,)", "'<M8[s]'"))),
    "another version": frame(ONE, archive(member("(1,)", version=b"\x03\x00"))),
    "code in the header": frame(ONE, archive(member("__import__('os').getpid()"))),
    "zip bomb": frame(ONE, archive(bytes(1 << 24), method=zipfile.ZIP_DEFLATED)),
    "other names": frame(ONE, archive(member("(1,)"), names=("../../evil.npy",))),
    "many members": frame(ONE, archive(*[member("(1,)")] * 40)),
    "not a zip": frame(ONE, b"PK" + bytes(200)),
    "beyond the end": frame({"a": [0, 0, [2]]}, archive(member("(1,)"))),
    "before the beginning": frame({"a": [0, -1, [1]]}, archive(member("(1,)"))),
    "a member that is not there": frame({"a": [7, 0, [1]]}, archive(member("(1,)"))),
    "the last member": frame({"a": [-1, 0, [1]]}, archive(member("(1,)"))),
    "an overflowing product": frame({"a": [0, 0, [1 << 32, 1 << 32, 1]]}, archive(member("(1,)"))),
    "many axes": frame({"a": [0, 0, [1] * 40]}, archive(member("(1,)"))),
    "true for a size": frame({"a": [0, 0, [True]]}, archive(member("(1,)"))),
    "deep": frame(b"[" * 100000 + b"]" * 100000),
    "deep and well formed": frame(b'{"l":[' * 3000 + b"]}" * 3000),
    "two keys": frame({"l": [], "t": []}),
    "no such key": frame({"z": []}),
    "a bare list": frame([1, 2]),
    "an array for a key": frame({"d": [[ONE, 1]]}, archive(member("(1,)"))),
    "a huge integer": frame(b"9" * 100000),
    "cut off": frame({"l": []})[:-1],
    "too long": frame({"l": []}) + b"x",
    "another magic": b"PICK" + frame({"l": []})[4:],
    "a structure of 10 GB": wire.HEAD.pack(b"RNNB", 10 << 30, 0),
    "nothing": b"",
}


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_frame_is_an_error(name):
    with pytest.raises(WireError):
        unpack(POISON[name])


def test_the_poison_is_in_what_is_claimed():
    assert unpack(frame(ONE, archive(member("(1,)"))))[0] == 0        # the same, without a lie, is read
    assert unpack(frame({"l": [1]})) == [1]


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


def test_texts_are_cut_and_cleaned():
    bad = "\x1b[2J\u202e" * 2000
    result = Result({}, Failure("exception", bad, (bad,) * 99, bad), bad)
    sent = messages.results_to_frame({"e": [result]}, [bad], bad)
    found, problems, printed, _, _ = messages.results_from_frame(sent, ["e"], 1 << 20)
    failure = found["e"][0].failure
    texts = [failure.message, *failure.lines, failure.error, found["e"][0].printed, *problems, printed]
    assert len(failure.lines) <= 6 and all(len(t) <= 2000 for t in texts)
    assert not any("\x1b" in t or "\u202e" in t for t in texts)
