"""Random words of nested brackets, made side by side as arrays. Symbol 2k opens type k, 2k + 1 closes it."""

from __future__ import annotations

import numpy as np

from rnnbook.data.draw import Draw
from rnnbook.data.tasks import Steps, last_step, rows


def closing(draw: Draw, n: int, length: tuple[int, int], types: int, depth: int) -> list[Steps]:
    """n words; at every step, the type that must close next, or `types` where nothing is open."""
    words, tops, lengths = _words(draw, n, length, types, depth)
    return rows(words, tops, np.arange(words.shape[1]) < lengths[:, None], lengths)


def valid(draw: Draw, n: int, length: tuple[int, int], types: int, depth: int) -> list[Steps]:
    """n words; at the last step 0 (valid), or 1 (broken: two closing brackets have changed places)."""
    words, lengths = np.zeros((0, length[1] // 2 * 2), dtype=np.int64), np.zeros(0, dtype=np.int64)
    places = np.zeros((0, 2), dtype=np.int64)
    for _ in range(20):
        if len(words) < n:
            more, _, longs = _words(draw, n, length, types, depth)
            pairs = _exchangeable(draw, more, longs)
            fit = pairs[:, 1] >= 0
            words, lengths = np.concatenate([words, more[fit]])[:n], np.concatenate([lengths, longs[fit]])[:n]
            places = np.concatenate([places, pairs[fit]])[:n]
    if len(words) < n:
        raise ValueError(f"dyck asks for {n} words in which two closing brackets can change places; length {length} "
                         f"and depth {depth} gave only {len(words)}")
    broken = draw.orders(1, n)[0] % 2
    which = np.flatnonzero(broken)
    i, j = places[which].T
    words[which, i], words[which, j] = words[which, j], words[which, i]
    asked = last_step(lengths, words.shape[1])
    return rows(words, np.where(asked, broken[:, None], 0), asked, lengths)


def _words(draw: Draw, n: int, length: tuple[int, int], types: int, depth: int):
    """(words (n, T), tops (n, T), lengths (n,)): tops[i, t] is the type open last after step t, or `types`."""
    shortest, longest = (length[0] + 1) // 2, length[1] // 2
    lengths = 2 * (shortest + draw.integers(longest - shortest + 1, n))
    T, each = 2 * longest, np.arange(n)
    coin, drawn = draw.integers(2, (T, n)), draw.integers(types, (T, n))
    words, tops = np.zeros((n, T), dtype=np.int64), np.zeros((n, T), dtype=np.int64)
    stack = np.full((n, depth + 1), types)             # stack[i, level] is the type open at that level; level 0: none
    level = np.zeros(n, dtype=np.int64)
    for t in range(T):
        close = (level == depth) | (level >= lengths - t) | ((level > 0) & (coin[t] == 1))
        words[:, t] = np.where(close, 2 * stack[each, level] + 1, 2 * drawn[t])
        level = np.clip(level + np.where(close, -1, 1), 0, depth)
        opened = np.flatnonzero(~close)
        stack[opened, level[opened]] = drawn[t, opened]
        tops[:, t] = stack[each, level]
    return words, tops, lengths


def _exchangeable(draw: Draw, words: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Two places a row, int (n, 2), whose closing brackets may change places; (0, −1) where there are none.

    The two are of different types, and each stands behind another closing bracket: beside "(" a wrong "]" would give
    itself away.
    """
    n, T = words.shape
    closes = (words % 2 == 1) & (np.arange(T) < lengths[:, None])
    closes[:, 1:] &= words[:, :-1] % 2 == 1
    keys = draw.uniform((n, T))
    first = np.where(closes, keys, -1).argmax(axis=1)
    others = closes & (words != words[np.arange(n), first][:, None])
    second = np.where(others, keys, -1).argmax(axis=1)
    return np.stack([first, np.where(others.any(axis=1) & closes.any(axis=1), second, -1)], axis=1)
