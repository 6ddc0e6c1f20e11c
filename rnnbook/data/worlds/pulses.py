"""A pulse that beats evenly, and now and then does not."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rnnbook.data.draw import Draw, count, either, room, share, sizes
from rnnbook.data.tasks import Steps, Tasks, rows

RATE = 100                      # samples a second
BEAT = 40                       # samples from the start of a beat to its end
PERIOD, JITTER = 80, 3          # samples from beat to beat, and how many it may be off
KINDS = ("early", "missing", "wide")
# What a beat is made of: (centre, width, height) of bell curves, in samples and in units of the main peak.
NORMAL = ((6, 2.0, 0.15), (13, 1.0, -0.1), (16, 1.2, 1.0), (19, 1.0, -0.2), (31, 3.0, 0.3))
WIDE = ((14, 4.0, 0.9), (28, 4.0, -0.4))


def heartbeats(seed: int = 0, train: int = 100, test: int = 100, length: int = 1000, noise: float = 0.02,
               clean: bool = True) -> Tasks:
    """Recordings of a pulse, 100 samples a second; some hold a beat that is early, missing or wide.

    A beat takes 0.4 s and follows the last after 0.8 s, give or take 0.03 s; its height varies by 5 %. Half the test
    recordings hold one anomaly, in the middle three fifths: a beat 0.2 to 0.3 s early, none where one was due, or one
    of another, wider shape. The training recordings hold none, so that a network can learn what is normal (`clean`;
    else they are made like the test). `noise` is the standard deviation of what is added.

    The target at every step is "normal" or the kind of the anomaly, during its 0.4 s. `chance` is the accuracy of
    saying "normal" throughout, near 1: judge by the anomalies found. How early a missing beat can be noticed hangs on
    the jitter; the best accuracy is not known (None). A threshold finds no missing beat: flat stretches are normal.

    No recording occurs twice in either split.

    Source: written for this book.
    """
    sizes(train, test, least=0)
    count("length", length, 5 * PERIOD)
    share("noise", noise)
    either("clean", clean)
    room("length", max(train, test), length)
    draw = Draw(seed)
    held_out = _recordings(draw, test, length, noise, anomalies=True)
    learned = _recordings(draw, train, length, noise, anomalies=not clean) if train else []
    normal = sum(int((e.targets == 0).sum()) for e in held_out) / (test * length)
    return Tasks(name="heartbeats", about="a pulse, and beats that are early, missing or wide;",
                 splits={"train": tuple(learned), "test": tuple(held_out)}, columns=("potential",), rate=RATE,
                 classes=("normal", *KINDS), chance=normal, best=None,
                 limits="Drawn, not recorded: good for learning a method, of no use in medicine.")


def _recordings(draw: Draw, n: int, length: int, noise: float, anomalies: bool) -> list[Steps]:
    shapes = {"normal": _shape(NORMAL), "wide": _shape(WIDE)}
    signal, labels = np.zeros((n, length)), np.zeros((n, length), dtype=np.int64)
    ill = draw.shuffled(range(n))[: n // 2] if anomalies else []
    kinds = {i: KINDS[k % len(KINDS)] for k, i in enumerate(ill)}
    for i in range(n):
        starts = _starts(draw, length)
        heights = [0.95 + 0.1 * draw.below(1001) / 1000 for _ in starts]
        chosen = _chosen(draw, starts, length) if i in kinds else -1
        for k, start in enumerate(starts):
            kind = kinds[i] if k == chosen else "normal"
            if kind == "early":
                start -= 20 + draw.below(11)
            here, end = max(start, 0), min(start + BEAT, length)
            if kind != "missing":
                shape = shapes["wide" if kind == "wide" else "normal"]
                signal[i, here:end] = heights[k] * shape[here - start : end - start]
            labels[i, here:end] = ("normal", *KINDS).index(kind)
    signal += noise * draw.normal(signal.shape)
    return rows(signal[..., None], labels, np.ones(labels.shape, dtype=bool), np.full(n, length))


def _starts(draw: Draw, length: int) -> list[int]:
    """Where the beats begin; the first one may have begun before the recording."""
    starts = [draw.below(PERIOD) - BEAT + 1]
    while starts[-1] + PERIOD + JITTER < length:
        starts.append(starts[-1] + PERIOD - JITTER + draw.below(2 * JITTER + 1))
    return starts


def _chosen(draw: Draw, starts: Sequence[int], length: int) -> int:
    """One of the beats in the middle three fifths."""
    return draw.one([k for k, start in enumerate(starts) if length <= 5 * start and 5 * (start + BEAT) <= 4 * length])


def _shape(bells: Sequence[tuple[float, float, float]]) -> np.ndarray:
    """A beat (BEAT,), rounded to 6 digits, so that every machine has the same."""
    return np.array([round(sum(high * math.exp(-((t - centre) / width) ** 2 / 2) for centre, width, high in bells), 6)
                     for t in range(BEAT)])
