"""The static picture of <io-shapes>: all shapes as small drawings, two in a row."""

from __future__ import annotations

from typing import Any

from rnnbook.figures import svg

PANEL_W, PANEL_H, CELL, GAP = 340, 200, 34, 58


def picture(shapes: list[dict[str, Any]]) -> str:
    """One panel a shape; `shapes` is the component's own data (see `shapes.SHAPES`)."""
    rows = (len(shapes) + 1) // 2
    panels = [_panel(s, PANEL_W * (i % 2), PANEL_H * (i // 2)) for i, s in enumerate(shapes)]
    return svg.document(2 * PANEL_W, PANEL_H * rows, panels)


def _panel(shape: dict[str, Any], left: float, top: float) -> str:
    steps = shape["steps"]
    parts = [svg.text(left + PANEL_W / 2, top + 24, shape["name"], bold=True)]
    start = left + PANEL_W / 2 - (len(steps) - 1) * GAP / 2
    y_out, y_cell, y_in = top + 54, top + 92, top + 168
    for i, step in enumerate(steps):
        x = start + i * GAP
        decoder = step.get("part") == "decoder"
        fill, stroke = (svg.PAPER, svg.POSITIVE) if decoder else (svg.SURFACE, svg.ACCENT)
        if i:
            parts.append(svg.arrow(x - GAP + CELL / 2 + 1, y_cell + CELL / 2, x - CELL / 2 - 2, y_cell + CELL / 2))
        parts.append(svg.rect(x - CELL / 2, y_cell, CELL, CELL, fill, stroke, 8, 2))
        parts.append(svg.symbol(x, y_cell + 21, "h", _index(steps, i)))
        if "x" in step:
            parts.append(svg.arrow(x, y_in - 14, x, y_cell + CELL + 2))
            parts.append(svg.text(x, y_in, step["x"], size=12))
        if "y" in step:
            parts.append(svg.arrow(x, y_cell - 1, x, y_out + 8))
            parts.append(svg.text(x, y_out, step["y"], size=12))
        if step.get("feed"):
            parts.append(svg.arrow(x - GAP + 12, y_out + 8, x - 14, y_in - 12, svg.POSITIVE, dashed=True))
    first = next((i for i, s in enumerate(steps) if s.get("part") == "decoder"), 0)
    if first:
        for middle, name in (((first - 1) / 2, "encoder"), ((first + len(steps) - 1) / 2, "decoder")):
            parts.append(svg.text(start + middle * GAP, y_in + 18, name, fill=svg.MUTED, size=12))
    return "".join(parts)


def _index(steps: list[dict[str, Any]], i: int) -> str:
    """Steps are counted from 1; a decoder counts anew."""
    first = next((j for j, s in enumerate(steps) if s.get("part") == "decoder"), len(steps))
    return str(i + 1 if i < first else i - first + 1)
