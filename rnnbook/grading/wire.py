"""Plain data and arrays between processes that do not trust each other: JSON, and the bytes of the arrays.

A frame is `RNNB`, three lengths (8 bytes each, little-endian), a list of forms, [dtype, shape], as JSON, the value as
JSON, and the bytes of the arrays one after the other, in the order in which the value tells of them. A reader believes
no number in a frame before it has compared it with the bytes that are there.

In the value, what is plain, lists, and dicts whose keys are text stand for themselves. All else is an object with the
key "": {"": 3} an array of the form with this number, {"": "d", "v": [[key, value], …]} another dict,
{"": "t", "v": […]} a tuple, {"": "n", "v": [name, fields, values]} a named tuple, {"": "c", "v": [re, im]} a complex
number, {"": "e"} an ellipsis, {"": "o", "v": type} something else, of which only the name of its type is told.
"""

from __future__ import annotations

import json
import math
import re
import struct
import sys
from collections import namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

MAGIC = b"RNNB"
HEAD = struct.Struct("<4sQQQ")
KINDS = "biufcU"
MOST = 64 << 20             # bytes of a frame, if nobody says otherwise
MOST_JSON = 8 << 20
MOST_AXES = 16
MOST_CHARACTERS = 1 << 12   # of one string in an array
MOST_DEPTH = 40
MOST_ITEM = 8 << 20         # bytes of one array
MOST_KEYS = 1000            # of all dicts together whose keys are not text; their hashes can be chosen to collide
ALIGNED = 16                # where an array begins is a multiple of it

_DTYPE = re.compile(r"[<>|][biufc]\d{1,2}|[<>]U\d{1,4}", re.ASCII)
_NO_KEY = object()
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_NESTED = frozenset((dict, list, tuple))


class WireError(ValueError):
    """A frame that cannot be written or read; the message says why."""


class Opaque:
    """Stands for a value that does not cross: an object of a class of one's own, a dict in an array."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<a {self.name}>"


def pack(value: Any, most: int = MOST) -> bytes:
    """A frame that holds `value`: plain data, tuples, named tuples, arrays.

    Raises
    ------
    WireError
        It is larger than `most` bytes, or nested too deeply.
    """
    body = Body(most)
    text = _encode(_plain(value, body, 0)).encode()
    forms = _encode([[dtype.str, shape] for dtype, shape in body.nodes]).encode()
    if len(forms) + len(text) > MOST_JSON:
        raise WireError(f"the structure takes {len(forms) + len(text)} bytes; at most {MOST_JSON} may be sent")
    return HEAD.pack(MAGIC, len(forms), len(text), len(body.data)) + forms + text + body.data


def unpack(frame: bytes, most: int = MOST, *, records: bool = False) -> Any:
    """The value in a frame. Named tuples come back as plain ones; with `records`, for frames of one's own, as new
    classes of the same name and fields.

    Raises
    ------
    WireError
        It is not a frame, larger than `most` bytes, or says anything of itself that is not so.
    """
    if len(frame) > most + MOST_JSON + HEAD.size:
        raise WireError(f"the frame has {len(frame)} bytes; at most {most} were expected")
    if len(frame) < HEAD.size:
        raise WireError("the frame is cut off")
    magic, n_forms, n_text, n_body = HEAD.unpack_from(frame)
    text, data = HEAD.size + n_forms, HEAD.size + n_forms + n_text
    if magic != MAGIC or n_forms + n_text > MOST_JSON or data + n_body != len(frame):
        raise WireError("the frame's header does not fit its length")
    try:
        forms = [_form(*form) for form in json.loads(frame[HEAD.size:text])]
        value = json.loads(frame[text:data], object_hook=_reader(forms, bytearray(memoryview(frame)[data:]), records))
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise WireError(f"the frame cannot be read: {type(error).__name__}") from None
    _not_deep(value)
    return value


def lengths(start: bytes) -> tuple[int, int]:
    """How long the frame is that begins so, and its JSON; 0 where it is no frame, or where too little is there to tell.
    """
    if len(start) < HEAD.size:
        return 0, 0
    magic, n_forms, n_text, n_body = HEAD.unpack_from(start)
    return (HEAD.size + n_forms + n_text + n_body, n_forms + n_text) if magic == MAGIC else (0, 0)


class Body:
    """The arrays of a frame that is being made: their bytes, and what stands in the JSON for an array of each form."""

    def __init__(self, most: int) -> None:
        self.data, self.most = bytearray(), most
        self.nodes: dict[tuple[np.dtype, tuple[int, ...]], dict[str, int]] = {}


def _plain(value: Any, body: Body, depth: int) -> Any:
    """What stands for a value in the JSON; arrays are put at the end of `body`."""
    kind = type(value)
    if kind is np.ndarray:
        return _array(value, body)
    if kind is str:
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if abs(value) < 1 << 1024 else {"": "o", "v": "int"}
    if depth > MOST_DEPTH:
        raise WireError(f"nested deeper than {MOST_DEPTH}")
    depth += 1
    if kind is dict:
        if "" not in value and set(map(type, value)) <= {str}:
            return {key: _array(item, body) if type(item) is np.ndarray else _plain(item, body, depth)
                    for key, item in value.items()}
        return _odd_dict(value, body, depth)
    if kind is list:
        return [_plain(item, body, depth) for item in value]
    if isinstance(value, np.generic):
        return _array(np.asarray(value), body)
    if kind is complex:
        return {"": "c", "v": [value.real, value.imag]}
    if value is ...:
        return {"": "e"}
    if isinstance(value, tuple):
        items = [_plain(item, body, depth) for item in tuple.__iter__(value)]
        fields = getattr(kind, "_fields", None)
        if kind is tuple or not isinstance(fields, tuple):
            return {"": "t", "v": items}
        return {"": "n", "v": [kind.__name__, [str(field) for field in fields], items]}
    return {"": "o", "v": str(kind.__name__)[:80]}


def _odd_dict(value: dict, body: Body, depth: int) -> Any:
    """A dict whose keys are not all text: numbers, tuples of them; NumPy's numbers are sent as Python's."""
    keys = [_key(key) for key in value]
    if _NO_KEY in keys or len(keys) > MOST_KEYS:
        return {"": "o", "v": "dict"}
    return {"": "d", "v": [[_plain(key, body, depth), _plain(item, body, depth)]
                           for key, item in zip(keys, value.values(), strict=True)]}


def _key(key: Any) -> Any:
    """A key as plain data; _NO_KEY where it is none."""
    key = key.item() if isinstance(key, np.generic) else key
    if type(key) is tuple:
        parts = tuple(map(_key, key))
        return _NO_KEY if _NO_KEY in parts else parts
    if type(key) is int:
        return key if abs(key) < 1 << 60 else _NO_KEY
    return key if type(key) in (str, float, bool, complex, type(None)) else _NO_KEY


def _array(array: np.ndarray, body: Body) -> Any:
    dtype, size = array.dtype, array.nbytes
    if dtype.kind not in KINDS:
        return {"": "o", "v": f"array of dtype {dtype.name[:40]}"}
    if size > MOST_ITEM or array.ndim > MOST_AXES or not 0 < dtype.itemsize <= 4 * MOST_CHARACTERS:
        return {"": "o", "v": f"array of {size} bytes"}
    if not dtype.isnative:
        array = array.astype(dtype := dtype.newbyteorder("="))
    if dtype.kind == "b":
        array = array.copy().view("u1") != 0             # a view of other bytes may hold neither 0 nor 1
    elif dtype.kind == "U" and not _is_text(array.copy()):
        return {"": "o", "v": "array of characters that do not exist"}
    if len(body.data) + size > body.most:
        raise WireError(f"the arrays are too large; at most {body.most} bytes may be sent")
    body.data += array.tobytes()
    if size % ALIGNED:
        body.data += bytes(-size % ALIGNED)
    form = dtype, array.shape
    node = body.nodes.get(form)
    if node is None:
        node = body.nodes[form] = {"": len(body.nodes)}
    return node


def _form(name: Any, shape: Any) -> tuple[np.dtype, tuple[int, ...], int]:
    """A form that was read: dtype, shape, bytes."""
    dtype = _dtype(name)
    if type(shape) is not list or len(shape) > MOST_AXES or not set(map(type, shape)) <= {int} \
            or (shape and min(shape) < 0):
        raise WireError("an array has no shape that could be")
    size = math.prod(shape)
    if (size or max(shape)) * dtype.itemsize > MOST_ITEM:
        raise WireError("an array is too large")
    return dtype, tuple(shape), size * dtype.itemsize


@cache
def _dtype(name: str) -> np.dtype:
    """The dtype of a name such as "<f8"; an error for any other."""
    dtype = np.dtype(name) if type(name) is str and _DTYPE.fullmatch(name) else None
    if dtype is None or dtype.kind not in KINDS or dtype.str != name or not dtype.isnative:
        raise WireError(f"an array has dtype {str(name)[:40]}")
    if not 0 < dtype.itemsize <= 4 * MOST_CHARACTERS:
        raise WireError("an array has entries of no length, or too long")
    return dtype


def _is_text(array: np.ndarray) -> bool:
    """Whether all characters of a contiguous array of strings exist."""
    return not array.size or int(array.reshape(-1).view("u4").max()) <= sys.maxunicode


def _reader(forms: list[tuple[np.dtype, tuple[int, ...], int]], body: bytearray, records: bool
            ) -> Callable[[dict[str, Any]], Any]:
    """What makes the value of each object in the JSON, the inner ones first."""
    start, keys = 0, 0

    def array(number: int) -> np.ndarray:
        nonlocal start
        if number < 0:
            raise WireError("an array has a form that there is not")
        dtype, shape, size = forms[number]
        if start + size > len(body):             # compared here: NumPy's own look can overflow
            raise WireError("an array goes beyond the bytes that are there")
        found = np.ndarray(shape, dtype, body, start)
        start += size + -size % ALIGNED
        if dtype.kind == "f":
            return found
        if dtype.kind == "U" and not _is_text(found):
            raise WireError("an array holds characters that do not exist")
        if dtype.kind == "b" and size and int(found.view("u1").max()) > 1:
            raise WireError("an array holds neither true nor false")
        return found

    def value(node: dict[str, Any]) -> Any:
        nonlocal keys
        if "" not in node:
            return node
        kind, held = node[""], node.get("v")
        if type(kind) is int:
            return array(kind)
        if kind == "d" and type(held) is list:
            keys += len(held)
            if keys > MOST_KEYS:
                raise WireError("dicts have too many keys")
        return _special(kind, held, records)

    return value


def _special(kind: Any, held: Any, records: bool) -> Any:
    """What is neither plain nor an array."""
    if kind == "e":
        return ...
    if kind == "o" and type(held) is str:
        return Opaque(held[:80])
    if type(held) is list and kind == "d":
        return {_hashable(key): value for key, value in held}
    if type(held) is list and kind == "t":
        return tuple(held)
    if type(held) is list and kind == "n":
        name, fields, items = held
        if type(name) is str and type(fields) is type(items) is list:
            return record(name, tuple(map(str, fields)))(*items) if records else tuple(items)
    if type(held) is list and kind == "c" and len(held) == 2 and set(map(type, held)) <= {int, float}:
        return complex(*held)
    raise WireError("the structure is not one that is written")


def _hashable(key: Any) -> Any:
    if isinstance(key, np.ndarray | Opaque | list | dict):
        raise WireError("a key of a dict is not plain")
    return key


def _not_deep(value: Any) -> None:
    """Raise where lists and dicts stand in each other deeper than `pack` lets them."""
    level = [value]
    for _ in range(MOST_DEPTH + 2):
        level = [item for node in level if type(node) in _NESTED
                 for item in (node.values() if type(node) is dict else node) if type(item) in _NESTED]
        if not level:
            return
    raise WireError("nested too deeply")


@cache
def record(name: str, fields: tuple[str, ...]) -> Any:
    """The class of named tuples called so; a ValueError for names that Python would not take."""
    if len(fields) > 64 or len(name) > 64:
        raise ValueError("a named tuple with too many fields")
    return namedtuple(name, fields)                     # type: ignore[misc]
