"""`fast.character_rnn` is `scratch.rnn` on one-hot vectors, the output layer and the loss; its Adagrad is scratch's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnbook.fast import character_rnn
from rnnbook.fast.optim import Adagrad
from rnnbook.scratch import linear, losses, optim, rnn
from rnnbook.scratch.gradients import relative_error
from rnnbook.scratch.weights import flat, mapped

PROFILE = settings(max_examples=25, deadline=None, derandomize=True)
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-6}


def case(T, B, V, H, seed=0, dtype=np.float64):
    rng = np.random.default_rng(seed)
    params = mapped(lambda p: p.astype(dtype), character_rnn.init(rng, V, H))
    text = rng.integers(0, V, (T + 1, B))
    return params, text[:-1], text[1:], rng.standard_normal((B, H)).astype(dtype)


def scratch(params, tokens, targets, state):
    V, dtype = len(params["output"]["b_y"]), state.dtype
    hs, last, read = rnn.forward(params["rnn"], np.eye(V, dtype=dtype)[tokens], state)
    logits, written = linear.forward(params["output"], hs)
    loss, dlogits = losses.cross_entropy(logits, targets)
    dhs, output = linear.backward(written, dlogits)
    return loss, last, {"rnn": rnn.backward(read, dhs)[2], "output": output}


@PROFILE
@given(st.data())
def test_same_as_scratch(data):
    T, B, V, H = (data.draw(st.integers(1, most)) for most in (6, 4, 6, 5))
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    given_ = case(T, B, V, H, data.draw(st.integers(0, 2**32 - 1)), dtype)
    loss, last, grads = character_rnn.loss_and_grads(*given_)
    expected_loss, expected_last, expected = scratch(*given_)
    total, _, summed = character_rnn.loss_and_grads(*given_, reduction="sum")
    tolerance = TOLERANCE[dtype]
    assert loss == pytest.approx(expected_loss, rel=tolerance) and total == pytest.approx(T * B * loss, rel=tolerance)
    assert last.dtype == dtype
    np.testing.assert_allclose(last, expected_last, rtol=tolerance, atol=tolerance)
    assert list(flat(grads)) == list(flat(expected))
    for name, grad in flat(grads).items():
        assert grad.dtype == dtype and grad.shape == flat(expected)[name].shape
        np.testing.assert_allclose(grad, flat(expected)[name], rtol=0, atol=2 * tolerance, err_msg=name)
        np.testing.assert_allclose(flat(summed)[name], T * B * grad, rtol=0, atol=2 * T * B * tolerance, err_msg=name)


def test_state_is_zeros_if_none_and_arguments_stay():
    params, tokens, targets, state = case(5, 2, 4, 3)
    before = {name: array.copy() for name, array in flat(params).items()}
    a = character_rnn.loss_and_grads(params, tokens, targets)
    b = character_rnn.loss_and_grads(params, tokens, targets, np.zeros_like(state))
    assert a[0] == b[0]
    assert all((before[name] == array).all() for name, array in flat(params).items())


def test_joined_params_are_views_of_one_vector():
    params, tokens, targets, state = case(5, 1, 4, 3)
    theta, grads = character_rnn.joined(params), character_rnn.joined(params)
    for name, array in flat(theta.params).items():
        np.testing.assert_array_equal(array, flat(params)[name])
        assert np.shares_memory(array, theta.vector)
    _, _, new = character_rnn.loss_and_grads(params, tokens, targets, state)
    _, _, out = character_rnn.loss_and_grads(theta.params, tokens, targets, state, out=grads.params)
    assert out is grads.params
    np.testing.assert_array_equal(grads.vector, np.concatenate([g.ravel() for g in flat(new).values()]))


def test_adagrad_is_that_of_scratch():
    rng = np.random.default_rng(0)
    vector, ours, theirs = rng.standard_normal(7), Adagrad(0.1, 1e-8), optim.Adagrad(0.1, 1e-8)
    params = {"all": vector.copy()}
    for _ in range(3):
        gradient = rng.standard_normal(7)
        kept = gradient.copy()
        ours.step(vector, gradient)
        params = theirs.step(params, {"all": gradient})
        assert (gradient == kept).all()
        assert relative_error(vector, params["all"]) < 1e-14


def test_large_logits_do_not_overflow():
    params, tokens, targets, state = case(3, 1, 4, 3, dtype=np.float32)
    params["output"]["b_y"] += np.array([0, 1000, 0, 0], np.float32)
    loss, _, grads = character_rnn.loss_and_grads(params, tokens, targets, state)
    assert np.isfinite(loss) and all(np.isfinite(g).all() for g in flat(grads).values())


@pytest.mark.parametrize(("position", "value", "message"), [
    (0, {}, "params has no 'rnn'"),
    (0, {"rnn": {}, "output": {}}, "rnn: params has no 'W_xh'"),
    (1, np.full((3, 2), 4), r"tokens\[0, 0\] is 4; expected 0 to 3"),
    (2, np.full((3, 2), -1), r"targets\[0, 0\] is -1"),
    (2, np.zeros((2, 2), int), r"targets \(2, 2\)"),
    (3, np.zeros((2, 5)), r"state has shape \(2, 5\)"),
    (4, "max", "reduction is 'max'"),
])
def test_errors_name_the_argument(position, value, message):
    arguments = [*case(3, 2, 4, 3), "mean"]
    arguments[position] = value
    with pytest.raises(ValueError, match=message):
        character_rnn.loss_and_grads(*arguments)


def test_output_of_another_size_is_refused():
    params, *rest = case(3, 2, 4, 3)
    params["output"] = {"W_hy": np.zeros((5, 3)), "b_y": np.zeros(5)}
    with pytest.raises(ValueError, match="output: params"):
        character_rnn.loss_and_grads(params, *rest)


def test_adagrad_refuses_another_vector():
    optimiser = Adagrad()
    with pytest.raises(ValueError, match=r"gradient \(3,\)"):
        optimiser.step(np.zeros(2), np.zeros(3))
    optimiser.step(np.zeros(2), np.ones(2))
    with pytest.raises(ValueError, match=r"expected \(2,\)"):
        optimiser.step(np.zeros(3), np.ones(3))


def test_views_need_a_vector_of_their_size():
    with pytest.raises(ValueError, match=r"vector has shape \(5,\)"):
        character_rnn.views(np.zeros(5), 4, 3)
