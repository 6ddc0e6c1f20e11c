"""<io-shapes>: the five shapes, each with its words, arrays, picture and table."""

from __future__ import annotations

from itertools import pairwise

from figure_parts import Parts

from rnnbook.figures import SHAPES, io_shapes, io_shapes_html


def test_the_element_holds_the_library_s_shapes():
    assert Parts(io_shapes_html()).data == {"shapes": SHAPES}


def test_five_shapes_and_one_of_them_in_two_forms():
    names = [shape["name"].split(",")[0] for shape in SHAPES]
    assert names == ["one to one", "one to many", "one to many", "many to one", "many to many", "many to many"]
    assert len({shape["key"] for shape in SHAPES}) == len(SHAPES)


def test_inputs_and_outputs_are_where_the_name_says():
    pattern = {
        s["key"]: ("".join("x" if "x" in step and not step.get("feed") else "." for step in s["steps"]),
                   "".join("y" if "y" in step else "." for step in s["steps"]))
        for s in SHAPES
    }
    assert pattern == {
        "one-to-one": ("x", "y"), "one-to-many": ("x..", "yyy"), "one-to-many-every-step": ("xxx", "yyy"),
        "many-to-one": ("xxxx", "...y"), "many-to-many": ("xxx", "yyy"), "encoder-decoder": ("xx...", "..yyy"),
    }


def test_a_decoder_is_fed_the_word_it_wrote():
    steps = next(s["steps"] for s in SHAPES if s["key"] == "encoder-decoder")
    fed = [(before["y"], step["x"]) for before, step in pairwise(steps) if step.get("feed")]
    assert fed == [("je", "je"), ("suis", "suis")]


def test_picture_and_table_stay_without_a_script():
    parts = Parts(io_shapes_html())
    words = list(parts.picture.itertext())
    for shape in SHAPES:
        assert shape["name"] in words
        assert [row for row in parts.rows if row[0] == shape["name"] and row[1] == shape["task"]]
        assert shape["name"] in parts.images[0]["alt"]
    assert "(S, B, D)" in parts.rows[-1][2] and "(T, B, K)" in parts.rows[-1][2]


def test_notebook_and_terminal():
    figure = io_shapes(question="Which one is a tagger?")
    assert "Try it. Which one is a tagger?" in Parts(figure._repr_html_()).text["figcaption"]
    assert repr(figure).startswith("<io-shapes> one to one: “book” in, “noun” out, 1 step;")
