"""The exercises: definitions, and the engine that checks an answer.

    from rnnbook.checks import check, hint, progress, compare
"""

from rnnbook.checks.checking import check, hint, progress, reset
from rnnbook.checks.compared import compare
from rnnbook.checks.exercise import Case, Exercise, Mistake
from rnnbook.checks.registry import exercises, get, load_pack
from rnnbook.checks.report import Report

__all__ = [
    "Case", "Exercise", "Mistake", "Report",
    "check", "compare", "exercises", "get", "hint", "load_pack", "progress", "reset",
]
