"""Rules for the Markdown of notebooks. Each takes a parsed cell or notebook and yields what is wrong, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from rnnbook.notebooks.markdown import Parsed, anchors, slugs

HTML_ALLOWED = frozenset({"details", "summary", "a", "br", "code", "em", "kbd", "strong", "sub", "sup"})
REFUSED_WORDS = r"simpl[ey]|obviously|just|powerful|magic(?:al)?|of course|clearly|trivial(?:ly)?|easily"
EMPTY_LINKS = frozenset({"here", "click here", "this", "link", "this link", "see", "more"})
ABSOLUTE = r"(?<![\w.:/])/(?:home|root|work|tmp|Users|usr|opt|mnt|var)/[\w.]|\bfile://|\b[A-Z]:\\\w"

CODE = r"^(```+|~~~+)(?!\s*\{).*?^\1\s*$|(`+)(?!`)(?:(?!\2).)+?\2(?!`)"
SPHINX = {
    "a role": r"\{[a-zA-Z][\w:+.-]*\}`",
    "a directive": r"^\s*(?:`{3,}|:{3,}|~{3,})\s*\{[\w:.-]+\}",
    "a label": r"^\([\w.:-]+\)=\s*$",
    "a block break": r"^\+\+\+",
    "a comment": r"^%\s",
    "a substitution": r"\{\{.*?\}\}",
    "attributes": r"\{[#.][\w-]+[^}]*\}",
    "a footnote": r"\[\^\w+\]",
    "TeX delimiters": r"\\\(|\\\[|\\begin\{(?:equation|align)\*?\}",
}

NUMBER = re.compile(
    r"(?<![\w.])(?:\d+\.\d+(?!\.?\d)|\d+(?:\.\d+)?\s?(?:%|‰|percent\b|percentage points|points of accuracy)"
    r"|\d+(?:\.\d+)?\s?(?:×|x\b|times\s+(?:as|faster|slower|more|fewer|less|larger|smaller))"
    r"|\d+(?:\.\d+)?\s?(?:ms|s|seconds|nats|bits)\b(?!\s+(?:of|per)\b))"
)
NUMBERED = re.compile(
    r"(?:eq(?:uation)?s?\.?|exercises?|section|§|chapter|version|table|figure|python|pytorch|numpy|torch)\s*\(?$", re.I
)
CITATION = re.compile(
    r"\b(?!(?:In|Since|By|From|Until|Before|After|Around|Python|[A-Z][a-z]+ber|January|February|March|April|May|June|July"
    r"|August)\b)[A-Z][a-zé]+(?:,? (?:[A-Z][a-zé]+|and|et al\.?|&))*,? \(?(?:19|20)\d\d[a-z]?\b\)?"
)


def subset(source: str, parsed: Parsed) -> Iterator[str]:
    """Nothing that only Sphinx, or only one reader, understands."""
    without_code = re.sub(CODE, _blank, source, flags=re.M | re.S)
    without_maths = re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$", _blank, without_code, flags=re.S)
    for name, pattern in SPHINX.items():
        text = source if name in ("a role", "a directive") else without_maths
        if found := re.search(pattern, text, re.MULTILINE):
            yield f"{name} ({found.group().strip()!r}): not part of the Markdown that all readers share"
    for text in parsed.prose:
        if "$" in text:
            yield f"a $ without its partner, or with a space inside: {_short(text, '$')}"
    tags = {tag.lower() for piece in parsed.html for tag in re.findall(r"</?\s*([a-zA-Z][\w-]*)", piece)}
    for tag in sorted(tags - HTML_ALLOWED):
        yield f"<{tag}>: HTML beyond {', '.join(sorted(HTML_ALLOWED))}"
    for tag in ("details", "summary"):
        opened, closed = (sum(len(re.findall(rf"<{slash}{tag}\b", p)) for p in parsed.html) for slash in ("", "/"))
        if opened != closed:
            yield f"<{tag}> opens {opened} times and closes {closed} times in this cell"


def tables(source: str, parsed: Parsed) -> Iterator[str]:
    """Every table is one, and every column has a header."""
    for header in parsed.headers:
        if not all(header):
            yield f"a table whose header cells are {header}: every column needs one"
    if len(re.findall(r"^\s*\|.*\|\s*$\n^\s*\|[\s:|-]+\|\s*$", source, re.MULTILINE)) != len(parsed.headers):
        yield "a table that not every reader takes for one: it needs a header, a line of hyphens, empty lines around it"


def links(parsed: Parsed, path: Path) -> Iterator[str]:
    """Relative, resolving down to the heading, and saying where they go; pictures have alt text."""
    for words, target, picture in parsed.links:
        if picture and not words.strip():
            yield f"the picture {target} has no alt text"
        if not picture and words.lower().strip(" .") in EMPTY_LINKS | {""}:
            yield f"the link to {target} says {words!r}: it should say where it goes"
        if re.match(r"https?://|mailto:", target):
            continue
        if target.startswith("/") or ":" in target.split("/")[0]:
            yield f"the link to {target} is not relative"
            continue
        name, _, anchor = target.partition("#")
        page = path.parent / name if name else path
        if not page.is_file():
            yield f"the link to {target} leads nowhere: no file {name}"
        elif anchor and page.suffix in (".ipynb", ".md") and anchor not in anchors(page):
            yield f"the link to {target} leads nowhere: {page.name} has no heading #{anchor}"


def headings(cells: list[tuple[int, Parsed]]) -> Iterator[tuple[int, str]]:
    """One title, at the top; no level skipped; no two headings with one anchor. Yields (cell, message)."""
    found = [(i, level, text) for i, parsed in cells for level, text in parsed.headings]
    if not found or found[0][1] != 1 or found[0][0] != 0:
        yield 0, "the notebook does not begin with its title, a heading of level 1"
    for (_, before, _), (i, level, text) in pairwise(found):
        if level == 1:
            yield i, f"a second title: {text!r}"
        if level > before + 1:
            yield i, f"heading {text!r} has level {level} after level {before}"
    names = slugs([(level, text) for _, level, text in found])
    for (i, _, text), name in zip(found, names, strict=True):
        if names.count(name) > 1 or (re.search(r"-\d+$", name) and name.rsplit("-", 1)[0] in names):
            yield i, f"heading {text!r} has the anchor of another"


def prose(parsed: Parsed) -> Iterator[str]:
    """The house style, as far as a pattern can tell."""
    for text in parsed.prose:
        plain = text.replace("⟦", "").replace("⟧", "")
        for found in re.finditer(rf"\b(?:{REFUSED_WORDS})\b", plain, re.IGNORECASE):
            yield f"{found.group()!r}: {_short(plain, found.group())}"
        for found in re.finditer(r"\w!", plain):
            yield f"an exclamation mark: {_short(plain, found.group())}"


def numbers(parsed: Parsed) -> Iterator[str]:
    """Numbers that look measured: they belong in a cell that computes them, under an assert."""
    for text in parsed.prose:
        outside = re.sub(r"⟦.*?⟧", _blank, text, flags=re.S)
        for found in NUMBER.finditer(outside):
            if not NUMBERED.search(outside[: found.start()]):
                yield f"{found.group().strip()!r} looks measured: {_short(outside, found.group())}"


def citations(parsed: Parsed) -> Iterator[str]:
    """A source named in prose is a link, to the page of references or to the source itself."""
    for text in parsed.prose:
        for found in CITATION.finditer(re.sub(r"⟦.*?⟧", _blank, text, flags=re.S)):
            yield f"{found.group()!r} is no link to the references"


def absolute_paths(text: str) -> Iterator[str]:
    """Paths of one machine."""
    for found in re.finditer(ABSOLUTE, text):
        yield f"an absolute path: {_short(text, found.group())}"


def _blank(match: re.Match) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _short(text: str, around: str) -> str:
    at = text.find(around)
    return "…" + " ".join(text[max(0, at - 30) : at + len(around) + 30].split()) + "…"
