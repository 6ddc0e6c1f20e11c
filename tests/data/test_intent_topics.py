"""Further intents: consistent readings, and the default unchanged."""

from __future__ import annotations

import re

import pytest

from rnnbook import data
from rnnbook.data.intent import ALL_SLOTS, OPENINGS, SLOTS, TEMPLATES
from rnnbook.data.intent_topics import MORE_SLOTS, MORE_TEMPLATES
from rnnbook.text import tokenise

EVERY = {**TEMPLATES, **MORE_TEMPLATES}
HASHES = {
    "random": "23e4ec93944eb212d28806f83e615b33f781da834b93156c22f258ba7850c2b7",
    "template": "aeba440a6a38dc7f30333a1b9c26606e5286fec5118bce8ce8158319b8409384",
}


@pytest.fixture(scope="module", params=HASHES)
def named(request):
    return request.param, data.intents(train=3000, test=600, split=request.param, topics="all")


def test_same_seed_same_bytes(named):
    split, dataset = named
    assert dataset.sha256() == HASHES[split]


def test_the_default_is_the_three_intents_of_chapter_2():
    default = data.intents()
    assert default.labels == ("undecided", "weather", "time", "alarm")
    assert data.intents(topics=["weather", "time", "alarm"]).sha256() == default.sha256()


def test_at_least_six_further_intents_with_eight_templates_each():
    assert len(MORE_TEMPLATES) >= 6 and not set(MORE_TEMPLATES) & set(TEMPLATES)
    assert all(len(set(templates)) == 8 for templates in MORE_TEMPLATES.values())
    assert not set(MORE_SLOTS) & set(SLOTS)


def test_every_slot_is_used_and_known():
    parts = " ".join(template for templates in EVERY.values() for template in templates).split()
    assert {part.partition("/")[0][1:-1] for part in parts if part.startswith("{")} == set(ALL_SLOTS)


def test_every_intent_occurs_and_tags_fit(named):
    _, dataset = named
    assert dataset.labels == ("undecided", *TEMPLATES, *MORE_TEMPLATES)
    for examples in (dataset.train, dataset.test):
        assert {e.label for e in examples} == set(dataset.labels[1:])
        for e in examples:
            assert len(e.tags) == len(e.words) and e.tags[-1] == e.label and tuple(tokenise(e.text)) == e.words
    assert len({e.words for e in dataset.train + dataset.test}) == 3600


def test_the_same_words_have_the_same_reading():
    """A tag is a function of the prefix, so that it can be learned."""
    tags = {}
    for e in data.intents(train=12_000, test=600, topics="all").train:
        for t, tag in enumerate(e.tags):
            assert tags.setdefault(e.words[: t + 1], tag) == tag, e.text


def test_a_reading_that_was_not_asked_for_stays_undecided():
    dataset = data.intents(train=200, test=50, topics=["calendar", "music"])
    assert dataset.labels == ("undecided", "calendar", "music")
    assert {tag for e in dataset.train for tag in e.tags} == set(dataset.labels)
    meeting = next(e for e in dataset.train if "what time is my meeting" in e.text)
    place = meeting.words.index("meeting")
    assert meeting.tags[place - 1 : place + 1] == ("undecided", "calendar")
    dataset.batch(dataset.train)


def pattern(template):
    """What requests made from `template` look like."""
    words = [part.partition("/")[0] for part in template.split()]
    body = " ".join(f"(?:{'|'.join(ALL_SLOTS[w[1:-1]])})" if w.startswith("{") else re.escape(w) for w in words)
    return re.compile(f"(?:(?:{'|'.join(OPENINGS)}) )?{body}")


def test_template_split_holds_out_one_template_of_each_intent():
    dataset = data.intents(train=3000, test=600, split="template", topics="all")
    patterns = {(label, t): pattern(t) for label, templates in EVERY.items() for t in templates}
    learned, tested = ({key for e in examples for key, made in patterns.items() if made.fullmatch(e.text)}
                       for examples in (dataset.train, dataset.test))
    assert not learned & tested
    assert sorted(label for label, _ in tested) == sorted(EVERY)


def test_describe_names_the_intents():
    assert "requests for calendar or music" in data.intents(train=100, test=20, topics=["calendar", "music"]).describe()
    assert data.intents(topics="all", train=100, test=20).limits.startswith("80 templates, 10 intents")


@pytest.mark.parametrize("topics", ["music", [], ["music"], ["music", "music"], ["music", "sport"], 3])
def test_impossible_topics_are_refused(topics):
    with pytest.raises(ValueError, match=r"topics is .*; expected 'all' or at least two of weather, time, alarm, mus"):
        data.intents(topics=topics)
