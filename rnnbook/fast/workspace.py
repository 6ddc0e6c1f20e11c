"""Memory for one layer that is used again at the next call, on request.

A pass over sequences needs some tens of megabytes, and views of them for each step; making both anew takes time. A
training loop can keep them:

    workspace = Workspace()
    for x, … in batches:
        hs, last, cache = lstm.forward(params, x, workspace=workspace)

Outputs and gradients are always new arrays; only what stands between the passes is kept. A cache is therefore good
until the next forward pass with its workspace, and `backward` refuses an older one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Workspace:
    """Buffers of one layer. Pass it to each forward pass of that layer; give every layer its own."""

    def __init__(self) -> None:
        self._key: tuple | None = None
        self._buffers: Any = None
        self._uses = 0

    def lend(self, make: Callable, *sizes) -> tuple[Any, int]:
        """`make(*sizes)`, or what it gave last time where nothing has changed; and the number of this use."""
        if self._key != (make, *sizes):
            self._buffers = None                                 # the old ones go first
            self._key, self._buffers = (make, *sizes), make(*sizes)
        self._uses += 1
        return self._buffers, self._uses

    def check(self, use: int) -> None:
        """Raise ValueError unless `use` is the latest one."""
        if use != self._uses:
            raise ValueError(
                "cache is out of date: its workspace has served another forward pass since; expected the cache of the "
                "latest one. Call backward before the next forward, and give each layer a Workspace of its own"
            )


def lend(workspace: Workspace | None, make: Callable, *sizes) -> tuple[Workspace, Any, int]:
    """The workspace (a new one if None), its buffers and the number of this use."""
    if workspace is None:
        workspace = Workspace()
    if not isinstance(workspace, Workspace):
        raise ValueError(f"workspace is a {type(workspace).__name__}; expected a Workspace or None")
    return workspace, *workspace.lend(make, *sizes)
