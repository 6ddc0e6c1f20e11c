"""The directive `rnn-figure`: an interactive figure of `rnnbook.figures` in a Markdown page.

    ```{rnn-figure} rnn-unroll
    ```

stands for the HTML that `rnnbook.figures.rnn_unroll_html()` (or `rnn_unroll_figure_html()`) returns: the custom element
with its data, its static picture and its table of values. Notebooks call the same function and store its output.
"""

from __future__ import annotations

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx


class RnnFigure(Directive):
    required_arguments = 1
    option_spec: ClassVar[dict] = {}

    def run(self) -> list[nodes.Node]:
        import rnnbook.figures as figures

        name = self.arguments[0].replace("-", "_")
        function = getattr(figures, f"{name}_html", None) or getattr(figures, f"{name}_figure_html", None)
        if function is None:
            raise self.error(f"rnn-figure: got {self.arguments[0]!r}, expected a figure that rnnbook.figures has")
        return [nodes.raw("", f'<div class="rnn-figure">{function()}</div>', format="html")]


def setup(app: Sphinx) -> None:
    app.add_directive("rnn-figure", RnnFigure)
