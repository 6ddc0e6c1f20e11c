"""Strings of DNA in which a short pattern is hidden."""

from __future__ import annotations

import numpy as np

from rnnbook.data.draw import Draw, count, room, sizes
from rnnbook.data.tasks import Steps, Tasks, last_step, rows, split

BASES = "ACGT"


def dna(seed: int = 0, train: int = 2000, test: int = 500, length: int = 100, motif: str = "TATAAT",
        mutations: int = 0) -> Tasks:
    """Strings of the bases A, C, G, T: does the motif occur in them?

    The bases are drawn evenly. Half the strings have the motif at a random place, with `mutations` of its letters
    replaced. The other half have its letters, replaced likewise, in another order at a random place, so that counting
    letters does not help; nowhere do they come within `mutations` letters of the motif. Asked for at the last step; the
    targets before it say whether the motif was complete by then. No test string occurs in the training split. Either
    answer is right half the time (chance); looking for the motif everywhere is always right (best: 1).

    Source: written for this book. TATAAT is the Pribnow box, at which the copying of many bacterial genes begins.
    """
    sizes(train, test, least=0)
    room("length", max(train, test), count("length", length))
    if not isinstance(motif, str) or len(motif) < 2 or not set(motif) <= set(BASES):
        raise ValueError(f"motif is {motif!r}; expected at least 2 of the letters {', '.join(BASES)}")
    if len(motif) > length:
        raise ValueError(f"motif has {len(motif)} letters; expected at most length = {length}")
    if count("mutations", mutations, 0) >= len(motif):
        raise ValueError(f"mutations is {mutations}; expected fewer than the {len(motif)} letters of the motif")
    draw, pattern = Draw(seed), np.array([BASES.index(base) for base in motif])

    def make(n: int, _) -> list[Steps]:
        planted = _strings(draw, n // 2, length, np.tile(pattern, (n // 2, 1)), mutations)
        decoys = np.zeros((0, length), dtype=np.int64)
        for _round in range(50):
            if len(decoys) < n - n // 2:
                more = _strings(draw, n, length, pattern[draw.orders(n, len(pattern))], mutations)
                decoys = np.concatenate([decoys, more[~_found(more, pattern, mutations)[:, -1]]])[: n - n // 2]
        if len(decoys) < n - n // 2:
            raise ValueError(f"dna asks for {n - n // 2} strings of length {length} that do not come within "
                             f"{mutations} letters of {motif}; it gave only {len(decoys)}")
        bases = np.concatenate([planted, decoys])[draw.orders(1, n)[0]]
        asked = np.broadcast_to(last_step(np.array([length]), length), bases.shape).copy()
        return rows(bases, _found(bases, pattern, mutations).astype(np.int64), asked, np.full(n, length))

    splits = split("dna", make, train, test)
    hidden = f"with up to {mutations} letters replaced" if mutations else "letter by letter"
    return Tasks(name="dna", about=f"strings of DNA: does {motif} occur in them, {hidden}?", splits=splits,
                 symbols=tuple(BASES), classes=("none", "motif"), chance=0.5, best=1.0,
                 limits="Real promoters vary in every letter, and what surrounds them is not random.")


def _strings(draw: Draw, n: int, length: int, patterns: np.ndarray, mutations: int) -> np.ndarray:
    """n random strings (n, length), each with its row of `patterns` somewhere, `mutations` of its letters replaced."""
    bases, each, m = draw.integers(4, (n, length)), np.arange(n)[:, None], patterns.shape[1]
    places = draw.orders(n, m)[:, :mutations]
    patterns = patterns.copy()
    patterns[each, places] = (patterns[each, places] + 1 + draw.integers(3, (n, mutations))) % 4
    start = draw.integers(length - m + 1, n)[:, None]
    bases[each, start + np.arange(m)] = patterns
    return bases


def _found(bases: np.ndarray, pattern: np.ndarray, mutations: int) -> np.ndarray:
    """bool (n, length): was the pattern complete by this step, with at most `mutations` letters wrong?"""
    windows = np.lib.stride_tricks.sliding_window_view(bases, len(pattern), axis=1)        # (n, places, letters)
    near = (windows != pattern).sum(axis=2) <= mutations
    return np.pad(np.logical_or.accumulate(near, axis=1), ((0, 0), (len(pattern) - 1, 0)))
