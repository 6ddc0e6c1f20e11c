"""Sentences whose meaning hangs on the order of their words alone."""

from __future__ import annotations

from collections.abc import Hashable

from rnnbook.data.draw import MANY, Draw, Knob, count, span
from rnnbook.data.holdout import by_combination
from rnnbook.data.sentences import Example, Sentences
from rnnbook.text import Vocab

LABELS = ("negative", "positive", "neutral")
OPPOSITE = {"negative": "positive", "positive": "negative"}
THINGS = ("food", "film", "hotel", "book", "music", "service", "play", "journey", "concert", "room")
WORDS = {
    "positive": ("good", "great", "lovely", "excellent", "brilliant", "perfect", "superb", "pleasant", "fine",
                 "wonderful"),
    "negative": ("bad", "awful", "poor", "terrible", "dull", "horrible", "dreadful", "boring", "ugly", "nasty"),
}
PREFIXES = ("", "i think", "they say", "in the end", "to be honest ,", "as you know")
# {a} and {b} are one good and one bad word; after it stands the word that the reading then follows, "-" its opposite.
TEMPLATES = ("was not {a}/-a but {b}/b", "was {a}/a and not {b}/-b", "was first {a}/a , then {b}/b")
FILLERS = (
    "the", "a", "my", "our", "this", "that", "on", "in", "at", "by", "with", "from", "about", "after", "before",
    "during", "monday", "sunday", "morning", "evening", "week", "summer", "town", "street", "table", "window", "menu",
    "waiter", "ticket", "seat", "stage", "story", "chapter", "page", "scene", "actor", "song", "band", "view", "garden",
    "again", "also", "here", "there", "then", "later", "today", "we", "they", "i", "came", "went", "saw", "heard",
    "read", "ate", "two", "three", "first", "second",
)
MOST = 50       # words between two opinions

LIMITS = ("Three templates and 20 words of opinion; the two sentences of a pair differ in nothing but the order of two "
          "words, which real opinions rarely do.")


def order(seed: int = 0, train: int = 3000, test: int = 600) -> Sentences:
    """Pairs of sentences with the same words in another order, and opposite meanings.

    "the food was not good but bad" is negative, "the food was not bad but good" positive; likewise "was bad and not
    good" and "was first good , then bad". Examples 0 and 1 are a pair, 2 and 3, and so on, in every split: so `train`
    and `test` are even numbers, and what only counts words is right on exactly half.

    The tag of a prefix is the reading so far: neutral until the first good or bad word. No label is neutral.

    No (good word, bad word) combination of the test split is in the training split; every word is.

    Source: written for this book.
    """
    return _in_pairs("order", seed, train, test, lambda draw, testing: _ordered(draw), LIMITS,
                     "pairs of sentences with the same words;")


def opinions(seed: int = 0, train: int = 3000, test: int = 600, distance: Knob = (0, 6),
             test_distance: Knob | None = None) -> Sentences:
    """Notes with one good and one bad opinion: which came last?

    Between the two stand `distance` words that say nothing, or a number drawn from a range (low, high), both ends in
    it; up to 3 more stand before the first and after the second. `test_distance` is that of the test split, `distance`
    where it is None. The tag of a prefix is neutral until the first opinion, then that of the last one read. Examples 0
    and 1, 2 and 3, and so on are the same note with the two opinions exchanged: `train` and `test` are even numbers,
    and what only counts words is right on exactly half.

    No (good word, bad word) combination of the test split is in the training split.

    Source: written for this book.
    """
    ends = span("distance", distance), span("test_distance", distance if test_distance is None else test_distance)
    for name, (_, high) in zip(("distance", "test_distance"), ends, strict=True):
        if high > MOST:
            raise ValueError(f"{name} goes up to {high}; expected at most {MOST} words")

    def make(draw: Draw, testing: bool) -> tuple[tuple[Example, Example], Hashable]:
        low, high = ends[testing]
        return _noted(draw, low + draw.below(high - low + 1))

    low, high = ends[0]
    between = f"{low} words" if low == high else f"{low} to {high} words"
    return _in_pairs("opinions", seed, train, test, make,
                     "The words are in random order, they are no sentences.", f"two opinions, {between} apart;")


def _in_pairs(name: str, seed: int, train: int, test: int, make, limits: str, about: str) -> Sentences:
    """A set of pairs; `make(draw, testing)` gives two examples and the combination they are made of."""
    for split, size in (("train", train), ("test", test)):
        if count(split, size, 2, MANY) % 2:
            raise ValueError(f"{split} is {size}; expected an even number, for the sentences come in pairs")
    draw = Draw(seed)
    learned, held = by_combination(draw, lambda testing: make(draw, testing), train // 2, test // 2,
                                   f"{name} (in pairs)", key=lambda pair: frozenset(e.words for e in pair))
    splits = {"train": tuple(e for pair in learned for e in pair), "test": tuple(e for pair in held for e in pair)}
    return Sentences(name=name, about=about, splits=splits, vocab=Vocab.build([e.words for e in splits["train"]]),
                     labels=LABELS, limits=limits)


def _two(draw: Draw) -> tuple[list[tuple[str, str]], Hashable]:
    """A good and a bad word in random order, each with its mood, and the combination."""
    good, bad = draw.one(WORDS["positive"]), draw.one(WORDS["negative"])
    return draw.shuffled([(good, "positive"), (bad, "negative")]), (good, bad)


def _ordered(draw: Draw) -> tuple[tuple[Example, Example], Hashable]:
    (a, b), combination = _two(draw)
    prefix, thing, template = draw.one(PREFIXES), draw.one(THINGS), draw.one(TEMPLATES)
    sentence = f"{prefix} the {thing} {template}".split()
    return (_fill(sentence, {"a": a, "b": b}), _fill(sentence, {"a": b, "b": a})), combination


def _fill(sentence: list[str], words: dict[str, tuple[str, str]]) -> Example:
    filled, tags, reading = [], [], "neutral"
    for part in sentence:
        slot, _, follows = part.partition("/")
        if follows:
            mood = words[follows[-1]][1]
            reading = OPPOSITE[mood] if follows[0] == "-" else mood
        filled.append(words[slot[1]][0] if follows else part)
        tags.append(reading)
    return Example(tuple(filled), reading, tuple(tags))


def _noted(draw: Draw, distance: int) -> tuple[tuple[Example, Example], Hashable]:
    (a, b), combination = _two(draw)
    before, between, after = ([draw.one(FILLERS) for _ in range(n)] for n in (draw.below(4), distance, draw.below(4)))

    def note(first: tuple[str, str], last: tuple[str, str]) -> Example:
        words = (*before, first[0], *between, last[0], *after)
        tags = ("neutral",) * len(before) + (first[1],) * (distance + 1) + (last[1],) * (len(after) + 1)
        return Example(words, last[1], tags)

    return (note(a, b), note(b, a)), combination
