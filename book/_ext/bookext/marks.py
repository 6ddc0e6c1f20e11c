"""Looks for plain Markdown: notes from block quotes, captions, exercise cards from a heading and a line of facts."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

NOTE_KINDS = {
    "note": "note", "remember": "note", "definition": "note", "convention": "note", "source": "note",
    "tip": "tip", "try it": "try", "try this": "try", "question": "try", "predict": "try",
    "warning": "warning", "pitfall": "warning", "careful": "warning", "caution": "warning",
}

FACTS = re.compile(r"(?P<time>\d+ min(?:utes?)?)\s*·\s*(?P<level>level \d)\s*·\s*(?P<points>\d+ points?)", re.I)

CAPTION = re.compile(r"(?:Figure|Table) \d")


def note_kind(quote: nodes.block_quote) -> str | None:
    """Kind of note of a block quote: one whose first words are bold and end in a full stop or colon."""
    first = quote[0] if quote.children else None
    if not isinstance(first, nodes.paragraph):
        return None
    start = next((child for child in first if child.astext()), None)     # the parser may put an empty text first
    if not isinstance(start, nodes.strong):
        return None
    words = start.astext().strip()
    if not words.endswith((".", ":", "?")):
        return None
    return NOTE_KINDS.get(words.rstrip(".:?").lower(), "note")


def is_caption(paragraph: nodes.paragraph) -> bool:
    """True for a paragraph that is one emphasised text starting with "Figure" or "Table" and a number."""
    parts = [child for child in paragraph if child.astext().strip()]
    return len(parts) == 1 and isinstance(parts[0], nodes.emphasis) and bool(CAPTION.match(parts[0].astext()))


def leading_paragraph(section: nodes.section) -> nodes.paragraph | None:
    """The paragraph directly under the section's title, anchors and comments aside."""
    for child in section.children[1:]:
        if isinstance(child, nodes.paragraph):
            return child
        if not isinstance(child, (nodes.raw, nodes.target, nodes.comment)):
            return None
    return None


def is_card(section: nodes.section) -> bool:
    """True when the section is short prose only, so that the whole of it can be drawn as a card."""
    prose = (nodes.title, nodes.paragraph, nodes.raw, nodes.target, nodes.comment, nodes.bullet_list,
             nodes.enumerated_list)
    return len(section.children) <= 7 and all(isinstance(child, prose) for child in section.children)


class Marks(SphinxTransform):
    """Set the classes that rnnbook.css draws."""

    default_priority = 860

    def apply(self, **kwargs: object) -> None:
        for quote in self.document.findall(nodes.block_quote):
            kind = note_kind(quote)
            if kind:
                quote["classes"] += ["note-box", f"note-{kind}"]
        for paragraph in self.document.findall(nodes.paragraph):
            if is_caption(paragraph):
                paragraph["classes"].append("figure-caption")
        for section in self.document.findall(nodes.section):
            facts = leading_paragraph(section)
            if facts is not None and FACTS.search(facts.astext()):
                section["classes"].append("exercise-card" if is_card(section) else "exercise")
                facts["classes"].append("exercise-facts")
                self.split_facts(facts)

    def split_facts(self, facts: nodes.paragraph) -> None:
        """Draw "3 minutes · level 1 · 2 points" as three marks; the text a screen reader hears stays the same."""
        for text in list(facts.findall(nodes.Text)):
            found = FACTS.search(text)
            if not found:
                continue
            marks: list[nodes.Node] = [nodes.Text(text[:found.start()])] if found.start() else []
            for name in ("time", "level", "points"):
                value = found[name]
                classes = ["fact", f"fact-{name}"] + ([value.lower().replace(" ", "-")] if name == "level" else [])
                marks += [nodes.inline("", value, classes=classes), nodes.inline("", " · ", classes=["fact-dot"])]
            marks.pop()
            if text[found.end():]:
                marks.append(nodes.Text(text[found.end():]))
            text.parent.replace(text, marks)
            return


def setup(app: Sphinx) -> None:
    app.add_transform(Marks)
