"""Word order, the last opinion, and pairs that only order tells apart."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from rnnbook import data
from rnnbook.data import word_order
from rnnbook.text import tokenise

MAKE = {"order": data.order, "opinions": data.opinions}
HASHES = {
    "order": "2e77ce63330a25d7ec3fe1f971c191ec2b0fc890bdbef7d290577b657c34fac3",
    "opinions": "c71fe0d70a3d022b0862d2a672bc7b7836679d23fed20183cf98ad079a484b1a",
}
GOOD, BAD = word_order.WORDS["positive"], word_order.WORDS["negative"]


@pytest.fixture(scope="module", params=MAKE)
def named(request):
    return request.param, MAKE[request.param]()


def pairs(examples):
    return list(zip(examples[::2], examples[1::2], strict=True))


def combination(example):
    (good,), (bad,) = [[w for w in example.words if w in words] for words in (GOOD, BAD)]
    return good, bad


def test_same_seed_same_bytes(named):
    name, dataset = named
    assert dataset.sha256() == HASHES[name]
    assert MAKE[name](seed=1).sha256() != HASHES[name]


def test_examples_are_different_and_made_of_plain_words(named):
    _, dataset = named
    every = dataset.train + dataset.test
    assert len({e.words for e in every}) == len(every) == 3600
    assert all(tuple(tokenise(e.text)) == e.words for e in every)
    assert all(w in dataset.vocab for e in dataset.test for w in e.words)


def test_both_of_a_pair_have_the_same_words_and_opposite_labels(named):
    _, dataset = named
    for examples in (dataset.train, dataset.test):
        for a, b in pairs(examples):
            assert Counter(a.words) == Counter(b.words) and a.words != b.words
            assert {a.label, b.label} == {"positive", "negative"}


def test_a_bag_of_words_is_right_on_exactly_half(named):
    """Whatever weights it has: both of a pair get the same score."""
    _, dataset = named
    weights = np.random.default_rng(0).normal(size=len(dataset.vocab)).round(3)
    tokens, lengths, labels, _ = dataset.batch(dataset.test)
    counts = np.stack([np.bincount(tokens[:n, b], minlength=len(weights)) for b, n in enumerate(lengths)])
    says = (counts @ weights > 0).astype(int)
    assert (says == labels).mean() == 0.5


def test_labels_are_0_and_1_in_a_batch(named):
    _, dataset = named
    assert dataset.labels == ("negative", "positive", "neutral")
    assert set(dataset.batch(dataset.train).labels) == {0, 1}


def test_no_combination_of_good_and_bad_word_is_in_both_splits(named):
    _, dataset = named
    learned, tested = ({combination(e) for e in examples} for examples in (dataset.train, dataset.test))
    assert not learned & tested and len(learned | tested) > 80


def test_tags_start_neutral_and_end_in_the_label(named):
    _, dataset = named
    for e in dataset.train + dataset.test:
        first = min(e.words.index(w) for w in combination(e))
        assert set(e.tags[:first]) <= {"neutral"} and "neutral" not in e.tags[first:]
        assert e.tags[-1] == e.label and len(e.tags) == len(e.words)


def meaning(words):
    """The reading of a sentence of `order`, found without its templates."""
    turned, reading = False, "neutral"
    for word in words:
        if word in ("not", "but", ","):
            turned = word == "not"
        elif word in GOOD + BAD:
            reading = "positive" if (word in GOOD) != turned else "negative"
    return reading


def test_order_reads_not_first_and_then_at_every_prefix():
    for e in data.order().test:
        assert [meaning(e.words[: t + 1]) for t in range(len(e.words))] == list(e.tags), e.text


def test_order_holds_the_three_templates_and_six_prefixes():
    texts = [e.text for e in data.order().train]
    for part in ("was not good but", "good and not", "was first good , then"):
        assert any(part in t for t in texts)
    assert all(any(t.startswith(prefix) for t in texts) for prefix in word_order.PREFIXES)


def distance_of(example):
    places = sorted(example.words.index(w) for w in combination(example))
    return places[1] - places[0] - 1


@pytest.mark.parametrize("distance", [0, 1, 10, 50])
def test_a_distance_is_exact(distance):
    dataset = data.opinions(train=40, test=10, distance=distance)
    assert {distance_of(e) for e in dataset.train + dataset.test} == {distance}


def test_the_test_split_can_have_another_distance():
    dataset = data.opinions(train=2, test=600, distance=2, test_distance=10)
    assert {distance_of(e) for e in dataset.train} == {2} and {distance_of(e) for e in dataset.test} == {10}


def test_opinions_cover_their_distances_and_the_last_one_decides():
    dataset = data.opinions()
    assert {distance_of(e) for e in dataset.train} == set(range(7))
    for e in dataset.test:
        last = [w for w in e.words if w in GOOD + BAD][-1]
        assert e.label == ("positive" if last in GOOD else "negative")
        assert not set(word_order.FILLERS) & set(combination(e))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.order(train=3), "train is 3; expected an even number, for the sentences come in pairs"),
    (lambda: data.opinions(test=11), "test is 11; expected an even number"),
    (lambda: data.order(test=0), "test is 0; expected an integer of at least 2"),
    (lambda: data.order(train=100_000), r"order \(in pairs\) asks for 50000 different examples; it gave only"),
    (lambda: data.opinions(distance=-1), "distance is -1"),
    (lambda: data.opinions(distance=51), "distance goes up to 51; expected at most 50"),
    (lambda: data.opinions(test_distance=51), "test_distance goes up to 51"),
    (lambda: data.opinions(distance=(3, 1)), r"distance is \(3, 1\)"), (lambda: data.order(seed=-1), "seed is -1"),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
