"""Bigger sets that others publish, downloaded only when a reader asks for one. No chapter, exercise or test needs them.

`fetch` downloads a set of `PUBLIC` once, checks it, unpacks it and gives the folder; the readers make examples of it.
"""

from __future__ import annotations

from rnnbook.data.public.fetching import DownloadError, fetch
from rnnbook.data.public.readers import read_parallel, read_reviews, read_tsf
from rnnbook.data.public.registry import PUBLIC, PublicFile, PublicSet

__all__ = ["PUBLIC", "DownloadError", "PublicFile", "PublicSet", "fetch", "read_parallel", "read_reviews", "read_tsf"]
