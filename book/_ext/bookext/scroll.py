"""Wide equations and tables scroll in a box of their own, which the keyboard can reach."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator


class scroll_box(nodes.container):
    """A box that scrolls sideways, with the name that a screen reader says."""


class ScrollBoxes(SphinxPostTransform):
    """Put each display equation and each table of a page into a scroll_box, named by its place on the page."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for kind, label in ((nodes.math_block, "Equation"), (nodes.table, "Table")):
            for number, node in enumerate(list(self.document.findall(kind)), start=1):
                box = scroll_box(label=f"{label} {number} on this page", kind=label.lower())
                node.replace_self(box)
                box += node


def visit(self: HTML5Translator, node: scroll_box) -> None:
    self.body.append(f'<div class="scroll-box scroll-{node["kind"]}" tabindex="0" role="region" '
                     f'aria-label="{node["label"]}">')


def depart(self: HTML5Translator, node: scroll_box) -> None:
    self.body.append("</div>\n")


def through(self: object, node: scroll_box) -> None:
    """Other builders show the content as it is."""


def setup(app: Sphinx) -> None:
    app.add_node(scroll_box, html=(visit, depart), latex=(through, through), text=(through, through))
    app.add_post_transform(ScrollBoxes)
