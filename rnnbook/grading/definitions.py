"""What the exercises are made of, as a hash: once a definition changes, what was graded by it is graded again."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import rnnbook


def digest(packs: Sequence[str | os.PathLike] = ()) -> str:
    """A hash of the source of `rnnbook.checks`, of all Python files in the packs, and of the version of the library."""
    found = hashlib.sha256(rnnbook.__version__.encode())
    roots = [Path(rnnbook.__file__).parent / "checks", *map(Path, packs)]
    for number, root in enumerate(roots):
        for file in sorted(root.rglob("*.py")):
            for part in (f"{number}/{file.relative_to(root).as_posix()}".encode(), file.read_bytes()):
                found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def versions() -> dict[str, str]:
    """What a grade was made with."""
    import numpy as np

    return {"rnnbook": rnnbook.__version__, "numpy": np.__version__, "python": ".".join(map(str, sys.version_info[:3]))}
