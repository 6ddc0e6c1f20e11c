"""Show a result once: in a notebook as HTML, anywhere else as text."""

from __future__ import annotations

import sys
from typing import Any


class Shown:
    """Something that is shown where it is made, and once more where it is the value of a later cell.

    Subclasses define __str__, and may define _repr_html_ and _data (more entries of the MIME bundle).
    """

    def _data(self) -> dict[str, Any]:
        return {}

    def _bundle(self) -> dict[str, Any]:
        html = getattr(self, "_repr_html_", None)
        return {"text/plain": str(self)} | ({"text/html": html()} if html else {}) | self._data()

    def _ipython_display_(self) -> None:
        shell = _shell()
        if shell is not None and getattr(self, "_shown_in", None) != shell.execution_count:
            _publish(self)

    def show(self) -> None:
        """Show it now."""
        shell = _shell()
        if shell is None:
            print(self)
        else:
            _publish(self)
            object.__setattr__(self, "_shown_in", shell.execution_count)     # the dataclasses are frozen


def note_shown(thing: Shown) -> None:
    """Say that `thing` has been printed in this cell, so that it is not shown again as the cell's value."""
    shell = _shell()
    if shell is not None:
        object.__setattr__(thing, "_shown_in", shell.execution_count)


def _shell() -> Any:
    """The running IPython, or None; IPython is never imported here."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None


def _publish(thing: Shown) -> None:
    from IPython.display import display

    display(thing._bundle(), raw=True)
