"""Program text that every reader already has: the source of their own Python's standard library."""

from __future__ import annotations

from importlib.resources import files
from importlib.util import find_spec

from rnnbook.data.corpus import SPLITS, Corpus, alphabet, held_out, once, paragraphs
from rnnbook.data.documentation import python
from rnnbook.data.draw import either

CHARACTERS = "\n" + "".join(map(chr, range(32, 127)))       # 96: the line break and printable ASCII
MODULES = ("bisect", "calendar", "contextlib", "copy", "csv", "difflib", "fractions", "functools", "graphlib", "heapq",
           "numbers", "pprint", "queue", "reprlib", "sched", "shlex", "statistics", "textwrap")
HELD_OUT = "random"
PYTHON = "PSF-2.0 (Python's standard library)"
OWN = "BSD-3-Clause (rnnbook)"


def code(split: str = "module", repeats: bool = False) -> Corpus:
    """Python source for language models: modules of the reader's own standard library.

    A paragraph is what stands between blank lines, with its indentation; two blank lines count as one, and what is not
    printable ASCII is dropped. About 400 000 characters from 18 modules, and 30 000 from `random`.

    Three splits: "module" (the test is `random.py`, whole), "contiguous" (the last 6 % of all paragraphs) and
    "interleaved" (every 20th). No paragraph is in both parts, for what occurs a second time, letter for letter, is
    dropped; `repeats=True` keeps it. Short idioms recur all the same.

    Where this Python came without its source, the source of `rnnbook.data` stands in (the test of "module" is then
    `corpus.py`), and `source` says so.

    Source: the standard library of the running Python, which is read and never copied.
    """
    if split not in ("module", *SPLITS):
        raise ValueError(f"split is {split!r}; expected one of {', '.join(map(repr, ('module', *SPLITS)))}")
    either("repeats", repeats)
    found = library()
    train, test = own_source() if found is None else found
    if not repeats:
        train = once(train)
        test = [p for p in once(test) if p not in set(train)]
    splits = {"train": tuple(train), "test": tuple(test)} if split == "module" else held_out([*train, *test], split)
    source = f"{python()}, source of {len(MODULES)} modules and {HELD_OUT}"
    if found is None:
        source = f"rnnbook's own source, for {python()} came without that of its library"
    return Corpus(name="code", about="paragraphs of Python source, of which the next character is asked;",
                  splits=splits, vocab=alphabet(CHARACTERS), joint="\n\n", licence=OWN if found is None else PYTHON,
                  source=source, limits="The text and so the hash change with the Python release; two fifths of it are "
                                        "docstrings and comments.")


def library() -> tuple[list[str], list[str]] | None:
    """Paragraphs of the modules to train on, and of the one held out; None where the source is not installed."""
    sources = {name: _source(name) for name in (*MODULES, HELD_OUT)}
    if not all(sources.values()):
        return None
    cut = {name: [clean(p) for p in paragraphs(source or "")] for name, source in sources.items()}
    return [p for name in MODULES for p in cut[name]], cut[HELD_OUT]


def _source(name: str) -> str | None:
    spec = find_spec(name)
    get = getattr(spec and spec.loader, "get_source", None)
    try:
        return get(name) if get else None
    except OSError:
        return None


def own_source() -> tuple[list[str], list[str]]:
    """The same of `rnnbook.data`."""
    sources = {f.name: f.read_text(encoding="utf-8") for f in files("rnnbook.data").iterdir() if f.name.endswith(".py")}
    cut = {name: [clean(p) for p in paragraphs(sources[name])] for name in sorted(sources)}
    return [p for name, pieces in cut.items() if name != "corpus.py" for p in pieces], cut["corpus.py"]


def clean(paragraph: str) -> str:
    """A paragraph in the 96 characters, tabs as four spaces, without spaces at the ends of lines."""
    lines = "".join(c for c in paragraph.expandtabs(4) if c in CHARACTERS).split("\n")
    return "\n".join(line.rstrip() for line in lines)
