"""Every work that a docstring of the library names is in the bibliography, so that chapters can cite it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("scratch", "fast", "pytorch")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / "rnnbook" / package).rglob("*.py"))

NAME = r"[A-Z][\w-]+(?: [A-Z][\w-]+)*"
AUTHORS = rf"{NAME}(?:, {NAME})*(?: and {NAME}| et al\.)?"
WORK = re.compile(rf'(?P<authors>{AUTHORS}), ["*](?P<title>[^"*]+)["*] \((?P<year>\d{{4}})\)')
IN_TEXT = re.compile(rf"(?P<authors>{AUTHORS}),? \(?(?P<year>(?:19|20)\d\d)\)")
LEFT_OVER = re.compile(r'"[^" ]+ [^"]+ [^"]+"|\b(?:19|20)\d\d\b')            # a title or a year
ENTRY = re.compile(r"@\w+\{[^,]+,(?P<fields>.*?)\n\}", re.S)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\}", re.M)


def bibliography() -> list[dict[str, str]]:
    text = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    return [dict(FIELD.findall(entry["fields"])) for entry in ENTRY.finditer(text)]


BIBLIOGRAPHY = bibliography()


def plain(text: str) -> str:
    """Letters and digits in lower case, without braces and accents of TeX."""
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\\[a-zA-Z]|\\\W", "", text).lower())


def surnames(author: str) -> list[str]:
    """"Cho, Kyunghyun and others" → ["cho", "others"]."""
    return [plain(name.partition(",")[0]) for name in author.split(" and ")]


def named(authors: str) -> list[str]:
    return [plain(name) for name in re.split(", | and ", authors.removesuffix(" et al."))]


def listed(authors: str, year: str, title: str = "") -> bool:
    """Whether an entry has this year, a title that begins so, and these authors: all of them, or the first of many."""
    for entry in BIBLIOGRAPHY:
        if entry["year"] == year and plain(entry["title"]).startswith(plain(title)):
            known, given = surnames(entry["author"]), named(authors)
            if known == given or (authors.endswith(" et al.") and known[:1] == given and len(known) > 2):
                return True
    return False


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            yield ast.get_docstring(node) or ""


def sources(docstring: str) -> list[str]:
    """What follows each "Source:" up to the next empty line, on one line and without numbers of preprints."""
    found = re.findall(r"\bSources?:\s+(.*?)(?=\n\s*\n|\Z)", docstring, re.S)
    return [re.sub(r"arXiv:\S+", "", " ".join(text.split())) for text in found]


def faults(source: str) -> list[str]:
    """The works of a Source line that are not in the bibliography, and what cannot be read as a work."""
    works = [(m["authors"], m["year"], m["title"]) for m in WORK.finditer(source)]
    unknown = [f"{authors}, {title} ({year})" for authors, year, title in works if not listed(authors, year, title)]
    unread = LEFT_OVER.findall(re.sub(r'"[^" ]+"', "", WORK.sub("", source)))      # a quoted word is no title
    pointer = re.search(r"\bsee `[\w.]+`", source) is not None
    return unknown + unread + ([] if works or pointer else [f"no work in {source!r}"])


def ident(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


@pytest.mark.parametrize("path", MODULES, ids=ident)
def test_works_named_in_docstrings_are_in_the_bibliography(path):
    for docstring in docstrings(path):
        for source in sources(docstring):
            assert faults(source) == []
        text = " ".join(docstring.split())
        assert [m[0] for m in IN_TEXT.finditer(text) if not listed(m["authors"], m["year"])] == []


def test_the_search_finds_what_there_is():
    found = [source for path in MODULES for docstring in docstrings(path) for source in sources(docstring)]
    assert len(found) >= 35
    assert len(found) == sum(len(re.findall(r"\bSources?:", path.read_text(encoding="utf-8"))) for path in MODULES)
    assert sum(len(WORK.findall(source)) for source in found) >= 40


GOOD = 'Kingma and Ba, "Adam" (2015), algorithm 1.'
BAD = {
    "no such work": 'Kingma and Ba, "Eve: a method" (2015).',
    "another year": 'Kingma and Ba, "Adam" (2014).',
    "an author too few": 'Kingma, "Adam" (2015).',
    "another author": 'Kingma and Welling, "Adam" (2015).',
    "et al. for two": 'Kingma et al., "Adam" (2015).',
    "no year": 'Kingma and Ba, "Adam: a method for stochastic optimization".',
    "a year out of place": 'Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.',
    "a second work without authors": GOOD + ' And "On the convergence of Adam" (2018).',
    "nothing": "the literature.",
}


def test_a_right_source_has_no_fault():
    assert faults(GOOD) == [] and faults("see `rnnbook.scratch.lstm`.") == []


@pytest.mark.parametrize("source", BAD.values(), ids=BAD)
def test_a_wrong_source_is_a_fault(source):
    assert faults(source)


@pytest.mark.parametrize("authors, year, right", [
    ("Elman", "1990", True), ("Elman", "1991", False), ("Cho et al.", "2014", True), ("Cho", "2014", False),
    ("Bahdanau, Cho and Bengio", "2015", True), ("Tjong Kim Sang and Buchholz", "2000", True),
])
def test_a_citation_in_the_text(authors, year, right):
    assert listed(authors, year) is right
