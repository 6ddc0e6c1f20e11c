"""Names of files made of the ids of students, whatever these hold."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path

from rnnbook.grading.names import bare

LONGEST = 60
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?")        # names of devices on Windows


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """A file name without ending for each id: short, of plain letters, different even where case is ignored.

    >>> file_names(["ada", "../x"])
    {'ada': 'ada', '../x': 'x-2f02dd'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    plain = {id: re.sub(r"[^a-z0-9._-]+", "-", bare(id)).strip("-.")[:LONGEST].rstrip("-.") for id in ids}
    for id in sorted(plain, key=lambda id: (plain[id] != id, id)):
        name = plain[id]
        if not name or name != id.casefold() or name in taken or RESERVED.fullmatch(name):
            digest = hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()
            name = next(f"{name or 'student'}-{digest[:n]}" for n in (6, 12, 64) if
                        f"{name or 'student'}-{digest[:n]}" not in taken)
        taken.add(name)
        found[id] = name
    return found


def write(path: Path, text: str) -> Path:
    """Write a file whole or not at all, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.write_text(text, encoding="utf-8", newline="")
    os.replace(draft, path)
    return path
