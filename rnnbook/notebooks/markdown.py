"""The Markdown that notebooks and pages may use, taken apart: headings, links, prose, tables.

A notebook is read in Jupyter, VS Code, Colab, on GitHub and on the site. What reads the same in all of them is
CommonMark, `$…$`, tables and a little HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

DOLLAR = "﹩"        # stands in prose for an escaped $, which begins no maths


@dataclass
class Parsed:
    """One Markdown text in its parts.

    Attributes
    ----------
    headings
        (level, text) in order.
    links
        (words, target, is_picture) in order.
    prose
        Text as read, one string a paragraph, heading, item or cell of a table: without code, maths and addresses.
        Words of links stand in it between ⟦ and ⟧.
    cells
        The part of `prose` that stands in tables.
    headers
        Texts of the header cells of each table.
    html
        Raw HTML, piece by piece.
    """

    headings: list[tuple[int, str]] = field(default_factory=list)
    links: list[tuple[str, str, bool]] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    headers: list[list[str]] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


@cache
def _parser():
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    return MarkdownIt("commonmark").enable("table").use(
        dollarmath_plugin, allow_labels=False, allow_space=False, double_inline=True
    )


def parse(text: str) -> Parsed:
    """Take a Markdown text apart."""
    parsed = Parsed()
    heading, in_cell, in_header = 0, False, False
    for token in _parser().parse(text.replace(r"\$", DOLLAR)):
        if token.type == "heading_open":
            heading = int(token.tag[1])
        elif token.type == "table_open":
            parsed.headers.append([])
        elif token.type in ("td_open", "th_open"):
            in_cell, in_header = True, token.type == "th_open"
        elif token.type in ("td_close", "th_close"):
            in_cell = in_header = False
        elif token.type == "html_block":
            parsed.html.append(token.content)
            parsed.prose.append(re.sub(r"<[^>]*>", " ", token.content))
        elif token.type == "inline":
            prose, plain = _inline(token.children or [], parsed)
            parsed.prose.append(prose)
            if heading:
                parsed.headings.append((heading, plain))
                heading = 0
            if in_cell:
                parsed.cells.append(prose)
            if in_header:
                parsed.headers[-1].append(plain.strip())
    return parsed


def _inline(children, parsed: Parsed) -> tuple[str, str]:
    """Prose (see Parsed) and plain text (with code and maths as written) of one run of text; links go to `parsed`."""
    prose, plain, words, target = "", "", "", None
    for child in children:
        shown = ""
        if child.type == "text":
            shown = child.content
        elif child.type in ("softbreak", "hardbreak"):
            shown = "\n"
        elif child.type == "image":
            parsed.links.append((child.content, child.attrs["src"], True))
        elif child.type == "link_open":
            target, words, prose = child.attrs["href"], "", prose + "⟦"
        elif child.type == "link_close":
            parsed.links.append((words.strip(), str(target), False))
            target, prose = None, prose + "⟧"
        elif child.type == "html_inline":
            parsed.html.append(child.content)
        prose += shown
        words += shown or child.content
        plain += shown if shown else (child.content if child.type in ("code_inline", "math_inline") else "")
    return prose, plain


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub makes it: lower case, no punctuation, hyphens for spaces."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def slugs(headings: list[tuple[int, str]]) -> list[str]:
    """Anchors of a page's headings: a repeated one gets -1, -2 …"""
    seen: dict[str, int] = {}
    found = []
    for _, text in headings:
        s = slug(text)
        n = seen.get(s, 0)
        seen[s] = n + 1
        found.append(f"{s}-{n}" if n else s)
    return found


def anchors(path: str | Path) -> frozenset[str]:
    """Every #anchor of a notebook or Markdown page: headings, ids in its HTML, and labels such as `(name)=`."""
    path = Path(path).resolve()
    return _anchors(path, path.stat().st_mtime_ns)


@cache
def _anchors(path: Path, _changed: int) -> frozenset[str]:
    cells = list(markdown_of(path))
    text = "\n\n".join(cells)
    parts = [parse(cell) for cell in cells]
    ids = re.findall(r"\bid=[\"']([^\"']+)[\"']", "".join(piece for part in parts for piece in part.html))
    labels: list[str] = []
    if path.suffix == ".md":
        labels = re.findall(r"^\(([\w.:-]+)\)=\s*$", text, re.MULTILINE) + re.findall(r"\{#([\w.:-]+)[^}]*\}", text)
    return frozenset([*slugs([heading for part in parts for heading in part.headings]), *ids, *labels])


def markdown_of(path: Path) -> Iterator[str]:
    """The Markdown of a notebook, cell by cell, or of a page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        yield re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
        return
    for cell in json.loads(text)["cells"]:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])
