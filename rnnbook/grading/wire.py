"""Plain data and arrays between processes that do not trust each other: JSON, and one npz without pickle.

A frame is `RNNB`, two lengths (8 bytes each, little-endian), the JSON, the npz. The arrays of one dtype stand one after
the other in one member of the npz, stored, not compressed; the JSON says for each where it begins and what its shape
is. A reader believes no number in a frame before it has compared it with the bytes that are there.

In the JSON, plain values stand for themselves, and all else is an object with one key: {"a": [member, start, shape]}
an array, {"k": {…}} a dict with keys of text, {"d": [[key, value], …]} another, {"l": […]} a list, {"t": […]} a tuple,
{"n": [name, fields, values]} a named tuple, {"c": [re, im]} a complex number, {"f": "nan"} a float that JSON has no
word for, {"e": 0} an ellipsis, {"o": type} something else, of which only the name of its type is told.
"""

from __future__ import annotations

import io
import json
import math
import struct
import sys
import zipfile
from collections import namedtuple
from functools import cache
from typing import Any

import numpy as np
from numpy.lib import format as npy

MAGIC = b"RNNB"
HEAD = struct.Struct("<4sQQ")
KINDS = "biufcU"
MOST = 64 << 20             # bytes of a frame, if nobody says otherwise
MOST_JSON = 8 << 20
MOST_MEMBERS = 32
MOST_AXES = 16
MOST_CHARACTERS = 1 << 12   # of one string in an array
MOST_DEPTH = 40
MOST_ITEM = 8 << 20         # bytes of one array
_LEAVES = frozenset((type(None), bool, int, float, str))


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
    members: dict[np.dtype, tuple[int, list[np.ndarray]]] = {}
    sizes: dict[np.dtype, int] = {}
    text = json.dumps(_plain(value, members, sizes, 0), ensure_ascii=True, separators=(",", ":")).encode()
    if len(text) > MOST_JSON:
        raise WireError(f"the structure takes {len(text)} bytes; at most {MOST_JSON} may be sent")
    if sum(array.nbytes for _, arrays in members.values() for array in arrays) > most:
        raise WireError(f"the arrays are too large; at most {most} bytes may be sent")
    file = io.BytesIO()
    if members:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for number, arrays in members.values():
                with archive.open(f"{number}.npy", "w") as member:
                    npy.write_array(member, np.concatenate(arrays), allow_pickle=False)
    body = file.getvalue()
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
    try:
        structure = json.loads(frame[HEAD.size:HEAD.size + n_text])
        members = _members(frame[HEAD.size + n_text:], most) if n_body else []
        return _value(structure, members, records, 0)
    except WireError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, EOFError,
            NotImplementedError, RuntimeError, zipfile.BadZipFile, UnicodeDecodeError, struct.error) as error:
        raise WireError(f"the frame cannot be read: {type(error).__name__}") from None


def frame_length(start: bytes) -> int:
    """How long the frame is that begins so; 0 where it is no frame, or where too little is there to tell."""
    if len(start) < HEAD.size:
        return 0
    magic, n_text, n_body = HEAD.unpack_from(start)
    return HEAD.size + n_text + n_body if magic == MAGIC else 0


def _plain(value: Any, members: dict, sizes: dict, depth: int) -> Any:
    if depth > MOST_DEPTH:
        raise WireError(f"nested deeper than {MOST_DEPTH}")
    kind = type(value)
    if kind is np.ndarray:
        return _array(value, members, sizes)
    if value is None or kind is bool:
        return value
    if kind is int:
        return value if abs(value) < 1 << 1024 else {"o": "int"}
    if kind is float:
        return value if math.isfinite(value) else {"f": str(value)}
    if kind is complex:
        return {"c": [_plain(value.real, members, sizes, depth + 1), _plain(value.imag, members, sizes, depth + 1)]}
    if kind is str:
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, np.generic):
        return _array(np.asarray(value), members, sizes)
    if kind is dict:
        if set(map(type, value)) <= {str}:
            return {"k": {key: _plain(item, members, sizes, depth + 1) for key, item in value.items()}}
        return {"d": [[_plain(k, members, sizes, depth + 1), _plain(v, members, sizes, depth + 1)]
                      for k, v in value.items()]}
    if kind is list:
        return {"l": [_plain(item, members, sizes, depth + 1) for item in value]}
    if value is ...:
        return {"e": 0}
    if isinstance(value, tuple):
        items = [_plain(item, members, sizes, depth + 1) for item in tuple.__iter__(value)]
        fields = getattr(kind, "_fields", None)
        if kind is tuple or not isinstance(fields, tuple):
            return {"t": items}
        return {"n": [kind.__name__, [str(field) for field in fields], items]}
    return {"o": str(kind.__name__)[:80]}


def _array(array: np.ndarray, members: dict, sizes: dict) -> Any:
    dtype = array.dtype
    if dtype.kind not in KINDS:
        return {"o": f"array of dtype {dtype.name[:40]}"}
    if array.nbytes > MOST_ITEM or array.ndim > MOST_AXES or not 0 < dtype.itemsize <= 4 * MOST_CHARACTERS:
        return {"o": f"array of {array.nbytes} bytes"}
    number, arrays = members.setdefault(dtype, (len(members), []))
    start = sizes.get(dtype, 0)
    arrays.append(array.ravel())
    sizes[dtype] = start + array.size
    return {"a": [number, start, array.shape]}


def _members(body: bytes, most: int) -> list[np.ndarray]:
    """The members of an npz, in order, flat; each compared with its bytes before anything is made of it."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS:
            raise WireError(f"the npz has {len(infos)} members; at most {MOST_MEMBERS} were expected")
        if [info.filename for info in infos] != [f"{number}.npy" for number in range(len(infos))]:
            raise WireError("the npz has members of other names")
        if any(info.compress_type != zipfile.ZIP_STORED or info.file_size != info.compress_size
               or info.flag_bits & 1 for info in infos) or sum(info.file_size for info in infos) > len(body):
            raise WireError("the npz is compressed, or larger than the frame")
        return [_member(archive.read(info)) for info in infos]


def _member(data: bytes) -> np.ndarray:
    file = io.BytesIO(data)
    version = npy.read_magic(file)
    if version != (1, 0):
        raise WireError("a member of the npz is of another version")
    shape, _, dtype = npy.read_array_header_1_0(file, max_header_size=400)
    if not isinstance(dtype, np.dtype) or dtype.kind not in KINDS or dtype.hasobject or dtype.subdtype is not None:
        raise WireError(f"a member of the npz has dtype {str(dtype)[:40]}")
    if not 0 < dtype.itemsize <= 4 * MOST_CHARACTERS:
        raise WireError("a member of the npz has entries of no length, or too long")
    rest = len(data) - file.tell()
    if len(shape) != 1 or type(shape[0]) is not int or shape[0] < 0 or shape[0] * dtype.itemsize != rest:
        raise WireError(f"a member of the npz claims the shape {str(shape)[:40]}, and holds {rest} bytes")
    found = np.frombuffer(data, dtype, count=shape[0], offset=file.tell()).copy()
    if dtype.kind == "U" and found.size and int(found.view(f"{dtype.byteorder}u4").max()) > sys.maxunicode:
        raise WireError("a member of the npz holds characters that do not exist")
    return found


def _value(node: Any, members: list[np.ndarray], records: bool, depth: int) -> Any:
    if type(node) in _LEAVES:
        return node
    if depth > MOST_DEPTH + 1:
        raise WireError("nested too deeply")
    if type(node) is not dict or len(node) != 1:
        raise WireError("the structure is not one that is written")
    (key, held), = node.items()
    depth += 1
    if key == "a":
        return _cut(held, members)
    if key == "k":
        return {name: item if type(item) in _LEAVES else _value(item, members, records, depth)
                for name, item in held.items()}
    if key == "d":
        return {_hashable(_value(k, members, records, depth)): _value(v, members, records, depth) for k, v in held}
    if key == "l":
        return [item if type(item) in _LEAVES else _value(item, members, records, depth) for item in held]
    if key == "t":
        return tuple([_value(item, members, records, depth) for item in held])
    if key == "n":
        name, fields, items = held
        values = [_value(item, members, records, depth) for item in items]
        return record(str(name), tuple(map(str, fields)))(*values) if records else tuple(values)
    if key == "c":
        real, imag = (float(_value(part, members, records, depth)) for part in held)
        return complex(real, imag)
    if key == "f" and held in ("nan", "inf", "-inf"):
        return float(held)
    if key == "e":
        return ...
    if key == "o" and isinstance(held, str):
        return Opaque(held[:80])
    raise WireError("the structure is not one that is written")


def _cut(held: Any, members: list[np.ndarray]) -> np.ndarray:
    number, start, shape = held
    size = 1
    for n in shape:
        if type(n) is not int or not 0 <= n < 1 << 40:
            raise WireError("an array has no shape that could be")
        size *= n
    if type(number) is not int or type(start) is not int or number < 0 or start < 0 or len(shape) > MOST_AXES:
        raise WireError("an array is nowhere")
    member = members[number]
    if start + size > member.size:
        raise WireError("an array goes beyond the bytes that are there")
    return member[start:start + size].reshape(shape)


def _hashable(key: Any) -> Any:
    if isinstance(key, np.ndarray | Opaque | list | dict):
        raise WireError("a key of a dict is not plain")
    return key


@cache
def record(name: str, fields: tuple[str, ...]) -> Any:
    """The class of named tuples called so; a ValueError for names that Python would not take."""
    if len(fields) > 64 or len(name) > 64:
        raise ValueError("a named tuple with too many fields")
    return namedtuple(name, fields)                     # type: ignore[misc]
