"""The sets of chapter 2: the same bytes for a seed, splits that share nothing, tags that fit the labels."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from rnnbook import data
from rnnbook.data import intent, sentiment
from rnnbook.text import length_mask, tokenise

CHAPTER_2 = ("moods", "intents", "flags", "positions")
SETS = {**{name: data.SETS[name] for name in CHAPTER_2},
        "intents by template": lambda seed=0: data.intents(seed, split="template")}

HASHES = {
    "moods": "ecf0dbf903b5e0f58da94f703df86f0ea828ce81f144388c77fd6d449b1d949a",
    "intents": "e69a87345db352a2281b9654f052865b0e7f47041275f91461d4534f8f1bbc02",
    "intents by template": "99905d2b7745c24d8bd224dcda4b37d4db19d57133611a7be7719a7d91559600",
    "flags": "05753549382e00b20a3b6176ccebdcf2a731d78b762254ddd9f5908547bdb8a4",
    "positions": "6bb2f1dbe68fa613136ef943aff6097ffbc2d4697e529d1bf3f0bf63877bbd3b",
}


@pytest.fixture(scope="module", params=SETS)
def named(request):
    return request.param, SETS[request.param](seed=0)


def bare(example):
    """The words without a final full stop or question mark."""
    return tuple(w for i, w in enumerate(example.words) if i < len(example.words) - 1 or w not in ".?")


def test_same_seed_same_bytes(named):
    name, dataset = named
    assert dataset.sha256() == HASHES[name]


def test_another_seed_gives_other_examples(named):
    name, dataset = named
    assert SETS[name](seed=1).sha256() != dataset.sha256()


def test_no_example_occurs_twice_in_any_split(named):
    _, dataset = named
    sentences = [bare(e) for examples in dataset.splits.values() for e in examples]
    assert len(set(sentences)) == len(sentences)


def test_tags_fit_the_words_and_the_label(named):
    _, dataset = named
    for examples in dataset.splits.values():
        for e in examples:
            assert len(e.tags) == len(e.words) >= 1
            assert e.label == e.tags[-1]
            assert set(e.tags) <= set(dataset.labels)


def test_examples_are_what_tokenise_makes_of_their_text(named):
    _, dataset = named
    for e in dataset.train + dataset.test:
        assert tuple(tokenise(e.text)) == e.words


def test_the_vocabulary_is_that_of_the_training_split(named):
    _, dataset = named
    assert set(dataset.vocab.words) == {"<pad>", "<unk>"} | {w for e in dataset.train for w in e.words}


def test_describe_is_one_line_with_sizes_and_licence(named):
    _, dataset = named
    line = dataset.describe()
    assert "\n" not in line
    for part in (f"{len(dataset.train)} train", f"{len(dataset.test)} test", "CC0"):
        assert part in line


def test_a_data_set_cannot_be_changed(named):
    _, dataset = named
    with pytest.raises(FrozenInstanceError):
        dataset.labels = ()
    with pytest.raises(TypeError):
        dataset.splits["train"] = ()


def test_batch_puts_sentences_in_columns(named):
    _, dataset = named
    examples = dataset.test[:5]
    tokens, lengths, labels, tags = dataset.batch(examples)
    assert lengths.tolist() == [len(e.words) for e in examples]
    mask = length_mask(lengths)
    for b, e in enumerate(examples):
        known = [w if w in dataset.vocab else "<unk>" for w in e.words]
        assert dataset.vocab.decode(tokens[mask[:, b], b]) == known
        assert [dataset.labels[k] for k in tags[mask[:, b], b]] == list(e.tags)
        assert dataset.labels[labels[b]] == e.label
    assert (tokens[~mask] == 0).all()


@pytest.mark.parametrize("name", ["moods", "flags", "positions"])
def test_every_word_of_the_test_split_is_known(name):
    dataset = SETS[name](seed=0)
    assert all(w in dataset.vocab for e in dataset.test for w in e.words)


def test_catalogue_lists_every_set_in_one_line():
    lines = data.catalogue()
    assert list(lines) == list(data.SETS) and set(CHAPTER_2) < set(lines)
    assert all(line and "\n" not in line and line.endswith((".", "?")) for line in lines.values())
    assert all(hasattr(data, name) for name in lines)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.moods(seed=-1), r"seed is -1; expected an integer from 0 on"),
    (lambda: data.moods(seed=0.5), r"seed is 0.5"),
    (lambda: data.moods(train=0), r"train is 0; expected an integer of at least 1"),
    (lambda: data.flags(test="many"), r"test is 'many'"),
    (lambda: data.positions(T=1), r"T is 1; expected an integer of at least 2"),
    (lambda: data.intents(split="topic"), r"split is 'topic'; expected one of 'random', 'template'"),
    (lambda: data.positions(T=2, train=1000), r"positions asks for 1500 different examples; it gave only \d+"),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# moods

def mood_of(text):
    """What the grammar should say of `text`, found without it: the reading after the last word that decides."""
    words = {w: m for table in (sentiment.MOODS, sentiment.QUALITIES, sentiment.VERBS) for m, ws in table.items()
             for w in ws if m != "neutral"}
    reading, turned = "neutral", False
    for word in text.split():
        if word in ("not", "never", "hardly"):
            turned = True
        elif word in words:
            reading = sentiment.OPPOSITE[words[word]] if turned else words[word]
            turned = False
        elif word in ("but", "and"):
            turned = False
    return reading


def test_moods_follow_the_rule_at_every_prefix():
    for e in data.moods().test:
        for t in range(len(e.words)):
            assert e.tags[t] == mood_of(" ".join(e.words[: t + 1])), (e.text, t)


def test_a_third_of_the_moods_are_neutral_and_half_the_rest_positive():
    labels = [e.label for e in data.moods().train]
    assert 0.25 < labels.count("neutral") / len(labels) < 0.40
    assert 0.45 < labels.count("positive") / (len(labels) - labels.count("neutral")) < 0.55


def test_moods_use_more_than_150_words():
    assert len(data.moods().vocab) > 150


def test_the_sentences_the_book_walks_through_are_not_in_the_data():
    dataset = data.moods()
    texts = {" ".join(bare(e)) for e in dataset.train + dataset.test}
    for sentence in ("i am not happy", "i am happy", "i love this movie"):
        assert sentence not in texts
        assert all(w in dataset.vocab for w in sentence.split())


def test_mood_pairs_have_the_same_words_and_opposite_moods():
    pairs, vocab = data.mood_pairs(), data.moods().vocab
    assert len(pairs) == len(set(pairs)) >= 20
    for positive, negative in pairs:
        assert sorted(positive.split()) == sorted(negative.split())
        assert (mood_of(positive), mood_of(negative)) == ("positive", "negative")
        assert all(w in vocab for w in positive.split())


# intents

def test_what_time_changes_its_mind():
    tags = {e.text: e.tags for seed in range(3) for e in data.intents(seed).train}
    stop = next(t for text, t in tags.items() if text.startswith("what time will it stop raining"))
    assert stop[:6] == ("undecided", "time", "time", "time", "time", "weather")
    assert tags["what time is it ?"] == ("undecided",) + ("time",) * 4


def template_of(example):
    """The template that made a request."""
    for templates in intent.TEMPLATES.values():
        for template in templates:
            parts = []
            for part in template.split():
                word = part.partition("/")[0]
                parts.append(f"(?:{'|'.join(intent.SLOTS[word[1:-1]])})" if word.startswith("{") else re.escape(word))
            if re.fullmatch(f"(?:(?:{'|'.join(intent.OPENINGS)}) )?" + " ".join(parts), example.text):
                return template
    raise AssertionError(f"no template makes {example.text!r}")


@pytest.mark.parametrize("seed", range(3))
def test_held_out_templates_do_not_occur_in_training(seed):
    dataset = data.intents(seed, split="template")
    held = {template_of(e) for e in dataset.test}
    assert len(held) == 3
    assert {e.label for e in dataset.test} == set(intent.TEMPLATES)
    assert held.isdisjoint(template_of(e) for e in dataset.train)


def test_the_random_split_has_the_same_templates_on_both_sides():
    dataset = data.intents()
    assert {template_of(e) for e in dataset.test} <= {template_of(e) for e in dataset.train}


# flags and positions

def test_flags_are_half_and_the_tag_turns_at_the_flag_word():
    dataset = data.flags()
    for e in dataset.train:
        places = [t for t, w in enumerate(e.words) if w in ("refund", "broken")]
        assert len(places) <= 1
        assert e.tags == tuple("flagged" if places and t >= places[0] else "clear" for t in range(len(e.words)))
        assert 6 <= len(e.words) <= 15
    assert 0.45 < np.mean([e.label == "flagged" for e in dataset.train]) < 0.55


def test_positions_decide_early_in_training_and_late_in_the_test():
    dataset = data.positions(T=8)
    label = {"red": "warm", "blue": "cold", "grey": "neither"}
    for split, allowed in (("train", range(4)), ("seen", range(4)), ("test", range(4, 8))):
        places = set()
        for e in dataset.splits[split]:
            (place,) = [t for t, w in enumerate(e.words) if w in label]
            places.add(place)
            assert e.label == label[e.words[place]]
            assert e.tags == ("none",) * place + (e.label,) * (8 - place)
        assert places == set(allowed)


# what the package may import

def test_the_data_needs_numpy_and_the_standard_library_only_and_starts_no_thread():
    script = ("import sys, threading; before = threading.active_count(); from rnnbook import data\n"
              f"for name in {CHAPTER_2}: data.SETS[name](train=20, test=20)\n"
              "data.weights('mood')\n"
              "assert threading.active_count() == before\n"
              "found = {'torch', 'matplotlib', 'multiprocessing', 'concurrent', 'rnnbook.scratch'} & set(sys.modules)\n"
              "assert not found, found")
    subprocess.run([sys.executable, "-c", script], check=True)
