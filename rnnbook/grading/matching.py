"""Which student of a roster an owner of a hand-in is. Where that is not certain, it is said and not guessed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from rnnbook.grading.names import forms, spelled, squash, words
from rnnbook.grading.owners import Owner
from rnnbook.grading.roster import Roster, Student

NOISE = re.compile(r"(hw|homework|assignment|assign|exercises?|ex|sheet|blatt|uebung|final|submission|abgabe|solutions?"
                   r"|v|version|copy|kopie|new|of)?\d*")


class Matcher:
    """Finds students by what a file or folder says of its owner."""

    def __init__(self, roster: Roster, homework: Iterable[str] = ()) -> None:
        self.roster = roster
        self._noise = {word for name in homework for word in words(name)}
        self._keys: dict[str, list[Student]] = {}
        self._names: dict[str, list[Student]] = {}
        self._numbers: dict[str, list[Student]] = {}
        self._said = [(student, _ways(student)) for student in roster]
        for student in roster:
            local = student.email.partition("@")[0]
            for key in {squash(k) for k in (student.id, student.login, student.email, local) if k} - {""}:
                self._keys.setdefault(key, []).append(student)
            for form in forms(student.name):
                self._names.setdefault(form, []).append(student)
            if student.number:
                self._numbers.setdefault(student.number, []).append(student)

    def find(self, owner: Owner) -> Student | str:
        """The student, or in words why it is not certain who it is."""
        if owner.kind in ("canvas", "moodle"):
            return self._platform(owner)
        for found in (self._exact(owner.name), self._within(owner.name)):
            if found:
                return self._one(owner, found)
        return f"{owner.name!r} is nobody in the roster"

    def _platform(self, owner: Owner) -> Student | str:
        """A download's owner by number and name; they must not speak of two people."""
        by_number = self._numbers.get(owner.number, []) if owner.number else []
        by_name = self._exact(owner.name) or self._within(owner.name)
        both = [s for s in by_number if s in by_name]
        if both or not by_number:
            if both or by_name:
                return self._one(owner, both or by_name)
            if owner.anonymous:
                return f"{owner.label} is anonymous; the roster needs the platform's numbers"
            return f"{owner.label} is nobody in the roster"
        if by_name and not owner.anonymous:
            return (f"{owner.label}: by the number it is {_said(by_number)}, by the name {_said(by_name)}")
        if owner.anonymous or self.roster.kind == owner.kind or _share_a_word(owner.name, by_number[0]):
            return self._one(owner, by_number)
        return f"{owner.label}: the number is that of {_said(by_number)}, whose name is another"

    def _exact(self, text: str) -> list[Student]:
        found = [s for spelling in spelled(text) for table in (self._keys, self._names)
                 for s in table.get(squash(spelling), ())]
        return _distinct(found)

    def _within(self, text: str) -> list[Student]:
        """Students of whom the text says an id or the whole name, where all else it says is no one's name."""
        found: list[Student] = []
        for spelling in spelled(text):
            said = words(spelling)
            for student, ways in self._said:
                rest = _without(said, ways)
                if rest is not None and all(w in self._noise or NOISE.fullmatch(w) for w in rest):
                    found.append(student)
        return _distinct(found)

    def _one(self, owner: Owner, found: list[Student]) -> Student | str:
        if len(found) == 1:
            return found[0]
        return f"{owner.label} may be {_said(found)}: the roster has {len(found)} who fit"


def _ways(student: Student) -> list[list[tuple[str, ...]]]:
    """The words of each thing that names a student for certain, as it may be spelled."""
    local = student.email.partition("@")[0]
    ways = []
    for key in dict.fromkeys(k for k in (student.email, student.id, student.login, local, student.name) if k):
        spellings = [words(spelling) for spelling in spelled(key)]
        short = len(spellings[0]) == 1 and len(spellings[0][0]) < 3
        if spellings[0] and not (key == student.name != student.id and len(spellings[0]) < 2) and not (
                short and key != student.id):
            ways.append(list(dict.fromkeys(spellings)))
    return ways


def _without(said: tuple[str, ...], ways: list[list[tuple[str, ...]]]) -> list[str] | None:
    """The words that are left without those of a student; None if they do not name the student."""
    rest, named = list(said), False
    for spellings in ways:
        parts = next((p for p in spellings if all(rest.count(w) >= p.count(w) for w in p)), None)
        if parts is not None:
            for w in parts:
                rest.remove(w)
            named = True
    return rest if named else None


def _share_a_word(name: str, student: Student) -> bool:
    here = {squash(s) for s in spelled(name)}
    return not student.name or any(w in h for w in words(student.name) for h in here if len(w) > 1)


def _distinct(students: Collection[Student]) -> list[Student]:
    kept: Mapping[str, Student] = {s.id: s for s in students}
    return list(kept.values())


def _said(students: list[Student]) -> str:
    return " or ".join(f"{s.name or s.id} ({s.id}, line {s.line})" for s in students[:4])
