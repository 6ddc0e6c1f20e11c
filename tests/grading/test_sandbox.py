"""Levels of isolation: named, ordered, each tried where it is claimed, and found out where the claim is false."""

from __future__ import annotations

import dis
import os
import sys
import time
from pathlib import Path
from types import BuiltinFunctionType, MethodDescriptorType

import jobs
import numpy
import pytest

import rnnbook
from rnnbook.commands import isolation_trials
from rnnbook.grading.job import Outcome
from rnnbook.grading.sandbox import audit, levels, trial
from rnnbook.grading.sandbox.isolation import LEVELS, NONE, Isolation, rank
from rnnbook.grading.sandbox.limits import MB, Limits
from rnnbook.grading.sandbox.readable import package_files, readable
from rnnbook.grading.workers import Worker, WorkerError

ROOT = Path(rnnbook.__file__).resolve().parent


def test_the_hook_leads_to_nothing_that_can_be_changed():
    hook = audit.hook(("/a",), ("/b",), "/c", (compile("1", "x", "eval"),))
    used = {step.opname for step in dis.get_instructions(hook)}
    assert not used & {"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "MAKE_FUNCTION", "IMPORT_NAME", "LOAD_BUILD_CLASS"}
    assert hook.__globals__ == {"__builtins__": {}} and hook.__closure__ is None
    plain = (frozenset, tuple, bytes, int, type, BuiltinFunctionType, MethodDescriptorType)
    assert all(isinstance(value, plain) for value in hook.__kwdefaults__.values())


def test_levels_are_ordered():
    assert [rank(level) for level in LEVELS] == [0, 1, 2, 3, 4]
    assert Isolation("full").reaches("landlock") and not Isolation("landlock").reaches("namespaces")
    assert not NONE.reaches("process")
    with pytest.raises(ValueError, match="level is 'best'; expected one of none, process"):
        rank("best")


def test_what_may_be_read_holds_no_answer():
    found = readable(("torch", "rnnbook.scratch.rnn.step"), ())
    for answer in ("checks/__init__.py", "checks/hidden_state/draw.py", "scratch/rnn.py", "fast/rnn.py", "convert.py",
                   "grading/driver.py", "../solutions/02-hidden-state.ipynb", "../tests/grading/jobs.py",
                   "../exercises/example-pack/leaky_units.py"):
        path = (ROOT / answer).resolve()
        assert path.exists() and not found.holds(str(path))
    assert not found.holds("/") and not found.holds(str(Path.home())) and not found.holds("/etc/passwd")
    assert not found.holds("/proc/self/mem") and not found.holds(sys.executable)


def test_what_may_be_read_holds_what_python_needs():
    found = readable()
    assert all(found.holds(os.path.realpath(file)) for file in (os.__file__, numpy.__file__, str(ROOT / "text.py")))
    assert any(os.path.realpath(os.path.dirname(os.__file__)) == folder for folder in found.listed)


def test_an_allowed_part_of_the_library_may_be_read_and_no_other():
    found = readable((), ("rnnbook.scratch.rnn.step",))
    assert found.holds(str(ROOT / "scratch/rnn.py")) and not found.holds(str(ROOT / "checks/engine.py"))


def test_a_packages_files_and_those_of_what_it_needs():
    files, _ = package_files("matplotlib")
    names = {Path(file).name for file in files}
    assert {"matplotlib", "numpy", "kiwisolver"} <= names and "nbgrader" not in names and "torch" not in names
    assert package_files("no-such-package") == ([], [])


@pytest.mark.parametrize("level", LEVELS[1:])
def test_each_level_that_works_is_claimed_with_its_pieces(level):
    found = levels.tried(level)
    if not found.works:
        pytest.skip(found.reason)
    expected = {"process": {"limits", "audit hook"}, "landlock": {"landlock files"},
                "namespaces": {"pid namespace", "network namespace"}, "full": {"landlock files", "pid namespace"}}
    assert expected[level] <= set(found.pieces)
    assert ("landlock files" in found.pieces) == (level in ("landlock", "full"))


@pytest.mark.parametrize("claim, pieces, words", [
    ("landlock", ("landlock files",), "a file of the grader's can be read"),
    ("process", ("landlock tcp",), "a server on this machine can be reached"),
    ("process", ("pid namespace",), "the grader's process can be signalled"),
])
def test_a_claim_that_is_not_true_is_found_out(tmp_path, claim, pieces, words):
    with Worker("process", audit=False) as worker:
        assert trial.hole(str(tmp_path), "process", (), worker.answer) == ""
        assert trial.hole(str(tmp_path), claim, pieces, worker.answer) == words


def test_a_level_in_which_nothing_runs_is_found_out(tmp_path):
    def run(job):
        return Outcome("died", {}, ("It ended.",), NONE, "")

    assert trial.hole(str(tmp_path), "full", (), run) == "a harmless program does not run in it: It ended."


def test_where_the_best_does_not_work_the_next_is_taken(monkeypatch):
    real = Worker._try
    monkeypatch.setattr(Worker, "_try", lambda self, level: real(self, level) if level == "process" else "not here")
    with Worker() as worker:
        assert worker.isolation.level == "process"
        assert worker.reasons == {"full": "not here", "namespaces": "not here", "landlock": "not here"}
        assert jobs.points(worker.answer(jobs.job(jobs.RIGHT))) == 2
    with pytest.raises(WorkerError, match="full: not here"):
        Worker("full")


def test_the_doctor_tries_them():
    found = [isolation_trials.process(Path()), isolation_trials.full(Path())]
    assert found[0].state == "ok" and found[0].name == "grading"
    assert found[1].state == ("ok" if levels.tried("full").works else "missing")


def test_limits_reach_the_child():
    source = ("import resource\nby_hand = {'h_2': 0.5}\n"
              "names = ('CPU', 'NOFILE', 'CORE', 'NPROC')\n"
              "print([resource.getrlimit(getattr(resource, 'RLIMIT_' + n))[1] for n in names])\n")
    with Worker("process", Limits(seconds=7.0, memory=100 * MB, tasks=5)) as worker:
        printed = worker.answer(jobs.job(jobs.program(source))).printed
    cpu, files, core, tasks = eval(printed)
    assert (cpu, files, core) == (10, 128, 0) and tasks >= 5


@pytest.mark.skipif(not levels.tried("namespaces").works, reason="no namespaces here")
def test_what_is_seen_from_inside():
    source = ("import os\nprint(os.getpid(), os.getuid(), sorted(os.listdir('/proc')), os.getcwd(), os.listdir('.'))\n"
              "print(sorted(set(os.listdir('/')) & {'bin', 'home', 'sbin', 'var', 'boot', 'mnt'}))\n"
              "print(os.listdir('/dev'), os.path.exists('/bin/sh'))\n")
    with Worker("namespaces", audit=False) as worker:
        first, second, third = worker.answer(jobs.job(jobs.program(source))).printed.splitlines()
    assert first.startswith("1 1000 [] /scratch/here []")
    assert not {"bin", "sbin", "boot"} & set(eval(second))
    assert third.endswith("False")


def test_a_stopped_worker_leaves_nothing(tmp_path):
    worker = Worker("process")
    pid, folder = worker._process.pid, worker._folder
    worker.close()
    assert not os.path.exists(folder)
    for _ in range(100):
        if not os.path.exists(f"/proc/{pid}"):
            break
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{pid}")


def test_what_is_not_stopped_is_said():
    assert len(levels.NOT_STOPPED) > 5 and all(text.endswith(".") for text in levels.NOT_STOPPED)
