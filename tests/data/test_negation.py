"""Negation with scope: the stated rules, found again without the templates; splits that share nothing."""

from __future__ import annotations

import re

import pytest

from rnnbook import data
from rnnbook.data import negation_scope, negation_words
from rnnbook.text import tokenise

HASHES = {
    "random": "fc0a166a0c95972305d95907de2d62495edc69d14a3a63d725b90ced4ca96b7f",
    "template": "7895770e5d9e475c31855b98b94b522cf0815391819c8c5e01cfc2d12a6832a7",
}
SIGN = {w: s for table in (negation_words.OF_THINGS, negation_words.OF_PEOPLE)
        for s, mood in ((1, "positive"), (-1, "negative")) for w in table[mood]}
WIDE = ("i do not think that", "nobody thought that", "it is not true that", "hardly anyone found", "nobody found")
NARROW = ("not", "never", "hardly", "no longer", "by no means", "neither")


def reading(text):
    """What the rules of the docstring make of `text`."""
    for opening in filter(None, negation_words.OPENINGS):
        text = text.removeprefix(f"{opening} ")
    # A clause about something else is no part of the sentence; "not only" turns nothing.
    acts, places = "|".join(negation_words.ACTS), "|".join(negation_words.PLACES)
    text = re.sub(rf"who did not (?:{acts}) |, wh(?:o|ich) was not (?:{places}) , ", "", text)
    text = text.replace("not only", "only")
    wide = next((w for w in WIDE if w in text), None)
    outer = -1 if wide else 1
    text = text.replace(wide, "") if wide else text
    found, turned = 0, 1
    for word in re.findall(r"no longer|by no means|\S+", text):
        if word in ("but", ","):
            turned = 1
        elif word in NARROW:
            turned = -turned
        elif word in SIGN:
            found = outer * turned * SIGN[word]
    return {0: "neutral", 1: "positive", -1: "negative"}[found]


@pytest.fixture(scope="module", params=HASHES)
def named(request):
    return request.param, data.negation(split=request.param)


def one(options):
    return "(?:" + "|".join(re.escape(o) for o in sorted(filter(None, options), key=len, reverse=True)) + ") "


def pattern(template):
    """What sentences made from `template` look like, with a space after every word."""
    owned = one(negation_words.OWNERS)
    slots = {"thing": owned + one(negation_words.THINGS), "person": owned + one(negation_words.PEOPLE),
             "good": one(SIGN), "bad": one(SIGN), "no": one(negation_words.NO), "we": one(negation_words.WE),
             "act": one(negation_words.ACTS), "place": one(negation_words.PLACES),
             "degree": f"(?:{one(negation_words.DEGREES)})?"}
    parts = [slots[p.partition("/")[0][1:-1]] if p.startswith("{") else re.escape(p) + " " for p in template.split()]
    return re.compile(f"(?:{one(negation_words.OPENINGS)})?{''.join(parts)}(?:{one(negation_words.CLOSINGS)})?")


PATTERNS = {template: pattern(template) for templates in negation_scope.ROWS.values() for template in templates}


def templates_of(example):
    """The templates that can have made a sentence."""
    return [template for template, made in PATTERNS.items() if made.fullmatch(example.text + " ")]


def test_same_seed_same_bytes(named):
    split, dataset = named
    assert dataset.sha256() == HASHES[split]
    assert data.negation(seed=1, split=split).sha256() != HASHES[split]


def test_examples_are_different_and_made_of_plain_words(named):
    _, dataset = named
    every = [e.words[:-1] if e.words[-1] == "." else e.words for e in dataset.train + dataset.test]
    assert len(set(every)) == len(every) == 5000
    assert all(tuple(tokenise(e.text)) == e.words for e in dataset.train + dataset.test)


def test_sentences_follow_the_rules(named):
    _, dataset = named
    for e in dataset.train + dataset.test:
        assert reading(e.text) == e.label == e.tags[-1], e.text


def test_prefixes_are_neutral_until_an_adjective_and_follow_the_rules_then(named):
    _, dataset = named
    for e in dataset.test[:300]:
        first = min([t for t, w in enumerate(e.words) if w in SIGN], default=len(e.words))
        assert set(e.tags[:first]) <= {"neutral"}
        for t in range(first, len(e.words)):
            assert e.tags[t] == reading(" ".join(e.words[: t + 1])), (e.text, t)


@pytest.mark.parametrize(("text", "label"), [
    ("the film was not good", "negative"), ("the film was not only good but also lovely", "positive"),
    ("the film was neither dull nor ugly", "positive"), ("the film was not good and fresh", "negative"),
    ("it is not true that the film was not good", "positive"), ("the guide who did not smoke was kind", "positive"),
    ("although the food was not good , the waiter was kind", "positive"),
    ("hardly anyone found the film good", "negative"),
    ("the hotel was not in london", "neutral"), ("the film was good , not dull", "positive"),
])
def test_the_rules_themselves(text, label):
    assert reading(text) == label


def test_at_least_300_different_words(named):
    _, dataset = named
    assert len(dataset.vocab) >= 302      # <pad> and <unk> are none


def test_a_quarter_is_neutral_and_half_of_the_rest_positive(named):
    _, dataset = named
    labels = [e.label for e in dataset.train]
    assert 0.22 < labels.count("neutral") / len(labels) < 0.28
    assert 0.46 < labels.count("positive") / (len(labels) - labels.count("neutral")) < 0.54


def test_most_neutral_sentences_hold_a_negation():
    neutral = [e.words for e in data.negation().train if e.label == "neutral"]
    words = {"not", "never", "hardly", "neither", "nobody", "no"}
    assert sum(bool(words & set(w)) for w in neutral) / len(neutral) > 0.7


def test_no_opinion_and_no_subject_stands_twice_in_a_sentence(named):
    """Nothing is "neither modest nor modest", nor "neither my view nor my view"."""
    nouns = {*negation_words.THINGS, *negation_words.PEOPLE}
    for example in named[1].train + named[1].test:
        said = [w for w in example.words if w in SIGN or w in nouns]
        assert len(said) == len(set(said)), example.text


def test_not_only_is_followed_by_but_also():
    followed = [e.text.partition("not only ")[2] for e in data.negation().train if " not only " in f" {e.text}"]
    assert len(followed) > 100
    assert all(" but also " in rest or " , it was also " in rest for rest in followed)


def test_random_split_shares_no_combination_of_template_and_adjectives():
    dataset = data.negation()

    def combinations(examples):
        return {(template, tuple(w for w in e.words if w in SIGN)) for e in examples if e.label != "neutral"
                for template in templates_of(e)}

    learned, tested = combinations(dataset.train), combinations(dataset.test)
    assert len(tested) > 300 and not learned & tested
    assert all(w in dataset.vocab for e in dataset.test for w in e.words)


def test_template_split_holds_out_one_template_of_each_kind():
    dataset = data.negation(split="template")
    learned, tested = ({t for e in examples for t in templates_of(e)} for examples in (dataset.train, dataset.test))
    assert not learned & tested
    assert len(tested) == len(negation_scope.ROWS) == 10
    for templates in negation_scope.ROWS.values():
        assert len(tested & set(templates)) == 1 and learned >= set(templates) - tested
    assert not any(w in SIGN and w not in dataset.vocab for e in dataset.test for w in e.words)


@pytest.mark.parametrize(("arguments", "message"), [
    ({"split": "scope"}, "split is 'scope'; expected one of 'random', 'template'"),
    ({"train": 0}, "train is 0"), ({"test": True}, "test is True"), ({"seed": 1.0}, "seed is 1.0"),
])
def test_impossible_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.negation(**arguments)
