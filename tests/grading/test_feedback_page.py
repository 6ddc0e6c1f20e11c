"""The feedback pages in a real browser: accessible, readable on a phone and on paper, and asking for nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import export_books
import pytest
from site_contents import MODES

from rnnbook.cli import main

pytestmark = [pytest.mark.slow, pytest.mark.browser]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PAGES = ("index", *(f"students/s{n}" for n in range(1, 6)))


@pytest.fixture(scope="module")
def feedback(tmp_path_factory) -> Path:
    """The folder of the pages."""
    grades = tmp_path_factory.mktemp("class") / "grades"
    export_books.fill(grades / "gradebook.sqlite")
    assert main(["export", "html", "--out", str(grades)]) == 1          # one was lost on the way
    return grades / "feedback"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium of this machine, with a fresh profile."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None and os.environ.get("RNNBOOK_NO_BROWSER") == "1":
        pytest.skip("RNNBOOK_NO_BROWSER=1: the browser tests are left out")
    if path is None:
        pytest.fail(f"no browser: none of {', '.join(BROWSERS)} is installed. Install Chromium, "
                    "or set RNNBOOK_NO_BROWSER=1 to leave these tests out.", pytrace=False)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, feedback):
    """`visit("students/s1", "dark")` opens a page; what it asked for and said stands in `.asked` and `.said`."""
    contexts = []

    def opened(name: str, mode: str = "light") -> Any:
        context = browser.new_context(**MODES[mode])
        contexts.append(context)
        page = context.new_page()
        page.asked, page.said = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda message: page.said.append(message.text))
        page.on("dialog", lambda dialog: (page.said.append("a dialog"), dialog.dismiss()))
        page.goto((feedback / f"{name}.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{rule['id']} ({rule['impact']}): {node['html'][:120]} | {node['failureSummary'][:300]}"
            for rule in found for node in rule["nodes"][:3]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, name, mode):
    assert violations(visit(name, mode)) == []


def test_axe_finds_a_fault_that_is_there(visit):
    page = visit("students/s2")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert any(line.startswith("image-alt") for line in violations(page))


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_asked_for_and_nothing_runs(visit, name):
    page = visit(name)
    page.wait_for_load_state("networkidle")
    assert [url for url in page.asked if not url.startswith("file:")] == [] and len(page.asked) == 1
    assert page.said == [] and page.locator("script, img, iframe, link, object, form").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_it_does_not_scroll_sideways_on_a_phone(visit, name):
    page = visit(name, "phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    beyond = page.evaluate("""() => [...document.querySelectorAll('body *')].filter((element) =>
        !element.closest('.scroll, pre, .unseen') && element.getBoundingClientRect().right > 376
    ).map((element) => element.outerHTML.slice(0, 90)).slice(0, 5)""")
    assert beyond == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_are_in_order(visit, name):
    levels = visit(name).eval_on_selector_all("h1, h2, h3, h4", "all => all.map((h) => Number(h.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_table_has_headers_for_columns_and_rows(visit):
    page = visit("students/s2")
    assert page.locator("table").count() == 3
    assert page.evaluate("""() => [...document.querySelectorAll('table')].every((table) => table.caption
        && [...table.querySelectorAll('thead th')].every((th) => th.scope === 'col' && th.innerText.trim())
        && [...table.querySelectorAll('tbody tr')].every((tr) => tr.cells[0].scope === 'row'))""")


def test_it_follows_the_system_s_theme_and_paper_is_white(visit):
    background = "getComputedStyle(document.documentElement).backgroundColor"
    shown = {mode: visit("students/s2", mode).evaluate(background) for mode in ("light", "dark")}
    assert shown == {"light": "rgb(253, 253, 251)", "dark": "rgb(20, 24, 29)"}
    page = visit("students/s2", "dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 36, 48)"
    assert page.evaluate(background) == "rgb(255, 255, 255)" and not page.is_visible(".retry")


def test_the_points_lead_to_the_exercises_by_keyboard(visit):
    page = visit("students/s2")
    page.focus(".scroll a")
    assert page.evaluate("document.activeElement.innerText") == "1. One step"
    page.keyboard.press("Enter")
    assert page.url.endswith("#exercise-1") and page.locator("#exercise-1 h3").inner_text() == "1. One step"
