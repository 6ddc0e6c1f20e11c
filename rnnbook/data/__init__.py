"""Sequences that are generated from a seed or come with an installed package, and weights trained on them.

One function per set, named for it; each returns a `Dataset`. `catalogue()` lists them. NumPy alone is imported here,
and a set imports the package it names. Nothing uses a network but `fetch`, which downloads the bigger sets of `PUBLIC`.
"""

from __future__ import annotations

from collections.abc import Callable

from rnnbook.data.calendar_dates import dates
from rnnbook.data.conllu_files import read_conllu
from rnnbook.data.corpus import Characters, Corpus, Streams
from rnnbook.data.dataset import Dataset
from rnnbook.data.diagnostics import (
    adding,
    associative_recall,
    copy_strings,
    dyck,
    echo,
    flags,
    parity,
    positions,
    recall,
    temporal_order,
)
from rnnbook.data.documentation import prose
from rnnbook.data.intent import intents
from rnnbook.data.library_source import code
from rnnbook.data.made_series import mackey_glass, pendulum, threshold, threshold_rule
from rnnbook.data.negation_scope import negation
from rnnbook.data.number_words import numbers
from rnnbook.data.pairs import Pair, PairBatch, Pairs
from rnnbook.data.public import (
    PUBLIC,
    DownloadError,
    PublicFile,
    PublicSet,
    fetch,
    read_parallel,
    read_reviews,
    read_tsf,
)
from rnnbook.data.real_series import eeg, membrane, prices, volumes
from rnnbook.data.sentences import Batch, Example, Sentences
from rnnbook.data.sentiment import mood_pairs, moods
from rnnbook.data.series import Series, Stretches
from rnnbook.data.tagged import TagBatch, Tagged, TaggedBatch, TaggedSentence, TaggedWords, WordTags
from rnnbook.data.tagged_english import treebank
from rnnbook.data.tagging import names, senses
from rnnbook.data.tasks import Steps, TaskBatch, Tasks
from rnnbook.data.trained import Trained, weights
from rnnbook.data.verb_agreement import agreement
from rnnbook.data.windows import Scale, Windows
from rnnbook.data.word_order import opinions, order
from rnnbook.data.worlds import (
    Caption,
    CaptionBatch,
    Captions,
    click_odds,
    clicks,
    dna,
    heartbeats,
    shapes,
    tones,
)

__all__ = [
    "PUBLIC", "Batch", "Caption", "CaptionBatch", "Captions", "Characters", "Corpus", "Dataset", "DownloadError",
    "Example", "Pair", "PairBatch", "Pairs", "PublicFile", "PublicSet", "Scale", "Sentences", "Series", "Steps",
    "Streams", "Stretches", "TagBatch", "Tagged", "TaggedBatch", "TaggedSentence", "TaggedWords", "TaskBatch", "Tasks",
    "Trained", "Windows", "WordTags", "adding", "agreement", "associative_recall", "catalogue", "click_odds", "clicks",
    "code", "copy_strings", "dates", "dna", "dyck", "echo", "eeg", "fetch", "flags", "heartbeats", "intents",
    "mackey_glass", "membrane", "mood_pairs", "moods", "names", "negation", "numbers", "opinions", "order", "parity",
    "pendulum", "positions", "prices", "prose", "read_conllu", "read_parallel", "read_reviews", "read_tsf", "recall",
    "senses", "shapes", "temporal_order", "threshold", "threshold_rule", "tones", "treebank", "volumes", "weights",
]

SETS: dict[str, Callable[..., Dataset]] = {
    "moods": moods, "intents": intents, "flags": flags, "positions": positions,
    "copy_strings": copy_strings, "recall": recall, "adding": adding, "temporal_order": temporal_order, "echo": echo,
    "parity": parity, "associative_recall": associative_recall, "dyck": dyck,
    "shapes": shapes, "dna": dna, "tones": tones, "clicks": clicks, "heartbeats": heartbeats,
    "prose": prose, "code": code, "membrane": membrane, "eeg": eeg, "prices": prices, "volumes": volumes,
    "threshold": threshold, "mackey_glass": mackey_glass, "pendulum": pendulum,
    "dates": dates,
    "numbers": numbers,
    "agreement": agreement,
    "opinions": opinions,
    "order": order,
    "treebank": treebank, "senses": senses, "names": names,
    "negation": negation,
}


def catalogue() -> dict[str, str]:
    """The name of every set, and what it is in one line."""
    return {name: (make.__doc__ or "").strip().splitlines()[0] for name, make in SETS.items()}
