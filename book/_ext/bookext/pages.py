"""What is changed in a page's HTML: its buttons, its pictures, names that screen readers read, the site's root."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import imagesize
from sphinx.application import Sphinx
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)
IMG = re.compile(r"<img\b[^>]*>")
THEBE = re.compile(r'<script type="text/x-thebe-config">.*?</script>|<script>kernelName = .*?</script>', re.S)
EMPTY_HEADER = re.compile(r"<th[^>]*>(?:<p></p>)?</th>")
SUMMARY_LABEL = re.compile(r'(<summary)\s+aria-label="[^"]*"')

SOLUTION_NOTE = (
    '<div class="note-box note-warning" role="note"><p><strong>Model answers.</strong> They are here to compare with '
    'your own. <a href="{exercises}">The exercises without answers</a> come first: what you have tried to build, you '
    "will understand when you read it.</p></div>"
)


def colab_url(app: Sphinx, path: str) -> str | None:
    """Address that opens the notebook in Colab, or None when no public repository is configured."""
    options = app.config.html_theme_options
    url = (options.get("repository_url") or "").rstrip("/")
    if not url.startswith("https://github.com/"):
        return None
    branch = options.get("repository_branch") or "main"
    return f"https://colab.research.google.com/github/{url.removeprefix('https://github.com/')}/blob/{branch}/{path}"


def actions(app: Sphinx, pagename: str, pathto: Any) -> str:
    """The row of buttons under a notebook's title."""
    source = f"{pagename}.ipynb"
    name = source.rsplit("/", 1)[-1]
    links = [
        f'<a class="action" href="{pathto("_sources/" + source, 1)}" download="{escape(name)}">Download notebook</a>',
        f'<a class="action" href="{pathto("book/how-to-use")}#run-it">Run it locally</a>',
    ]
    colab = colab_url(app, source)
    if colab:
        links.append(f'<a class="action" href="{escape(colab)}">Open in Colab</a>')
    return f'<p class="page-actions">{"".join(links)}</p>'


def finish_image(tag: str, files: dict[str, Path]) -> str:
    """Add size and lazy loading to a picture, so that the page does not jump when it arrives.

    `files` says which file stands behind the name of a picture; it is copied to the site after the pages are written.
    """
    source = re.search(r'src="([^"]+)"', tag)
    added = "" if "loading=" in tag else ' loading="lazy"'
    if "decoding=" not in tag:
        added += ' decoding="async"'
    if source and "width=" not in tag and not source[1].startswith("data:"):
        path = files.get(source[1].rsplit("/", 1)[-1])
        if path is not None and path.is_file():
            width, height = imagesize.get(path)
            if width > 0:
                added += f' width="{int(width)}" height="{int(height)}"'
    return tag.rstrip("/>").rstrip() + added + " />"


def page_body(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    body = context.get("body")
    if not body or doctree is None:
        return
    if "katex-error" in body:
        LOGGER.warning("KaTeX could not render an equation", location=pagename)
    body = SUMMARY_LABEL.sub(r"\1", THEBE.sub("", body))
    files = {name: Path(app.srcdir) / source for source, name in app.builder.images.items()}
    body = IMG.sub(lambda found: finish_image(found[0], files), EMPTY_HEADER.sub("<td></td>", body))
    if app.env.doc2path(pagename, base=False).endswith(".ipynb"):
        extra = actions(app, pagename, context["pathto"])
        if pagename.startswith("solutions/"):
            exercises = context["pathto"](pagename.replace("solutions/", "exercises/", 1))
            extra += SOLUTION_NOTE.format(exercises=exercises)
        body = body.replace("</h1>", "</h1>" + extra, 1)
    context["body"] = body


ROOT_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={target}">
<link rel="canonical" href="{target}">
<link rel="icon" href="_static/favicon.svg">
</head>
<body><main><h1>{title}</h1><p><a href="{target}">Open the book</a></p></main></body>
</html>
"""


def root_page(app: Sphinx, exception: Exception | None) -> None:
    """Write index.html, which leads to the landing page."""
    if exception is None and app.builder.format == "html" and app.config.root_doc != "index":
        page = ROOT_PAGE.format(title=escape(app.config.html_title), target=f"{app.config.root_doc}.html")
        (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", page_body, priority=800)
    app.connect("build-finished", root_page)
