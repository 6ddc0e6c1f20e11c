"""The training runs of chapter 2: each a function of a seed, a few seconds on one core.

`python -m rnnbook.pytorch.recipes` trains the shipped taggers and writes them to `rnnbook/data/weights/`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from rnnbook import data
from rnnbook.data import Sentences
from rnnbook.pytorch.models import Classifier, Tagger, Unshared
from rnnbook.pytorch.training import accuracy, initialise, tensors, train


class Run(NamedTuple):
    """What a recipe returns."""

    model: Any              # Classifier, Tagger or Unshared
    dataset: Sentences
    losses: list[float]     # mean loss of each epoch, in nats
    accuracy: float         # on the test split


def train_mood_tagger(seed: int = 0, epochs: int = 20, learn_state: bool = False) -> Run:
    """A tanh RNN with 16 units that reads the mood after every word of `moods`. About 2.5 s."""
    return _fit(Tagger, data.moods(), seed, E=16, H=16, epochs=epochs, learn_state=learn_state)


def train_intent_tagger(seed: int = 0, epochs: int = 20) -> Run:
    """A tanh RNN with 16 units that reads the intent after every word of `intents`. About 0.6 s."""
    return _fit(Tagger, data.intents(), seed, E=16, H=16, epochs=epochs)


def train_mood_classifier(seed: int = 0, cell: str = "rnn", epochs: int = 16) -> Run:
    """One mood for each sentence of `moods`, from the state after its last word."""
    return _fit(Classifier, data.moods(), seed, E=16, H=32, epochs=epochs, batch_size=100, cell=cell)


def train_intent_classifier(seed: int = 0, cell: str = "rnn", split: str = "random", epochs: int = 10) -> Run:
    """One intent for each request of `intents`; `split="template"` tests on templates never seen. Under 1 s."""
    return _fit(Classifier, data.intents(seed=seed, split=split), seed, E=16, H=32, epochs=epochs, cell=cell)


def flag_task(seed: int = 0, cell: str = "rnn", carry: bool = False, epochs: int = 8) -> Run:
    """Is there a flag word in this document? Trained with the state reset at every document.

    `carry` is about the test: False resets the state there too, True starts a document in the state the last one left.
    """
    run = _fit(Classifier, data.flags(), seed, E=16, H=32, epochs=epochs, cell=cell)
    return run._replace(accuracy=accuracy_carried(run.model, run.dataset)) if carry else run


@torch.no_grad()
def accuracy_carried(model: Classifier, dataset: Sentences, split: str = "test") -> float:
    """Share of right classes when documents are read one after the other and the state is never reset."""
    state, right = None, 0
    for example in dataset.splits[split]:
        tokens, lengths, labels, _ = tensors(dataset, [example])
        _, state = model.read(tokens, lengths, state)
        h = state[0] if isinstance(state, tuple) else state
        right += int(model.linear(h[-1]).argmax() == labels[0])
    return right / len(dataset.splits[split])


@torch.no_grad()
def accuracy_after_pads(model: Classifier, dataset: Sentences, extra: int = 0) -> tuple[float, float]:
    """The pitfall of reading `output[-1]` of a padded batch: the state after the pads, not after the last word.

    `extra` pads are put behind those the test split needs as one batch. Returns the accuracy from that state, and the
    largest difference between it and the state after the last real step.
    """
    tokens, lengths, labels, _ = tensors(dataset, dataset.test)
    tokens = torch.cat([tokens, tokens.new_zeros(extra, tokens.shape[1])])
    hs, _ = model.read(tokens)                                           # no lengths: the pads are read as words
    _, last = model.read(tokens, lengths)
    h = (last[0] if isinstance(last, tuple) else last)[-1]
    right = model.linear(hs[-1]).argmax(-1) == labels
    return right.float().mean().item(), (hs[-1] - h).abs().max().item()


def position_task(seed: int = 0, shared: bool = True, epochs: int = 10) -> Run:
    """A word that decides, early in training, late in the test; read with shared weights (an RNN) or unshared ones.

    The accuracy is that after the last word. On other documents with the word early it is
    `accuracy(run.model, run.dataset, "seen", last=True)`.
    """
    dataset = data.positions()
    if shared:
        run = _fit(Tagger, dataset, seed, E=16, H=16, epochs=epochs)
    else:
        run = _fit(Unshared, dataset, seed, E=16, H=16, epochs=epochs, T=len(dataset.train[0].words))
    return run._replace(accuracy=accuracy(run.model, dataset, last=True))


def _fit(Model, dataset: Sentences, seed: int, *, E: int, H: int, epochs: int, batch_size: int = 50,
         **options) -> Run:
    """Build, initialise and train; every random number comes from one generator."""
    generator = torch.Generator().manual_seed(seed)
    model = initialise(Model(len(dataset.vocab), E, H, len(dataset.labels), **options), generator)
    losses = train(model, dataset, generator, epochs=epochs, batch_size=batch_size)
    return Run(model, dataset, losses, accuracy(model, dataset))


if __name__ == "__main__":
    from rnnbook.pytorch.shipping import main

    main()
