"""The small functions of the site's extension."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from bookext import assets, katex_server, marks, pages
from bookext.anchors import RAW_ID
from docutils import nodes


@pytest.mark.parametrize("html, ids", [
    ('<a id="rnn-step"></a>', ["rnn-step"]),
    ("<a name='x'></a><span class=\"k\" id=\"y\">", ["x", "y"]),
    ('<img data-id="no" src="a.png">', []),
    ("<p>id=\"no\"</p>", []),
])
def test_ids_in_raw_html(html: str, ids: list[str]) -> None:
    assert RAW_ID.findall(html) == ids


@pytest.mark.parametrize("bold, kind", [
    ("Note.", "note"), ("Pitfall.", "warning"), ("Try it.", "try"), ("A sentence of its own.", "note"),
    ("Not a note", None),
])
def test_block_quote_becomes_a_note(bold: str, kind: str | None) -> None:
    paragraph = nodes.paragraph("", "", nodes.Text(""), nodes.strong("", bold), nodes.Text(" Text."))
    assert marks.note_kind(nodes.block_quote("", paragraph)) == kind


def test_plain_quotation_stays_a_quotation() -> None:
    assert marks.note_kind(nodes.block_quote("", nodes.paragraph("", "Some words."))) is None


@pytest.mark.parametrize("text, caption", [("Figure 2.1. One step.", True), ("Figures are drawn below.", False)])
def test_caption_of_a_figure(text: str, caption: bool) -> None:
    emphasis = nodes.emphasis("", text)
    assert marks.is_caption(nodes.paragraph("", "", nodes.Text(""), emphasis)) is caption
    assert not marks.is_caption(nodes.paragraph("", "", nodes.emphasis("", text), nodes.Text(" And more.")))


@pytest.mark.parametrize("text, found", [
    ("3 minutes · level 1 · 2 points", True), ("25 min · level 4 · 1 point", True), ("level 1 · 2 points", False),
])
def test_facts_of_an_exercise(text: str, found: bool) -> None:
    assert bool(marks.FACTS.search(text)) is found


def test_component_scripts_only_where_used(tmp_path: Path) -> None:
    for name in ("rnn-unroll.js", "rnn-unroll.css", "io-shapes.js"):
        (tmp_path / name).touch()
    assert assets.components("<p>no element</p>", tmp_path) == ([], [])
    assert assets.components("<rnn-unroll>\n</rnn-unroll>", tmp_path) == (["rnn-unroll.js"], ["rnn-unroll.css"])
    assert assets.components('<io-shapes id="a"></io-shapes>', tmp_path) == (["io-shapes.js"], [])


def test_unwanted_scripts_are_dropped_and_the_others_kept_once() -> None:
    def script(filename: str, body: str = "") -> SimpleNamespace:
        return SimpleNamespace(filename=filename, attributes={"body": body})

    files = [script("a.js"), script("_static/sphinx-thebe.js"), script("", "const THEBE_JS_URL = 1"), script("a.js")]
    assert [asset.filename for asset in assets.unique(files)] == ["a.js"]


def test_picture_gets_its_size(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (30, 20)).save(tmp_path / "a.png")
    files = {"a.png": tmp_path / "a.png"}
    tag = pages.finish_image('<img alt="A line." src="../_images/a.png" />', files)
    assert 'width="30" height="20"' in tag and 'loading="lazy"' in tag
    data = pages.finish_image('<img src="data:image/svg+xml;base64,aa==" width="3" height="2">', files)
    assert data.count("width=") == 1 and 'src="data:image/svg+xml;base64,aa=="' in data


@pytest.mark.parametrize("url, expected", [
    ("", None),
    ("https://example.org/book", None),
    ("https://github.com/someone/rnnbook/", "https://colab.research.google.com/github/someone/rnnbook/blob/main/book/a.ipynb"),
])
def test_colab_only_with_a_public_repository(url: str, expected: str | None) -> None:
    options = {"repository_url": url, "repository_branch": "main"}
    app = SimpleNamespace(config=SimpleNamespace(html_theme_options=options))
    assert pages.colab_url(app, "book/a.ipynb") == expected


LATE = """
import socket, sys, time
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1])        # the file is there
time.sleep(0.5)
server.listen()                 # and now somebody listens
server.accept()
"""


def test_katex_is_waited_for_until_it_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = lambda socket: [sys.executable, "-c", LATE, str(socket)]                                   # noqa: E731
    monkeypatch.setattr(katex_server.katex.KaTeXServer, "build_command", command)
    process, sock = katex_server.start_server_process(tmp_path, timeout=20)
    sock.close()
    assert process.wait(timeout=20) == 0


def test_katex_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command = lambda socket: [sys.executable, "-c", "raise SystemExit(1)"]                               # noqa: E731
    monkeypatch.setattr(katex_server.katex.KaTeXServer, "build_command", command)
    with pytest.raises(Exception, match="KaTeX server"):
        katex_server.start_server_process(tmp_path, timeout=20)
