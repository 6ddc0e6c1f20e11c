"""A trace: one sentence walked through a trained tanh RNN, with everything a figure needs to draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnbook.scratch import embedding, linear, losses, rnn
from rnnbook.text import Vocab, tokenise


@dataclass(frozen=True, eq=False)
class Trace:
    """What happened while the network read `tokens`.

    Attributes
    ----------
    tokens : tuple of T words
        As the network reads them: an unknown word stands as `<unk>`.
    h_0 : (H,)
        The state before the first word.
    h : (T, H)
        h_1 … h_T, the state after each word.
    probabilities : (T, K)
        The head's softmax after each word.
    labels : tuple of K names
    units : tuple of H numbers
        The order in which units are drawn, from the top; a unit keeps its number in the arrays, from 0.
    """

    tokens: tuple[str, ...]
    h_0: np.ndarray
    h: np.ndarray
    probabilities: np.ndarray
    labels: tuple[str, ...]
    units: tuple[int, ...]

    def __post_init__(self) -> None:
        T, H, K = len(self.tokens), len(self.units), len(self.labels)
        wanted = {"h_0": (H,), "h": (T, H), "probabilities": (T, K)}
        for name, shape in wanted.items():
            got = np.shape(getattr(self, name))
            if got != shape:
                raise ValueError(f"{name} has shape {got}; expected {shape} for {T} tokens, {H} units and {K} labels")
        if sorted(self.units) != list(range(H)):
            raise ValueError(f"units is {self.units}; expected each of 0 to {H - 1} once")

    @property
    def sentence(self) -> str:
        """The words with spaces between them."""
        return " ".join(self.tokens)

    def reordered(self, units: Sequence[int]) -> Trace:
        """The same trace, its units drawn in the order `units`."""
        return replace(self, units=tuple(int(u) for u in units))


def trace(
    params: Mapping[str, Mapping[str, np.ndarray]],
    vocab: Vocab,
    sentence: str | Sequence[str],
    labels: Sequence[str],
    state: np.ndarray | None = None,
    units: Sequence[int] | None = None,
) -> Trace:
    """Read `sentence` with embedding → tanh RNN → linear → softmax, and keep the state after each word.

    Parameters
    ----------
    params
        {"embedding": {W_emb}, "rnn": {W_xh, W_hh, b_h}, "linear": {W_hy, b_y}}, as `rnnbook.data.weights` gives.
    sentence
        Text, which is tokenised, or a list of words.
    labels
        Names of the K classes of the head.
    state : (H,)
        h_0; zeros if None.
    units
        The order in which units are drawn; 0 … H − 1 if None. See `order_units`.

    Raises
    ------
    ValueError
        A part of `params` missing, an empty sentence, labels that do not fit W_hy, or a state of the wrong shape.
    """
    missing = [part for part in ("embedding", "rnn", "linear") if part not in params]
    if missing:
        raise ValueError(f"params has no {missing[0]!r}; it needs embedding, rnn and linear")
    words = tokenise(sentence) if isinstance(sentence, str) else list(sentence)
    if not words:
        raise ValueError(f"sentence is {sentence!r}; expected at least one word")
    ids = vocab.encode(words)
    K, H = np.shape(params["linear"]["W_hy"])
    if len(labels) != K:
        raise ValueError(f"labels has {len(labels)} names; expected {K}, one for each row of W_hy")
    h_0 = np.zeros(H) if state is None else np.asarray(state)
    if h_0.shape != (H,):
        raise ValueError(f"state has shape {h_0.shape}; expected ({H},)")

    x, _ = embedding.forward(dict(params["embedding"]), np.array(ids)[:, None])        # (T, 1, E)
    hs, _, _ = rnn.forward(dict(params["rnn"]), x, h_0[None].astype(x.dtype))          # (T, 1, H)
    logits, _ = linear.forward(dict(params["linear"]), hs[:, 0])                       # (T, K)
    return Trace(
        tokens=tuple(vocab.decode(ids)),
        h_0=h_0,
        h=hs[:, 0],
        probabilities=losses.softmax(logits),
        labels=tuple(labels),
        units=tuple(range(H)) if units is None else tuple(int(u) for u in units),
    )


def order_units(a: Trace, b: Trace) -> tuple[int, ...]:
    """Order units by what they carry: by h of `a` minus h of `b` after the last word, largest first.

    Saturated units make the raw map black and white; in this order the units that tell the two sentences apart stand at
    the top and at the bottom, and those that agree in the middle. Differences are rounded to two digits and ties keep
    the units' numbers, so that the order does not hang on the last bit of a product.
    """
    if a.h.shape[1] != b.h.shape[1]:
        raise ValueError(f"a has {a.h.shape[1]} units and b has {b.h.shape[1]}; expected the same number")
    difference = np.round(np.round(a.h[-1], 2) - np.round(b.h[-1], 2), 2)      # (H,)
    return tuple(int(u) for u in np.argsort(-difference, kind="stable"))
