"""The computation graph of one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnbook.figures.svg import INK, MUTED, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# name: (x, y, kind, text, shape)
_NODES = {
    "x_t": (0.0, 1.1, "value", "$x_t$", "(D,)"),
    "h_prev": (0.0, -1.1, "value", "$h_{t-1}$", "(H,)"),
    "W_xh": (1.3, 2.2, "weight", "$W_{xh}$", "(H, D)"),
    "W_hh": (1.3, -2.2, "weight", "$W_{hh}$", "(H, H)"),
    "times_x": (1.3, 1.1, "operation", "×", ""),
    "times_h": (1.3, -1.1, "operation", "×", ""),
    "b_h": (2.5, 1.4, "weight", "$b_h$", "(H,)"),
    "plus": (2.5, 0.0, "operation", "+", ""),
    "tanh": (4.2, 0.0, "operation", "tanh", ""),
    "h_t": (5.5, 0.0, "value", "$h_t$", "(H,)"),
    "W_hy": (6.7, -1.4, "weight", "$W_{hy}$", "(K, H)"),
    "times_y": (6.7, 0.0, "operation", "×", ""),
    "b_y": (7.75, 1.4, "weight", "$b_y$", "(K,)"),
    "plus_y": (7.75, 0.0, "operation", "+", ""),
    "y_t": (8.9, 0.0, "value", "$y_t$", "(K,)"),
}
_EDGES = [
    ("x_t", "times_x", ""), ("W_xh", "times_x", ""), ("h_prev", "times_h", ""), ("W_hh", "times_h", ""),
    ("times_x", "plus", ""), ("times_h", "plus", ""), ("b_h", "plus", ""), ("plus", "tanh", "$a_t$  (H,)"),
    ("tanh", "h_t", ""), ("h_t", "times_y", ""), ("W_hy", "times_y", ""), ("times_y", "plus_y", ""),
    ("b_y", "plus_y", ""), ("plus_y", "y_t", ""),
]
_FILL = {"value": "#d7eaf3", "weight": "#fdebd3", "operation": PAPER}


def computation_graph(ax: Axes, output: bool = True, values: dict[str, str] | None = None) -> None:
    """Draw h_t = tanh(W_xh x_t + W_hh h_{t-1} + b_h), y_t = W_hy h_t + b_y as a graph with the shape of every array.

    Rounded boxes are arrays that change with t, square ones are parameters, circles are operations.

    Parameters
    ----------
    output
        Draw the output layer too.
    values
        Numbers to write instead of shapes, by name: "x_t", "h_prev", "W_xh", "W_hh", "b_h", "a_t", "h_t", "W_hy",
        "b_y", "y_t".
    """
    values = values or {}
    unknown = set(values) - {n for n, node in _NODES.items() if node[2] != "operation"} - {"a_t"}
    if unknown:
        raise ValueError(f"values names {sorted(unknown)[0]!r}; expected names of arrays such as 'x_t', 'W_hh', 'a_t'")
    kept = set(_NODES) if output else set(_NODES) - {"W_hy", "times_y", "b_y", "plus_y", "y_t"}
    for a, b, label in _EDGES:
        if a in kept and b in kept:
            _edge(ax, a, b, f"$a_t$  {values['a_t']}" if label and "a_t" in values else label)
    for name in _NODES:
        if name in kept:
            _node(ax, name, values.get(name))
    right = 9.4 if output else 6.1
    ax.set(xlim=(-0.6, right), ylim=(-2.9, 2.9), aspect="equal")
    ax.axis("off")


def _node(ax, name, value):
    from matplotlib.patches import Circle, FancyBboxPatch

    x, y, kind, text, shape = _NODES[name]
    if kind == "operation":
        ax.add_patch(Circle((x, y), _radius(text), facecolor=PAPER, edgecolor=INK, lw=1.4, zorder=3))
        ax.text(x, y - 0.01, text, ha="center", va="center", fontsize=9.5 if text == "tanh" else 13, zorder=4)
        return
    corner = 0.16 if kind == "value" else 0.01
    ax.add_patch(FancyBboxPatch(
        (x - 0.42, y - 0.32), 0.84, 0.64, boxstyle=f"round,pad=0,rounding_size={corner}", facecolor=_FILL[kind],
        edgecolor=MUTED, lw=1.2, zorder=3,
    ))
    ax.text(x, y, text, ha="center", va="center", fontsize=12, zorder=4)
    below = name in ("h_prev", "W_hh", "W_hy", "h_t", "y_t")
    y += -0.5 if below else 0.5
    ax.text(x, y, value or shape, ha="center", va="center", fontsize=9, color=MUTED, zorder=4)


def _edge(ax, a, b, label):
    (x1, y1), (x2, y2) = _NODES[a][:2], _NODES[b][:2]
    start, end = _border(a, x2 - x1, y2 - y1), _border(b, x1 - x2, y1 - y2)
    style = {
        "arrowstyle": "-|>,head_width=.18,head_length=.35", "lw": 1.4, "color": MUTED, "shrinkA": 0, "shrinkB": 1,
    }
    ax.annotate("", end, start, arrowprops=style, zorder=2)
    if label:
        ax.text((start[0] + end[0]) / 2, (y1 + y2) / 2 + 0.3, label, ha="center", va="center", fontsize=9.5)


def _border(name, dx, dy):
    """Where the border of a node is met on the way from its middle in direction (dx, dy)."""
    x, y, kind, text, _ = _NODES[name]
    if kind == "operation":
        scale = _radius(text) / (dx**2 + dy**2) ** 0.5
    else:
        scale = min(0.42 / abs(dx) if dx else 9.0, 0.32 / abs(dy) if dy else 9.0)
    return x + scale * dx, y + scale * dy


def _radius(text):
    return 0.38 if text == "tanh" else 0.26
