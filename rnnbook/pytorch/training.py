"""The training loop, and what it needs: a device, initial weights, batches, accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rnnbook.data import Example, Sentences
from rnnbook.pytorch.models import Classifier
from rnnbook.text import batches

MASKED = -100       # the target that F.cross_entropy leaves out


def device() -> torch.device:
    """The fastest device there is: CUDA, Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def initialise(model: Any, generator: torch.Generator) -> Any:
    """Draw every weight of `model` from `generator`, as PyTorch would: embeddings N(0, 1), all else uniform on ±1/√H.

    The row of the padding is 0, and so is a learned initial state. Call it before the model moves to a device, so that
    the numbers are the same on all of them. Returns the model.
    """
    with torch.no_grad():
        bound = model.linear.in_features**-0.5
        for name, p in model.named_parameters():
            if name == "embedding.weight":
                p.normal_(generator=generator)[0] = 0
            elif name == "state_0":
                p.zero_()
            else:
                p.uniform_(-bound, bound, generator=generator)
    return model


def tensors(dataset: Sentences, examples: Sequence[Example], where: torch.device | str = "cpu"):
    """`examples` as tensors: tokens (T, B), lengths (B,), labels (B,), tags (T, B) with `MASKED` after each end."""
    batch = dataset.batch(examples)
    tokens, lengths, labels, tags = (torch.as_tensor(a) for a in batch)
    pads = torch.arange(len(tokens))[:, None] >= lengths                 # (T, B)
    return tokens.to(where), lengths, labels.to(where), tags.masked_fill(pads, MASKED).to(where)


def classifier_loss(model: nn.Module, tokens: Tensor, lengths: Tensor, labels: Tensor, tags: Tensor) -> Tensor:
    """Mean cross-entropy of the sequences' classes, in nats."""
    return F.cross_entropy(model(tokens, lengths), labels)


def tagger_loss(model: nn.Module, tokens: Tensor, lengths: Tensor, labels: Tensor, tags: Tensor) -> Tensor:
    """Mean cross-entropy over the real steps, in nats."""
    return F.cross_entropy(model(tokens, lengths).flatten(0, 1), tags.flatten(), ignore_index=MASKED)


def train(model: nn.Module, dataset: Sentences, generator: torch.Generator, *, epochs: int = 8, batch_size: int = 50,
          lr: float = 0.01, clip: float | None = 1.0, loss: Callable[..., Tensor] | None = None) -> list[float]:
    """Train `model` in place on the training split with Adam, clipping the gradient's norm at `clip`.

    `loss` is `classifier_loss` for a Classifier, else `tagger_loss`, unless one is given. The order of the examples
    comes from `generator`. Returns the mean loss of each epoch, in nats. Stops with a FloatingPointError when the loss
    or the gradient is no longer finite, before the weights are touched.
    """
    loss = loss or (classifier_loss if isinstance(model, Classifier) else tagger_loss)
    where = next(model.parameters()).device
    optimiser = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    model.train()
    for epoch in range(epochs):
        order = torch.randperm(len(dataset.train), generator=generator).tolist()
        values = []
        for step, chosen in enumerate(batches([dataset.train[i] for i in order], batch_size)):
            value = loss(model, *tensors(dataset, chosen, where))
            optimiser.zero_grad()
            value.backward()
            norm = nn.utils.clip_grad_norm_(model.parameters(), float("inf") if clip is None else clip)
            if not (torch.isfinite(value) and torch.isfinite(norm)):
                raise FloatingPointError(
                    f"training stopped in epoch {epoch + 1}, step {step + 1}: the loss is {value.item()} and the norm "
                    f"of the gradient {norm.item()}; try a lower rate (lr is {lr}) or a tighter clip (clip is {clip})")
            optimiser.step()
            values.append(value.item())
        history.append(sum(values) / len(values))
    return history


@torch.no_grad()
def accuracy(model: nn.Module, dataset: Sentences, split: str = "test", *, last: bool = False) -> float:
    """Share of right classes in a split: of sequences for a Classifier, of real steps for a tagger.

    `last=True` asks a tagger only for its class after each sequence's last real step.
    """
    model.eval()
    where = next(model.parameters()).device
    tokens, lengths, labels, tags = tensors(dataset, dataset.splits[split], where)
    guesses = model(tokens, lengths).argmax(-1)                          # (B,), or (T, B) from a tagger
    if guesses.dim() == 1:
        return (guesses == labels).double().mean().item()
    if last:
        ends = (lengths - 1).to(where)[None]                             # (1, B)
        return (guesses.gather(0, ends)[0] == labels).double().mean().item()
    real = tags != MASKED                                                # (T, B)
    return (guesses == tags)[real].double().mean().item()


@torch.no_grad()
def probabilities(model: nn.Module, dataset: Sentences, words: Sequence[str]) -> Tensor:
    """What `model` gives each class for one sentence: (K,) from a Classifier, (T, K) from a Tagger."""
    model.eval()
    where = next(model.parameters()).device
    tokens = torch.tensor(dataset.vocab.encode(words), device=where)[:, None]        # (T, 1)
    return model(tokens).softmax(-1).squeeze(-2).cpu()
