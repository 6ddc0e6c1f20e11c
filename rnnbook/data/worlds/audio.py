"""Sound: short melodies, made sample by sample from a table of one period (wavetable synthesis)."""

from __future__ import annotations

import math

import numpy as np

from rnnbook.data.draw import Draw, Knob, room, share, sizes, span
from rnnbook.data.tasks import Steps, Tasks, last_step, rows, spread

RATE = 8000                     # samples a second
NOTE = 800                      # samples a note: a tenth of a second
NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")        # from middle C, 261.6 Hz, up
HARMONICS = {"flute": (1.0, 0.1), "clarinet": (1.0, 0.0, 0.33, 0.0, 0.2), "violin": (1.0, 0.5, 0.33, 0.25, 0.2)}
PERIOD = 1024                   # entries of a table
ATTACK = 80


def tones(seed: int = 0, train: int = 200, test: int = 50, notes: Knob = 3, noise: float = 0.01,
          asked: str = "note") -> Tasks:
    """Recordings of short melodies, 8000 samples a second: which notes are played, or does the melody go up?

    A melody has `notes` notes of a tenth of a second, a number or a range (low, high), drawn evenly from the twelve
    between middle C (261.6 Hz) and the B above it (493.9 Hz). One of three timbres plays it; loudness and phase differ
    from note to note; `noise` is the standard deviation of what is added.

    asked="note": at the last sample of every note, its name, one of twelve (chance: 1/12). asked="direction": at the
    last sample, whether the last note is higher than the first, "up" or "down" (chance: 1/2; the two are never equal).
    The best is 1: the notes are 6 % apart, far more than the default noise hides. The splits are drawn apart from each
    other: no recording occurs twice, the same melody may.

    Source: written for this book.
    """
    sizes(train, test, least=0)
    share("noise", noise)
    if asked not in ("note", "direction"):
        raise ValueError(f"asked is {asked!r}; expected 'note' or 'direction'")
    number = span("notes", notes, 2 if asked == "direction" else 1)
    room("notes", max(train, test), NOTE * number[1])
    draw = Draw(seed)
    held_out = _recordings(draw, test, number, noise, asked)
    learned = _recordings(draw, train, number, noise, asked) if train else []
    return Tasks(name="tones", about=f"recorded melodies: {'which note' if asked == 'note' else 'up or down'}?",
                 splits={"train": tuple(learned), "test": tuple(held_out)}, columns=("amplitude",), rate=RATE,
                 classes=NOTES if asked == "note" else ("up", "down"), chance=1 / 12 if asked == "note" else 0.5,
                 best=1.0, limits="No room, no voice, one note at a time. The recordings are long for a network that "
                 "reads sample by sample: cut them in frames.")


def _recordings(draw: Draw, n: int, number: tuple[int, int], noise: float, asked: str) -> list[Steps]:
    how_many = spread(draw, number, n)
    pitch = draw.integers(12, (n, number[1]))                                               # (n, notes)
    if asked == "direction":
        each = np.arange(n)
        pitch[each, how_many - 1] = (pitch[:, 0] + 1 + draw.integers(11, n)) % 12         # never the first again
    timbre = draw.integers(len(HARMONICS), n)
    loudness = 0.5 + 0.5 * draw.uniform(pitch.shape)
    phase = draw.integers(PERIOD, pitch.shape)
    tables = np.array([_table(weights) for weights in HARMONICS.values()])
    t = np.arange(NOTE, dtype=np.int64)
    # The place in the table after t samples: t · frequency · PERIOD / RATE, in whole numbers of 2⁻²⁰.
    steps = np.array([round(440 * 2 ** ((k - 9) / 12) / RATE * PERIOD * 2**20) for k in range(12)], dtype=np.int64)
    place = ((t * steps[pitch][..., None] >> 20) + phase[..., None]) % PERIOD            # (n, notes, NOTE)
    envelope = np.minimum(t / ATTACK, 1) * (1 - t / NOTE)
    sound = tables[timbre[:, None, None], place] * envelope * loudness[..., None]
    sound = sound.reshape(n, -1, 1)
    sound += noise * draw.normal(sound.shape)
    lengths = how_many * NOTE
    T = sound.shape[1]
    if asked == "direction":
        up = pitch[each, how_many - 1] > pitch[:, 0]
        mask = last_step(lengths, T)
        return rows(sound, np.where(mask & ~up[:, None], np.int64(1), np.int64(0)), mask, lengths)
    mask = (np.arange(T) % NOTE == NOTE - 1) & (np.arange(T) < lengths[:, None])
    return rows(sound, np.repeat(pitch, NOTE, axis=1), mask, lengths)


def _table(weights: tuple[float, ...]) -> list[float]:
    """One period of a sum of harmonics, its peak at 1. Rounded to 6 digits, so that every machine has the same."""
    wave = [sum(w * math.sin(2 * math.pi * (h + 1) * i / PERIOD) for h, w in enumerate(weights)) for i in range(PERIOD)]
    peak = max(wave)
    return [round(value / peak, 6) for value in wave]
