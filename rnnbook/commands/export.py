"""`rnnbook export`: grades for other programs, and a feedback page for each student."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rnnbook.commands import stored
from rnnbook.commands.asking import short
from rnnbook.commands.class_summary import clean
from rnnbook.commands.grade import open_book
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.summary import number
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.grading.exports.sheet import Sheet
    from rnnbook.grading.gradebook import Gradebook

DESCRIPTION = """\
Write the grades of a homework for other programs and for people.

  csv         grades.csv, a line for each student, and grades-long.csv, a line
              for each student and exercise
  canvas      canvas.csv, to be imported in Canvas; made from the export of
              Canvas's gradebook, which --roster names
  gradescope  gradescope/STUDENT/results.json, as Gradescope's autograders do
  nbgrader    scores and comments into nbgrader's gradebook.db
  html        feedback/students/STUDENT.html, what each student gets back, and
              feedback/index.html, the class, for the teacher"""

EPILOG = """\
Points set by rnnbook override and the late rule are in all of them. Canvas and
Gradescope may have late rules of their own: use one or the other.
Exit status: 0 if all was written, 1 if some students were left out (it is said
who and why), 2 if the command was called with something it cannot work on."""

MOST = 8        # students named for each reason


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook export`."""
    parser.add_argument("format", metavar="FORMAT", choices=tuple(FORMATS), help=", ".join(FORMATS))
    parser.add_argument("--out", metavar="DIR", default="grades", help="where the gradebook is (default: grades)")
    parser.add_argument("--to", metavar="DIR", help="where the files go (default: beside the gradebook)")
    stored.add_homework(parser)
    parser.add_argument("--no-bom", action="store_true",
                        help="csv: without the mark by which Excel knows that names are in UTF-8")
    canvas = parser.add_argument_group("canvas")
    canvas.add_argument("--roster", metavar="FILE", help="Canvas's export of its gradebook")
    canvas.add_argument("--column", metavar="TITLE", default="",
                        help="the assignment: its title, its id, or the whole header (default: the homework's title)")
    canvas.add_argument("--scale", action="store_true", help="scale to the points possible in Canvas")
    canvas.add_argument("--zero", action="store_true", help="0 for those who have handed in nothing")
    canvas.add_argument("--unfinished", action="store_true", help="also grades with questions still to be marked")
    gradescope = parser.add_argument_group("gradescope")
    gradescope.add_argument("--visibility", metavar="WHEN", default="visible",
                            help="visible (default), hidden, after_due_date or after_published")
    nbgrader = parser.add_argument_group("nbgrader")
    nbgrader.add_argument("--gradebook", metavar="FILE", default="gradebook.db",
                          help="nbgrader's gradebook (default: gradebook.db)")
    nbgrader.add_argument("--assignment", metavar="NAME", default="", help="its name there (default: the homework's)")
    nbgrader.add_argument("--notebook", metavar="NAME", default="", help="the notebook, if there are several")


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook export`."""
    from rnnbook.grading.exports.sheet import read_sheet

    with open_book(args.out) as book:
        sheet = read_sheet(book, stored.homework_name(book, args.homework))
        if not sheet.rows and not sheet.missing:
            raise UsageError(f"nothing has been handed in for {sheet.name}")
        try:
            return FORMATS[args.format](args, book, sheet, out)
        except (ValueError, ImportError) as error:
            raise UsageError(str(error)) from None
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from None


def to_csv(args: argparse.Namespace, book: Gradebook, sheet: Sheet, out: Terminal) -> int:
    """The two tables."""
    from rnnbook.grading import tables
    from rnnbook.grading.exports.long import as_long_csv
    from rnnbook.grading.exports.places import write

    mark = "" if args.no_bom else "\ufeff"
    _written(write(_place(args, book, "grades.csv"), mark + tables.as_csv(book, sheet.name)), out)
    _written(write(_place(args, book, "grades-long.csv"), mark + as_long_csv(sheet)), out)
    return 0


def to_canvas(args: argparse.Namespace, book: Gradebook, sheet: Sheet, out: Terminal) -> int:
    """Canvas's export, filled in."""
    from rnnbook.grading.exports.canvas import canvas_csv
    from rnnbook.grading.exports.places import write

    if not args.roster:
        raise UsageError("--roster is missing; expected Canvas's own export: in its gradebook, Export, Export Entire "
                         "Gradebook")
    found = canvas_csv(sheet, args.roster, column=args.column, scale=args.scale, zero=args.zero,
                       unfinished=args.unfinished)
    path = write(_place(args, book, "canvas.csv"), found.text)
    what = "a new column; Canvas asks what it is" if found.new else "the column as it is in Canvas"
    out.paragraph(f"{number(found.filled, 'grade')} in “{clean(found.column)}” ({what}).")
    _by_reason("left as they were", found.kept, out)
    _by_reason("not in Canvas's export", found.unknown, out)
    _written(path, out)
    return 1 if found.unknown or "not graded" in found.kept.values() else 0


def to_gradescope(args: argparse.Namespace, book: Gradebook, sheet: Sheet, out: Terminal) -> int:
    """A results.json for each student."""
    from rnnbook.grading.exports.gradescope import nothing, results
    from rnnbook.grading.exports.places import file_names, write

    found = {row.student: results(sheet, row, args.visibility) for row in sheet.graded()}
    found |= {id: nothing(sheet, args.visibility) for id in sheet.missing}
    names, folder = file_names(found), _place(args, book, "gradescope")
    for id, data in found.items():
        write(folder / names[id] / "results.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    out.write(number(len(found), "student"))
    _written(folder, out)
    return _lost(sheet, out)


def to_nbgrader(args: argparse.Namespace, book: Gradebook, sheet: Sheet, out: Terminal) -> int:
    """Scores into nbgrader's gradebook."""
    from rnnbook.grading.exports import nbgrader

    path = Path(args.gradebook)
    new = not path.exists()
    done = nbgrader.to_nbgrader(sheet, path, assignment=args.assignment, notebook=args.notebook)
    made = ", which was made" if new else ""
    out.write(f"{number(done.students, 'student')} with scores in {short(str(path))}{made}")
    for student, exercise, theirs, ours in done.kept:
        out.paragraph(clean(f"{student}, {exercise}: {theirs:g} given by hand in nbgrader stays"
                            + (f", here it is {ours:g}" if ours is not None else "")), "    ", first="  ")
    return _lost(sheet, out)


def to_html(args: argparse.Namespace, book: Gradebook, sheet: Sheet, out: Terminal) -> int:
    """The pages."""
    from rnnbook.grading.exports.class_page import class_page
    from rnnbook.grading.exports.places import file_names, write
    from rnnbook.grading.exports.student_page import nothing_page, student_page

    pages = {id: nothing_page(sheet, id) for id in sheet.missing}
    pages |= {row.student: student_page(sheet, row) for row in sheet.rows}
    names, folder = file_names(pages), _place(args, book, "feedback")
    for id, page in pages.items():
        write(folder / "students" / f"{names[id]}.html", page)
    links = {id: f"students/{name}.html" for id, name in names.items()}
    index = write(folder / "index.html", class_page(sheet, links))
    out.write(f"{number(len(pages), 'page')} in {short(str(folder / 'students'))}")
    _written(index, out)
    return _lost(sheet, out)


FORMATS: Mapping[str, Callable[[argparse.Namespace, Gradebook, Sheet, Terminal], int]] = {
    "csv": to_csv, "canvas": to_canvas, "gradescope": to_gradescope, "nbgrader": to_nbgrader, "html": to_html}


def _place(args: argparse.Namespace, book: Gradebook, name: str) -> Path:
    """Where a file or folder goes; with the homework's name in it where the gradebook holds several."""
    homeworks = book.homeworks()
    path = Path(args.to or args.out) / name
    if len(homeworks) == 1:
        return path
    return path.with_name(f"{path.stem}-{stored.homework_name(book, args.homework)}{path.suffix}")


def _written(path: Path, out: Terminal) -> None:
    out.write(f"Written: {short(str(path))}")


def _by_reason(what: str, students: Mapping[str, str], out: Terminal) -> None:
    """Who was left out, by reason."""
    for reason in dict.fromkeys(students.values()):
        ids = [id for id, why in students.items() if why == reason]
        more = f" and {len(ids) - MOST} more" if len(ids) > MOST else ""
        out.paragraph(clean(f"{len(ids)} {what}, {reason}: {', '.join(ids[:MOST])}{more}"), "    ", first="  ")


def _lost(sheet: Sheet, out: Terminal) -> int:
    from rnnbook.grading.exports.sheet import LOST

    lost = {row.student: "not graded; grade again" for row in sheet.rows if row.status == LOST}
    _by_reason("left out", lost, out)
    return 1 if lost else 0
