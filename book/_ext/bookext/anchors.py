"""Links to `file.ipynb#id` where the id is written as HTML: `<a id="rnn-step"></a>`.

Headings have anchors of their own (myst_heading_anchors). A notebook also needs anchors that stay when a heading is
reworded, and HTML is the one form that Jupyter, VS Code, GitHub and the site all read.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

RAW_ID = re.compile(r"""<[a-zA-Z][\w-]*\b[^>]*?\s(?:id|name)=["']([^"']+)["']""")


class RawIds(SphinxTransform):
    """Register the ids of raw HTML beside the heading slugs, before links are resolved."""

    default_priority = 870      # ResolveAnchorIds of myst-parser is 879

    def apply(self, **kwargs: object) -> None:
        slugs = dict(getattr(self.document, "myst_slugs", {}))
        stored = self.env.metadata[self.env.docname].get("myst_slugs", {})
        for raw in self.document.findall(nodes.raw):
            if "html" not in raw.get("format", ""):
                continue
            for name in RAW_ID.findall(raw.astext()):
                slugs.setdefault(name, (raw.line or 0, name, name))
        self.document.myst_slugs = slugs            # type: ignore[attr-defined]
        self.env.metadata[self.env.docname]["myst_slugs"] = {**slugs, **stored}


def setup(app: Sphinx) -> None:
    app.add_transform(RawIds)
