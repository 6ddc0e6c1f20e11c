"""The figure of the first page: a trained network reads two sentences that differ in one word."""

from __future__ import annotations

import numpy as np

from rnnbook.figures.html import HtmlFigure
from rnnbook.figures.trace import Trace, order_units, trace
from rnnbook.figures.unroll import rnn_unroll, rnn_unroll_html

SENTENCES = ("i am not happy", "i am happy")
CAPTION = (
    "A trained RNN with 16 units reads a sentence word by word. Each column is its hidden state after one word, blue for −1 "
    "and orange for 1; the bars above are what it makes of the words so far."
)
QUESTION = "Step to the word after which the mood is decided. Which units changed there, and do the same ones change when “not” is absent?"


def landing_figure() -> HtmlFigure:
    """<rnn-unroll> on the mood tagger's states."""
    return rnn_unroll(_traces(), CAPTION, QUESTION, start="last")


def landing_figure_html() -> str:
    """The same as a string, for the site's directive."""
    return rnn_unroll_html(_traces(), CAPTION, QUESTION, start="last")


def _traces() -> list[Trace]:
    params, vocab, labels = _weights()
    first, second = (trace(params, vocab, s, labels) for s in SENTENCES)
    units = order_units(first, second)
    return [first.reordered(units), second.reordered(units)]


def _weights():
    try:
        from rnnbook import data

        mood = data.weights("mood")
        return mood.params, mood.vocab, mood.labels
    except (ImportError, AttributeError, ValueError, OSError):  # TEMPORARY until rnnbook.data ships trained weights
        from rnnbook.scratch import embedding, linear, rnn
        from rnnbook.text import Vocab

        rng = np.random.default_rng(0)
        params = {"embedding": embedding.init(rng, 6, 16), "rnn": rnn.init(rng, 16, 16), "linear": linear.init(rng, 16, 3)}
        params["rnn"]["W_xh"] *= 3
        params["linear"]["W_hy"] *= 5
        return params, Vocab(["<pad>", "<unk>", "i", "am", "not", "happy"]), ("negative", "neutral", "positive")
