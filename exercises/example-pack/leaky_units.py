"""An example of a private pack: two exercises on leaky units, which the book does not have."""

from __future__ import annotations

import math

import numpy as np

from rnnbook.checks import Exercise, Mistake


def leaky_step(params, x_t, state, alpha):
    """h_t = (1 − α) h_{t-1} + α tanh(W_xh x_t + W_hh h_{t-1} + b_h)."""
    new = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])      # (B, H)
    return (1 - alpha) * state + alpha * new


def _tanh(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])


def _swapped(params, x_t, state, alpha):
    return alpha * state + (1 - alpha) * _tanh(params, x_t, state)


def _no_leak(params, x_t, state, alpha):
    return _tanh(params, x_t, state)


def _added(params, x_t, state, alpha):
    return (1 - alpha) * state + _tanh(params, x_t, state)


def _kept(params, x_t, state, alpha):
    return state + alpha * _tanh(params, x_t, state)


def _no_bias(params, x_t, state, alpha):
    return leaky_step(params | {"b_h": 0 * params["b_h"]}, x_t, state, alpha)


def _case(rng, B, D, H, alpha, digits=None):
    def draw(*shape):
        values = rng.uniform(-1, 1, shape)
        return values if digits is None else values.round(digits)

    params = {"W_xh": draw(H, D), "W_hh": draw(H, H), "b_h": draw(H) + 0.5}
    return {"params": params, "x_t": draw(B, D), "state": draw(B, H), "alpha": alpha}


def leaky_cases(rng):
    """The first is tiny, with one decimal, so that a report can show it. The others differ in every size."""
    yield _case(rng, 1, 2, 2, 0.2, digits=1)
    for B, D, H in ((1, 3, 4), (3, 2, 5), (4, 5, 3)):
        yield _case(rng, B, D, H, float(rng.uniform(0.05, 0.4)))


def simple_leaky_cases(rng):
    """Cases on which a mistake does not show: α = 1, α = ½, a zero state, a zero bias."""
    yield _case(rng, 2, 3, 4, 1.0)
    yield _case(rng, 2, 3, 4, 0.5)
    yield {**_case(rng, 2, 3, 4, 1.0), "state": np.zeros((2, 4))}
    case = _case(rng, 2, 3, 4, 0.3)
    yield {**case, "params": case["params"] | {"b_h": np.zeros(4)}}


LEAKY_STEP = Exercise(
    id="leaky-leaky_step",
    title="A leaky step",
    goal="Mix the new state with the old one: a share α is new, the rest stays.",
    points=2, minutes=5, level=2,
    returns=("h_t",),
    reference=leaky_step,
    cases=lambda rng: list(leaky_cases(rng)),
    simple=lambda rng: list(simple_leaky_cases(rng)),
    section="02-hidden-state#the-step-and-the-loop",
    hints=(
        "Compute what the state would be without a leak. What share of it enters?",
        "Two terms: (1 − α) times something, and α times something else.",
        "(1 − α) times the old state, plus α times the tanh of the usual sum.",
    ),
    mistakes=(
        Mistake("α and 1 − α are swapped", _swapped, "With α = 0 nothing should change. What does your step do?"),
        Mistake("The leak is forgotten", _no_leak, "Does your answer depend on α?"),
        Mistake("The new part is not multiplied by α", _added, "The two shares must add up to 1."),
        Mistake("The old state is kept whole", _kept, "The two shares must add up to 1."),
        Mistake("The bias b_h is missing", _no_bias, "Set x_t and the state to 0. What is left?"),
    ),
)

HALF_LIFE = Exercise(
    id="leaky-half_life",
    title="How long a leaky unit remembers",
    goal="Count the steps until a state of 1 has fallen to one half or less, if α = 0.1 and nothing new comes in.",
    points=1, minutes=5, level=2,
    returns=("steps",),
    reference=math.ceil(math.log(0.5) / math.log(0.9)),
    kind="number",
    section="02-hidden-state#the-step-and-the-loop",
    hints=(
        "Without anything new, one step multiplies the state by 1 − α.",
        "After k steps the state is 0.9 to the power k.",
        "Find the first k with 0.9 to the power k at most 0.5. A logarithm, or a short loop, finds it.",
    ),
    mistakes=(
        Mistake("That is one step too few", 6, "0.9 to the power 6 is 0.531: still above one half."),
        Mistake("The same amount is taken off at each step", 5, "A step takes a tenth of what is left."),
        Mistake("That is 1/α", 10, "After 1/α steps a third is left. The question asks for one half."),
        Mistake("The logarithm was not rounded up", math.log(0.5) / math.log(0.9), "Steps are whole."),
        Mistake("α was taken for 1 − α", 1, "α = 0.1 is the share that is new. What share stays?"),
    ),
)

EXERCISES = (LEAKY_STEP, HALF_LIFE)
