"""Names of people compared: without regard to case, accents, punctuation and the order of given and family name."""

from __future__ import annotations

import re
import unicodedata

LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
"""Letters that Unicode does not take apart into a plain one and an accent."""

UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


def bare(text: str) -> str:
    """Lower case, without accents: "Łukasz Müller" is "lukasz muller"."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", text).casefold().translate(LETTERS))
    return "".join(c for c in apart if not unicodedata.combining(c))


def squash(text: str) -> str:
    """Only letters and digits, bare: "Doe, Jane-Ann" is "doejaneann"."""
    return "".join(c for c in bare(text) if c.isalnum())


def words(text: str) -> tuple[str, ...]:
    """Its words, bare: "O'Neil, Sam" is ("oneil", "sam")."""
    return tuple(w for w in re.split(r"[^\w]+|_+", re.sub(r"['’`´]", "", bare(text))) if w)


def spelled(text: str) -> tuple[str, ...]:
    """The text, and as it is written where there are no umlauts: "Müller", "Mueller"."""
    composed = unicodedata.normalize("NFC", text).casefold()
    return tuple(dict.fromkeys((composed, composed.translate(UMLAUTS))))


def forms(name: str) -> frozenset[str]:
    """All that a name may look like when squashed: "Doe, Jane" gives "doejane" and "janedoe"."""
    found = set()
    for spelling in spelled(name):
        parts = words(spelling)
        found |= {"".join(parts[n:] + parts[:n]) for n in range(max(len(parts), 1))}
        family, comma, given = spelling.partition(",")
        if comma:
            found |= {squash(family + given), squash(given + family)}
    return frozenset(found - {""})
