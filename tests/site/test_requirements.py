"""The requirements files: exact pins that agree with each other and name no registry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("requirements.txt", "requirements-reader.txt", "requirements-book.txt")


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line.split("#")[0].strip() for line in text.splitlines() if line.split("#")[0].strip()]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def constraints() -> dict[str, str]:
    return {normal(name): version for name, version in (line.split("==") for line in lines("constraints.txt"))}


@pytest.mark.parametrize("name", FILES)
def test_pins_are_exact_and_the_constraints_agree(name: str) -> None:
    fixed = constraints()
    pins = [line for line in lines(name) if not line.startswith("-")]
    assert pins
    for pin in pins:
        package, version = pin.split("==")
        assert fixed[normal(package)] == version, pin


@pytest.mark.parametrize("name", [*FILES, "constraints.txt", "Makefile"])
def test_no_registry_and_no_foreign_path(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "index-url" not in text and "find-links" not in text and "+cpu" not in text and "nvidia" not in text
    assert not re.search(r"https?://(?!localhost)", text)


def test_the_site_needs_no_torch() -> None:
    assert not [line for line in lines("requirements-book.txt") if line.startswith(("torch", "jupyterlab"))]
