"""A private exercise, as an example: a relative of the book's rnn-last_state, whose answer is printed nowhere."""

from __future__ import annotations

import numpy as np

from rnnbook.checks import Exercise, Mistake


def mean_state(hs, lengths):
    """The mean over each sequence's real steps, (B, H)."""
    return (hs * _real(hs, lengths)).sum(axis=0) / lengths[:, None]


def _real(hs, lengths):
    """True where a step is real: (T, B, 1)."""
    return (np.arange(len(hs))[:, None] < lengths)[:, :, None]


def _cases(rng):
    """The first is tiny, with one decimal, so that a report can show it. What stands after the end is not 0."""
    yield {"hs": rng.choice(np.arange(1, 10) / 10, (3, 2, 1), replace=False), "lengths": np.array([2, 3])}
    for T, H, lengths in ((5, 3, [2, 5, 3, 1]), (6, 4, [4, 3, 2]), (4, 2, [3, 1, 2, 4])):
        yield {"hs": rng.uniform(-0.9, 0.9, (T, len(lengths), H)), "lengths": rng.permutation(lengths)}


def _simple(rng):
    """Cases on which a mistake does not show: full length, pads of 0, one step, a state that never changes."""
    hs = rng.uniform(-0.9, 0.9, (4, 3, 2))
    lengths = np.array([2, 4, 3])
    yield {"hs": hs, "lengths": np.array([4, 4, 4])}
    yield {"hs": hs * _real(hs, lengths), "lengths": lengths}
    yield {"hs": hs, "lengths": np.array([1, 1, 1])}
    yield {"hs": np.full((4, 3, 2), 0.5), "lengths": lengths}


MEAN_STATE = Exercise(
    id="pool-mean_state",
    title="The mean state",
    goal="Average the states hs (T, B, H) over each sequence's own lengths[b] words, pads left out: (B, H).",
    points=3, minutes=8, level=2,
    returns=("mean",),
    reference=mean_state,
    cases=lambda rng: list(_cases(rng)),
    simple=lambda rng: list(_simple(rng)),
    section="02-hidden-state#the-state-of-a-pad",
    hints=(
        "Which steps of sequence b are words? Those before lengths[b].",
        "Make an array that is 1 at words and 0 at pads, and multiply hs by it before you add up.",
        "`real = np.arange(T)[:, None] < lengths` is (T, B). Sum `hs * real[:, :, None]` over time, divide by lengths.",
    ),
    mistakes=(
        Mistake("The pads are averaged too", lambda hs, lengths: hs.mean(axis=0),
                "What stands in hs after the end of a sentence, and how does it enter your mean?"),
        Mistake("The pads are added up, and the sum is divided by the lengths",
                lambda hs, lengths: hs.sum(axis=0) / lengths[:, None],
                "You divide by the number of words. How many steps did you add up?"),
        Mistake("The words are added up, and the sum is divided by T",
                lambda hs, lengths: (hs * _real(hs, lengths)).sum(axis=0) / len(hs),
                "The sum is right. How many words went into it?"),
        Mistake("The sum is not divided", lambda hs, lengths: (hs * _real(hs, lengths)).sum(axis=0),
                "This is the sum over the words. What makes a mean of it?"),
        Mistake("The last state is taken", lambda hs, lengths: hs[lengths - 1, np.arange(len(lengths))],
                "That was the exercise before this one. Here all words count."),
    ),
)

EXERCISES = (MEAN_STATE,)
