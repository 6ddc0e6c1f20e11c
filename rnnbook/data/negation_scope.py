"""Negation and how far it reaches: "not only good", "neither dull nor slow", "the guide who did not smoke was kind"."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from rnnbook.data.dataset import distinct
from rnnbook.data.draw import MANY, Draw, sizes
from rnnbook.data.holdout import by_combination
from rnnbook.data.negation_words import (
    ACTS,
    CLOSINGS,
    DEGREES,
    NEUTRAL,
    NO,
    OF_PEOPLE,
    OF_THINGS,
    OPENINGS,
    OWNERS,
    PEOPLE,
    PLACES,
    TEMPLATES,
    THINGS,
    WE,
)
from rnnbook.data.sentences import Example, Sentences
from rnnbook.text import Vocab

LABELS = ("neutral", "positive", "negative")
OPPOSITE = {"positive": "negative", "negative": "positive"}
SPLITS = ("random", "template")
ROWS = {**TEMPLATES, "neutral": NEUTRAL}
FREE = {"degree": DEGREES, "no": NO, "we": WE, "act": ACTS, "place": PLACES}

LIMITS = ("“not bad” counts as positive, degrees change nothing, and no sentence is ironic. Nouns and adjectives meet "
          "by chance (“the ferry was gripping”). The rules are those of the docstring: people do not always read so.")


def negation(seed: int = 0, train: int = 4000, test: int = 1000, split: str = "random") -> Sentences:
    """Sentences in which "not" and its like turn one word, several words, a clause, or nothing of interest.

    Positive, negative or neutral, by these rules. "not", "never", "hardly", "no longer" and "by no means" turn the
    adjective after them, and all adjectives joined to it by "and", "or" or "nor"; "but", a comma and the end of the
    clause stop them. "not only … but also" turns nothing. "i do not think that", "nobody thought that", "it is not true
    that", "hardly anyone found" turn the clause after them; two negations cancel. A negation in a clause of its own
    ("who did not smoke", "which was not in london") leaves the main clause as it is. Where two clauses disagree, the
    last one decides ("although the food was not good , the waiter was kind" is positive). A quarter of the sentences
    hold no opinion and are neutral, most of them with a negation.

    Every prefix has a tag: neutral until the adjective that decides, then the reading so far.

    `split="random"`: no combination of a template and its adjectives is in both splits. `split="template"`: one
    template of each kind, drawn by the seed, is held out, and the test sentences are made from these alone; a word that
    stands in no other template is then unknown.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(map(repr, SPLITS))}")
    draw = Draw(seed)
    if split == "random":
        learned, tested = by_combination(draw, lambda _: _sentence(draw, ROWS), train, test, "negation", key=_bare)
    else:
        held = {row: (draw.one(templates),) for row, templates in ROWS.items()}
        kept = {row: tuple(t for t in templates if t not in held[row]) for row, templates in ROWS.items()}
        learned = distinct(lambda: _sentence(draw, kept)[0], train, "negation", _bare)
        tested = distinct(lambda: _sentence(draw, held)[0], test, "negation", _bare)
    about = f"opinions with negations of every reach, tagged at every word, {split} split;"
    return Sentences(name="negation", about=about, splits={"train": tuple(learned), "test": tuple(tested)},
                     vocab=Vocab.build([e.words for e in learned]), labels=LABELS, limits=LIMITS)


def _bare(example: Example) -> tuple[str, ...]:
    """The words without a final full stop."""
    return example.words[:-1] if example.words[-1] == "." else example.words


def _other(draw: Draw, options: Sequence[str], words: Sequence[str]) -> str:
    """One of `options` that the sentence does not hold yet: nothing is "neither modest nor modest"."""
    return draw.one([option for option in options if option not in words])


def _sentence(draw: Draw, rows: Mapping[str, Sequence[str]]) -> tuple[Example, Hashable]:
    """A sentence, and the combination it is made of: the template and its adjectives (or act and place)."""
    row = "neutral" if draw.chance(0.25) else draw.one(tuple(TEMPLATES))
    template = draw.one(rows[row])
    moods = {"good": draw.one(("positive", "negative"))}
    moods["bad"] = OPPOSITE[moods["good"]]
    adjectives = OF_THINGS
    words: list[str] = []
    tags: list[str] = []
    reading, made_of = "neutral", [template]
    for part in [*draw.one(OPENINGS).split(), *template.split(), *draw.one(CLOSINGS).split()]:
        slot, _, follows = part.partition("/")
        name = slot[1:-1] if slot.startswith("{") else ""
        if name in ("thing", "person"):
            adjectives = OF_THINGS if name == "thing" else OF_PEOPLE
            text = f"{draw.one(OWNERS)} {_other(draw, THINGS if name == 'thing' else PEOPLE, words)}"
        elif name in moods:
            text = _other(draw, adjectives[moods[name]], words)
        else:
            text = draw.one(FREE[name]) if name else slot
        if name in moods or (row == "neutral" and name in ("act", "place")):
            made_of.append(text)
        reading = moods[follows] if follows else reading
        words += text.split()
        tags += [reading] * (len(words) - len(tags))
    return Example(tuple(words), reading, tuple(tags)), tuple(made_of)
