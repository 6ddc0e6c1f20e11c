"""Plain, aligned text of at most 80 columns that no terminal chokes on."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TextIO

WIDTH = 80

ASCII = str.maketrans({
    "✓": "+", "✗": "x", "◐": "~", "○": "o", "≈": "~", "·": "-", "–": "-", "—": "-", "…": "...", "→": "->", "×": "x",
    "−": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "≤": "<=", "≥": ">=", "≠": "!=", "\u00a0": " ",
})  # fmt: skip
"""What stands in for a sign that the terminal's encoding does not have; any other such sign becomes a question mark."""

COLOURS = {"good": "32", "bad": "31", "part": "33", "quiet": "2", "strong": "1"}


class Terminal:
    """Writes to a stream: in colour where it is a terminal that shows it, in ASCII where the encoding is narrow.

    Colour never says anything alone: each state has a sign and a word as well.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.is_tty = bool(getattr(self.stream, "isatty", lambda: False)())
        self.colour = self.is_tty and shows_colour()
        columns = shutil.get_terminal_size((WIDTH, 24)).columns if self.is_tty else WIDTH
        self.width = max(40, min(WIDTH, columns))

    def write(self, text: str = "", end: str = "\n") -> None:
        """Write one line, or several."""
        encoding = getattr(self.stream, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = text.translate(ASCII).encode(encoding, "replace").decode(encoding)
        self.stream.write(text + end)

    def paint(self, text: str, colour: str) -> str:
        """The text in one of COLOURS where colours are shown, else the text as it is."""
        return f"\x1b[{COLOURS[colour]}m{text}\x1b[0m" if self.colour else text

    def paragraph(self, text: str, indent: str = "", first: str | None = None) -> None:
        """Write text folded to the width; `first` is the first line's indent where it differs. Line breaks are kept."""
        lead = indent if first is None else first
        for line in text.splitlines() or [""]:
            folded = textwrap.wrap(line, self.width, initial_indent=lead, subsequent_indent=indent,
                                   break_long_words=False, break_on_hyphens=False)
            self.write("\n".join(folded))
            lead = indent

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
        """Write rows in columns, two spaces apart; `right` are the columns set flush right."""
        widths = [max(len(row[k]) for row in [header, *rows]) for k in range(len(header))]
        for number, row in enumerate([header, *rows]):
            cells = [cell.rjust(w) if k in right else cell.ljust(w)
                     for k, (cell, w) in enumerate(zip(row, widths, strict=True))]
            line = "  ".join(cells).rstrip()
            self.write(self.paint(line, "strong") if number == 0 else line)


def shows_colour() -> bool:
    """False under NO_COLOR (set to anything), on a dumb terminal, and on a console that prints the codes."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return os.name != "nt" or bool(os.environ.get("WT_SESSION") or os.environ.get("ANSICON"))
