"""Which files a submission may read: the standard library, the packages it may import, nothing else of this machine."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import rnnbook
from rnnbook.grading.sandbox.files import Readable

PACKAGES = ("numpy", "matplotlib")
"""What every submission may import, as far as it is installed."""

OPEN = ("__init__.py", "text.py", "data", "figures")       # of rnnbook: what is nobody's answer
LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
SYSTEM = ("/usr/share/zoneinfo", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom",
          "/sys/devices/system/cpu", "/System/Library", "/Library/Frameworks")
HIDDEN = ("site-packages", "dist-packages", "__pycache__", "test", "idlelib", "ensurepip")


def readable(packages: Sequence[str] = (), allowed: Sequence[str] = ()) -> Readable:
    """What may be read where exercises allow `packages` besides those of PACKAGES.

    `allowed` holds dotted names below `rnnbook` that an exercise allows; the package they are in can be read.
    """
    files: list[str] = []
    listed: list[str] = []
    libraries = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), os.path.dirname(os.__file__)}
    for library in libraries:
        if library and os.path.isdir(library):
            listed.append(library)
            files += [entry.path for entry in os.scandir(library) if entry.name not in HIDDEN]
            files.append(os.path.join(library, "__pycache__"))
    files += _shared_libraries()
    for name in dict.fromkeys((*PACKAGES, *(p.partition(".")[0] for p in packages if not p.startswith("rnnbook")))):
        found, folders = package_files(name)
        files += found
        listed += folders
    own = os.path.dirname(os.path.abspath(rnnbook.__file__))
    listed.append(own)
    files += [os.path.join(own, name) for name in OPEN]
    files += [os.path.join(own, *name.split(".")[1:2]) for name in allowed if name.startswith("rnnbook.")]
    files += SYSTEM
    real = [os.path.realpath(path) for path in files]
    return Readable(tuple(dict.fromkeys(p for p in (*files, *real) if os.path.exists(p))),
                    tuple(dict.fromkeys((*listed, *map(os.path.realpath, listed)))))


def package_files(name: str) -> tuple[list[str], list[str]]:
    """The files of a package and of all that it needs, and the folders they are in."""
    files: list[str] = []
    folders: list[str] = []
    waiting, seen = [name], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        for distribution in _distributions(name):
            folder = str(distribution.locate_file(""))
            folders.append(folder)
            files += [os.path.join(folder, top) for top in _tops(distribution) - {"__pycache__", "..", ""}]
            for requirement in distribution.requires or ():
                if "extra ==" not in requirement:
                    waiting.append(re.split(r"[^A-Za-z0-9_.-]", requirement.strip(), maxsplit=1)[0])
        if len(seen) == 1 and not files:                   # installed in another way: only where it is is known
            spec = _spec(name)
            if spec is not None and spec.origin:
                path = Path(spec.origin)
                files.append(str(path.parent if path.name == "__init__.py" else path))
                folders.append(str(path.parent.parent))
    return files, folders


def _tops(distribution: importlib.metadata.Distribution) -> set[str]:
    """The first parts of the paths of a package's files. RECORD has thousands of lines, of which no more is needed."""
    record = distribution.read_text("RECORD")
    if record is None:
        return {file.parts[0] for file in distribution.files or () if file.parts}
    return {line.lstrip('"').partition(",")[0].partition("/")[0] for line in record.splitlines()}


def _distributions(name: str) -> list[importlib.metadata.Distribution]:
    try:
        return [importlib.metadata.distribution(name)]
    except importlib.metadata.PackageNotFoundError:
        return []


def _spec(name: str):
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None


def _shared_libraries() -> list[str]:
    """Shared libraries: the system's, those of this Python, and of LD_LIBRARY_PATH. Not the Python packages there."""
    folders = [*LIBRARIES, sysconfig.get_config_var("LIBDIR") or "",
               *os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)]
    found = []
    for folder in filter(os.path.isdir, folders):
        found += [entry.path for entry in os.scandir(folder)
                  if re.search(r"\.so(\.|$)", entry.name) or re.fullmatch(r"[\w]+-linux-[\w]+", entry.name)]
    zipped = os.path.join(sys.base_prefix, "lib", f"python{sys.version_info[0]}{sys.version_info[1]}.zip")
    return [*found, zipped]
