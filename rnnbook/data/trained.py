"""Weights that ship with the book, so that a chapter shows the same numbers on every machine."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from rnnbook.text import Vocab

LAYERS = {"embedding": ("W_emb",), "rnn": ("W_xh", "W_hh", "b_h"), "linear": ("W_hy", "b_y")}
NAMES = ("mood", "intent")


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained tanh RNN tagger: embedding → tanh RNN → output layer after every word.

    Attributes
    ----------
    params
        {"embedding": {"W_emb"}, "rnn": {"W_xh", "W_hh", "b_h"}, "linear": {"W_hy", "b_y"}}, float64,
        as `rnnbook.scratch` takes them.
    vocab
        Its words; token i is row i of W_emb.
    labels
        Its classes; label k is row k of W_hy.
    provenance
        The recipe that made it, the seed and how it was chosen, versions, hash.
    """

    params: dict[str, dict[str, np.ndarray]]
    vocab: Vocab
    labels: tuple[str, ...]
    provenance: dict


def weights(name: str) -> Trained:
    """The shipped weights called `name`: "mood" (trained on `moods`) or "intent" (trained on `intents`).

    With them `rnnbook.scratch` gives the predictions that PyTorch gives. Made by `python -m rnnbook.pytorch.recipes`.
    """
    if name not in NAMES:
        raise ValueError(f"name is {name!r}; expected one of {', '.join(map(repr, NAMES))}")
    folder = files("rnnbook.data") / "weights"
    about = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    with np.load(io.BytesIO((folder / f"{name}.npz").read_bytes()), allow_pickle=False) as stored:
        params = {layer: {key: stored[key].astype(np.float64) for key in keys} for layer, keys in LAYERS.items()}
    return Trained(params, Vocab(about["words"]), tuple(about["labels"]), about["provenance"])
