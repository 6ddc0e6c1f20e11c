"""The tagged English: legal, consistent, ambiguous where it says so; and its splits."""

from __future__ import annotations

import tomllib
import tracemalloc
from collections import Counter, defaultdict
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from rnnbook import data
from rnnbook.data import tagged_english
from rnnbook.data.tagged import POS
from rnnbook.text import length_mask

HASH = "e1cc2919439b91ca55bd96ebf46f59114b2b9bdb6681255e9d34ca7eff8136d9"

AMBIGUOUS = {
    "bank": "NOUN VERB", "book": "NOUN VERB", "can": "AUX NOUN", "that": "DET PRON SCONJ", "like": "ADP VERB",
    "well": "ADV INTJ NOUN", "light": "ADJ NOUN VERB", "watch": "NOUN VERB", "time": "NOUN VERB", "fly": "NOUN VERB",
    "park": "NOUN VERB", "left": "ADJ ADV NOUN VERB", "saw": "NOUN VERB", "back": "ADV NOUN VERB", "round": "ADJ ADP",
    "last": "ADJ VERB", "fast": "ADJ ADV", "lead": "NOUN VERB", "work": "NOUN VERB", "run": "NOUN VERB",
    "will": "AUX NOUN PROPN", "may": "AUX PROPN", "might": "AUX NOUN", "mine": "NOUN PRON", "kind": "ADJ NOUN",
    "present": "ADJ NOUN VERB", "record": "NOUN VERB", "change": "NOUN VERB", "down": "ADP ADV", "to": "ADP PART",
    "no": "ADV DET INTJ", "one": "NOUN NUM PRON", "so": "ADV SCONJ", "as": "ADP ADV SCONJ", "since": "ADP SCONJ",
    "before": "ADP ADV SCONJ", "more": "ADJ ADV",
}
NAMES_TOO = {"bank", "park"}        # these also occur inside names: Bank of England

CLOSED = {
    "DET": "a an the every each any some all both half",
    "PRON": "i you he she it we they me him us them my your his its our their her hers yours herself who whoever whose "
            "nobody nothing someone everyone everybody everything anyone anything",
    "AUX": "am been be 'm 've 'll ca wo could would should shall must does",
    "ADP": "of in at from with by into for on under over behind beside near between during through towards without",
    "PART": "not n't", "CCONJ": "and or but nor", "SCONJ": "if because although whether while",
    "INTJ": "oh yes please hello hi wow ouch ah",
    "NUM": "two three four five six seven eight nine ten eleven twelve sixteen nineteen forty fifty sixty hundred "
           "million",
    "AUX VERB": "is are was were do did have has had", "DET PRON": "this these those what which",
    "ADP PART": "to", "DET PRON SCONJ": "that", "AUX PART PRON": "'s", "ADV PRON": "there",
    "ADP SCONJ": "after until than", "CCONJ DET": "neither", "ADV": "when where why how",
}
ALLOWED = {word: set(tags.split()) for tags, words in CLOSED.items() for word in words.split()} | {
    "over": {"ADP", "ADV"}, "in": {"ADP"}, "half": {"DET", "NOUN"}, "about": {"ADP", "ADV"}, "inside": {"ADP", "ADV"}}

SENTENCES = tagged_english.tagged_english()


@pytest.fixture(scope="module")
def dataset():
    return data.treebank()


def tokens():
    return [(s, i, w, s.pos[i], s.entities[i]) for s in SENTENCES for i, w in enumerate(s.words)]


def tags_of(word):
    return Counter(pos for _, _, w, pos, _ in tokens() if w.lower() == word)


# the sentences

def test_there_are_more_than_650_sentences_of_4_to_26_words():
    assert len(SENTENCES) >= 650
    assert all(4 <= len(s.words) <= 26 for s in SENTENCES)
    assert sum(len(s.words) >= 15 for s in SENTENCES) >= 30


def test_no_sentence_occurs_twice():
    texts = Counter(tuple(w.lower() for w, p in zip(s.words, s.pos, strict=True) if p != "PUNCT") for s in SENTENCES)
    assert [t for t, n in texts.items() if n > 1] == []


def test_every_tag_is_legal_and_each_of_the_17_occurs():
    assert {pos for *_, pos, _ in tokens()} == set(POS)
    kinds = {entity for *_, entity in tokens()}
    assert kinds == {"O"} | {f"{place}-{kind}" for place in "BI" for kind in tagged_english.TYPES}


def test_an_entity_goes_on_only_where_one_of_its_type_is_under_way():
    for s in SENTENCES:
        for before, tag in zip(("O", *s.entities), s.entities, strict=False):
            assert tag[0] != "I" or before[2:] == tag[2:], s.text


def test_names_are_proper_nouns():
    inside = {("of", "ADP"), ("and", "CCONJ"), ("The", "DET")}
    for s, _, w, pos, entity in tokens():
        if entity != "O":
            people = entity == "B-MISC" and pos == "ADJ" and w[0].isupper()         # Swedish
            assert pos == "PROPN" or people or (w, pos) in inside, s.text


def test_a_capital_within_a_sentence_is_a_name_or_after_a_quotation_mark():
    for s, i, w, pos, entity in tokens():
        if i and w[0].isupper() and pos != "PROPN" and entity == "O":
            assert w == "I" or s.words[i - 1] == '"', s.text


def test_proper_nouns_outside_entities_are_days_months_and_titles():
    outside = {w for *_, w, pos, entity in tokens() if pos == "PROPN" and entity == "O"}
    months = "January March April May June July August September October November"
    days = "Monday Mondays Tuesday Tuesdays Wednesday Thursday Friday Saturday Sunday Sundays Christmas"
    assert outside <= set(f"{months} {days} Mr. Mrs. Dr. Queen President Prime Minister Aunt Dad".split())


def test_sentences_end_in_punctuation_begin_with_a_capital_and_are_plain_ascii():
    for s in SENTENCES:
        assert s.pos[-1] == "PUNCT" or s.words[-1] == ":)", s.text
        first = next(w for w, pos in zip(s.words, s.pos, strict=True) if pos != "PUNCT")
        assert first[0].isupper() or first[0].isdigit(), s.text
        assert s.text.isascii(), s.text


def test_the_files_have_one_sentence_a_line_and_no_stray_space():
    for name in tagged_english.FILES:
        text = (files("rnnbook.data") / "english" / f"{name}.txt").read_text(encoding="utf-8")
        assert text.endswith("/PUNCT\n") or text.endswith("/SYM\n")
        for line in text.splitlines():
            assert line == " ".join(line.split()) != ""
    written = {Path(str(f)).stem for f in (files("rnnbook.data") / "english").iterdir()}
    assert written == set(tagged_english.FILES)


def test_the_files_are_in_the_package():
    settings = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert "english/*.txt" in settings["tool"]["setuptools"]["package-data"]["rnnbook.data"]


@pytest.mark.parametrize("word", ALLOWED)
def test_function_words_have_only_the_tags_they_may_have(word):
    found = tags_of(word)
    if word == "the":
        assert found["DET"] == sum(found.values())
    assert found and set(found) <= ALLOWED[word]


def test_clitics_follow_what_they_belong_to():
    for s, i, w, pos, _ in tokens():
        if w == "n't":
            assert s.pos[i - 1] == "AUX", s.text
        if w == "'s" and pos == "PART":
            assert s.pos[i - 1] in ("NOUN", "PROPN"), s.text


def test_to_is_a_particle_before_a_verb_and_a_preposition_elsewhere():
    for s, i, w, pos, _ in tokens():
        if w.lower() == "to":
            assert (pos == "PART") == (s.pos[i + 1] in ("VERB", "AUX")), s.text


def test_there_is_has_a_verb_and_every_other_form_of_be_is_an_auxiliary():
    for s, i, w, pos, _ in tokens():
        if w.lower() in ("is", "are", "was", "were"):
            around = {(s.words[j].lower(), s.pos[j]) for j in (i - 1, i + 1) if 0 <= j < len(s.words)}
            assert (pos == "VERB") == (("there", "PRON") in around), s.text


def test_what_may_not_follow():
    """After a pronoun that is a subject, or a modal verb, no noun; after an article no verb; after a name no other."""
    for s in SENTENCES:
        following = zip(s.words, s.pos, s.entities, s.pos[1:], s.entities[1:], strict=False)
        for w, pos, entity, after, entity_after in following:
            if w.lower() in ("i", "we", "they", "he", "she") or (pos == "AUX" and w in ("can", "will", "may", "might")):
                assert after != "NOUN", s.text
            if w.lower() in ("a", "an", "the"):
                assert after not in ("VERB", "AUX", "ADP", "PRON", "DET", "SCONJ"), s.text
            if entity != "O" and entity_after[0] == "B":
                assert entity[2:] != entity_after[2:], s.text


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_every_ambiguous_word_occurs_six_times_with_each_of_its_tags(word):
    found = tags_of(word)
    for tag in AMBIGUOUS[word].split():
        assert found[tag] >= 6, found
    assert set(found) == set(AMBIGUOUS[word].split()) | ({"PROPN"} if word in NAMES_TOO else set())


def test_her_is_an_object_and_a_determiner():
    after = Counter(s.pos[i + 1] in ("NOUN", "ADJ", "PROPN") for s, i, w, *_ in tokens() if w.lower() == "her")
    assert after[True] >= 6 and after[False] >= 6
    assert set(tags_of("her")) == {"PRON"}


@pytest.mark.parametrize(("side", "at_least"), [("right", 35), ("left", 20)])
def test_the_word_on_one_side_is_the_same_and_the_tag_is_not(side, at_least):
    """Two tags of a word after the same word, or at the start of a sentence: what follows must tell them apart."""
    tags = defaultdict(set)
    for s, i, w, pos, _ in tokens():
        if w.lower() in AMBIGUOUS:
            same = s.words[i + 1] if side == "left" else s.words[i - 1] if i else ""
            tags[w.lower(), same.lower()].add(pos)
    decided = {word for (word, _), found in tags.items() if len(found) > 1}
    assert len(decided) >= at_least, sorted(set(AMBIGUOUS) - decided)


def test_150_sentences_hold_an_ambiguous_word_of_open_class():
    openly = set(AMBIGUOUS) - {"to", "no", "one", "so", "as", "since", "before", "more", "that", "can", "will", "down"}
    assert sum(any(w.lower() in openly for w in s.words) for s in SENTENCES) >= 150


@pytest.mark.parametrize(("name", "readings"), [
    ("Washington", "B-PER I-PER B-LOC B-ORG I-ORG"), ("Jordan", "B-PER I-PER B-LOC"), ("Amazon", "B-LOC B-ORG"),
    ("Paris", "B-PER B-LOC"), ("May", "B-PER I-PER O"), ("Apple", "B-ORG O"), ("Chelsea", "B-PER B-LOC B-ORG"),
    ("Victoria", "B-PER B-LOC I-LOC"),
])
def test_names_that_mean_more_than_one_thing(name, readings):
    assert {entity for _, _, w, _, entity in tokens() if w == name} == set(readings.split())


def test_five_words_in_a_row_are_never_tagged_in_two_ways():
    tags = defaultdict(set)
    for s in SENTENCES:
        for i in range(len(s.words) - 4):
            tags[tuple(w.lower() for w in s.words[i : i + 5])].add(s.pos[i : i + 5])
    assert {words: found for words, found in tags.items() if len(found) > 1} == {}


def test_the_sentences_the_book_walks_through_are_there():
    texts = {s.text for s in SENTENCES}
    for text in ("I love football .", "He went to the bank to deposit money .", "He went to the bank to catch fish ."):
        assert text in texts
    assert any(s.text.startswith("Barack Obama") and s.entities[:2] == ("B-PER", "I-PER") for s in SENTENCES)


@pytest.mark.parametrize("line", ["He/PRON  left/VERB", "He/PRON left", "and/or/CCONJ/O it/PRON", "/PRON ./PUNCT"])
def test_a_line_that_is_no_tagged_sentence_is_refused(line):
    with pytest.raises(ValueError, match=r"line holds .*; expected word/POS or word/POS/entity"):
        tagged_english.parse(line)


# the data set

def test_same_seed_same_bytes(dataset):
    assert dataset.sha256() == HASH
    assert data.treebank(seed=1).sha256() != HASH


@pytest.mark.parametrize("seed", range(4))
def test_the_splits_hold_every_sentence_once(seed):
    splits = data.treebank(seed).splits
    assert list(splits) == ["train", "validation", "test"]
    assert sorted(s for split in splits.values() for s in split) == sorted(SENTENCES)
    shares = [len(split) / len(SENTENCES) for split in splits.values()]
    assert shares == pytest.approx([0.70, 0.15, 0.15], abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_no_two_splits_share_four_words_in_a_row(seed):
    runs = []
    for split in data.treebank(seed).splits.values():
        words = [[w.lower() for w, p in zip(s.words, s.pos, strict=True) if p != "PUNCT"] for s in split]
        runs.append({tuple(row[i : i + 4]) for row in words for i in range(len(row) - 3)})
    assert not runs[0] & runs[1] and not runs[0] & runs[2] and not runs[1] & runs[2]
    assert max(map(len, tagged_english._groups())) <= 5


def test_the_vocabulary_holds_the_words_seen_twice_in_training(dataset):
    counts = Counter(w for s in dataset.train for w in s.words)
    assert set(dataset.vocab.words) == {"<pad>", "<unk>"} | {w for w, n in counts.items() if n >= 2}
    assert set(data.treebank(min_freq=1).vocab.words) == {"<pad>", "<unk>"} | set(counts)


def test_lower_case_changes_the_words_and_nothing_else(dataset):
    lower = data.treebank(lower=True)
    for split, examples in dataset.splits.items():
        for a, b in zip(examples, lower.splits[split], strict=True):
            assert b.words == tuple(w.lower() for w in a.words)
            assert (a.pos, a.entities) == (b.pos, b.entities)


def test_batch_puts_sentences_in_columns(dataset):
    examples = dataset.test[:6]
    ids, lengths, pos, entities = dataset.batch(examples)
    mask = length_mask(lengths)
    for b, e in enumerate(examples):
        real = mask[:, b]
        assert dataset.vocab.decode(ids[real, b]) == [w if w in dataset.vocab else "<unk>" for w in e.words]
        assert tuple(dataset.pos_labels[k] for k in pos[real, b]) == e.pos
        assert tuple(dataset.entity_labels[k] for k in entities[real, b]) == e.entities
    for array in (ids, pos, entities):
        assert array.shape == mask.shape and np.issubdtype(array.dtype, np.integer) and (array[~mask] == 0).all()


def test_a_layer_has_the_same_words_and_one_tag_each(dataset):
    for which, labels in (("pos", dataset.pos_labels), ("entities", dataset.entity_labels)):
        layer = dataset.layer(which)
        assert layer.labels == labels and layer.vocab is dataset.vocab
        assert [(e.words, e.tags) for e in layer.test] == [(e.words, getattr(e, which)) for e in dataset.test]
        assert (layer.batch(layer.test).tags == getattr(dataset.batch(dataset.test), which)).all()
    assert dataset.layer("entities").labels[:3] == ("O", "B-PER", "I-PER")


def test_describe_is_one_line_with_sizes_and_licence(dataset):
    line = dataset.describe()
    assert "\n" not in line
    sizes = [f"{len(examples)} {split}" for split, examples in dataset.splits.items()]
    for part in (*sizes, "17 parts of speech", "9 entity labels", "CC0"):
        assert part in line


@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.treebank(seed=-1), r"seed is -1; expected an integer from 0 on"),
    (lambda: data.treebank(min_freq=0), r"min_freq is 0; expected an integer of at least 1"),
    (lambda: data.treebank().layer("tags"), r"which is 'tags'; expected one of 'pos', 'entities'"),
    (lambda: data.treebank().batch([data.TaggedSentence(("a",), ("ART",), ("O",))]), r"examples have the tag 'ART'"),
    (lambda: data.Tagged.of({"test": SENTENCES[:3]}, name="x", about="", licence=""),
     r"splits has 3 test; expected 'train' with at least one sentence"),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_loading_takes_less_than_100_megabytes():
    tagged_english.tagged_english.cache_clear()
    tagged_english._groups.cache_clear()
    tracemalloc.start()
    data.treebank()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
