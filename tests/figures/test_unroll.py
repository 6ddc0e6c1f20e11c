"""The HTML of <rnn-unroll>: real values, a picture and a table without a script, the same bytes every time."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from figure_parts import Parts

from rnnbook import data
from rnnbook.figures import Trace, landing_figure, landing_figure_html, rnn_unroll, rnn_unroll_html, trace
from rnnbook.scratch import embedding, linear, losses, rnn


def small(**change) -> Trace:
    parts = {
        "tokens": ("not", "<b>"), "h_0": np.zeros(3), "h": np.array([[0.999, -0.004, 0.5], [-1, 0.126, -0.25]]),
        "probabilities": np.array([[0.3, 0.7], [0.01, 0.99]]), "labels": ("yes", "no"), "units": (2, 0, 1),
    }
    return Trace(**(parts | change))


def test_the_landing_figure_holds_the_states_of_the_trained_network():
    mood = data.weights("mood")
    drawn = Parts(landing_figure_html()).data["traces"]
    assert [t["sentence"] for t in drawn] == ["i am not happy", "i am happy"]
    for t in drawn:
        tokens = np.array(mood.vocab.encode(t["tokens"]))[:, None]
        x, _ = embedding.forward(mood.params["embedding"], tokens)
        hs, _, _ = rnn.forward(mood.params["rnn"], x)
        y, _ = linear.forward(mood.params["linear"], hs[:, 0])
        np.testing.assert_allclose(t["h"], hs[:, 0], rtol=0, atol=0.00501)
        np.testing.assert_allclose(t["p"], losses.softmax(y), rtol=0, atol=0.00501)
        assert t["labels"] == list(mood.labels)


def test_the_landing_sentences_end_in_opposite_moods():
    unhappy, happy = Parts(landing_figure_html()).data["traces"]
    read = [[t["labels"][int(np.argmax(p))] for p in t["p"]] for t in (unhappy, happy)]
    assert read == [["neutral", "neutral", "neutral", "negative"], ["neutral", "neutral", "positive"]]


def test_values_are_rounded_and_never_minus_zero():
    html = rnn_unroll_html(small())
    assert Parts(html).data["traces"][0]["h"] == [[1.0, 0.0, 0.5], [-1.0, 0.13, -0.25]]
    assert "-0.0" not in Parts(html).text["script"] and "−0.00" not in html


def test_the_picture_and_the_table_stay_without_a_script():
    parts = Parts(rnn_unroll_html(small()))
    assert parts.picture.tag.endswith("svg")
    assert parts.rows == [
        ["value", "start", "1. not", "2. <b>"],
        ["P(yes)", "", "0.30", "0.01"],
        ["P(no)", "", "0.70", "0.99"],
        ["unit 2", "0.00", "0.50", "−0.25"],
        ["unit 0", "0.00", "1.00", "−1.00"],
        ["unit 1", "0.00", "0.00", "0.13"],
    ]


def test_the_picture_says_every_word_and_every_reading():
    words = [word.strip() for word in Parts(rnn_unroll_html(small())).picture.itertext() if word.strip()]
    assert words.count("not") == words.count("<b>") == 1
    assert words.count("no") == 3 and words.count("yes") == 1       # read twice; each names its row once


def test_alt_text_gives_the_reading_after_every_word():
    alt = Parts(rnn_unroll_html(small())).images[0]["alt"]
    assert "“not <b>”: after “not” no 70 percent, after “<b>” no" in alt


def test_text_of_the_reader_is_escaped():
    html = rnn_unroll_html(small(), caption="<script>alert(1)</script>", question="a < b?")
    parts = Parts(html)
    assert "<script>alert" not in html and "</script>alert" not in html
    assert html.count("<script") == 1
    assert parts.text["figcaption"] == "<script>alert(1)</script> Try it. a < b?"
    assert "<b>" not in html and parts.data["traces"][0]["tokens"] == ["not", "<b>"]


def test_one_element_one_picture_one_table_a_sentence():
    html = rnn_unroll_html([small(), small()])
    assert html.count("<rnn-unroll") == 1 and html.count("<img") == 1 and html.count("<table") == 2


def test_the_same_bytes_in_another_process():
    code = "import sys; from rnnbook.figures import landing_figure_html as f; sys.stdout.buffer.write(f().encode())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.decode()
    assert other == landing_figure_html() == landing_figure_html()


def test_figures_import_neither_matplotlib_nor_torch():
    code = (
        "import sys; from rnnbook import figures; figures.landing_figure_html(); figures.io_shapes_html(); "
        "print([m for m in ('matplotlib', 'torch', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_notebook_gets_html_and_a_terminal_a_line():
    figure = landing_figure()
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/html"] == figure._repr_html_() == landing_figure_html()
    assert "“i am happy”: after “i” neutral" in repr(figure) and "<table" not in repr(figure)


def test_the_page_of_a_figure_stays_light():
    assert len(landing_figure_html()) < 60_000


def test_too_much_data_is_refused():
    mood = data.weights("mood")
    long = trace(mood.params, mood.vocab, ["happy"] * 600, mood.labels)
    with pytest.raises(ValueError, match="expected at most 60000"):
        rnn_unroll(long)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnn_unroll([]), "traces is empty"),
        (lambda: rnn_unroll(small(), start="middle"), "start is 'middle'; expected 'first' or 'last'"),
        (lambda: rnn_unroll(small(h_0=np.full(3, np.nan))), "NaN"),
        (lambda: small(h_0=np.zeros(2)), r"h_0 has shape \(2,\); expected \(3,\)"),
    ],
)
def test_errors_say_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
