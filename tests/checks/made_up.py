"""Small exercises that exist only in the tests, so that these do not depend on a chapter."""

import numpy as np

from rnnbook.checks import Exercise, Mistake

HINTS = ("first", "second", "third")


def running(W, x):
    """hs_t = hs_{t-1} + x_t W.T; the outputs are hs, the sum of its last, and two sums in a dict."""
    hs = np.cumsum(x @ W.T, axis=0)                               # (T, B, H)
    return hs, hs[-1].sum(), {"W": hs.sum(axis=(0, 1)), "b": hs[0]}


def _cases(rng):
    sizes = ((2, 1, 2, 3), (5, 3, 2, 4), (1, 2, 3, 2), (4, 1, 1, 5))
    return [{"W": rng.normal(size=(H, D)).round(1), "x": rng.normal(size=(T, B, D)).round(1)} for T, B, D, H in sizes]


def _first(W, x):
    hs, _, grads = running(W, x)
    return hs, hs[0].sum(), grads


def _doubled(W, x):
    hs, total, grads = running(W, x)
    return 2 * hs, 2 * total, {"W": 2 * grads["W"], "b": 2 * grads["b"]}


def _other_sign(W, x):
    hs, total, grads = running(W, x)
    return -hs, -total, {"W": -grads["W"], "b": -grads["b"]}


def _no_sum(W, x):
    hs = x @ W.T
    return hs, hs[-1].sum(), {"W": hs.sum(axis=(0, 1)), "b": hs[0]}


RUNNING = Exercise(
    id="made-running", title="A running sum", goal="Add up.", points=4, minutes=3, level=1,
    returns=("hs", "total", "grads.W", "grads.b"), reference=running, cases=_cases, hints=HINTS,
    section="02-hidden-state#x",
    simple=lambda rng: [{"W": np.zeros((2, 3)), "x": rng.normal(size=(2, 2, 3))}],
    mistakes=(
        Mistake("The total is that of the first step", _first, "Look at the total."),
        Mistake("Everything is doubled", _doubled, "Half of it."),
        Mistake("The sign is that of other authors", _other_sign, "They write minus.", convention=True),
        Mistake("Nothing is added up", _no_sum, "Add."),
    ),
)


def count(words):
    return {word: words.count(word) for word in words}


COUNT = Exercise(
    id="made-count", title="Counting", goal="Count words.", points=1, minutes=3, level=1, returns=("counts",),
    reference=count, hints=HINTS, section="02-hidden-state#x",
    cases=lambda rng: [{"words": ["a", "b", "a"]}, {"words": list(rng.choice(["x", "y", "z"], 5))}],
    mistakes=(Mistake("Each word counts once", lambda words: dict.fromkeys(words, 1), "How often?"),),
)

MASK = Exercise(
    id="made-mask", title="A mask", goal="Say where.", points=1, minutes=3, level=1, returns=("mask",),
    reference=lambda lengths, T: np.arange(T)[:, None] < lengths, hints=HINTS, section="03-x#y",
    axes={"mask": ("step", "sentence")},
    cases=lambda rng: [{"lengths": np.array([1, 2]), "T": 3}, {"lengths": rng.integers(1, 5, 3), "T": 4}],
    mistakes=(Mistake("One too many", lambda lengths, T: np.arange(T)[:, None] <= lengths, "Off by one."),),
)

ORTHOGONAL = Exercise(
    id="made-orthogonal", title="Orthogonal", goal="Make Q.", points=2, minutes=3, level=1, returns=("Q",),
    kind="property", reference=lambda rng, n: np.linalg.qr(rng.normal(size=(n, n)))[0], hints=HINTS, section="03-x#y",
    judge=lambda case, outputs: {"Q": np.allclose(outputs["Q"].T @ outputs["Q"], np.eye(case["n"]), atol=1e-5)
                                 or "QᵀQ is not the identity."},
    cases=lambda rng: [{"rng": np.random.default_rng(int(rng.integers(99))), "n": n} for n in (2, 4)],
    mistakes=(Mistake("Not made orthogonal", lambda rng, n: rng.normal(size=(n, n)), "Columns of length 1."),),
)

NUMBER = Exercise(
    id="made-number", title="A number", goal="Six times seven.", points=1, minutes=3, level=1, returns=("n",),
    kind="number", reference=42, hints=HINTS, section="02-hidden-state#x",
    mistakes=(Mistake("That is the sum", 13, "Times, not plus."),),
)

CHOICE = Exercise(
    id="made-choice", title="A choice", goal="Choose.", points=3, minutes=3, level=1, kind="choice",
    returns=("sky", "grass", "snow"), reference={"sky": "blue", "grass": "green", "snow": "white"},
    hints=HINTS, section="02-hidden-state#x",
    choices=dict.fromkeys(("sky", "grass", "snow"), ("blue", "green", "white")),
    mistakes=(Mistake("Blue and green are exchanged", {"sky": "green", "grass": "blue", "snow": "white"}, "Look up."),
              Mistake("Snow at night", {"sky": "blue", "grass": "green", "snow": "blue"}, "By day.", convention=True)),
)
