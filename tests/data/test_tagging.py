"""The generated tagging sets: what they ask can be answered from the right, or from the whole span, and only there."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from rnnbook import data
from rnnbook.data import tagging
from rnnbook.text import length_mask

HASHES = {
    "senses": "ec4c0a1394dad1d3658a60b1d6a8237fa6c0562afa6571e156605d37ed3bffe2",
    "names": "fb54e372df01071184aa14361029c0af2a274d5ced8f7915bd22155d977809ea",
}


@pytest.fixture(scope="module", params=HASHES)
def named(request):
    return request.param, getattr(data, request.param)()


def spans(tags):
    """(first, after the last, type) of each span."""
    starts = [t for t, tag in enumerate(tags) if tag[0] == "B"]
    ends = [next((t for t in range(s + 1, len(tags)) if tags[t][0] != "I"), len(tags)) for s in starts]
    return [(s, e, tags[s][2:]) for s, e in zip(starts, ends, strict=True)]


def test_same_seed_same_bytes(named):
    name, dataset = named
    assert dataset.sha256() == HASHES[name]
    assert getattr(data, name)(seed=1).sha256() != HASHES[name]


def test_no_sentence_occurs_twice_in_any_split(named):
    _, dataset = named
    texts = [e.text for examples in dataset.splits.values() for e in examples]
    assert len(set(texts)) == len(texts)


def test_sizes_labels_and_words(named):
    name, dataset = named
    assert [len(split) for split in dataset.splits.values()] == {"senses": [1000, 500], "names": [800, 300]}[name]
    assert [len(s) for s in getattr(data, name)(train=7, test=3).splits.values()] == [7, 3]
    for e in dataset.train + dataset.test:
        assert len(e.words) == len(e.tags)
        assert set(e.tags) <= set(dataset.labels)
    assert all(w in dataset.vocab for e in dataset.test for w in e.words)
    assert "CC0" in dataset.describe() and "\n" not in dataset.describe()


def test_batch_puts_sentences_in_columns(named):
    _, dataset = named
    tokens, lengths, tags = dataset.batch(dataset.test[:5])
    mask = length_mask(lengths)
    for b, e in enumerate(dataset.test[:5]):
        assert tuple(dataset.vocab.decode(tokens[mask[:, b], b])) == e.words
        assert tuple(dataset.labels[k] for k in tags[mask[:, b], b]) == e.tags
    assert (tokens[~mask] == 0).all() and (tags[~mask] == 0).all()


# senses

def place(example):
    (t,) = [t for t, tag in enumerate(example.tags) if tag != tagging.NO_SENSE]
    return t


def test_one_word_has_a_sense_and_the_last_words_decide_it():
    dataset = data.senses()
    for e in dataset.train + dataset.test:
        t = place(e)
        word, sense = e.tags[t].split(":")
        assert e.words[t] == word
        evidence = e.text.rpartition(" to ")[2]
        assert evidence in tagging.SENSES[word][sense]
        assert sum(evidence in phrases for senses in tagging.SENSES.values() for phrases in senses.values()) == 1


def test_nothing_before_the_evidence_tells_the_sense():
    """Guessing the sense from all words on the left, the next word or the length is right half of the time."""
    dataset = data.senses(train=4000, test=2000)
    for part in (lambda e, t: e.words[: t + 1], lambda e, t: (e.words[t], e.words[t + 1]),
                 lambda e, t: (e.words[t], len(e.words) - t)):
        seen = defaultdict(Counter)
        for e in dataset.train:
            seen[part(e, place(e))][e.tags[place(e)]] += 1
        known = [e for e in dataset.test if part(e, place(e)) in seen]
        right = sum(seen[part(e, place(e))].most_common(1)[0][0] == e.tags[place(e)] for e in known)
        assert len(known) > 1000
        assert right / len(known) < 0.65


def between(e):
    return len(e.words) - 1 - place(e) - len(e.text.rpartition(" to ")[2].split()) - 1


def test_distance_is_the_number_of_words_before_to():
    assert {between(e) for e in data.senses().train} == set(range(6))
    assert {between(e) for e in data.senses(distance=4).test} == {4}
    assert {between(e) for e in data.senses(distance=(5, 6)).test} == {5, 6}


def test_each_sense_is_as_frequent_as_the_others():
    counts = Counter(e.tags[place(e)] for e in data.senses(train=4000).train)
    assert set(counts) == set(data.senses().labels[1:])
    assert all(0.09 < n / 4000 < 0.16 for n in counts.values())


# names

def test_names_have_two_to_four_spans_of_one_to_three_words_apart():
    dataset = data.names()
    lengths, types = Counter(), Counter()
    for e in dataset.train + dataset.test:
        found = spans(e.tags)
        assert 2 <= len(found) <= 4
        assert all(nxt[0] > this[1] for this, nxt in pairwise(found))
        for first, end, kind in found:
            lengths[end - first] += 1
            types[kind] += 1
            assert set(e.tags[first + 1 : end]) <= {f"I-{kind}"}
        assert all((word in tagging.NAMES) == (tag != "O") for word, tag in zip(e.words, e.tags, strict=True))
    assert set(lengths) == {1, 2, 3} and set(types) == set(tagging.TYPES)
    assert min(types.values()) > 0.28 * sum(types.values())
    assert 14 < sum(len(e.words) for e in dataset.train) / 800 < 17
    assert len(set(tagging.NAMES)) == 60 and not set(tagging.NAMES) & set(tagging.PLAIN)


def from_one_word_and_from_the_span(dataset):
    """Accuracy of the type, from the first word of a span alone and from all, by counts in the training split."""
    counts = {kind: Counter() for kind in tagging.TYPES}
    for e in dataset.train:
        for word, tag in zip(e.words, e.tags, strict=True):
            if tag != "O":
                counts[tag[2:]][word] += 1

    def guess(words):
        def likelihood(kind):
            product = 1.0
            for word in words:
                product *= (counts[kind][word] + 0.1) / (sum(counts[kind].values()) + 6)
            return product
        return max(tagging.TYPES, key=likelihood)

    cases = [(e.words[first:end], kind) for e in dataset.test for first, end, kind in spans(e.tags) if end - first == 3]
    return [sum(guess(w[:n]) == kind for w, kind in cases) / len(cases) for n in (1, 3)]


def test_a_word_says_something_about_its_type_and_a_span_says_more():
    one, all_three = from_one_word_and_from_the_span(data.names())
    assert 0.6 < one < 0.9
    assert all_three > one + 0.05
    weak, _ = from_one_word_and_from_the_span(data.names(signal=1.0))
    none, still_none = from_one_word_and_from_the_span(data.names(signal=0.0))
    assert none < 0.45 and still_none < 0.45 < weak < one


@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.senses(seed=-1), r"seed is -1; expected an integer from 0 on"),
    (lambda: data.senses(train=0), r"train is 0; expected an integer of at least 1"),
    (lambda: data.senses(distance=7), r"distance is 7; expected at most 6"),
    (lambda: data.senses(distance=(3, 1)), r"distance is \(3, 1\); expected an integer of at least 0 or a range"),
    (lambda: data.senses(train=2000, distance=0), r"senses asks for 2500 different examples; it gave only \d+"),
    (lambda: data.names(test="many"), r"test is 'many'"),
    (lambda: data.names(signal=-1), r"signal is -1; expected a number from 0 to 10"),
    (lambda: data.names(signal=float("nan")), r"signal is nan; expected a number from 0 to 10"),
    (lambda: data.names(signal="strong"), r"signal is 'strong'"),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
