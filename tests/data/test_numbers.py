"""Numbers in words: exact, and split by value."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from importlib.metadata import version

import pytest

from rnnbook import data
from rnnbook.data.number_words import LANGUAGES, _speller

num2words = pytest.importorskip("num2words")

HASHES = {      # of num2words 0.5.14
    "words to digits": "d5223bf5dbdb9255c6e175351dbf7973f1b854c72a871c7e93d59cd123a3f0d6",
    "digits to words": "b250f896f57f425af9b0507d359d011b4477aeda5807acc400259dfd418d73ad",
}
ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
MEANING = {**{word: n for n, word in enumerate(ONES)}, **{word: 10 * n for n, word in enumerate(TENS, 2)}}


def read(words):
    """What English words mean, found without num2words."""
    thousands, below = 0, 0
    for word in words:
        if word == "thousand":
            thousands, below = below, 0
        elif word == "hundred":
            below *= 100
        elif word != "and":
            below += MEANING[word]
    return 1000 * thousands + below


@pytest.fixture(scope="module", params=HASHES)
def named(request):
    return request.param, data.numbers(direction=request.param)


def examples(dataset):
    return dataset.train + dataset.test


@pytest.mark.skipif(version("num2words") != "0.5.14", reason="the hashes are those of num2words 0.5.14")
def test_same_seed_same_bytes(named):
    direction, dataset = named
    assert dataset.sha256() == HASHES[direction]
    assert data.numbers(1, 100, 10).sha256() != data.numbers(0, 100, 10).sha256()


def test_english_is_exact(named):
    direction, dataset = named
    for e in examples(dataset):
        words, digits = (e.source, e.target) if direction == "words to digits" else (e.target, e.source)
        assert str(read(words)) == "".join(digits) == e.value, e


def test_every_number_occurs_once_so_no_number_is_in_both_splits(named):
    _, dataset = named
    assert len({e.value for e in examples(dataset)}) == 8600
    assert (len(dataset.train), len(dataset.test)) == (8000, 600)
    assert {e.group for e in examples(dataset)} == {"en"}


def test_numbers_run_from_0_to_999_999_and_every_length_is_in_both_splits():
    dataset = data.numbers()
    for split in (dataset.train, dataset.test):
        assert all(0 <= int(e.value) <= 999_999 for e in split)
        assert {len(e.value) for e in split} >= {2, 3, 4, 5, 6}
    assert any(e.value == "0" for e in examples(data.numbers(train=8000, test=600)))


def test_numbers_are_drawn_log_uniformly():
    """Before doubles are thrown out: as many in each decade, and inside one as many from 1 to 2 as from 5 to 10."""
    from rnnbook.data.draw import Draw
    from rnnbook.data.number_words import _number

    draw = Draw(0)
    values = [n for n in (_number(draw) for _ in range(60_000)) if n is not None]
    decades = Counter(len(str(n)) for n in values)
    # Each decade is kept with probability ln(10) / 9; the first, with 0 as 1, with (1 + 1 + 1/2 + … + 1/9) / 10.
    for length in range(2, 7):
        assert abs(decades[length] / 10_000 - 0.2558) < 0.02
    assert abs(decades[1] / 10_000 - 0.3829) < 0.02
    leading = Counter(str(n)[0] for n in values if n >= 1000)
    assert abs(leading["1"] / sum(leading.values()) - 0.301) < 0.02


def test_the_source_is_named():
    assert data.numbers(train=10, test=5).source == f"num2words {version('num2words')}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_tells_its_numbers_apart(language):
    dataset = data.numbers(train=1500, test=100, language=language)
    assert len({e.source for e in examples(dataset)}) == 1600
    assert {e.group for e in examples(dataset)} == {language}
    letters = all(len(symbol) == 1 for e in dataset.train for symbol in e.source)
    assert letters == (LANGUAGES[language] == "letters")


@pytest.mark.parametrize(("language", "value", "text"), [
    ("en", 21_304, "twenty-one thousand, three hundred and four"),
    ("fr", 80_071, "quatre-vingt mille soixante et onze"),
    ("de", 101_000, "einhunderteintausend"), ("de", 1121, "eintausendeinhunderteinundzwanzig"),
    ("it", 38_023, "trentottomilaventitré"),
    ("it", 3, "tre"), ("it", 23_000, "ventitremila"),
    ("pt", 2200, "dois mil e duzentos"), ("pl", 22_005, "dwadzieścia dwa tysiące pięć"),
    ("ja", 21_345, "二万千三百四十五"),
    ("ru", 21_002, "двадцать одна тысяча два"), ("id", 1011, "seribu sebelas"),
    ("fi", 2021, "kaksituhatta kaksikymmentäyksi"),
    ("es", 31_001, "treinta y un mil uno"), ("es", 21_021, "veintiún mil veintiuno"), ("es", 101_000, "ciento un mil"),
])
def test_known_spellings(language, value, text):
    spell, _ = _speller(language)
    assert spell(value) == text


def test_at_least_six_languages():
    assert len(LANGUAGES) >= 6


@pytest.mark.parametrize(("arguments", "message"), [
    ({"language": "tlh"}, "language is 'tlh'; expected one of en, fr"),
    ({"direction": "up"}, "direction is 'up'; expected one of 'words to digits', 'digits to words'"),
    ({"train": 0}, "train is 0"), ({"test": -1}, "test is -1"), ({"seed": -1}, "seed is -1"),
    ({"train": 1_000_000}, "numbers asks for 1000600 different numbers; there are 1000000"),
])
def test_impossible_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.numbers(**arguments)


def test_without_num2words_the_error_says_what_to_install():
    code = ("import sys; sys.modules['num2words'] = None\nfrom rnnbook import data\n"
            "try: data.numbers()\nexcept ImportError as e: print(e)")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == 'data.numbers needs the package num2words: pip install "rnnbook[data]"'
