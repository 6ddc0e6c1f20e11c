"""rnn-step and rnn-by_hand: one step of the network, in arrays and on paper."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.hidden_state import draw
from rnnbook.checks.hidden_state.draw import changed, split


def _cases(rng):
    yield {"params": draw.tiny_params(rng, 4, 2), "x_t": draw.tenths(rng, 3, 4), "state": draw.tenths(rng, 3, 2)}
    for D, H, B in [(3, 3, 4), (5, 5, 2), (2, 5, 4), (6, 3, 3), (4, 4, 4)]:       # (4, 4, 4): every product fits
        yield {"params": draw.params(rng, D, H), "x_t": rng.standard_normal((B, D)), "state": draw.states(rng, B, H)}


def _simple(rng):
    p, x_t, state = draw.params(rng, 3, 3), rng.standard_normal((2, 3)), draw.states(rng, 2, 3)
    zero = np.zeros((2, 3))
    symmetric = {name: p[name] + p[name].T for name in ("W_xh", "W_hh")}
    yield {"params": p, "x_t": x_t, "state": zero}                                      # the first step
    yield {"params": p, "x_t": zero, "state": state}                                    # no input
    yield {"params": p, "x_t": zero, "state": zero}
    yield {"params": p, "x_t": x_t, "state": x_t}
    yield {"params": changed(p, b_h=0), "x_t": x_t, "state": state}
    yield {"params": changed(p, b_h=0), "x_t": zero, "state": zero}
    yield {"params": changed(p, b_h=20), "x_t": zero, "state": zero}                    # tanh and sigmoid saturate at 1
    yield {"params": changed(p, **symmetric), "x_t": x_t, "state": state}
    yield {"params": changed(p, W_hh=np.eye(3)), "x_t": x_t, "state": state}


def _terms(params, x_t, state):
    """The two products and the bias: (B, H), (B, H), (H,)."""
    W_xh, W_hh, b_h = split(params)
    return x_t @ W_xh.T, state @ W_hh.T, b_h


def _on_terms(combine):
    """A step that makes h_t from the two products and the bias."""
    def wrong(params, x_t, state):
        return combine(*_terms(params, x_t, state))
    return wrong


def _on_weights(combine):
    """A step that makes a_t from x_t, h_{t-1}, W_xh and W_hh, then adds the bias and takes tanh."""
    def wrong(params, x_t, state):
        W_xh, W_hh, b_h = split(params)
        return np.tanh(combine(x_t, state, W_xh, W_hh) + b_h)
    return wrong


def _columns(combine):
    """A step in the columns of the equation: combine(W_xh x_tᵀ, W_hh h_{t-1}ᵀ, b_h), (H, B), never turned back."""
    def wrong(params, x_t, state):
        W_xh, W_hh, b_h = split(params)
        return np.tanh(combine(W_xh @ x_t.T, W_hh @ state.T, b_h))
    return wrong


_COVER = "Read the equation aloud: the tanh is of the whole sum a_t. What does its bracket close over in your line?"
_TRANSPOSE = ("Weights are stored (out, in). Write the shapes under your product: (B, in) @ (in, out). "
              "Which of the two has to be turned?")
_ROWS = ("The equation has x_t as a column; the examples here are rows. W_xh is (H, D) and x_t is (B, D): "
         "which product of the two, with one of them turned, is (B, H)?")

STEP = Exercise(
    id="rnn-step",
    title="One step",
    goal="Compute the next hidden state of a batch from its input and its previous state.",
    points=2, minutes=3, level=1,
    returns=("h_t",),
    reference=draw.step,
    cases=lambda rng: list(_cases(rng)),
    simple=lambda rng: list(_simple(rng)),
    section="02-hidden-state#the-step-and-the-loop",
    hints=(
        "The equation has three terms inside one tanh: one from x_t, one from the previous state, one bias.",
        "Each row of x_t is one example, so W_xh x_t becomes `x_t @ W_xh.T`, of shape (B, H). "
        "The state's term has the same form.",
        "Add `x_t @ W_xh.T`, `state @ W_hh.T` and `b_h`, and take `np.tanh` of the sum.",
    ),
    mistakes=(
        Mistake("The bias b_h is missing", _on_terms(lambda a, r, b: np.tanh(a + r)),
                "Set x_t and the state to 0 in the equation. What is left, and what does your function return?"),
        Mistake("The previous state is forgotten", _on_terms(lambda a, r, b: np.tanh(a + b)),
                "Call your function twice with different states and the same x_t. Should the results be equal?"),
        Mistake("The input is forgotten", _on_terms(lambda a, r, b: np.tanh(r + b)),
                "Call your function twice with different inputs and the same state. Should the results be equal?"),
        Mistake("tanh covers the input's term only", _on_terms(lambda a, r, b: np.tanh(a) + r + b), _COVER),
        Mistake("tanh covers the input's term and the bias, not the state's term",
                _on_terms(lambda a, r, b: np.tanh(a + b) + r), _COVER),
        Mistake("tanh covers the state's term only", _on_terms(lambda a, r, b: a + np.tanh(r) + b), _COVER),
        Mistake("tanh covers the state's term and the bias, not the input's term",
                _on_terms(lambda a, r, b: a + np.tanh(r + b)), _COVER),
        Mistake("tanh is taken of each term, the bias with the state's, then the terms are added",
                _on_terms(lambda a, r, b: np.tanh(a) + np.tanh(r + b)), _COVER),
        Mistake("tanh is taken of each term, the bias with the input's, then the terms are added",
                _on_terms(lambda a, r, b: np.tanh(a + b) + np.tanh(r)), _COVER),
        Mistake("tanh is taken of each product, and the bias is added outside",
                _on_terms(lambda a, r, b: np.tanh(a) + np.tanh(r) + b), _COVER),
        Mistake("tanh is taken of all three terms apart",
                _on_terms(lambda a, r, b: np.tanh(a) + np.tanh(r) + np.tanh(b)), _COVER),
        Mistake("The bias is added after tanh", _on_terms(lambda a, r, b: np.tanh(a + r) + b),
                "A state made by tanh lies between −1 and 1. Does yours always? What was added too late?"),
        Mistake("The bias is added twice", _on_terms(lambda a, r, b: np.tanh(a + r + 2 * b)),
                "How often does b_h stand in the equation? Look for the line that adds it to each term."),
        Mistake("The bias is subtracted", _on_terms(lambda a, r, b: np.tanh(a + r - b)),
                "Compare the signs of your sum with those of the equation."),
        Mistake("The activation is missing", _on_terms(lambda a, r, b: a + r + b),
                "This is the pre-activation a_t. One function turns it into h_t."),
        Mistake("A sigmoid stands where tanh should", _on_terms(lambda a, r, b: 1 / (1 + np.exp(-(a + r + b)))),
                "All your states are positive. Which activation gives values between −1 and 1? "
                "(Elman's network of 1990 had the sigmoid; the equation here does not.)"),
        Mistake("ReLU stands where tanh should", _on_terms(lambda a, r, b: np.maximum(a + r + b, 0)),
                "None of your states is negative. Which activation does the equation name?"),
        Mistake("tan stands where tanh should", _on_terms(lambda a, r, b: np.tan(a + r + b)),
                "The h in tanh stands for hyperbolic: `np.tanh`. A state made by it lies between −1 and 1."),
        Mistake("The tanh is that of a_t/2", _on_terms(lambda a, r, b: np.tanh((a + r + b) / 2)),
                "Written with exponentials, tanh a is (e^(2a) − 1)/(e^(2a) + 1). Where did the 2 go?"),
        Mistake("tanh is taken twice", _on_terms(lambda a, r, b: np.tanh(np.tanh(a + r + b))),
                "The result of tanh is h_t already. Where is it squashed a second time?"),
        Mistake("tanh is taken of the previous state first",
                lambda params, x_t, state: draw.step(params, x_t, np.tanh(state)),
                "The state you are given is h_{t-1}: it has been through tanh in its own step."),
        Mistake("The terms are multiplied, not added", _on_terms(lambda a, r, b: np.tanh(a * r + b)),
                "With a zero state your function ignores the input. Which operation joins the two terms?"),
        Mistake("W_xh and W_hh are swapped", _on_weights(lambda x, h, W, U: x @ U.T + h @ W.T),
                "Try D = 2 and H = 5: your products no longer fit. The names say it: W_xh leads from x to h."),
        Mistake("The product of sums is taken: (W_xh + W_hh)(x_t + h)",
                _on_weights(lambda x, h, W, U: (x + h) @ (W + U).T),
                "Multiply your bracket out: it has four products, and the equation has two."),
        Mistake("The weights are not transposed", _on_weights(lambda x, h, W, U: x @ W + h @ U), _TRANSPOSE),
        Mistake("W_xh is not transposed", _on_weights(lambda x, h, W, U: x @ W + h @ U.T), _TRANSPOSE),
        Mistake("W_hh is not transposed", _on_weights(lambda x, h, W, U: x @ W.T + h @ U),
                _TRANSPOSE + " W_hh is square: no error will tell you."),
        Mistake("The products are those of columns: W_xh @ x_t", _on_weights(lambda x, h, W, U: W @ x + U @ h), _ROWS,
                shape=True),
        Mistake("The result is (H, B), one example a column", _columns(lambda a, r, b: a + r + b[:, None]),
                "The numbers are right. Each example came in as a row: let it go out as one.", shape=True),
        Mistake("The products are (H, B), one example a column, and b_h is laid along the examples",
                _columns(lambda a, r, b: a + r + b),
                "W_xh @ x_t.T is (H, B). Turn the result, or better the product: x_t @ W_xh.T is (B, H), and b_h fits.",
                shape=True),
        Mistake("The input's term is (H, B), one example a column, and the state's is (B, H)",
                _on_weights(lambda x, h, W, U: W @ x.T + h @ U.T),
                "Write the shape under each term of the sum. Both should be (B, H): which one has to be turned?",
                shape=True),
        Mistake("The state is added without W_hh", _on_weights(lambda x, h, W, U: x @ W.T + h),
                "Each unit of your new state reads one unit of the old one. What lets it read all of them?"),
        Mistake("The input goes through W_hh too, and the state is not read",
                _on_weights(lambda x, h, W, U: x @ W.T + x @ U.T),
                "Look at what W_hh is multiplied with. The second h in its name is h_{t-1}."),
        Mistake("The state is added after tanh, without W_hh",
                lambda params, x_t, state: draw.step(params, x_t, 0 * state) + state,
                "The old state enters inside tanh, through W_hh, and nowhere else."),
        Mistake("The previous state is added to the new one",
                lambda params, x_t, state: state + draw.step(params, x_t, state),
                "The old state enters inside tanh, through W_hh, and nowhere else."),
    ),
)


_INHERITED = ("The bias b_h is missing", "The activation is missing", "A sigmoid stands where tanh should",
              "W_hh is not transposed", "W_xh and W_hh are swapped")


def in_the_step(run: Callable[[Callable], Callable]) -> list[Mistake]:
    """Mistakes of rnn-step inside an exercise that calls it: run(step) is the right answer made with that step."""
    hint = "The loop is right, the step in it is not: go back to rnn-step. "
    inherited = [mistake for mistake in STEP.mistakes if mistake.name in _INHERITED]
    return [Mistake(f"In the step: {m.name}", run(m.wrong), hint + m.hint) for m in inherited]


def _two_steps(w_xh=0.5, w_hh=1.5, b_h=0.5, x=(1.0, -1.0), f=np.tanh, g=np.tanh) -> float:
    """h_2 of a network with one unit; f and g are the activations of step 1 and step 2."""
    h_1 = f(w_xh * x[0] + b_h)
    return float(g(w_xh * x[1] + w_hh * h_1 + b_h))


def _identity(a):
    return a


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


BY_HAND = Exercise(
    id="rnn-by_hand",
    title="Two steps on paper",
    goal="Follow two steps of a network with one unit, by hand, and give its second state.",
    points=1, minutes=3, level=1,
    returns=("h_2",),
    reference=_two_steps(),
    kind="number",
    rtol=0.0, atol=0.0055,
    section="02-hidden-state#one-step-by-hand",
    hints=(
        "Step 1 first: a_1 = W_xh x_1 + W_hh h_0 + b_h, and h_0 is 0.",
        "a_1 = 0.5 · 1 + 1.5 · 0 + 0.5 = 1, so h_1 = tanh(1) ≈ 0.76. Now the same with x_2 and h_1.",
        "a_2 = 0.5 · (−1) + 1.5 · 0.76 + 0.5 ≈ 1.14. One tanh is left.",
    ),
    mistakes=(
        Mistake("This is h_1: one step is missing", float(np.tanh(1.0)),
                "You stopped after x_1. x_2 = −1 is still to be read."),
        Mistake("This is a_2: the last tanh is missing", _two_steps(g=_identity),
                "A state lies between −1 and 1. What turns a_2 into h_2?"),
        Mistake("h_1 was left without its tanh", _two_steps(f=_identity), "What enters step 2 is h_1, not a_1."),
        Mistake("tanh was taken nowhere", _two_steps(f=_identity, g=_identity),
                "Each step ends in a tanh. There are two of them."),
        Mistake("The bias was left out", _two_steps(b_h=0.0), "b_h = 0.5 is added in both steps."),
        Mistake("The bias was left out of step 2", float(np.tanh(-0.5 + 1.5 * np.tanh(1.0))),
                "b_h = 0.5 is added in both steps."),
        Mistake("The previous state was forgotten in step 2", _two_steps(w_hh=0.0),
                "Step 2 reads x_2 and h_1. Where is W_hh h_1?"),
        Mistake("W_xh and W_hh were swapped", _two_steps(w_xh=1.5, w_hh=0.5),
                "W_xh = 0.5 belongs to the input, W_hh = 1.5 to the state."),
        Mistake("h_1 was rounded to 0.8 before step 2", float(np.tanh(-0.5 + 1.5 * 0.8 + 0.5)),
                "The method is right. An answer to two decimals needs h_1 to two decimals at least."),
        Mistake("The sign of x_2 was lost", _two_steps(x=(1.0, 1.0)), "x_2 is −1: its term is subtracted."),
        Mistake("W_hh was not applied to h_1", _two_steps(w_hh=1.0), "The term is W_hh h_1, and W_hh is 1.5."),
        Mistake("A sigmoid was used for tanh", _two_steps(f=_sigmoid, g=_sigmoid),
                "On the calculator the key is tanh, not 1/(1 + e^−a)."),
        Mistake("tan was used for tanh", _two_steps(f=np.tan, g=np.tan),
                "On the calculator the key is tanh, with an h: the hyperbolic one."),
    ),
)

EXERCISES = (BY_HAND, STEP)
