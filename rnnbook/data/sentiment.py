"""Sentiment with negation: the word that decides, and the small words before it that turn it round."""

from __future__ import annotations

from rnnbook.data.draw import MANY, Draw, sizes
from rnnbook.data.sentences import Example, Sentences, distinct_sentences
from rnnbook.text import Vocab

LABELS = ("neutral", "positive", "negative")
OPPOSITE = {"neutral": "neutral", "positive": "negative", "negative": "positive"}

# What people are.
PEOPLE = ("i am", "we are", "you are", "they are", "she is", "he is", "my sister is", "my friend is", "the teacher is",
          "my parents are", "the children are", "our neighbours are")
MOODS = {
    "positive": ("happy", "glad", "cheerful", "calm", "proud", "hopeful", "pleased", "delighted", "excited", "grateful",
                 "friendly", "kind", "brave", "relaxed", "lucky", "satisfied", "confident", "gentle"),
    "negative": ("sad", "angry", "bored", "worried", "unhappy", "afraid", "lonely", "upset", "miserable", "nervous",
                 "jealous", "rude", "cruel", "bitter", "ashamed", "anxious", "grumpy", "unkind"),
    "neutral": ("outside", "here", "upstairs", "at home", "at work", "at school", "in the garden", "in the kitchen",
                "on the train", "on the phone", "next door", "in town"),
}

# What things were.
THINGS = ("movie", "film", "book", "food", "music", "weather", "hotel", "concert", "game", "lesson", "story", "song",
          "play", "coffee", "party", "journey")
QUALITIES = {
    "positive": ("good", "great", "wonderful", "lovely", "excellent", "brilliant", "beautiful", "perfect",
                 "interesting", "fantastic", "enjoyable", "superb"),
    "negative": ("bad", "terrible", "awful", "boring", "dull", "poor", "horrible", "dreadful", "ugly", "disappointing",
                 "unpleasant", "silly"),
    "neutral": ("long", "short", "new", "old", "french", "quick", "for children", "on tuesday", "in the evening",
                "from spain"),
}

# What people do with things.
DOERS = ("i", "we", "you", "they", "my parents", "the children", "our neighbours")
VERBS = {
    "positive": ("love", "like", "enjoy", "adore", "admire", "recommend"),
    "negative": ("hate", "dislike", "despise", "detest", "regret", "fear"),
    "neutral": ("know", "remember", "discuss", "describe", "choose", "need"),
}

NEGATIONS = ("not", "never", "hardly")
ADVERBS = ("very", "really", "so", "quite", "particularly", "truly")
OPENINGS = ("today", "well ,", "yes ,", "no ,", "to be honest ,", "i think", "they say", "in the end", "of course")
TAILS = ("today", "now", "again", "this morning", "this time", "in this house", "as you know", "at the moment")

LIMITS = ("“not bad” counts as positive, “hardly” as “not”, degrees (“quite”, “very”) change nothing, and "
          "no sentence is ironic.")

# The sentences that the book walks through.
WALKED = ("i am happy", "i am not happy", "i am not sad", "i love this movie", "i do not love this movie")


def moods(seed: int = 0, train: int = 4000, test: int = 1000) -> Sentences:
    """Sentences on moods, things and tastes; positive, negative or neutral, with and without negation.

    Every prefix has a tag: neutral until the word that decides, then the sentence's reading so far. "not" alone decides
    nothing; it turns the word that follows: "i am not" is neutral, "i am not happy" negative, "i am not sad" positive.
    After "but" a second clause may decide anew. A third of the sentences decide nothing ("we are not outside").

    The two splits share no sentence; every word of the test split occurs in the training split. The sentences the book
    walks through ("i am not happy", "i love this movie") are in neither.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    draw = Draw(seed)
    examples = distinct_sentences(lambda: _sentence(draw), train + test, "moods")
    vocab = Vocab.build([e.words for e in examples[:train]])
    return Sentences(name="moods", about="sentences with a mood, tagged at every word;",
                     splits={"train": tuple(examples[:train]), "test": tuple(examples[train:])}, vocab=vocab,
                     labels=LABELS, limits=LIMITS)


def mood_pairs() -> tuple[tuple[str, str], ...]:
    """Pairs of sentences with the same words and opposite moods, (positive, negative): "not bad but good" and so on."""
    pairs = []
    for thing, good, bad in zip(THINGS, QUALITIES["positive"], QUALITIES["negative"], strict=False):
        pairs.append((f"the {thing} was not {bad} but {good}", f"the {thing} was not {good} but {bad}"))
        pairs.append((f"the {thing} was {good} but not {bad}", f"the {thing} was {bad} but not {good}"))
    return tuple(pairs)


def _sentence(draw: Draw) -> Example | None:
    """One sentence, or None where it is one that the book walks through."""
    pieces: list[tuple[str, str | None]] = []        # (words, the reading from here on; None keeps the one there is)
    if draw.chance(0.3):
        pieces.append((draw.one(OPENINGS), None))
    mood = "neutral" if draw.chance(0.35) else draw.one(("positive", "negative"))
    kind = draw.one(("people", "things", "verbs"))
    pieces += _clause(draw, kind, mood)
    if mood != "neutral" and kind != "verbs" and draw.chance(0.35):
        pieces += _contrast(draw, MOODS if kind == "people" else QUALITIES)
    elif draw.chance(0.15):
        mood = draw.one(LABELS)
        pieces += [("but", None), *_clause(draw, draw.one(("people", "things", "verbs")), mood)]
    elif kind == "people" and draw.chance(0.3):
        pieces.append((draw.one(TAILS), None))
    if draw.chance(0.25):
        pieces.append((".", None))
    example = _example(pieces)
    return None if example.text.removesuffix(" .") in WALKED else example


def _clause(draw: Draw, kind: str, mood: str) -> list[tuple[str, str | None]]:
    """A clause of the given kind that decides for `mood`; a neutral one decides nothing."""
    negated = draw.chance(0.5)
    word_mood = OPPOSITE[mood] if negated else mood
    reading = None if mood == "neutral" else mood
    if kind == "verbs":
        verb = draw.one(VERBS[word_mood])
        no = draw.one(("do not", "never", "hardly")) if negated else "really" if draw.chance(0.2) else ""
        object_ = f"{draw.one(('this', 'the', 'that'))} {draw.one(THINGS)}"
        return [(draw.one(DOERS), None), (no, None), (verb, reading), (object_, None)]
    if kind == "people":
        subject, words = draw.one(PEOPLE), MOODS[word_mood]
    else:
        subject = f"{draw.one(('the', 'this', 'our'))} {draw.one(THINGS)} {draw.one(('was', 'is'))}"
        words = QUALITIES[word_mood]
    no = draw.one(NEGATIONS) if negated else ""
    adverb = draw.one(ADVERBS) if word_mood != "neutral" and draw.chance(0.35) else ""
    return [(subject, None), (no, None), (adverb, None), (draw.one(words), reading)]


def _contrast(draw: Draw, words: dict[str, tuple[str, ...]]) -> list[tuple[str, str | None]]:
    """What may follow "not good": "but bad"; and what may follow "good": "but not kind"."""
    mood = draw.one(("positive", "negative"))
    if draw.chance(0.5):
        return [("but", None), (draw.one(words[mood]), mood)]
    return [("but not", None), (draw.one(words[OPPOSITE[mood]]), mood)]


def _example(pieces: list[tuple[str, str | None]]) -> Example:
    words: list[str] = []
    tags: list[str] = []
    reading = "neutral"
    for text, new in pieces:
        for word in text.split():
            reading = new or reading
            words.append(word)
            tags.append(reading)
    return Example(tuple(words), reading, tuple(tags))
