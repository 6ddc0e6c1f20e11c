"""Tasks that ask for what stood earlier in the sequence."""

from __future__ import annotations

import numpy as np

from rnnbook.data.draw import Draw, Knob, count, room, span
from rnnbook.data.tasks import LETTERS, Steps, Tasks, last_step, rows, spans, split, spread

DIGITS = tuple("0123456789")
MOST_SYMBOLS = 10_000


def recall(seed: int = 0, train: int = 25_600, test: int = 500, k: Knob = 3, symbols: int = 8, delay: Knob = (0, 20),
           test_delay: Knob | None = None, fillers: int = 8) -> Tasks:
    """k symbols, a delay, then k question marks at which the symbols are to be said again in order.

    `delay` fillers, drawn from `fillers` different ones, stand between the last symbol and the first question mark.
    `k`, `delay` and `test_delay` are numbers or ranges (low, high) drawn evenly; `test_delay` is `delay` where it is
    None. Asked for at the question marks only. No test sequence occurs in the training split. Saying any symbol is
    right once in `symbols` (chance); all can be known (best: 1).

    Source: the copying memory problem of Arjovsky, Shah & Bengio (2016), "Unitary evolution recurrent neural networks",
    with a delay that varies and fillers that disturb.
    """
    count("symbols", symbols, 2, MOST_SYMBOLS)
    count("fillers", fillers, 1, MOST_SYMBOLS)
    ks, (trained, tested) = span("k", k, 1), spans("delay", delay, test_delay, 0, train, test)
    room("k", max(train, test), 2 * ks[1])
    draw = Draw(seed)

    def make(n: int, delays: tuple[int, int]) -> list[Steps]:
        k, delay = spread(draw, ks, n)[:, None], spread(draw, delays, n)[:, None]
        said = draw.integers(symbols, (n, ks[1]))
        t = np.arange(2 * ks[1] + delays[1])                                     # (T,)
        asked = (t >= k + delay) & (t < 2 * k + delay)                           # (n, T)
        again = np.take_along_axis(said, np.where(asked, t - k - delay, 0), axis=1)
        first = np.take_along_axis(said, np.where(t < k, t, 0), axis=1)
        after = np.where(t < k + delay, symbols + draw.integers(fillers, asked.shape), symbols + fillers)
        inputs = np.where(t < k, first, after)
        return rows(inputs, np.where(asked, again, 0), asked, (2 * k + delay)[:, 0])

    splits = split("recall", make, train, test, trained, tested)
    names = _names(symbols)
    return Tasks(name="recall", about=f"{_words(ks)} symbols to be said again after a delay;", splits=splits,
                 symbols=(*names, *_fillers(fillers), "?"), classes=names, chance=1 / symbols, best=1.0,
                 limits="No filler is ever a symbol to be kept, so what disturbs can be told from what matters.")


def echo(seed: int = 0, train: int = 32, test: int = 8, length: Knob = 500, delay: int = 5, symbols: int = 4) -> Tasks:
    """Streams of random symbols; at every step the symbol that stood `delay` steps before is to be said.

    y_t = x_{t−delay}, asked for from step `delay` on. `length` is a number or a range (low, high). The streams are
    long: cut them in windows to see what truncated backpropagation through time can learn. No test stream is in the
    training split. Saying any symbol is right once in `symbols` (chance); all can be known (best: 1).

    Source: written for this book.
    """
    count("delay", delay, 0, 1_000_000)
    count("symbols", symbols, 2, MOST_SYMBOLS)
    lengths, _ = spans("length", length, None, delay + 1, train, test)
    draw = Draw(seed)

    def make(n: int, lengths: tuple[int, int]) -> list[Steps]:
        x = draw.integers(symbols, (n, lengths[1]))
        y = np.zeros_like(x)
        y[:, delay:] = x[:, : lengths[1] - delay]
        return rows(x, y, np.broadcast_to(np.arange(lengths[1]) >= delay, x.shape).copy(), spread(draw, lengths, n))

    splits = split("echo", make, train, test, lengths, lengths)
    return Tasks(name="echo", about=f"streams of symbols, each to be said {delay} steps later;", splits=splits,
                 symbols=_names(symbols), classes=_names(symbols), chance=1 / symbols, best=1.0,
                 limits="Only the delay is to be learned; the symbols have no structure.")


def associative_recall(seed: int = 0, train: int = 20_000, test: int = 500, pairs: Knob = 4,
                       test_pairs: Knob | None = None, keys: int = 26) -> Tasks:
    """Pairs of a letter and a digit, then one of the letters again: which digit stood behind it?

    "c 9 k 8 j 3 f 1 c" asks for 9. The letters of a sequence are different, from the first `keys` of the alphabet;
    letters, digits and the question are drawn evenly. `pairs` and `test_pairs` are numbers or ranges (low, high);
    `test_pairs` is `pairs` where it is None. Asked for at the last step. No test sequence occurs in the training split.
    Saying one of the digits shown, whichever, is right with probability 1/n + (1 − 1/n)/10 for n pairs (chance: its
    mean over `test_pairs`); all can be known (best: 1).

    Source: the associative retrieval task of Ba, Hinton, Mnih, Leibo & Ionescu (2016), "Using fast weights to attend to
    the recent past".
    """
    if count("keys", keys, 2) > len(LETTERS):
        raise ValueError(f"keys is {keys}; expected 2 to {len(LETTERS)}")
    trained, tested = spans("pairs", pairs, test_pairs, 1, train, test)
    for name, (_, high) in (("pairs", trained), ("test_pairs", tested)):
        if high > keys:
            raise ValueError(f"{name} goes to {high}; expected at most keys = {keys}, as the letters are different")
    draw = Draw(seed)

    def make(n: int, pairs: tuple[int, int]) -> list[Steps]:
        shown = spread(draw, pairs, n)
        inputs = np.zeros((n, 2 * pairs[1] + 1), dtype=np.int64)
        letters, digits = draw.orders(n, keys)[:, : pairs[1]], draw.integers(10, (n, pairs[1]))
        inputs[:, 0:-1:2], inputs[:, 1::2] = letters, keys + digits
        which, each = draw.integers(shown, n), np.arange(n)
        inputs[each, 2 * shown] = letters[each, which]
        asked = last_step(2 * shown + 1, inputs.shape[1])
        return rows(inputs, np.where(asked, digits[each, which][:, None], 0), asked, 2 * shown + 1)

    splits = split("associative_recall", make, train, test, trained, tested)
    numbers = range(tested[0], tested[1] + 1)
    chance = sum(1 / n + (1 - 1 / n) / 10 for n in numbers) / len(numbers)
    return Tasks(name="associative_recall", about=f"{_words(trained)} pairs of letter and digit, and one letter again;",
                 splits=splits, symbols=(*LETTERS[:keys], *DIGITS), classes=DIGITS, chance=chance, best=1.0,
                 limits="One question a sequence; every letter has one digit only.")


def _names(symbols: int) -> tuple[str, ...]:
    """a, b, c …, or s0, s1, … where the alphabet does not suffice."""
    return LETTERS[:symbols] if symbols <= len(LETTERS) else tuple(f"s{k}" for k in range(symbols))


def _words(knob: tuple[int, int]) -> str:
    return f"{knob[0]}" if knob[0] == knob[1] else f"{knob[0]} to {knob[1]}"


def _fillers(n: int) -> tuple[str, ...]:
    """_, or _1, _2 …"""
    return ("_",) if n == 1 else tuple(f"_{k + 1}" for k in range(n))
