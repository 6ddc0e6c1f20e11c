"""The exercises of chapter 2: the answers are those of the library, and what a class hands in is recognised."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbook.checks import get
from rnnbook.checks.ch02_hidden_state import EXERCISES
from rnnbook.checks.checking import examine
from rnnbook.checks.words import flat
from rnnbook.scratch import linear, rnn

SEEDS = range(20)


def cases(id: str):
    for seed in SEEDS:
        yield from get(id).cases(np.random.default_rng(seed))


def close(a, b) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_step_is_the_librarys():
    for c in cases("rnn-step"):
        close(get("rnn-step").reference(**c), rnn.step(**c))


def test_forward_is_the_librarys():
    for c in cases("rnn-forward"):
        hs, last, _ = rnn.forward(**c)
        close(get("rnn-forward").reference(**c)[0], hs)
        close(get("rnn-forward").reference(**c)[1], last)


def test_by_hand_is_the_librarys():
    params = {"W_xh": np.array([[0.5]]), "W_hh": np.array([[1.5]]), "b_h": np.array([0.5])}
    _, last, _ = rnn.forward(params, np.array([1.0, -1.0]).reshape(2, 1, 1))
    close(get("rnn-by_hand").reference, last[0, 0])


@pytest.mark.parametrize("answer, passes", [(0.82, True), (0.8151, True), (0.81, True), (0.8, False), (0.83, False)])
def test_by_hand_asks_for_two_decimals(answer, passes):
    assert examine(get("rnn-by_hand"), answer, seed=0).passed is passes


def test_concat_form_makes_the_librarys_step():
    for c in cases("rnn-concat_form"):
        W, z, h_t = get("rnn-concat_form").reference(**c)
        D = c["x_t"].shape[1]
        close(W[:, :D], c["params"]["W_xh"])
        close(W[:, D:], c["params"]["W_hh"])
        close(z, np.hstack([c["x_t"], c["state"]]))
        close(h_t, rnn.step(**c))


def test_parameter_count_counts_the_librarys_arrays():
    rng = np.random.default_rng(0)
    for c in cases("rnn-parameter_count"):
        arrays = [*rnn.init(rng, c["D"], c["H"]).values(), *linear.init(rng, c["H"], c["K"]).values()]
        assert get("rnn-parameter_count").reference(**c) == sum(a.size for a in arrays)


def test_one_to_many_is_the_library_on_one_input_and_zeros():
    for c in cases("rnn-one_to_many"):
        x = np.zeros((c["T"], *c["x_1"].shape))
        x[0] = c["x_1"]
        close(get("rnn-one_to_many").reference(**c), rnn.forward(c["params"], x)[0])


def test_reset_is_the_library_on_each_document_alone():
    for c in cases("rnn-reset_at_boundaries"):
        hs = get("rnn-reset_at_boundaries").reference(**c)
        T, B, _ = c["x"].shape
        for b in range(B):
            begins = sorted({0, *np.flatnonzero(c["starts"][:, b]).tolist()})
            for t, end in zip(begins, [*begins[1:], T], strict=True):
                close(hs[t:end, b], rnn.forward(c["params"], c["x"][t:end, b : b + 1])[0][:, 0])


def test_last_state_is_the_librarys_last():
    rng = np.random.default_rng(0)
    params, x, lengths = rnn.init(rng, 3, 4), rng.standard_normal((6, 4, 3)), np.array([2, 6, 1, 4])
    hs, last, _ = rnn.forward(params, x, lengths=lengths)
    close(get("rnn-last_state").reference(hs + (hs == 0) * 7, lengths), last)     # pads hold anything


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("directions", [1, 2])
def test_output_or_hidden_on_what_pytorch_returns(layers, directions):
    import torch
    torch.manual_seed(0)
    net = torch.nn.RNN(3, 4, num_layers=layers, bidirectional=directions == 2)
    with torch.no_grad():
        output, hidden = (a.numpy() for a in net(torch.randn(5, 2, 3)))
    answer = get("rnn-output_or_hidden").reference(output, hidden, layers, directions)
    close(answer[:, :4], output[-1, :, :4])
    if directions == 2:
        close(answer[:, 4:], output[0, :, 4:])
    for c in cases("rnn-output_or_hidden"):         # the drawn arrays agree with one another in the same way
        close(get("rnn-output_or_hidden").reference(**c)[:, : c["hidden"].shape[2]],
              c["output"][-1, :, : c["hidden"].shape[2]])


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda e: e.id)
def test_tiny_case_is_printable_and_shows_most_mistakes(exercise):
    """The first case of seed 0 is the one a report prints: few numbers, short ones; wrong answers are wrong on it.

    No array but W_hh is square, and D is not 1: else a wrong product may fit by chance, or by broadcasting.
    """
    if exercise.cases is None:
        return
    tiny = exercise.cases(np.random.default_rng(0))[0]
    values = [v for item in tiny.values() for v in (item.values() if isinstance(item, dict) else [item])]
    assert sum(np.size(v) for v in values) <= 42
    assert all(len(f"{n:g}") <= 5 for v in values for n in np.ravel(v))
    shapes = {name: np.shape(v) for name, v in flat(tiny) if name != "W_hh"}
    assert not any(len(shape) > 1 and len(set(shape)) == 1 for shape in shapes.values()), shapes
    assert shapes.get("W_xh", (0, 2))[1] > 1

    def outputs(function):
        try:
            found = function(*tiny.values())
        except (ValueError, IndexError):
            return None
        return [np.asarray(v, float) for v in (found if isinstance(found, tuple) else (found,))]

    expected = outputs(exercise.reference)
    same = []
    for mistake in exercise.mistakes:
        found = outputs(mistake.wrong)
        if found is not None and all(a.shape == b.shape and np.allclose(a, b, atol=1e-4)
                                     for a, b in zip(found, expected, strict=True)):
            same.append(mistake.name)
    assert len(same) <= 1, same


# What a class hands in, each in the writer's own way. The name of the mistake begins with the words in the middle;
# None where the report can only say where the first wrong entry is.
HANDED_IN = [
    ("rnn-step", "W_xh and W_hh are swapped", """
def step(params, x_t, state):
    U, W = params["W_hh"], params["W_xh"]
    return np.tanh(np.einsum("hd,bd->bh", U, x_t) + np.einsum("hk,bk->bh", W, state) + params["b_h"])
"""),
    ("rnn-step", "A sigmoid stands", """
def step(params, x_t, state):
    a = np.dot(x_t, params["W_xh"].T) + np.dot(state, params["W_hh"].T) + params["b_h"]
    return np.exp(a) / (1 + np.exp(a))
"""),
    ("rnn-step", "W_hh is not transposed", """
def step(params, x_t, state):
    return np.tanh((params["W_xh"] @ x_t.T).T + state @ params["W_hh"] + params["b_h"])
"""),
    ("rnn-step", "The tanh is that of a_t/2", """
def step(params, x_t, state):
    a = x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"]
    return (np.exp(a) - 1) / (np.exp(a) + 1)
"""),
    ("rnn-step", None, """
def step(params, x_t, state):
    return np.clip(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"], -0.5, 0.5)
"""),
    ("rnn-step", "The products are those of columns", """
def step(params, x_t, state):
    W_xh, W_hh, b_h = params["W_xh"], params["W_hh"], params["b_h"]
    return np.tanh(W_xh @ x_t + W_hh @ state + b_h)
"""),
    ("rnn-step", "The products are those of columns", """
def step(params, x_t, state):
    from_state = np.dot(params["W_hh"], state)
    from_input = np.dot(params["W_xh"], x_t)
    return np.tanh(params["b_h"] + from_state + from_input)
"""),
    ("rnn-step", "The weights are not transposed", """
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"] + state @ params["W_hh"] + params["b_h"])
"""),
    ("rnn-step", "The result is (H, B)", """
def step(params, x_t, state):
    a = np.matmul(params["W_xh"], x_t.T) + np.matmul(params["W_hh"], state.T)
    return np.tanh(a + params["b_h"].reshape(-1, 1))
"""),
    ("rnn-step", "The products are (H, B)", """
def step(params, x_t, state):
    return np.tanh(params["W_xh"] @ x_t.T + params["W_hh"] @ state.T + params["b_h"])
"""),
    ("rnn-step", "The input's term is (H, B)", """
def step(params, x_t, state):
    return np.tanh(params["b_h"] + params["W_xh"] @ x_t.T + np.einsum("hk,bk->bh", params["W_hh"], state))
"""),
    ("rnn-step", None, """
def step(params, x_t, state):
    return np.tanh(params["W_xx"] @ x_t)
"""),
    ("rnn-step", None, """
def step(params, x_t, state):
    return np.tanh(x_t @ params["W_xh"].T + params["W_hh"] @ state + params["b_h"])
"""),
    ("rnn-forward", "hs has T + 1 states: h_0", """
def forward(params, x, state):
    hs = [state]
    for x_t in x:
        hs.append(np.tanh(x_t @ params["W_xh"].T + hs[-1] @ params["W_hh"].T + params["b_h"]))
    return np.array(hs), hs[-1]
"""),
    ("rnn-forward", "hs is (T·B, H)", """
def forward(params, x, state):
    hs = np.zeros((0, state.shape[1]))
    for x_t in x:
        state = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
        hs = np.vstack([hs, state])
    return hs, state
"""),
    ("rnn-forward", "last has an axis too many", """
def forward(params, x, state):
    hs = []
    for x_t in x:
        state = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
        hs.append(state)
    hs = np.stack(hs)
    return hs, hs[-1:]
"""),
    ("rnn-forward", "The loop runs over the batch", """
def forward(params, x, state):
    hs = []
    for b in range(x.shape[1]):
        state = np.tanh(x[:, b] @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
        hs.append(state)
    return np.stack(hs), state
"""),
    ("rnn-forward", "The given state is ignored", """
def forward(params, x, state):
    hs = np.zeros((len(x),) + state.shape)
    for t in range(len(x)):
        a = x[t] @ params["W_xh"].T + hs[t - 1] @ params["W_hh"].T + params["b_h"]
        hs[t] = np.tanh(a)
    return hs, hs[-1]
"""),
    ("rnn-forward", "Every entry of hs is the last state", """
def forward(params, x, state):
    h, hs = state.copy(), []
    for x_t in x:
        h[:] = np.tanh(x_t @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])
        hs.append(h)
    return np.stack(hs), h
"""),
    ("rnn-forward", "The state is carried from one sequence", """
def forward(params, x, state):
    T, B, _ = x.shape
    hs = np.zeros((T, B, state.shape[1]))
    h = state[0]
    for b in range(B):
        for t in range(T):
            h = np.tanh(params["W_xh"] @ x[t, b] + params["W_hh"] @ h + params["b_h"])
            hs[t, b] = h
    return hs, hs[-1]
"""),
    ("rnn-forward", "Time runs right to left, and the states are turned back", """
def forward(params, x, state):
    hs = np.zeros((len(x),) + state.shape)
    for t in range(len(x) - 1, -1, -1):
        state = np.tanh(x[t] @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
        hs[t] = state
    return hs, state
"""),
    ("rnn-forward", None, """
def forward(params, x, state):
    hs = []
    for x_t in x:
        new = np.tanh(x_t @ params["W_xh"].T + state @ params["W_hh"].T + params["b_h"])
        state = 0.5 * state + 0.5 * new
        hs.append(state)
    return np.stack(hs), state
"""),
    ("rnn-concat_form", "The other order", """
def concat_form(params, x_t, state):
    W = np.hstack([params["W_hh"], params["W_xh"]])
    z = np.hstack([state, x_t])
    return W, z, np.tanh((W @ z.T).T + params["b_h"])
"""),
    ("rnn-concat_form", "z is in the other order", """
def concat_form(params, x_t, state):
    W = np.hstack([params["W_xh"], params["W_hh"]])
    z = np.c_[state, x_t]
    return W, z, np.tanh(z @ W.T + params["b_h"])
"""),
    ("rnn-concat_form", "The arrays are joined one below the other", """
def concat_form(params, x_t, state):
    z = np.concatenate((x_t, state))
    W = np.concatenate((params["W_xh"], params["W_hh"]))
    h_t = np.tanh(z @ W.T + params["b_h"])
    return W, z, h_t
"""),
    ("rnn-concat_form", None, """
def concat_form(params, x_t, state):
    W = np.hstack([params["W_xh"], params["W_hh"]])
    z = np.hstack([x_t, state])
    return W, z, np.tanh(W @ z + params["b_h"])
"""),
    ("rnn-parameter_count", "W_hh is counted as H weights", """
def parameter_count(D, H, K, T):
    return sum([H * D, H, H, K * H, K])
"""),
    ("rnn-parameter_count", "H too many", """
def parameter_count(D, H, K, T):
    return (D + 1) * H + (H + 1) * H + (H + 1) * K
"""),
    ("rnn-parameter_count", None, """
def parameter_count(D, H, K, T):
    return D * H + H * H + H + T
"""),
    ("rnn-one_to_many", "The state is not carried", """
def one_to_many(params, x_1, T):
    hs = [np.tanh(x_1 @ params["W_xh"].T + params["b_h"])]
    for t in range(1, T):
        hs.append(np.tanh(np.zeros_like(hs[0]) + params["b_h"]))
    return np.array(hs)
"""),
    ("rnn-one_to_many", "The state is fed as the next input", """
def one_to_many(params, x_1, T):
    h, x, hs = 0.0 * x_1 @ params["W_xh"].T, x_1, []
    for t in range(T):
        h = np.tanh(x @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])
        x = h
        hs.append(h)
    return np.array(hs)
"""),
    ("rnn-one_to_many", "hs has T + 1 states: one too many at the end", """
def one_to_many(params, x_1, T):
    hs = [np.tanh(x_1 @ params["W_xh"].T + params["b_h"])]
    for t in range(T):
        hs.append(np.tanh(hs[-1] @ params["W_hh"].T + params["b_h"]))
    return np.array(hs)
"""),
    ("rnn-one_to_many", "hs has T + 1 states: h_0", """
def one_to_many(params, x_1, T):
    hs = [np.zeros((len(x_1), len(params["b_h"])))]
    for t in range(T):
        x_t = x_1 if t == 0 else 0 * x_1
        hs.append(np.tanh(x_t @ params["W_xh"].T + hs[-1] @ params["W_hh"].T + params["b_h"]))
    return np.array(hs)
"""),
    ("rnn-one_to_many", "hs begins with the second state", """
def one_to_many(params, x_1, T):
    h, hs = np.tanh(x_1 @ params["W_xh"].T + params["b_h"]), []
    for t in range(T):
        h = np.tanh(h @ params["W_hh"].T + params["b_h"])
        hs.append(h)
    return np.array(hs)
"""),
    ("rnn-reset_at_boundaries", "starts[t] is laid along the units", """
def reset_at_boundaries(params, x, starts):
    h, hs = np.zeros((x.shape[1], len(params["b_h"]))), []
    for t in range(len(x)):
        h = h * ~starts[t]
        h = np.tanh(x[t] @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])
        hs.append(h)
    return np.stack(hs)
"""),
    ("rnn-reset_at_boundaries", "hs is changed afterwards", """
def reset_at_boundaries(params, x, starts):
    h, hs = np.zeros((x.shape[1], len(params["b_h"]))), []
    for t in range(len(x)):
        h[starts[t]] = 0
        h = np.tanh(x[t] @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])
        hs.append(h)
    return np.stack(hs)
"""),
    ("rnn-reset_at_boundaries", "The reset comes after the step", """
def reset_at_boundaries(params, x, starts):
    h, hs = np.zeros((x.shape[1], len(params["b_h"]))), []
    for t in range(len(x)):
        h = np.tanh(x[t] @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])
        hs.append(h.copy())
        h[starts[t]] = 0
    return np.stack(hs)
"""),
    ("rnn-reset_at_boundaries", "The state is kept where", """
def reset_at_boundaries(params, x, starts):
    h, hs = np.zeros((x.shape[1], len(params["b_h"]))), []
    for t in range(len(x)):
        h = h * starts[t].reshape(-1, 1)
        h = np.tanh(x[t] @ params["W_xh"].T + h @ params["W_hh"].T + params["b_h"])
        hs.append(h)
    return np.stack(hs)
"""),
    ("rnn-output_or_hidden", "reshape mixes the sequences", """
def output_or_hidden(output, hidden, layers, directions):
    B, H = hidden.shape[1:]
    return hidden.reshape(layers, B, directions * H)[-1]
"""),
    ("rnn-output_or_hidden", "The rows of hidden are not joined", """
def output_or_hidden(output, hidden, layers, directions):
    return hidden[(layers - 1) * directions:]
"""),
    ("rnn-output_or_hidden", "hidden[-1] is taken alone", """
def output_or_hidden(output, hidden, layers, directions):
    return hidden[layers * directions - 1]
"""),
    ("rnn-output_or_hidden", "output is read as if batch_first", """
def output_or_hidden(output, hidden, layers, directions):
    return output[:, output.shape[1] - 1, :]
"""),
    ("rnn-last_state", "For each sequence all rows are taken", """
def last_state(hs, lengths):
    return hs[lengths - 1, :, :]
"""),
    ("rnn-last_state", "Steps are looked up along the axis of the sequences", """
def last_state(hs, lengths):
    return hs[:, lengths - 1]
"""),
    ("rnn-last_state", "Steps are looked up along the axis of the sequences", """
def last_state(hs, lengths):
    return np.stack([hs[b, n - 1] for b, n in enumerate(lengths)])
"""),
    ("rnn-last_state", "One step too early", """
def last_state(hs, lengths):
    return np.array([hs[n - 2, b] for b, n in enumerate(lengths)])
"""),
    ("rnn-last_state", "One step too late, a pad", """
def last_state(hs, lengths):
    return np.stack([hs[n][b] for b, n in enumerate(lengths)])
"""),
    ("rnn-last_state", "The mean over the real steps", """
def last_state(hs, lengths):
    return np.stack([hs[:n, b].mean(axis=0) for b, n in enumerate(lengths)])
"""),
    ("rnn-last_state", None, """
def last_state(hs, lengths):
    return np.stack([hs[n // 2, b] for b, n in enumerate(lengths)])
"""),
]


@pytest.mark.parametrize("id, name, code", HANDED_IN, ids=[f"{id}-{i}" for i, (id, _, _) in enumerate(HANDED_IN)])
def test_what_a_class_hands_in_is_named(id, name, code):
    exercise = get(id)
    namespace: dict = {"np": np}
    exec(code, namespace)
    for seed in range(5):
        report = examine(exercise, namespace[exercise.name], seed=seed)
        assert not report.passed
        if name is None:
            assert report.mistakes == ()
        else:
            assert [m.name.startswith(name) for m in report.mistakes] == [True], [m.name for m in report.mistakes]


@pytest.mark.parametrize("answer, named", [
    ({"is it spam": "softmax"}, ["softmax over one output for spam"]),
    ({"several topics at once": "softmax", "is it spam": "softmax"}, ["softmax wherever there are classes"]),
    ({"temperature tomorrow": "sigmoid"}, ["sigmoid for the temperature"]),
    (dict.fromkeys(get("rnn-right_head").choices, "softmax"), ["softmax everywhere"]),
    (dict.fromkeys(get("rnn-right_head").choices, "linear"), ["linear everywhere"]),
])
def test_heads_a_class_chooses_are_named(answer, named):
    exercise = get("rnn-right_head")
    report = examine(exercise, {**exercise.reference, **answer}, seed=0)
    assert not report.passed
    assert [m.name for m in report.mistakes] == named


def test_softmax_over_one_output_is_no_convention():
    heads = get("rnn-right_head")
    report = examine(heads, {**heads.reference, "is it spam": "softmax"}, seed=0)
    assert (report.status, report.points) == ("partly", 4) and "e^y / e^y" in str(report)


def test_one_decimal_is_told_from_a_wrong_number():
    assert "Yours is 0.8. It is right to one decimal; give two." in str(examine(get("rnn-by_hand"), 0.8, seed=0))
    assert "decimal" not in str(examine(get("rnn-by_hand"), 0.7, seed=0))


def test_sequences_mixed_by_reshape_are_not_called_exchanged():
    report = examine(get("rnn-output_or_hidden"), lambda output, hidden, layers, directions:
                     hidden[-directions:].reshape(hidden.shape[1], -1), seed=0)
    assert "exchanged" not in str(report) and report.mistakes


def test_other_conventions_are_called_so():
    order = examine(get("rnn-concat_form"), get("rnn-concat_form").mistakes[0].wrong, seed=0, watch=False)
    assert order.status == "convention" and "wrong" not in str(order).split("Right under")[0].replace("Not wrong", "")
    assert all(v.detail.endswith("entries differ.") for v in order.verdicts[:2])
    two_biases = examine(get("rnn-parameter_count"), lambda D, H, K, T: H * (D + H + 2) + K * (H + 1), seed=0)
    assert two_biases.status == "convention"
