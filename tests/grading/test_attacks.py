"""Hostile hand-ins get no point, at whatever level they run, and harm nobody who is graded after them."""

from __future__ import annotations

import os
import signal
import socket
import threading
from pathlib import Path

import jobs
import pytest
from attacks import ATTACKS
from attacks.attack import Attack

import rnnbook
from rnnbook.grading.job import Outcome
from rnnbook.grading.sandbox.limits import MB, Limits
from rnnbook.grading.workers import Worker, WorkerError

ROOT = Path(rnnbook.__file__).resolve().parent.parent
LIMITS = Limits(seconds=3.0, memory=512 * MB, disk=16 * MB)
BY_NAME = {attack.name: attack for attack in ATTACKS}

PLACES = {
    "full": ("full", True), "no Landlock": ("namespaces", True), "no namespaces": ("landlock", True),
    "process": ("process", True), "full, no hook": ("full", False), "namespaces, no hook": ("namespaces", False),
    "Landlock, no hook": ("landlock", False),
}
LONG = [name for name in PLACES if name not in ("full", "no Landlock")]
NOT_STOPPED = {("Landlock, no hook", "system-v")}       # said in rnnbook.grading.sandbox.levels.NOT_STOPPED


@pytest.fixture(scope="module")
def friend():
    """Servers that give the answer to whoever asks: a TCP port, and an abstract socket."""
    text = (ROOT / "rnnbook/checks/hidden_state/draw.py").read_bytes()
    tcp, name = socket.create_server(("127.0.0.1", 0)), f"rnnbook-friend-{os.getpid()}"
    local = socket.socket(socket.AF_UNIX)
    local.bind(f"\0{name}")
    local.listen()

    def serve(server):
        while True:
            try:
                there, _ = server.accept()
            except OSError:
                return
            with there:
                there.sendall(text)

    for server in (tcp, local):
        threading.Thread(target=serve, args=(server,), daemon=True).start()
    yield tcp.getsockname()[1], name
    tcp.close()
    local.close()


@pytest.fixture(scope="module")
def places():
    """Workers by place, started when first asked for."""
    workers: dict[str, Worker] = {}

    def at(place: str) -> Worker:
        if place not in workers:
            level, audit = PLACES[place]
            try:
                workers[place] = Worker(level, LIMITS, audit=audit)
            except WorkerError as error:
                pytest.skip(str(error))
        return workers[place]

    yield at
    for worker in workers.values():
        worker.close()


def filled(source: str, friend: tuple[int, str]) -> str:
    port, name = friend
    return (source.replace("ROOT", str(ROOT)).replace("DRIVER", str(os.getpid())).replace("PORT", str(port))
            .replace("SOCKET", name))


def run(worker: Worker, attack: Attack, friend: tuple[int, str]) -> Outcome:
    if attack.before:
        worker.answer(jobs.job(filled(attack.before, friend)))
    return worker.answer(jobs.job(filled(attack.source, friend)))


@pytest.mark.parametrize("place", [p if p not in LONG else pytest.param(p, marks=pytest.mark.slow) for p in PLACES])
@pytest.mark.parametrize("name", BY_NAME)
def test_no_point(places, friend, place, name, monkeypatch):
    monkeypatch.setenv("RNNBOOK_SECRET", "CANARY")
    if (place, name) in NOT_STOPPED:
        pytest.skip("known not to be stopped, and said so")
    signals: list[int] = []
    before = signal.signal(signal.SIGURG, lambda number, frame: signals.append(number))
    outcome = run(places(place), BY_NAME[name], friend)
    signal.signal(signal.SIGURG, before)
    assert jobs.points(outcome) == 0
    assert outcome.isolation.level == PLACES[place][0]
    assert ("audit hook" in outcome.isolation.pieces) == PLACES[place][1]
    assert not signals
    assert not (ROOT / "pwned").exists() and not (ROOT / "answer_of_a_friend.py").exists()


@pytest.mark.parametrize("place", [p if p not in LONG else pytest.param(p, marks=pytest.mark.slow) for p in PLACES])
def test_who_is_graded_after_them_has_full_points(places, place):
    outcome = places(place).answer(jobs.job(jobs.RIGHT))
    assert (outcome.status, jobs.points(outcome)) == ("done", 2)


@pytest.fixture(scope="module")
def unprotected():
    """A worker without any means but a process of its own: what runs in it must do no harm."""
    with Worker("process", LIMITS, audit=False) as worker:
        yield worker


@pytest.mark.parametrize("name", [attack.name for attack in ATTACKS if attack.bites])
def test_it_is_the_isolation_that_stops_them(unprotected, friend, name):
    assert not BY_NAME[name].before
    assert jobs.points(run(unprotected, BY_NAME[name], friend)) == 2


def test_each_attack_is_code_that_runs():
    for attack in ATTACKS:
        for source in (attack.source, attack.before):
            assert source.startswith(("!", "%")) or compile(source, attack.name, "exec")


def test_there_are_attacks_enough_and_each_says_what_it_hopes_for():
    assert len(ATTACKS) >= 30 and len(BY_NAME) == len(ATTACKS)
    assert all(attack.idea and attack.source for attack in ATTACKS)
