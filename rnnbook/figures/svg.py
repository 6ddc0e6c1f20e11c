"""Strings of SVG for the static pictures. Every number is rounded, so that the same data gives the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

INK, MUTED, LINE, PAPER, SURFACE = "#222832", "#48566b", "#c3c9d1", "#ffffff", "#f3f4f5"
POSITIVE, NEGATIVE, ACCENT = "#d9630f", "#2b72c4", "#0a7d91"
FONT = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"


def document(width: float, height: float, parts: list[str]) -> str:
    """A picture on opaque paper, readable on a light and on a dark page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" '
        f'viewBox="0 0 {width:g} {height:g}" font-family="{FONT}" font-size="13" fill="{INK}">\n'
        + rect(0, 0, width, height, PAPER, radius=6)
        + "".join(parts)
        + "</svg>\n"
    )


def rect(
    x: float, y: float, w: float, h: float, fill: str, stroke: str = "", radius: float = 0, width: float = 1
) -> str:
    """A rectangle."""
    more = f' rx="{_n(radius)}"' if radius else ""
    more += f' stroke="{stroke}" stroke-width="{_n(width)}"' if stroke else ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}" fill="{fill}"{more}/>\n'


def text(
    x: float, y: float, words: str, anchor: str = "middle", fill: str = INK, size: float = 13, bold: bool = False
) -> str:
    """One line of text with its base line at y."""
    more = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{fill}" font-size="{_n(size)}"{more}>'
        f"{escape(words)}</text>\n"
    )


def columns(strips: Sequence[tuple[float, float, float, str]], width: float) -> str:
    """Upright strips (x of the middle, y, height, colour) of one width; runs of one colour share a path."""
    paths = []
    for colour, run in groupby(strips, key=lambda strip: strip[3]):
        d = "".join(f"M{_n(x)} {_n(y)}v{_n(h)}" for x, y, h, _ in run)
        paths.append(f'<path d="{d}" stroke="{colour}"/>')
    return f'<g stroke-width="{_n(width)}">{"".join(paths)}</g>\n'


def symbol(x: float, y: float, letter: str, sub: str, anchor: str = "middle", fill: str = INK, size: float = 14) -> str:
    """A letter with a subscript, in italics: h_t."""
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}" fill="{fill}" font-size="{_n(size)}" '
        f'font-family="DejaVu Serif, Georgia, serif" font-style="italic">{escape(letter)}'
        f'<tspan dy="{_n(0.22 * size)}" font-size="{_n(0.72 * size)}">{escape(sub)}</tspan></text>\n'
    )


def arrow(
    x1: float, y1: float, x2: float, y2: float, colour: str = MUTED, head: float = 5, dashed: bool = False
) -> str:
    """A straight arrow, along an axis or slanted, with a filled head."""
    length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    bx, by = x2 - head * ux, y2 - head * uy
    px, py = -uy * head * 0.6, ux * head * 0.6
    dash = ' stroke-dasharray="3 3"' if dashed else ""
    return (
        f'<path d="M{_n(x1)} {_n(y1)}L{_n(bx)} {_n(by)}" stroke="{colour}" stroke-width="1.5" fill="none"{dash}/>'
        f'<path d="M{_n(x2)} {_n(y2)}L{_n(bx + px)} {_n(by + py)}L{_n(bx - px)} {_n(by - py)}Z" fill="{colour}"/>\n'
    )


def diverging(value: float) -> str:
    """The colour of a number in −1 … 1: blue below 0, paper at 0, orange above."""
    end = POSITIVE if value >= 0 else NEGATIVE
    share = min(1.0, abs(value))
    mixed = [round(int(PAPER[i : i + 2], 16) * (1 - share) + int(end[i : i + 2], 16) * share) for i in (1, 3, 5)]
    return "#" + "".join(f"{c:02x}" for c in mixed)


def _n(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"
