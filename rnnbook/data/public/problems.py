"""From what went wrong while downloading to a sentence with what failed, why, and what to do."""

from __future__ import annotations

import errno
from pathlib import Path
from urllib.parse import urlsplit

from rnnbook.data.public.registry import PublicFile, PublicSet

FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class DownloadError(RuntimeError):
    """A public set is not there: what failed, why, and what to do."""


def explained(done: str, error: Exception, public: PublicSet, file: PublicFile, path: Path) -> DownloadError:
    """The error to show for one that was raised while the file was `done`: "downloaded", "unpacked"."""
    why, advice = _reason(error, public, file, path)
    return DownloadError(f"{public.name}: {file.url} was not {done}. {why} {advice}")


def _reason(error: Exception, public: PublicSet, file: PublicFile, path: Path) -> tuple[str, str]:
    import requests

    host = urlsplit(file.url).netloc
    by_hand = f"You can also put the file at {path} yourself; then it is checked and used."
    if isinstance(error, requests.HTTPError) and error.response is not None:
        status = error.response.status_code
        if status in (404, 410):
            return (f"{host} has no such file any more (status {status}).",
                    f"Look where it went: {public.homepage}. {by_hand}")
        return f"{host} answered with status {status}.", f"Try again later. {by_hand}"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "The connection broke before the whole file had come.", "Nothing was kept. Try again."
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return f"{host} sent nothing for too long (time-out).", \
            f"Try again later, or give more time: timeouts=(seconds to connect, seconds between bytes). {by_hand}"
    if isinstance(error, requests.RequestException):
        return f"There is no connection to {host} ({type(error).__name__}).", \
            f"Check the network and the proxy. {by_hand}"
    if isinstance(error, OSError) and error.errno in FULL:
        return f"There is no room left for it in {path.parent}.", \
            "Nothing half was kept. Make room, or choose another folder: fetch(..., cache=FOLDER)."
    if isinstance(error, OSError):
        return f"Writing to {path.parent} failed: {error.strerror or error}.", \
            "Choose another folder: fetch(..., cache=FOLDER)."
    return _wrong_checksum(error, public, file, path)


def _wrong_checksum(error: Exception, public: PublicSet, file: PublicFile, path: Path) -> tuple[str, str]:
    if "does not match the known hash" not in str(error):
        return f"{type(error).__name__}: {error}.", f"Delete the folder {path.parent} and fetch again."
    found = str(error).partition("but got ")[2].split(".")[0]
    if file.checksum:
        return (f"What came has checksum {found}, not {file.checksum} as published ({file.checksum_from}), and was "
                "deleted.", f"Try again; if it stays so, the publisher has changed the file: {public.homepage}.")
    return (f"What came has checksum {found}, not the one recorded at the first download, and was deleted: the file "
            "has changed.", f"If you trust the new one, delete the folder {path.parent} and fetch again.")
