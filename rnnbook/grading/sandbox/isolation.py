"""How well a submission was kept apart, as it is stored with its grade."""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("none", "process", "landlock", "namespaces", "full")
"""From weakest to strongest. Each has what "process" has; "full" has Landlock and namespaces."""

ELSEWHERE = "grading needs Linux or macOS; on Windows, use WSL or a container"


@dataclass(frozen=True)
class Isolation:
    """What was in force while a submission ran.

    Attributes
    ----------
    level
        One of LEVELS.
    pieces
        The single means that were in force, by name: "limits", "audit", "landlock", "network namespace", …
    """

    level: str
    pieces: tuple[str, ...] = ()

    def reaches(self, level: str) -> bool:
        """Whether this is as strong as `level`, or stronger. A ValueError if there is no such level."""
        return rank(self.level) >= rank(level)


NONE = Isolation("none")


def rank(level: str) -> int:
    """The place of a level among LEVELS.

    Raises
    ------
    ValueError
        There is no such level.
    """
    if level not in LEVELS:
        raise ValueError(f"level is {level!r}; expected one of {', '.join(LEVELS)}")
    return LEVELS.index(level)
