"""What does the speaker want: the weather, the time, an alarm?"""

from __future__ import annotations

from collections.abc import Mapping

from rnnbook.data.draw import Draw, count
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
SPLITS = ("random", "template")
LIMITS = "24 templates, three intents; a high score on the random split says little (see `split`)."


def intents(seed: int = 0, train: int = 600, test: int = 300, split: str = "random") -> Sentences:
    """Requests for the weather, the time or an alarm.

    Every prefix has a tag: undecided until the word that decides, and some requests change the mind: "what time" asks
    for the time, "what time will it stop raining" for the weather.

    `split="random"`: the test requests are other fillings of the training templates. `split="template"`: one template
    of each intent, drawn by the seed, is held out, and the test requests are made from these alone.

    Source: written for this book.
    """
    count("train", train)
    count("test", test)
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(map(repr, SPLITS))}")
    draw = Draw(seed)
    if split == "random":
        both = distinct_sentences(lambda: _request(draw, TEMPLATES), train + test, "intents")
        splits = {"train": tuple(both[:train]), "test": tuple(both[train:])}
    else:
        held = {label: (_long(draw, templates),) for label, templates in TEMPLATES.items()}
        kept = {label: tuple(t for t in templates if t not in held[label]) for label, templates in TEMPLATES.items()}
        splits = {"train": tuple(distinct_sentences(lambda: _request(draw, kept), train, "intents")),
                  "test": tuple(distinct_sentences(lambda: _request(draw, held), test, "intents"))}
    vocab = Vocab.build([e.words for e in splits["train"]])
    about = f"requests for weather, time or alarm, tagged at every word, {split} split;"
    return Sentences(name="intents", about=about, splits=splits, vocab=vocab, labels=LABELS, limits=LIMITS)


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
        reading = new or reading
        for word in draw.one(SLOTS[part[1:-1]]).split() if part.startswith("{") else [part]:
            words.append(word)
            tags.append(reading)
    return Example(tuple(words), label, tuple(tags))
