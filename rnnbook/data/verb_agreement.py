"""Agreement of subject and verb over a distance: "the keys that the man near the cabinets lost" asks for "were"."""

from __future__ import annotations

from rnnbook.data.draw import MANY, Draw, Knob, count, either, sizes, span
from rnnbook.data.holdout import by_combination
from rnnbook.data.sentences import Example, Sentences
from rnnbook.text import Vocab

LABELS = ("singular", "plural", "undecided")
FARTHEST = 200

# Singular and plural.
THINGS = (("key", "keys"), ("letter", "letters"), ("box", "boxes"), ("picture", "pictures"), ("bottle", "bottles"),
          ("chair", "chairs"), ("lamp", "lamps"), ("coat", "coats"), ("ring", "rings"), ("knife", "knives"),
          ("shelf", "shelves"), ("cabinet", "cabinets"), ("window", "windows"), ("door", "doors"), ("wall", "walls"),
          ("bicycle", "bicycles"), ("car", "cars"), ("boat", "boats"), ("ticket", "tickets"), ("mirror", "mirrors"),
          ("basket", "baskets"), ("blanket", "blankets"), ("violin", "violins"), ("suitcase", "suitcases"),
          ("leaf", "leaves"), ("watch", "watches"), ("map", "maps"), ("cup", "cups"), ("toy", "toys"),
          ("tree", "trees"))
PEOPLE = (("man", "men"), ("woman", "women"), ("child", "children"), ("teacher", "teachers"), ("student", "students"),
          ("doctor", "doctors"), ("nurse", "nurses"), ("farmer", "farmers"), ("singer", "singers"), ("guest", "guests"),
          ("lawyer", "lawyers"), ("baker", "bakers"), ("pilot", "pilots"), ("neighbour", "neighbours"),
          ("sister", "sisters"), ("brother", "brothers"), ("lady", "ladies"), ("cousin", "cousins"),
          ("waiter", "waiters"), ("visitor", "visitors"))
# Past tense, which has one form for both numbers: no verb between tells the number of the subject.
VERBS = {
    "thing": ("lost", "found", "sold", "bought", "broke", "painted", "hid", "carried", "moved", "dropped", "kept",
              "cleaned", "repaired", "stole", "borrowed", "saw"),
    "person": ("met", "knew", "helped", "called", "followed", "asked", "visited", "invited", "thanked", "admired",
               "heard", "remembered", "saw", "liked"),
}
ADJECTIVES = {
    "thing": ("old", "new", "small", "large", "green", "blue", "heavy", "lovely", "cheap", "broken", "strange"),
    "person": ("old", "young", "tall", "quiet", "famous", "friendly", "polite", "tired", "clever", "strange"),
}
NAMES = ("anna", "peter", "maria", "ahmed", "lucy", "ivan", "mei", "omar", "rosa", "david", "you", "we")
CITIES = ("london", "paris", "cairo", "oslo", "lima", "delhi", "tokyo", "rome")
DAYS = ("monday", "tuesday", "friday", "sunday")
OFTEN = ("again", "once", "twice")
ADVERBS = ("yesterday", "recently", "before", *OFTEN)
WHERE = ("upstairs", "outside", "here", "nearby", "downstairs", "there")
PREPOSITIONS = ("near", "behind", "beside", "opposite", "facing", "by")
OPENINGS = ("", "", "", "today", "she said that", "we know that", "it seems that", "at noon", "i think that", "perhaps")

LIMITS = ("Long sentences are grammatical but longer than what people say. All verbs between are in the past tense, so "
          "the subject's number stands in one word alone; in natural text other words often repeat it.")


def agreement(seed: int = 0, train: int = 4000, test: int = 1000, distance: Knob = (0, 20),
              test_distance: Knob | None = None, attractors: bool = True, nouns: int | None = None) -> Sentences:
    """Subjects up to the place of their verb: is a singular or a plural verb to follow?

    "the keys that the man near the cabinets lost" asks for "were". Between the subject's noun and the verb stand
    exactly `distance` words, or a number of words drawn from a range (low, high), both ends in it: prepositions and
    relative clauses, one inside another. `test_distance` is that of the test split, `distance` where it is None. The
    tag of a prefix is "undecided" until that noun, then its number.

    `attractors=True`: the nouns between are singular or plural, each by chance whatever the subject is.
    `attractors=False`: no noun stands between but names of people, places and days, whatever the subject is.

    `nouns`: how many nouns for things there are, and how many for people: 1 to 20 of each, None for all 30 and 20. With
    few of them a small network learns in fewer steps.

    No pair of a subject's noun (in either number) and the words between is in both splits. At distance 0, where there
    are none, the words before count instead.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    ends = span("distance", distance), span("test_distance", distance if test_distance is None else test_distance)
    for name, (_, high) in zip(("distance", "test_distance"), ends, strict=True):
        if high > FARTHEST:
            raise ValueError(f"{name} goes up to {high}; expected at most {FARTHEST} words")
    either("attractors", attractors)
    if nouns is not None and count("nouns", nouns) > len(PEOPLE):
        raise ValueError(f"nouns is {nouns}; expected at most {len(PEOPLE)}")
    draw = Draw(seed)
    phrases = _Phrases(draw, attractors, nouns)

    def make(testing: bool) -> tuple[Example, tuple]:
        low, high = ends[testing]
        return _subject(draw, phrases, low + draw.below(high - low + 1))

    learned, held = by_combination(draw, make, train, test, "agreement", key=lambda e: e.words)
    low, high = ends[0]
    between = f"{low} words" if low == high else f"{low} to {high} words"
    about = f"subjects, and whether their verb, {between} on, is singular or plural;"
    return Sentences(name="agreement", about=about, splits={"train": tuple(learned), "test": tuple(held)},
                     vocab=Vocab.build([e.words for e in learned]), labels=LABELS, limits=LIMITS)


def _subject(draw: Draw, phrases: _Phrases, n: int) -> tuple[Example, tuple]:
    """A subject with `n` words after its noun, and the combination it is made of."""
    kind = draw.one(("thing", "person"))
    forms = draw.one(phrases.nouns[kind])
    number = draw.below(2)
    before = [*draw.one(OPENINGS).split(), "the", *([draw.one(ADJECTIVES[kind])] if draw.chance(0.5) else [])]
    between = phrases.modifier(kind, n)
    words = (*before, forms[number], *between)
    tags = ("undecided",) * len(before) + (LABELS[number],) * (n + 1)
    return Example(words, LABELS[number], tags), (forms[0], *(between or before))


class _Phrases:
    """Phrases of an exact number of words. `kind` is what the noun before them is: a thing or a person."""

    def __init__(self, draw: Draw, attractors: bool, nouns: int | None):
        self.draw, self.attractors = draw, attractors
        self.nouns = {"thing": THINGS[:nouns], "person": PEOPLE[:nouns]}

    def modifier(self, kind: str, n: int) -> list[str]:
        """What can follow a noun: "upstairs", "near the door", "that the man lost", "that met the man"."""
        one = self.draw.one
        if n == 0:
            return []
        if n == 1:
            return [one(WHERE)]
        if n == 2:
            return self.clause(kind, 2) if self.draw.chance(0.5) else ["in", one(CITIES)]
        forms = ["that", "that", "bare"]
        if self.attractors:
            forms += ["preposition", "preposition"] + ["subject"] * (kind == "person" and n >= 4)
        form = one(forms)
        if form == "preposition":
            return [one(PREPOSITIONS), *self.noun(one(("thing", "person")), n - 1)]
        if form == "subject":
            other = one(("thing", "person"))
            return ["that", one(VERBS[other]), *self.noun(other, n - 2)]
        return ["that", *self.clause(kind, n - 1)] if form == "that" else self.clause(kind, n)

    def noun(self, kind: str, n: int) -> list[str]:
        """A noun with its article and what follows: "the small box near the door". n is at least 2."""
        noun = self.draw.one(self.draw.one(self.nouns[kind]))
        if n >= 3 and self.draw.chance(0.4):
            return ["the", self.draw.one(ADJECTIVES[kind]), noun, *self.modifier(kind, n - 3)]
        return ["the", noun, *self.modifier(kind, n - 2)]

    def clause(self, kind: str, n: int) -> list[str]:
        """Somebody and a verb whose object stands before: "the man lost in london and anna found". n is at least 2."""
        # The somebody stays short: a long one would put clauses inside clauses, which people cannot follow.
        most = min(n - 1, 5) if self.attractors else 1
        size = 1 + self.draw.below(most)
        somebody = [self.draw.one(NAMES)] if size == 1 else self.noun("person", size)
        return [*somebody, self.draw.one(VERBS[kind]), *self.rest(kind, n - size - 1)]

    def rest(self, kind: str, n: int) -> list[str]:
        """Times and places, then perhaps a second clause on the same noun."""
        one = self.draw.one
        if n > 5 or (n >= 3 and self.draw.chance(0.4)):
            size = self.draw.below(min(n - 2, 5))
            return [*self.when(size), "and", *self.clause(kind, n - size - 1)]
        return self.when(n) if n < 5 else [*self.when(4), one(OFTEN)]

    def when(self, n: int) -> list[str]:
        """Time and place in 0 to 4 words."""
        one = self.draw.one
        place, day = ["in", one(CITIES)], ["on", one(DAYS)]
        return [[], [one(ADVERBS)], one((place, day)), [*place, one(ADVERBS)], [*place, *day]][n]
