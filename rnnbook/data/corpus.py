"""Running text for language models, in characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnbook.data.dataset import Dataset, several
from rnnbook.data.draw import count
from rnnbook.text import Vocab, pad_batch

SPLITS = ("contiguous", "interleaved")


class Characters(NamedTuple):
    """Paragraphs as arrays, time-major. What stands after a paragraph's end is 0 and means nothing."""

    tokens: np.ndarray      # int (T, B)
    lengths: np.ndarray     # int (B,)


class Streams(NamedTuple):
    """One text as B parallel streams: column b goes on where column b − 1 ends. `targets[t]` is the next character."""

    inputs: np.ndarray      # int (T, B)
    targets: np.ndarray     # int (T, B); targets[t] is inputs[t + 1]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Corpus(Dataset):
    """A text in paragraphs; the examples of a split are its paragraphs, in their order.

    Attributes
    ----------
    vocab
        The characters that may occur, always the same for a set, whatever its text; there is no <unk>.
    joint
        What stands between two paragraphs when they are read as one text.
    """

    vocab: Vocab
    joint: str = "\n"

    def text(self, split: str = "train") -> str:
        """The paragraphs of a split as one string."""
        return self.joint.join(self._split(split))

    def encode(self, text: str) -> np.ndarray:
        """The ids of the characters of `text`, int (T,)."""
        missing = sorted(set(text) - set(self.vocab.words))
        if missing:
            raise ValueError(f"text holds {missing[0]!r}; expected only the {len(self.vocab)} characters of vocab")
        return np.array([self.vocab.ids[character] for character in text], dtype=np.int64)

    def decode(self, ids: Iterable[int]) -> str:
        """The text that `ids` stand for."""
        return "".join(self.vocab.decode(ids))

    def streams(self, B: int, split: str = "train") -> Streams:
        """A split as B parallel streams, for truncated backpropagation with the state carried from chunk to chunk.

        The text is cut into B pieces of T = (characters − 1) // B; fewer than B characters at its end are left out.
        """
        ids = self.encode(self.text(split))
        T = (len(ids) - 1) // count("B", B)
        if T < 1:
            raise ValueError(f"B is {B}; expected at most {len(ids) - 1}: the {split} split has {len(ids)} characters")
        return Streams(ids[: T * B].reshape(B, T).T.copy(), ids[1 : T * B + 1].reshape(B, T).T.copy())

    def batch(self, examples: Sequence[str]) -> Characters:
        """Paragraphs side by side as padded arrays."""
        return Characters(*pad_batch([self.encode(text).tolist() for text in several(examples, str)]))

    def _split(self, split: str) -> tuple[str, ...]:
        if split not in self.splits:
            raise ValueError(f"split is {split!r}; expected one of {', '.join(map(repr, self.splits))}")
        return self.splits[split]

    def _more(self) -> list[str]:
        sizes = " + ".join(f"{len(self.text(split))}" for split in self.splits)
        return [f"{sizes} characters", f"{len(self.vocab)} symbols", f"sha256 {self.sha256()[:12]}"]


def alphabet(characters: str) -> Vocab:
    """The vocabulary with these characters, in this order."""
    return Vocab(characters, unk=None)


def paragraphs(text: str) -> list[str]:
    """The pieces of `text` between blank lines, without the line break at their ends."""
    return [piece.strip("\n") for piece in re.split(r"\n(?:[ \t]*\n)+", text) if piece.strip()]


def once(items: Iterable[str]) -> list[str]:
    """The items without those that came before, letter for letter."""
    return list(dict.fromkeys(items))


def held_out(items: Sequence[str], split: str) -> dict[str, tuple[str, ...]]:
    """Paragraphs in a train and a test split.

    contiguous: the last 6 % are the test. interleaved: every 20th is, so that each stands among training paragraphs
    on the same subject.
    """
    if split not in SPLITS:
        raise ValueError(f"split is {split!r}; expected one of {', '.join(map(repr, SPLITS))}")
    if split == "contiguous":
        first = len(items) - max(1, len(items) * 6 // 100)
        return {"train": tuple(items[:first]), "test": tuple(items[first:])}
    return {"train": tuple(p for i, p in enumerate(items) if i % 20 != 19), "test": tuple(items[19::20])}
