"""Pictures of coloured shapes, and sentences that say what is on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnbook.data.dataset import COMPUTED, Dataset, several
from rnnbook.data.draw import MANY, Draw, Knob, share, sizes, span
from rnnbook.text import BOS, EOS, PAD, UNK, Vocab, pad_batch

SIDE, CELL = 18, 6
PLACES = ("top left", "top", "top right", "left", "centre", "right", "bottom left", "bottom", "bottom right")
COLOURS = {"red": (1.0, 0.0, 0.0), "green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0), "yellow": (1.0, 1.0, 0.0)}
STAMPS = {
    ("large", "circle"): "..##.. .####. ###### ###### .####. ..##..",
    ("large", "square"): "###### ###### ###### ###### ###### ######",
    ("large", "triangle"): "..##.. ..##.. .####. .####. ###### ######",
    ("large", "cross"): "##..## .####. ..##.. ..##.. .####. ##..##",
    ("small", "circle"): "...... ..##.. .####. .####. ..##.. ......",
    ("small", "square"): "...... .####. .####. .####. .####. ......",
    ("small", "triangle"): "...... ..##.. ..##.. .####. .####. ......",
    ("small", "cross"): "...... .#..#. ..##.. ..##.. .#..#. ......",
}
Thing = tuple[int, str, str, str]           # place, size, colour, shape
Scene = tuple[Thing, ...]
THINGS = tuple((place, size, colour, shape) for place in range(9) for colour in COLOURS for size, shape in STAMPS)


class Caption(NamedTuple):
    """One picture, and the words that describe it."""

    image: np.ndarray           # float32 (18, 18, 3): red, green, blue from 0 to 1; row 0 is the top
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """The words with a space between them."""
        return " ".join(self.words)


class CaptionBatch(NamedTuple):
    """Captions as arrays. What stands after a sentence's end is 0 and means nothing.

    The decoder reads `inputs` (<bos>, then the words) and is to say `targets` (the words, then <eos>).
    """

    images: np.ndarray      # float32 (B, 18, 18, 3)
    inputs: np.ndarray      # int (T, B)
    targets: np.ndarray     # int (T, B)
    lengths: np.ndarray     # int (B,), with the <bos> of `inputs` or the <eos> of `targets`


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Captions(Dataset):
    """Pictures with sentences.

    Attributes
    ----------
    vocab
        The words of the training split, after <pad>, <unk>, <bos> and <eos>.
    """

    vocab: Vocab
    licence: str = COMPUTED

    def batch(self, examples: Sequence[Caption]) -> CaptionBatch:
        """`examples` side by side; sentences are padded with 0, an unknown word becomes <unk>."""
        several(examples, Caption)
        inputs, lengths = pad_batch([self.vocab.encode((BOS, *e.words)) for e in examples])
        targets, _ = pad_batch([self.vocab.encode((*e.words, EOS)) for e in examples])
        return CaptionBatch(np.stack([e.image for e in examples]), inputs, targets, lengths)

    def decode(self, ids: Iterable[int]) -> tuple[str, ...]:
        """The words that `ids` stand for, up to the first <eos>."""
        words = self.vocab.decode(ids)
        return tuple(words[: words.index(EOS)] if EOS in words else words)

    def _more(self) -> list[str]:
        return [f"{len(self.vocab)} words"]


def shapes(seed: int = 0, train: int = 4000, test: int = 500, objects: Knob = (1, 2), noise: float = 0.1,
           split: str = "scene") -> Captions:
    """Pictures of 18 × 18 pixels with coloured shapes on them, and a sentence that says which and where.

    "a small red circle at the top left and a large blue square at the centre": 4 shapes, 4 colours, 2 sizes, on a grid
    of 3 × 3 places, named from top left to bottom right. `objects` is how many, 1 to 4, a number or a range (low, high)
    drawn evenly. Every channel of every pixel gets noise of standard deviation `noise`, then is cut off at 0 and 1.

    split="scene": no sentence of the test split occurs in the training split; of the 288 scenes with a single object,
    36 are kept for the test. split="random": both splits are drawn from all scenes, so that many a test picture differs
    from one in training by its noise only; that is much easier. Within a split a sentence may recur, with other noise.

    Source: written for this book.
    """
    sizes(train, test, most=MANY)
    low, high = span("objects", objects, 1)
    if high > 4:
        raise ValueError(f"objects is {objects!r}; expected at most 4")
    share("noise", noise)
    if split not in ("scene", "random"):
        raise ValueError(f"split is {split!r}; expected 'scene' or 'random'")
    draw = Draw(seed)
    singles = draw.shuffled(THINGS)
    kept, others = (singles[:36], singles[36:]) if split == "scene" else (singles, singles)
    held_out = [_scene(draw, low + draw.below(high - low + 1), kept) for _ in range(test)]
    taken = set(held_out) if split == "scene" else set()
    seen = [_unseen(draw, low + draw.below(high - low + 1), others, taken) for _ in range(train)]
    examples = _examples(draw, [*seen, *held_out], noise)
    words = sorted({word for e in examples[:train] for word in e.words})
    return Captions(name="shapes", about="pictures of shapes, and sentences on what they show;",
                    splits={"train": tuple(examples[:train]), "test": tuple(examples[train:])},
                    vocab=Vocab((PAD, UNK, BOS, EOS, *words)),
                    limits="Everything stands in its cell of the grid, upright, and nothing covers anything.")


def _scene(draw: Draw, n: int, singles: Sequence[Thing]) -> Scene:
    """n things at different places, in reading order; a single one comes from `singles`."""
    if n == 1:
        return (draw.one(singles),)
    places = sorted(draw.shuffled(range(9))[:n])
    return tuple((place, *draw.one(THINGS)[1:]) for place in places)


def _unseen(draw: Draw, n: int, singles: Sequence[Thing], taken: set[Scene]) -> Scene:
    for _ in range(100):
        scene = _scene(draw, n, singles)
        if scene not in taken:
            return scene
    raise ValueError("shapes asks for so many test pictures that no other is left for training")


def _sentence(scene: Scene) -> tuple[str, ...]:
    parts = [f"a {size} {colour} {shape} at the {PLACES[place]}" for place, size, colour, shape in scene]
    return tuple(" and ".join(parts).split())


def _examples(draw: Draw, scenes: Sequence[Scene], noise: float) -> list[Caption]:
    stamps = {name: np.array([[c == "#" for c in row] for row in rows.split()]) for name, rows in STAMPS.items()}
    images = np.zeros((len(scenes), SIDE, SIDE, 3), dtype=np.float32)
    for image, scene in zip(images, scenes, strict=True):
        for place, size, colour, shape in scene:
            top, left = place // 3 * CELL, place % 3 * CELL
            image[top : top + CELL, left : left + CELL][stamps[size, shape]] = COLOURS[colour]
        image[:] = np.clip(image + noise * draw.normal(image.shape), 0, 1)
    images.setflags(write=False)
    return [Caption(image, _sentence(scene)) for image, scene in zip(images, scenes, strict=True)]
