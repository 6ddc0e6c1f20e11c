"""Whose a file is, told by its path: the names that learning platforms give, and the folders that people make.

Canvas ("Download Submissions") writes one flat zip. Canvas's source, lib/content_zipper.rb: the name is
`sortable name, LATE if it is late, user id` joined by `_`, with all but letters, digits and `_` removed, then the id of
the attachment, then its own name: "doejane_LATE_12345_67890_hw1.ipynb". An older release wrote "late". With anonymous
marking it is "anon_Ab3dE_67890_hw1.ipynb". A file handed in a second time is "hw1-1.ipynb", as Canvas makes a name
unique with -1, -2, …; text and links are "…_text.html" and "…_link.html".

Moodle ("Download all submissions"). Moodle's source, mod/assign/classes/downloader.php: full name (with spaces for
`_`) and participant's number, then the plugin, assignsubmission_file; as a folder, which is the default, or as the
beginning of the file's name: "Jane Doe_12345_assignsubmission_file/hw1.ipynb", before release 4.1 with a `_` at the
end. With blind marking the name is "Participant". In a team submission the name and number are the group's.

nbgrader keeps submitted/<student>/<assignment>/<notebook>.ipynb, with the time in timestamp.txt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

CANVAS = re.compile(r"(?P<name>\w*?[^\W\d_]\w*?)_(?P<late>late_)?(?P<user>\d+)_(?P<file_id>\d+)_(?P<file>.+)",
                    re.IGNORECASE | re.DOTALL)
CANVAS_ANONYMOUS = re.compile(r"(?P<late>late_)?anon_(?P<name>[a-z0-9]{5})_(?P<file_id>\d+)_(?P<file>.+)",
                              re.IGNORECASE | re.DOTALL)
CANVAS_TEXT = re.compile(r"\w+?_\d+_(text|link)\.html", re.IGNORECASE)
MOODLE = re.compile(r"(?P<name>.*?)_(?P<number>\d+)_assign(?:submission|feedback)_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?",
                    re.DOTALL)
MOODLE_FOLDER = re.compile(r"(?P<name>.*)_(?P<number>\d+)_assign(?:submission|feedback)_(?P<plugin>[a-z]+)_?",
                           re.DOTALL)
MOODLE_WITHIN = re.compile(r"_\d+_assign(?:submission|feedback)_[a-z]+_")

Kind = Literal["canvas", "moodle", "nbgrader", "folder", "file"]


@dataclass(frozen=True)
class Owner:
    """Who a file says it is from.

    Attributes
    ----------
    name
        As it stands there: "doejane", "Jane Doe", the name of a folder, or of a file without its ending.
    number
        The platform's number of the user or participant; "" elsewhere.
    """

    kind: Kind
    name: str
    number: str = ""
    anonymous: bool = False

    @property
    def key(self) -> str:
        """What the student is called where there is no roster: the same in every download."""
        return f"{self.name}_{self.number}" if self.number else self.name

    @property
    def label(self) -> str:
        """For people: "Jane Doe (12345)"."""
        return f"{self.name} ({self.number})" if self.number else self.name


@dataclass(frozen=True)
class Name:
    """A path taken apart.

    Attributes
    ----------
    file
        The name that the student gave it.
    upload
        The number of the upload, which grows with time; 0 where the path has none.
    ignored
        Why it is no notebook to grade, "" where it may be one.
    """

    owner: Owner
    file: str
    late: bool = False
    upload: int = 0
    ignored: str = ""


def of_platform(parts: tuple[str, ...]) -> Name | None:
    """What a path of a Canvas or Moodle download says; None for any other path.

    Only the first part speaks: below a folder of Moodle's, names are the student's. A full name may be chosen so that
    it looks like another's name and number; of a folder's name the end is Moodle's.
    """
    first, last = parts[0], parts[-1]
    folder = MOODLE_FOLDER.fullmatch(first) if len(parts) > 1 else None
    if folder:
        return _moodle(folder, last)
    found = MOODLE.fullmatch(first)
    if found and len(parts) > 1:
        return _moodle(found, last)
    if found and found["file"] and MOODLE_WITHIN.search(f"_{found['file']}"):
        return replace(_moodle(found, found["file"]), ignored="its name may be that of two people")
    if len(parts) > 1:
        return None
    if found and found["file"]:
        return _moodle(found, found["file"])
    found = CANVAS_ANONYMOUS.fullmatch(last)
    if found:
        owner = Owner("canvas", f"anon_{found['name']}", anonymous=True)
        return Name(owner, found["file"], bool(found["late"]), int(found["file_id"]))
    found = CANVAS.fullmatch(last)
    if found:
        return Name(Owner("canvas", found["name"], found["user"]), found["file"], bool(found["late"]),
                    int(found["file_id"]))
    if CANVAS_TEXT.fullmatch(last):
        return Name(Owner("canvas", last), last, ignored="a text or a link typed into Canvas, no file")
    return None


def _moodle(found: re.Match, file: str) -> Name:
    plugin = found["plugin"]
    ignored = "" if plugin == "file" else f"Moodle's {plugin}, no file of the student's"
    return Name(Owner("moodle", found["name"], found["number"], found["name"] in ANONYMOUS), file, ignored=ignored)


ANONYMOUS = ("Participant", "Teilnehmer/in", "Teilnehmer", "Participante", "Partecipante", "Deelnemer", "Deltagare",
             "Hidden user")
"""What Moodle calls a student under blind marking, in some of its languages."""


def resubmission(file: str) -> int:
    """The number behind a name that was made unique: 2 for "hw1-2.ipynb" and "hw1 (2).ipynb", 0 for "hw1.ipynb"."""
    found = re.search(r"(?:-(\d{1,2})| ?\((\d{1,2})\))(?=\.\w+$)", file)
    return int(found[1] or found[2]) if found else 0


def is_called(file: str, name: str) -> bool:
    """Whether a file is the notebook `name`, with what uploads and copies add: "HW1-2 (1).ipynb" is "hw1"."""
    stem = re.sub(r"\.ipynb(\.txt|\.json)?$", "", file, flags=re.IGNORECASE).casefold()
    wanted = re.sub(r"\.ipynb$", "", name, flags=re.IGNORECASE).casefold()
    while stem != wanted:
        shorter = ADDED.sub("", stem)
        if shorter == stem:
            return _same(stem, wanted)
        stem = shorter
    return True


ADDED = re.compile(r"(?:-\d{1,2}| ?\(\d{1,2}\)|[ _-]*(?:copy|kopie|copie)\d{0,2})$")


def _same(a: str, b: str) -> bool:
    return re.sub(r"[\W_]+", "-", a) == re.sub(r"[\W_]+", "-", b)
