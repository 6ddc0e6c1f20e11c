"""Dates in many languages: right, unambiguous, and split by value."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from importlib.metadata import version

import pytest

from rnnbook import data
from rnnbook.data.calendar_dates import DEFAULT, EXCLUDED, FIRST, LANGUAGES, LAST, PATTERNS, _writer, readings

babel = pytest.importorskip("babel")
from babel.dates import get_date_format, get_month_names  # noqa: E402

HASHES = {      # of Babel 2.18.0
    None: "c5e6bd9df774bd08f24f0b4b1fbdd376788507f96d225f66c42fbf019b46bd16",
    "all": "625c13f800b76bc2bf29a0aabf7eb3ff546bf3d267c7bd820e46a7ddb07f7d0b",
}


@pytest.fixture(scope="module", params=HASHES)
def named(request):
    return request.param, data.dates(languages=request.param)


def examples(dataset):
    return dataset.train + dataset.test


@pytest.mark.skipif(version("babel") != "2.18.0", reason="the hashes are those of Babel 2.18.0")
def test_same_seed_same_bytes(named):
    languages, dataset = named
    assert dataset.sha256() == HASHES[languages]
    assert data.dates(seed=1, languages=languages).sha256() != HASHES[languages]


def test_sizes_and_source(named):
    _, dataset = named
    assert (len(dataset.train), len(dataset.test)) == (6000, 600)
    assert dataset.source == f"babel {version('babel')}"
    assert dataset.source in dataset.describe() and "Unicode License" in dataset.licence


def test_no_date_is_in_both_splits_and_no_text_occurs_twice(named):
    _, dataset = named
    assert not {e.value for e in dataset.train} & {e.value for e in dataset.test}
    assert len({e.source for e in examples(dataset)}) == 6600


def test_targets_are_iso_dates_between_1950_and_2049(named):
    _, dataset = named
    for e in examples(dataset):
        assert "".join(e.target) == e.value == date.fromisoformat(e.value).isoformat()
        assert FIRST <= date.fromisoformat(e.value) <= LAST


def test_texts_are_lower_case_with_plain_spaces_and_no_invisible_marks(named):
    _, dataset = named
    for e in examples(dataset):
        text = "".join(e.source)
        assert text == text.lower() and text.isprintable() and text == " ".join(text.split())


def test_every_language_occurs():
    assert {e.group for e in data.dates().train} == set(DEFAULT) == {"en", "fr", "de", "es", "it"}
    assert {e.group for e in data.dates(languages="all").train} == set(LANGUAGES)
    assert len(LANGUAGES) == len(set(LANGUAGES)) == 50


def test_babel_s_own_names_and_patterns_are_used():
    """Every text holds the year (all of it, or two digits) and day of its date, and its month by name or number."""
    for e in data.dates(languages="all", train=2000, test=10).train:
        day, text = date.fromisoformat(e.value), "".join(e.source)
        names = {name.lower() for width in ("wide", "abbreviated") for context in ("format", "stand-alone")
                 for month, name in get_month_names(width, context, e.group).items() if month == day.month}
        assert f"{day.year % 100:02}" in text and str(day.day) in text
        assert any(name in text for name in names) or str(day.month) in text, (text, names)


@pytest.mark.parametrize(("language", "pattern", "text"), [
    ("en", "full", "saturday, april 5, 2003"), ("fr", "long", "5 avril 2003"), ("de", "medium", "05.04.2003"),
    ("es", "full", "sábado, 5 de abril de 2003"), ("it", "short", "05/04/03"), ("ja", "long", "2003年4月5日"),
    ("hu", "long", "2003. április 5."), ("ru", "long", "5 апреля 2003 г."), ("ar", "short", "5/4/2003"),
])
def test_known_texts(language, pattern, text):
    write, _ = _writer((language,))
    assert write(date(2003, 4, 5), pattern, language) == text


@pytest.mark.parametrize(("text", "dates"), [
    ("4/5/2003", ["2003-04-05", "2003-05-04"]),
    ("5/5/2003", ["2003-05-05"]),
    ("25.04.2003", ["2003-04-25"]),
    ("2003-04-05", ["2003-04-05"]),
    ("4/25/03", ["2003-04-25"]),
    ("25/4/03", ["2003-04-25", "2025-04-03"]),
    ("25/4/66", ["1966-04-25"]),
    ("25/4/50", ["1950-04-25"]),
    ("25/4/49", ["2049-04-25"]),
    ("4/5/03", ["2003-04-05", "2003-05-04", "2004-05-03"]),
    ("5.04.2003 г.", ["2003-04-05", "2003-05-04"]),
    ("5 avril 2003", []),
    ("2003年4月5日", []),
    ("31.02.2003", []),
])
def test_readings_of_numbers_alone(text, dates):
    assert sorted(d.isoformat() for d in readings(text)) == dates


def test_numbers_alone_are_used_only_where_they_leave_one_date():
    digits = 0
    for e in examples(data.dates(languages="all")):
        found = readings("".join(e.source))
        digits += bool(found)
        assert found <= {date.fromisoformat(e.value)}
    assert digits > 500


def test_no_text_stands_for_two_dates_in_any_two_languages():
    write, _ = _writer(LANGUAGES)
    meanings: dict[str, date] = {}
    for day in (date(2003, 1, 1) + timedelta(days=n) for n in range(365)):
        for language in LANGUAGES:
            for pattern in PATTERNS:
                text = write(day, pattern, language)
                if readings(text) <= {day}:
                    assert meanings.setdefault(text, day) == day, (text, language)


def test_every_pattern_stands_in_an_order_that_readings_knows():
    orders = set()
    for language in LANGUAGES:
        for pattern in PATTERNS:
            fields = [c for c in get_date_format(pattern, language).pattern if c in "yMd"]
            if "MMM" not in get_date_format(pattern, language).pattern:
                orders.add("".join(dict.fromkeys(fields)))
    assert orders == {"dMy", "Mdy", "yMd"}


def test_excluded_languages_are_refused_with_the_reason():
    for code, reason in EXCLUDED.items():
        with pytest.raises(ValueError, match=f"languages holds '{code}', which usually has {reason}"):
            data.dates(languages=[code])


@pytest.mark.parametrize(("arguments", "message"), [
    ({"languages": ["en", "tlh"]}, "languages holds 'tlh'; expected 'all' or codes among en fr"),
    ({"languages": []}, r"languages is \[\]; expected at least one code"),
    ({"languages": ["en", "en"]}, "expected at least one code, each once"),
    ({"languages": 3}, "languages is 3"),
    ({"patterns": "long"}, "patterns is 'long'; expected a list of some of full, long, medium, short"),
    ({"patterns": []}, "patterns is"),
    ({"patterns": ["long", "long"]}, "each once"),
    ({"patterns": ["tiny"]}, "patterns is"),
    ({"patterns": 4}, "patterns is 4"),
    ({"train": 0}, "train is 0"),
    ({"test": 0}, "test is 0"),
    ({"train": 40_000, "languages": "en", "patterns": ["long"]},
     r"dates in en asks for 40000 \+ 600 different examples; there are 36525"),
])
def test_impossible_requests_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.dates(**arguments)


def test_one_language_and_chosen_patterns():
    dataset = data.dates(train=50, test=5, languages="fr", patterns=["long"])
    assert all(e.group == "fr" and len("".join(e.source).split()) == 3 for e in examples(dataset))


def test_without_babel_the_error_says_what_to_install():
    code = ("import sys; sys.modules['babel'] = None\nfrom rnnbook import data\n"
            "try: data.dates()\nexcept ImportError as e: print(e)")
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == 'data.dates needs the package Babel: pip install "rnnbook[data]"'
