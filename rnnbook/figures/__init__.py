"""What is drawn: front ends of the site's interactives (NumPy only), and helpers for matplotlib.

matplotlib is imported when a drawing is made, not with this package.
"""

from rnnbook.figures.drawings import computation_graph, folded, heatmap, ribbon, unrolled
from rnnbook.figures.html import HtmlFigure
from rnnbook.figures.landing import landing_figure, landing_figure_html
from rnnbook.figures.shapes import SHAPES, io_shapes, io_shapes_html
from rnnbook.figures.style import CYCLE, use_style
from rnnbook.figures.trace import Trace, order_units, trace
from rnnbook.figures.unroll import rnn_unroll, rnn_unroll_html

__all__ = [
    "CYCLE",
    "SHAPES",
    "HtmlFigure",
    "Trace",
    "computation_graph",
    "folded",
    "heatmap",
    "io_shapes",
    "io_shapes_html",
    "landing_figure",
    "landing_figure_html",
    "order_units",
    "ribbon",
    "rnn_unroll",
    "rnn_unroll_html",
    "trace",
    "unrolled",
    "use_style",
]
