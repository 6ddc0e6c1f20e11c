"""English sentences with parts of speech and names, written for this book: a small treebank without trees."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from rnnbook.data.draw import Draw, count, either
from rnnbook.data.tagged import Tagged, TaggedSentence

FILES = ("nouns-and-verbs", "small-words", "more-small-words", "names", "news", "talk", "science", "sport-and-travel",
         "history-and-stories", "work-letters-and-kitchen", "long-sentences", "decided-on-the-right")
TYPES = ("PER", "LOC", "ORG", "MISC")
SHARED = 4      # sentences with so many words in a row in common are near-duplicates and stay in one split
LIMITS = ("Words whose tag hangs on the context are far more frequent here than in other text. Written and tagged by "
          "one hand, checked but not measured against a second annotator; small, with many words that occur once, too "
          "small to learn names from.")
LICENCE = "CC0 1.0 (written for the book)"


def treebank(seed: int = 0, lower: bool = False, min_freq: int = 2) -> Tagged:
    """English sentences with a part of speech and an entity tag for every word.

    About 70 % of the sentences are for training, 15 % for validation and 15 % for the test; `seed` decides which.
    Sentences that share four words in a row are in the same split. Half of the sentences hold words such as "bank",
    "can", "her", "that", "like" and "left", whose tag the words to the left or to the right decide.

    Parts of speech are the 17 universal ones, after the conventions of Universal Dependencies for English: every form
    of be is AUX except in "there is" (VERB); "to" is PART before a verb, else ADP; "not" and the possessive 's are
    PART; possessive determiners are PRON; when, where, why and how are ADV; days and months are PROPN; contracted forms
    are words of their own ("do n't", "I 'm"). "down" and "back" are ADV where they say where something moves or is.
    Entities are PER, LOC, ORG and MISC in BIO tags. A title ("Mrs.", "Queen") is outside the name. LOC holds places,
    buildings, planets and waters, ORG also museums, teams, bands and newspapers, MISC nationalities, languages,
    peoples, works, products, prizes and events.

    Parameters
    ----------
    lower
        Give the words in lower case; what is a name is then harder to see.
    min_freq
        The vocabulary holds the words that occur at least so often in the training split. With 2, the words that occur
        once become <unk>, so that its embedding is trained.

    Source: written for this book.
    """
    count("min_freq", min_freq)
    either("lower", lower)
    draw = Draw(seed)
    groups = draw.shuffled(_groups())
    total = sum(map(len, groups))
    splits: dict[str, list[TaggedSentence]] = {"train": [], "validation": [], "test": []}
    for group in groups:
        for split, share in (("test", 0.15), ("validation", 0.15), ("train", 1.0)):
            if len(splits[split]) + len(group) <= share * total:
                splits[split] += group
                break
    if lower:
        splits = {split: [e._replace(words=tuple(w.lower() for w in e.words)) for e in examples]
                  for split, examples in splits.items()}
    about = "English sentences with parts of speech and entities;"
    return Tagged.of({split: draw.shuffled(examples) for split, examples in splits.items()}, name="treebank",
                     about=about, licence=LICENCE, limits=LIMITS, min_freq=min_freq, types=TYPES)


@lru_cache(maxsize=1)
def tagged_english() -> tuple[TaggedSentence, ...]:
    """All sentences of the treebank, in the order in which they are written."""
    folder = files("rnnbook.data") / "english"
    texts = [(folder / f"{name}.txt").read_text(encoding="utf-8") for name in FILES]
    return tuple(parse(line) for text in texts for line in text.splitlines())


def parse(line: str) -> TaggedSentence:
    """A sentence from "He/PRON met/VERB Mei/PROPN/B-PER ./PUNCT": the third part is left out where it is O."""
    words, pos, entities = [], [], []
    for token in line.split(" "):
        parts = token.split("/")
        if len(parts) not in (2, 3) or not all(parts):
            raise ValueError(f"line holds {token!r}; expected word/POS or word/POS/entity")
        words.append(parts[0])
        pos.append(parts[1])
        entities.append(parts[2] if len(parts) == 3 else "O")
    return TaggedSentence(tuple(words), tuple(pos), tuple(entities))


@lru_cache(maxsize=1)
def _groups() -> tuple[tuple[TaggedSentence, ...], ...]:
    """The sentences, near-duplicates together: whoever shares four words in a row with one of a group belongs to it."""
    sentences = tagged_english()
    leader = list(range(len(sentences)))

    def find(i: int) -> int:
        while leader[i] != i:
            i = leader[i]
        return i

    first: dict[tuple[str, ...], int] = {}
    for i, sentence in enumerate(sentences):
        words = [w.lower() for w, pos in zip(sentence.words, sentence.pos, strict=True) if pos != "PUNCT"]
        for start in range(len(words) - SHARED + 1):
            j = first.setdefault(tuple(words[start : start + SHARED]), i)
            leader[find(i)] = find(j)
    groups: dict[int, list[TaggedSentence]] = {}
    for i, sentence in enumerate(sentences):
        groups.setdefault(find(i), []).append(sentence)
    return tuple(map(tuple, groups.values()))
