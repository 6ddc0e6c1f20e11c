"""What does the speaker want: the weather, the time, an alarm?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnbook.data.draw import MANY, Draw, sizes
from rnnbook.data.intent_topics import MORE_SLOTS, MORE_TEMPLATES
from rnnbook.data.sentences import Example, Sentences, distinct_sentences
from rnnbook.text import Vocab

LABELS = ("undecided", "weather", "time", "alarm")

# word/label: from this word on the reading is that label. {slot} is filled from SLOTS.
TEMPLATES = {
    "weather": (
        "what is the weather/weather like in {city} {day} ?",
        "how is the weather/weather in {city} {day} ?",
        "will it rain/weather in {city} {day} ?",
        "what time/time will it stop raining/weather in {city} ?",
        "what time/time does it start to rain/weather {day} ?",
        "is it {kind}/weather in {city} {day} ?",
        "do i need an umbrella/weather in {city} {day} ?",
        "tell me the forecast/weather for {city} {day}",
    ),
    "time": (
        "what time/time is it in {city} ?",
        "what time/time is it ?",
        "how late/time is it in {city} ?",
        "what is the time/time in {city} ?",
        "tell me the time/time in {city} {polite}",
        "is it {hour} o'clock/time in {city} ?",
        "do you know what time/time it is in {city} ?",
        "which hour/time is it in {city} {polite} ?",
    ),
    "alarm": (
        "set an alarm/alarm for {hour} {day}",
        "wake/alarm me up at {hour} {day}",
        "what time/time is my alarm/alarm {day} ?",
        "is my alarm/alarm set for {hour} {day} ?",
        "turn off/alarm the alarm for {hour} {day}",
        "i want to get up/alarm at {hour} {day}",
        "do not let me sleep/alarm past {hour} {day}",
        "remind/alarm me to get up at {hour} {day}",
    ),
}
OPENINGS = ("hey ,", "hello ,", "please ,", "excuse me ,", "good morning ,", "quick question ,", "one more thing ,",
            "sorry ,")
SLOTS = {
    "city": ("paris", "london", "lagos", "tokyo", "madrid", "cairo", "lima", "oslo", "delhi", "boston", "seoul", "rome",
             "vienna", "nairobi", "sydney", "quito"),
    "day": ("today", "tomorrow", "tonight", "on monday", "on tuesday", "on friday", "on sunday", "this weekend",
            "next week", "now"),
    "hour": ("five", "six", "seven", "eight", "nine", "ten", "half past six", "quarter to seven", "noon", "midnight"),
    "kind": ("sunny", "windy", "cloudy", "snowing", "raining", "foggy", "humid"),
    "polite": ("please", "now", "right now", "again", "for me"),
}
ALL_SLOTS = {**SLOTS, **MORE_SLOTS}
SPLITS = ("random", "template")
LIMITS = "{} templates, {} intents; a high score on the random split says little (see `split`)."


def intents(seed: int = 0, train: int = 600, test: int = 300, split: str = "random",
            topics: str | Sequence[str] | None = None) -> Sentences:
    """Requests for the weather, the time or an alarm.

    Every prefix has a tag: undecided until the word that decides, and some requests change the mind: "what time" asks
    for the time, "what time will it stop raining" for the weather.

    `split="random"`: the test requests are other fillings of the training templates. `split="template"`: one template
    of each intent, drawn by the seed, is held out, and the test requests are made from these alone.

    `topics`: which intents there are. None for weather, time and alarm; "all" for these and music, calendar, call,
    navigation, light, shopping and timer; or a list of at least two.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(map(repr, SPLITS))}")
    chosen = _chosen(topics)
    draw = Draw(seed)
    if split == "random":
        both = distinct_sentences(lambda: _request(draw, chosen), train + test, "intents")
        splits = {"train": tuple(both[:train]), "test": tuple(both[train:])}
    else:
        held = {label: (_long(draw, templates),) for label, templates in chosen.items()}
        kept = {label: tuple(t for t in templates if t not in held[label]) for label, templates in chosen.items()}
        splits = {"train": tuple(distinct_sentences(lambda: _request(draw, kept), train, "intents")),
                  "test": tuple(distinct_sentences(lambda: _request(draw, held), test, "intents"))}
    vocab = Vocab.build([e.words for e in splits["train"]])
    *first, last = chosen
    about = f"requests for {', '.join(first)} or {last}, tagged at every word, {split} split;"
    limits = LIMITS.format(sum(map(len, chosen.values())), len(chosen))
    return Sentences(name="intents", about=about, splits=splits, vocab=vocab, labels=(LABELS[0], *chosen),
                     limits=limits)


def _chosen(topics: str | Sequence[str] | None) -> Mapping[str, tuple[str, ...]]:
    """The templates of the intents asked for."""
    if topics is None:
        return TEMPLATES
    every: dict[str, tuple[str, ...]] = {**TEMPLATES, **MORE_TEMPLATES}
    if topics == "all":
        return every
    given = () if isinstance(topics, str) or not isinstance(topics, Sequence) else tuple(topics)
    if len(given) < 2 or any(given.count(topic) > 1 or topic not in every for topic in given):
        raise ValueError(f"topics is {topics!r}; expected 'all' or at least two of {', '.join(every)}, each once")
    return {topic: every[topic] for topic in given}


def _long(draw: Draw, templates: tuple[str, ...]) -> str:
    """A template with at least one slot: enough different sentences for a test split."""
    return draw.one([t for t in templates if "{" in t])


def _request(draw: Draw, templates: Mapping[str, tuple[str, ...]]) -> Example | None:
    label = draw.one(tuple(templates))
    opening = draw.one(OPENINGS) if draw.chance(0.5) else ""
    words: list[str] = []
    tags: list[str] = []
    reading = LABELS[0]
    for part in [*opening.split(), *draw.one(templates[label]).split()]:
        part, _, new = part.partition("/")
        reading = new if new in templates else reading
        for word in draw.one(ALL_SLOTS[part[1:-1]]).split() if part.startswith("{") else [part]:
            words.append(word)
            tags.append(reading)
    return Example(tuple(words), label, tuple(tags))
