"""The static picture of <rnn-unroll>: every step of every sentence at once."""

from __future__ import annotations

from typing import Any

from rnnbook.figures import svg

MAP, BAR, LEFT = 160, 13, 96        # height of a state's column, of a prediction's row; width of the labels


def picture(traces: list[dict[str, Any]]) -> str:
    """One panel a sentence, one under the other; `traces` is the component's own data (see `unroll.data`)."""
    width = max(_width(t) for t in traces)
    parts, y = [], 0.0
    for t in traces:
        parts.append(_panel(t, y, _column(t, width)))
        y += _height(t)
    return svg.document(width, y + 26, [*parts, _legend(width, y + 8)])


def _width(t: dict[str, Any]) -> float:
    return max(560, LEFT + (len(t["tokens"]) + 1) * 64 + 8)


def _column(t: dict[str, Any], width: float) -> float:
    return min(104, (width - LEFT - 8) / (len(t["tokens"]) + 1))


def _height(t: dict[str, Any]) -> float:
    return 28 + BAR * len(t["labels"]) + 24 + MAP + 24 + 26 + 14


def _panel(t: dict[str, Any], top: float, column: float) -> str:
    K, H = len(t["labels"]), len(t["units"])
    bars = top + 28
    cell = bars + BAR * K + 24
    words = cell + MAP + 24
    box = column - 22
    parts = []
    for k, label in enumerate(t["labels"]):
        parts.append(svg.text(LEFT - 6, bars + BAR * k + 10, label, "end", svg.MUTED, 12))
    parts.append(svg.symbol(LEFT - 6, cell + MAP / 2 - 4, "h", "t", "end", svg.MUTED))
    parts.append(svg.text(LEFT - 6, cell + MAP / 2 + 14, f"{H} units", "end", svg.MUTED, 12))

    for i, h_t in enumerate([t["h0"], *t["h"]]):
        x = LEFT + i * column + 4
        mid = x + box / 2
        parts.append(_state(h_t, t["units"], x, cell, box))
        if i == 0:
            parts.append(svg.symbol(mid, cell - 8, "h", "0", fill=svg.MUTED))
            continue
        parts.append(svg.arrow(x - 20, cell + MAP / 2, x - 2, cell + MAP / 2))
        parts.append(svg.arrow(mid, words, mid, cell + MAP + 3))
        parts.append(svg.arrow(mid, cell - 2, mid, cell - 20))
        parts.append(svg.symbol(mid - 6, cell - 7, "h", str(i), "end", svg.MUTED))
        parts.append(svg.symbol(mid - 6, words - 7, "x", str(i), "end", svg.MUTED))
        parts.append(svg.rect(x - 6, words, box + 12, 26, svg.SURFACE, svg.LINE, 6))
        parts.append(svg.text(mid, words + 18, t["tokens"][i - 1]))
        parts.append(_prediction(t["p"][i - 1], t["labels"], x, bars, box))
    return "".join(parts)


def _state(h_t: list[float], units: list[int], x: float, y: float, width: float) -> str:
    row = MAP / len(units)
    mid, reach = x + width / 2, width / 2 - 3
    cells = [(mid, y + r * row, row - 1, svg.diverging(h_t[u])) for r, u in enumerate(units)]
    ticks = [(mid + h_t[u] * reach, y + r * row + 1, row - 3, svg.INK) for r, u in enumerate(units)]
    frame = svg.rect(x - 1, y - 1, width + 2, MAP + 1, "none", svg.LINE, 3)
    return svg.columns(cells, width) + svg.columns(ticks, 2) + frame


def _prediction(p_t: list[float], labels: list[str], x: float, y: float, width: float) -> str:
    best = p_t.index(max(p_t))
    parts = [svg.text(x + width / 2, y - 8, labels[best], bold=True, size=12)]
    for k, p in enumerate(p_t):
        parts.append(svg.rect(x, y + BAR * k + 1, width, BAR - 4, svg.SURFACE, radius=2))
        parts.append(svg.rect(x, y + BAR * k + 1, p * width, BAR - 4, svg.ACCENT if k == best else svg.MUTED, radius=2))
    return "".join(parts)


def _legend(width: float, y: float) -> str:
    right, n = width - 30, 21
    cells = [svg.rect(right - 120 + i * 4.5, y, 4.5, 10, svg.diverging(-1 + i / 10)) for i in range(n)]
    cells.append(svg.text(right - 124, y + 10, "−1", "end", svg.MUTED, 12))
    cells.append(svg.text(right - 22, y + 10, "1", "start", svg.MUTED, 12))
    return "".join(cells)
