"""On a Dask cluster the grades are those of one process, each once, whatever happens to the workers."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import hand_ins
import pytest

from rnnbook import cli
from rnnbook.checks import exercises, registry
from rnnbook.grading import batch, cluster, course, definitions
from rnnbook.grading.collect import collect
from rnnbook.grading.gradebook import Gradebook

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.slow

WRONG = "def step(params, x_t, state):\n    return np.tanh(x_t @ params['W_xh'].T + state @ params['W_hh'].T)"
PACK = hand_ins.ROOT / "exercises" / "example-pack"
PRIVATE = "leaky-half_life"
COUNT = 24


def start(*words):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(hand_ins.ROOT)}
    return subprocess.Popen([sys.executable, "-m", *words], env=environment, stderr=subprocess.PIPE, text=True)


def line_with(process, text):
    """The rest of the line, after `text`, that a process writes."""
    for line in process.stderr:
        if text in line:
            return line.partition(text)[2].strip()
    raise AssertionError(f"it ended without a line with {text!r}")


@pytest.fixture
def dask(tmp_path):
    """A scheduler, and two workers without nannies: their processes by address."""
    scheduler = start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                      "--no-show")
    processes, workers = [scheduler], {}
    try:
        address = line_with(scheduler, "Scheduler at:")
        for _ in range(2):
            worker = start("distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", "--no-dashboard",
                           "--local-directory", str(tmp_path))
            processes.append(worker)
            workers[line_with(worker, "Start worker at:")] = worker
        yield SimpleNamespace(address=address, workers=workers, scheduler=scheduler)
    finally:
        for process in reversed(processes):
            process.kill()
            process.communicate()


@pytest.fixture
def handed_in(tmp_path):
    """A folder with notebooks, right, wrong and broken; some hold a private exercise."""
    right = hand_ins.solved()
    kinds = [right, hand_ins.with_answer("rnn-step", WRONG, right), b"no notebook", hand_ins.untouched(),
             hand_ins.notebook_of("import os", "half_life = 7", "os._exit(3)")]
    hand_ins.folder_of(tmp_path / "in", {f"s{n:02}.ipynb": kinds[n % len(kinds)] for n in range(COUNT)})
    return tmp_path / "in"


@pytest.fixture
def setup():
    registry.load_pack(PACK)
    known = exercises()
    data = course.describe(None, known, [PACK])
    yield course.setup("exercises", data, b"the secret of the course")
    registry.unload_packs()


def dump(book):
    """All that the gradebook says, without numbers of rows."""
    rows = book.rows()
    assert all(len(book.history(row.student, row.homework)) == 1 for row in rows)
    return [(replace(row, grade=0), book.notebook(row.grade)) for row in rows]


def test_a_worker_is_killed_and_every_grade_arrives_once(dask, handed_in, setup, tmp_path):
    submissions = collect(handed_in).submissions
    with Gradebook(tmp_path / "whole.sqlite") as book:
        list(batch.run(submissions, setup, book, jobs=0))
        whole = dump(book)
    assert {row.raw for row, _ in whole} >= {0, 18, 31}
    victim, process = next(iter(dask.workers.items()))
    with Gradebook(tmp_path / "cluster.sqlite") as book, distributed.Client(dask.address, set_as_default=False) as look:
        running = batch.run(submissions, setup, book, scheduler=dask.address)
        done = [next(running) for _ in range(4)]
        os.kill(process.pid, signal.SIGSTOP)                     # what it has been given stays with it
        done += [next(running) for _ in range(4)]
        held = look.processing()[victim]
        assert held, "nothing was lost with the worker"
        os.kill(process.pid, signal.SIGKILL)
        done += list(running)
        assert set(look.scheduler_info(n_workers=-1)["workers"]) == set(dask.workers) - {victim}
        assert dump(book) == whole
    assert sorted(d.student for d in done) == sorted(s.student for s in submissions)
    assert all(d.fresh and d.status != "lost" for d in done)


def test_by_the_command(dask, handed_in, tmp_path, capsys):
    words = ["grade", str(handed_in), "--exercises", str(PACK), "--out"]
    assert cli.main([*words, str(tmp_path / "one"), "--jobs", "1"]) == 0
    secret = str(tmp_path / "one" / "secret")
    assert cli.main([*words, str(tmp_path / "two"), "--secret", secret, "--scheduler", dask.address]) == 0
    one, two = ((tmp_path / out / "grades.csv").read_bytes() for out in ("one", "two"))
    assert one == two and one.count(b"\n") > COUNT
    for process in dask.workers.values():
        assert not zygotes(process.pid), "a zygote stays behind"


def zygotes(pid):
    """Children of a process."""
    return [child for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def refused(address, handed_in, tmp_path, capsys):
    words = ["grade", str(handed_in), "--out", str(tmp_path / "out"), "--scheduler", address]
    assert cli.main(words) == 2
    return " ".join(capsys.readouterr().err.split())


def test_no_scheduler(handed_in, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in refused("tcp://127.0.0.1:9", handed_in, tmp_path, capsys)
    assert "no Dask scheduler answers at nonsense" in refused("nonsense", handed_in, tmp_path, capsys)


def test_no_workers(dask, handed_in, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    for process in dask.workers.values():
        process.kill()
        process.wait()
    time.sleep(0.5)
    assert "has no workers; start some with dask worker" in refused(dask.address, handed_in, tmp_path, capsys)


def test_other_versions(dask, setup, monkeypatch):
    mine = definitions.versions()
    monkeypatch.setattr(definitions, "versions", lambda: mine | {"numpy": "1.99"})
    with pytest.raises(ValueError, match=r"the worker tcp://\S+ has numpy \S+; expected 1\.99"):
        cluster.Cluster(dask.address, setup)


def test_other_exercises(dask, setup):
    with pytest.raises(ValueError, match="its exercises are not those of the process that keeps the gradebook"):
        cluster.Cluster(dask.address, replace(setup, definitions="others"))


def test_too_little_isolation_is_said_before_anything_is_graded(dask, setup, monkeypatch):
    with pytest.raises(ValueError, match=r"the worker .* cannot grade: .*"):
        cluster.Cluster(dask.address, replace(setup, level="none of these"))


def test_the_scheduler_goes(dask, handed_in, setup, tmp_path):
    submissions = collect(handed_in).submissions
    with Gradebook(tmp_path / "g.sqlite") as book:
        running = batch.run(submissions, setup, book, scheduler=dask.address)
        done = [next(running) for _ in range(3)]
        os.kill(dask.scheduler.pid, signal.SIGKILL)
        with pytest.raises(ValueError, match="scheduler is gone"):
            done += list(running)
        kept = dump(book)
        assert not any(row.status == "lost" for row, _ in kept) and len(kept) < COUNT
