"""rnn-concat_form and rnn-parameter_count: the same step as one product, and how many numbers it learns."""

from __future__ import annotations

import numpy as np

from rnnbook.checks.exercise import Exercise, Mistake
from rnnbook.checks.hidden_state import draw
from rnnbook.checks.hidden_state.draw import changed


def _joined(params, x_t, state):
    """W = [W_xh W_hh] (H, D+H) and z = [x_t; h_{t-1}] (B, D+H)."""
    W = np.concatenate([params["W_xh"], params["W_hh"]], axis=1)
    z = np.concatenate([x_t, state], axis=1)
    return W, z


def _concat_form(params, x_t, state):
    W, z = _joined(params, x_t, state)
    return W, z, np.tanh(z @ W.T + params["b_h"])                # (H, D+H), (B, D+H), (B, H)


def _concat_cases(rng):
    yield {"params": draw.tiny_params(rng, 4, 2), "x_t": draw.tenths(rng, 3, 4), "state": draw.tenths(rng, 3, 2)}
    for D, H, B in [(3, 3, 4), (2, 4, 3), (5, 3, 2)]:
        yield {"params": draw.params(rng, D, H), "x_t": rng.standard_normal((B, D)), "state": draw.states(rng, B, H)}


def _concat_simple(rng):
    p, x_t, state = draw.params(rng, 3, 3), rng.standard_normal((2, 3)), draw.states(rng, 2, 3)
    same = changed(p, W_hh=p["W_xh"])
    zero = 0 * x_t
    yield {"params": p, "x_t": x_t, "state": zero}
    yield {"params": same, "x_t": x_t, "state": x_t}                                    # the order does not matter
    yield {"params": changed(p, b_h=0), "x_t": x_t, "state": state}
    yield {"params": changed(p, b_h=0), "x_t": zero, "state": zero}                     # z and h_t are 0
    yield {"params": changed(p, b_h=20), "x_t": zero, "state": zero}                    # tanh and sigmoid saturate at 1
    yield {"params": changed(p, **{n: p[n] + p[n].T for n in ("W_xh", "W_hh")}), "x_t": x_t, "state": state}


def _other_order(W_too, z_too):
    """W as [W_hh W_xh] and z as [h; x], or only one of them."""
    def wrong(params, x_t, state):
        W, z = _joined(params, x_t, state)
        if W_too:
            W = np.concatenate([params["W_hh"], params["W_xh"]], axis=1)
        if z_too:
            z = np.concatenate([state, x_t], axis=1)
        return W, z, np.tanh(z @ W.T + params["b_h"])
    return wrong


def _finish(h):
    """W and z are right; h_t is h(params, x_t, state)."""
    def wrong(params, x_t, state):
        return *_joined(params, x_t, state), h(params, x_t, state)
    return wrong


def _before(change):
    """The right form, of parameters, input and state that were changed first."""
    def wrong(params, x_t, state):
        return _concat_form(*change(params, x_t, state))
    return wrong


def _z_with_new_state(params, x_t, state):
    W, _, h_t = _concat_form(params, x_t, state)
    return W, np.concatenate([x_t, h_t], axis=1), h_t


def _along_axis_0(params, x_t, state):
    W = np.concatenate([params["W_xh"], params["W_hh"]])         # D ≠ H: raises here, else (2H, D)
    z = np.concatenate([x_t, state])
    return W, z, np.tanh(z @ W.T + params["b_h"])                # (2B, 2H) and (H,): raises here


def _product(params, x_t, state):
    W, z = _joined(params, x_t, state)
    return z @ W.T


def _no_bias(params, x_t, state):
    return draw.step(changed(params, b_h=0), x_t, state)


def _pre_activation(params, x_t, state):
    return x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"]


def _sigmoid_step(params, x_t, state):
    return 1 / (1 + np.exp(-_pre_activation(params, x_t, state)))


def _twice(params, x_t, state):
    return draw.step(changed(params, b_h=2 * params["b_h"]), x_t, state)


_ORDER = ("Block by block: the columns of W that stand first are multiplied with what stands first in z. "
          "Do they belong together?")

CONCAT_FORM = Exercise(
    id="rnn-concat_form",
    title="One matrix",
    goal="Write the step with one joined weight matrix and one joined vector, and get the same state.",
    points=3, minutes=8, level=2,
    returns=("W", "z", "h_t"),
    axes={"W": ("row", "column"), "z": ("sequence", "column")},
    reference=_concat_form,
    cases=lambda rng: list(_concat_cases(rng)),
    simple=lambda rng: list(_concat_simple(rng)),
    section="02-hidden-state#split-and-concatenated",
    hints=(
        "W is (H, D+H) and z is (B, D+H): in both, the input's part stands first and the state's part behind it.",
        "`np.concatenate([…, …], axis=1)` joins columns. W holds W_xh and W_hh, z holds x_t and the state.",
        "`h_t = np.tanh(z @ W.T + b_h)`: one product, and the bias as before.",
    ),
    mistakes=(
        Mistake("The other order: W = [W_hh W_xh] and z = [h; x]", _other_order(True, True),
                "Your h_t is right, and many texts write it so. Here the input comes first: W = [W_xh "
                "W_hh].", convention=True),
        Mistake("z is in the other order, [h; x], and does not match W", _other_order(False, True), _ORDER),
        Mistake("W is in the other order, [W_hh W_xh], and does not match z", _other_order(True, False), _ORDER),
        Mistake("The arrays are joined one below the other, along axis 0", _along_axis_0,
                "np.concatenate joins along axis 0 unless told otherwise. W is (H, D+H): which of its axes grows?",
                shape=True),
        Mistake("h_t is the product alone: the bias and tanh are missing", _finish(_product),
                "W and z are right. The product stands for two terms of the step; a bias and a tanh follow."),
        Mistake("The bias b_h is missing", _finish(_no_bias),
                "W and z are right. Joining them leaves one term out."),
        Mistake("The bias b_h is added twice", _finish(_twice),
                "W and z are right. There is one product now, and one bias."),
        Mistake("tanh is missing", _finish(_pre_activation),
                "W and z are right. z @ W.T + b_h is the pre-activation a_t."),
        Mistake("A sigmoid stands where tanh should", _finish(_sigmoid_step),
                "W and z are right. Which activation makes the state?"),
        Mistake("The bias is added after tanh",
                _finish(lambda params, x_t, state: _no_bias(params, x_t, state) + params["b_h"]),
                "W and z are right. A state made by tanh lies between −1 and 1: what was added too late?"),
        Mistake("h_t reads the input's half only",
                _finish(lambda params, x_t, state: draw.step(params, x_t, 0 * state)),
                "W and z are right. Is h_t made from z, or from x_t?"),
        Mistake("h_t reads the state's half only",
                _finish(lambda params, x_t, state: draw.step(params, 0 * x_t, state)),
                "W and z are right. Is h_t made from z, or from the state?"),
        Mistake("z holds the new state, not the previous one", _z_with_new_state,
                "z is needed to compute h_t, so h_t cannot be part of it. Which state is known before the step?"),
        Mistake("The state's half of z is 0", _before(lambda params, x_t, state: (params, x_t, 0 * state)),
                "The step is given a state. It is the second half of z."),
        Mistake("tanh is taken of the previous state before it enters z",
                _before(lambda params, x_t, state: (params, x_t, np.tanh(state))),
                "The state you are given is h_{t-1}: it has been through tanh in its own step."),
        Mistake("W_hh is transposed inside W",
                _before(lambda params, x_t, state: (changed(params, W_hh=params["W_hh"].T), x_t, state)),
                "Transpose once, in the product: z @ W.T. The blocks of W stay as they are stored, (out, in)."),
    ),
)


def _rnn(D, H):
    return H * D + H * H + H


def _parameter_count(D, H, K, T):
    return _rnn(D, H) + K * H + K


def _count_cases(rng):
    yield {"D": 2, "H": 3, "K": 5, "T": 4}
    for _ in range(4):
        D, H, K, T = (int(n) for n in rng.choice(np.arange(4, 40), 4, replace=False))
        yield {"D": D, "H": H, "K": K, "T": T}


def _count_simple(rng):
    n = int(rng.integers(3, 9))
    yield {"D": n, "H": n + 3, "K": n + 1, "T": 1}
    yield {"D": n, "H": n, "K": n + 1, "T": n + 2}
    yield {"D": n, "H": 1, "K": 1, "T": n}
    yield {"D": n, "H": n + 1, "K": 0, "T": n}                   # no output
    yield {"D": n, "H": 0, "K": n, "T": n}                       # no hidden unit
    yield {"D": n, "H": 0, "K": 0, "T": n}


_ONE_SET = ("Does a step have weights of its own? "
            "Count the arrays that training changes, not the places they are used in.")
_BIASES = "Set D, H and K to 1 and draw the network: each arrow is a weight, and each unit has one number more."

PARAMETER_COUNT = Exercise(
    id="rnn-parameter_count",
    title="Count the parameters",
    goal="Count the parameters of an RNN with an output layer, and see what the length has to do with it.",
    points=2, minutes=5, level=1,
    returns=("count",),
    reference=_parameter_count,
    cases=lambda rng: list(_count_cases(rng)),
    simple=lambda rng: list(_count_simple(rng)),
    section="02-hidden-state#one-set-of-weights-for-every-step",
    rtol=0.0, atol=0.5,
    hints=(
        "List the arrays: three in the RNN (W_xh, W_hh, b_h), two in the output layer (W_hy, b_y).",
        "The size of an array is the product of its shape: W_xh is (H, D), W_hh (H, H), b_h (H,), W_hy (K, "
        "H), b_y (K,).",
        "H·D + H·H + H for the RNN, K·H + K for the output layer. T does not appear.",
    ),
    mistakes=(
        Mistake("Everything is counted once for every step", lambda D, H, K, T: T * _parameter_count(D, H, K, T),
                _ONE_SET),
        Mistake("The RNN is counted once for every step", lambda D, H, K, T: T * _rnn(D, H) + K * H + K, _ONE_SET),
        Mistake("The output layer is counted once for every step", lambda D, H, K, T: _rnn(D, H) + T * (K * H + K),
                _ONE_SET),
        Mistake("W_hy is counted as if it read all states at once", lambda D, H, K, T: _rnn(D, H) + K * H * T + K,
                "W_hy is (K, H): it reads one state, whichever it is."),
        Mistake("W_xh is counted as if it read all inputs at once",
                lambda D, H, K, T: _parameter_count(D * T, H, K, T),
                "W_xh is (H, D): it reads one input, whichever it is."),
        Mistake("The states h_1 … h_T are counted too", lambda D, H, K, T: _parameter_count(D, H, K, T) + T * H,
                "States are computed anew for every sequence. Only what training changes and keeps is a parameter."),
        Mistake("H too many: a second bias in the RNN? Or h_0?",
                lambda D, H, K, T: _parameter_count(D, H, K, T) + H,
                "Did you count two biases in the RNN, as PyTorch has them (b_ih and b_hh)? Here there is one, b_h. "
                "Or did you count h_0, as networks do that learn it? Here h_0 is 0.", convention=True),
        Mistake("W_hh is counted as H weights, one for each unit", lambda D, H, K, T: H * D + H + H + K * H + K,
                "Does a unit read its own old state only, or those of all H units? W_hh has a row for each unit."),
        Mistake("b_h is forgotten", lambda D, H, K, T: H * D + H * H + K * H + K, _BIASES),
        Mistake("b_y is forgotten", lambda D, H, K, T: _rnn(D, H) + K * H, _BIASES),
        Mistake("Both biases are forgotten", lambda D, H, K, T: H * D + H * H + K * H, _BIASES),
        Mistake("Each bias is counted as one number", lambda D, H, K, T: H * D + H * H + 1 + K * H + 1,
                "b_h is added to H units. How many numbers does it hold?"),
        Mistake("The output layer is forgotten", lambda D, H, K, T: _rnn(D, H),
                "K stands in the question. Which arrays have a side of K?"),
        Mistake("W_hh is forgotten", lambda D, H, K, T: H * D + H + K * H + K,
                "This is a network without memory. Which array leads from the old state to the new one?"),
        Mistake("W_xh is forgotten", lambda D, H, K, T: H * H + H + K * H + K,
                "D stands in the question. Which array has a side of D?"),
        Mistake("W_hh is counted with the shape of W_xh", lambda D, H, K, T: 2 * H * D + H + K * H + K,
                "W_hh leads from h to h. What is its shape?"),
        Mistake("W_hy is counted as if it read the input", lambda D, H, K, T: _rnn(D, H) + K * D + K,
                "The output layer reads the state. What is the shape of W_hy?"),
        Mistake("b_h is counted with D numbers", lambda D, H, K, T: H * D + H * H + D + K * H + K,
                "b_h is added to a_t. How many entries does a_t have?"),
    ),
)

EXERCISES = (CONCAT_FORM, PARAMETER_COUNT)
