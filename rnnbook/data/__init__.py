"""Sequences that are generated from a seed, and weights trained on them. No network, NumPy only.

One function per set, named for it; each returns a `Dataset`. `catalogue()` lists them.
"""

from __future__ import annotations

from collections.abc import Callable

from rnnbook.data.dataset import Dataset
from rnnbook.data.diagnostics import flags, positions
from rnnbook.data.intent import intents
from rnnbook.data.sentences import Batch, Example, Sentences
from rnnbook.data.sentiment import mood_pairs, moods
from rnnbook.data.trained import Trained, weights

__all__ = ["Batch", "Dataset", "Example", "Sentences", "Trained", "catalogue", "flags", "intents", "mood_pairs",
           "moods", "positions", "weights"]

SETS: dict[str, Callable[..., Dataset]] = {"moods": moods, "intents": intents, "flags": flags, "positions": positions}


def catalogue() -> dict[str, str]:
    """The name of every set, and what it is in one line."""
    return {name: (make.__doc__ or "").strip().splitlines()[0] for name, make in SETS.items()}
