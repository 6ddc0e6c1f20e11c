"""The training loop: it repeats itself, learns, masks the pads, and stops when numbers are no longer finite."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from rnnbook import data
from rnnbook.pytorch import training
from rnnbook.pytorch.models import Classifier, Tagger
from rnnbook.pytorch.training import MASKED, accuracy, initialise, probabilities, tagger_loss, tensors, train

SMALL = data.flags(train=200, test=60)


def fresh(Model, seed=0, **options):
    generator = torch.Generator().manual_seed(seed)
    return initialise(Model(len(SMALL.vocab), 6, 7, 2, **options), generator), generator


@pytest.mark.parametrize("Model", [Classifier, Tagger])
def test_one_generator_decides_everything(Model):
    losses = []
    for disturbance in (1, 2):
        torch.manual_seed(disturbance)                 # the global generator plays no part
        model, generator = fresh(Model)
        losses.append(train(model, SMALL, generator, epochs=2))
    assert losses[0] == losses[1]
    assert losses[0] != train(*_swap(fresh(Model, seed=5)), epochs=2)


def _swap(pair):
    model, generator = pair
    return model, SMALL, generator


@pytest.mark.parametrize("Model", [Classifier, Tagger])
def test_it_learns(Model):
    model, generator = fresh(Model)
    losses = train(model, SMALL, generator, epochs=25, lr=0.02, batch_size=20)
    assert len(losses) == 25
    assert losses[-1] < 0.3 * losses[0]
    assert accuracy(model, SMALL, "train") > 0.95


def test_the_loss_of_a_tagger_leaves_the_pads_out():
    model, _ = fresh(Tagger)
    examples = SMALL.test[:4]
    together = tagger_loss(model, *tensors(SMALL, examples))
    alone = [(tagger_loss(model, *tensors(SMALL, [e])) * len(e.words)) for e in examples]
    assert together.item() == pytest.approx(sum(alone).item() / sum(len(e.words) for e in examples), rel=1e-5)


def test_accuracy_counts_real_steps_and_last_steps():
    model, _ = fresh(Tagger)
    right = last = steps = 0
    for e in SMALL.test:
        guesses = [SMALL.labels[k] for k in probabilities(model, SMALL, e.words).argmax(-1)]
        right += sum(g == tag for g, tag in zip(guesses, e.tags, strict=True))
        last += guesses[-1] == e.label
        steps += len(e.words)
    assert accuracy(model, SMALL) == pytest.approx(right / steps)
    assert accuracy(model, SMALL, last=True) == pytest.approx(last / len(SMALL.test))


def test_tensors_mask_the_tags_after_each_end():
    tokens, lengths, _, tags = tensors(SMALL, SMALL.test[:10])
    assert ((tags == MASKED) == (torch.arange(len(tokens))[:, None] >= lengths)).all()


def test_probabilities_sum_to_1_for_each_word():
    classifier, tagger = fresh(Classifier)[0], fresh(Tagger)[0]
    words = SMALL.test[0].words
    assert probabilities(classifier, SMALL, words).shape == (2,)
    p = probabilities(tagger, SMALL, words)
    assert p.shape == (len(words), 2)
    assert torch.allclose(p.sum(-1), torch.ones(len(words)))


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_training_stops_where_the_loss_is_not_finite_and_leaves_the_weights(poison):
    model, generator = fresh(Classifier)
    before = [p.clone() for p in model.parameters()]

    def bad_loss(*args):
        return training.classifier_loss(*args) * poison

    with pytest.raises(FloatingPointError, match=r"epoch 1, step 1: the loss is (nan|inf) .* \(lr is 0.01\)"):
        train(model, SMALL, generator, loss=bad_loss)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_training_stops_where_only_the_gradient_is_not_finite():
    model, generator = fresh(Classifier)

    def loss(model, tokens, lengths, labels, tags):
        return torch.sqrt(model.linear.weight.sum() * 0)       # 0, with an infinite slope

    with pytest.raises(FloatingPointError, match=r"epoch 1, step 1: the loss is 0\.0 and the norm of the gradient nan"):
        train(model, SMALL, generator, loss=loss)
    assert all(torch.isfinite(p).all() for p in model.parameters())


def test_clip_bounds_the_step_and_none_leaves_it_out(monkeypatch):
    seen = []
    kept = nn.utils.clip_grad_norm_
    monkeypatch.setattr(nn.utils, "clip_grad_norm_", lambda p, c: seen.append(c) or kept(p, c))
    for clip in (0.5, None):
        model, generator = fresh(Classifier)
        train(model, SMALL, generator, epochs=1, clip=clip, batch_size=200)
    assert seen == [0.5, float("inf")]


def test_initial_weights_lie_in_pytorchs_range():
    model, _ = fresh(Classifier, learn_state=True)
    bound = 7**-0.5
    assert (model.embedding.weight[0] == 0).all() and model.embedding.weight[1:].std() > 0.8
    assert (model.state_0 == 0).all()
    for name, p in model.named_parameters():
        if name.startswith(("rnn", "linear")):
            assert p.abs().max() <= bound
            assert p.abs().max() > 0.5 * bound or p.numel() < 10


def test_device_is_one_there_is():
    assert training.device().type in ("cpu", "cuda", "mps")
    assert torch.zeros(1, device=training.device()).item() == 0


@pytest.mark.skipif(training.device().type == "cpu", reason="there is no GPU here")
def test_a_gpu_gives_the_numbers_of_the_cpu():
    model, _ = fresh(Tagger)
    words = SMALL.test[0].words
    on_cpu = probabilities(model, SMALL, words)
    assert torch.allclose(on_cpu, probabilities(model.to(training.device()), SMALL, words), atol=1e-5)
    train(model, SMALL, torch.Generator().manual_seed(0), epochs=1)
