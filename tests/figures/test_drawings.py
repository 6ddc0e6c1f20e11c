"""matplotlib helpers: what is drawn, and PNGs that depend on nothing but the data."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from rnnbook import figures


@pytest.fixture
def ax():
    with matplotlib.rc_context():
        figures.use_style()
        fig, ax = plt.subplots()
        yield ax
        plt.close(fig)


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def png(draw) -> bytes:
    with matplotlib.rc_context():
        figures.use_style()
        fig, ax = plt.subplots()
        draw(ax)
        file = io.BytesIO()
        fig.savefig(file, metadata={"Software": None})
        plt.close(fig)
        return file.getvalue()


DRAWINGS = {
    "heatmap": lambda ax: figures.heatmap(ax, np.eye(3) - 0.5, ["a", "b", "c"], ["i", "am", "here"]),
    "ribbon": lambda ax: figures.ribbon(ax, np.array([[1, 0], [0.25, 0.75]]), ["not", "happy"]),
    "unrolled": lambda ax: figures.unrolled(ax, 3, lit=2),
    "computation_graph": figures.computation_graph,
    "folded": figures.folded,
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_picture_is_the_same_every_time_and_says_no_version(name):
    first = png(DRAWINGS[name])
    assert first == png(DRAWINGS[name])
    assert b"Software" not in first and b"atplotlib" not in first


@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_written_leaves_the_picture(ax, name):
    DRAWINGS[name](ax)
    ax.figure.canvas.draw()
    width, height = ax.figure.canvas.get_width_height()
    for text in ax.texts:
        if text.get_text():
            box = text.get_window_extent()
            assert min(box.x0, box.y0, width - box.x1, height - box.y1) >= 0, text.get_text()


def test_the_card_is_opaque_and_letters_are_large(ax):
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)
    at_375 = 375 / (ax.figure.get_figwidth() * 72)          # a phone shows the picture at its own width
    assert min(float(plt.rcParams[k]) for k in ("xtick.labelsize", "ytick.labelsize", "font.size")) * at_375 > 9


def test_heatmap_writes_values_where_they_fit(ax):
    figures.heatmap(ax, np.array([[0.5, -0.001], [-0.256, 1]]), ["a", "b"], ["i", "am"], limit=1)
    assert words(ax) == ["0.50", "0.00", "−0.26", "1.00"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["i", "am"]
    assert ax.images[0].get_clim() == (-1, 1)


def test_heatmap_of_a_large_state_has_a_scale_instead(ax):
    figures.heatmap(ax, np.zeros((16, 5)), [str(i) for i in range(16)], list("abcde"))
    assert words(ax) == [] and len(ax.figure.axes) == 2


def test_colours_are_blue_below_and_orange_above(ax):
    figures.heatmap(ax, np.array([[-1.0, 0.0, 1.0]]), ["a"], list("xyz"))
    below, zero, above = ax.images[0].cmap(ax.images[0].norm([-1, 0, 1]))
    assert below[2] > 0.7 > below[0] and above[0] > 0.7 > above[2] and (zero > 0.99).all()


def test_ribbon_stacks_to_the_whole_and_ends_with_its_shares(ax):
    figures.ribbon(ax, np.array([[1, 0, 0], [0.4, 0.6, 0], [0.01, 0.03, 0.96]]), ["i", "am", "here"])
    assert words(ax) == ["i  1 %", "am  3 %", "here  96 %"]
    tops = [c.get_paths()[0].vertices[:, 1].max() for c in ax.collections]
    assert tops == pytest.approx([1, 1, 1])                 # each ribbon begins at the upper edge, with its own word
    heights = [text.xy[1] for text in ax.texts]
    assert min(np.diff(heights)) >= 0.0749                  # labels of thin ribbons do not overlap


def test_ribbon_of_one_word(ax):
    figures.ribbon(ax, np.ones((1, 1)), ["i"])
    assert words(ax) == ["i  100 %"]


def test_unrolled_gains_a_lit_part_per_step(ax):
    from matplotlib.patches import FancyBboxPatch

    solid = []
    for lit in range(4):
        ax.clear()
        figures.unrolled(ax, 3, lit=lit)
        boxes = [p for p in ax.patches if type(p) is FancyBboxPatch]
        solid.append(sum(p.get_linestyle() == "-" for p in boxes))
        assert len(boxes) == 4
        assert words(ax).count("$W_{hh}$") == (lit > 0)
    assert solid == [1, 2, 3, 4]


def test_unrolled_takes_words_and_leaves_out_outputs(ax):
    figures.unrolled(ax, 2, inputs=["not", "happy"], outputs=[None, "negative"])
    assert {"not", "happy", "negative"} <= set(words(ax)) and "$y_{1}$" not in words(ax)


def test_the_graph_names_every_array_and_its_shape(ax):
    figures.computation_graph(ax)
    shown = words(ax)
    for name in ("$x_t$", "$h_{t-1}$", "$W_{xh}$", "$W_{hh}$", "$b_h$", "tanh", "$h_t$", "$W_{hy}$", "$b_y$", "$y_t$"):
        assert name in shown
    assert sorted(t for t in shown if t.startswith("(")) == sorted(
        ["(D,)", "(H,)", "(H, D)", "(H, H)", "(H,)", "(H,)", "(K, H)", "(K,)", "(K,)"])


def test_the_graph_without_its_output_and_with_numbers(ax):
    figures.computation_graph(ax, output=False, values={"a_t": "0.5", "x_t": "1"})
    assert "$y_t$" not in words(ax) and "$a_t$  0.5" in words(ax) and "1" in words(ax)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda ax: figures.heatmap(ax, np.zeros((2, 3)), ["a"], list("xyz")), r"values has shape \(2, 3\).* \(1, 3\)"),
        (lambda ax: figures.ribbon(ax, np.eye(2), ["a"]), r"shares has shape \(2, 2\); expected \(1, 1\)"),
        (lambda ax: figures.ribbon(ax, np.eye(2) / 2, ["a", "b"]), "sum to 1"),
        (lambda ax: figures.ribbon(ax, np.full((2, 2), 0.5), ["a", "b"]), "words not yet read"),
        (lambda ax: figures.unrolled(ax, 3, lit=4), "lit 0 to T"),
        (lambda ax: figures.unrolled(ax, 3, inputs=["a"]), "inputs has 1 entries; expected 3"),
        (lambda ax: figures.computation_graph(ax, values={"c_t": "1"}), "values names 'c_t'"),
    ],
)
def test_errors_say_what_was_expected(ax, call, message):
    with pytest.raises(ValueError, match=message):
        call(ax)


def test_folded_names_the_arrays_and_draws_the_loop(ax):
    figures.folded(ax)
    assert sorted(words(ax)) == sorted(["$h_t$", "$x_t$", "$y_t$", "$W_{xh}$", "$W_{hh}$", "$W_{hy}$"])
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None)]
    assert len(arrows) == 3
    (x_from, _), (x_to, _) = arrows[-1].xyann, arrows[-1].xy
    assert x_from == x_to > 0, "the loop leaves and enters on the same side"
