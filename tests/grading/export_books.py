"""A gradebook with everything that an export must tell: made by hand, without a worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from rnnbook.grading.driver import Grade, Mark
from rnnbook.grading.gradebook import Gradebook

DUE = datetime(2026, 11, 1, 12, tzinfo=UTC)
EVIL = "<script>alert(1)</script>"
SECRET = "0.7310585786"      # stands for what a student's code has seen: for the teacher's eyes only
HOMEWORK = {
    "title": "Homework 1", "exercises": [["rnn-step", 4], ["rnn-forward", 4]], "found": False, "due": DUE.isoformat(),
    "late": {"grace": 15, "percent": 10, "cut_off": None},
    "manual": [{"id": "why-tanh", "title": "Why tanh?", "points": 2}],
}
HINT = "Set `x_t` and the state to 0. What is left?"
ROSTER = {
    "S1": ("Lovelace, Ada", {"roster": "canvas", "login": "ada", "email": "ada@x.example", "number": "101"}),
    "S2": ("Ørsted, Robert", {"roster": "canvas", "login": "bob", "email": "", "number": "102"}),
    "S3": (f"=cmd|' /C calc'!A0 {EVIL}", {"roster": "canvas", "login": "cy", "email": "", "number": "103"}),
    "S4": ("Nought, Zoë", {"roster": "canvas", "login": "zoe", "email": "", "number": "104"}),
    "S5": ("Lost, Len", {"roster": "canvas", "login": "len", "email": "", "number": "105"}),
}


def said(status: str, headline: str, outputs=(), mistakes=(), lines=()) -> dict:
    """What the gradebook keeps of an exercise's feedback."""
    return {"version": 1, "status": status, "headline": headline, "lines": list(lines),
            "outputs": [dict(zip(("name", "status", "detail"), o, strict=True)) for o in outputs],
            "mistakes": [dict(zip(("name", "hint", "convention"), m, strict=True)) for m in mistakes]}


def step(points: float, status: str, headline: str, mistakes=(), **more) -> Mark:
    return Mark("rnn-step", "One step", points, 4, status, headline, "", tuple(m[0] for m in mistakes), (),
                said(status, headline, mistakes=mistakes, **more), "aaaa-bbbb-cccc")


def forward(points: float, status: str, headline: str, mistakes=(), **more) -> Mark:
    return Mark("rnn-forward", "The loop", points, 4, status, headline, "", tuple(m[0] for m in mistakes), (),
                said(status, headline, mistakes=mistakes, **more), "dddd-eeee-ffff")


WHY = Mark("why-tanh", "Why tanh?", None, 2, "manual", "Marked by a person.")


def grade(student: str, *marks: Mark, status: str = "done", shown=(), level: str = "full") -> Grade:
    problems = tuple(f"{text} {SECRET}" for text in shown)
    return Grade(student, "hw1", f"key-{student}", marks, status, problems, tuple(shown), level, ("limits",))


def fill(path: Path, data: dict = HOMEWORK) -> Path:
    """A class of five, of whom four have handed in."""
    with Gradebook(path) as book:
        book.set_homework("hw1", data)
        book.set_students(ROSTER)
        right = "Right, on the tiny case and on fresh random ones."
        book.add(grade("S1", step(4, "right", right), forward(4, "right", right), WHY), b"1", {}, file="ada.ipynb",
                 submitted_at=DUE - timedelta(hours=1))
        book.override("S1", "hw1", "why-tanh", 1.5, "Nearly: what of the sums?", "ta")
        book.add(grade(
            "S2", step(0, "wrong", "Not right yet.", [("The bias `b_h` is missing", HINT, False)],
                       outputs=[("h_t", "wrong values", "First at unit 0.")]),
            forward(2, "partly", "1 of 2 outputs is right.", [("`last` is time-major", "Both are in print.", True)],
                    outputs=[("hs", "right", ""), ("last", "another convention", "")]),
            WHY, shown=["cell 4: %timeit does nothing while grading"]), b"2", {}, file="bob.ipynb",
            submitted_at=DUE + timedelta(hours=30))
        book.override("S2", "hw1", "rnn-step", 1, "The idea is right.", "prof")
        book.override("S2", "hw1", "why-tanh", 2, "Good.", "ta")
        book.add(grade("S3", step(0, "wrong", f"It stops with an error. {EVIL}", lines=[f"step, line 2: {EVIL}"]),
                       forward(0, "untried", "Not tried yet."), WHY, status="time",
                       shown=[f"cell 2: {EVIL}", "The notebook ran too long and was stopped."], level="process"),
                 b"3", {}, file="submitted/<img src=x onerror=alert(1)>.ipynb")
        nothing = "The notebook cannot be read: it is not JSON."
        book.add(grade("S5", step(0, "wrong", nothing), forward(0, "wrong", nothing), WHY, status="lost",
                       shown=[nothing], level="none"), b"5", {}, file="len.ipynb")
    return path
