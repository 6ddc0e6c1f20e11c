"""<io-shapes>: the five ways in which sequences enter and leave an RNN."""

from __future__ import annotations

from typing import Any

from rnnbook.figures.html import HtmlFigure, element, table
from rnnbook.figures.shapes_svg import picture

SHAPES: list[dict[str, Any]] = [
    {
        "key": "one-to-one",
        "name": "one to one",
        "steps": [{"x": "book", "y": "noun"}],
        "task": "One word in, its most frequent word class out. There is no time: this is a dense network.",
        "arrays": [["x", "(B, D)"], ["h", "(B, H)"], ["y", "(B, K)"]],
    },
    {
        "key": "one-to-many",
        "name": "one to many, input once",
        "steps": [{"x": "photo", "y": "a"}, {"y": "dog"}, {"y": "runs"}],
        "task": "A picture in, its caption out. The picture enters at the first step; the state must carry it on.",
        "arrays": [["x", "(B, D)"], ["hs", "(T, B, H)"], ["y", "(T, B, K)"]],
    },
    {
        "key": "one-to-many-every-step",
        "name": "one to many, input at every step",
        "steps": [{"x": "photo", "y": "a"}, {"x": "photo", "y": "dog"}, {"x": "photo", "y": "runs"}],
        "task": "The same caption, but the picture enters again at every step, so that the state need not carry it.",
        "arrays": [["x", "(B, D), repeated to (T, B, D)"], ["hs", "(T, B, H)"], ["y", "(T, B, K)"]],
    },
    {
        "key": "many-to-one",
        "name": "many to one",
        "steps": [{"x": "i"}, {"x": "am"}, {"x": "not"}, {"x": "happy", "y": "negative"}],
        "task": "A sentence in, its mood out. Only the last state is read.",
        "arrays": [["x", "(T, B, D)"], ["last", "(B, H)"], ["y", "(B, K)"]],
    },
    {
        "key": "many-to-many",
        "name": "many to many, aligned",
        "steps": [{"x": "i", "y": "pronoun"}, {"x": "love", "y": "verb"}, {"x": "football", "y": "noun"}],
        "task": "A sentence in, the class of every word out. Every state is read, and output t belongs to input t.",
        "arrays": [["x", "(T, B, D)"], ["hs", "(T, B, H)"], ["y", "(T, B, K)"]],
    },
    {
        "key": "encoder-decoder",
        "name": "many to many, encoder-decoder",
        "steps": [
            {"x": "i"},
            {"x": "agree"},
            {"y": "je", "part": "decoder"},
            {"x": "je", "y": "suis", "part": "decoder", "feed": True},
            {"x": "suis", "y": "d’accord", "part": "decoder", "feed": True},
        ],
        "task": (
            "A sentence in, its translation out, of another length. One network reads; its last state starts a second "
            "network, which writes, and takes each word it wrote as its next input."
        ),
        "arrays": [["x", "(S, B, D)"], ["last", "(B, H)"], ["y", "(T, B, K)"]],
    },
]
"""In each step: what enters (`x`), what is read out (`y`), which network runs, and if its own word is its input."""

_CAPTION = (
    "The same cell, wired in five ways. What changes is at which steps an input enters, and at which the state is read."
)


def io_shapes(caption: str = _CAPTION, question: str = "") -> HtmlFigure:
    """A figure to end a notebook cell with: one drawing for each shape, its task and its arrays."""
    return HtmlFigure(io_shapes_html(caption, question), "<io-shapes> " + "; ".join(_words(s) for s in SHAPES))


def io_shapes_html(caption: str = _CAPTION, question: str = "") -> str:
    """The figure as HTML, the same bytes at every call."""
    alt = "Unrolled networks of five shapes. " + ". ".join(_words(s) for s in SHAPES) + "."
    rows = [(s["name"], [s["task"], "; ".join(f"{name} {shape}" for name, shape in s["arrays"])]) for s in SHAPES]
    numbers = table("The shapes: an example and the arrays of each", ["shape", "example", "arrays"], rows)
    data = {"shapes": SHAPES}
    return element("io-shapes", data, picture(SHAPES), alt, numbers, caption, question, "The shapes in words")


def _words(shape: dict[str, Any]) -> str:
    steps = shape["steps"]
    inputs = [s["x"] for s in steps if "x" in s and not s.get("feed")]
    outputs = [s["y"] for s in steps if "y" in s]
    return f"{shape['name']}: {_list(inputs)} in, {_list(outputs)} out, {len(steps)} step{'s' * (len(steps) > 1)}"


def _list(words: list[str]) -> str:
    return "“" + " ".join(words) + "”"
