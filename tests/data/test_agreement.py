"""Agreement at a distance: exact distances, no help but the subject's noun, splits without shared combinations."""

from __future__ import annotations

import pytest

from rnnbook import data
from rnnbook.data import verb_agreement as grammar
from rnnbook.text import tokenise

HASH = "3720619000cdeccaa3d8f78214b68362148d9c1c780e779ffdf2bb697bf53852"
NUMBER = {form: number for forms in grammar.THINGS + grammar.PEOPLE
          for form, number in zip(forms, ("singular", "plural"), strict=True)}
LEMMA = {form: forms[0] for forms in grammar.THINGS + grammar.PEOPLE for form in forms}


def parts(example):
    """The words before the subject's noun, the noun, and the words between it and the verb."""
    place = example.tags.count("undecided")
    return example.words[:place], example.words[place], example.words[place + 1:]


def nouns(words):
    return [w for w in words if w in NUMBER]


@pytest.fixture(scope="module")
def default():
    return data.agreement()


def test_same_seed_same_bytes(default):
    assert default.sha256() == HASH
    assert data.agreement(1, 50, 10).sha256() != data.agreement(0, 50, 10).sha256()


def test_examples_are_different_and_made_of_plain_words(default):
    every = default.train + default.test
    assert len({e.words for e in every}) == len(every) == 5000
    assert all(tuple(tokenise(e.text)) == e.words for e in every)
    assert all(w in default.vocab for e in default.test for w in e.words)


def test_the_label_is_the_number_of_the_first_noun(default):
    for e in default.train + default.test:
        before, noun, between = parts(e)
        assert not nouns(before) and before[-1] != noun
        assert e.label == NUMBER[noun]
        assert e.tags == ("undecided",) * len(before) + (e.label,) * (1 + len(between))


@pytest.mark.parametrize("attractors", [True, False])
@pytest.mark.parametrize("distance", [0, 1, 2, 3, 4, 5, 8, 13, 20, 40, 80, 160, 200])
def test_a_distance_is_exact(distance, attractors):
    dataset = data.agreement(train=60, test=20, distance=distance, attractors=attractors)
    assert {len(parts(e)[2]) for e in dataset.train + dataset.test} == {distance}


def test_a_range_of_distances_is_covered_to_its_ends(default):
    assert {len(parts(e)[2]) for e in default.train} == set(range(21))


def test_the_test_split_can_be_farther():
    dataset = data.agreement(train=100, test=50, distance=5, test_distance=(30, 40))
    assert {len(parts(e)[2]) for e in dataset.train} == {5}
    assert {len(parts(e)[2]) for e in dataset.test} <= set(range(30, 41))


def test_nouns_can_be_few():
    dataset = data.agreement(train=2000, test=100, nouns=2)
    assert {LEMMA[w] for e in dataset.train + dataset.test for w in nouns(e.words)} == {"key", "letter", "man", "woman"}


def test_attractors_are_singular_or_plural_whatever_the_subject_is():
    dataset = data.agreement(train=3000, test=100, distance=(4, 12))
    last = [(NUMBER[nouns(parts(e)[2])[-1]], e.label) for e in dataset.train if nouns(parts(e)[2])]
    assert len(last) > 2000
    assert 0.47 < sum(a == b for a, b in last) / len(last) < 0.53
    assert 0.47 < sum(label == "plural" for _, label in last) / len(last) < 0.53


def test_without_attractors_no_noun_stands_between_and_nothing_hangs_on_the_subject():
    dataset = data.agreement(train=3000, test=100, distance=(0, 12), attractors=False)
    assert not any(nouns(parts(e)[2]) for e in dataset.train + dataset.test)
    # Every word but the subject's noun is about as often with a singular as with a plural.
    counts = {}
    for e in dataset.train:
        for w in set(e.words) - set(NUMBER):
            counts.setdefault(w, []).append(e.label == "plural")
    assert all(0.35 < sum(c) / len(c) < 0.65 for c in counts.values() if len(c) > 150)


def test_no_verb_or_article_tells_the_number():
    dataset = data.agreement(train=2000, test=100, distance=(0, 30))
    words = {w for e in dataset.train for w in e.words}
    assert not words & {"a", "an", "these", "those", "this", "is", "are", "was", "were", "has", "have"}


@pytest.mark.parametrize("distance", [0, 1, (0, 20)])
def test_no_combination_of_noun_and_words_between_is_in_both_splits(distance):
    dataset = data.agreement(distance=distance, train=1500, test=400)

    def combinations(examples):
        return {(LEMMA[noun], between or before) for before, noun, between in map(parts, examples)}

    assert not combinations(dataset.train) & combinations(dataset.test)
    assert len(dataset.test) == 400


def test_more_than_100_words(default):
    assert len(default.vocab) > 200
    assert len(NUMBER) == 100 == len(set(LEMMA.values())) * 2


def test_sentences_of_the_grammar_are_the_expected_english():
    texts = {e.text for e in data.agreement(train=8000, distance=(3, 6)).train}
    assert any(" that " in t and " near the " in t for t in texts)
    draws = {" ".join(parts(e)[2]) for e in data.agreement(train=4000, distance=3).train}
    shapes = {tuple("NOUN" if w in NUMBER else w for w in d.split())[:2] for d in draws}
    assert ("near", "the") in shapes and ("the", "NOUN") in shapes and ("that", "anna") in shapes


@pytest.mark.parametrize(("arguments", "message"), [
    ({"distance": -1}, "distance is -1"), ({"distance": (5, 2)}, r"distance is \(5, 2\)"),
    ({"distance": 201}, "distance goes up to 201; expected at most 200 words"),
    ({"distance": "far"}, "distance is 'far'"),
    ({"test_distance": 999}, "test_distance goes up to 999"), ({"test_distance": -3}, "test_distance is -3"),
    ({"attractors": "no"}, "attractors is 'no'; expected True or False"),
    ({"nouns": 0}, "nouns is 0"), ({"nouns": 21}, "nouns is 21; expected at most 20"),
    ({"train": 0}, "train is 0"), ({"test": 1.5}, "test is 1.5"), ({"seed": -2}, "seed is -2"),
    ({"distance": 0, "train": 40_000}, "agreement asks for 40000 different examples; it gave only"),
])
def test_impossible_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.agreement(**arguments)
