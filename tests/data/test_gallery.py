"""Each kind of sequence data in chapter 1 is loaded with one import and plotted in a few lines."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from rnnbook import data

matplotlib = pytest.importorskip("matplotlib")


@pytest.fixture(autouse=True)
def plt():
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with warnings.catch_warnings():
        warnings.simplefilter("error")          # such as values that imshow has to cut off
        yield plt
    plt.close("all")


def drawn(axes):
    """Draw the figure, and say how many dark or coloured pixels stand inside the axes."""
    canvas = axes.figure.canvas
    canvas.draw()
    box = axes.get_window_extent().padded(-2)
    pixels = np.asarray(canvas.buffer_rgba())[::-1][int(box.y0) : int(box.y1), int(box.x0) : int(box.x1), :3]
    return int((pixels < 230).any(axis=2).sum())


def test_text(plt):
    _, axes = plt.subplots()
    sentence = data.moods().train[0]
    axes.step(range(len(sentence.words)), sentence.tags, where="mid")
    axes.set_xticks(range(len(sentence.words)), sentence.words)
    assert drawn(axes) > 100
    assert [label.get_text() for label in axes.get_xticklabels()] == list(sentence.words)


def test_sound(plt):
    _, (wave, spectrogram) = plt.subplots(2)
    tones = data.tones()
    samples = tones.train[0].inputs[:, 0]
    wave.plot(np.arange(len(samples)) / tones.rate, samples)
    spectrogram.specgram(samples, Fs=tones.rate)
    assert drawn(wave) > 1000 and drawn(spectrogram) > 1000
    assert wave.get_xlim()[1] < 0.4 and spectrogram.get_ylim()[1] == 4000        # seconds, hertz


def test_a_measured_series(plt):
    _, axes = plt.subplots()
    membrane = data.membrane()
    axes.plot(membrane.times, membrane.values)
    axes.set(xlabel=f"time ({membrane.time_unit})", ylabel=f"potential ({membrane.unit})")
    assert drawn(axes) > 1000
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (ms)", "potential (mV)")


def test_dna(plt):
    _, axes = plt.subplots()
    dna = data.dna()
    example = next(e for e in dna.train if e.targets[-1])
    axes.imshow(example.inputs[:, None] == range(4), aspect="auto")
    axes.set_xticks(range(4), dna.symbols)
    axes.axhline(example.targets.argmax(), color="red")
    assert drawn(axes) > 1000
    assert "TATAAT" in "".join(dna.decode(example.inputs))


def test_what_users_do(plt):
    _, axes = plt.subplots()
    clicks = data.clicks()
    axes.step(range(len(clicks.train[0].inputs)), clicks.decode(clicks.train[0].inputs))
    assert drawn(axes) > 100
    assert {label.get_text() for label in axes.get_yticklabels()} <= set(clicks.symbols)


def test_a_series_with_anomalies(plt):
    _, axes = plt.subplots()
    pulse = data.heartbeats()
    example = next(e for e in pulse.test if e.targets.any())
    time = np.arange(len(example.inputs)) / pulse.rate
    axes.plot(time, example.inputs[:, 0])
    axes.fill_between(time, 0, 1, where=example.targets > 0, alpha=0.3)
    assert drawn(axes) > 1000


def test_pictures_with_sentences(plt):
    _, axes = plt.subplots()
    example = data.shapes().train[0]
    axes.imshow(example.image)
    axes.set_title(example.text)
    assert drawn(axes) > 1000
