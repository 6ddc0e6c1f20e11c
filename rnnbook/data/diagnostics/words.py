"""Small tasks that isolate one thing a recurrent network must do."""

from __future__ import annotations

from rnnbook.data.draw import MANY, Draw, count, room, sizes
from rnnbook.data.sentences import Example, Sentences, distinct_sentences
from rnnbook.text import Vocab

FLAGS = ("refund", "broken")
FILLERS = (
    "the", "a", "my", "your", "this", "that", "order", "parcel", "shop", "box", "lamp", "chair", "table", "phone",
    "bill", "mail", "note", "card", "road", "bus", "door", "week", "day", "month", "year", "morning", "evening",
    "arrived", "came", "went", "left", "saw", "read", "wrote", "called", "asked", "said", "sent", "bought", "paid",
    "found", "kept", "opened", "closed", "with", "from", "to", "for", "at", "in", "on", "by", "near", "after",
    "before", "and", "then", "also", "again", "still", "now", "soon", "later", "here", "there", "two", "three",
    "blue", "green", "small", "large", "new", "old", "long", "short",
)
LIMITS = "The words are in random order, they are no sentences."
COLOURS = {"warm": "red", "cold": "blue", "neither": "grey"}


def flags(seed: int = 0, train: int = 2000, test: int = 500) -> Sentences:
    """Documents in which the word "refund" or "broken" occurs, or does not.

    6 to 15 words; half of the documents hold one flag word, at a random place. The tag of a prefix is "flagged" from
    that word on. One bit must be kept to the end of the document, and forgotten at the start of the next.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    draw = Draw(seed)
    both = distinct_sentences(lambda: _document(draw), train + test, "flags")
    vocab = Vocab.build([e.words for e in both[:train]])
    return Sentences(name="flags", about="documents with or without a flag word, tagged at every word;",
                     splits={"train": tuple(both[:train]), "test": tuple(both[train:])}, vocab=vocab,
                     labels=("clear", "flagged"), limits=LIMITS)


def _document(draw: Draw) -> Example:
    words = [draw.one(FILLERS) for _ in range(6 + draw.below(10))]
    place = len(words)
    if draw.chance(0.5):
        place = draw.below(len(words))
        words[place] = draw.one(FLAGS)
    tags = tuple("flagged" if t >= place else "clear" for t in range(len(words)))
    return Example(tuple(words), tags[-1], tags)


def positions(seed: int = 0, train: int = 1000, test: int = 500, T: int = 10) -> Sentences:
    """T words, one of them a colour that decides: in the first half in training, in the second half in the test.

    The split `seen` holds other documents with the colour in the first half. The tag of a prefix is "none" until the
    colour, then its class. A network that has learned "red" at one position can use it at another only if the positions
    share their weights.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    count("T", T, 2)
    room("T", train + test, T)
    draw = Draw(seed)
    early = distinct_sentences(lambda: _coloured(draw, T, draw.below(T // 2)), train + test, "positions")
    late = distinct_sentences(lambda: _coloured(draw, T, T // 2 + draw.below(T - T // 2)), test, "positions")
    vocab = Vocab.build([e.words for e in early[:train]])
    splits = {"train": tuple(early[:train]), "test": tuple(late), "seen": tuple(early[train:])}
    about = f"{T} words, of which one colour decides, early in training and late in the test;"
    return Sentences(name="positions", about=about, splits=splits, vocab=vocab,
                     labels=("none", *COLOURS), limits=LIMITS)


def _coloured(draw: Draw, T: int, place: int) -> Example:
    fillers = [word for word in FILLERS if word not in COLOURS.values()]
    label = draw.one(tuple(COLOURS))
    words = tuple(COLOURS[label] if t == place else draw.one(fillers) for t in range(T))
    return Example(words, label, tuple(label if t >= place else "none" for t in range(T)))
