"""Tasks in which two steps far apart decide, and all that stands between is noise."""

from __future__ import annotations

import numpy as np

from rnnbook.data.draw import Draw, Knob
from rnnbook.data.tasks import Steps, Tasks, last_step, rows, spans, split, spread


def adding(seed: int = 0, train: int = 30_000, test: int = 500, length: Knob = 30,
           test_length: Knob | None = None) -> Tasks:
    """Random numbers, two of them marked: what is the sum of the two?

    A step holds a number, drawn evenly from 0 to 1, and a marker, 1 at one step of the first half and one of the
    second, else 0. `length` and `test_length` are numbers of steps or ranges (low, high) drawn evenly; `test_length` is
    `length` where it is None. Asked for at the last step. No test sequence is in the training split. Always saying 1,
    the mean, gives a mean squared error of 1/6 = 0.167 (chance: the sum of two variances of 1/12); the best is 0.

    Source: Hochreiter & Schmidhuber (1997), "Long short-term memory", experiment 4, in the form of Arjovsky, Shah &
    Bengio (2016), "Unitary evolution recurrent neural networks".
    """
    trained, tested = spans("length", length, test_length, 2, train, test)
    draw = Draw(seed)

    def make(n: int, length: tuple[int, int]) -> list[Steps]:
        T, each = spread(draw, length, n), np.arange(n)
        first = draw.integers(T // 2, n)
        second = T // 2 + draw.integers(T - T // 2, n)
        inputs = np.zeros((n, length[1], 2))
        inputs[:, :, 0] = draw.uniform((n, length[1]))
        inputs[each, first, 1] = inputs[each, second, 1] = 1
        total = inputs[each, first, 0] + inputs[each, second, 0]
        asked = last_step(T, length[1])
        return rows(inputs, np.where(asked, total[:, None], 0.0), asked, T)

    splits = split("adding", make, train, test, trained, tested)
    return Tasks(name="adding", about="random numbers, two of them marked, to be added;", splits=splits,
                 columns=("number", "marker"), chance=1 / 6, best=0.0,
                 limits="The marker says at which steps to listen: the network does not have to find out.")


def temporal_order(seed: int = 0, train: int = 20_000, test: int = 500, length: Knob = 30,
                   test_length: Knob | None = None) -> Tasks:
    """Noise symbols a, b, c, d with an X or a Y at two places far apart: which came in which order?

    The first X or Y stands in the second tenth of the sequence, the other in the sixth tenth, so that the answer waits
    for two fifths of it. Four classes: XX, XY, YX, YY. `length` and `test_length` are numbers of steps, at least 10, or
    ranges (low, high) drawn evenly; `test_length` is `length` where it is None. Asked for at the last step. No test
    sequence occurs in the training split. Saying any class is right once in 4 (chance); all can be known (best: 1).

    Source: Hochreiter & Schmidhuber (1997), "Long short-term memory", experiment 6a, its places scaled to the length.
    """
    trained, tested = spans("length", length, test_length, 10, train, test)
    draw = Draw(seed)

    def make(n: int, length: tuple[int, int]) -> list[Steps]:
        T, each = spread(draw, length, n), np.arange(n)
        inputs = draw.integers(4, (n, length[1]))
        events = draw.integers(2, (n, 2))
        for i, tenth in enumerate((1, 5)):
            place = T * tenth // 10
            inputs[each, place + draw.integers(T * (tenth + 1) // 10 - place, n)] = 4 + events[:, i]
        asked = last_step(T, length[1])
        return rows(inputs, np.where(asked, (2 * events[:, 0] + events[:, 1])[:, None], 0), asked, T)

    splits = split("temporal_order", make, train, test, trained, tested)
    return Tasks(name="temporal_order", about="noise with an X or a Y at two places: in which order?", splits=splits,
                 symbols=(*"abcdXY",), classes=("XX", "XY", "YX", "YY"), chance=0.25, best=1.0,
                 limits="Where the two stand is nearly fixed; other lengths move them.")
