"""Sentences with a label for the whole and a tag for every word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnnbook.data.dataset import Dataset, distinct, several
from rnnbook.text import Vocab, pad_batch


class Example(NamedTuple):
    """One sentence: `label` is its class, `tags[t]` the class of its first t + 1 words."""

    words: tuple[str, ...]
    label: str
    tags: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words with a space between them."""
        return " ".join(self.words)


class Batch(NamedTuple):
    """Examples as arrays, time-major. What stands after a sequence's end is 0 and means nothing."""

    tokens: np.ndarray      # int (T, B)
    lengths: np.ndarray     # int (B,)
    labels: np.ndarray      # int (B,)
    tags: np.ndarray        # int (T, B)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Sentences(Dataset):
    """Sentences with a label and tags.

    Attributes
    ----------
    vocab
        The words of the training split.
    labels
        The names of the classes: class k is `labels[k]`.
    """

    vocab: Vocab
    labels: tuple[str, ...]

    def batch(self, examples: Sequence[Example]) -> Batch:
        """`examples` side by side as padded arrays; a word outside the vocabulary becomes <unk>."""
        several(examples, Example)
        ids = {label: k for k, label in enumerate(self.labels)}
        tokens, lengths = pad_batch([self.vocab.encode(e.words) for e in examples])
        tags, _ = pad_batch([[ids[tag] for tag in e.tags] for e in examples])
        return Batch(tokens, lengths, np.array([ids[e.label] for e in examples]), tags)

    def _more(self) -> list[str]:
        return [f"{len(self.vocab)} words", f"{len(self.labels)} labels"]

    def _plain(self, example: Example) -> Any:
        return [example.text, example.label, list(example.tags)]


def distinct_sentences(make: Callable[[], Example | None], n: int, what: str) -> list[Example]:
    """`n` examples from `make`, no two with the same words (a final full stop apart)."""
    return distinct(make, n, what, key=lambda e: e.words[:-1] if e.words[-1] in (".", "?") else e.words)
