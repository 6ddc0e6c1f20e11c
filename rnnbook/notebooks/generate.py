"""From solutions/ to exercises/: what a learner receives is generated, never edited.

    python -m rnnbook.notebooks.generate              write exercises/
    python -m rnnbook.notebooks.generate --headers    and first what solutions/ and book/ take from the definitions
    python -m rnnbook.notebooks.generate --check      change nothing; exit status 1 if a file is not up to date

A cell of solutions/NN-name.ipynb says in metadata what it is: {"rnnbook": {"exercise": "rnn-step", "part": "task"}}.
The parts of an exercise follow one another: header (generated from the definition), task, answer, check (generated).
{"rnnbook": {"part": "title"}} marks the first cell, generated. The answer proper stands between ### BEGIN SOLUTION and
### END SOLUTION. A chapter's card of an exercise is a heading, and a line of facts with a link to exercises/; the prose
that follows is the chapter's own.

The solutions are cleared by nbgrader's own preprocessors, in the order of `nbgrader generate_assignment`. Those that
need a course folder are left out: they save the cells in its database, and add its header and footer.
"""

from __future__ import annotations

import argparse
import copy
import importlib
import json
import re
import sys
from pathlib import Path
from typing import Any

from rnnbook.checks import Exercise, get
from rnnbook.notebooks.normalise import dumps, normalise, write

SOURCE, TARGET, CHAPTERS = "solutions", "exercises", "book"
PARTS = ("header", "task", "answer", "check")
STUB = '# Your answer here.\nraise NotImplementedError("not tried yet")'
TEXT_STUB = "*Your answer here.*"
NBGRADER = {
    "header": {"grade": False, "solution": False, "locked": True},
    "task": {"grade": False, "solution": False, "locked": True},
    "answer": {"grade": False, "solution": True, "locked": False},
    "check": {"grade": True, "solution": False, "locked": True},
}


def with_headers(notebook: dict, stem: str) -> dict:
    """A notebook of solutions with all that the definitions say about it: title, headers, checks, nbgrader's metadata.

    Parameters
    ----------
    notebook
        nbformat 4, as `json.load` gives it; left as it is.
    stem
        Its name: "02-hidden-state". The exercises in it are those of chapter 02, in their order.

    Raises
    ------
    ValueError
        Where an exercise of the chapter is missing, out of order, or has not its four parts one after the other.
    """
    notebook = copy.deepcopy(notebook)
    chapter = definitions(stem)
    found = [(cell, _mark(cell)) for cell in notebook["cells"] if "exercise" in _mark(cell)]
    parts = [(mark["exercise"], mark["part"]) for _, mark in found]
    expected = [(e.id, part) for e in chapter for part in PARTS]
    if parts != expected:
        pairs = zip(parts, expected, strict=False)
        odd = next((f"{got} where {want} is expected" for got, want in pairs if got != want),
                   f"{len(parts)} parts where {len(expected)} are expected")
        raise ValueError(f"{stem}: the parts of the exercises are not those of the definitions: {odd}")
    for cell, mark in found:
        exercise, part = get(mark["exercise"]), mark["part"]
        cell["id"] = f"{exercise.id}-{part}"
        cell["metadata"]["nbgrader"] = _nbgrader(exercise, part)
        if part == "header":
            cell["source"] = header(exercise, stem)
        if part == "check":
            cell["source"] = f'report = check("{exercise.id}", {exercise.name})\nreport.points'
    for cell in notebook["cells"]:
        if _mark(cell).get("part") == "title":
            cell["source"] = title(stem, SOURCE)
    return notebook


def definitions(stem: str) -> tuple[Exercise, ...]:
    """The exercises of a chapter, in order: those of rnnbook.checks.ch02_hidden_state for "02-hidden-state"."""
    return importlib.import_module(f"rnnbook.checks.ch{stem.replace('-', '_')}").EXERCISES


def title(stem: str, folder: str) -> str:
    """The first cell of a notebook in solutions/ or exercises/."""
    chapter = definitions(stem)
    number, name = int(stem[:2]), stem[3:].replace("-", " ").capitalize()
    points, minutes = sum(e.points for e in chapter), sum(e.minutes for e in chapter)
    other = {
        SOURCE: f"One answer to each of the [exercises](../{TARGET}/{stem}.ipynb). Other answers can be as right.",
        TARGET: f"When you are done, compare with the [solutions](../{SOURCE}/{stem}.ipynb).",
    }[folder]
    return (f"# {name}: {folder}\n\n{len(chapter)} exercises on [chapter {number}](../book/{stem}.ipynb), "
            f"{points} points, about {minutes} minutes. {other}")


def facts(exercise: Exercise) -> str:
    """What it takes and what it brings, in one line."""
    points = f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
    return f"**{exercise.minutes} minutes · level {exercise.level} · {points}**"


def heading(exercise: Exercise, stem: str) -> str:
    """Its number, counted through the chapter, and its title."""
    return f"Exercise {int(stem[:2])}.{definitions(stem).index(exercise) + 1}: {exercise.title}"


def header(exercise: Exercise, stem: str) -> str:
    """The first cell of an exercise: an anchor, the heading, one line of facts, the goal."""
    page, _, anchor = exercise.section.partition("#")
    link = f"../book/{page}.ipynb" + (f"#{anchor}" if anchor else "")
    return (f'<a id="{exercise.id}"></a>\n\n## {heading(exercise, stem)}\n\n'
            f"{facts(exercise)} · [In the chapter]({link})\n\n{exercise.goal}")


def with_cards(notebook: dict, stem: str) -> dict:
    """A chapter whose cards of exercises have the number, title and facts of the definitions."""
    card = re.compile(r"^(?P<level>#+) Exercise [^\n]*\n+\*\*[^\n]*?\*\*(?P<rest> · \[[^]\n]*\]"
                      rf"\(\.\./{TARGET}/{stem}\.ipynb#(?P<id>[\w-]+)\))", re.MULTILINE)

    def fresh(found: re.Match) -> str:
        exercise = get(found["id"])
        return f"{found['level']} {heading(exercise, stem)}\n\n{facts(exercise)}{found['rest']}"

    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = card.sub(fresh, "".join(cell["source"]))
    return notebook


def stub(exercise: Exercise) -> str:
    """What stands in the place of an answer: a cell with it runs to its end, and its check says "not tried yet"."""
    if exercise.kind == "number":
        return f"{exercise.name} = ..."
    if exercise.kind == "choice":
        return "\n".join([f"{exercise.name} = {{", *(f'    "{part}": ...,' for part in exercise.choices), "}"])
    return STUB


def release(notebook: dict, stem: str) -> dict:
    """The notebook a learner receives, made of a notebook of solutions by nbgrader's preprocessors; normalised."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        if _mark(cell).get("part") == "title":
            cell["source"] = title(stem, TARGET)
    return cleared(notebook)


def cleared(notebook: dict) -> dict:
    """A notebook without its solutions and outputs, locked, with checksums, by nbgrader's preprocessors; normalised."""
    import nbformat
    from nbgrader import preprocessors as steps

    class Clear(steps.ClearSolutions):
        """ClearSolutions, with a stub that fits the exercise."""

        text_stub = TEXT_STUB

        def preprocess_cell(self, cell, resources, cell_index):
            if "exercise" in _mark(cell):
                self.code_stub = {"python": stub(get(_mark(cell)["exercise"]))}
            return super().preprocess_cell(cell, resources, cell_index)

    node = nbformat.reads(dumps(normalise(notebook)), as_version=4)
    resources: dict[str, Any] = {}
    for step in (steps.LockCells, Clear, steps.ClearOutput, steps.CheckCellMetadata, steps.ComputeChecksums,
                 steps.ClearHiddenTests, steps.ClearMarkScheme, steps.ComputeChecksums, steps.CheckCellMetadata):
        node, resources = step().preprocess(node, resources)
    return normalise(node)


def _mark(cell: dict) -> dict[str, str]:
    return cell["metadata"].get("rnnbook", {})


def _nbgrader(exercise: Exercise, part: str) -> dict[str, Any]:
    """nbgrader's metadata, version 3. The graded cell has the exercise's id."""
    grade_id = exercise.id if part == "check" else f"{exercise.id}-{part}"
    points = {"points": exercise.points} if part == "check" else {}
    return {"schema_version": 3, "grade_id": grade_id, "task": False, **NBGRADER[part], **points}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("rnnbook.notebooks.generate", description="Generate exercises/ from solutions/.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="in solutions/; default: all")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if a file is not up to date")
    parser.add_argument("--headers", action="store_true", help="also rewrite what the definitions say elsewhere")
    args = parser.parse_args(argv)
    stale = 0

    def keep(path: Path, text: str) -> None:
        nonlocal stale
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return
        stale += 1
        print(f"{path}: {'not up to date' if args.check else 'written'}")
        if not args.check:
            path.parent.mkdir(exist_ok=True)
            write(path, text)

    for path in args.notebooks or sorted(Path(SOURCE).glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        fresh = with_headers(notebook, path.stem)
        if args.headers or args.check:
            keep(path, dumps(normalise(fresh)))
            chapter = path.parent.parent / CHAPTERS / path.name
            if chapter.exists():
                before = json.loads(chapter.read_text(encoding="utf-8"))
                keep(chapter, dumps(normalise(with_cards(before, path.stem))))
        keep(path.parent.parent / TARGET / path.name, dumps(release(fresh, path.stem)))
    return 1 if args.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
