"""The weights that ship: what they are, where they come from, and what they say of the book's sentences."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import numpy as np
import pytest

from rnnbook import data
from rnnbook.scratch import embedding, linear, losses, rnn
from rnnbook.text import length_mask, tokenise

NAMES = ("mood", "intent")
SET = {"mood": data.moods, "intent": data.intents}


def forward(trained, tokens, lengths=None):
    x, _ = embedding.forward(trained.params["embedding"], tokens)
    hs, _, _ = rnn.forward(trained.params["rnn"], x, lengths=lengths)
    logits, _ = linear.forward(trained.params["linear"], hs)
    return losses.softmax(logits)


def reading(trained, text):
    """Probabilities (T, K) after each word."""
    return forward(trained, np.array(trained.vocab.encode(tokenise(text)))[:, None])[:, 0]


@pytest.mark.parametrize("name", NAMES)
def test_shapes_and_dtype(name):
    trained = data.weights(name)
    V, K, E, H = len(trained.vocab), len(trained.labels), 16, 16
    shapes = {layer: {key: (p.shape, str(p.dtype)) for key, p in group.items()}
              for layer, group in trained.params.items()}
    assert shapes == {"embedding": {"W_emb": ((V, E), "float64")},
                      "rnn": {"W_xh": ((H, E), "float64"), "W_hh": ((H, H), "float64"), "b_h": ((H,), "float64")},
                      "linear": {"W_hy": ((K, H), "float64"), "b_y": ((K,), "float64")}}
    assert all(np.isfinite(p).all() for group in trained.params.values() for p in group.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_those_of_the_provenance(name):
    provenance = data.weights(name).provenance
    stored = (files("rnnbook.data") / "weights" / f"{name}.npz").read_bytes()
    assert hashlib.sha256(stored).hexdigest() == provenance["sha256"]
    assert len(stored) < 30_000
    assert set(provenance["versions"]) == {"python", "numpy", "torch"}
    assert f"seed={provenance['seed']})" in provenance["recipe"]
    lowest = {seed: min(row["readings"].values()) for seed, row in provenance["seeds"].items()}
    assert len(lowest) == 10
    assert max(lowest, key=lowest.get) == str(provenance["seed"])


@pytest.mark.parametrize("name", NAMES)
def test_they_were_trained_on_the_data_of_today(name):
    trained, dataset = data.weights(name), SET[name]()
    assert trained.provenance["data_sha256"] == dataset.sha256()
    assert trained.vocab.words == dataset.vocab.words
    assert trained.labels == dataset.labels


@pytest.mark.parametrize("name", NAMES)
def test_they_read_the_test_split_and_repeat_the_stored_accuracy(name):
    trained, dataset = data.weights(name), SET[name]()
    tokens, lengths, _, tags = dataset.batch(dataset.test)
    right = forward(trained, tokens, lengths).argmax(-1) == tags
    share = right[length_mask(lengths)].mean()
    assert share >= 0.99
    stored = trained.provenance["seeds"][str(trained.provenance["seed"])]["test_accuracy"]
    assert share == pytest.approx(stored, abs=1e-3)


@pytest.mark.parametrize(("name", "text", "t", "label"), [
    ("mood", "I am not happy", 2, "neutral"),
    ("mood", "I am not happy", 3, "negative"),
    ("mood", "I am happy", 2, "positive"),
    ("mood", "I am not sad", 3, "positive"),
    ("mood", "I love this movie", 0, "neutral"),
    ("mood", "I love this movie", 1, "positive"),
    ("mood", "I love this movie", 3, "positive"),
    ("intent", "What time is it?", 0, "undecided"),
    ("intent", "What time is it?", 1, "time"),
    ("intent", "What time is it?", 4, "time"),
    ("intent", "What time will it stop raining", 5, "weather"),
    ("intent", "What time is my alarm?", 4, "alarm"),
])
def test_the_walk_through_reads_well(name, text, t, label):
    trained = data.weights(name)
    assert reading(trained, text)[t, trained.labels.index(label)] >= 0.98


def test_the_provenance_names_what_every_seed_read():
    about = json.loads((files("rnnbook.data") / "weights" / "mood.json").read_text(encoding="utf-8"))
    for row in about["provenance"]["seeds"].values():
        assert row["readings"]["i am not → neutral"] >= 0.99
        assert row["readings"]["i am not happy → negative"] >= 0.95


def test_each_call_gives_its_own_arrays():
    data.weights("mood").params["rnn"]["b_h"][:] = 7
    assert not (data.weights("mood").params["rnn"]["b_h"] == 7).any()


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="name is 'moods'; expected one of 'mood', 'intent'"):
        data.weights("moods")
