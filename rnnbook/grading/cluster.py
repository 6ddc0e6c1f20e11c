"""Grading on a Dask cluster: the same hand-ins, graded by its workers, and kept by the one process with the gradebook.

Each task holds all that it takes: the notebook, the homework with its secret, the files of private exercises. A worker
starts a zygote of its own. If a worker is lost, the scheduler gives its tasks to others; a grade is the same wherever
it is made, and each comes back once.

The secret travels to the scheduler and the workers: use a cluster of your own, and "tls://" on a network that is not.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path

from rnnbook.checks import registry
from rnnbook.grading import definitions
from rnnbook.grading.driver import Grade
from rnnbook.grading.grader import Grader, Setup

PATIENCE = 10           # seconds to wait for a scheduler, and for a first worker
UNUSED = 600.0          # seconds after which graders of another run are ended
LARGEST = 64 * 2**20    # bytes of a pack's files


@dataclass(frozen=True)
class Parcel:
    """What a task brings along: the setup, the files of its packs, and what the grading process itself is made of."""

    setup: Setup
    packs: tuple[tuple[tuple[str, bytes], ...], ...] = field(repr=False)
    versions: tuple[tuple[str, str], ...]
    run: str


def pack(setup: Setup) -> Parcel:
    """All that a worker elsewhere must have. A ValueError where the files of a pack are too large to be sent."""
    packs = tuple(tuple((file.relative_to(folder).as_posix(), file.read_bytes()) for file in _files(folder))
                  for folder in map(Path, setup.packs))
    size = sum(len(data) for files in packs for _, data in files)
    if size > LARGEST:
        raise ValueError(f"the folders with private exercises hold {size / 2**20:.0f} MB; at most "
                         f"{LARGEST // 2**20} MB are sent to a cluster")
    return Parcel(setup, packs, tuple(definitions.versions().items()), uuid.uuid4().hex)


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in parts):
            yield file


# ---- On this side

class Cluster:
    """A scheduler that answers, with workers that can grade.

    Raises
    ------
    ImportError
        dask.distributed is not installed.
    ValueError
        No scheduler answers there; it has no workers; a worker has other versions, or cannot grade.
    """

    def __init__(self, address: str, setup: Setup) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise ImportError('dask.distributed is missing, and grading on a cluster needs it: '
                              'pip install "rnnbook[cluster]"') from None
        self.address, self.parcel, self._closed = address, pack(setup), False
        try:
            self._client = Client(address, timeout=PATIENCE, set_as_default=False, name="rnnbook-grade")
        except (OSError, ValueError) as error:
            told = str(error).strip().partition("\n")[0]
            raise ValueError(f"no Dask scheduler answers at {address}: {told or type(error).__name__}") from None
        try:
            self.lanes = [Remote(self) for _ in range(2 * self._threads())]
            self._probe()
        except BaseException:
            self._client.close()
            raise
        self._executor = self._client.get_executor(pure=False)

    def _threads(self) -> int:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise ValueError(f"the scheduler at {self.address} has no workers; start some with "
                             f"dask worker {self.address}") from None
        return sum(self._client.nthreads().values())

    def _probe(self) -> None:
        """Let every worker say what it is made of, and start a grader."""
        found = self._client.run(probe, self.parcel, on_error="return")
        for worker, said in found.items():
            if isinstance(said, (ModuleNotFoundError, AttributeError)):
                raise ValueError(f"the worker {worker} cannot load rnnbook.grading: {said}. Install "
                                 f"rnnbook {dict(self.parcel.versions)['rnnbook']} there")
            if isinstance(said, BaseException):
                raise ValueError(f"the worker {worker} cannot grade: {said or type(said).__name__}")
            if said:
                raise ValueError(f"the worker {worker} {said}")

    def submit(self, student: str, notebook: bytes) -> Future:
        """Grade a notebook somewhere."""
        return self._executor.submit(grade, self.parcel, student, notebook)

    def close(self) -> None:
        """End the workers' graders of this run, and say goodbye."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(Exception):
            if self._client.status == "running":
                self._client.run(end, self.parcel.run, on_error="ignore")
        with contextlib.suppress(Exception):
            self._client.close()


class Remote:
    """A place for one hand-in on a cluster; like `rnnbook.grading.lanes.Lane`."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.ready, self._done = multiprocessing.Pipe(duplex=False)

    def submit(self, student: str, notebook: bytes) -> None:
        """Begin to grade a notebook there."""
        self._future = self._cluster.submit(student, notebook)
        self._future.add_done_callback(lambda future: self._tell())

    def _tell(self) -> None:
        with contextlib.suppress(OSError):       # nobody waits any more
            self._done.send(None)

    def result(self) -> Grade:
        """The grade of what was submitted."""
        self.ready.recv()
        return self._future.result()

    def restart(self) -> None:
        """The scheduler sees to that."""

    def close(self) -> None:
        """Leave the cluster."""
        self._cluster.close()
        self.ready.close()
        self._done.close()


def lanes(address: str, setup: Setup) -> list[Remote]:
    """Two places for each thread of a cluster's workers, so that none waits for work."""
    return Cluster(address, setup).lanes


# ---- In a worker of the cluster, whose threads may grade at the same time

@dataclass
class Opened:
    """A parcel that was opened: its setup with the folders that its packs lie in here, and graders that are idle."""

    setup: Setup
    folder: str
    idle: list[Grader] = field(default_factory=list)
    used: float = 0.0


_lock = threading.Lock()
_opened: dict[str, Opened] = {}


def grade(parcel: Parcel, student: str, notebook: bytes) -> Grade:
    """The grade of a notebook, by one of this process's graders."""
    grader = _take(parcel)
    try:
        found = grader.grade(student, notebook)
    except BaseException:
        grader.close()
        raise
    with _lock:
        here = _opened.get(parcel.run)
        if here is not None:
            here.idle.append(grader)
            here.used = time.monotonic()
    if here is None:                             # the run has ended meanwhile
        grader.close()
    return found


def probe(parcel: Parcel) -> str:
    """Start a grader; what keeps this process from grading, "" if nothing does."""
    mine, theirs = definitions.versions(), dict(parcel.versions)
    for name, version in theirs.items():
        if name == "python":
            version, mine[name] = (".".join(v.split(".")[:2]) for v in (version, mine[name]))
        if mine[name] != version:
            return f"has {name} {mine[name]}; expected {version}, as in the process that keeps the gradebook"
    try:
        grader = _take(parcel)
    except ValueError as error:
        return f"cannot grade: {error}"
    with _lock:
        _opened[parcel.run].idle.append(grader)
    return ""


def end(run: str) -> None:
    """End the graders of a run."""
    with _lock:
        here = _opened.pop(run, None)
    if here is not None:
        _close(here)


def _take(parcel: Parcel) -> Grader:
    with _lock:
        old = [run for run, here in _opened.items()
               if run != parcel.run and time.monotonic() - here.used > UNUSED]
        for run in old:
            _close(_opened.pop(run))
        here = _opened.get(parcel.run)
        if here is None:
            here = _opened[parcel.run] = _open(parcel)
        here.used = time.monotonic()
        if here.idle:
            return here.idle.pop()
        registry.unload_packs()                  # those of another run may have the same ids
        return Grader(here.setup)


def _open(parcel: Parcel) -> Opened:
    folder = tempfile.mkdtemp(prefix="rnnbook-packs-")
    folders = []
    for number, files in enumerate(parcel.packs):
        root = Path(folder) / str(number)
        for name, data in files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(data)
        folders.append(str(root))
    found = definitions.digest(folders)
    if found != parcel.setup.definitions:
        shutil.rmtree(folder, ignore_errors=True)
        raise ValueError("its exercises are not those of the process that keeps the gradebook; install the same "
                         "version of rnnbook in both places")
    return Opened(replace(parcel.setup, packs=tuple(folders)), folder)


def _close(here: Opened) -> None:
    while here.idle:
        here.idle.pop().close()
    shutil.rmtree(here.folder, ignore_errors=True)


@atexit.register
def _leave() -> None:
    for run in list(_opened):
        end(run)
