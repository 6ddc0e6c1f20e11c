"""English prose that every reader already has: the help texts of their own Python."""

from __future__ import annotations

import platform
from importlib import import_module
from importlib.resources import files

from rnnbook.data.corpus import Corpus, alphabet, held_out, once, paragraphs
from rnnbook.data.draw import either

CHARACTERS = "\n abcdefghijklmnopqrstuvwxyz0123456789.,:;'\"()-_"      # 48
PLAIN = str.maketrans("‘’“”–—", "''\"\"--")
PYTHON = "PSF-2.0 (Python's documentation)"
OWN = "CC0 1.0 (written for rnnbook)"
TEXTS = ("python", "book")


def prose(split: str = "contiguous", text: str = "python", repeats: bool = False) -> Corpus:
    """English prose in lower case, for language models: the help texts of the reader's own Python.

    Kept are paragraphs of more than 80 characters that end in "." or ":" and are more than 93 % letters, spaces and
    , . - '; their white space is joined, and of their characters the 48 of `CHARACTERS` stay. About 190 000 characters.

    Two splits: "contiguous" takes the last 6 % of the paragraphs as the test, "interleaved" every 20th. The second is
    easier: a test paragraph stands among training paragraphs on its own subject. No paragraph is in both parts, for
    what occurs a second time, letter for letter, is dropped: a sixth of what Python's help says. `repeats=True` keeps
    it, and the test then holds paragraphs of the training part.

    `text="book"` gives a short text written for this book instead (10 000 characters), the same for every Python. It
    also stands in where the module is missing, as in Debian's python3-minimal; `source` then says so.

    Source: `pydoc_data.topics` of the running Python, which is read and never copied.
    """
    if text not in TEXTS:
        raise ValueError(f"text is {text!r}; expected one of {', '.join(map(repr, TEXTS))}")
    either("repeats", repeats)
    pages = help_pages() if text == "python" else None
    raw = own_text() if pages is None else "\n\n".join(pages)
    kept = [clean(p) for p in paragraphs(raw) if is_prose(p)]
    limits = "The text and so the hash change with the Python release; it is technical English on one subject."
    if pages is None:
        limits = "Far too short for a language model that writes words: it shows how things work, not how well."
    return Corpus(name="prose", about="paragraphs of English in lower case, of which the next character is asked;",
                  splits=held_out(kept if repeats else once(kept), split), vocab=alphabet(CHARACTERS),
                  licence=OWN if pages is None else PYTHON, source=_source(text, pages is None), limits=limits)


def _source(text: str, own: bool) -> str:
    if text == "book":
        return ""
    return f"the book's own short text, for {python()} has no pydoc_data" if own else f"{python()}, pydoc_data.topics"


def python() -> str:
    """The running Python: "CPython 3.11.7"."""
    return f"{platform.python_implementation()} {platform.python_version()}"


def help_pages() -> list[str] | None:
    """The pages of `help()`, by name; None where this Python came without them."""
    try:
        topics = import_module("pydoc_data.topics").topics
    except ImportError:
        return None
    return [topics[name] for name in sorted(topics)]


def own_text() -> str:
    """The short text written for this book."""
    return (files("rnnbook.data") / "fallback.txt").read_text(encoding="utf-8")


def is_prose(paragraph: str) -> bool:
    """Whether a paragraph is a running text rather than a table, a grammar or code."""
    joined = " ".join(paragraph.split())
    plain = sum(c.isalpha() or c in " ,.-'" for c in joined)
    return len(joined) > 80 and joined[-1] in ".:" and plain > 0.93 * len(joined)


def clean(paragraph: str) -> str:
    """A paragraph in the 48 characters, on one line."""
    kept = "".join(c for c in paragraph.lower().translate(PLAIN) if c in CHARACTERS)
    return " ".join(kept.split())
