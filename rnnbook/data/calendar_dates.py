"""Dates as people write them, in many languages, with the ISO 8601 form of each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from rnnbook.data.dataset import distinct
from rnnbook.data.draw import Draw, sizes
from rnnbook.data.pairs import Pair, Pairs, pair_vocabs

DEFAULT = ("en", "fr", "de", "es", "it")
LANGUAGES = (*DEFAULT, "pt", "nl", "sv", "da", "nb", "fi", "is", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "bg", "ru",
             "uk", "sr", "el", "tr", "et", "lv", "lt", "ga", "cy", "eu", "ca", "gl", "sq", "mk", "be", "hy", "ka", "az",
             "kk", "id", "ms", "vi", "sw", "zh", "ja", "ko", "ar", "he", "hi")
# Babel writes these in the Gregorian calendar and with the digits 0-9, which is not how they are usually written.
EXCLUDED = {"am": "the Ethiopian calendar", "fa": "the Solar Hijri calendar", "th": "the Buddhist era",
            "bn": "Bengali digits", "mr": "Devanagari digits", "ne": "Devanagari digits", "my": "Burmese digits"}
PATTERNS = ("full", "long", "medium", "short")
FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)

LICENCE = "Unicode License v3 (patterns and names from CLDR, through Babel)"
LIMITS = ("Every date is right and complete: no misspelt month, no missing year. Texts in which day and month could be "
          "exchanged are left out, so a model need not know a language's order of numbers.")


def dates(seed: int = 0, train: int = 6000, test: int = 600, languages: str | Sequence[str] | None = None,
          patterns: Sequence[str] = PATTERNS) -> Pairs:
    """Dates in 5 to 50 languages, letter by letter, to be written as ISO 8601.

    "samedi 5 avril 2003" becomes "2003-04-05". The dates lie between 1950-01-01 and 2049-12-31; all text is lower-case,
    every space is " ", and invisible direction marks are left out. `group` is the language, `value` the ISO date.

    `languages`: codes such as ["en", "ja"]; None for English, French, German, Spanish and Italian; "all" for all 50
    (`LANGUAGES` of this module). Languages usually written in another calendar or with other digits (`EXCLUDED`) are
    not among them. `patterns`: which of CLDR's four, "full", "long", "medium" and "short".

    Numbers alone can be ambiguous: "4/5/03". Such a text is used only where day-month-year, month-day-year and
    year-month-day leave one date between 1950 and 2049: "4/25/03" is used, "4/5/03" and "25/4/03" are not.

    No date of the test split occurs in the training split, in any language; no text occurs twice.

    Source: Unicode CLDR, through the installed package Babel (its version is in `source`; another version may give
    other texts). An ImportError says how to install it.
    """
    sizes(train, test)
    codes, patterns = _languages(languages), _patterns(patterns)
    draw = Draw(seed)
    write, version = _writer(codes)
    days = draw.shuffled(range((LAST - FIRST).days + 1))
    held = max(1, min(len(days) - 1, len(days) * test // (train + test)))

    what = f"dates in {', '.join(codes)}"
    learned, tested = days[held:], days[:held]
    most = len(codes) * len(patterns)       # texts for one date
    if train > len(learned) * most or test > len(tested) * most:
        raise ValueError(f"{what} asks for {train} + {test} different examples; there are {len(days) * most} at most")

    def make(part: list[int]) -> Pair | None:
        day, language = FIRST + timedelta(days=draw.one(part)), draw.one(codes)
        text = write(day, draw.one(patterns), language)
        return Pair(tuple(text), tuple(day.isoformat()), day.isoformat(), language) if readings(text) <= {day} else None

    splits = {"train": tuple(distinct(lambda: make(learned), train, what, key=lambda e: e.source)),
              "test": tuple(distinct(lambda: make(tested), test, what, key=lambda e: e.source))}
    names = f"{len(codes)} languages" if len(codes) > 8 else " ".join(codes)
    return Pairs(name="dates", about=f"dates in {names}, to ISO 8601;", splits=splits, licence=LICENCE,
                 source=f"babel {version}", limits=LIMITS, **pair_vocabs(splits["train"]))


def readings(text: str) -> set[date]:
    """The dates from 1950 to 2049 that numbers alone could mean, in any common order; none where words say the month.

    >>> sorted(d.isoformat() for d in readings("4/5/2003"))
    ['2003-04-05', '2003-05-04']
    """
    numbers = list(re.finditer(r"[0-9]+", text))
    if len(numbers) != 3 or any(c.isalpha() for c in text[numbers[0].end():numbers[2].start()]):
        return set()
    a, b, c = (int(n[0]) for n in numbers)
    if len(numbers[0][0]) == 4:
        orders = [(a, b, c)]
    elif len(numbers[2][0]) == 4:
        orders = [(c, b, a), (c, a, b)]
    else:
        orders = [(year + (1900 if year >= 50 else 2000), m, d) for year, m, d in ((c, b, a), (c, a, b), (a, b, c))]
    found = set()
    for year, month, day in orders:
        try:
            found.add(date(year, month, day))
        except ValueError:
            continue
    return found


def _writer(codes: tuple[str, ...]) -> tuple[Callable[[date, str, str], str], str]:
    """A function of (day, pattern, language) that gives the text, and Babel's version."""
    try:
        import babel
        from babel.dates import format_date
    except ImportError as error:
        raise ImportError('data.dates needs the package Babel: pip install "rnnbook[data]"') from error
    locales = {code: babel.Locale.parse(code) for code in codes}

    def write(day: date, pattern: str, language: str) -> str:
        text = format_date(day, pattern, locales[language]).lower()
        return "".join(" " if c.isspace() else c for c in text if unicodedata.category(c) != "Cf")

    return write, babel.__version__


def _languages(languages: str | Sequence[str] | None) -> tuple[str, ...]:
    if languages is None:
        return DEFAULT
    if languages == "all":
        return LANGUAGES
    if isinstance(languages, str):
        languages = (languages,)
    codes = tuple(languages) if isinstance(languages, Sequence) else ()
    for code in codes:
        if code in EXCLUDED:
            raise ValueError(f"languages holds {code!r}, which usually has {EXCLUDED[code]}; expected another one, "
                             "for Babel writes Gregorian dates in the digits 0-9")
        if code not in LANGUAGES:
            raise ValueError(f"languages holds {code!r}; expected 'all' or codes among {' '.join(LANGUAGES)}")
    if not codes or len(set(codes)) != len(codes):
        raise ValueError(f"languages is {languages!r}; expected at least one code, each once")
    return codes


def _patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    given = () if isinstance(patterns, str) or not isinstance(patterns, Sequence) else tuple(patterns)
    if not given or any(given.count(pattern) > 1 or pattern not in PATTERNS for pattern in given):
        raise ValueError(f"patterns is {patterns!r}; expected a list of some of {', '.join(PATTERNS)}, each once")
    return given
