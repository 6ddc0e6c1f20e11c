"""Every promised ValueError, by its message: the argument, what was got, what was expected."""

from __future__ import annotations

import re

import numpy as np
import pytest
from three_ways import RECURRENT, case

from rnnbook.scratch import embedding, linear
from rnnbook.scratch.losses import binary_cross_entropy, cross_entropy, squared_error

nan = float("nan")


def check(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()


# ---- Recurrent layers: T = 4, B = 3, D = 2, H = 5 --------------------------------------------------------------------

X = np.zeros((4, 3, 2))
FORWARD = {
    "x without a batch axis": ({"x": X[:, 0]}, "x has shape (4, 2); expected (T, B, 2)"),
    "x of the wrong size": ({"x": np.zeros((4, 3, 7))}, "x has shape (4, 3, 7); expected (T, B, 2)"),
    "x of integers": ({"x": X.astype(int)}, "x has dtype int64; expected float32 or float64"),
    "x of half precision": ({"x": X.astype(np.float16)}, "x has dtype float16; expected float32 or float64"),
    "x ragged": ({"x": [[1.0], [1.0, 2.0]]}, "x has rows of unequal length; expected an array"),
    "an empty batch": ({"x": X[:, :0]}, "x is empty: shape (4, 0, 2); expected (T, B, 2), every size at least 1"),
    "no steps": ({"x": X[:0]}, "x is empty: shape (0, 3, 2)"),
    "NaN in a real input": ({"x": np.full_like(X, nan)}, "x[0, 0, 0] is NaN; expected numbers in every real"),
    "state of the wrong size": ({"state": np.zeros((3, 4))}, "state has shape (3, 4); expected (3, 5)"),
    "state with PyTorch's axis": ({"state": np.zeros((1, 3, 5))}, "state has shape (1, 3, 5); expected (3, 5)"),
    "state of integers": ({"state": np.zeros((3, 5), int)}, "state has dtype int64; expected float32 or float64"),
    "NaN in the state": ({"state": np.full((3, 5), nan)}, "state[0, 0] is NaN"),
    "a length of 0": ({"lengths": np.array([4, 0, 1])}, "lengths[1] is 0; expected 1 to 4, the number of steps in x"),
    "a length above T": ({"lengths": np.array([4, 1, 5])}, "lengths[2] is 5; expected 1 to 4"),
    "too few lengths": ({"lengths": np.array([4, 1])}, "lengths has shape (2,); expected (3,), one length a sequence"),
    "lengths of floats": ({"lengths": np.array([4.0, 1, 1])}, "lengths has dtype float64; expected integers"),
    "lengths of booleans": ({"lengths": np.ones(3, bool)}, "lengths has dtype bool; expected integers"),
    "params are no dict": ({"params": None}, "params is a NoneType; expected a dict"),
}


@pytest.mark.parametrize("layer", RECURRENT.values(), ids=RECURRENT)
class TestRecurrent:
    @pytest.mark.parametrize(("bad", "message"), FORWARD.values(), ids=FORWARD)
    def test_forward(self, layer, bad, message):
        arguments = {"params": layer.module.init(np.random.default_rng(0), 2, 5), "x": X}
        _, state, _ = layer.module.forward(**arguments)
        for part in getattr(state, "_fields", []) if "state" in bad else []:                    # h, c of an LSTM
            wrong = {"state": state._replace(**{part: bad["state"]})}
            check(lambda wrong=wrong: layer.module.forward(**arguments | wrong), f"state.{part}{message[5:]}")
        if "state" not in bad or isinstance(state, np.ndarray):
            check(lambda: layer.module.forward(**arguments | bad), message)

    def test_nan_is_located(self, layer):
        x = X.copy()
        x[2, 1, 0] = nan
        params = layer.module.init(np.random.default_rng(0), 2, 5)
        check(lambda: layer.module.forward(params, x), "x[2, 1, 0] is NaN")
        layer.module.forward(params, x, lengths=np.array([4, 2, 4]))           # behind the end it may be anything

    def test_parameters(self, layer):
        params = layer.module.init(np.random.default_rng(0), 2, 5)
        for name in params:
            shape = params[name].shape
            rest = {other: array for other, array in params.items() if other != name}
            check(lambda rest=rest: layer.module.forward(rest, X), f"params has no {name!r}; it needs ")
            for bad, message in [
                (params[name].tolist(), "is a list; expected a NumPy array"),
                (np.ones(shape, int), "has dtype int64; expected float32 or float64"),
                (params[name][..., None], f"has shape {(*shape, 1)}; expected ("),
            ]:
                wrong = rest | {name: bad}
                check(lambda wrong=wrong: layer.module.forward(wrong, X), f"params[{name!r}] {message}")

    def test_swapped_matrices(self, layer):
        params = layer.module.init(np.random.default_rng(0), 2, 5)
        swapped = params | {"W_xh": params["W_hh"], "W_hh": params["W_xh"]}
        check(lambda: layer.module.forward(swapped, X), "params['W_hh'] has shape ")
        turned = params | {"W_xh": params["W_xh"].T}
        gates = len(params["b_h"]) // 5
        first = f"params['W_xh'] has shape (2, {5 * gates}); expected ({gates}H, D): H rows for each gate"
        told = "params['W_hh'] has shape (5, 5); expected (2, 2)" if gates == 1 else first
        check(lambda: layer.module.forward(turned, X), told)

    def test_step(self, layer):
        c = case(layer.module, 4, 3, 2, 5)
        step = layer.module.step
        check(lambda: step(c.params, np.zeros((3, 4)), c.state), "x_t has shape (3, 4); expected (B, 2)")
        check(lambda: step(c.params, np.zeros(2), c.state), "x_t has shape (2,); expected (B, 2)")
        first = "state.h" if isinstance(c.state, tuple) else "state"
        check(lambda: step(c.params, np.zeros((2, 2)), c.state), f"{first} has shape (3, 5); expected (2, 5)")

    def test_backward(self, layer):
        c = case(layer.module, 4, 3, 2, 5)
        _, _, cache = layer.module.forward(c.params, c.x)
        backward = layer.module.backward
        check(lambda: backward(cache, np.zeros((3, 5))), "dhs has shape (3, 5); expected (4, 3, 5)")
        check(lambda: backward(cache, np.zeros((4, 3, 5), int)), "dhs has dtype int64; expected float32 or float64")
        wrong, shapes = np.zeros((4, 3, 5)), "has shape (4, 3, 5); expected (3, 5)"
        if isinstance(c.dlast, np.ndarray):
            check(lambda: backward(cache, None, wrong), f"dlast {shapes}")
        for part in getattr(c.dlast, "_fields", []):
            dlast = c.dlast._replace(**{part: wrong})
            check(lambda dlast=dlast, part=part: backward(cache, None, dlast), f"dlast.{part} {shapes}")

    @pytest.mark.parametrize("size", [0, -1, 2.5, True, None])
    def test_init(self, layer, size):
        rng = np.random.default_rng(0)
        check(lambda: layer.module.init(rng, size, 5), f"D is {size!r}; expected a whole number, at least 1")
        check(lambda: layer.module.init(rng, 2, size), f"H is {size!r}; expected a whole number, at least 1")


# ---- Embedding: V = 6, E = 4; linear: H = 4, K = 3 -------------------------------------------------------------------

EMBED = embedding.init(np.random.default_rng(0), 6, 4)
OUT = linear.init(np.random.default_rng(0), 4, 3)
EMBED_CACHE = embedding.forward(EMBED, np.array([[1, 2]]))[1]
OUT_CACHE = linear.forward(OUT, np.zeros((2, 4)))[1]
SCORES = np.zeros((2, 3))

OTHERS = {
    "embedding: token too large": (
        lambda: embedding.forward(EMBED, np.array([[1, 6]])),
        "tokens[0, 1] is 6; expected 0 to 5",
    ),
    "embedding: negative token": (
        lambda: embedding.forward(EMBED, np.array([[1], [-1]])),
        "tokens[1, 0] is -1; expected 0 to 5",
    ),
    "embedding: tokens of floats": (
        lambda: embedding.forward(EMBED, np.ones((2, 2))),
        "tokens has dtype float64; expected integers",
    ),
    "embedding: no tokens": (lambda: embedding.forward(EMBED, np.ones((0, 2), int)), "tokens is empty: shape (0, 2)"),
    "embedding: tokens ragged": (lambda: embedding.forward(EMBED, [[1], [1, 2]]), "tokens has rows of unequal length"),
    "embedding: no W_emb": (lambda: embedding.forward({}, np.ones((2, 2), int)), "params has no 'W_emb'"),
    "embedding: dx": (
        lambda: embedding.backward(EMBED_CACHE, np.ones((1, 2, 5))),
        "dx has shape (1, 2, 5); expected (1, 2, 4)",
    ),
    "embedding: V": (
        lambda: embedding.init(np.random.default_rng(0), 0, 4),
        "V is 0; expected a whole number, at least 1",
    ),
    "embedding: E": (
        lambda: embedding.init(np.random.default_rng(0), 4, 0),
        "E is 0; expected a whole number, at least 1",
    ),
    "linear: h": (lambda: linear.forward(OUT, np.zeros((2, 5))), "h has shape (2, 5); expected (…, 4)"),
    "linear: h is a number": (lambda: linear.forward(OUT, 1.0), "h has shape (); expected (…, 4)"),
    "linear: h of integers": (
        lambda: linear.forward(OUT, np.zeros((2, 4), int)),
        "h has dtype int64; expected float32 or float64",
    ),
    "linear: empty batch": (lambda: linear.forward(OUT, np.zeros((0, 4))), "h is empty: shape (0, 4)"),
    "linear: NaN": (lambda: linear.forward(OUT, np.array([[0, 0, nan, 0]])), "h[0, 2] is NaN"),
    "linear: b_y": (
        lambda: linear.forward(OUT | {"b_y": np.zeros(4)}, np.zeros((2, 4))),
        "params['b_y'] has shape (4,); expected (3,)",
    ),
    "linear: no b_y": (lambda: linear.forward({"W_hy": OUT["W_hy"]}, np.zeros((2, 4))), "params has no 'b_y'"),
    "linear: dy": (lambda: linear.backward(OUT_CACHE, np.zeros((2, 4))), "dy has shape (2, 4); expected (2, 3)"),
    "linear: H": (lambda: linear.init(np.random.default_rng(0), 0, 3), "H is 0; expected a whole number, at least 1"),
    "linear: K": (lambda: linear.init(np.random.default_rng(0), 4, 0), "K is 0; expected a whole number, at least 1"),
    "cross_entropy: target too large": (
        lambda: cross_entropy(SCORES, np.array([0, 3])),
        "targets[1] is 3; expected 0 to 2",
    ),
    "cross_entropy: ignore index": (
        lambda: cross_entropy(SCORES, np.array([0, -100])),
        "targets[1] is -100; expected 0 to 2",
    ),
    "cross_entropy: NaN": (lambda: cross_entropy(SCORES, np.array([0, nan])), "targets[1] is NaN"),
    "cross_entropy: floats": (
        lambda: cross_entropy(SCORES, np.array([0.0, 1.0])),
        "targets has dtype float64; expected integers",
    ),
    "cross_entropy: one-hot": (
        lambda: cross_entropy(SCORES, np.eye(3, dtype=int)[:2]),
        "targets has shape (2, 3); expected (2,)",
    ),
    "cross_entropy: NaN logits": (lambda: cross_entropy(SCORES + nan, np.array([0, 1])), "logits[0, 0] is NaN"),
    "cross_entropy: integer logits": (
        lambda: cross_entropy(np.zeros((2, 3), int), np.array([0, 1])),
        "logits has dtype int64",
    ),
    "cross_entropy: a number": (lambda: cross_entropy(1.0, np.array(0)), "logits has shape ()"),
    "cross_entropy: mask": (
        lambda: cross_entropy(SCORES, np.array([0, 1]), np.ones((2, 3), bool)),
        "mask has shape (2, 3)",
    ),
    "bce: target": (
        lambda: binary_cross_entropy(np.zeros(2), np.array([0, 1.5])),
        "targets[1] is 1.5; expected 0 to 1",
    ),
    "bce: NaN": (lambda: binary_cross_entropy(np.zeros(2), np.array([0, nan])), "targets[1] is NaN"),
    "bce: shape": (
        lambda: binary_cross_entropy(np.zeros((2, 1)), np.zeros(2)),
        "targets has shape (2,); expected (2, 1), that of logits",
    ),
    "squared_error: NaN": (lambda: squared_error(np.zeros(2), np.array([0, nan])), "targets[1] is NaN"),
    "squared_error: NaN y": (lambda: squared_error(np.array([0, nan]), np.zeros(2)), "y[1] is NaN"),
    "squared_error: shape": (
        lambda: squared_error(np.zeros((2, 1)), np.zeros(2)),
        "targets has shape (2,); expected (2, 1), that of y",
    ),
    "squared_error: words": (
        lambda: squared_error(np.zeros(2), np.array(["a", "b"])),
        "targets has dtype <U1; expected numbers",
    ),
    "squared_error: empty": (lambda: squared_error(np.zeros(0), np.zeros(0)), "y is empty: shape (0,)"),
    "mask of numbers": (
        lambda: squared_error(np.zeros(2), np.zeros(2), np.ones(2)),
        "mask has shape (2,) and dtype float64; expected (2,) and bool",
    ),
    "mask False everywhere": (
        lambda: squared_error(np.zeros(2), np.zeros(2), np.zeros(2, bool)),
        "mask is False everywhere",
    ),
}


@pytest.mark.parametrize(("call", "message"), OTHERS.values(), ids=OTHERS)
def test_embedding_linear_losses(call, message):
    check(call, message)
