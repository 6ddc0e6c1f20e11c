"""What people click on in a shop, visit after visit, by what they came for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnnbook.data.draw import Draw, Knob
from rnnbook.data.tasks import Steps, Tasks, rows, spans, split, spread

PAGES = ("home", "search", "list", "product", "reviews", "cart", "checkout", "orders", "help")
LEAVE = "leave"
# What people come for, how many in ten.
INTENTS = {"buy": 4, "look": 4, "return": 2}
# The first click, and what follows each page, how many in ten. Nobody is asked what they came for.
ENTRY = {"buy": "search 6 home 3 list 1", "look": "home 5 list 4 search 1", "return": "orders 5 home 3 help 2"}
NEXT = {
    "buy": {"home": "search 7 list 3", "search": "product 9 search 1", "list": "product 9 list 1",
            "product": "cart 6 reviews 3 list 1", "reviews": "cart 7 product 3", "cart": "checkout 9 product 1",
            "checkout": "leave 9 home 1"},
    "look": {"home": "list 7 search 2 leave 1", "search": "product 7 list 3", "list": "product 8 leave 2",
             "product": "list 6 reviews 3 leave 1", "reviews": "list 7 product 2 leave 1"},
    "return": {"home": "orders 8 help 2", "orders": "product 6 help 4", "product": "help 7 orders 3",
               "help": "leave 5 orders 3 home 2"},
}
LOYAL = 0.5         # how likely a visitor comes back for the same as last time; else it is drawn as at first
SYMBOLS = (*PAGES, LEAVE)
LAST = SYMBOLS.index(LEAVE)


def clicks(seed: int = 0, train: int = 1000, test: int = 250, length: Knob = (20, 40)) -> Tasks:
    """Visits to a shop, click by click: what is clicked next?

    People come to buy, to look round or to return something; what they came for decides how they go on from each page,
    and shows only in what they click. A visit ends with "leave"; the next may be for the same or for something else. A
    sequence is what one visitor clicks in several visits, `length` clicks, a number or a range (low, high) drawn
    evenly. The target of every step is the next click. No test sequence occurs in the training split.

    `best` is the accuracy that can be expected of the best guess at every step of the test split, computed from the
    process that made the visits (`click_odds`); `chance` is the share of the commonest click there. Who looks at the
    last click only stays below the best.

    Source: written for this book.
    """
    lengths, _ = spans("length", length, None, 1, train, test)
    draw = Draw(seed)
    splits = split("clicks", lambda n, _: _visitors(draw, n, lengths), train, test)
    asked = sum(len(e.inputs) for e in splits["test"])
    best = sum(float(odds.max()) for e in splits["test"] for odds in _odds(e.inputs.tolist())) / asked
    counts = np.bincount(np.concatenate([e.targets for e in splits["test"]]))
    return Tasks(name="clicks", about="visits to a shop: what is clicked next?", splits=splits, symbols=SYMBOLS,
                 classes=SYMBOLS, chance=int(counts.max()) / asked, best=best,
                 limits="Within a visit nobody changes their mind, and all visitors are alike.")


def click_odds(clicked: Sequence[str]) -> dict[str, float]:
    """The probability of each next click after those of `clicked`, for one who knows how the visits are made.

    What the visitor came for is inferred by Bayes' rule, click by click; each of the three has a Markov chain.
    """
    if isinstance(clicked, str) or len(clicked) == 0 or any(page not in SYMBOLS for page in clicked):
        raise ValueError(f"clicked is {clicked!r}; expected a list of at least one of {', '.join(SYMBOLS)}")
    odds = list(_odds([SYMBOLS.index(page) for page in clicked]))[-1]
    if not odds.any():
        raise ValueError(f"clicked is {list(clicked)!r}; no visitor does that")
    return {page: float(p) for page, p in zip(SYMBOLS, odds, strict=True)}


def _odds(ids: Sequence[int]) -> Iterator[np.ndarray]:
    """For each prefix of `ids`, the probabilities of the next click, (symbols,): a filter over what they came for."""
    prior, entry, following = _tables()
    came_for = prior * entry[:, ids[0]]                                  # (intents,), up to a factor
    for t, page in enumerate(ids):
        if t > 0:
            came_for = came_for * (entry if ids[t - 1] == LAST else following[:, ids[t - 1]])[:, page]
        came_for = came_for / came_for.sum() if came_for.any() else came_for
        if page == LAST:
            came_for = LOYAL * came_for + (1 - LOYAL) * came_for.sum() * prior
        yield came_for @ (entry if page == LAST else following[:, page])


def _tables() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of the intents, of the first click (intents, symbols), of the next (intents, symbols, symbols)."""
    prior = np.array(list(INTENTS.values())) / 10
    entry, following = np.zeros((len(INTENTS), len(SYMBOLS))), np.zeros((len(INTENTS), len(SYMBOLS), len(SYMBOLS)))
    for i, intent in enumerate(INTENTS):
        for page in _ten(ENTRY[intent]):
            entry[i, SYMBOLS.index(page)] += 0.1
        for page, row in NEXT[intent].items():
            for after in _ten(row):
                following[i, SYMBOLS.index(page), SYMBOLS.index(after)] += 0.1
    return prior, entry, following


def _visitors(draw: Draw, n: int, length: tuple[int, int]) -> list[Steps]:
    intents = tuple(intent for intent, tenths in INTENTS.items() for _ in range(tenths))
    after = {(intent, page): _ten(row) for intent, table in NEXT.items() for page, row in table.items()}
    after |= {(intent, LEAVE): _ten(row) for intent, row in ENTRY.items()}
    clicked = np.zeros((n, length[1] + 1), dtype=np.int64)
    for row in clicked:
        page, intent = LEAVE, draw.one(intents)
        for t in range(len(row)):
            if page == LEAVE and t > 0 and not draw.chance(LOYAL):
                intent = draw.one(intents)
            page = draw.one(after[intent, page])
            row[t] = SYMBOLS.index(page)
    lengths = spread(draw, length, n)
    inputs, targets = clicked[:, :-1].copy(), clicked[:, 1:].copy()
    return rows(inputs, targets, np.arange(length[1]) < lengths[:, None], lengths)


def _ten(row: str) -> tuple[str, ...]:
    """"search 7 list 3" as ten words."""
    parts = row.split()
    return tuple(page for page, tenths in zip(parts[::2], parts[1::2], strict=True) for _ in range(int(tenths)))
