"""rnn-one_to_many and rnn-right_head: one input and many outputs; which head fits which question."""

from __future__ import annotations

import numpy as np

from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.hidden_state import draw
from rnnbook.checks.hidden_state.draw import changed
from rnnbook.checks.hidden_state.step import in_the_step


def _run(params, inputs, h_0=None, step=draw.step):
    """All states (T, B, H) for inputs (T, B, D), from zeros or h_0."""
    h = np.zeros((inputs[0].shape[0], len(params["b_h"]))) if h_0 is None else h_0
    hs = []
    for x_t in inputs:
        h = step(params, x_t, h)
        hs.append(h)
    return np.stack(hs)


def _entering_at(x_1, T, at):
    """Zeros (T, B, D) with x_1 at step `at`, if there is one."""
    x = np.zeros((T, *x_1.shape))
    x[at : at + 1] = x_1
    return x


def _one_to_many(params, x_1, T):
    return _run(params, _entering_at(x_1, T, 0))


def _cases(rng):
    yield {"params": draw.tiny_params(rng, 4, 3), "x_1": draw.tenths(rng, 2, 4), "T": 4}
    for D, H, B, T in [(3, 3, 4, 4), (4, 4, 2, 5), (2, 5, 3, 4), (5, 3, 2, 6)]:
        yield {"params": draw.params(rng, D, H), "x_1": rng.standard_normal((B, D)) + 0.5, "T": T}


def _simple(rng):
    p, x_1 = draw.params(rng, 3, 3), rng.standard_normal((2, 3))
    still = changed(p, b_h=0)
    yield {"params": p, "x_1": x_1, "T": 1}
    yield {"params": p, "x_1": 0 * x_1, "T": 4}
    yield {"params": still, "x_1": x_1, "T": 4}
    yield {"params": changed(p, b_h=30), "x_1": 0 * x_1, "T": 4}  # tanh and sigmoid saturate at 1
    yield {"params": still, "x_1": 0 * x_1, "T": 4}              # every state is 0
    yield {"params": changed(p, W_hh=p["W_hh"] + p["W_hh"].T), "x_1": x_1, "T": 4}


def _feeds_state(params, x_1, T):
    hs = [draw.step(params, x_1, np.zeros((len(x_1), len(params["b_h"]))))]
    for _ in range(T - 1):
        hs.append(draw.step(params, hs[-1], hs[-1]))             # W_xh reads h: only where D = H
    return np.stack(hs)


def _later(next_state):
    """The first state is right; each later one is next_state(params, state before, first state)."""
    def wrong(params, x_1, T):
        hs = [_one_to_many(params, x_1, 1)[0]]
        for _ in range(T - 1):
            hs.append(next_state(params, hs[-1], hs[0]))
        return np.stack(hs)
    return wrong


def _no_bias_at_first(params, x_1, T):
    h_1 = np.tanh(x_1 @ params["W_xh"].T)
    return np.concatenate([h_1[None], _run(params, np.zeros((T, *x_1.shape)), h_0=h_1)[:-1]])


def _zero_input(params):
    return np.zeros((1, params["W_xh"].shape[1]))


def _as_h_0(params, x_1, T):
    if x_1.shape[1] != len(params["b_h"]):
        raise ValueError("x_1 does not fit as a state")
    return _run(params, np.zeros((T, *x_1.shape)), h_0=x_1)


def _with_h_0(params, x_1, T):
    hs = _one_to_many(params, x_1, T)
    return np.concatenate([np.zeros_like(hs[:1]), hs[:-1]])


_SILENCE = "After the first step the input is a zero vector. Which terms of a_t are left?"

ONE_TO_MANY = Exercise(
    id="rnn-one_to_many",
    title="One to many",
    goal="Let one input start the network, and let it run on without any.",
    points=3, minutes=10, level=2,
    returns=("hs",),
    reference=_one_to_many,
    cases=lambda rng: list(_cases(rng)),
    simple=lambda rng: list(_simple(rng)),
    section="02-hidden-state#five-shapes-of-input-and-output",
    hints=(
        "It is the loop of rnn-forward over inputs that you make: x_1 first, then T − 1 zero vectors of the "
        "same shape.",
        "`x = np.zeros((T, *x_1.shape))` has room for all of them, and h_0 is `np.zeros((B, H))`. Where does x_1 go?",
        "`x[0] = x_1`, then the loop: `h = step(params, x_t, h)` for each x_t in x, every h kept.",
    ),
    mistakes=(
        Mistake("The input is fed again at every step",
                lambda params, x_1, T: _run(params, np.broadcast_to(x_1, (T, *x_1.shape))),
                "The other kind of one-to-many does this. Here x_1 is heard once, at the first step."),
        Mistake("The state is fed as the next input", _feeds_state,
                "Nothing is fed after the first step: the state reaches the next step through W_hh, and only so."),
        Mistake("The input enters one step late", lambda params, x_1, T: _run(params, _entering_at(x_1, T, 1)),
                "hs[0] should know x_1. Does it change when x_1 does?"),
        Mistake("The input enters at the last step", lambda params, x_1, T: _run(params, _entering_at(x_1, T, T - 1)),
                "hs[0] should know x_1. Does it change when x_1 does?"),
        Mistake("The input never enters", lambda params, x_1, T: _run(params, np.zeros((T, *x_1.shape))),
                "Change x_1: every state should change."),
        Mistake("The state is not carried after the first step", _later(lambda p, h, h_1: draw.step(p,
                _zero_input(p), 0 * h)),
                "From the second step on, all your states are equal. What should step 2 read instead of zeros?"),
        Mistake("Every later step reads h_1", _later(lambda p, h, h_1: draw.step(p, _zero_input(p), h_1)),
                "Step 3 reads the state of step 2. Is your variable renewed in the loop?"),
        Mistake("h_1 is copied to every step", _later(lambda p, h, h_1: h_1),
                "The network goes on running without input: its state changes at every step, through W_hh and b_h."),
        Mistake("The states after the first are 0", _later(lambda p, h, h_1: 0 * h),
                "A zero input is not a zero state. " + _SILENCE),
        Mistake("The bias is left out once there is no input", _later(lambda p, h, h_1: np.tanh(h @ p["W_hh"].T)),
                _SILENCE),
        Mistake("The bias is left out at the first step", _no_bias_at_first,
                "The equation is the same at every step, the first one included."),
        Mistake("After the first step only tanh is taken", _later(lambda p, h, h_1: np.tanh(h)), _SILENCE),
        Mistake("W_hh is left out once there is no input", _later(lambda p, h, h_1: np.tanh(h + p["b_h"])), _SILENCE),
        Mistake("x_1 is used as h_0", _as_h_0,
                "x_1 is an input: it comes in through W_xh. h_0 is 0. (Decoders in chapter 9 do start from a "
                "given state.)"),
        Mistake("hs begins with h_0 and misses the last state", _with_h_0,
                "hs[0] is the state after x_1 was read. Do you append before the step, or after it?"),
        Mistake("hs begins with the second state", lambda params, x_1, T: _one_to_many(params, x_1, T + 1)[1:],
                "The state after x_1 is the first of the T. Where is it kept?"),
        Mistake("hs has T + 1 states: one too many at the end",
                lambda params, x_1, T: _one_to_many(params, x_1, T + 1),
                "hs[:T] is right. The step that reads x_1 is one of the T: how many are left for the loop?",
                shape=True),
        Mistake("hs has T + 1 states: h_0 stands before the others",
                lambda params, x_1, T: np.pad(_one_to_many(params, x_1, T), [(1, 0), (0, 0), (0, 0)]),
                "hs[1:] is right. h_0 is where the network starts, not a state that it makes.", shape=True),
        *in_the_step(lambda step: lambda params, x_1, T: _run(params, _entering_at(x_1, T, 0), step=step)),
    ),
)

_HEADS = ("softmax", "sigmoid", "linear")
_QUESTIONS = {
    "one of three intents": "softmax",
    "several topics at once": "sigmoid",
    "is it spam": "sigmoid",
    "temperature tomorrow": "linear",
    "part of speech of each word": "softmax",
}


def _heads(*names: str) -> dict[str, str]:
    return dict(zip(_QUESTIONS, names, strict=True))


def _but(**changes: str) -> dict[str, str]:
    """The right answer with some parts changed; a keyword is the first word of a question."""
    return {question: changes.get(question.split()[0], right) for question, right in _QUESTIONS.items()}


_MANY = "Can a text have two topics? The outputs of a softmax add up to 1: when one rises, the others fall."
_NUMBER = "A temperature may be −7 or 31. Which of the three heads can give these numbers?"
_ONE_OF = "Exactly one of these is right. Which head makes its outputs share a sum of 1?"

RIGHT_HEAD = Exercise(
    id="rnn-right_head",
    title="The right head",
    goal="Choose the output head that fits each of five questions.",
    points=5, minutes=4, level=1,
    returns=tuple(_QUESTIONS),
    reference=dict(_QUESTIONS),
    kind="choice",
    choices=dict.fromkeys(_QUESTIONS, _HEADS),
    section="02-hidden-state#output-heads",
    hints=(
        "Ask of each question: is the answer one of several, yes or no (perhaps for several things), or a number?",
        "One of several: probabilities that add up to 1. Yes or no: one probability for each thing. A number: "
        "no squashing.",
        "softmax for one of several, sigmoid for each yes or no, linear for a number.",
    ),
    mistakes=(
        Mistake("softmax for several topics at once", _but(several="softmax"), _MANY),
        Mistake("softmax over one output for spam", _but(**{"is": "softmax"}),
                "The layer has one output y for yes or no. Its softmax would be e^y / e^y: what is that?"),
        Mistake("softmax wherever there are classes", _but(several="softmax", **{"is": "softmax"}), _MANY),
        Mistake("sigmoid for the temperature", _but(temperature="sigmoid"), _NUMBER),
        Mistake("softmax for the temperature", _but(temperature="softmax"), _NUMBER),
        Mistake("sigmoid for the intents", _but(one="sigmoid"), _ONE_OF),
        Mistake("sigmoid for the parts of speech", _but(part="sigmoid"),
                "At each word exactly one part of speech is right. An answer at every step does not change the head."),
        Mistake("sigmoid for intents and parts of speech", _but(one="sigmoid", part="sigmoid"), _ONE_OF),
        Mistake("softmax and sigmoid are swapped", _heads("sigmoid", "softmax", "softmax", "linear", "sigmoid"),
                "Which of the two makes its outputs share a sum of 1, and which treats each output alone?"),
        Mistake("softmax and sigmoid are swapped for the first two", _but(one="sigmoid", several="softmax"),
                "Which of the two makes its outputs share a sum of 1, and which treats each output alone?"),
        Mistake("linear for the parts of speech", _but(part="linear"),
                "A part of speech is one of a list, not a number."),
        Mistake("linear for spam", _but(**{"is": "linear"}), "A yes or no needs a probability, between 0 and 1."),
        Mistake("softmax everywhere", _heads(*["softmax"] * 5), _NUMBER),
        Mistake("sigmoid everywhere", _heads(*["sigmoid"] * 5), _ONE_OF),
        Mistake("linear everywhere", _heads(*["linear"] * 5),
                "In PyTorch the last layer is often linear, because the loss applies softmax or sigmoid itself. "
                "The head asked for here is that function.", convention=True),
    ),
)

EXERCISES = (ONE_TO_MANY, RIGHT_HEAD)
