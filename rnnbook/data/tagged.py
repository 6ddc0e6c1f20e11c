"""Sentences with tags for every word: one layer of tags, or parts of speech and entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnnbook.data.dataset import Dataset, several
from rnnbook.data.draw import count
from rnnbook.text import Vocab, pad_batch

POS = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
       "SYM", "VERB", "X")
LAYERS = ("pos", "entities")


class TaggedWords(NamedTuple):
    """One sentence: `tags[t]` is the tag of word t."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words with a space between them."""
        return " ".join(self.words)


class TagBatch(NamedTuple):
    """Examples as arrays, time-major. What stands after a sequence's end is 0 and means nothing."""

    tokens: np.ndarray      # int (T, B)
    lengths: np.ndarray     # int (B,)
    tags: np.ndarray        # int (T, B)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class WordTags(Dataset):
    """Sentences with one tag for every word.

    Attributes
    ----------
    vocab
        Words of the training split.
    labels
        The names of the tags: tag k is `labels[k]`.
    """

    vocab: Vocab
    labels: tuple[str, ...]

    def batch(self, examples: Sequence[TaggedWords]) -> TagBatch:
        """`examples` side by side as padded arrays; a word outside the vocabulary becomes <unk>."""
        several(examples, TaggedWords)
        tokens, lengths = pad_batch([self.vocab.encode(e.words) for e in examples])
        return TagBatch(tokens, lengths, _ids([e.tags for e in examples], self.labels))

    def _more(self) -> list[str]:
        return [f"{len(self.vocab)} words", f"{len(self.labels)} labels"]


class TaggedSentence(NamedTuple):
    """One sentence: `pos[t]` is the universal part of speech of word t, `entities[t]` its BIO tag."""

    words: tuple[str, ...]
    pos: tuple[str, ...]
    entities: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words with a space between them."""
        return " ".join(self.words)


class TaggedBatch(NamedTuple):
    """Examples as arrays, time-major. What stands after a sequence's end is 0 and means nothing."""

    tokens: np.ndarray      # int (T, B)
    lengths: np.ndarray     # int (B,)
    pos: np.ndarray         # int (T, B)
    entities: np.ndarray    # int (T, B)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Tagged(Dataset):
    """Sentences with a part of speech and an entity tag for every word.

    Attributes
    ----------
    vocab
        Words of the training split.
    pos_labels
        The 17 universal parts of speech: `pos` k is `pos_labels[k]`.
    entity_labels
        "O", then "B-X" and "I-X" for each type X: `entities` k is `entity_labels[k]`.
    """

    vocab: Vocab
    pos_labels: tuple[str, ...]
    entity_labels: tuple[str, ...]

    @classmethod
    def of(cls, splits: Mapping[str, Sequence[TaggedSentence]], *, name: str, about: str, licence: str,
           source: str = "", limits: str = "", min_freq: int = 1, types: Sequence[str] = ()) -> Tagged:
        """A data set of anyone's sentences, as `read_conllu` gives them.

        Parameters
        ----------
        splits
            Sentences by the name of their split; "train" must be one of them and hold a sentence.
        min_freq
            The vocabulary holds the words that occur at least so often in the training split.
        types
            The entity types that come first among the labels; others that occur follow in alphabetical order.
        """
        count("min_freq", min_freq)
        if not splits.get("train"):
            got = ", ".join(f"{len(examples)} {split}" for split, examples in splits.items()) or "nothing"
            raise ValueError(f"splits has {got}; expected 'train' with at least one sentence")
        sentences = [s for split in splits.values() for s in split]
        found = {tag[2:] for s in sentences for tag in s.entities if tag != "O"}
        ordered = (*types, *sorted(found - set(types)))
        entity_labels = ("O", *(f"{place}-{kind}" for kind in ordered for place in "BI"))
        return cls(name=name, about=about, splits={k: tuple(v) for k, v in splits.items()}, licence=licence,
                   source=source, limits=limits, pos_labels=POS, entity_labels=entity_labels,
                   vocab=Vocab.build([s.words for s in splits["train"]], min_freq=min_freq))

    def batch(self, examples: Sequence[TaggedSentence]) -> TaggedBatch:
        """`examples` side by side as padded arrays; a word outside the vocabulary becomes <unk>."""
        several(examples, TaggedSentence)
        tokens, lengths = pad_batch([self.vocab.encode(e.words) for e in examples])
        return TaggedBatch(tokens, lengths, _ids([e.pos for e in examples], self.pos_labels),
                           _ids([e.entities for e in examples], self.entity_labels))

    def layer(self, which: str) -> WordTags:
        """The same sentences with one layer of tags: "pos" or "entities"."""
        if which not in LAYERS:
            raise ValueError(f"which is {which!r}; expected one of {', '.join(map(repr, LAYERS))}")
        splits = {split: tuple(TaggedWords(e.words, getattr(e, which)) for e in examples)
                  for split, examples in self.splits.items()}
        labels = self.pos_labels if which == "pos" else self.entity_labels
        return WordTags(name=self.name, about=self.about, splits=splits, licence=self.licence, source=self.source,
                        limits=self.limits, vocab=self.vocab, labels=labels)

    def _more(self) -> list[str]:
        return [f"{len(self.vocab)} words", f"{len(self.pos_labels)} parts of speech",
                f"{len(self.entity_labels)} entity labels"]


def _ids(tags: list[tuple[str, ...]], labels: tuple[str, ...]) -> Any:
    """Padded ids of `tags`, int (T, B)."""
    ids = {label: k for k, label in enumerate(labels)}
    unknown = sorted({tag for row in tags for tag in row} - set(labels))
    if unknown:
        raise ValueError(f"examples have the tag {unknown[0]!r}; expected one of {', '.join(labels)}")
    return pad_batch([[ids[tag] for tag in row] for row in tags])[0]
