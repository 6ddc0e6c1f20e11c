"""Drawings on a matplotlib axes: heat map of states, ribbon of shares, the unrolled network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnbook.figures.graph import computation_graph
from rnnbook.figures.html import MINUS
from rnnbook.figures.style import CYCLE
from rnnbook.figures.svg import INK, LINE, MUTED, PAPER, POSITIVE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["computation_graph", "heatmap", "ribbon", "unrolled"]

TINT, FAINT = "#d7eaf3", "#aab2bd"


def heatmap(
    ax: Axes,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    limit: float | None = None,
    numbers: bool | None = None,
) -> None:
    """Draw `values` (R, C) as coloured cells, blue below 0 and orange above.

    Parameters
    ----------
    rows, columns
        Names of the R rows, from the top, and of the C columns.
    limit
        The value of the strongest colour; the largest |value| if None. A colour scale that stays comparable between
        drawings of states needs limit=1.
    numbers
        Write the value into each cell; if None, where there are at most 60 cells.
    """
    from matplotlib.colors import LinearSegmentedColormap

    from rnnbook.figures.svg import NEGATIVE

    values = np.asarray(values, float)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"values has shape {values.shape}; expected ({len(rows)}, {len(columns)})")
    limit = float(np.abs(values).max()) or 1.0 if limit is None else limit
    colours = LinearSegmentedColormap.from_list("states", [NEGATIVE, PAPER, POSITIVE])
    image = ax.imshow(values, cmap=colours, vmin=-limit, vmax=limit, aspect="auto")
    ax.set_xticks(range(len(columns)), columns)
    ax.set_yticks(range(len(rows)), rows)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(False)
    ax.set_xticks(np.arange(1, len(columns)) - 0.5, minor=True)
    ax.set_yticks(np.arange(1, len(rows)) - 0.5, minor=True)
    ax.grid(which="minor", color=PAPER, linewidth=2, linestyle="-", alpha=1)
    ax.tick_params(which="minor", length=0)
    if numbers or (numbers is None and values.size <= 60):
        for (r, c), value in np.ndenumerate(values):
            shown = f"{value + 0.0:.2f}".replace("-0.00", "0.00").replace("-", MINUS)
            ink = PAPER if abs(value) > 0.75 * limit else INK
            ax.text(c, r, shown, ha="center", va="center", fontsize=9, color=ink)
    elif ax.figure is not None:
        ax.figure.colorbar(image, ax=ax, shrink=0.9, ticks=[-limit, 0, limit])


def ribbon(ax: Axes, shares: np.ndarray, words: Sequence[str]) -> None:
    """Draw how much each word read so far weighs in the state, as stacked ribbons.

    Parameters
    ----------
    shares : (T, T)
        shares[t, k] is the share of word k in h_t: 0 for k > t, and each row sums to 1.
    words
        The T words. Each ribbon carries its word.
    """
    shares = np.asarray(shares, float)
    T = len(words)
    if shares.shape != (T, T):
        raise ValueError(f"shares has shape {shares.shape}; expected ({T}, {T}) for {T} words")
    if (shares < 0).any() or np.abs(np.triu(shares, 1)).max() > 1e-9 or np.abs(shares.sum(axis=1) - 1).max() > 1e-6:
        raise ValueError("shares: expected rows of numbers ≥ 0 that sum to 1, and 0 for words not yet read")
    tops = np.cumsum(shares, axis=1)                             # (T, T), upper edge of each ribbon
    if T == 1:                                                   # one word: a block instead of a line
        tops = np.ones((2, 1))
    x = np.linspace(1, T, T) if T > 1 else np.array([0.75, 1.25])
    for k in range(T):
        start = max(k - 1, 0)                                    # a ribbon opens between the step before and its own
        lower = tops[start:, k - 1] if k else np.zeros(len(tops))
        colour = CYCLE[k % len(CYCLE)]
        ax.fill_between(x[start:], lower, tops[start:, k], color=colour, edgecolor=PAPER, linewidth=1.5, linestyle="-")
    middles = tops[-1] - shares[-1] / 2
    for k, y in enumerate(_apart(middles, 0.075)):
        ax.annotate(
            f"{words[k]}  {100 * shares[-1, k]:.0f} %", (x[-1], y), xytext=(7, 0), textcoords="offset points",
            va="center", fontsize=10, color=INK, annotation_clip=False,
        )
    ax.set(ylim=(0, 1), ylabel="share of the sensitivity", xlim=(x[0], x[-1]))
    ax.set_yticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    ax.set_xticks(range(1, T + 1), [f"after\n“{w}”" for w in words])
    ax.grid(False)


def _apart(positions: np.ndarray, gap: float) -> np.ndarray:
    """Positions of labels, moved up and then down until neighbours are `gap` apart, within 0 … 1 as far as they fit."""
    y = np.maximum(np.array(positions, float), gap / 2)
    for k in range(1, len(y)):
        y[k] = max(y[k], y[k - 1] + gap)
    y[-1] = min(y[-1], 1 - gap / 2)
    for k in range(len(y) - 2, -1, -1):
        y[k] = min(y[k], y[k + 1] - gap)
    return y


def unrolled(
    ax: Axes,
    T: int,
    lit: int | None = None,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str | None] | None = None,
    weights: bool = True,
) -> None:
    """Draw the RNN unrolled over T steps, of which the first `lit` have happened.

    Draw it again with one more step lit, and the figure grows with the text. A lit step is filled and drawn with solid
    lines, one to come is outlined with dashes.

    Parameters
    ----------
    lit
        0 … T; all if None.
    inputs, outputs
        Words under and over the cells; x_t and y_t if None. An output of None is left out.
    weights
        Write W_xh, W_hh, W_hy on the arrows of the last lit step.
    """
    from matplotlib.patches import FancyBboxPatch

    lit = T if lit is None else lit
    if T < 1 or not 0 <= lit <= T:
        raise ValueError(f"T and lit are {T} and {lit}; expected T at least 1 and lit 0 to T")
    for name, given in (("inputs", inputs), ("outputs", outputs)):
        if given is not None and len(given) != T:
            raise ValueError(f"{name} has {len(given)} entries; expected {T}, one for each step")

    def arrow(start, end, on, label="", shift=(0.0, 0.0)):
        style = {
            "arrowstyle": "-|>,head_width=.18,head_length=.35", "shrinkA": 0, "shrinkB": 0,
            "lw": 1.6 if on else 1.1, "color": INK if on else FAINT, "linestyle": "-" if on else "--",
        }
        ax.annotate("", end, start, arrowprops=style)
        x, y = ((a + b) / 2 + s for a, b, s in zip(start, end, shift, strict=True))
        ax.text(x, y, label, color=MUTED, fontsize=10, ha="center", va="center")

    for t in range(T + 1):
        on, now = t <= lit, t == lit and t > 0
        ink = INK if on else FAINT
        ax.add_patch(FancyBboxPatch(
            (t - 0.24, -0.24), 0.48, 0.48, boxstyle="round,pad=0,rounding_size=.1",
            facecolor=TINT if on and t else PAPER, edgecolor=INK if now else MUTED if on else LINE,
            lw=2.2 if now else 1.2, linestyle="-" if on else "--",
        ))
        ax.text(t, -0.01, f"$h_{{{t}}}$", ha="center", va="center", fontsize=13, color=ink)
        if t == 0:
            continue
        named = weights and now
        arrow((t - 0.74, 0), (t - 0.27, 0), on, "$W_{hh}$" if named else "", (0, 0.15))
        arrow((t, -0.76), (t, -0.27), on, "$W_{xh}$" if named else "", (-0.24, 0))
        ax.text(t, -0.9, inputs[t - 1] if inputs else f"$x_{{{t}}}$", ha="center", va="center", color=ink)
        out = outputs[t - 1] if outputs else f"$y_{{{t}}}$"
        if out is not None:
            arrow((t, 0.27), (t, 0.76), on, "$W_{hy}$" if named else "", (-0.24, 0))
            ax.text(t, 0.9, out, ha="center", va="center", color=ink)
    ax.set(xlim=(-0.4, T + 0.4), ylim=(-1.1, 1.1), aspect="equal")
    ax.axis("off")


def folded(ax: Axes) -> None:
    """Draw the RNN folded: one cell, whose state comes back to it by a loop."""
    from matplotlib.patches import FancyBboxPatch

    line: dict[str, Any] = {
        "arrowstyle": "-|>,head_width=.18,head_length=.35", "shrinkA": 0, "shrinkB": 0, "lw": 1.6, "color": INK,
    }
    ax.add_patch(FancyBboxPatch(
        (-0.24, -0.24), 0.48, 0.48, boxstyle="round,pad=0,rounding_size=.1", facecolor=TINT, edgecolor=INK, lw=2.2,
    ))
    ax.annotate("", (0, -0.27), (0, -0.76), arrowprops=line)
    ax.annotate("", (0, 0.76), (0, 0.27), arrowprops=line)
    ax.annotate("", (0.26, -0.12), (0.26, 0.12), arrowprops={**line, "connectionstyle": "arc3,rad=-2.2"})
    ax.text(0, -0.01, "$h_t$", ha="center", va="center", fontsize=13, color=INK)
    for y, text in [(-0.9, "$x_t$"), (0.9, "$y_t$")]:
        ax.text(0, y, text, ha="center", va="center", color=INK)
    for x, y, text in [(-0.24, -0.52, "$W_{xh}$"), (-0.24, 0.52, "$W_{hy}$"), (0.72, 0.0, "$W_{hh}$")]:
        ax.text(x, y, text, ha="center", va="center", fontsize=10, color=MUTED)
    ax.set(xlim=(-0.5, 1.1), ylim=(-1.1, 1.1), aspect="equal")
    ax.axis("off")
