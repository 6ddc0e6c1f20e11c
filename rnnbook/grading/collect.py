"""Hand-ins as they come: a folder or a zip, by hand or from Moodle, Canvas or nbgrader, found without renaming.

Every file that is found is accounted for: it is a submission, or belongs to nobody who is known, or was left out, and
then there is a reason. `owners` has the names that platforms give, `layouts` how files lie, `choosing` which of several
notebooks counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rnnbook.grading.archives import Ignored
from rnnbook.grading.choosing import choose
from rnnbook.grading.layouts import Candidate, candidates, may_be
from rnnbook.grading.matching import Matcher
from rnnbook.grading.owners import Owner
from rnnbook.grading.roster import Roster, Student
from rnnbook.grading.submission import Submission

__all__ = ["Collected", "Ignored", "Submission", "collect"]


@dataclass(frozen=True)
class Collected:
    """All that was found.

    Attributes
    ----------
    submissions
        At most one for each student, in the roster's order, else by name.
    unmatched
        Hand-ins that are somebody's, but it is not certain whose, and why not.
    ignored
        What was left out, and why.
    missing
        The students of the roster who handed in nothing.
    layout
        What the folder was taken for, in words.
    """

    submissions: tuple[Submission, ...]
    unmatched: tuple[Ignored, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    missing: tuple[Student, ...] = ()
    layout: str = ""


def collect(root: str | Path, roster: Roster | None = None, names: Iterable[str] = ()) -> Collected:
    """Find the hand-ins in a folder or zip.

    Parameters
    ----------
    roster
        Students are then known by its ids, and files of nobody in it are unmatched.
    names
        What the homework's notebook may be called: `(homework.notebook, homework.id)`.

    Raises
    ------
    ValueError
        There is no such folder or zip, there is nothing in it, the zip is damaged, or it holds several assignments of
        nbgrader's and none of them is called as the homework.
    """
    root, names = Path(root), [n for n in names if n]
    ignored: list[Ignored] = []
    unmatched: list[Ignored] = []
    matcher = Matcher(roster, names) if roster is not None else None

    def student_of(owner: Owner) -> Student | str:
        return matcher.find(owner) if matcher else Student(owner.key, owner.name)

    def is_student(folder: str) -> bool:
        return matcher is not None and isinstance(matcher.find(Owner("folder", folder)), Student)

    found, layout = candidates(root, is_student, names, ignored)
    groups: dict[str, tuple[str, list[Candidate]]] = {}
    for candidate in found:
        owner = candidate.name.owner
        student = student_of(owner)
        if owner.kind == "file" and not may_be(candidate.name.file) and (matcher is None or isinstance(student, str)):
            ignored.append(Ignored(str(candidate.found.place), "no notebook"))
        elif isinstance(student, str):
            unmatched.append(Ignored(str(candidate.found.place), student))
        else:
            groups.setdefault(student.id, (student.name or student.id, []))[1].append(candidate)
    numbers = {s.id: s.number for s in roster or ()}
    submissions = []
    for id, (name, mine) in groups.items():
        own, several = _of_one(mine, numbers.get(id, ""), unmatched)
        submissions.append(Submission(id, name, None, problem=several) if several else
                           choose(id, name, own, names, ignored))
    order = {s.id: n for n, s in enumerate(roster or ())}
    submissions.sort(key=lambda s: (order.get(s.student, 0), s.student.casefold()))
    missing = tuple(s for s in roster or () if s.id not in groups)
    return Collected(tuple(submissions), tuple(unmatched), tuple(ignored), missing, layout)


def _of_one(mine: list[Candidate], number: str, unmatched: list[Ignored]) -> tuple[list[Candidate], str]:
    """Of hand-ins under one name those of one person; "", or in words why it is not certain which these are.

    Who may change their name on a platform can take another's, but not another's number. `number` is the roster's.
    """
    said = sorted({c.name.owner.number for c in mine} - {""})
    if len(said) < 2:
        return mine, ""
    if number not in said:
        unmatched += [Ignored(str(c.found.place), "several people hand in under this name") for c in mine]
        return [], (f"Several people hand in under this name, with the numbers {', '.join(said[:5])}. "
                    "Put the student's number into the roster.")
    unmatched += [Ignored(str(c.found.place), f"the name is that of number {number}") for c in mine
                  if c.name.owner.number not in ("", number)]
    return [c for c in mine if c.name.owner.number in ("", number)], ""
