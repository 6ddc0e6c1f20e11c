"""Measured series that come with matplotlib. They are read from the installed package and never copied."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np

from rnnbook.data.draw import count
from rnnbook.data.series import Series, in_time

SAMPLE = "distributed with matplotlib; no licence of its own is stated"


def membrane(start: int = 1400, stop: int = 10800, every: int = 2) -> Series:
    """The membrane potential of a neuron that fires: the trace behind matplotlib's first logo.

    12 000 samples, one in 0.5 ms; taken are `start` to `stop`, every 2nd, so that one step is 1 ms. In mV.

    Splits: in time, 70 % train, 10 % validation, 20 % test.

    Source: `membrane.dat` of the installed matplotlib.
    """
    count("every", every)
    count("start", start, 0)
    path, source = sample("membrane.dat")
    trace = np.fromfile(path, "<f4").astype(np.float64)
    if not start < count("stop", stop) <= len(trace):
        raise ValueError(f"start and stop are {start} and {stop}; expected start < stop ≤ {len(trace)}")
    if (taken := len(range(start, stop, every))) < 10:
        raise ValueError(f"start {start}, stop {stop} and every {every} leave {taken} values; expected at least 10")
    return Series(name="membrane", about="the membrane potential of a spiking neuron;",
                  splits=in_time(trace[start:stop:every] * 100), licence=SAMPLE, source=source, interval=0.5 * every,
                  time_unit="ms", unit="mV", limits="One neuron for a few seconds; what drove it is not recorded.")


def eeg() -> Series:
    """An electroencephalogram: 4 channels, 10 seconds.

    800 steps. matplotlib's example draws them over 10 s, under the names PG3, PG5, PG7 and PG9, without a unit.

    Splits: in time, 70 % train, 10 % validation, 20 % test.

    Source: `eeg.dat` of the installed matplotlib.
    """
    path, source = sample("eeg.dat")
    values = np.fromfile(path, "<f8").reshape(800, 4)
    return Series(name="eeg", about="an electroencephalogram;", splits=in_time(values), licence=SAMPLE, source=source,
                  interval=0.0125, time_unit="s", channels=("PG3", "PG5", "PG7", "PG9"),
                  limits="160 test steps are few: which of two models is better may turn with the seed. The unit and "
                         "the circumstances are not recorded.")


def prices() -> Series:
    """The price of one share on 1047 trading days, 2004 to 2008, as a natural logarithm.

    The closing price of GOOG in US dollars, adjusted for splits and dividends; its logarithm is rounded to 6 decimals.

    Splits: in time, 70 % train, 10 % validation, 20 % test.

    Source: `goog.npz` of the installed matplotlib.
    """
    return _goog("prices", "adj_close", "the logarithm of a share's closing price;", "log USD",
                 "A negative result: no model here predicts tomorrow's price better than today's price does, nor the "
                 "return better than its mean.")


def volumes() -> Series:
    """How many of one share were traded on 1047 days, 2004 to 2008, as a natural logarithm.

    The logarithm is rounded to 6 decimals.

    Splits: in time, 70 % train, 10 % validation, 20 % test.

    Source: `goog.npz` of the installed matplotlib.
    """
    return _goog("volumes", "volume", "the logarithm of the number of shares traded;", "log shares",
                 "A recurrent network does no better than a linear prediction from the last days.")


def _goog(name: str, column: str, about: str, unit: str, limits: str) -> Series:
    path, source = sample("goog.npz")
    with np.load(path, allow_pickle=False) as stored:
        values = np.round(np.log(stored["price_data"][column].astype(np.float64)), 6)
    return Series(name=name, about=about, splits=in_time(values), licence="quotes of Yahoo Finance, " + SAMPLE,
                  source=source, time_unit="trading day", unit=unit, limits=limits)


def sample(file: str) -> tuple[str, str]:
    """The path of a file of matplotlib's sample data, and the package with its version."""
    try:
        cbook = import_module("matplotlib.cbook")
    except ImportError as missing:
        raise ImportError(f"{file} comes with matplotlib, which is not installed: "
                          f'pip install "rnnbook[figures]"') from missing
    source = f"matplotlib {version('matplotlib')}"
    path = str(cbook.get_sample_data(file, asfileobj=False))
    if not Path(path).is_file():
        raise FileNotFoundError(f"{source} came without its sample data {file}; that of PyPI has it (seen in 3.11.2): "
                                "pip install matplotlib==3.11.2")
    return path, source
