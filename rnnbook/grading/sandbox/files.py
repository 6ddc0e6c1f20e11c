"""What a submission may read, as a zygote is told it."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Readable:
    """Files and folders that may be read, with all below them; folders of which only the names are told."""

    files: tuple[str, ...]
    listed: tuple[str, ...]

    def holds(self, path: str) -> bool:
        """Whether a path, which has no links in it, may be read."""
        return any(path == file or path.startswith(file + os.sep) for file in self.files)
