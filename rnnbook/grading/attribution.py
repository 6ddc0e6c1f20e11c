"""Which exercise a cell belongs to: by metadata where it has survived, else by what the cell says."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnbook.grading.notebooks import RawCell

CHECK = re.compile(r"""\bcheck\(\s*(?:id\s*=\s*)?["']([a-z0-9]+-[a-z][a-z0-9_]*)["']""")
Attributed = tuple[str | None, str]
OTHER: Attributed = (None, "other")


def attribute(cells: Sequence[RawCell], ids: Collection[str]) -> list[Attributed]:
    """For each cell the exercise it belongs to, or None, and its role: "answer", "check" or "other".

    1. A cell that calls `check` with an exercise's id, or is marked as its check, is a check cell; unless it also
       defines the exercise's name: then it is an answer, merged with its check.
    2. A cell marked as the answer to an exercise is one if it defines the exercise's name, and so is every cell without
       a mark that defines it before the exercise's last check: who leaves the stub and writes below it is right, too.
       Where no marked cell defines the name, all marked cells are answers, and every cell that defines the name.
    3. A cell without a mark that defines the name of several exercises ("step") belongs to the one that is checked
       next. What is checked under an id that is not in `ids` belongs to none.
    4. Of cells without a mark those before the last check count, if there are any: what a later exercise calls by the
       same name is not what the learner saw checked.
    """
    marks = [_mark(cell.metadata) for cell in cells]
    checks = [_checks(cell.source) for cell in cells]
    names = {name for id in ids for name in [_name(id)]} | {_name(id) for found in checks for id in found}
    names |= {_name(id) for id, _ in marks if id}
    defined = [_defined(cell.source) & names for cell in cells]
    roles: list[Attributed] = [OTHER] * len(cells)
    for n, (id, role) in enumerate(marks):
        found = next((c for c in checks[n] if c in ids), None)
        if found and _name(found) not in defined[n]:
            roles[n] = (found, "check")
        elif role == "check" and id in ids and not defined[n]:
            roles[n] = (id, "check")
    for id in ids:
        strong = [n for n, mark in enumerate(marks) if mark[0] == id and _name(id) in defined[n]]
        weak = [n for n, mark in enumerate(marks) if mark == (id, "answer") and not defined[n] & names]
        before, others = _by_name(id, marks, checks, defined)
        for n in strong + before if strong else weak + (before or others):
            if roles[n] == OTHER:
                roles[n] = (id, "answer")
    return roles


def _by_name(id: str, marks, checks, defined) -> tuple[list[int], list[int]]:
    """The cells without another mark that define the name of an exercise: those up to its last check, and all."""
    name, found = _name(id), []
    following = _following(name, checks)
    for n, here in enumerate(defined):
        marked = marks[n][0]
        if name not in here or (marked not in (None, id) and _name(marked) in here):
            continue                                     # another exercise's answer
        if following[n] in (None, id):
            found.append(n)
    last = max((n for n, c in enumerate(checks) if id in c), default=None)
    return [n for n in found if last is not None and n <= last], found


def _following(name: str, checks: Sequence[Sequence[str]]) -> list[str | None]:
    """For each cell the first check, there or further down, of an exercise of this name."""
    found, later = [], None
    for here in reversed(checks):
        later = next((c for c in here if _name(c) == name), later)
        found.append(later)
    return found[::-1]


def _mark(metadata: dict[str, Any]) -> tuple[str | None, str]:
    """What metadata says: the id of an exercise and the part, "answer" or "check"; (None, "") if nothing."""
    mark = metadata.get("rnnbook")
    if isinstance(mark, dict) and mark.get("part") in ("answer", "check") and isinstance(mark.get("exercise"), str):
        return mark["exercise"], mark["part"]
    grader = metadata.get("nbgrader")
    grade_id = grader.get("grade_id") if isinstance(grader, dict) else None
    if isinstance(grade_id, str):
        id, _, part = grade_id.rpartition("-")
        if part == "answer" and "-" in id:
            return id, "answer"
        if re.fullmatch(r"[a-z0-9]+-[a-z][a-z0-9_]*", grade_id):
            return grade_id, "check"
    return None, ""


def _checks(source: str) -> list[str]:
    if "check" not in source:
        return []
    return CHECK.findall("\n".join(line for line in source.splitlines() if not line.lstrip().startswith("#")))


def _name(id: str | None) -> str:
    return (id or "").partition("-")[2]


def _defined(source: str) -> frozenset[str]:
    """The names that a cell binds when it runs. Of a cell that is not Python, what its lines look like."""
    return _known(source) if len(source) < 4000 else frozenset(_names(source))


@lru_cache(1000)
def _known(source: str) -> frozenset[str]:
    """The same; cells that the whole class has are read once."""
    return frozenset(_names(source))


def _names(source: str) -> set[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = re.findall(r"^[ \t]*(?:(?:async +)?(?:def|class) +(\w+)|(\w+) *(?:=(?!=)|:[^=\n]+=))", source, re.M)
        return {name for pair in found for name in pair if name}
    names: set[str] = set()
    _collect(tree.body, names)
    return names


def _collect(body: Sequence[ast.stmt], names: set[str]) -> None:
    waiting = list(body)                                 # no recursion: an elif is an if within the else before it
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
            continue
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
            continue
        for field in ("targets", "target"):
            found = getattr(statement, field, None)
            for target in found if isinstance(found, list) else [found]:
                if isinstance(target, ast.AST):
                    names.update(n.id for n in ast.walk(target) if isinstance(n, ast.Name)
                                 and isinstance(n.ctx, ast.Store))
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(statement, field, None)
            waiting += inner if isinstance(inner, list) else []
        for handler in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
            waiting += handler.body
