"""Results as Gradescope's autograders write them: results.json.

The fields are those of Gradescope's specification (Gradescope Autograder Documentation, "Autograder Specifications",
"Output format"): at the top `score`, `output`, `output_format`, `visibility`, `stdout_visibility`, `extra_data` and
`tests`; of each test `score`, `max_score`, `status`, `name`, `name_format`, `number`, `output`, `output_format`,
`tags`, `visibility` and `extra_data`. `score` at the top goes before the sum of the tests: it holds the late rule. How
long a notebook ran is not kept, so `execution_time`, which is optional, is left out.
"""

from __future__ import annotations

from typing import Any

from rnnbook.grading.driver import Mark, number
from rnnbook.grading.exports.sheet import Sheet, mark_words, row_words
from rnnbook.grading.gradebook_rows import Row

VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")


def results(sheet: Sheet, row: Row, visibility: str = "visible") -> dict[str, Any]:
    """The content of a results.json. What was printed stays hidden; all texts are plain.

    Raises
    ------
    ValueError
        `visibility` is none of Gradescope's.
    """
    if visibility not in VISIBILITIES:
        raise ValueError(f"visibility is {visibility!r}; expected one of {', '.join(VISIBILITIES)}")
    return {
        "score": number(row.final),
        "output": row_words(sheet, row),
        "output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "extra_data": {"homework": sheet.name, "student": row.student, "raw": number(row.raw),
                       "max_points": number(row.max_points), "waiting": row.waiting, "isolation": row.level,
                       "days_late": sheet.days_late(row)},
        "tests": [_test(row, mark, n, visibility) for n, mark in enumerate(row.marks, 1)],
    }


def nothing(sheet: Sheet, visibility: str = "visible") -> dict[str, Any]:
    """The same for someone who has handed in nothing."""
    return {"score": 0, "output": "Nothing was handed in.", "output_format": "text", "visibility": visibility,
            "stdout_visibility": "hidden", "extra_data": {"homework": sheet.name}, "tests": []}


def _test(row: Row, mark: Mark, place: int, visibility: str) -> dict[str, Any]:
    points = row.points(mark)
    data = {"max_score": number(mark.max_points), "name": mark.title, "name_format": "text", "number": str(place),
            "output": mark_words(row, mark), "output_format": "text", "tags": [mark.exercise, *mark.mistakes],
            "visibility": visibility, "extra_data": {"exercise": mark.exercise, "token": mark.token}}
    if points is None:                       # it waits for a person: without a score it is neither passed nor failed
        return data
    return {"score": number(points), "status": "passed" if points >= mark.max_points else "failed", **data}
