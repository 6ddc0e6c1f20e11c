"""Runs a learner's notebook from top to bottom and asks for each exercise's answer. Nothing in it can stop the run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rnnbook.commands.kernel import Kernel, KernelError, Result
from rnnbook.commands.notebook import Cell, Place

ANSWER = 60.0   # seconds for one exercise's check; the engine's own limit on the answer is far shorter
SLOW = 5.0      # seconds after which a check is not made a second time
RANK = ("right", "partly", "convention", "wrong", "untried")


@dataclass(frozen=True)
class Line:
    """One line of the learner's, where something stopped: in code cell `cell` (0: in the module `file` instead)."""

    cell: int
    line: int
    text: str
    function: str = ""
    file: str = ""


@dataclass(frozen=True)
class Trouble:
    """A cell that did not run to its end. `state` is kernel.Result's; `name` and `message` are the exception's."""

    cell: Cell
    state: str
    name: str = ""
    message: str = ""
    lines: Sequence[Line] = ()


@dataclass(frozen=True)
class Grade:
    """What became of one exercise: the engine's report as a dict, and its status, one of RANK.

    `note` is ours, where the engine could not be asked or there was nothing to ask about.
    """

    id: str
    status: str
    points: float = 0
    report: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of a notebook: the cells that stopped, and a grade for each exercise, in its order."""

    troubles: Sequence[Trouble]
    grades: Sequence[Grade]


def run_notebook(
    folder: Path, cells: Sequence[Cell], places: Sequence[Place], names: dict[str, str], packs: Sequence[str] = (),
    timeout: float = 60.0, tell: Callable[[str], None] = lambda text: None,
) -> Outcome:
    """Run every cell, each for at most `timeout` seconds, and grade the exercises found at `places`.

    An answer is asked for right after its exercise, and once more at the end where it did not pass: the better one
    counts, so a cell that stands in the wrong order or takes the name for something else later costs nothing.
    `names` gives the name an exercise's answer goes by; `tell` hears what is being done, for whoever is waiting.
    """
    grades: dict[str, Grade] = {}
    troubles: list[Trouble] = []
    last = max(cell.number for cell in cells)
    with Session(folder, packs, timeout) as session:
        for index, cell in enumerate(cells):
            if cell.number:
                tell(f"code cell {cell.number} of {last}: {cell.title}")
                trouble = session.run(cell)
                if trouble is not None and not (cell.may_fail and trouble.state == "error"):
                    troubles.append(trouble)
            for place in places:
                if place.after == index:
                    tell(f"checking {place.id}")
                    grades[place.id] = session.grade(place.id)
        for place in places:
            first = grades[place.id]
            if first.status != "right" and not first.note and first.seconds < SLOW:
                tell(f"checking {place.id}")
                grades[place.id] = better(first, session.grade(place.id))
    final = [explained(grades[place.id], names[place.id], troubles) for place in places]
    return Outcome([t for t in troubles if not follows(t, final, names)], final)


def better(first: Grade, second: Grade) -> Grade:
    """The grade with more points; of two with as many the one that got further; of two alike the first."""
    key = [(grade.points, -RANK.index(grade.status)) for grade in (first, second)]
    return second if key[1] > key[0] else first


def explained(grade: Grade, name: str, troubles: Sequence[Trouble]) -> Grade:
    """An answer that is missing because its cell stopped is not untried: the grade says which cell it was."""
    if grade.report.get("defined", True):
        return grade
    for trouble in troubles:
        if defines(trouble.cell.source, name) or trouble.cell.grade_id == f"{grade.id}-answer":
            note = f"The cell that defines {name} stopped: code cell {trouble.cell.number}, see below."
            return Grade(grade.id, "wrong", 0, grade.report, note)
    return Grade(grade.id, "untried", 0, grade.report, f"No cell defines {name}.")


def follows(trouble: Trouble, grades: Sequence[Grade], names: dict[str, str]) -> bool:
    """Whether a cell stopped only because an answer it asks for is not defined: the grade has said why."""
    missing = {names[grade.id] for grade in grades if not grade.report.get("defined", True)}
    return (trouble.name == "NameError" and len(trouble.lines) == 1 and "check(" in trouble.lines[0].text
            and any(f"'{name}'" in trouble.message for name in missing))


def defines(source: str, name: str) -> bool:
    """Whether a cell looks as if it defined the name. It may be broken Python, so this looks at its lines only."""
    pattern = rf"^(?:(?:async +)?(?:def|class) +{name}\b|{name} *(?:=(?!=)|:))"
    return re.search(pattern, source, re.MULTILINE) is not None


class Session:
    """A kernel that is started again when it is gone, with the cells run so far run again in it."""

    def __init__(self, folder: Path, packs: Sequence[str], timeout: float) -> None:
        self.kernel = Kernel(folder)
        self.packs = [str(Path(pack).resolve()) for pack in packs]
        self.timeout = timeout
        self._ran: list[Cell] = []              # what to run again after a restart
        self._cells: dict[int, int] = {}        # In[n] -> cell number
        self._up = False

    def __enter__(self) -> Session:
        self.kernel.__enter__()
        try:
            self._load_packs()
        except BaseException:
            self.kernel.__exit__()
            raise
        return self

    def __exit__(self, *error: Any) -> None:
        self.kernel.__exit__(*error)

    def run(self, cell: Cell) -> Trouble | None:
        """Run a cell; None where it ran to its end."""
        self._ready()
        result = self._run(cell)
        if result.state in ("done", "error"):
            self._ran.append(cell)
        if result.state == "done":
            return None
        message, lines = self._failure(result) if self._up else (result.message, [])
        return Trouble(cell, result.state, result.name, message, lines)

    def grade(self, id: str) -> Grade:
        """Ask for an exercise's answer as it stands now."""
        self._ready()
        begin = time.monotonic()
        result = self.kernel.call("grade", {"id": id}, ANSWER)
        seconds = time.monotonic() - begin
        self._up = result.state not in ("died", "killed")
        if result.state == "done" and result.data is not None:
            return Grade(id, result.data["status"], result.data["points"], result.data, seconds=seconds)
        if result.state == "error":
            return Grade(id, "wrong", note=f"It could not be checked: {result.name}: {result.message}")
        if result.state == "died":
            return Grade(id, "wrong", note="Calling it ends the Python process: look for exit(), quit() or os._exit().")
        return Grade(id, "wrong", note=f"Calling it does not come back: stopped after {ANSWER:.0f} s.")

    def _run(self, cell: Cell) -> Result:
        result = self.kernel.run(cell.source, self.timeout)
        self._up = result.state not in ("died", "killed")
        if result.count:
            self._cells[result.count] = cell.number
        return result

    def _ready(self) -> None:
        """Start the kernel again if it is gone. A cell that now takes it down is left out from then on."""
        while not self._up:
            self.kernel.start()
            self._load_packs()
            self._cells.clear()
            for cell in list(self._ran):
                result = self._run(cell)
                if result.state not in ("done", "error"):
                    self._ran.remove(cell)
                if not self._up:
                    break

    def _load_packs(self) -> None:
        result = self.kernel.call("start", {"packs": self.packs}, ANSWER)
        if result.state != "done":
            raise KernelError(f"the exercises do not load in the kernel: {result.name}: {result.message}")
        self._up = True

    def _failure(self, result: Result) -> tuple[str, list[Line]]:
        """The exception's message, and where it was raised in the learner's own lines."""
        found = self.kernel.call("failure", {}, self.timeout)
        self._up = found.state not in ("died", "killed")
        if found.data is None or result.name != found.data["name"]:
            return result.message, []
        return found.data["message"], [
            Line(self._cells.get(line["count"], 0), line["line"], line["text"], line["function"], line["file"])
            for line in found.data["lines"]]
