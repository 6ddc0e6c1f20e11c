"""Of all that one student handed in, the notebook that counts."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from rnnbook.grading import archives
from rnnbook.grading.archives import Ignored
from rnnbook.grading.layouts import Candidate, is_zip, may_be
from rnnbook.grading.owners import is_called, resubmission
from rnnbook.grading.submission import Submission

APART = 2.5         # seconds between two files from which one is the newer: zips count in steps of two


def choose(id: str, name: str, mine: Sequence[Candidate], names: Sequence[str], ignored: list[Ignored]) -> Submission:
    """The submission of one student; what does not count goes to `ignored`.

    A notebook with the homework's name comes before others. Of several the last uploaded counts: see `newest`.
    """
    trouble: list[str] = []
    notebooks: list[Candidate] = []
    others: list[Candidate] = []
    for candidate in mine:
        if is_zip(candidate.name.file):
            notebooks += _unzipped(candidate, ignored, trouble)
        else:
            (notebooks if may_be(candidate.name.file) else others).append(candidate)
    _leave(others, "no notebook", ignored)
    late = any(c.name.late for c in mine)
    submitted = next((c.submitted for c in mine if c.submitted), None)
    if not notebooks:
        listed = ", ".join(sorted({c.name.file for c in others})[:5])
        problem = " ".join([*trouble, f"No notebook was handed in{', but ' + listed if listed else ''}."])
        return Submission(id, name, None, late, submitted, problem)
    called = [c for c in notebooks if any(is_called(c.name.file, n) for n in names)] or notebooks
    _leave([c for c in notebooks if c not in called], "not the notebook of the homework", ignored)
    best = newest(called)
    if len(best) > 1:
        listed = ", ".join(sorted("/".join(c.found.parts[-2:]) for c in best)[:5])
        _leave(best, "one of several of which it is not clear which counts", ignored)
        _leave([c for c in called if c not in best], "older than others of the same student", ignored)
        problem = f"Several notebooks were handed in, and none is plainly the last: {listed}."
        return Submission(id, name, None, late, submitted, problem)
    [one] = best
    _leave([c for c in called if c is not one], f"an older one; {one.name.file} counts", ignored)
    return Submission(id, name, one.found.place, one.name.late, submitted)


def newest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that may be the last: one, if anything decides.

    In this order: the number of the upload in Canvas's names; the number behind a name that a platform made unique
    ("hw1-2.ipynb" comes after "hw1-1.ipynb"), where the names are otherwise the same; the time of the last change.
    """
    last = max(c.name.upload for c in candidates)
    kept = [c for c in candidates if c.name.upload == last]
    if len(kept) > 1 and len({re.sub(r"(-\d+| ?\(\d+\))(?=\.)", "", c.name.file) for c in kept}) == 1:
        most = max(resubmission(c.name.file) for c in kept)
        kept = [c for c in kept if resubmission(c.name.file) == most]
    changed = max(c.found.changed for c in kept)
    return [c for c in kept if changed - c.found.changed < APART]


def _leave(candidates: Collection[Candidate], reason: str, ignored: list[Ignored]) -> None:
    ignored += [Ignored(str(c.found.place), reason) for c in candidates]


def _unzipped(candidate: Candidate, ignored: list[Ignored], trouble: list[str]) -> list[Candidate]:
    """The notebooks in a student's own zip."""
    name = candidate.name.file
    try:
        inner = archives.members(candidate.found.place, ignored)
    except ValueError as error:
        ignored.append(Ignored(str(candidate.found.place), str(error)))
        trouble.append(f"{name} cannot be opened: {error}.")
        return []
    found = []
    for file in inner:
        if may_be(file.parts[-1]) and not is_zip(file.parts[-1]):
            found.append(Candidate(file, replace(candidate.name, file=file.parts[-1]), candidate.submitted))
        else:
            why = "a zip within a student's zip" if is_zip(file.parts[-1]) else "no notebook"
            ignored.append(Ignored(str(file.place), why))
    if not found:
        trouble.append(f"{name} holds no notebook.")
    return found
