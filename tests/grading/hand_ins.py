"""Hand-ins made by code: notebooks as students leave them, and the folders and zips that learning platforms make."""

from __future__ import annotations

import copy
import json
import re
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
STEM = "02-hidden-state"
NAMES = ("Doe, Jane", "Müller, Jörg", "García Márquez, Ana", "O'Neil, Sam", "Ng, Li", "Šimić, Željka", "Roe, Jane")


def untouched(stem: str = STEM) -> dict:
    """The exercises of a chapter as a student receives them."""
    return json.loads((ROOT / "exercises" / f"{stem}.ipynb").read_text(encoding="utf-8"))


def answers(stem: str = STEM) -> dict[str, str]:
    """The book's own answer to each exercise of a chapter: the source of its cell, by id."""
    notebook = json.loads((ROOT / "solutions" / f"{stem}.ipynb").read_text(encoding="utf-8"))
    marked = {c["metadata"]["rnnbook"]["exercise"]: "".join(c["source"]) for c in notebook["cells"]
              if c["metadata"].get("rnnbook", {}).get("part") == "answer"}
    return {id: re.sub(r"^[ \t]*### (BEGIN|END) SOLUTION\n?", "", source, flags=re.M) for id, source in marked.items()}


def with_answers(sources: Mapping[str, str], notebook: dict | None = None) -> dict:
    """A notebook (untouched where none is given) with these answers in place of those it had."""
    notebook = copy.deepcopy(notebook if notebook is not None else untouched())
    left = dict(sources)
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("rnnbook", {})
        if mark.get("part") == "answer" and mark.get("exercise") in left:
            cell["source"] = left.pop(mark["exercise"])
    if left:
        raise KeyError(f"the notebook has no cell for {list(left)}")
    return notebook


def with_answer(id: str, source: str, notebook: dict | None = None) -> dict:
    """A notebook (untouched where none is given) with another answer to one exercise."""
    return with_answers({id: source}, notebook)


def solved(stem: str = STEM, only: Iterable[str] | None = None) -> dict:
    """A chapter's exercises with the book's own answers to all of them, or to some."""
    right = answers(stem)
    return with_answers(right if only is None else {id: right[id] for id in only}, untouched(stem))


def notebook_of(*sources: str, **metadata: object) -> dict:
    """A notebook of plain code cells without any metadata: what copy and paste into a new notebook leaves."""
    cells = [{"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [],
              "execution_count": None} for n, source in enumerate(sources)]
    return {"cells": cells, "metadata": dict(metadata), "nbformat": 4, "nbformat_minor": 5}


def stripped(notebook: dict) -> dict:
    """The notebook without the metadata of its cells, as some platforms return it."""
    notebook = copy.deepcopy(notebook)
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        cell.pop("id", None)
    return notebook


def as_bytes(notebook: dict) -> bytes:
    """The file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def content_of(notebook: dict | bytes) -> bytes:
    """The file of a notebook; bytes are taken as they are."""
    return notebook if isinstance(notebook, bytes) else as_bytes(notebook)


def squashed(name: str) -> str:
    """A sortable name as Canvas puts it before the ids: lower case, without what is no letter, digit or underscore."""
    return re.sub(r"\W", "", name.lower())


def given_first(name: str) -> str:
    """"Doe, Jane" as "Jane Doe"."""
    return " ".join(reversed([part.strip() for part in name.split(",", 1)]))


def canvas_name(name: str, user: int, attachment: int, file: str, late: bool = False) -> str:
    """The name of a file in a Canvas download; `name` is sortable: "Doe, Jane"."""
    return "_".join([squashed(name), *(["LATE"] if late else []), str(user), str(attachment), file])


def moodle_name(name: str, participant: int, file: str, folders: bool = True) -> str:
    """The path of a file in a Moodle download; `name` is sortable."""
    return f"{given_first(name)}_{participant}_assignsubmission_file_{'/' if folders else ''}{file}"


def zip_of(path: Path, files: Mapping[str, dict | bytes]) -> Path:
    """A zip with these files."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, notebook in files.items():
            archive.writestr(name, content_of(notebook))
    return path


def folder_of(path: Path, files: Mapping[str, dict | bytes]) -> Path:
    """A folder with these files."""
    for name, notebook in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content_of(notebook))
    return path


def canvas_zip(path: Path, notebooks: Mapping[str, dict | bytes], file: str = f"{STEM}.ipynb") -> Path:
    """What Canvas gives for a class: one notebook for each sortable name."""
    return zip_of(path, {canvas_name(name, 1001 + n, 50001 + n, file): notebook
                         for n, (name, notebook) in enumerate(notebooks.items())})


def moodle_zip(path: Path, notebooks: Mapping[str, dict | bytes], file: str = f"{STEM}.ipynb",
               folders: bool = True) -> Path:
    """What Moodle gives for a class: one notebook for each sortable name, in folders or flat."""
    return zip_of(path, {moodle_name(name, 2001 + n, file, folders): notebook
                         for n, (name, notebook) in enumerate(notebooks.items())})


def canvas_roster(path: Path, names: Iterable[str] = NAMES, first: int = 1001) -> Path:
    """Canvas's export of its gradebook for these sortable names."""
    rows = ['Student,ID,SIS User ID,SIS Login ID,Section,"Homework 1 (77)",Current Score',
            "    Points Possible,,,,,10.00,(read only)"]
    rows += [f'"{name}",{first + n},S{9000 + n},{squashed(name)[:8]}@uni.example,Group A,,'
             for n, name in enumerate(names)]
    path.write_text("\ufeff" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def moodle_roster(path: Path, names: Iterable[str] = NAMES, first: int = 2001) -> Path:
    """Moodle's grading worksheet of an assignment for these sortable names."""
    rows = ['Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade"']
    rows += [f'"Participant {first + n}","{given_first(name)}",S{9000 + n},{squashed(name)[:8]}@uni.example,'
             f'"Submitted for grading",,10.00' for n, name in enumerate(names)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def plain_roster(path: Path, names: Iterable[str] = NAMES) -> Path:
    """id, name and email, with semicolons."""
    rows = [f"s{100 + n};{given_first(name)};{squashed(name)[:8]}@uni.example" for n, name in enumerate(names)]
    path.write_text("\n".join(["id;name;email", *rows]) + "\n", encoding="utf-8")
    return path
