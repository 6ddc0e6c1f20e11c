"""Which pages the site has, and how the browser tests look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def pages_of_toc() -> list[str]:
    """Every page of the table of contents, in order, without its ending."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]


PAGES = pages_of_toc()
ALL_PAGES = [*PAGES, "index", "search", "genindex"]
MODES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 740}, "color_scheme": "light", "has_touch": True},
    "phone-dark": {"viewport": {"width": 375, "height": 740}, "color_scheme": "dark", "has_touch": True},
}
