"""<rnn-unroll>: a sentence stepped through an RNN, folded and unrolled, with the real states and predictions."""

from __future__ import annotations

from collections.abc import Sequence

from rnnbook.figures.html import HtmlFigure, element, number, percent, rounded, table
from rnnbook.figures.trace import Trace
from rnnbook.figures.unroll_svg import picture


def rnn_unroll(
    traces: Trace | Sequence[Trace], caption: str | None = None, question: str = "", start: str = "first"
) -> HtmlFigure:
    """A figure to end a notebook cell with; parameters as in `rnn_unroll_html`."""
    traces = _listed(traces)
    text = "<rnn-unroll> " + "; ".join(_reading(t) for t in traces)
    return HtmlFigure(rnn_unroll_html(traces, caption, question, start), text)


def rnn_unroll_html(
    traces: Trace | Sequence[Trace], caption: str | None = None, question: str = "", start: str = "first"
) -> str:
    """The figure as HTML, the same bytes at every call.

    Parameters
    ----------
    traces
        One sentence or several, which the reader chooses from. They may come from different models.
    caption
        What to see, as text; a description of the figure if None.
    question
        Something that only stepping through the figure answers.
    start
        "first": the figure opens after the first word; "last": after the last.
    """
    traces = _listed(traces)
    if start not in ("first", "last"):
        raise ValueError(f"start is {start!r}; expected 'first' or 'last'")
    if caption is None:
        H = traces[0].h.shape[1]
        caption = (
            f"A tanh RNN with {H} units reads a sentence. Each column is the hidden state after one word; "
            "the bars above it are what the head predicts from that state alone."
        )
    drawn = data(traces, start)
    alt = "The unrolled network. " + ". ".join(_reading(t) for t in traces) + "."
    tables = "".join(_table(t) for t in traces)
    return element(
        "rnn-unroll", drawn, picture(drawn["traces"]), alt, tables, caption, question, "The numbers in this figure",
        labels=max(len(t.labels) for t in traces),
    )


def data(traces: Sequence[Trace], start: str = "first") -> dict:
    """What the component draws, in two digits: everything it shows comes from here."""
    return {
        "start": start,
        "traces": [
            {
                "sentence": t.sentence,
                "tokens": list(t.tokens),
                "labels": list(t.labels),
                "units": list(t.units),
                "h0": rounded(t.h_0),
                "h": rounded(t.h),
                "p": rounded(t.probabilities),
            }
            for t in traces
        ],
    }


def _listed(traces: Trace | Sequence[Trace]) -> list[Trace]:
    traces = [traces] if isinstance(traces, Trace) else list(traces)
    if not traces:
        raise ValueError("traces is empty; expected at least one trace")
    return traces


def _reading(t: Trace) -> str:
    """ “i am happy”: neutral 99 percent after “i”, … """
    steps = []
    for word, p in zip(t.tokens, rounded(t.probabilities), strict=True):
        k = p.index(max(p))
        steps.append(f"after “{word}” {t.labels[k]} {percent(p[k])} percent")
    return f"“{t.sentence}”: " + ", ".join(steps)


def _table(t: Trace) -> str:
    header = ["value", "start", *(f"{i}. {word}" for i, word in enumerate(t.tokens, start=1))]
    p, h_0, h = rounded(t.probabilities), rounded(t.h_0), rounded(t.h)
    rows = [(f"P({label})", ["", *(number(p_t[k]) for p_t in p)]) for k, label in enumerate(t.labels)]
    rows += [(f"unit {u}", [number(h_t[u]) for h_t in [h_0, *h]]) for u in t.units]
    return table(f"“{t.sentence}”: predictions and hidden state after each word", header, rows)
