"""Generated sentences that isolate one thing a tagger must do: look to the right, and keep tags in order."""

from __future__ import annotations

import math

from rnnbook.data.dataset import distinct
from rnnbook.data.draw import MANY, Draw, sizes, span
from rnnbook.data.tagged import TaggedWords, WordTags
from rnnbook.text import Vocab

# senses

SUBJECTS = ("he", "she", "they", "we", "i", "you", "the man", "my sister", "our neighbours", "the children")
APPROACHES = ("went to", "walked to", "looked at", "looked for", "asked about", "pointed to", "turned to", "came to")
SENSES = {
    "bank": {"money": ("deposit money", "open an account", "ask for a loan"),
             "river": ("catch fish", "swim in the stream", "feed the ducks")},
    "bat": {"stick": ("hit the ball", "play cricket", "score more runs"),
            "animal": ("study its wings", "hear its squeaks", "photograph the cave")},
    "spring": {"water": ("fill a bottle", "drink from it", "wash the shirts"),
               "coil": ("repair the mattress", "mend the clock", "oil the metal")},
    "palm": {"hand": ("read the lines", "tell fortunes", "clean the wound"),
             "tree": ("pick a coconut", "rest in the shade", "climb the trunk")},
}
BETWEEN = {
    1: ("again", "early", "today", "slowly", "once", "together"),
    2: ("on monday", "last week", "at noon", "this morning", "after lunch", "without us"),
    3: ("in the evening", "with a friend", "before the weekend", "under a hat", "because of you"),
}
NO_SENSE = "-"


def senses(seed: int = 0, train: int = 1000, test: int = 500, distance: int | tuple[int, int] = (0, 5)) -> WordTags:
    """Sentences with a word of two senses, which the last words decide: "he went to the bank … to catch fish".

    One of bank, bat, spring and palm in each sentence; its tag is its sense ("bank:river"), all others are tagged "-".
    Both senses follow the same words on the left. `distance` is the number of words between the ambiguous word and the
    "to" before the evidence: a number, or a range with both ends in it, up to 6.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    low, high = span("distance", distance)
    if high > 6:
        raise ValueError(f"distance is {distance!r}; expected at most 6")
    draw = Draw(seed)
    both = distinct(lambda: _sense(draw, low + draw.below(high - low + 1)), train + test, "senses", lambda e: e.words)
    labels = (NO_SENSE, *(f"{word}:{sense}" for word, options in SENSES.items() for sense in options))
    return WordTags(name="senses", about="sentences with a word of two senses, decided on the right;",
                    splits={"train": tuple(both[:train]), "test": tuple(both[train:])}, labels=labels,
                    vocab=Vocab.build([e.words for e in both[:train]]),
                    limits="Any word may follow any other on the left, so some sentences are odd; the evidence is one "
                           "of five phrases a sense.")


def _sense(draw: Draw, distance: int) -> TaggedWords:
    left = f"{draw.one(SUBJECTS)} {draw.one(APPROACHES)} the".split()
    word = draw.one(tuple(SENSES))
    sense = draw.one(tuple(SENSES[word]))
    right = _between(draw, distance) + ["to", *draw.one(SENSES[word][sense]).split()]
    words = (*left, word, *right)
    return TaggedWords(words, tuple(f"{word}:{sense}" if t == len(left) else NO_SENSE for t in range(len(words))))


def _between(draw: Draw, n: int) -> list[str]:
    """n words that say nothing about the sense."""
    words: list[str] = []
    while len(words) < n:
        piece = draw.one(BETWEEN[1 + draw.below(min(3, n - len(words)))]).split()
        if piece[0] not in words:
            words += piece
    return words


# names

_NAMES = """
Amazon Apple Austin Avon Berlin Bradford Bristol Brooklyn Camden Carolina Carter Chelsea Clifton Cooper Dakota Dallas
Denver Durham Florence Ford Franklin Georgia Hamilton Harper Hilton Houston Hudson Jackson Jefferson Jordan Kent
Kingston Lancaster Lincoln London Lorraine Madison Marshall Mercedes Milan Monroe Morgan Nelson Orlando Palmer Paris
Phoenix Preston Santiago Savannah Shell Siena Stafford Sydney Verona Victoria Virginia Warwick Washington Windsor
"""
_PLAIN = """
the a this that my our and but then now here there again soon never often said saw met called asked found left kept
came went sent wrote told before after near from with about for at by in on road house letter train day week old new
small long good late
"""
NAMES, PLAIN = tuple(_NAMES.split()), tuple(_PLAIN.split())
TYPES = ("PER", "LOC", "ORG")


def names(seed: int = 0, train: int = 800, test: int = 300, signal: float = 2.0) -> WordTags:
    """Names of one to three words among other words, in BIO tags; each name word can be of any of three types.

    About 15 words a sentence, 2 to 4 spans of PER, LOC or ORG with at least one plain word between two of them, each
    word of a span drawn by its type from the same 60 name words: with probabilities softmax(signal × z), z normal and
    drawn once a type. One word alone says something about its type and nothing about its place in the span; all words
    of a span together say more. `signal`, 0 to 10, is how far the three distributions differ: with 0 they are equal.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    if isinstance(signal, bool) or not isinstance(signal, int | float) or not 0 <= signal <= 10:
        raise ValueError(f"signal is {signal!r}; expected a number from 0 to 10")
    draw = Draw(seed)
    choices = {kind: _cumulative([signal * _normal(draw) for _ in NAMES]) for kind in TYPES}
    both = distinct(lambda: _named(draw, choices), train + test, "names", lambda e: e.words)
    labels = ("O", *(f"{place}-{kind}" for kind in TYPES for place in "BI"))
    return WordTags(name="names", about="spans of name words of three types, tagged BIO;",
                    splits={"train": tuple(both[:train]), "test": tuple(both[train:])}, labels=labels,
                    vocab=Vocab.build([e.words for e in both[:train]]),
                    limits="The words are in random order and no sentences, and a name's usual type in the world plays "
                           "no role; the words around a span tell nothing about its type.")


def _named(draw: Draw, choices: dict[str, list[float]]) -> TaggedWords:
    words: list[str] = []
    tags: list[str] = []

    def plain(least: int, most: int) -> None:
        for _ in range(least + draw.below(most - least + 1)):
            words.append(draw.one(PLAIN))
            tags.append("O")

    plain(0, 4)
    for _ in range(2 + draw.below(3)):
        kind = draw.one(TYPES)
        for place in range(1 + draw.below(3)):
            words.append(_by_chance(draw, choices[kind]))
            tags.append(f"{'I' if place else 'B'}-{kind}")
        plain(1, 4)
    return TaggedWords(tuple(words), tuple(tags))


def _normal(draw: Draw) -> float:
    """Nearly a standard normal variable: the sum of 12 uniform ones, less 6."""
    return sum(draw.below(1 << 20) for _ in range(12)) / (1 << 20) - 6.0


def _cumulative(scores: list[float]) -> list[float]:
    """Running sums of softmax(scores), each probability rounded to 6 decimals so that it is the same everywhere."""
    powers = [math.exp(score - max(scores)) for score in scores]
    sums, total = [], 0.0
    for power in powers:
        total += round(power / sum(powers), 6)
        sums.append(total)
    return sums


def _by_chance(draw: Draw, sums: list[float]) -> str:
    x = draw.below(10**6) * sums[-1] / 10**6
    return NAMES[next(i for i, total in enumerate(sums) if x < total)]
