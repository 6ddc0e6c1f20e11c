"""The list of references and the bibliography say the same; the anchors that the chapters link to exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
ENTRY = re.compile(r"@\w+\{(?P<key>[^,]+),(?P<fields>.*?)\n\}", re.S)
FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\}", re.M)


def bibliography() -> dict[str, dict[str, str]]:
    text = (BOOK / "references.bib").read_text(encoding="utf-8")
    return {entry["key"]: dict(FIELD.findall(entry["fields"])) for entry in ENTRY.finditer(text)}


def listed() -> dict[str, str]:
    text = (BOOK / "appendix" / "references.md").read_text(encoding="utf-8")
    return dict(re.findall(r'<a id="([^"]+)"></a>(.*?)(?=\n\n|\Z)', text, re.S))


def plain(text: str) -> str:
    """Letters and digits only, so that dashes, braces and accents of TeX do not matter."""
    return re.sub(r"[^a-z0-9]", "", text.replace("--", "").lower())


def test_same_entries() -> None:
    assert sorted(bibliography()) == sorted(listed())


@pytest.mark.parametrize("key", sorted(bibliography()))
def test_entries_agree(key: str) -> None:
    fields, shown = bibliography()[key], listed()[key]
    assert key.endswith(fields["year"]) and f"({fields['year']})" in shown
    assert plain(fields["title"]) in plain(shown)
    for name in ("volume", "pages"):
        if name in fields and "series" not in fields:
            assert plain(fields[name]) in plain(shown), name
    if "doi" in fields:
        assert f"https://doi.org/{fields['doi']}" in shown
    else:
        assert fields.get("url", "") in shown


@pytest.mark.parametrize("page", ["appendix/references.md", "appendix/glossary.md"])
def test_anchors_are_unique_and_plain(page: str) -> None:
    ids = re.findall(r'<a id="([^"]+)"></a>', (BOOK / page).read_text(encoding="utf-8"))
    assert len(ids) > 10 and len(set(ids)) == len(ids)
    assert [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []


def test_glossary_is_sorted_and_each_term_has_its_chinese() -> None:
    text = (BOOK / "appendix" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r'<a id="[^"]+"></a>\*\*(.+?)\*\* <span lang="zh">(.+?)</span><br>\n(.+)', text)
    assert len(terms) == text.count("<a id=") >= 35
    names = [name.lower() for name, _, _ in terms]
    assert names == sorted(names)
    assert [name for name, chinese, _ in terms if not re.search(r"[\u4e00-\u9fff]", chinese)] == []
    assert [name for name, _, meaning in terms if not meaning.endswith(".")] == []
