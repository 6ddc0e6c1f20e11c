"""What the website does beyond Jupyter Book: one module per concern, joined here."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from . import anchors, assets, figure, marks, pages, scroll


def setup(app: Sphinx) -> dict[str, Any]:
    for module in (assets, anchors, marks, scroll, figure, pages):
        module.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
