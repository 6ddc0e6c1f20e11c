"""Numbers in words and in digits, in several languages."""

from __future__ import annotations

import re
from collections.abc import Callable

from rnnbook.data.dataset import distinct
from rnnbook.data.draw import Draw, sizes
from rnnbook.data.pairs import Pair, Pairs, pair_vocabs

# Whether a language puts spaces or hyphens between the words of a number ("words"), or writes them as one ("letters").
LANGUAGES = {"en": "words", "fr": "words", "es": "words", "pt": "words", "pl": "words", "ru": "words", "id": "words",
             "de": "letters", "it": "letters", "fi": "letters", "ja": "letters"}
DIRECTIONS = ("words to digits", "digits to words")
DECADES = 6

LICENCE = "CC0 1.0 (numbers drawn by rnnbook, spelled by num2words)"
LIMITS = ("Whole numbers from 0 to 999 999 in their plain form: no ordinals, prices or years, one spelling for each. "
          "Hyphens and commas are left out where the symbols are words.")


def numbers(seed: int = 0, train: int = 8000, test: int = 600, language: str = "en",
            direction: str = "words to digits") -> Pairs:
    """Numbers below a million, in words and in digits, in 11 languages.

    "twenty-one thousand, three hundred and four" becomes "21304", or the other way round with
    `direction="digits to words"`. The symbols of English, French, Spanish, Portuguese, Polish, Russian and Indonesian
    are words; German, Italian, Finnish and Japanese write most numbers as one word, so their symbols are letters. The
    symbols of the other side are digits. `value` is the number in digits, `group` the language.

    Numbers are drawn log-uniformly from 0 to 999 999, so that short ones are not rare, and each occurs once: no number
    of the test split is in the training split.

    Source: the installed package num2words (its version is in `source`; another version may spell otherwise), with
    three corrections: German "einstausend" is written "eintausend", Spanish "uno mil" "un mil", and Italian numbers
    above 3 that end in "tre" end in "tré". An ImportError says how to install it.
    """
    sizes(train, test)
    if train + test > 10**DECADES:
        raise ValueError(f"numbers asks for {train + test} different numbers; there are {10**DECADES}")
    if not isinstance(language, str) or language not in LANGUAGES:
        raise ValueError(f"language is {language!r}; expected one of {', '.join(LANGUAGES)}")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction is {direction!r}; expected one of {', '.join(map(repr, DIRECTIONS))}")
    spell, version = _speller(language)
    draw = Draw(seed)
    # The numbers found first are mostly small: shuffled, so that both splits hold numbers of every length.
    values = draw.shuffled(distinct(lambda: _number(draw), train + test, "numbers"))

    def pair(value: int) -> Pair:
        text = spell(value)
        words = tuple(text) if LANGUAGES[language] == "letters" else tuple(re.findall(r"[^\W\d_]+", text))
        source, target = (words, tuple(str(value)))[:: 1 if direction == DIRECTIONS[0] else -1]
        return Pair(source, target, str(value), language)

    pairs = tuple(map(pair, values))
    return Pairs(name="numbers", about=f"numbers in {language}, {direction};", licence=LICENCE,
                 splits={"train": pairs[:train], "test": pairs[train:]}, source=f"num2words {version}", limits=LIMITS,
                 **pair_vocabs(pairs[:train]))


def _number(draw: Draw) -> int | None:
    """A number below 10 ** DECADES with probability proportional to 1 / n (0 as 1), or None: to be drawn again.

    Within a decade a uniform n is kept with probability low / n. Only exact arithmetic, so equal on every machine.
    """
    decade = draw.below(DECADES)
    low = 10**decade if decade else 0
    n = low + draw.below(10 ** (decade + 1) - low)
    return n if draw.chance(max(low, 1) / max(n, 1)) else None


def _speller(language: str) -> tuple[Callable[[int], str], str]:
    """A function that spells a number in lower-case letters, and the version of num2words."""
    try:
        from importlib.metadata import version

        from num2words import num2words
    except ImportError as error:
        raise ImportError('data.numbers needs the package num2words: pip install "rnnbook[data]"') from error

    def spell(value: int) -> str:
        text = num2words(value, lang=language).lower()
        if language == "es":
            text = text.replace("veintiuno mil", "veintiún mil").replace("uno mil", "un mil")
        if language == "de":
            text = text.replace("einstausend", "eintausend")
        if language == "it" and text.endswith("tre") and value > 3:
            text = text[:-1] + "é"
        return text

    return spell, version("num2words")
