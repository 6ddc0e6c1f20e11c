"""The files of a folder or a zip, without unpacking anything and without believing what an archive says of itself.

Nothing is written, so a member called ../../x can overwrite nothing; it is left out and reported. What is read is
counted while it is read, so a header that lies about sizes does no harm. Zips within zips are opened once: a student's
zip within a class's.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO

LARGEST = 32 * 2**20            # bytes of one file that is read
LARGEST_INNER = 64 * 2**20      # bytes of a zip within a zip
DIRECTORY = 8 * 2**20           # bytes of a zip's table of contents: about 80 000 files
MOST_FILES = 100_000
LONGEST = 255                   # characters of a name

JUNK = {"__MACOSX": "left by macOS", ".ipynb_checkpoints": "a copy that Jupyter keeps", "Thumbs.db": "left by Windows",
        "desktop.ini": "left by Windows", "__pycache__": "compiled Python", ".git": "a version history",
        "node_modules": "packages", ".venv": "packages", "venv": "packages", "site-packages": "packages"}


def plain(name: object) -> str:
    """A name that everything can store and print: control characters, and bytes that are not UTF-8, as "\\x1b".

    >>> plain("hw\\udcff.ipynb")
    'hw\\\\udcff.ipynb'
    """
    return "".join(repr(c)[1:-1] if unicodedata.category(c) in ("Cc", "Cs") else c for c in str(name))


@dataclass(frozen=True)
class Place:
    """Where a file lies: a file on disk, and the names of members of zips within it."""

    path: Path
    inside: tuple[str, ...] = ()

    def __str__(self) -> str:
        return plain("/".join([str(self.path), *self.inside]))

    def read(self, most: int = LARGEST) -> bytes:
        """Its content.

        Raises
        ------
        ValueError
            It cannot be read, or is larger than `most` bytes; why, in words.
        """
        try:
            with open(self.path, "rb") as file:
                if not self.inside:
                    return _all(file, most)
                return _member(file, self.inside, most)
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror or error}") from None


@dataclass(frozen=True)
class Found:
    """One file: `parts` is its path below the folder or zip that was given, `changed` the local time of its last change
    in seconds, as exact as the archive keeps it."""

    place: Place
    parts: tuple[str, ...]
    size: int
    changed: float


@dataclass(frozen=True)
class Ignored:
    """Something that was left out, and why."""

    path: str
    reason: str


def walk(root: Path, ignored: list[Ignored]) -> Iterator[Found]:
    """The files in a folder, or the one file; what is junk, no file, or a link goes to `ignored`."""
    if root.is_file():
        status = root.stat()
        yield Found(Place(root), (plain(root.name),), status.st_size, status.st_mtime)
        return
    count = 0
    for folder, folders, files in os.walk(root, onerror=lambda e: ignored.append(Ignored(plain(e.filename), plain(e)))):
        here = Path(folder)
        for name in sorted(folders):
            if (here / name).is_symlink():
                ignored.append(Ignored(plain(here / name), "a link, not a folder"))
            elif junk(name):
                ignored.append(Ignored(plain(here / name), junk(name)))
        folders[:] = sorted(f for f in folders if not junk(f) and not (here / f).is_symlink())
        for name in sorted(files):
            path = here / name
            count += 1
            if count > MOST_FILES:
                raise ValueError(f"{root} has more than {MOST_FILES:,} files; expected a folder of hand-ins")
            reason = junk(name) or _not_plain(path)
            if reason:
                ignored.append(Ignored(plain(path), reason))
                continue
            status = path.stat()
            yield Found(Place(path), tuple(map(plain, path.relative_to(root).parts)), status.st_size, status.st_mtime)


def members(place: Place, ignored: list[Ignored]) -> list[Found]:
    """The files in a zip.

    Raises
    ------
    ValueError
        It is no zip, is damaged, or is too large; why, in words.
    """
    data = _bytes(place)
    try:
        with data, zipfile.ZipFile(data) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError, struct.error) as error:
        raise ValueError(f"the zip is damaged: {error}") from None
    found: dict[tuple[str, ...], Found] = {}
    for entry in entries:
        inner = Place(place.path, (*place.inside, entry.filename))
        shown = str(Place(place.path, (*place.inside, _name(entry))))
        if entry.is_dir():
            continue
        parts, reason = _parts(entry)
        reason = reason or next((junk(part) for part in parts if junk(part)), "")
        if reason:
            ignored.append(Ignored(shown, reason))
            continue
        if parts in found:
            ignored.append(Ignored(shown, "the zip has two files of this name; the last one is read"))
        found[parts] = Found(inner, parts, entry.file_size, _time(entry))
    return list(found.values())


def junk(name: str) -> str:
    """Why a file or folder of this name is nobody's hand-in, "" where it may be one."""
    if name in JUNK:
        return JUNK[name]
    if name.startswith(".") or name.startswith("~$"):
        return "a hidden file"
    return "a copy that Jupyter keeps" if name.endswith("-checkpoint.ipynb") else ""


def _not_plain(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return "a link, not a file"
    return "" if stat.S_ISREG(mode) else "no plain file"


def _bytes(place: Place) -> IO[bytes]:
    try:
        data: IO[bytes] = io.BytesIO(place.read(LARGEST_INNER)) if place.inside else place.path.open("rb")
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    try:
        _check_directory(data)
    except ValueError:
        data.close()
        raise
    return data


def _check_directory(data: IO[bytes]) -> None:
    """Refuse a table of contents that would fill the memory before zipfile could be asked how long it is."""
    size = data.seek(0, io.SEEK_END)
    data.seek(max(0, size - 65_557))
    tail = data.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        raise ValueError("it is no zip, or is cut short")
    length = struct.unpack("<L", tail[at + 12 : at + 16])[0]
    if length == 0xFFFFFFFF or b"PK\x06\x07" in tail[max(0, at - 20) : at]:
        at64 = tail.rfind(b"PK\x06\x06", 0, at)
        length = struct.unpack("<Q", tail[at64 + 40 : at64 + 48])[0] if at64 >= 0 else DIRECTORY + 1
    if length > DIRECTORY:
        raise ValueError("the zip holds more files than a class hands in")


def _name(entry: zipfile.ZipInfo) -> str:
    """The member's name; zips without the mark for UTF-8 are often in UTF-8 all the same."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return entry.filename


def _parts(entry: zipfile.ZipInfo) -> tuple[tuple[str, ...], str]:
    name = _name(entry).replace("\\", "/")
    parts = tuple(p for p in name.split("/") if p not in ("", "."))
    if ".." in parts or name.startswith("/") or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        return parts, "its path leads out of the zip"
    if not parts or any(len(p) > LONGEST for p in parts) or any(ord(c) < 32 for c in name):
        return parts, "its name is too long, or holds control characters"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return parts, "a link, not a file"
    if entry.flag_bits & 1 and PurePosixPath(parts[-1]).suffix.casefold() != ".ipynb":
        return parts, "encrypted"
    return parts, ""


def _time(entry: zipfile.ZipInfo) -> float:
    try:
        return datetime(*entry.date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _member(file: IO[bytes], inside: tuple[str, ...], most: int) -> bytes:
    try:
        with zipfile.ZipFile(file) as archive:
            entry = archive.getinfo(inside[0])
            if entry.flag_bits & 1:
                raise ValueError("it is encrypted")
            with archive.open(entry) as member:
                data = _all(member, most if len(inside) == 1 else LARGEST_INNER)
    except KeyError:
        raise ValueError("it is gone from the zip") from None
    except NotImplementedError as error:
        raise ValueError(f"it is packed in a way that cannot be read: {error}") from None
    except ValueError:
        raise
    except Exception as error:                  # LZMAError, zlib.error, EOFError, …: whatever a method of packing has
        raise ValueError(f"the zip is damaged: {error}") from None
    return data if len(inside) == 1 else _member(io.BytesIO(data), inside[1:], most)


def _all(file: IO[bytes], most: int) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is larger than {most // 2**20} MB")
    return data
