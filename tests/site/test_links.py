"""Every link, anchor and picture of the built pages leads somewhere, and nothing is fetched from outside."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from site_contents import ALL_PAGES, PAGES

pytestmark = pytest.mark.slow


@lru_cache(maxsize=64)
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@lru_cache(maxsize=64)
def anchors(path: Path) -> frozenset[str]:
    tree = soup(path)
    named = tree.find_all("a", attrs={"name": True})
    return frozenset(tag["id"] for tag in tree.find_all(id=True)) | {tag["name"] for tag in named}


def broken(page: Path, site: Path) -> list[str]:
    """The references of a page that lead nowhere inside the site."""
    missing = []
    for tag in soup(page).find_all(True):
        for attribute in ("href", "src", "poster", "data-src"):
            address = tag.get(attribute)
            if not isinstance(address, str):
                continue
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not target.is_file() or not target.is_relative_to(site.resolve()):
                missing.append(f"<{tag.name} {attribute}={address}>")
            elif parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in anchors(target):
                missing.append(f"<{tag.name} {attribute}={address}> (no such anchor)")
    return missing


def test_every_page_of_the_contents_is_built(site: Path) -> None:
    files = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    built = {str(path.relative_to(site).with_suffix("")) for path in files}
    assert built == set(ALL_PAGES)


@pytest.mark.parametrize("name", ALL_PAGES)
def test_links_lead_somewhere(site: Path, name: str) -> None:
    assert broken(site / f"{name}.html", site) == []


@pytest.mark.parametrize("name", ALL_PAGES)
def test_nothing_is_fetched_from_outside(site: Path, name: str) -> None:
    tree = soup(site / f"{name}.html")
    tags = tree.find_all(["script", "img", "iframe", "source", "link"])
    fetched = [tag.get("src") or tag.get("href") for tag in tags]
    assert [address for address in fetched if address and urlsplit(address).scheme in ("http", "https")] == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_descend_by_one(site: Path, name: str) -> None:
    article = soup(site / f"{name}.html").find("article")
    levels = [int(tag.name[1]) for tag in article.find_all(["h1", "h2", "h3", "h4", "h5", "h6"])]
    assert levels.count(1) == 1 and levels[0] == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique(site: Path, name: str) -> None:
    ids = [tag["id"] for tag in soup(site / f"{name}.html").find_all(id=True)]
    assert sorted(i for i in set(ids) if ids.count(i) > 1) == []


@pytest.mark.parametrize("name", PAGES)
def test_table_headers_say_something(site: Path, name: str) -> None:
    assert [str(tag) for tag in soup(site / f"{name}.html").find_all("th") if not tag.get_text().strip()] == []


@pytest.mark.parametrize("name", PAGES)
def test_maths_is_rendered(site: Path, name: str) -> None:
    text = (site / f"{name}.html").read_text(encoding="utf-8")
    assert "katex-error" not in text
    tree = BeautifulSoup(text, "html.parser")
    assert [tag["src"] for tag in tree.find_all("script", src=True) if "mathjax" in tag["src"].lower()] == []
    article = tree.find("article")
    for tag in article.find_all(["pre", "code", "script", "style", "annotation"]):
        tag.decompose()
    assert "$" not in article.get_text()


def test_a_broken_link_is_found(site: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<h1 id="a">x</h1><a href="#a">right</a><a href="#b">wrong</a><img src="none.png">')
    assert len(broken(page, tmp_path)) == 2
