"""Plain data and arrays between processes that do not trust each other: JSON, and the bytes of the arrays.

A frame is `RNNB`, two lengths (8 bytes each, little-endian), the JSON, the bytes of the arrays one after the other. The
JSON says of each array what its dtype is, where it begins and what its shape is. A reader believes no number in a frame
before it has compared it with the bytes that are there.

In the JSON, plain values, lists, and dicts whose keys are text stand for themselves. All else is an object with the key
"": {"": ["<f8", start, shape]} an array, {"": "d", "v": [[key, value], …]} another dict, {"": "t", "v": […]} a tuple,
{"": "n", "v": [name, fields, values]} a named tuple, {"": "c", "v": [re, im]} a complex number, {"": "e"} an ellipsis,
{"": "o", "v": type} something else, of which only the name of its type is told.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections import namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

MAGIC = b"RNNB"
HEAD = struct.Struct("<4sQQ")
KINDS = "biufcU"
MOST = 64 << 20             # bytes of a frame, if nobody says otherwise
MOST_JSON = 8 << 20
MOST_AXES = 16
MOST_CHARACTERS = 1 << 12   # of one string in an array
MOST_DEPTH = 40
MOST_ITEM = 8 << 20         # bytes of one array
ALIGNED = 16                # where an array begins is a multiple of it

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
    body = bytearray()
    text = _encode(_plain(value, body, most, 0)).encode()
    if len(text) > MOST_JSON:
        raise WireError(f"the structure takes {len(text)} bytes; at most {MOST_JSON} may be sent")
    return HEAD.pack(MAGIC, len(text), len(body)) + text + body


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
    magic, n_text, n_body = HEAD.unpack_from(frame)
    if magic != MAGIC or n_text > MOST_JSON or HEAD.size + n_text + n_body != len(frame):
        raise WireError("the frame's header does not fit its length")
    body = bytearray(memoryview(frame)[HEAD.size + n_text:])
    try:
        value = json.loads(frame[HEAD.size:HEAD.size + n_text], object_hook=_reader(body, records))
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise WireError(f"the frame cannot be read: {type(error).__name__}") from None
    _not_deep(value)
    return value


def frame_length(start: bytes) -> int:
    """How long the frame is that begins so; 0 where it is no frame, or where too little is there to tell."""
    if len(start) < HEAD.size:
        return 0
    magic, n_text, n_body = HEAD.unpack_from(start)
    return HEAD.size + n_text + n_body if magic == MAGIC else 0


def _plain(value: Any, body: bytearray, most: int, depth: int) -> Any:
    """What stands for a value in the JSON; arrays are put at the end of `body`."""
    kind = type(value)
    if kind is np.ndarray:
        return _array(value, body, most)
    if kind is str:
        return _text(value)
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if abs(value) < 1 << 1024 else {"": "o", "v": "int"}
    if depth > MOST_DEPTH:
        raise WireError(f"nested deeper than {MOST_DEPTH}")
    depth += 1
    if kind is dict:
        if "" not in value and set(map(type, value)) <= {str}:
            return {_text(key): _array(item, body, most) if type(item) is np.ndarray else
                    _plain(item, body, most, depth) for key, item in value.items()}
        return {"": "d", "v": [[_plain(k, body, most, depth), _plain(v, body, most, depth)] for k, v in value.items()]}
    if kind is list:
        return [_plain(item, body, most, depth) for item in value]
    if isinstance(value, np.generic):
        return _array(np.asarray(value), body, most)
    if kind is complex:
        return {"": "c", "v": [value.real, value.imag]}
    if value is ...:
        return {"": "e"}
    if isinstance(value, tuple):
        items = [_plain(item, body, most, depth) for item in tuple.__iter__(value)]
        fields = getattr(kind, "_fields", None)
        if kind is tuple or not isinstance(fields, tuple):
            return {"": "t", "v": items}
        return {"": "n", "v": [kind.__name__, [str(field) for field in fields], items]}
    return {"": "o", "v": str(kind.__name__)[:80]}


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _array(array: np.ndarray, body: bytearray, most: int) -> Any:
    dtype, size = array.dtype, array.nbytes
    if dtype.kind not in KINDS:
        return {"": "o", "v": f"array of dtype {dtype.name[:40]}"}
    if size > MOST_ITEM or array.ndim > MOST_AXES or not 0 < dtype.itemsize <= 4 * MOST_CHARACTERS:
        return {"": "o", "v": f"array of {size} bytes"}
    if not dtype.isnative:
        array = array.astype(dtype := dtype.newbyteorder("="))
    start = len(body)
    if start + size > most:
        raise WireError(f"the arrays are too large; at most {most} bytes may be sent")
    body += array.tobytes()
    if size % ALIGNED:
        body += bytes(-size % ALIGNED)
    return {"": [_name(dtype), start, array.shape]}


@cache
def _name(dtype: np.dtype) -> str:
    return dtype.str


@cache
def _dtype(name: str) -> np.dtype:
    """The dtype of a name that `_name` gives; an error for any other."""
    dtype = np.dtype(name) if type(name) is str and len(name) < 8 else None
    if dtype is None or dtype.kind not in KINDS or dtype.str != name or not dtype.isnative:
        raise WireError(f"an array has dtype {str(name)[:40]}")
    if not 0 < dtype.itemsize <= 4 * MOST_CHARACTERS:
        raise WireError("an array has entries of no length, or too long")
    return dtype


def _reader(body: bytearray, records: bool) -> Callable[[dict[str, Any]], Any]:
    """What makes the value of each object in the JSON, the inner ones first."""
    def array(name: Any, start: Any, shape: Any) -> np.ndarray:
        dtype = _dtype(name)
        if type(start) is not int or start < 0 or type(shape) is not list or len(shape) > MOST_AXES \
                or not set(map(type, shape)) <= {int} or (shape and min(shape) < 0):
            raise WireError("an array has no shape that could be")
        if start + math.prod(shape) * dtype.itemsize > len(body):      # NumPy's own look can overflow
            raise WireError("an array goes beyond the bytes that are there")
        found = np.ndarray(shape, dtype, body, start)
        if dtype.kind == "U" and found.size and int(found.reshape(-1).view("u4").max()) > sys.maxunicode:
            raise WireError("an array holds characters that do not exist")
        if dtype.kind == "b" and found.size and int(found.view("u1").max()) > 1:
            raise WireError("an array holds neither true nor false")
        return found

    def value(node: dict[str, Any]) -> Any:
        if "" not in node:
            return node
        kind = node[""]
        if type(kind) is list:
            return array(*kind)
        return _special(kind, node.get("v"), records)

    return value


def _special(kind: Any, held: Any, records: bool) -> Any:
    """What is neither plain nor an array."""
    if kind == "d":
        return {_hashable(key): value for key, value in held}
    if kind == "t" and type(held) is list:
        return tuple(held)
    if kind == "n":
        name, fields, items = held
        return record(str(name), tuple(map(str, fields)))(*items) if records else tuple(items)
    if kind == "c":
        real, imag = held
        return complex(float(real), float(imag))
    if kind == "e":
        return ...
    if kind == "o" and type(held) is str:
        return Opaque(held[:80])
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
