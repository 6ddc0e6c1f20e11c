"""Which line of Canvas's export is which student of the gradebook. Where that is not certain, it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rnnbook.grading.exports.sheet import Sheet
from rnnbook.grading.matching import Matcher
from rnnbook.grading.owners import Owner
from rnnbook.grading.roster import Roster, Student

NOBODY = "nobody there has that id, login, e-mail address or name"


def lines_of(sheet: Sheet, roster: Roster) -> tuple[dict[int, str], dict[str, str]]:
    """Line -> student of the gradebook, for all whom it knows; and those who are not on the list: id -> why.

    A line that may be one of several students has "".
    A student is known by the id, the login, the e-mail address or Canvas's number, else by the name.
    """
    matcher = Matcher(roster)
    keys: dict[str, dict[str, Student]] = {}
    for student in roster:
        for key in (student.id, student.login, student.email, student.number):
            if key:
                keys.setdefault(key.casefold(), {})[student.id] = student
    lines: dict[int, list[str]] = {}
    unknown: dict[str, str] = {}
    for id, (name, data) in sheet.students.items():
        found = _find(id, name, data, keys, matcher)
        if isinstance(found, Student):
            lines.setdefault(found.line, []).append(id)
        elif any(row.student == id for row in sheet.rows):
            unknown[id] = found
    for line, ids in list(lines.items()):
        handed_in = [row.student for row in sheet.rows if row.student in ids] or ids[:1]
        if len(handed_in) > 1:
            unknown |= {id: f"line {line} of Canvas's export may be {' or '.join(handed_in)}" for id in handed_in}
            lines[line] = [""]
        else:
            lines[line] = handed_in
    return {line: ids[0] for line, ids in lines.items()}, unknown


def _find(id: str, name: str, data: Mapping[str, Any], keys: Mapping[str, Mapping[str, Student]],
          matcher: Matcher) -> Student | str:
    said = [id, data.get("login", ""), data.get("email", "")]
    if data.get("roster") == "canvas":
        said.append(data.get("number", ""))
    for key in said:
        found = keys.get(key.casefold(), {}) if key else {}
        if len(found) == 1:
            return next(iter(found.values()))
    platform = re.fullmatch(r"(.+)_(\d+)", id)          # as it is called where there was no roster: name and number
    if platform and not data:
        by_platform = matcher.find(Owner("canvas", platform[1], platform[2]))
        return by_platform if isinstance(by_platform, Student) or "nobody" not in by_platform else NOBODY
    ways = [matcher.find(Owner("folder", way)) for way in (name, id) if way]
    said_why = [way for way in ways if isinstance(way, str) and "nobody" not in way]
    return next((way for way in ways if isinstance(way, Student)), said_why[0] if said_why else NOBODY)
