"""`rnnbook grade`: grades a class."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnbook.commands import exercises
from rnnbook.commands.notebook import UsageError
from rnnbook.commands.terminal import Terminal

if TYPE_CHECKING:
    from rnnbook.grading.batch import Done
    from rnnbook.grading.collect import Collected
    from rnnbook.grading.gradebook_rows import Row
    from rnnbook.grading.grader import Setup

DESCRIPTION = """\
Grade a class. SUBMISSIONS is a folder or a zip: notebooks, a folder for each
student, nbgrader's submitted/, or what Moodle and Canvas give you, as it is.

Every notebook runs in a process of its own, kept apart from this one, from the
network and from other students as well as this machine allows. It is asked
questions of its own; only arrays come back, and are compared here. Grades go
into DIR/gradebook.sqlite one by one: stopped at any moment, the same command
goes on where it was. What has been graded is not graded twice."""

EPILOG = """\
Without --homework, the exercises that stand in a notebook are graded.
Exit status: 0 if all was graded, 1 if something was lost on the way (grade
again), 2 if the command was called with something it cannot work on."""

LEVELS = ("process", "landlock", "namespaces", "full")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `rnnbook grade`."""
    parser.add_argument("submissions", metavar="SUBMISSIONS", help="a folder or a zip")
    parser.add_argument("--homework", metavar="FILE", help="what is graded: a file such as hw1.toml")
    parser.add_argument("--roster", metavar="FILE", help="the students: a CSV, such as Canvas and Moodle export")
    exercises.add_argument(parser)
    add_out(parser)
    parser.add_argument("--jobs", metavar="N", type=_jobs, default=cores(),
                        help="notebooks at a time (default: one for each core)")
    parser.add_argument("--scheduler", metavar="ADDRESS",
                        help="grade on the workers of a Dask scheduler, tcp://HOST:PORT, instead of --jobs")
    parser.add_argument("--timeout", metavar="S", type=_seconds, help="seconds one notebook may take")
    parser.add_argument("--memory", metavar="MB", type=_megabytes, help="megabytes one notebook may take")
    parser.add_argument("--require-isolation", metavar="LEVEL", choices=LEVELS, default="process",
                        help=f"grade only if there is at least this: {', '.join(LEVELS)}")


def add_out(parser: argparse.ArgumentParser) -> None:
    """Give a command `--out DIR` and `--secret FILE`."""
    parser.add_argument("--out", metavar="DIR", default="grades", help="where the gradebook is (default: grades)")
    parser.add_argument("--secret", metavar="FILE",
                        help="what the students' questions are drawn from (default: DIR/secret, made at the first use)")


def run(args: argparse.Namespace, out: Terminal) -> int:
    """Carry out `rnnbook grade`."""
    known = exercises.load(args.exercises)
    from rnnbook.commands.class_summary import show
    from rnnbook.grading import batch, course
    from rnnbook.grading.collect import collect
    from rnnbook.grading.homework import read_homework
    from rnnbook.grading.roster import read_roster

    try:
        homework = read_homework(args.homework, known) if args.homework else None
        roster = read_roster(args.roster) if args.roster else None
        found = collect(args.submissions, roster, (homework.notebook, homework.id) if homework else ())
        name = homework.id if homework else course.NAME
        if homework is not None:
            known = dict(known) | dict(homework.known)
        data = course.describe(homework, known, args.exercises, timeout=args.timeout, memory=args.memory)
        secret = get_secret(args, out)
        setup = course.setup(name, data, secret, level=args.require_isolation)
        course.prove(setup.plan(), private(setup))
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not found.submissions:
        raise UsageError(f"{args.submissions} holds no notebooks that can be graded{_why_none(found)}")
    with open_book(args.out, make=True) as book:
        book.set_homework(name, data)
        book.set_students(_students(found, roster))
        jobs = min(args.jobs, len(found.submissions))
        try:
            running = batch.run(found.submissions, setup, book, jobs=jobs, scheduler=args.scheduler)
            done = list(counted(running, len(found.submissions)))
        except (ValueError, ImportError) as error:
            raise UsageError(str(error)) from None
        rows = book.rows(name)
        files = write_files(Path(args.out), book, name, data["title"], rows, found)
        show(book, rows, data["title"], found, done, files, out)
    return 1 if any(one.status == "lost" for one in done) else 0


def open_book(folder: str, make: bool = False) -> Any:
    """The gradebook in a folder; a UsageError where there is none, unless it may be made."""
    from rnnbook.grading.gradebook import Gradebook

    path = Path(folder) / "gradebook.sqlite"
    if not make and not path.exists():
        raise UsageError(f"there is no gradebook in {folder}; --out DIR says where rnnbook grade has put it")
    try:
        return Gradebook(path)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from None


def get_secret(args: argparse.Namespace, out: Terminal | None = None) -> bytes:
    """The course's secret. Where none is named and `out` is given, it is made at the first use, and said so."""
    from rnnbook.grading import seeds

    path = Path(args.secret) if args.secret else Path(args.out) / "secret"
    try:
        if out is not None and not args.secret and not path.exists() and seeds.make_secret(path):
            Terminal(sys.stderr).paragraph(
                f"A secret was made: {path}. The students' questions are drawn from it. Keep it, and keep it to "
                "yourself; for other homework of this course, give it with --secret.")
        return seeds.read_secret(path)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from None


def private(setup: Setup) -> list[str]:
    """The exercises that are not the book's own."""
    from rnnbook.checks import exercises as all_exercises
    from rnnbook.checks.registry import home

    return [id for id in all_exercises() if not home(id).startswith("rnnbook.checks.")] if setup.packs else []


def counted(done: Iterator[Done], total: int) -> Iterator[Done]:
    """What is done, with a bar that shows rate and time left on a terminal, and a line for each tenth elsewhere."""
    if sys.stderr.isatty():
        try:
            from tqdm import tqdm
        except ImportError:
            pass
        else:
            yield from tqdm(done, total=total, unit=" notebooks", file=sys.stderr, dynamic_ncols=True, leave=False)
            return
    out = Terminal(sys.stderr)
    for n, one in enumerate(done, 1):
        yield one
        if n == total or n * 10 // total > (n - 1) * 10 // total:
            out.write(f"graded {n} of {total}")
            out.stream.flush()


def write_files(folder: Path, book: Any, name: str, title: str, rows: list[Row],
                found: Collected | None = None) -> list[Path]:
    """Write the tables beside the gradebook: grades, misconceptions, what was left out. Their paths."""
    from rnnbook.grading import misconceptions, tables

    more = "" if len(book.homeworks()) == 1 else f"-{name}"
    grades, slide, left = (folder / f"{stem}{more}.{end}" for stem, end in (
        ("grades", "csv"), ("misconceptions", "md"), ("left-out", "txt")))
    write(grades, "\ufeff" + tables.as_csv(book, name, rows))    # so that Excel reads names as they are
    write(slide, misconceptions.slide(title, misconceptions.misconceptions(rows)))
    written = [grades, slide]
    if found is not None and (found.unmatched or found.ignored):
        lines = [f"{item.path}: {item.reason}" for item in (*found.unmatched, *found.ignored)]
        write(left, "\n".join(lines) + "\n")
        written.append(left)
    return written


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; others on this machine may not read it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def _students(found: Collected, roster: Any) -> dict[str, tuple[str, dict[str, str]]]:
    students: dict[str, tuple[str, dict[str, str]]] = {}
    for student in roster or ():
        data = {"roster": roster.kind, "email": student.email, "login": student.login, "number": student.number}
        students[student.id] = student.name, data | {"row": dict(student.row)}       # type: ignore[dict-item]
    for submission in found.submissions:
        students.setdefault(submission.student, (submission.name, {}))
    return students


def _why_none(found: Collected) -> str:
    reasons = [f"{item.path}: {item.reason}" for item in (*found.unmatched, *found.ignored)][:3]
    return f": {'; '.join(reasons)}" if reasons else ""


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _number(text: str, kind: type, least: float, what: str) -> Any:
    try:
        value = kind(text)
    except ValueError:
        value = least - 1
    if not least <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return value


def _jobs(text: str) -> int:
    return _number(text, int, 1, "a number of processes, at least 1")


def _seconds(text: str) -> float:
    return _number(text, float, 1, "a number of seconds, at least 1")


def _megabytes(text: str) -> int:
    return _number(text, int, 128, "a number of megabytes, at least 128")
