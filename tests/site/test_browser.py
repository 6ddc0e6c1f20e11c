"""The site in a real browser: quiet console, no request elsewhere, accessible, usable on a phone and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from site_contents import MODES, PAGES

pytestmark = [pytest.mark.slow, pytest.mark.browser]

VISITED = [*PAGES, "search", "genindex"]


# axe takes a table header that holds MathML only for an empty one; test_links.py looks for empty headers instead.
RULES = {"rules": {"empty-table-header": {"enabled": False}}}


def axe_violations(page: Any) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']} ({rule['impact']}): {node['html'][:120]} | {node['failureSummary'][:300]}"
            for rule in found for node in rule["nodes"][:3]]


@pytest.mark.parametrize("name", VISITED)
def test_console_is_quiet_and_nothing_comes_from_outside(visit: Callable[..., Any], name: str) -> None:
    seen = visit(name)
    seen.page.wait_for_load_state("networkidle")
    assert seen.console == []
    assert seen.outside == []
    assert seen.failed == []


def test_root_leads_to_the_landing_page(browser: Any, base: str) -> None:
    page = browser.new_page()
    page.goto(base)
    page.wait_for_url(f"{base}{PAGES[0]}.html")
    page.close()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", VISITED)
def test_axe_finds_nothing(visit: Callable[..., Any], name: str, mode: str) -> None:
    assert axe_violations(visit(name, mode).page) == []


def test_axe_finds_a_fault_that_is_there(visit: Callable[..., Any]) -> None:
    page = visit(PAGES[0]).page
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert any(line.startswith("image-alt") for line in axe_violations(page))


@pytest.mark.parametrize("name", VISITED)
def test_page_does_not_scroll_sideways_on_a_phone(visit: Callable[..., Any], name: str) -> None:
    page = visit(name, "phone").page
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    beyond = page.evaluate("""() => [...document.querySelectorAll('article *')].filter((element) => {
        const inside = '.scroll-box, pre, svg, rnn-unroll, io-shapes, .katex-mathml, .rnnbook-scroll, .output';
        if (element.closest(inside)) return false;
        return element.getBoundingClientRect().right > 376 && element.getClientRects().length;
    }).map((element) => element.outerHTML.slice(0, 90)).slice(0, 5)""")
    assert beyond == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_theme_follows_the_system(visit: Callable[..., Any], mode: str) -> None:
    assert visit(PAGES[0], mode).page.evaluate("document.documentElement.dataset.theme") == mode


def focus_names(page: Any, presses: int) -> list[str]:
    """What the Tab key reaches from the top of the page: accessible name or text of each stop."""
    names = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        names.append(page.evaluate("(document.activeElement.getAttribute('aria-label') || "
                                   "document.activeElement.innerText || '').trim().split('\\n')[0]"))
    return names


def test_main_controls_are_reached_by_keyboard(visit: Callable[..., Any]) -> None:
    names = focus_names(visit("book/02-hidden-state").page, 40)
    assert names[0] == "Skip to main content"
    for wanted in ("rnnbook", "Search", "Site navigation", "Colour theme", "Download notebook", "Run it locally"):
        assert wanted in names, names
    assert any(name.startswith("2") for name in names), "the chapter's link in the contents"


def test_focus_can_be_seen(visit: Callable[..., Any]) -> None:
    page = visit("book/02-hidden-state").page
    page.focus("a.action")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_theme_switch_works_by_keyboard(visit: Callable[..., Any]) -> None:
    page = visit("book/02-hidden-state").page
    page.focus(".bd-header-article .theme-switch-button")
    themes = set()
    for _ in range(3):                      # the focus must stay where it is
        page.keyboard.press("Enter")
        themes.add(page.evaluate("document.documentElement.dataset.theme"))
    assert themes == {"light", "dark"}


def test_search_finds_the_chapter_by_keyboard(visit: Callable[..., Any]) -> None:
    page = visit(PAGES[0]).page
    page.keyboard.press("Control+k")
    page.keyboard.type("hidden state")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    links = page.eval_on_selector_all("#search-results li a", "links => links.map((a) => a.href)")
    assert any("book/02-hidden-state" in link for link in links)


def test_contents_fold_away_on_a_wide_screen(visit: Callable[..., Any]) -> None:
    page = visit("book/02-hidden-state").page
    page.focus(".primary-toggle")
    for shown in (False, True):
        page.keyboard.press("Enter")
        assert page.is_visible("#pst-primary-sidebar") is shown
        assert page.get_attribute(".primary-toggle", "aria-expanded") == str(shown).lower()


def test_contents_open_on_a_phone(visit: Callable[..., Any]) -> None:
    page = visit("book/02-hidden-state", "phone").page
    page.click(".primary-toggle")
    page.wait_for_selector("#pst-primary-sidebar-modal[open]")
    assert page.is_visible("#pst-primary-sidebar-modal nav a >> text=Glossary")


def test_first_screen_has_the_sentence_the_figure_and_three_doors(visit: Callable[..., Any]) -> None:
    page = visit("book/index").page
    page.wait_for_selector("rnn-unroll button")
    for selector in (".lede", "rnn-unroll svg", ".door-read", ".door-run", ".door-teach"):
        box = page.locator(selector).first.bounding_box()
        assert box and box["y"] + box["height"] <= 800, (selector, box)


@pytest.mark.parametrize("door, heading", [("read", "Hidden state"), ("run", "How to use"), ("teach", "Teaching with")])
def test_doors_lead_on(visit: Callable[..., Any], door: str, heading: str) -> None:
    page = visit("book/index").page
    page.locator(f".door-{door} a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert heading in page.inner_text("h1")


def test_wide_equation_is_a_stop_for_the_keyboard_on_a_phone_only(visit: Callable[..., Any]) -> None:
    count = "document.querySelectorAll('.scroll-box[tabindex=\"0\"][role=region][aria-label]').length"
    assert visit("book/appendix/notation", "phone").page.evaluate("document.querySelectorAll('.scroll-box').length") > 0
    wide = "[...document.querySelectorAll('.scroll-box')].filter((b) => b.scrollWidth > b.clientWidth + 1).length"
    for mode in ("light", "phone"):
        page = visit("book/02-hidden-state", mode).page
        page.wait_for_timeout(200)
        assert page.evaluate(count) == page.evaluate(wide)


def test_pages_work_without_javascript(browser: Any, base: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}book/index.html")
    assert page.is_visible("rnn-unroll img")
    assert page.locator("rnn-unroll table").count() > 0
    context.close()
