"""What a class gets wrong: the mistakes that have a name, counted. One slide for the next lecture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rnnbook.grading.gradebook_rows import Row


@dataclass(frozen=True)
class Misconception:
    """A known mistake, and how many students made it, of those who tried the exercise."""

    exercise: str
    title: str
    name: str
    hint: str
    students: int
    tried: int
    convention: bool = False


def misconceptions(rows: Iterable[Row]) -> list[Misconception]:
    """The mistakes in the grades that count, the most frequent first."""
    counts: dict[tuple[str, str], list[str]] = {}
    facts: dict[tuple[str, str], tuple[str, str, bool]] = {}
    tried: dict[str, int] = {}
    for row in rows:
        for mark in row.marks:
            tried[mark.exercise] = tried.get(mark.exercise, 0) + (mark.token is not None)
            for mistake in mark.feedback.get("mistakes", ()):
                key = mark.exercise, mistake["name"]
                counts.setdefault(key, []).append(row.student)
                facts[key] = mark.title, mistake["hint"], mistake["convention"]
    found = [Misconception(id, facts[id, name][0], name, facts[id, name][1], len(set(who)), tried[id],
                           facts[id, name][2]) for (id, name), who in counts.items()]
    return sorted(found, key=lambda m: (-m.students, m.exercise, m.name))


def slide(title: str, found: list[Misconception], most: int = 5) -> str:
    """One slide in Markdown: the `most` frequent."""
    out = [f"# {title}: what went wrong most often", ""]
    if not found:
        out.append("No known mistake was made.")
    for n, m in enumerate(found[:most], 1):
        kind = " (right under another published convention)" if m.convention else ""
        out += [f"{n}. **{m.name}**{kind}, in “{m.title}” (`{m.exercise}`): {m.students} of {m.tried} who tried it.",
                f"   {m.hint}", ""]
    return "\n".join(out).rstrip() + "\n"
