"""A sequence of symbols and the sequence it is to be turned into: dates, numbers, copies, captions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnbook.data.dataset import Dataset, several
from rnnbook.text import BOS, EOS, PAD, UNK, Vocab, pad_batch


class Pair(NamedTuple):
    """One example: `source` is read, `target` written.

    `value` is what both say, as a string ("2019-03-05"); `group` the kind it belongs to, such as its language.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    value: str = ""
    group: str = ""


class PairBatch(NamedTuple):
    """Pairs as arrays, time-major. What stands after a sequence's end is 0 and means nothing.

    The decoder reads `inputs` (<bos>, then the target) and is to say `targets` (the target, then <eos>): `targets[t]`
    is `inputs[t + 1]`.
    """

    source: np.ndarray              # int (S, B)
    source_lengths: np.ndarray      # int (B,)
    inputs: np.ndarray              # int (T, B)
    targets: np.ndarray             # int (T, B)
    target_lengths: np.ndarray      # int (B,), with the <bos> of `inputs` or the <eos> of `targets`


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Pairs(Dataset):
    """Sequences with the sequences they are to be turned into.

    Attributes
    ----------
    source_vocab
        The symbols of the training split's sources, after <pad> and <unk>.
    target_vocab
        The symbols of the training split's targets, after <pad>, <unk>, <bos> and <eos>.
    """

    source_vocab: Vocab
    target_vocab: Vocab

    def batch(self, examples: Sequence[Pair]) -> PairBatch:
        """`examples` side by side as padded arrays; a symbol outside the vocabulary becomes <unk>."""
        several(examples, Pair)
        source, source_lengths = pad_batch([self.source_vocab.encode(e.source) for e in examples])
        inputs, target_lengths = pad_batch([self.target_vocab.encode((BOS, *e.target)) for e in examples])
        targets, _ = pad_batch([self.target_vocab.encode((*e.target, EOS)) for e in examples])
        return PairBatch(source, source_lengths, inputs, targets, target_lengths)

    def decode(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The target symbols that `ids` stand for, up to the first <eos>."""
        symbols = self.target_vocab.decode(ids)
        return tuple(symbols[: symbols.index(EOS)] if EOS in symbols else symbols)

    def _more(self) -> list[str]:
        return [f"{len(self.source_vocab)} source symbols", f"{len(self.target_vocab)} target symbols"]


def pair_vocabs(train: Sequence[Pair]) -> dict[str, Vocab]:
    """Both vocabularies of a training split, by the names of the fields of `Pairs`: `Pairs(..., **pair_vocabs(train))`.

    Symbols stand in alphabetical order (of code points), so that the ids do not hang on how often each occurs.
    """
    return {"source_vocab": _vocab((PAD, UNK), (e.source for e in train)),
            "target_vocab": _vocab((PAD, UNK, BOS, EOS), (e.target for e in train))}


def _vocab(specials: tuple[str, ...], sequences: Iterable[tuple[str, ...]]) -> Vocab:
    return Vocab((*specials, *sorted({symbol for sequence in sequences for symbol in sequence})))
