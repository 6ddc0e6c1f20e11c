"""How matplotlib draws in this book."""

from __future__ import annotations

CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#5D5D5D")
"""Colours of lines that colour-blind readers can tell apart: Okabe and Ito, "Color universal design" (2008)."""

DIVERGING = "rnnbook"
"""Name of the colour map of states: blue for −1, white for 0, orange for 1."""


def use_style() -> None:
    """Set the book's style, once, at the top of a notebook.

    Colours that colour-blind readers can tell apart, letters that stay readable at 375 px, an opaque light card that
    also suits a dark page, and PNGs whose bytes depend on nothing but the data: fixed size, fonts that ship with
    matplotlib, no software version in the file.
    """
    import matplotlib
    from cycler import cycler
    from matplotlib.colors import LinearSegmentedColormap

    from rnnbook.figures.svg import INK, LINE, MUTED, NEGATIVE, PAPER, POSITIVE

    if DIVERGING not in matplotlib.colormaps:
        matplotlib.colormaps.register(LinearSegmentedColormap.from_list(DIVERGING, [NEGATIVE, PAPER, POSITIVE]))
    matplotlib.rcParams.update({
        "figure.figsize": (5.6, 3.2), "figure.dpi": 144, "savefig.dpi": 144, "figure.constrained_layout.use": True,
        "figure.facecolor": PAPER, "savefig.facecolor": PAPER, "axes.facecolor": PAPER, "savefig.transparent": False,
        "font.family": ["DejaVu Sans"], "mathtext.fontset": "dejavusans", "font.size": 11,
        "axes.titlesize": 12, "axes.titlelocation": "left", "axes.labelsize": 11,
        "xtick.labelsize": 10, "ytick.labelsize": 10, "legend.fontsize": 10, "legend.frameon": False,
        "axes.prop_cycle": cycler(color=CYCLE) + cycler(linestyle=["-", "--", "-.", ":", "-", "--", "-."]),
        "lines.linewidth": 2, "axes.spines.top": False, "axes.spines.right": False,
        "axes.edgecolor": MUTED, "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.grid": True, "axes.axisbelow": True, "grid.color": LINE, "grid.linewidth": 0.6, "grid.alpha": 0.6,
        "image.cmap": DIVERGING, "image.interpolation": "nearest", "svg.hashsalt": "rnnbook",
    })
    _inline()


def _inline() -> None:
    """Let notebooks store PNGs of the whole figure, without the version of matplotlib in them."""
    try:
        from IPython import get_ipython
        from matplotlib_inline.config import InlineBackend
    except ImportError:
        return
    if get_ipython() is not None:
        options: dict = {"metadata": {"Software": None}, "bbox_inches": None}
        InlineBackend.instance().print_figure_kwargs = options
