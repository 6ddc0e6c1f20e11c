"""A trace holds what the network computed, and refuses what does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbook.figures import order_units, trace
from rnnbook.scratch import embedding, linear, losses, rnn
from rnnbook.text import Vocab

VOCAB = Vocab(["<pad>", "<unk>", "i", "am", "not", "happy"])
LABELS = ("negative", "neutral", "positive")


@pytest.fixture
def params():
    rng = np.random.default_rng(0)
    return {"embedding": embedding.init(rng, 6, 4), "rnn": rnn.init(rng, 4, 5), "linear": linear.init(rng, 5, 3)}


def test_states_and_probabilities_are_those_of_the_steps(params):
    read = trace(params, VOCAB, "I am not happy", LABELS)
    state = np.zeros((1, 5))
    for t, word in enumerate(["i", "am", "not", "happy"]):
        x_t = params["embedding"]["W_emb"][[VOCAB.ids[word]]]
        state = rnn.step(params["rnn"], x_t, state)
        y_t, _ = linear.forward(params["linear"], state[0])
        np.testing.assert_allclose(read.h[t], state[0], rtol=0, atol=1e-12)
        np.testing.assert_allclose(read.probabilities[t], losses.softmax(y_t), rtol=0, atol=1e-12)
    assert read.tokens == ("i", "am", "not", "happy")
    assert read.sentence == "i am not happy"
    assert not read.h_0.any()


def test_another_first_state_changes_every_later_one(params):
    state = np.linspace(-0.5, 0.5, 5)
    read = trace(params, VOCAB, "i am", LABELS, state=state)
    np.testing.assert_array_equal(read.h_0, state)
    assert (np.abs(read.h - trace(params, VOCAB, "i am", LABELS).h).max(axis=1) > 1e-3).all()


def test_an_unknown_word_stands_as_the_network_reads_it(params):
    assert trace(params, VOCAB, "i am purple", LABELS).tokens == ("i", "am", "<unk>")


def test_a_list_of_words_is_taken_as_it_is(params):
    assert trace(params, VOCAB, ["not", "happy"], LABELS).tokens == ("not", "happy")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sentence": "  "}, "sentence is '  '; expected at least one word"),
        ({"labels": ("no", "yes")}, "labels has 2 names; expected 3"),
        ({"state": np.zeros(4)}, r"state has shape \(4,\); expected \(5,\)"),
        ({"units": (0, 1, 2, 3, 3)}, "units is .* expected each of 0 to 4 once"),
    ],
)
def test_errors_name_the_argument(params, change, message):
    arguments = {"params": params, "vocab": VOCAB, "sentence": "i am", "labels": LABELS} | change
    with pytest.raises(ValueError, match=message):
        trace(**arguments)


def test_a_missing_layer_is_named(params):
    del params["linear"]
    with pytest.raises(ValueError, match="params has no 'linear'"):
        trace(params, VOCAB, "i am", LABELS)


def test_units_are_ordered_by_what_they_carry(params):
    happy, unhappy = trace(params, VOCAB, "i am happy", LABELS), trace(params, VOCAB, "i am not happy", LABELS)
    units = order_units(happy, unhappy)
    difference = np.round(np.round(happy.h[-1], 2) - np.round(unhappy.h[-1], 2), 2)[list(units)]
    assert sorted(units) == [0, 1, 2, 3, 4]
    assert (np.diff(difference) <= 0).all() and difference[0] > difference[-1]
    assert order_units(happy, happy) == (0, 1, 2, 3, 4)          # ties keep the units' numbers
    assert happy.reordered(units).units == units


def test_order_refuses_networks_of_different_size(params):
    rng = np.random.default_rng(1)
    other = {"embedding": params["embedding"], "rnn": rnn.init(rng, 4, 6), "linear": linear.init(rng, 6, 3)}
    with pytest.raises(ValueError, match="a has 5 units and b has 6"):
        order_units(trace(params, VOCAB, "i", LABELS), trace(other, VOCAB, "i", LABELS))
