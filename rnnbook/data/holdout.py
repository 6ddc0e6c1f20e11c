"""Splits that share no combination: of words, of a word and its place, of whatever the lesson is about."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from rnnbook.data.dataset import distinct
from rnnbook.data.draw import Draw


def by_combination(draw: Draw, make: Callable[[bool], tuple[Any, Hashable]], train: int, test: int, what: str,
                   key: Callable[[Any], Hashable] = lambda made: made) -> tuple[list[Any], list[Any]]:
    """`train` and `test` different examples; no combination is in both.

    `make(testing)` gives an example of the kind wanted for training or for the test, and the combination it is made
    of. The first time a combination is seen, chance says to which side it belongs, in the proportion of the sizes (but
    at least 1 in 10 to either). Two examples are the same when their `key` is.
    """
    held: dict[Hashable, bool] = {}
    share = min(max(test / (train + test), 0.1), 0.9)

    def side(wanted: bool) -> Any:
        example, combination = make(wanted)
        if combination not in held:
            held[combination] = draw.chance(share)
        return example if held[combination] == wanted else None

    return distinct(lambda: side(False), train, what, key), distinct(lambda: side(True), test, what, key)
