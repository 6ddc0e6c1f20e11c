"""The small worlds: what a picture, a string, a sound, a visit or a pulse holds can be read off it, and nothing else
gives it away."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from rnnbook import data
from rnnbook.data.worlds import audio, captions, motifs, sessions
from rnnbook.text import BOS, EOS

# pictures

def described(image):
    """The sentence for a picture, found by comparing every cell with every stamp in every colour."""
    parts = []
    for place, name in enumerate(captions.PLACES):
        cell = image[place // 3 * 6 :, place % 3 * 6 :][:6, :6]
        fits = {"": np.square(cell).sum()}
        for (size, shape), rows in captions.STAMPS.items():
            stamp = np.array([[c == "#" for c in row] for row in rows.split()])
            for colour, rgb in captions.COLOURS.items():
                clean = stamp[..., None] * np.array(rgb)
                fits[f"a {size} {colour} {shape} at the {name}"] = np.square(cell - clean).sum()
        best = min(fits, key=fits.get)
        parts += [best] if best else []
    return " and ".join(parts)


@pytest.mark.parametrize("objects", [1, (1, 2), 4])
def test_a_sentence_says_what_the_picture_shows(objects):
    dataset = data.shapes(train=100, test=50, objects=objects)
    for e in dataset.train + dataset.test:
        assert e.text == described(e.image)
        assert e.image.shape == (18, 18, 3) and e.image.dtype == np.float32
        assert e.image.min() >= 0 and e.image.max() <= 1
    numbers = {e.text.count(" at the ") for e in dataset.train}
    assert numbers == ({objects} if isinstance(objects, int) else {1, 2})


def test_every_shape_colour_size_and_place_occurs_in_training():
    words = {word for e in data.shapes(train=1000, test=1, objects=1).train for word in e.words}
    assert words >= {"circle", "square", "triangle", "cross", "red", "green", "blue", "yellow", "small", "large"}
    assert len(captions.THINGS) == len(set(captions.THINGS)) == 4 * 4 * 2 * 9 == 288


@pytest.mark.parametrize("objects", [1, 2, (1, 2)])
def test_no_sentence_of_the_shapes_is_in_both_splits(objects):
    made = data.shapes(objects=objects, train=6000, test=1500)
    assert not {e.text for e in made.train} & {e.text for e in made.test}


def test_shapes_share_no_scene_unless_they_are_drawn_at_random():
    by_scene = data.shapes(train=3000, test=500, objects=1)
    trained, tested = ({e.text for e in part} for part in (by_scene.train, by_scene.test))
    assert not trained & tested and len(trained) == 252 and len(tested) == 36
    assert len({e.text for e in data.shapes(train=3000, test=1, objects=1).train}) == 252
    at_random = data.shapes(train=3000, test=500, objects=1, split="random")
    assert {e.text for e in at_random.test} <= {e.text for e in at_random.train}
    pictures = [e.image.tobytes() for e in at_random.train + at_random.test]
    assert len(set(pictures)) == len(pictures)


def test_captions_in_a_batch():
    dataset = data.shapes(train=50, test=5)
    images, inputs, targets, lengths = dataset.batch(dataset.test)
    assert images.shape == (5, 18, 18, 3)
    assert set(dataset.vocab.decode(inputs[0])) == {BOS}
    for b, e in enumerate(dataset.test):
        assert dataset.decode(targets[:, b]) == e.words
        assert dataset.vocab.decode(targets[lengths[b] - 1 :, b])[0] == EOS
        assert (inputs[1 : lengths[b], b] == targets[: lengths[b] - 1, b]).all() and not targets[lengths[b] :, b].any()


def test_the_noise_of_pictures_is_a_knob():
    quiet, loud = (data.shapes(train=20, test=1, noise=noise) for noise in (0.0, 0.3))
    assert set(np.unique(quiet.train[0].image)) == {0.0, 1.0}
    dark = np.concatenate([e.image[e.image < 0.5] for e in loud.train])
    assert 0.1 < dark.std() < 0.3


# DNA

@pytest.mark.parametrize("mutations", [0, 1])
def test_the_motif_is_in_half_the_strings_and_looking_for_it_tells_which(mutations):
    dataset = data.dna(train=0, test=1000, mutations=mutations)
    labels = [int(e.targets[-1]) for e in dataset.test]
    assert sum(labels) == 500
    for e, label in zip(dataset.test, labels, strict=True):
        text = "".join(dataset.decode(e.inputs))
        wrong = [sum(a != b for a, b in zip(text[i:], "TATAAT", strict=False)) for i in range(len(text) - 5)]
        assert (min(wrong) <= mutations) == label
        complete = [i + 5 for i, w in enumerate(wrong) if w <= mutations]
        assert e.targets.tolist() == [int(bool(complete) and t >= complete[0]) for t in range(100)]
        assert e.mask.tolist() == [False] * 99 + [True]
    if mutations == 1:
        assert any("TATAAT" not in "".join(dataset.decode(e.inputs)) for e in dataset.test if e.targets[-1])


def test_letters_alone_do_not_tell_where_the_motif_is():
    dataset = data.dna(train=0, test=4000)
    counts = np.array([np.bincount(e.inputs, minlength=4) for e in dataset.test])
    labels = np.array([e.targets[-1] for e in dataset.test])
    for base in range(4):
        with_motif, without = counts[labels == 1, base], counts[labels == 0, base]
        error = np.sqrt(with_motif.var() / len(with_motif) + without.var() / len(without))
        assert abs(with_motif.mean() - without.mean()) < 4 * error
        for threshold in range(15, 40):
            assert abs(((counts[:, base] > threshold) == labels).mean() - 0.5) < 0.04


def test_the_motif_stands_anywhere():
    dataset = data.dna(train=0, test=2000, length=20, motif="GATTACA")
    ends = {int(e.targets.argmax()) for e in dataset.test if e.targets[-1]}
    assert ends == set(range(6, 20))
    assert all(len(e.inputs) == 20 for e in dataset.test)


# sound

def heard(samples):
    """Of the twelve notes, the one that sounds loudest in a tenth of a second."""
    t = np.arange(len(samples)) / audio.RATE
    waves = np.exp(-2j * np.pi * np.outer(440 * 2 ** ((np.arange(12) - 9) / 12), t))
    return int(np.abs(waves @ samples).argmax())


def test_the_notes_can_be_heard():
    dataset = data.tones(train=0, test=40, notes=(1, 4))
    assert dataset.rate == 8000
    lengths = Counter()
    for e in dataset.test:
        ends = np.flatnonzero(e.mask)
        assert ends.tolist() == list(range(799, len(e.inputs), 800))
        assert [heard(e.inputs[end - 799 : end + 1, 0]) for end in ends] == e.targets[ends].tolist()
        lengths[len(ends)] += 1
    assert set(lengths) == {1, 2, 3, 4}
    assert dataset.classes[9] == "A" and dataset.chance == 1 / 12


def test_whether_a_melody_rises_can_be_heard():
    dataset = data.tones(train=0, test=60, asked="direction", notes=(2, 4))
    for e in dataset.test:
        first, last = heard(e.inputs[:800, 0]), heard(e.inputs[-800:, 0])
        assert dataset.classes[e.targets[-1]] == ("up" if last > first else "down") and first != last
        assert e.mask.tolist() == [False] * (len(e.inputs) - 1) + [True]
    assert 15 < sum(int(e.targets[-1]) for e in dataset.test) < 45


def test_the_timbres_differ_and_no_recording_clips():
    tables = np.array([audio._table(weights) for weights in audio.HARMONICS.values()])
    assert np.abs(np.corrcoef(tables) - np.eye(3)).max() < 0.98
    dataset = data.tones(train=30, test=30)
    assert max(np.abs(e.inputs).max() for e in dataset.train + dataset.test) < 1.1
    assert len({e.inputs.tobytes() for e in dataset.train + dataset.test}) == 60


# clicks

@pytest.fixture(scope="module")
def shop():
    return data.clicks(train=1500, test=1500)


def accuracy(dataset, guess):
    hits = [guess(e.inputs.tolist(), t) == e.targets[t] for e in dataset.test for t in range(len(e.inputs))]
    return float(np.mean(hits))


def test_clicks_are_the_targets_of_the_step_before(shop):
    for e in shop.train:
        assert (e.targets[:-1] == e.inputs[1:]).all() and e.mask.all() and 20 <= len(e.inputs) <= 40
    assert {len(e.inputs) for e in shop.train} == set(range(20, 41))
    assert {len(e.inputs) for e in data.clicks(train=5, test=5, length=7).train} == {7}


def test_the_best_rule_scores_what_the_process_promises(shop):
    few = shop.test[:300]
    hits = sum(max(odds := data.click_odds(shop.decode(e.inputs[: t + 1])), key=odds.get) == shop.classes[e.targets[t]]
               for e in few for t in range(len(e.inputs)))
    assert hits / sum(len(e.inputs) for e in few) == pytest.approx(shop.best, abs=0.015)


def test_who_looks_at_the_last_click_only_stays_below_the_best(shop):
    following = defaultdict(Counter)
    for e in shop.train:
        for page, after in zip(e.inputs.tolist(), e.targets.tolist(), strict=True):
            following[page][after] += 1
    table = {page: after.most_common(1)[0][0] for page, after in following.items()}
    last_only = accuracy(shop, lambda pages, t: table[pages[t]])
    assert shop.chance + 0.2 < last_only < shop.best - 0.05


def test_chance_is_the_commonest_click(shop):
    assert max(accuracy(shop, lambda pages, t, k=k: k) for k in range(10)) == pytest.approx(shop.chance)


def test_click_odds_follow_bayes_rule():
    odds = data.click_odds(["search", "product"])
    # buy: 4/10 · 6/10 · 9/10 = 0.216; look: 4/10 · 1/10 · 7/10 = 0.028; return: never at "search".
    assert odds["cart"] == pytest.approx(0.216 * 0.6 / 0.244) and odds["home"] == 0
    assert odds["list"] == pytest.approx((0.216 * 0.1 + 0.028 * 0.6) / 0.244)
    # After "orders … leave" one came to return; half of such visitors come for that again, the others for anything.
    odds = data.click_odds(["orders", "help", "leave"])
    assert odds["orders"] == pytest.approx(0.5 * (0.5 + 0.5 * 0.2))
    assert odds["list"] == pytest.approx(0.5 * 0.4 * 0.1 + 0.5 * 0.4 * 0.4)


def test_click_odds_add_up_to_1_everywhere(shop):
    for e in shop.test[:30]:
        for odds in sessions._odds(e.inputs.tolist()):
            assert odds.sum() == pytest.approx(1) and odds.min() >= 0


def test_every_row_of_the_shop_adds_up_to_ten():
    assert sum(sessions.INTENTS.values()) == 10
    for row in [*sessions.ENTRY.values(), *(row for table in sessions.NEXT.values() for row in table.values())]:
        assert len(sessions._ten(row)) == 10 and set(sessions._ten(row)) <= set(sessions.SYMBOLS)
    for intent, table in sessions.NEXT.items():
        rows = [*table.values(), sessions.ENTRY[intent]]
        reached = {page for row in rows for page in sessions._ten(row)}
        assert reached - {"leave"} == set(table)


# pulses

def diagnosed(signal):
    """The kind of a recording's anomaly from when its beats come and how wide they are."""
    smooth = np.convolve(signal, np.ones(3) / 3, mode="same")
    high = np.flatnonzero(smooth > 0.45)
    beats = np.split(high, np.flatnonzero(np.diff(high) > 10) + 1)
    if max(len(beat) for beat in beats[1:-1]) > 6:
        return "wide"
    gaps = np.diff([beat.mean() for beat in beats])
    return "missing" if gaps.max() > 120 else "early" if gaps.min() < 70 else "normal"


def test_anomalies_can_be_told_by_rhythm_and_width():
    dataset = data.heartbeats(train=60, test=300)
    found = [diagnosed(e.inputs[:, 0]) for e in dataset.test]
    assert found == [dataset.classes[e.targets.max()] for e in dataset.test]
    assert Counter(found) == {"normal": 150, "early": 50, "missing": 50, "wide": 50}
    assert {diagnosed(e.inputs[:, 0]) for e in dataset.train} == {"normal"}
    assert not any(e.targets.any() for e in dataset.train) and dataset.rate == 100 and dataset.best is None


def test_an_anomaly_is_marked_for_its_length_in_the_middle():
    dataset = data.heartbeats(train=1, test=300, length=700)
    for e in dataset.test:
        marked = np.flatnonzero(e.targets)
        assert len(marked) in (0, 40) and (len(marked) == 0 or marked[-1] - marked[0] == 39)
        assert (marked >= 700 // 5 - 30).all() and (marked < 700 * 4 // 5).all()
        assert e.mask.all() and e.inputs.shape == (700, 1)
    normal = np.mean([(e.targets == 0).mean() for e in dataset.test])
    assert dataset.chance == pytest.approx(normal) and dataset.chance > 0.95


def test_no_threshold_finds_a_missing_beat():
    dataset = data.heartbeats(train=30, test=300)
    usual = np.concatenate([e.inputs[:, 0] for e in dataset.train])
    missing = np.concatenate([e.inputs[e.targets == 2, 0] for e in dataset.test])
    assert np.quantile(usual, 0.001) < missing.min() and missing.max() < np.quantile(usual, 0.999)


def test_training_recordings_are_clean_unless_asked_otherwise():
    assert sum(e.targets.any() for e in data.heartbeats(train=60, test=1, clean=False).train) == 30


@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.shapes(objects=5), r"objects is 5; expected at most 4"),
    (lambda: data.shapes(objects=0), r"objects is 0; expected an integer of at least 1 or a range"),
    (lambda: data.shapes(noise=2), r"noise is 2; expected a number from 0 to 1"),
    (lambda: data.shapes(split="word"), r"split is 'word'; expected 'scene' or 'random'"),
    (lambda: data.shapes(train=0), r"train is 0"),
    (lambda: data.dna(motif="TATAXT"), r"motif is 'TATAXT'; expected at least 2 of the letters A, C, G, T"),
    (lambda: data.dna(motif="TATAAT", length=5), r"motif has 6 letters; expected at most length = 5"),
    (lambda: data.dna(mutations=6), r"mutations is 6; expected fewer than the 6 letters"),
    (lambda: data.dna(motif="AAAAAA"), r"dna asks for 250 strings of length 100 that do not come within 0 letters of"),
    (lambda: data.dna(mutations=3), r"that do not come within 3 letters of TATAAT; it gave only \d+"),
    (lambda: data.tones(asked="chord"), r"asked is 'chord'; expected 'note' or 'direction'"),
    (lambda: data.tones(asked="direction", notes=1), r"notes is 1; expected an integer of at least 2"),
    (lambda: data.tones(noise=-1), r"noise is -1"),
    (lambda: data.clicks(length=0), r"length is 0"),
    (lambda: data.clicks(length=1, test=200), r"clicks asks for 1000 training sequences that are not in the test"),
    (lambda: data.click_odds([]), r"clicked is \[\]; expected a list of at least one of home, search"),
    (lambda: data.click_odds(["home", "shoes"]), r"clicked is \['home', 'shoes'\]; expected a list"),
    (lambda: data.click_odds(["checkout"]), r"clicked is \['checkout'\]; no visitor does that"),
    (lambda: data.heartbeats(length=399), r"length is 399; expected an integer of at least 400"),
    (lambda: data.heartbeats(noise=None), r"noise is None"),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_strings_of_dna_are_drawn_evenly():
    drawn = np.concatenate([e.inputs for e in data.dna(train=0, test=500, motif="ACGT").test])
    assert np.abs(np.bincount(drawn) / len(drawn) - 0.25).max() < 0.01 and motifs.BASES == "ACGT"


@pytest.mark.parametrize(("name", "knobs", "digest"), [
    ("shapes", {"split": "random"}, "db815538d569be7503b60724a7a4b1c13138dc67dc2201165fb1480b815640ae"),
    ("dna", {"mutations": 1}, "de94061c8c58c470218e356fe6b589e3270d0c93f7a6388fdc56fb53cfcfea23"),
    ("tones", {"asked": "direction"}, "5f26105a96e806e9e04d461dff8aad0e247dd142e108dbe26d5b8bc4d738fd5d"),
])
def test_the_bytes_of_variants_are_pinned(name, knobs, digest):
    assert data.SETS[name](**knobs).sha256() == digest
