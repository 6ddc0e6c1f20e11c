"""The training loop: the same path as PyTorch's, on any model, and how it stops."""

from __future__ import annotations

import copy
import math
import re
import sys
import types

import numpy as np
import pytest
import torch

from rnnbook import convert, convert_stacked
from rnnbook.scratch import bidirectional, embedding, gru, linear, lstm, optim, relu_rnn, rnn, stacked, truncated
from rnnbook.scratch.losses import cross_entropy, squared_error
from rnnbook.scratch.training import train
from rnnbook.scratch.weights import flat

V, E, H, K = 5, 3, 6, 2


def tagger(layer):
    """A model of three parts: its params, and the function that the loop takes."""
    rng = np.random.default_rng(0)
    params = {"embedding": embedding.init(rng, V, E), "layer": layer.init(rng, E, H)}
    width = layer.forward(params["layer"], np.zeros((1, 1, E)))[0].shape[-1]
    params["linear"] = linear.init(rng, width, K)

    def loss_and_grads(params, batch):
        tokens, lengths, targets = batch
        x, embedded = embedding.forward(params["embedding"], tokens)
        hs, _, cache = layer.forward(params["layer"], x, None, lengths)
        logits, scored = linear.forward(params["linear"], hs)
        loss, dlogits = cross_entropy(logits, targets, np.arange(len(tokens))[:, None] < lengths)
        dhs, dlinear = linear.backward(scored, dlogits)
        dx, _, dlayer = layer.backward(cache, dhs)
        return loss, {"embedding": embedding.backward(embedded, dx), "layer": dlayer, "linear": dlinear}

    return params, loss_and_grads


def batches(n: int, T: int = 6, B: int = 8):
    """Is this token the same as the one before?"""
    rng = np.random.default_rng(1)
    for _ in range(n):
        tokens = rng.integers(0, V, (T, B))
        targets = np.concatenate([np.zeros((1, B), int), (tokens[1:] == tokens[:-1]).astype(int)])
        yield tokens, rng.integers(1, T + 1, B), targets


MODELS = {
    "rnn": rnn,
    "stacked lstm": stacked.of(lstm, 2),
    "bidirectional gru": bidirectional.of(gru),
    "residual stack of truncated lstm": stacked.of(truncated.of(lstm, 4), 2, residual=True),
}


@pytest.mark.parametrize("layer", MODELS.values(), ids=MODELS)
def test_any_model_learns(layer):
    params, loss_and_grads = tagger(layer)
    before = copy.deepcopy(params)
    result = train(loss_and_grads, params, list(batches(30)), optim.Adam(0.02), epochs=4, clip=1.0)
    assert len(result.losses) == len(result.norms) == 120
    assert len(result.epochs) == 4
    assert result.epochs[0] == pytest.approx(np.mean(result.losses[:30]), rel=1e-12)
    assert result.epochs[-1] < 0.7 * result.epochs[0]
    assert all(np.array_equal(p, flat(before)[name]) for name, p in flat(params).items())


def test_the_path_is_pytorch_s():
    """A stacked bidirectional LSTM tagger, five clipped steps of Adam: losses, norms and weights, in float64."""
    layer = stacked.of(bidirectional.of(lstm), 2)
    params, loss_and_grads = tagger(layer)
    result = train(loss_and_grads, params, list(batches(5)), optim.Adam(0.05), clip=0.1)

    parts = [
        convert.embedding_to_torch(params["embedding"]), convert_stacked.stacked_to_torch(lstm, params["layer"]),
        convert.linear_to_torch(params["linear"]),
    ]
    for name, p in parts[1].named_parameters():
        if name.startswith("bias_hh"):
            p.requires_grad_(False)                                                  # one bias, as ours
    weights = [p for part in parts for p in part.parameters() if p.requires_grad]
    optimiser = torch.optim.Adam(weights, 0.05)
    for (tokens, lengths, targets), loss, norm in zip(batches(5), result.losses, result.norms, strict=True):
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            parts[0](torch.tensor(tokens)), torch.tensor(lengths), enforce_sorted=False)
        hs, _ = torch.nn.utils.rnn.pad_packed_sequence(parts[1](packed)[0], total_length=len(tokens))
        real = torch.tensor(np.arange(len(tokens))[:, None] < lengths)
        value = torch.nn.functional.cross_entropy(parts[2](hs)[real], torch.tensor(targets)[real])
        optimiser.zero_grad()
        value.backward()
        their_norm = torch.sqrt(sum((p.grad**2).sum() for p in weights))
        for p in weights:
            p.grad *= min(1, 0.1 / their_norm)                                       # without the epsilon of PyTorch's
        assert loss == pytest.approx(value.item(), rel=1e-9)
        assert norm == pytest.approx(their_norm.item(), rel=1e-9)
        optimiser.step()
    assert min(result.norms) > 0.1
    ours = flat(result.params["layer"])
    for name, p in flat(convert_stacked.stacked_from_torch(parts[1])).items():
        np.testing.assert_allclose(ours[name], p, rtol=1e-8, atol=1e-8)


def test_clipping_bounds_what_the_optimiser_sees():
    seen = []

    class Watching(optim.SGD):
        def step(self, params, grads):
            seen.append(optim.global_norm(grads))
            return super().step(params, grads)

    start = {"w": np.zeros(1)}
    result = train(lambda params, g: (0.0, {"w": np.array([g])}), start, [0.5, -4.0], Watching(1.0), clip=2.0)
    assert seen == [0.5, 2.0]
    assert result.norms == [0.5, 4.0]
    assert result.params["w"][0] == 1.5


def test_batches_may_be_a_function_of_the_epoch():
    asked = []

    def shuffled(epoch):
        asked.append(epoch)
        return iter([float(epoch)] * (epoch + 1))

    start = {"w": np.zeros(1)}
    result = train(lambda params, batch: (batch, start), start, shuffled, optim.SGD(), epochs=3)
    assert asked == [0, 1, 2]
    assert result.losses == [0, 1, 1, 2, 2, 2]
    assert result.epochs == [0, 1, 2]


# ---- How it stops ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("loss", "gradient", "words"), [
    (math.inf, 1.0, "the loss is inf and the norm of the gradient 1.0"),
    (math.nan, 1.0, "the loss is nan and the norm of the gradient 1.0"),
    (1.0, math.inf, "the loss is 1.0 and the norm of the gradient inf"),
    (1.0, math.nan, "the loss is 1.0 and the norm of the gradient nan"),
])
@pytest.mark.parametrize("clip", [None, 5.0])
def test_stops_when_a_number_is_not_finite(loss, gradient, words, clip):
    good, bad = (1.0, {"w": np.ones(1)}), (loss, {"w": np.array([gradient])})
    message = f"in epoch 2, step 1: {words}; try a lower rate (lr is 0.5) or a tighter clip (clip is {clip})"
    with pytest.raises(FloatingPointError, match=re.escape(message)) as stopped:
        train(lambda params, batch: batch, {"w": np.zeros(1)}, lambda epoch: [[good, good], [bad, good]][epoch],
              optim.SGD(0.5), epochs=3, clip=clip)
    assert stopped.value.params["w"][0] == -1.0                                      # after two good steps


def regression(layer):
    """Squared error of one number a step."""
    rng = np.random.default_rng(0)
    params = {"layer": layer.init(rng, 2, H), "linear": linear.init(rng, H, 1)}
    batch = rng.standard_normal((5, 3, 2)), rng.standard_normal((5, 3, 1))

    def loss_and_grads(params, batch):
        hs, _, cache = layer.forward(params["layer"], batch[0])
        y, scored = linear.forward(params["linear"], hs)
        loss, dy = squared_error(y, batch[1])
        dhs, dlinear = linear.backward(scored, dy)
        return loss, {"layer": layer.backward(cache, dhs)[2], "linear": dlinear}

    return loss_and_grads, params, [batch] * 100


def test_a_training_that_diverges_is_stopped():
    message = r"the loss is inf .* \(lr is 100\.0\)"
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match=message) as stop:
        train(*regression(rnn), optim.SGD(100.0))
    assert all(np.isfinite(p).all() for p in flat(stop.value.params).values())


def test_nan_that_a_layer_refuses_comes_with_the_same_advice():
    """A ReLU state grows to inf, and inf − inf is NaN before there is a loss."""
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="is NaN; expected numbers") as raised:
        train(*regression(relu_rnn), optim.SGD(1e200))
    (note,) = raised.value.__notes__
    assert re.fullmatch(r"in epoch 1, step \d of the training; where the batch .* \(lr is 1e\+200\) or .* None\)", note)


def test_what_a_model_refuses_says_where():
    params, loss_and_grads = tagger(rnn)
    good, (tokens, lengths, targets) = batches(2)
    with pytest.raises(ValueError, match=r"tokens\[0, 0\] is 14; expected 0 to 4") as raised:
        train(loss_and_grads, params, [good, (tokens * 0 + 14, lengths, targets)], optim.SGD(0.5))
    assert raised.value.__notes__ == ["in epoch 1, step 2 of the training"]


# ---- Progress --------------------------------------------------------------------------------------------------------

ONE = (lambda params, batch: (1.0, {"w": np.ones(1)}), {"w": np.zeros(1)})


def test_a_bar_by_tqdm_when_present(monkeypatch):
    made = []

    class Bar:
        def __init__(self, batches, **options):
            self.batches, self.words = batches, []
            made.append((options, self))

        def __iter__(self):
            return iter(self.batches)

        def set_postfix(self, loss, refresh):
            self.words.append(loss)

    fake = types.ModuleType("tqdm")
    fake.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm", fake)
    train(*ONE, [1, 2, 3], optim.SGD(), epochs=2, progress=True)
    assert [options["desc"] for options, _ in made] == ["epoch 1/2", "epoch 2/2"]
    assert [options["disable"] for options, _ in made] == [False, False]
    assert made[0][1].words == ["1", "1", "1"]
    train(*ONE, [1], optim.SGD())
    assert made[-1][0]["disable"] is None                                            # tqdm's: only on a terminal
    train(*ONE, [1], optim.SGD(), progress=False)
    assert len(made) == 3


@pytest.mark.parametrize("progress", [True, None, False])
def test_without_tqdm_it_trains_in_silence(monkeypatch, capsys, progress):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert train(*ONE, [1, 2], optim.SGD(), progress=progress).losses == [1.0, 1.0]
    assert capsys.readouterr() == ("", "")


# ---- Errors ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("call", "message"), [
    (lambda: train(*ONE, [1], optim.SGD(), epochs=0), "epochs is 0; expected a whole number, at least 1"),
    (lambda: train(*ONE, iter([1]), optim.SGD(), epochs=2), "batches is a list_iterator, which is used up"),
    (lambda: train(*ONE, [], optim.SGD()), "batches is empty in epoch 1; expected at least one batch"),
    (lambda: train(*ONE, lambda epoch: [1][epoch:], optim.SGD(), epochs=2), "batches is empty in epoch 2"),
    (lambda: train(*ONE, [1], optim.SGD(), clip=0), "threshold is 0; expected a number above 0"),
])
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
