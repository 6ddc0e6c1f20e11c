"""Downloading a public set once, into a cache, through pooch: checked, whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path

from rnnbook.data.draw import either
from rnnbook.data.public.problems import DownloadError, explained
from rnnbook.data.public.registry import PUBLIC, PublicFile, PublicSet
from rnnbook.data.public.unpacking import BROKEN, kind_of, looks_right, unpack


def fetch(name: str, *, offline: bool = False, cache: Path | str | None = None, progress: bool = True,
          registry: Mapping[str, PublicSet] | None = None, timeouts: tuple[float, float] = (10.0, 60.0)) -> Path:
    """The folder with the files of a public set: downloaded at the first call, from the cache at every later one.

    Archives come unpacked. Each file is checked at every call against the published checksum, or, where none was
    published, against the one recorded when it was first downloaded. Two processes may fetch at the same time.

    Parameters
    ----------
    name
        A name of `PUBLIC`.
    offline
        True: use no network; what is not in the cache is an error. So does RNNBOOK_OFFLINE=1 in the environment.
    cache
        The folder to keep sets in; without it RNNBOOK_CACHE, else the user's folder for caches.
    progress
        Show a bar on stderr while downloading.
    registry
        What there is to fetch; `PUBLIC` if None.
    timeouts
        Seconds to wait for a connection, and for the next bytes.

    Raises
    ------
    DownloadError
        When a file is not there whole and right: what failed, why, and what to do. Nothing half is left behind.
    ValueError
        For a name that is not in the registry, and for an argument of the wrong type.
    ImportError
        Without the package pooch.
    """
    registry = PUBLIC if registry is None else registry
    either("offline", offline)
    either("progress", progress)
    if cache is not None and not isinstance(cache, str | os.PathLike):
        raise ValueError(f"cache is {cache!r}; expected the path of a folder, or None")
    if not isinstance(name, str) or name not in registry:
        raise ValueError(f"name is {name!r}; expected one of {', '.join(map(repr, registry))}")
    pooch = _pooch()
    public = registry[name]
    folder = Path(cache or os.environ.get("RNNBOOK_CACHE") or pooch.os_cache("rnnbook")).expanduser() / name
    offline = offline or os.environ.get("RNNBOOK_OFFLINE", "0") not in ("", "0")
    for file in public.files:
        _present(public, file, folder, offline, progress, timeouts)
    return folder


def _present(public: PublicSet, file: PublicFile, folder: Path, offline: bool, progress: bool,
             timeouts: tuple[float, float]) -> None:
    """See to it that `file` is in `folder`, right and unpacked."""
    path, record = folder / file.name, folder / f"{file.name}.sha256"
    known = file.checksum or _recorded(record)
    if not path.exists() or not _right(path, known):
        if offline:
            raise DownloadError(_offline_message(public, file, path))
        _download(public, file, path, known, progress, timeouts)
    try:
        unpack(path)
    except BROKEN as error:
        raise explained("unpacked", error, public, file, path) from error
    if known is None:
        try:
            _remember(public, file, path, record)
        except OSError as error:
            raise explained("recorded", error, public, file, path) from error


def _download(public: PublicSet, file: PublicFile, path: Path, known: str | None, progress: bool,
              timeouts: tuple[float, float]) -> None:
    """Write `path` from the network. pooch writes to a temporary file, checks it, and moves it into place."""
    pooch = _pooch()
    downloader = pooch.HTTPDownloader(progressbar=progress, timeout=timeouts, chunk_size=2**16)
    try:
        with _quiet(pooch.get_logger()):
            pooch.retrieve(file.url, known, fname=path.name, path=path.parent, downloader=downloader)
    except (OSError, ValueError) as error:      # requests' errors are OSErrors; a wrong checksum is a ValueError
        raise explained("downloaded", error, public, file, path) from error
    if known is None and not looks_right(path):
        path.unlink()
        raise DownloadError(f"{public.name}: what came from {file.url} is no {kind_of(path)} archive (a page of the "
                            f"server, or a part of it), and was deleted. Try again later; see {public.homepage}.")


def _remember(public: PublicSet, file: PublicFile, path: Path, record: Path) -> None:
    """Write down the checksum of a first download. Of two processes the first wins; the other must have the same."""
    found = f"sha256:{_hash(path, 'sha256')}"
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="recording-") as aside:
        whole = Path(aside, record.name)
        whole.write_text(found, encoding="ascii")
        try:
            os.link(whole, record)              # unlike a rename it fails if there is one already
        except FileExistsError:
            if _recorded(record) != found:
                path.unlink()
                raise DownloadError(f"{public.name}: two processes fetched {file.url} and got different files. The one "
                                    "from this process was deleted. Fetch again.") from None
            return
    warnings.warn(f"Nobody published a checksum of {file.url}. That of today's download was written to {record}; from "
                  "now on a file that differs is refused. Nobody has checked that today's is the right one.",
                  stacklevel=4)


def _recorded(record: Path) -> str | None:
    """The checksum written down at the first download, or None."""
    return record.read_text(encoding="ascii").strip() if record.exists() else None


def _right(path: Path, known: str | None) -> bool:
    """Whether the file in the cache is the one it should be."""
    if known is None:
        return True
    algorithm, _, expected = known.rpartition(":")
    return _hash(path, algorithm or "sha256") == expected.lower()


def _hash(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _offline_message(public: PublicSet, file: PublicFile, path: Path) -> str:
    state = "in the cache is damaged" if path.exists() else "is not in the cache"
    size = f" ({megabytes(file.bytes)})" if file.bytes else ""
    return (f"{public.name}: {file.name} {state}, and the network may not be used (offline=True or RNNBOOK_OFFLINE). "
            f'With a network, data.fetch("{public.name}") downloads {file.url}{size} to {path}; or put the file there '
            "yourself.")


def megabytes(size: int | None) -> str:
    """A size for reading: "38.8 MB"."""
    return "size not published" if size is None else f"{size / 1e6:.1f} MB"


@contextlib.contextmanager
def _quiet(logger):
    """pooch reports each download on stderr; `fetch` says what is to be said."""
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)


def _pooch():
    try:
        import pooch
        import tqdm  # noqa: F401  (pooch's progress bar)
    except ImportError as error:
        raise ImportError('Downloading public sets needs the packages pooch and tqdm: pip install "rnnbook[data]"'
                          ) from error
    return pooch
