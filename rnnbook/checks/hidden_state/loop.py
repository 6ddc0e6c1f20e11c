"""rnn-forward: the loop over time."""

from __future__ import annotations

import numpy as np

from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.hidden_state import draw
from rnnbook.checks.hidden_state.draw import changed
from rnnbook.checks.hidden_state.step import in_the_step


def _forward(params, x, state, step=draw.step):
    hs, h = [], state
    for x_t in x:                                                # (B, D)
        h = step(params, x_t, h)                                 # (B, H)
        hs.append(h)
    return np.stack(hs), h                                       # (T, B, H), (B, H)


def _forward_cases(rng):
    yield {"params": draw.tiny_params(rng, 3, 2), "x": draw.tenths(rng, 2, 3, 3), "state": draw.tenths(rng, 3, 2)}
    for T, B, D, H in [(4, 4, 3, 3), (5, 3, 4, 4), (6, 2, 5, 3)]:
        yield {"params": draw.params(rng, D, H), "x": rng.standard_normal((T, B, D)), "state": draw.states(rng, B, H)}


def _forward_simple(rng):
    p, x, state = draw.params(rng, 3, 3), rng.standard_normal((4, 2, 3)), draw.states(rng, 2, 3)
    still = changed(p, b_h=0)
    yield {"params": p, "x": x[:1], "state": state}                                     # T = 1
    yield {"params": p, "x": x[:, :1], "state": state[:1]}                              # B = 1
    yield {"params": p, "x": x[:1, :1], "state": state[:1]}
    yield {"params": p, "x": x, "state": 0 * state}
    yield {"params": still, "x": x, "state": state}
    yield {"params": changed(p, b_h=30), "x": 0 * x, "state": state}                    # tanh and sigmoid saturate at 1
    yield {"params": still, "x": 0 * x, "state": 0 * state}                             # every state is 0
    yield {"params": changed(p, W_hh=p["W_hh"] + p["W_hh"].T), "x": x, "state": state}


def _not_carried(params, x, state):
    hs = np.stack([draw.step(params, x_t, state) for x_t in x])
    return hs, hs[-1]


def _from_sequence_to_sequence(params, x, state):
    h, hs = state[:1], np.zeros((*x.shape[:2], state.shape[1]))
    for b in range(x.shape[1]):
        for t in range(len(x)):
            h = draw.step(params, x[t, b : b + 1], h)            # sequence b goes on from the end of sequence b − 1
            hs[t, b] = h[0]
    return hs, hs[-1]


def _with_h_0(last_too):
    def wrong(params, x, state):
        hs, last = _forward(params, x, state)
        hs = np.concatenate([state[None], hs[:-1]])
        return hs, hs[-1] if last_too else last
    return wrong


def _x_0_skipped(params, x, state):
    hs = [state]
    for x_t in x[1:]:
        hs.append(draw.step(params, x_t, hs[-1]))
    return np.stack(hs), hs[-1]


def _one_step_short(last_of_hs):
    def wrong(params, x, state):
        hs, _ = _forward(params, x, state)
        hs[-1] = 0
        return hs, hs[-1] if last_of_hs else (hs[-2] if len(hs) > 1 else state)
    return wrong


def _right_to_left(turned_back):
    def wrong(params, x, state):
        hs, last = _forward(params, x[::-1], state)
        return (hs[::-1] if turned_back else hs), last
    return wrong


def _last_two_swapped(params, x, state):
    hs, last = _forward(params, x, state)
    return np.concatenate([hs[:-2], hs[-2:][::-1]]), last


def _one_array(params, x, state):
    hs, last = _forward(params, x, state)
    return np.broadcast_to(last, hs.shape).copy(), last


def _over_the_batch(params, x, state):
    hs, last = _forward(params, x.swapaxes(0, 1), state)
    if hs.shape != (*x.shape[:2], state.shape[1]):
        raise ValueError("time and batch differ in size")
    return hs, last


def _then(f):
    def wrong(params, x, state):
        return f(*_forward(params, x, state), state)
    return wrong


_CARRY = "What does step t read: h_0, or the state that step t − 1 made? Which variable holds it?"

FORWARD = Exercise(
    id="rnn-forward",
    title="The loop",
    goal="Run the step over whole sequences: every state, and the last one.",
    points=4, minutes=10, level=2,
    returns=("hs", "last"),
    reference=_forward,
    cases=lambda rng: list(_forward_cases(rng)),
    simple=lambda rng: list(_forward_simple(rng)),
    section="02-hidden-state#the-step-and-the-loop",
    hints=(
        "A loop over the first axis of x walks through time: `for x_t in x:`.",
        "Keep one variable for the current state. Each turn replaces it by the new state and puts that into a list.",
        "`h = state`; in the loop `h = step(params, x_t, h)` and `hs.append(h)`; return `np.stack(hs), h`.",
    ),
    mistakes=(
        Mistake("The state is not carried: every step starts from h_0", _not_carried, _CARRY),
        Mistake("Every step starts from zeros",
                lambda params, x, state: _not_carried(params, x, 0 * state), _CARRY),
        Mistake("The state is carried from one sequence of the batch into the next", _from_sequence_to_sequence,
                "Sequence 0 is right. Where does sequence 1 take its first state from? Each has its own row in state."),
        Mistake("The given state is ignored: the loop starts from zeros",
                lambda params, x, state: _forward(params, x, 0 * state), "What is the third argument for?"),
        Mistake("hs begins with h_0 and misses the last state; last is right", _with_h_0(False),
                "hs[0] is the state after the first input. Do you append before the step, or after it?"),
        Mistake("hs begins with h_0, so that last is one step early", _with_h_0(True),
                "hs[0] is the state after the first input. Do you append before the step, or after it?"),
        Mistake("hs has T + 1 states: h_0 stands before the others",
                _then(lambda hs, last, state: (np.concatenate([state[None], hs]), last)),
                "hs[1:] is right. T inputs make T states, and h_0 is not one of them: it was given.", shape=True),
        Mistake("hs has T + 1 states: the last one stands there twice",
                _then(lambda hs, last, state: (np.concatenate([hs, last[None]]), last)),
                "hs[:T] is right. What is appended after the loop has been appended in it.", shape=True),
        Mistake("last has an axis too many, (1, B, H)", _then(lambda hs, last, state: (hs, last[None])),
                "hs is right, and so are the numbers of last. `hs[-1:]` keeps an axis that `hs[-1]` drops; "
                "PyTorch has one there for its layers. Here last is (B, H).", shape=True),
        Mistake("hs and last are returned in the other order", _then(lambda hs, last, state: (last, hs)),
                "All numbers are right. Which of the two is asked for first?", shape=True),
        Mistake("hs is (T·B, H): the states stand one below the other",
                _then(lambda hs, last, state: (np.concatenate(list(hs)), last)),
                "np.concatenate joins along an axis that is there; time needs one of its own. Which function makes it?",
                shape=True),
        Mistake("The first input is skipped: hs[0] is h_0", _x_0_skipped,
                "There are T inputs, and each makes one state. How many times do you call step?"),
        Mistake("The last step is missing: hs[-1] stayed 0, and last is the state before it", _one_step_short(False),
                "`range(T - 1)` ends at T − 2."),
        Mistake("The last step is missing: hs[-1] and last stayed 0", _one_step_short(True),
                "`range(T - 1)` ends at T − 2."),
        Mistake("Time runs right to left", _right_to_left(False), "Which input is read first, x[0] or x[-1]?"),
        Mistake("Time runs right to left, and the states are turned back", _right_to_left(True),
                "Which input is read first, x[0] or x[-1]? (Chapter 8 uses such a network, beside this one.)"),
        Mistake("The last two steps are swapped in hs", _last_two_swapped,
                "last is right and hs[:-2] too. Print hs[-1] and last: they should be equal."),
        Mistake("Every entry of hs is the last state", _one_array,
                "Does each step make a new array, or write into the old one? A list keeps references, not copies."),
        Mistake("Every step reads the first input",
                lambda params, x, state: _forward(params, np.broadcast_to(x[:1], x.shape), state),
                "Change x[1]: hs[1] should change. Which index do you take x at?"),
        Mistake("last is h_0, the state before the first step", _then(lambda hs, last, state: (hs, state)),
                "hs is right. Is the variable you return as last the one that the loop renews?"),
        Mistake("last is the first new state", _then(lambda hs, last, state: (hs, hs[0])),
                "hs is right. Which of its entries is the state after the whole sequence?"),
        Mistake("last is the state one step before the end",
                _then(lambda hs, last, state: (hs, hs[-2] if len(hs) > 1 else state)),
                "hs is right. Which of its entries is the state after the whole sequence?"),
        Mistake("last is the mean of the states", _then(lambda hs, last, state: (hs, hs.mean(axis=0))),
                "hs is right. last is one of its entries, not their mean."),
        Mistake("The loop runs over the batch, not over time", _over_the_batch,
                "x is (T, B, D), time first. Which axis does `for x_t in x` walk along?"),
        *in_the_step(lambda step: lambda params, x, state: _forward(params, x, state, step)),
    ),
)

EXERCISES = (FORWARD,)
