"""What a page weighs, and what its pictures weigh."""

from __future__ import annotations

import gzip
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from site_contents import PAGES

pytestmark = pytest.mark.slow

PAGE_LIMIT = 400 * 1024         # bytes of HTML, CSS and JavaScript, compressed
PICTURE_LIMIT = 300 * 1024      # bytes


def page_weight(page: Path) -> dict[str, int]:
    """Compressed bytes of a page and of each style sheet and script it loads."""
    tree = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    links = [tag.get("href") for tag in tree.find_all("link", rel="stylesheet")]
    links += [tag.get("src") for tag in tree.find_all("script", src=True)]
    files = {page, *((page.parent / urlsplit(link).path).resolve() for link in links)}
    return {path.name: len(gzip.compress(path.read_bytes())) for path in files}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_light(site: Path, name: str) -> None:
    weight = page_weight(site / f"{name}.html")
    assert sum(weight.values()) <= PAGE_LIMIT, sorted(weight.items(), key=lambda item: -item[1])[:6]


@pytest.mark.parametrize("name", PAGES)
def test_pictures_are_light_lazy_sized_and_described(site: Path, name: str) -> None:
    page = site / f"{name}.html"
    descriptions = []
    for image in BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").find("article").find_all("img"):
        source = image["src"]
        where = f"{name}: {source[:60]}"
        assert image.get("loading") == "lazy", where
        assert image.get("width") and image.get("height"), where
        assert len(image.get("alt", "").strip()) > 15, f"{where} has no alternative text"
        descriptions.append(image["alt"])
        size = len(source) if source.startswith("data:") else (page.parent / source).resolve().stat().st_size
        assert size <= PICTURE_LIMIT, f"{where}: {size} bytes"
    assert len(set(descriptions)) == len(descriptions), "two pictures of a page have the same alternative text"
