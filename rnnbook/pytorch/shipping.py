"""Writing the weights that ship with the book, with how they came to be."""

from __future__ import annotations

import hashlib
import io
import json
import platform
from pathlib import Path

import numpy as np
import torch

import rnnbook
from rnnbook import convert
from rnnbook.pytorch import recipes
from rnnbook.pytorch.models import Tagger
from rnnbook.pytorch.training import probabilities

FOLDER = Path(rnnbook.__file__).parent / "data" / "weights"
DECIMALS = 4        # of what is stored
SEEDS = range(10)

# What the chapters read out: a sentence up to some word, and what the tagger should say there.
WALKS = {
    "mood": (("i am", "neutral"), ("i am not", "neutral"), ("i am not happy", "negative"), ("i am happy", "positive"),
             ("i am not sad", "positive"), ("i love", "positive"), ("i love this movie", "positive"),
             ("i do not love this movie", "negative"), ("the movie was not bad but good", "positive"),
             ("the movie was not good but bad", "negative"), ("the movie was bad but not good", "negative")),
    "intent": (("what", "undecided"), ("what time", "time"), ("what time is it ?", "time"),
               ("what time is my alarm", "alarm"), ("what time will it stop raining", "weather"),
               ("what is the", "undecided"), ("what is the weather", "weather"), ("wake me up at seven", "alarm")),
}
RECIPES = {"mood": recipes.train_mood_tagger, "intent": recipes.train_intent_tagger}


def readings(run: recipes.Run, walk) -> dict[str, float]:
    """The probability of the wanted class after each prefix in `walk`."""
    found = {}
    for text, label in walk:
        last = probabilities(run.model, run.dataset, text.split())[-1]              # (K,)
        found[f"{text} → {label}"] = round(float(last[run.dataset.labels.index(label)]), 4)
    return found


def arrays(model: Tagger) -> dict[str, np.ndarray]:
    """The tagger's weights under the library's names, rounded; PyTorch's two biases are added."""
    named = {**convert.embedding_from_torch(model.embedding), **convert.rnn_from_torch(model.rnn),
             **convert.linear_from_torch(model.linear)}
    return {name: value.round(DECIMALS) for name, value in named.items()}


def ship(name: str, folder: Path = FOLDER, seeds=SEEDS) -> dict:
    """Train `name` with every seed, write the one whose lowest reading is the highest, and return the provenance."""
    runs = {seed: RECIPES[name](seed) for seed in seeds}
    walked = {seed: readings(run, WALKS[name]) for seed, run in runs.items()}
    chosen = max(walked, key=lambda seed: min(walked[seed].values()))
    run = runs[chosen]
    stored = io.BytesIO()
    np.savez_compressed(stored, **arrays(run.model))       # type: ignore[arg-type]
    provenance = {
        "recipe": f"rnnbook.pytorch.recipes.{RECIPES[name].__name__}(seed={chosen})",
        "data": run.dataset.describe(), "data_sha256": run.dataset.sha256(),
        "sha256": hashlib.sha256(stored.getvalue()).hexdigest(),
        "seed": chosen,
        "choice": f"of {len(runs)} seeds, the one whose lowest reading in the walk-through is the highest",
        "seeds": {str(s): {"test_accuracy": round(runs[s].accuracy, 4), "readings": walked[s]} for s in runs},
        "decimals": DECIMALS,
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__},
        "licence": "CC0 1.0",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.npz").write_bytes(stored.getvalue())
    about = {"labels": run.dataset.labels, "words": run.dataset.vocab.words, "provenance": provenance}
    (folder / f"{name}.json").write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return provenance


def main() -> None:
    """Write all shipped weights, and print what each seed gave."""
    torch.set_num_threads(1)
    for name in RECIPES:
        provenance = ship(name)
        print(f"{name}: seed {provenance['seed']}")
        for seed, row in provenance["seeds"].items():
            lowest = min(row["readings"].values())
            print(f"  seed {seed}: test accuracy {row['test_accuracy']:.4f}, lowest reading {lowest:.4f}")
