"""Unpacking an archive beside itself: all of it or nothing that looks finished."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

ARCHIVES = {".zip": zipfile.is_zipfile, ".tar.gz": tarfile.is_tarfile}
BROKEN = (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error)      # what unpacking may raise


def kind_of(path: Path) -> str:
    """The ending that makes it an archive, or nothing."""
    return next((ending for ending in ARCHIVES if path.name.endswith(ending)), "")


def looks_right(path: Path) -> bool:
    """Whether a file that is named as an archive is one; True for any other file."""
    kind = kind_of(path)
    return not kind or bool(ARCHIVES[kind](path))


def unpack(path: Path) -> None:
    """Unpack an archive into its own folder, once; `NAME.unpacked` beside it says that it was done."""
    kind = kind_of(path)
    done = path.with_name(f"{path.name}.unpacked")
    if not kind or done.exists():
        return
    # Unpacked aside, then moved: what stops in the middle is deleted, or done again by the next call.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="unpacking-") as aside:
        if kind == ".zip":
            shutil.unpack_archive(path, aside, "zip")
        else:
            with tarfile.open(path) as archive:
                if hasattr(tarfile, "data_filter"):         # Python 3.11.4 and later
                    archive.extractall(aside, filter="data")
                else:
                    archive.extractall(aside)
        for item in sorted(Path(aside).iterdir()):
            target = path.parent / item.name
            try:
                item.rename(target)
            except OSError:
                if not target.exists():                     # else another process was first, with the same content
                    raise
    done.touch()
