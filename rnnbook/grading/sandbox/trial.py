"""A program that tries what a submission must not do, run as a submission is, without Python's own refusals."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

from rnnbook.grading.job import Job, Outcome, Task
from rnnbook.grading.program import Cell, Program

_PARTS = ("imports", "writes_here", "reads", "writes", "connects", "signals")
_WORDS = {"reads": "a file of the grader's can be read", "writes": "a file can be left outside the scratch folder",
          "connects": "a server on this machine can be reached", "signals": "the grader's process can be signalled"}
_PROGRAM = """
def tried(what):
    try:
        what()
    except Exception:
        return 0.0
    return 1.0
def imports():
    import fractions, statistics, zoneinfo, numpy.testing
def writes_here():
    with open("tried.txt", "w") as file:
        file.write("x")
    assert open("tried.txt").read() == "x"
def reads():
    with open({canary!r}) as file:
        file.read()
def writes():
    with open({beside!r}, "w") as file:
        file.write("x")
def connects():
    import socket
    socket.create_connection(("127.0.0.1", {port}), 2).close()
def signals():
    import os
    os.kill({pid}, 0)
seen = {{f.__name__: tried(f) for f in (imports, writes_here, reads, writes, connects, signals)}}
"""


def hole(folder: str, level: str, pieces: tuple[str, ...], run: Callable[[Job], Outcome]) -> str:
    """What is wrong with a level here, in words; "" if it holds.

    Parameters
    ----------
    folder
        A folder of the grader's own, outside every scratch folder.
    level, pieces
        What is said to be in force.
    run
        Runs a job in a child as it would run a submission.
    """
    canary, beside = Path(folder) / "canary.txt", Path(folder) / "left.txt"
    canary.write_text("canary", encoding="ascii")
    with contextlib.closing(_server()) as server:
        source = _PROGRAM.format(canary=str(canary), beside=str(beside), port=server.getsockname()[1], pid=os.getpid())
        task = Task("trial-seen", "seen", "number", _PARTS, ("numpy",), 20.0, ())
        outcome = run(Job(Program((Cell(1, source, "trial-seen", "answer"),), ()), (task,)))
    results = outcome.results.get("trial-seen", [])
    if outcome.status != "done" or not results or results[0].failure is not None:
        return f"a harmless program does not run in it: {'; '.join(outcome.problems) or outcome.status}"
    seen = {part: bool(value.data) for part, value in results[0].outputs.items()}
    if not seen.get("imports"):
        return "the standard library cannot be imported in it"
    if not seen.get("writes_here"):
        return "its scratch folder cannot be written in"
    forbidden = []
    if level != "process":
        forbidden += ["reads", "writes"]
    if "network namespace" in pieces or "landlock tcp" in pieces:
        forbidden.append("connects")
    if "pid namespace" in pieces or "landlock scopes" in pieces:
        forbidden.append("signals")
    return next((_WORDS[part] for part in forbidden if seen.get(part, True)), "")


def _server() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))
