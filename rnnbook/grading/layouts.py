"""How hand-ins lie in a folder or zip: whose each file is, and what lies around it.

Below the folder of a student everything has a name that the student chose, and is believed nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from rnnbook.grading import archives
from rnnbook.grading.archives import Found, Ignored
from rnnbook.grading.owners import Name, Owner, is_called, of_platform

LAYOUTS = {"canvas": "Canvas's download", "moodle": "Moodle's download", "nbgrader": "nbgrader's submitted/",
           "folder": "a folder for each student", "file": "a file for each student"}


@dataclass(frozen=True)
class Candidate:
    """A file, whose it is, and when it was submitted, where that is certain."""

    found: Found
    name: Name
    submitted: datetime | None = None


def candidates(root: Path, is_student: Callable[[str], bool], names: Sequence[str],
               ignored: list[Ignored]) -> tuple[list[Candidate], str]:
    """All files that may be part of a hand-in, and what the whole was taken for, in words.

    Parameters
    ----------
    is_student
        Whether a folder of this name is certainly a student's.
    names
        What the homework is called.
    """
    if not root.exists():
        raise ValueError(f"{root} is not there; expected a folder or a zip of hand-ins")
    if root.is_file() and not may_be(root.name):
        raise ValueError(f"{root} is no folder, no zip and no notebook; expected hand-ins")
    files = list(archives.walk(root, ignored))
    if root.is_file() and is_zip(root.name):
        files = archives.members(files[0].place, ignored)
    elif (opened := [f for f in files if may_be(f.parts[-1])]) and all(map(_is_class, opened)):
        ignored += [Ignored(str(f.place), "no notebook") for f in files if f not in opened]
        files = []
        for file in opened:
            files += _unwrapped(archives.members(file.place, ignored), is_student)
    if not files:
        raise ValueError(f"{root} holds no hand-ins; expected notebooks, folders or zips")
    mine = _nbgrader(files, root, names, ignored)
    found = mine if mine is not None else _by_name(_unwrapped(files, is_student), ignored)
    kinds = Counter(c.name.owner.kind for c in found)
    return found, " and ".join(LAYOUTS[kind] for kind, _ in kinds.most_common())


def is_zip(name: str) -> bool:
    """Whether a file's name is a zip's."""
    return name.casefold().endswith(".zip")


def may_be(name: str) -> bool:
    """Whether a file's name is one of a notebook, or of a zip that may hold one."""
    return re.search(r"\.(ipynb|ipynb\.(txt|json)|zip)$", name, re.IGNORECASE) is not None


def _is_class(file: Found) -> bool:
    """Whether a zip is a platform's download, and not one student's."""
    if not is_zip(file.parts[-1]) or len(file.parts) > 1 or of_platform(file.parts) is not None:
        return False
    try:
        inner = archives.members(file.place, [])
    except ValueError:
        return False
    inner = _unwrapped(inner, lambda name: False)
    return sum(of_platform(f.parts) is not None for f in inner) * 2 > len(inner)


def _by_name(files: list[Found], ignored: list[Ignored]) -> list[Candidate]:
    platform = [of_platform(f.parts) for f in files]
    notebooks = [n for f, n in zip(files, platform, strict=True) if may_be(f.parts[-1])]
    if sum(n is not None for n in notebooks) * 2 <= len(notebooks):         # such names by chance
        platform = [n if n and n.owner.kind == "moodle" else None for n in platform]
    found: list[Candidate] = []
    for file, name in zip(files, platform, strict=True):
        name = name or _plain(file.parts)
        if name.ignored:
            ignored.append(Ignored(str(file.place), name.ignored))
        else:
            found.append(Candidate(file, name))
    return found


def _plain(parts: tuple[str, ...]) -> Name:
    if len(parts) > 1:
        return Name(Owner("folder", parts[0]), parts[-1])
    return Name(Owner("file", re.sub(r"\.\w+(\.(txt|json))?$", "", parts[0])), parts[0])


def _unwrapped(files: list[Found], is_student: Callable[[str], bool]) -> list[Found]:
    """The files without the folders that lie around the whole class."""
    depth = 0
    while files and all(len(f.parts) > depth + 1 for f in files) and len({f.parts[depth] for f in files}) == 1:
        around = files[0].parts[depth]
        if is_student(around) or of_platform((around, "x")) is not None:
            break
        deeper = {f.parts[depth + 1] for f in files if len(f.parts) > depth + 2}
        flat = [f for f in files if len(f.parts) == depth + 2 and may_be(f.parts[-1])]
        if len(deeper) + len(flat) < 2 and not any(of_platform((part, "x")) or is_student(part) for part in deeper) \
                and not any(of_platform(f.parts[-1:]) for f in flat):
            break
        depth += 1
    return [replace(f, parts=f.parts[depth:]) for f in files]


def _nbgrader(files: list[Found], root: Path, names: Sequence[str], ignored: list[Ignored]) -> list[Candidate] | None:
    """The files of nbgrader's submitted/<student>/<assignment>/; None where the folder is none of nbgrader's."""
    start = 0
    if not (root.name == "submitted" and all(len(f.parts) >= 3 for f in files)):
        tops = {f.parts[0] for f in files}
        start = 2 if len(tops) == 1 and "submitted" not in tops else 1
        if not any(f.parts[start - 1] == "submitted" for f in files if len(f.parts) > start + 2):
            return None
    inside = {f for f in files if len(f.parts) >= start + 3 and (not start or f.parts[start - 1] == "submitted")}
    ignored += [Ignored(str(f.place), "outside nbgrader's submitted/") for f in files if f not in inside]
    mine = [replace(f, parts=f.parts[start:]) for f in files if f in inside]
    mine = _of_one_assignment(mine, root, names, ignored)
    times: dict[str, datetime | None] = {}
    for f in mine:
        if f.parts[2:] == ("timestamp.txt",):
            times[f.parts[0]] = _timestamp(f)
            ignored.append(Ignored(str(f.place), "nbgrader's time of submission"))
    return [Candidate(f, Name(Owner("nbgrader", f.parts[0]), f.parts[-1]), times.get(f.parts[0]))
            for f in mine if f.parts[2:] != ("timestamp.txt",)]


def _of_one_assignment(files: list[Found], root: Path, names: Sequence[str], ignored: list[Ignored]) -> list[Found]:
    assignments = sorted({f.parts[1] for f in files})
    if len(assignments) < 2:
        return files
    chosen = [a for a in assignments if any(is_called(a, name) for name in names)]
    if len(chosen) != 1:
        named = f", named {' or '.join(names)}" if names else ""
        raise ValueError(f"{root} holds several assignments, {', '.join(assignments)}; expected one of them to be the "
                         f"homework's{named}")
    ignored += [Ignored(str(f.place), f"of another assignment, {f.parts[1]}") for f in files if f.parts[1] != chosen[0]]
    return [f for f in files if f.parts[1] == chosen[0]]


def _timestamp(file: Found) -> datetime | None:
    """nbgrader's "2026-11-20 15:58:23.948203 UTC"; other names of zones are not taken for one."""
    try:
        text = re.sub(r" ?(UTC|GMT|Z)$", "+00:00", file.place.read(1000).decode().strip())
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else None
