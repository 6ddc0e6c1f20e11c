"""From raw text to arrays: words, a vocabulary, padded batches, masks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from rnnbook import validate

PAD, UNK = "<pad>", "<unk>"
BOS, EOS = "<bos>", "<eos>"      # around a sequence that a decoder writes


def tokenise(text: str) -> list[str]:
    """Split `text` into lower-case words and punctuation marks.

    >>> tokenise("What time is it?")
    ['what', 'time', 'is', 'it', '?']
    """
    if not isinstance(text, str):
        raise ValueError(f"text is a {type(text).__name__}; expected a string")
    return re.findall(r"\w+(?:['’-]\w+)*|[^\w\s]", text.lower())


class Vocab:
    """The words a model knows: `words[i]` is the word with id i, `ids[word]` the id of a word.

    Parameters
    ----------
    words
        Every word once, specials first. The first is the padding.
    unk
        The word that stands for all others; None if there is none.
    """

    def __init__(self, words: Sequence[str], unk: str | None = UNK):
        self.words = tuple(words)
        self.ids = {word: i for i, word in enumerate(self.words)}
        if len(self.ids) != len(self.words):
            twice = next(w for w, n in Counter(self.words).items() if n > 1)
            raise ValueError(f"words holds {twice!r} more than once")
        if unk is not None and unk not in self.ids:
            raise ValueError(f"words does not hold the unknown word {unk!r}")
        self.unk = unk

    @classmethod
    def build(
        cls, sentences: Iterable[Sequence[str]], min_freq: int = 1, specials: Sequence[str] = (PAD, UNK)
    ) -> Vocab:
        """Specials first, then the words seen at least `min_freq` times: frequent first, ties by first appearance."""
        if min_freq < 1:
            raise ValueError(f"min_freq is {min_freq}; expected at least 1")
        counts: Counter[str] = Counter()
        for sentence in sentences:
            if isinstance(sentence, str):
                raise ValueError("sentences holds a string; expected lists of words (see tokenise)")
            counts.update(sentence)
        kept = [word for word, n in counts.most_common() if n >= min_freq and word not in specials]
        return cls((*specials, *kept), unk=UNK if UNK in specials else None)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.ids

    def __repr__(self) -> str:
        return f"Vocab({len(self)} words: {' '.join(self.words[:6])} …)"

    def encode(self, words: Sequence[str]) -> list[int]:
        """Ids of `words`; an unknown word becomes the id of `unk`, or an error where there is none."""
        if isinstance(words, str):
            raise ValueError("words is a string; expected a list of words (see tokenise)")
        if self.unk is None:
            missing = [w for w in words if w not in self.ids]
            if missing:
                raise ValueError(f"words holds {missing[0]!r}, which is not in the vocabulary, and there is no <unk>")
            return [self.ids[w] for w in words]
        return [self.ids.get(w, self.ids[self.unk]) for w in words]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """Words of `ids`."""
        ids = [int(i) for i in ids]
        for i in ids:
            if not 0 <= i < len(self):
                raise ValueError(f"ids holds {i}; expected 0 to {len(self) - 1}")
        return [self.words[i] for i in ids]


def pad_batch(
    sequences: Sequence[Sequence[int]], pad: int = 0, T_max: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Put sequences of ids side by side, padded at the end.

    Returns
    -------
    tokens : int64 (T, B)
        One sequence a column. T is the longest length, at most `T_max`; what is longer loses its end.
    lengths : int64 (B,)
        Real length of each column, after truncation.
    """
    if len(sequences) == 0:
        raise ValueError("sequences is empty; expected at least one sequence")
    if T_max is not None and T_max < 1:
        raise ValueError(f"T_max is {T_max}; expected at least 1")
    rows = [_ids(f"sequences[{b}]", sequence) for b, sequence in enumerate(sequences)]
    lengths = np.array([len(row[:T_max]) for row in rows], dtype=np.int64)
    tokens = np.full((lengths.max(), len(rows)), pad, dtype=np.int64)      # (T, B)
    for b, row in enumerate(rows):
        tokens[: lengths[b], b] = row[:T_max]
    return tokens, lengths


def _ids(name: str, sequence) -> np.ndarray:
    row = validate.as_array(name, sequence)
    if row.size == 0:
        raise ValueError(f"{name} is empty; expected at least one token")
    if row.ndim != 1 or not np.issubdtype(row.dtype, np.integer):
        raise ValueError(f"{name} has shape {row.shape} and dtype {row.dtype}; expected a list of integer ids")
    return row


def length_mask(lengths, T: int | None = None) -> np.ndarray:
    """True where a step is real: mask[t, b] = t < lengths[b]. Shape (T, B); T defaults to the longest length."""
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or lengths.size == 0 or not np.issubdtype(lengths.dtype, np.integer):
        raise ValueError(f"lengths has shape {lengths.shape} and dtype {lengths.dtype}; expected integers (B,)")
    T = int(lengths.max()) if T is None else T
    if lengths.min() < 1 or lengths.max() > T:
        raise ValueError(f"lengths runs from {lengths.min()} to {lengths.max()}; expected 1 to {T}")
    return np.arange(T)[:, None] < lengths[None, :]               # (T, B)


def batches(examples: Sequence, batch_size: int, rng: np.random.Generator | None = None) -> Iterator[list]:
    """Lists of `batch_size` examples (the last may be shorter), shuffled when an `rng` is given."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; expected at least 1")
    if len(examples) == 0:
        raise ValueError("examples is empty; expected at least one")
    order = np.arange(len(examples)) if rng is None else rng.permutation(len(examples))
    starts = range(0, len(examples), batch_size)
    return ([examples[i] for i in order[start : start + batch_size]] for start in starts)
