"""The figure of the first page: a trained network reads two sentences that differ in one word."""

from __future__ import annotations

from rnnbook import data
from rnnbook.figures.html import HtmlFigure
from rnnbook.figures.trace import Trace, order_units, trace
from rnnbook.figures.unroll import rnn_unroll, rnn_unroll_html

SENTENCES = ("i am not happy", "i am happy")
CAPTION = (
    "A trained RNN with 16 units reads a sentence word by word. Each column is its hidden state after one word, "
    "blue for −1 and orange for 1; the bars above are what it makes of the words so far."
)
QUESTION = (
    "Step to the word that decides the mood. Which units change there? "
    "Choose the other sentence: do they change the same way when “not” is absent?"
)


def landing_figure() -> HtmlFigure:
    """<rnn-unroll> on the mood tagger's states."""
    return rnn_unroll(_traces(), CAPTION, QUESTION, start="last")


def landing_figure_html() -> str:
    """The same as a string, for the site's directive."""
    return rnn_unroll_html(_traces(), CAPTION, QUESTION, start="last")


def _traces() -> list[Trace]:
    mood = data.weights("mood")
    first, second = (trace(mood.params, mood.vocab, sentence, mood.labels) for sentence in SENTENCES)
    units = order_units(first, second)
    return [first.reordered(units), second.reordered(units)]
