"""A figure that lives in HTML: a custom element that holds its data, a static picture and a table of the values.

The site's component script upgrades the element; JupyterLab, GitHub and readers without JavaScript see the picture and
the table.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

MINUS = "\u2212"
LIMIT = 60_000      # bytes of JSON in one figure


@dataclass(frozen=True)
class HtmlFigure:
    """What a notebook cell shows: `html` where HTML is shown, `text` in a terminal."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def __repr__(self) -> str:
        return self.text


def element(tag: str, data: Any, svg: str, alt: str, tables: str, caption: str, question: str, summary: str,
            labels: int = 0) -> str:
    """The HTML of one figure: <figure> with the element `tag` (data, picture, values) and its caption.

    `svg` and `tables` are markup; `alt`, `caption`, `question` and `summary` are text and are escaped here. `labels` is
    the number of rows of predictions, on which the height depends.
    """
    width, height = _size(svg)
    style = f' style="--labels:{labels}"' if labels else ""       # the page keeps as much height free
    ask = f" <strong>Try it.</strong> {escape(question)}" if question else ""
    return (
        f'<figure class="rnnbook-figure">\n<{tag}{style}>\n'
        f'<script type="application/json">{to_json(data)}</script>\n'
        f'<img src="{data_uri(svg)}" alt="{escape(alt)}" width="{width}" height="{height}">\n'
        f'<details slot="numbers">\n<summary>{escape(summary)}</summary>\n{tables}</details>\n'
        f"</{tag}>\n<figcaption>{escape(caption)}{ask}</figcaption>\n</figure>"
    )


def to_json(data: Any) -> str:
    """Compact JSON that can stand inside <script>: no `<`, and at most 60 kB."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True).replace("<", "\\u003c")
    if len(text) > LIMIT:
        raise ValueError(f"data is {len(text)} bytes of JSON; expected at most {LIMIT}: draw fewer sentences")
    return text


def data_uri(svg: str) -> str:
    """`svg` as a data: address, so that the picture travels with the notebook."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def table(caption: str, header: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    """An HTML table with a header row and row headers, in a box that scrolls by itself."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"
        for name, cells in rows
    )
    name = escape(caption)
    return (
        f'<div class="rnnbook-scroll" style="overflow-x:auto" tabindex="0" role="region" aria-label="{name}">\n'
        f"<table>\n<caption>{name}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )


def rounded(values: np.ndarray) -> list:
    """`values` as nested lists, two digits, and 0.0 where rounding leaves −0.0."""
    values = np.asarray(values, float)
    if not np.isfinite(values).all():
        raise ValueError("values holds NaN or infinity; a figure draws finite numbers")
    return (np.round(values, 2) + 0.0).tolist()


def number(value: float) -> str:
    """Two digits and a real minus sign: −0.83."""
    return f"{value + 0.0:.2f}".replace("-", MINUS)


def percent(value: float) -> int:
    """A probability in whole percent."""
    return round(value * 100)


def _size(svg: str) -> tuple[str, str]:
    root = svg[: svg.index(">")]
    return tuple(root.split(f'{name}="')[1].split('"')[0] for name in (" width", " height"))  # type: ignore[return-value]
