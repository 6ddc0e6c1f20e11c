"""Takes a figure's HTML apart."""

from __future__ import annotations

import base64
import json
from html.parser import HTMLParser
from xml.etree import ElementTree


class Parts(HTMLParser):
    """What stands in the HTML of one figure: data, picture, alt text, table rows, caption."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.images: list[dict] = []
        self.rows: list[list[str]] = []
        self.text: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append(dict(attrs))
            return
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        for tag in self.open:
            self.text[tag] = self.text.get(tag, "") + data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data

    @property
    def data(self):
        return json.loads(self.text["script"])

    @property
    def picture(self) -> ElementTree.Element:
        head, body = self.images[0]["src"].split(",")
        assert head == "data:image/svg+xml;base64"
        return ElementTree.fromstring(base64.b64decode(body))
