"""The interactives in a real browser: what they draw and say is what the library computed, by keyboard and on a phone.

The pages here are made in a temporary folder and opened from file://, where the site must work too.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from figure_parts import Parts
from site_contents import ROOT

from rnnbook import data, figures

pytestmark = [pytest.mark.slow, pytest.mark.browser]

STATIC = ROOT / "book" / "_static"
COMPONENTS = ("rnn-unroll", "io-shapes")
LIGHT = {"viewport": {"width": 900, "height": 900}, "reduced_motion": "reduce"}
PHONE = LIGHT | {"viewport": {"width": 375, "height": 740}}


def document(body: str, scripts: bool = True, theme: str = "light") -> str:
    """A page with the site's colours, the components' style sheets and, unless left out, their scripts."""
    styles = "".join(f"<style>{(STATIC / f'{name}.css').read_text()}</style>" for name in COMPONENTS)
    code = "".join(f"<script defer src='{(STATIC / f'{name}.js').as_uri()}'></script>" for name in COMPONENTS)
    colours = (
        "html { --pst-color-background: #fdfdfb; --pst-color-text-base: #1c2430; --pst-color-text-muted: #4d5866; "
        "--pst-color-primary: #1d5591; --pst-color-border: #d9dcd6; --pst-color-surface: #f3f4f1 }"
        "html[data-theme=dark] { --pst-color-background: #14181d; --pst-color-text-base: #e4e7eb; "
        "--pst-color-text-muted: #aab4c0; --pst-color-primary: #8dbcf0; --pst-color-border: #38414c; "
        "--pst-color-surface: #1e242c }"
        "body { background: var(--pst-color-background); color: var(--pst-color-text-base); margin: 16px; "
        "font-family: DejaVu Sans, sans-serif } figure { margin: 0 }"
    )
    return (
        f"<!doctype html><html lang=en data-theme={theme}><meta charset=utf-8><title>Figures</title>"
        f"<meta name=viewport content='width=device-width, initial-scale=1'><style>{colours}</style>{styles}"
        f"{code if scripts else ''}<main><h1>Figures</h1>{body}</main></html>"
    )


class Opened:
    """A page with one figure on it, and what the browser complained about."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else self.complaints.append(r.url))
        page.goto(address)

    def inside(self, expression: str) -> Any:
        """Value of a JavaScript expression about `root`, the inside of <rnn-unroll>."""
        return self.page.evaluate(f"(root => {expression})(document.querySelector('rnn-unroll').shadowRoot)")

    @property
    def status(self) -> str:
        return self.page.get_by_role("status").inner_text().replace("\n", " ")


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """`opened(html, dark=True, scripts=False, **context options)` shows a figure; nothing may complain."""
    contexts, pages = [], []

    def show(body: str, scripts: bool = True, dark: bool = False, **options: Any) -> Opened:
        file = tmp_path / f"page-{len(pages)}.html"
        file.write_text(document(body, scripts, "dark" if dark else "light"), encoding="utf-8")
        contexts.append(browser.new_context(**(LIGHT | options)))
        pages.append(Opened(contexts[-1].new_page(), file.as_uri()))
        return pages[-1]

    yield show
    for context in contexts:
        context.close()
    assert [complaint for page in pages for complaint in page.complaints] == []


@pytest.fixture(scope="module")
def traces() -> list[figures.Trace]:
    mood = data.weights("mood")
    sentences = ("i am not happy", "i am happy")
    unhappy, happy = (figures.trace(mood.params, mood.vocab, s, mood.labels) for s in sentences)
    units = figures.order_units(happy, unhappy)
    return [unhappy.reordered(units), happy.reordered(units)]


@pytest.fixture(scope="module")
def unroll(traces: list[figures.Trace]) -> str:
    return figures.rnn_unroll_html(traces, caption="A caption.", question="A question?")


def number(value: float) -> str:
    return f"{value + 0.0:.2f}".replace("-", "−")


def spoken(trace: figures.Trace, t: int) -> str:
    """What the status line must say at step t, from the library's own numbers."""
    T = len(trace.tokens)
    if t == 0:
        return f"Step 0 of {T}, before the first word: every unit is 0."
    states = np.round(np.vstack([trace.h_0, trace.h]), 2)
    change = np.round(np.abs(states[t] - states[t - 1]), 2)
    u, p = int(np.argmax(change)), np.round(trace.probabilities[t - 1], 2)
    return (
        f"Step {t} of {T}, after “{trace.tokens[t - 1]}”: "
        f"{trace.labels[int(np.argmax(p))]} {round(100 * p.max())} percent. "
        f"Unit {u} changed most, from {number(states[t - 1][u])} to {number(states[t][u])}."
    )


# ---- <rnn-unroll> ---------------------------------------------------------------------------------------------------


def test_the_keyboard_reaches_every_step_and_the_status_says_the_library_s_numbers(opened, unroll, traces):
    seen = opened(unroll)
    assert seen.status == spoken(traces[0], 1)
    seen.page.locator(".chain").focus()
    for key, t in [("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowRight", 3), ("ArrowRight", 4),
                   ("ArrowRight", 4), ("ArrowLeft", 3), ("End", 4)]:
        seen.page.keyboard.press(key)
        assert seen.status == spoken(traces[0], t)
        assert seen.inside("root.activeElement.className") == "chain"


def test_slider_and_buttons_drive_it_too(opened, unroll, traces):
    seen = opened(unroll)
    slider = seen.page.get_by_role("slider", name="Step")
    slider.focus()
    seen.page.keyboard.press("ArrowRight")
    assert seen.status == spoken(traces[0], 2)
    assert slider.get_attribute("aria-valuetext") == "2 of 4, after “am”"
    back, forward = (seen.page.get_by_role("button", name=f"Step {way}") for way in ("back", "forward"))
    for _ in range(5):
        forward.press("Enter")
    assert seen.status == spoken(traces[0], 4)
    assert (forward.get_attribute("aria-disabled"), back.get_attribute("aria-disabled")) == ("true", "false")
    back.click()
    assert seen.status == spoken(traces[0], 3) and slider.input_value() == "3"


def test_the_values_drawn_are_the_library_s(opened, unroll, traces):
    seen = opened(unroll)
    for which, trace in enumerate(traces):
        seen.page.get_by_role("combobox", name="Sentence").select_option(str(which))
        drawn = seen.inside("""[...root.querySelectorAll('.chain .cells')]
            .map(cells => [...cells.querySelectorAll('[data-unit]')].map(c => {
              const tick = c.nextElementSibling.getBBox(), box = c.getBBox(), half = box.width / 2;
              return [+c.dataset.unit, +c.dataset.value, (tick.x + 1 - box.x - half) / (half - 3)]; }))""")
        states = np.round(np.vstack([trace.h_0, trace.h]), 2)
        assert len(drawn) == len(states)
        for column, h_t in zip(drawn, states, strict=True):
            units, values, ticks = zip(*column, strict=True)
            assert units == trace.units
            np.testing.assert_allclose(values, h_t[list(units)], rtol=0, atol=1e-9)
            np.testing.assert_allclose(ticks, values, rtol=0, atol=1e-3)
        bars = seen.inside("""[...root.querySelectorAll('.chain .share')]
            .map(b => b.getBBox().width / b.previousElementSibling.getBBox().width)""")
        np.testing.assert_allclose(bars, np.round(trace.probabilities, 2).ravel(), rtol=0, atol=1e-3)


def test_the_chain_grows_token_by_token(opened, unroll):
    seen = opened(unroll)
    seen.page.locator(".chain").focus()
    seen.page.keyboard.press("Home")
    for t in range(5):
        steps = seen.inside("""[...root.querySelectorAll('.chain svg > .step')].map(s => [s.classList.contains('off'),
            s.classList.contains('now'), getComputedStyle(s.querySelector('.cells')).opacity])""")
        assert steps == [[i > t, i == t, "0" if i > t else "1"] for i in range(5)]
        folded = seen.page.locator(".stage > svg .word").text_content()
        assert folded == ["", "i", "am", "not", "happy"][t]
        seen.page.keyboard.press("ArrowRight")


def test_a_unit_is_read_by_arrow_keys_and_by_pointing(opened, unroll, traces):
    seen = opened(unroll)
    readout = seen.page.locator(".readout")
    seen.page.locator(".chain").focus()
    seen.page.keyboard.press("ArrowRight")
    for r in range(2):
        seen.page.keyboard.press("ArrowDown")
        u = traces[0].units[r]
        h = np.round(traces[0].h[:, u], 2)
        assert readout.inner_text() == f"Unit {u} after “am”: {number(h[1])}, was {number(h[0])}"
    seen.page.keyboard.press("Escape")
    assert readout.inner_text().startswith("Point at a unit")
    u = traces[0].units[-1]
    box = seen.page.locator(f".chain .step >> nth=1 >> [data-unit='{u}']").bounding_box()
    seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert readout.inner_text() == f"Unit {u} after “i”: {number(np.round(traces[0].h[0, u], 2))}, was 0.00"


def test_another_sentence_is_chosen_by_keyboard(opened, unroll, traces):
    seen = opened(unroll)
    choice = seen.page.get_by_role("combobox", name="Sentence")
    choice.focus()
    seen.page.keyboard.press("ArrowDown")
    seen.page.locator(".chain").focus()
    seen.page.keyboard.press("End")
    assert seen.status == spoken(traces[1], 3)


def test_play_walks_to_the_end_and_pause_stops_it(opened, unroll, traces):
    seen = opened(unroll)
    seen.page.clock.install()
    seen.page.reload()
    seen.page.get_by_role("button", name="Play").click()
    seen.page.clock.run_for(1300)
    assert seen.status == spoken(traces[0], 2)
    seen.page.get_by_role("button", name="Pause").click()
    seen.page.clock.run_for(5000)
    assert seen.status == spoken(traces[0], 2)
    seen.page.get_by_role("button", name="Play").click()
    seen.page.clock.run_for(5000)
    assert seen.status == spoken(traces[0], 4)
    seen.page.get_by_role("button", name="Play").click()        # from the end it begins again
    assert seen.status == spoken(traces[0], 0)


def test_reduced_motion_turns_transitions_off(opened, unroll):
    durations = [
        opened(unroll, reduced_motion=wish).inside("getComputedStyle(root.querySelector('.cells')).transitionDuration")
        for wish in ("reduce", "no-preference")
    ]
    assert durations == ["0s", "0.3s"]


def test_the_dark_theme_changes_every_colour_and_texts_stay_readable(opened, unroll):
    def colours(dark: bool) -> dict:
        seen = opened(unroll, dark=dark)
        look = "getComputedStyle(root.querySelector('{}'))['{}']"
        parts = {"status": "color", "word": "fill", "small": "fill", "tick": "fill"}
        inside = {name: seen.inside(look.format(f".{name}", prop)) for name, prop in parts.items()}
        return inside | {"page": seen.page.evaluate("getComputedStyle(document.body).backgroundColor")}

    def luminance(colour: str) -> float:
        rgb = np.array([int(c) / 255 for c in colour[4:-1].split(",")])
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    light, dark = colours(False), colours(True)
    assert all(light[name] != dark[name] for name in light)
    for seen in (light, dark):
        page = luminance(seen["page"])
        for name in ("status", "word", "small"):
            high, low = max(page, luminance(seen[name])), min(page, luminance(seen[name]))
            assert (high + 0.05) / (low + 0.05) >= 4.5, name


def test_on_a_phone_only_the_chain_scrolls_and_it_follows_the_step(opened):
    mood = data.weights("mood")
    long = figures.trace(mood.params, mood.vocab, "i do not love this movie", mood.labels)
    seen = opened(figures.rnn_unroll_html(long), **PHONE)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == 375
    chain = seen.page.locator(".chain")
    chain.focus()
    for key in ("Home", *["ArrowRight"] * 6, *["ArrowLeft"] * 6):
        seen.page.keyboard.press(key)
        box, column = chain.bounding_box(), seen.page.locator(".chain .now .edge").bounding_box()
        assert box["x"] - 1 <= column["x"] and column["x"] + column["width"] <= box["x"] + box["width"] + 1


@pytest.mark.parametrize("viewport", [(900, 900), (620, 900), (375, 740)])
@pytest.mark.parametrize("name", COMPONENTS)
def test_nothing_jumps_when_the_script_arrives_or_the_figure_changes(opened, unroll, name, viewport):
    html = unroll if name == "rnn-unroll" else figures.io_shapes_html()
    size = {"viewport": {"width": viewport[0], "height": viewport[1]}}
    before = opened(html, scripts=False, **size).page.locator(name).bounding_box()["height"]
    seen = opened(html, **size)
    after = {seen.page.locator(name).bounding_box()["height"]}
    if name == "rnn-unroll":
        seen.page.locator(".chain").focus()
        for key in ("Home", "ArrowDown", "End"):
            seen.page.keyboard.press(key)
            after.add(seen.page.locator(name).bounding_box()["height"])
    else:
        for radio in seen.page.get_by_role("radio").all():
            radio.check()
            after.add(seen.page.locator(name).bounding_box()["height"])
    assert len(after) == 1
    assert before == pytest.approx(after.pop(), abs=4)


def test_text_of_a_sentence_is_never_markup(opened):
    nasty = "<img src=x onerror=alert(1)>"
    h, p = np.array([[0.5, -0.5]]), np.array([[0.2, 0.8]])
    trace = figures.Trace((nasty,), np.zeros(2), h, p, labels=("</script>", nasty), units=(0, 1))
    seen = opened(figures.rnn_unroll_html(trace, caption=nasty))
    assert seen.inside("root.querySelectorAll('img, script').length") == 0
    assert seen.status.startswith(f"Step 1 of 1, after “{nasty}”: {nasty} 80 percent.")


# ---- both -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMPONENTS)
def test_without_a_script_the_picture_and_the_table_stay(opened, unroll, name):
    html = unroll if name == "rnn-unroll" else figures.io_shapes_html()
    seen = opened(html, java_script_enabled=False)
    picture = seen.page.locator("img")
    assert picture.is_visible() and picture.bounding_box()["height"] > 200 and picture.get_attribute("alt")
    assert seen.page.evaluate("document.querySelector('img').naturalWidth") > 400
    seen.page.locator("summary").click()
    shown = [row.all_inner_texts() for row in (r.locator("th, td") for r in seen.page.locator("tr").all())]
    assert shown == Parts(html).rows
    assert seen.page.get_by_role("button").count() == seen.page.get_by_role("radio").count() == 0


@pytest.mark.parametrize("name", COMPONENTS)
def test_with_the_script_nothing_is_shown_twice(opened, unroll, name):
    seen = opened(unroll if name == "rnn-unroll" else figures.io_shapes_html())
    assert not seen.page.locator("img").is_visible()
    assert not seen.page.locator("table").first.is_visible()
    assert seen.page.locator("figcaption").count() == 1
    seen.page.locator("summary").press("Enter")
    assert seen.page.locator("table").first.is_visible()


@pytest.mark.parametrize("name", COMPONENTS)
def test_moved_in_the_page_it_goes_on_working(opened, unroll, name):
    seen = opened(unroll if name == "rnn-unroll" else figures.io_shapes_html())
    text = seen.status
    seen.page.evaluate("name => document.querySelector('main').append(document.querySelector(name))", name)
    assert seen.status == text and seen.page.get_by_role("status").count() == 1


@pytest.mark.parametrize("name", COMPONENTS)
def test_without_data_the_rest_stays(opened, name):
    seen = opened(f"<{name}><p>a picture</p></{name}>")
    assert seen.page.get_by_text("a picture").is_visible()


@pytest.mark.parametrize("options", [{}, {"dark": True}, PHONE], ids=["light", "dark", "phone"])
def test_axe_finds_nothing(opened, unroll, options):
    from axe_playwright_python.sync_playwright import Axe

    seen = opened(unroll + figures.io_shapes_html(), **options)
    for summary in seen.page.locator("summary").all():
        summary.click()
    found = Axe().run(seen.page).response["violations"]
    assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_component_weighs_a_few_kilobytes(name):
    assert len(gzip.compress((STATIC / f"{name}.js").read_bytes(), mtime=0)) < 8_000


# ---- <io-shapes> ----------------------------------------------------------------------------------------------------


def test_radio_buttons_choose_the_shape_by_keyboard(opened):
    seen = opened(figures.io_shapes_html())
    seen.page.get_by_role("radio").first.focus()
    for shape in figures.SHAPES:
        assert seen.page.get_by_role("radio", name=shape["name"], exact=True).is_checked()
        arrays = " → ".join(f"{name} {size}" for name, size in shape["arrays"])
        assert seen.status == f"{shape['task']} {arrays}"
        drawn = set(seen.page.locator("io-shapes svg text").all_text_contents())
        assert {step[key] for step in shape["steps"] for key in ("x", "y") if key in step} <= drawn
        assert seen.page.locator("io-shapes .cell").count() == len(shape["steps"])
        seen.page.keyboard.press("ArrowDown")


@pytest.mark.parametrize("width", [900, 375])
def test_words_of_a_shape_stay_inside_the_drawing_and_apart(opened, width):
    seen = opened(figures.io_shapes_html(), viewport={"width": width, "height": 900})
    for shape in figures.SHAPES:
        seen.page.get_by_role("radio", name=shape["name"], exact=True).check()
        texts = seen.page.locator("io-shapes svg text")
        boxes = [(t.text_content(), t.bounding_box()) for t in texts.all()]
        for word, box in boxes:
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, word
        rows: dict[int, list] = {}
        for word, box in boxes:
            if word in {step.get(key) for step in shape["steps"] for key in ("x", "y")}:
                rows.setdefault(round(box["y"]), []).append((box["x"], box["x"] + box["width"], word))
        for row in rows.values():
            row.sort()
            assert all(left[1] <= right[0] for left, right in pairwise(row)), row


# ---- on the site ----------------------------------------------------------------------------------------------------


def test_the_first_page_holds_the_figure_as_the_library_makes_it_now(visit):
    page = visit("book/index").page
    landing = Parts(figures.landing_figure_html())
    drawn = page.locator("rnn-unroll").evaluate("figure => JSON.parse(figure.querySelector('script').textContent)")
    assert drawn == landing.data
    sentence = " ".join(drawn["traces"][0]["tokens"])
    assert page.get_by_role("combobox", name="Sentence").locator("option").first.inner_text() == sentence
    assert page.get_by_role("status").inner_text().startswith("Step 4 of 4, after “happy”: negative")
