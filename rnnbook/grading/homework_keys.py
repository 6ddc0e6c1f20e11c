"""The keys of a homework file, one by one: what may stand there, and what is said where something else does."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rnnbook.checks import Exercise, exercises, load_pack
from rnnbook.grading.homework import Homework, Question
from rnnbook.grading.late import LateRule

KEYS = ("title", "notebook", "exercises", "questions", "due", "timezone", "late", "allowed", "seeds", "timeout",
        "memory", "pack", "book")
LATE_KEYS = ("grace_minutes", "percent_per_day", "cut_off")
QUESTION_KEYS = ("id", "title", "points", "text")
KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number", list: "a list",
         dict: "a table", datetime: "a date with a time"}


def build(data: Mapping[str, Any], path: Path, known: Mapping[str, Exercise] | None) -> Homework:
    """The homework that a file's content describes; a ValueError names the key."""
    _only(data, KEYS, "")
    pack = _pack(data, path)
    found = dict(exercises() if known is None else known)
    own = {} if pack is None else {e.id: e for e in load_pack(pack)}
    found |= own
    title = _text(data, "title")
    questions = _questions(data, found)
    chosen = _exercises(data, found, bool(questions))
    zone = _zone(data)
    due = _time(data, "due", zone)
    return Homework(
        id=_id(path), title=title, exercises=chosen, notebook=_notebook(data, path), due=due,
        late=_late(data, zone, due), questions=questions, allowed=_allowed(data),
        seeds=int(_number(data, "seeds", 2, least=1, most=20, whole=True)),
        timeout=_number(data, "timeout", None, least=1, most=3600),
        memory=_number(data, "memory", None, least=128, most=1_000_000, whole=True),
        pack=pack, book=_book(data), private=frozenset(own) & frozenset(chosen),
        known={id: found[id] for id in chosen})


def _only(table: Mapping[str, Any], keys: Collection[str], within: str) -> None:
    for key in table:
        if key not in keys:
            near = get_close_matches(key, keys, 1)
            meant = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(keys)}"
            raise ValueError(f"{within}{key} is not a key of a homework; {meant}")


def _got(value: Any) -> str:
    kind = next((name for type_, name in KINDS.items() if type(value) is type_), type(value).__name__)
    return kind if isinstance(value, dict | list) and len(str(value)) > 40 else f"{kind}, {value!r}"[:80]


def _text(table: Mapping[str, Any], key: str, within: str = "", missing: str | None = None) -> str:
    if key not in table:
        if missing is not None:
            return missing
        raise ValueError(f"{within}{key} is missing; expected text")
    if not isinstance(table[key], str) or not table[key].strip():
        raise ValueError(f"{within}{key} is {_got(table[key])}; expected text")
    return table[key].strip()


def _number(table: Mapping[str, Any], key: str, missing: Any, *, least: float, most: float, whole: bool = False,
            within: str = "") -> Any:
    value = table.get(key, missing)
    if value is missing and key not in table:
        return missing
    expected = f"{'a whole number' if whole else 'a number'} from {least:g} to {most:g}"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float) or not math.isfinite(value) \
            or not least <= value <= most:
        raise ValueError(f"{within}{key} is {_got(value)}; expected {expected}")
    return value


def _id(path: Path) -> str:
    id = path.stem
    if not re.fullmatch(r"[\w-]{1,64}", id, re.ASCII):
        raise ValueError(f"the file's name is {path.name!r}; expected letters, digits, - and _ before .toml")
    return id


def _notebook(data: Mapping[str, Any], path: Path) -> str:
    name = _text(data, "notebook", missing=path.stem).removesuffix(".ipynb")
    if not re.fullmatch(r"[\w][\w .-]{0,80}", name, re.ASCII):
        raise ValueError(f"notebook is {name!r}; expected a file's name of letters, digits, spaces, -, _ and .")
    return name


def _points(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1000:
        raise ValueError(f"{what} is {_got(value)}; expected points, a number above 0 and at most 1000")
    if round(value * 100) != value * 100 and abs(round(value * 100) - value * 100) > 1e-6:
        raise ValueError(f"{what} is {value!r}; expected points with at most two decimals")
    return value


def _exercises(data: Mapping[str, Any], known: Mapping[str, Exercise], may_be_empty: bool) -> dict[str, float]:
    value = data.get("exercises", {} if may_be_empty else None)
    if value is None:
        raise ValueError("exercises is missing; expected a table such as rnn-step = 2, or a list of ids")
    if isinstance(value, list):
        if not all(isinstance(id, str) for id in value):
            raise ValueError(f"exercises is {_got(value)}; expected a list of ids")
        twice = next((id for id in value if value.count(id) > 1), None)
        if twice:
            raise ValueError(f"exercises has {twice!r} twice")
        value = {id: known[id].points if id in known else 1 for id in value}
    if not isinstance(value, dict) or (not value and not may_be_empty):
        raise ValueError(f"exercises is {_got(value)}; expected a table such as rnn-step = 2, or a list of ids")
    for id in value:
        if id not in known:
            near = get_close_matches(id, known, 2, 0.5)
            meant = f"did you mean {' or '.join(map(repr, near))}?" if near else \
                "those of your own need pack = \"folder\"; rnnbook list shows the book's"
            raise ValueError(f"exercises has {id!r}, which is not known; {meant}")
    return {id: _points(points, f"exercises.{id}") for id, points in value.items()}


def _questions(data: Mapping[str, Any], known: Mapping[str, Exercise]) -> tuple[Question, ...]:
    value = data.get("questions", [])
    if not isinstance(value, list) or not all(isinstance(q, dict) for q in value):
        raise ValueError(f"questions is {_got(value)}; expected tables that begin with [[questions]]")
    found: list[Question] = []
    for n, table in enumerate(value, 1):
        within = f"questions, number {n}: "
        _only(table, QUESTION_KEYS, within)
        id = _text(table, "id", within)
        if not re.fullmatch(r"[a-zA-Z0-9_-]+", id):
            raise ValueError(f"{within}id is {id!r}; expected letters, digits, - and _")
        if id in known or id in [q.id for q in found]:
            raise ValueError(f"{within}id is {id!r}, which is taken; choose another")
        if "points" not in table:
            raise ValueError(f"{within}points is missing; expected a number above 0")
        found.append(Question(id, _text(table, "title", within), _points(table["points"], f"{within}points"),
                              _text(table, "text", within)))
    return tuple(found)


def _zone(data: Mapping[str, Any]) -> ZoneInfo | None:
    name = _text(data, "timezone", missing="")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except Exception:
        raise ValueError(f"timezone is {name!r}, which is not known; expected a name such as 'Europe/Berlin'") from None


def _time(table: Mapping[str, Any], key: str, zone: ZoneInfo | None, within: str = "") -> datetime | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, datetime):
        what = f"{value.isoformat()}, a date without a time" if isinstance(value, date) else _got(value)
        raise ValueError(f"{within}{key} is {what}; expected a date and a time, 2026-11-27T23:59:00+01:00, unquoted")
    if value.tzinfo is None and zone is None:
        raise ValueError(f"{within}{key} is {value.isoformat()}, without a time zone; expected "
                         f"{value.isoformat()}+01:00, or the key timezone = \"Europe/Berlin\" beside it")
    return value if value.tzinfo is not None else value.replace(tzinfo=zone)


def _late(data: Mapping[str, Any], zone: ZoneInfo | None, due: datetime | None) -> LateRule:
    value = data.get("late", {})
    if not isinstance(value, dict):
        raise ValueError(f"late is {_got(value)}; expected a table [late] with {', '.join(LATE_KEYS)}")
    _only(value, LATE_KEYS, "late.")
    if value and due is None:
        raise ValueError("late has rules, but due is missing; expected due = 2026-11-27T23:59:00+01:00")
    cut_off = _time(value, "cut_off", zone, "late.")
    if cut_off is not None and due is not None and cut_off < due:
        raise ValueError(f"late.cut_off is {cut_off.isoformat()}, before due, {due.isoformat()}")
    return LateRule(_number(value, "grace_minutes", 0.0, least=0, most=100_000, within="late."),
                    _number(value, "percent_per_day", 0.0, least=0, most=100, within="late."), cut_off)


def _allowed(data: Mapping[str, Any]) -> tuple[str, ...] | None:
    if "allowed" not in data:
        return None
    value = data["allowed"]
    if not isinstance(value, list) or not all(isinstance(p, str) and p.isidentifier() for p in value):
        raise ValueError(f"allowed is {_got(value)}; expected a list of packages, such as [\"numpy\", \"torch\"]")
    return tuple(dict.fromkeys(value))


def _pack(data: Mapping[str, Any], path: Path) -> Path | None:
    name = _text(data, "pack", missing="")
    if not name:
        return None
    folder = path.parent / name
    if not folder.is_dir():
        raise ValueError(f"pack is {name!r}; there is no such folder beside {path.name}")
    return folder


def _book(data: Mapping[str, Any]) -> str:
    value = _text(data, "book", missing="").rstrip("/")
    if value and not re.fullmatch(r"https?://\S+", value):
        raise ValueError(f"book is {value!r}; expected the address of the book's website, https://…")
    return value
