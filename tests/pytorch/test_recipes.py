"""The recipes of chapter 2 show the effect they are for. Margins are wider than what five seeds gave."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rnnbook import data
from rnnbook.pytorch import recipes, shipping
from rnnbook.pytorch.training import accuracy, probabilities

pytestmark = pytest.mark.slow      # about 15 s in all on a quiet machine


def test_flags_carried_from_document_to_document_bring_chance():
    run = recipes.flag_task(seed=0)
    assert run.accuracy >= 0.99
    carried = recipes.accuracy_carried(run.model, run.dataset)
    assert carried <= 0.6
    assert recipes.flag_task(seed=0, carry=True).accuracy == carried


def test_the_state_after_pads_is_another_state():
    run = recipes.train_mood_classifier(seed=0)
    assert run.accuracy >= 0.94
    after, difference = recipes.accuracy_after_pads(run.model, run.dataset, extra=20)
    assert difference > 0.5
    assert after < run.accuracy - 0.1


def test_without_pads_the_last_output_is_the_last_state():
    run = recipes.position_task(seed=0, epochs=1)          # all documents have one length
    after, difference = recipes.accuracy_after_pads(run.model, run.dataset)
    assert difference == 0
    assert after == pytest.approx(accuracy(run.model, run.dataset, last=True))


def test_shared_weights_carry_over_to_new_positions_and_unshared_do_not():
    shared, unshared = recipes.position_task(seed=0), recipes.position_task(seed=0, shared=False)
    for run in (shared, unshared):
        assert accuracy(run.model, run.dataset, "seen", last=True) >= 0.98
    assert shared.accuracy >= 0.8
    assert unshared.accuracy <= 0.45
    sizes = [sum(p.numel() for p in run.model.parameters()) for run in (shared, unshared)]
    assert sizes[1] > 3 * sizes[0]


def test_the_mood_tagger_reads_negation_where_it_is_decided():
    run = recipes.train_mood_tagger(seed=0)
    p = probabilities(run.model, run.dataset, ["i", "am", "not", "happy"]).numpy()
    assert p[2, 0] >= 0.95 and p[3, 2] >= 0.95
    assert run.accuracy >= 0.98


def test_the_intent_recipes_depend_on_the_split():
    assert recipes.train_intent_tagger(seed=0).accuracy >= 0.98
    assert recipes.train_intent_classifier(seed=0).accuracy >= 0.97
    assert recipes.train_intent_classifier(seed=0, split="template").accuracy <= 0.95


def test_shipping_writes_what_weights_reads(tmp_path, monkeypatch):
    """Two seeds of the quick recipe: files, hash, the better seed, and the weights of the model."""
    provenance = shipping.ship("intent", folder=tmp_path, seeds=range(2))
    about = json.loads((tmp_path / "intent.json").read_text(encoding="utf-8"))
    assert about["provenance"]["sha256"] == provenance["sha256"]
    lowest = {int(s): min(row["readings"].values()) for s, row in provenance["seeds"].items()}
    assert provenance["seed"] == max(lowest, key=lowest.get)
    run = recipes.train_intent_tagger(provenance["seed"])
    with np.load(tmp_path / "intent.npz") as stored:
        np.testing.assert_allclose(stored["W_emb"], run.model.embedding.weight.detach().numpy(), atol=1e-3)
    assert tuple(about["words"]) == data.intents().vocab.words
