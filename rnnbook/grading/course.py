"""What is graded, as the gradebook remembers it: so that a hand-in can be graded again when all files are gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rnnbook.checks import Exercise, engine
from rnnbook.grading import definitions, driver
from rnnbook.grading.driver import Manual, Plan
from rnnbook.grading.grader import Setup
from rnnbook.grading.homework import Homework

NAME = "exercises"      # what is graded without a homework file is called so


def describe(homework: Homework | None, known: Mapping[str, Exercise], packs: Sequence[str | Path] = (), *,
             timeout: float | None = None, memory: int | None = None) -> dict[str, Any]:
    """A homework as plain data; without one, all exercises that are known with their own points.

    `timeout` and `memory` go before those of the homework.
    """
    data: dict[str, Any] = {
        "title": homework.title if homework else "Exercises",
        "exercises": list(homework.exercises.items()) if homework else [(e.id, e.points) for e in known.values()],
        "allowed": list(homework.allowed) if homework and homework.allowed is not None else None,
        "found": homework is None,
        "rounds": homework.seeds if homework else driver.ROUNDS,
        "timeout": timeout if timeout is not None or homework is None else homework.timeout,
        "memory": memory if memory is not None or homework is None else homework.memory,
        "packs": [str(Path(folder).resolve()) for folder in
                  dict.fromkeys([*packs, *([homework.pack] if homework and homework.pack else [])])],
    }
    if homework is not None:
        late = homework.late
        data |= {
            "manual": [{"id": q.id, "title": q.title, "points": q.points} for q in homework.questions],
            "due": homework.due.isoformat() if homework.due else None,
            "late": {"grace": late.grace, "percent": late.percent,
                     "cut_off": late.cut_off.isoformat() if late.cut_off else None},
        }
    return data


def setup(name: str, data: Mapping[str, Any], secret: bytes, *, level: str = "process",
          packs: Sequence[str] | None = None) -> Setup:
    """How a described homework is graded; `packs` are where its packs lie now, if they have moved."""
    folders = tuple(data["packs"] if packs is None else packs)
    allowed = tuple(data["allowed"]) if data["allowed"] is not None else None
    return Setup(
        name=name, items=tuple((id, points, allowed) for id, points in data["exercises"]), secret=secret,
        definitions=definitions.digest(folders), rounds=data["rounds"], found=data["found"], packs=folders,
        manual=tuple(Manual(m["id"], m["title"], m["points"]) for m in data.get("manual", ())),
        timeout=data["timeout"], memory=data["memory"], level=level)


def prove(plan: Plan, ids: Sequence[str]) -> None:
    """Try these exercises on their own answers, before a class is graded by them.

    Raises
    ------
    ValueError
        An exercise's reference fails, or is not right by its own definition.
    """
    for item in plan.items:
        if item.exercise.id not in ids:
            continue
        try:
            asked = driver.drawn("nobody", item.exercise, plan)
            results = [engine.expected(item.exercise, question) for question in asked]
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise ValueError(f"{item.exercise.id}: its cases or its reference fail: {told}") from None
        report = driver.judged(item.exercise, asked, results)
        if report is None or not report.passed:
            raise ValueError(f"{item.exercise.id}: its own reference is not right: "
                             f"{report.headline if report else 'it cannot be judged'}")
