"""Series: the same bytes everywhere, the equations they claim to follow, and what a linear prediction makes of them."""

from __future__ import annotations

import math
import sys
import tracemalloc
from dataclasses import FrozenInstanceError
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest

from rnnbook import data
from rnnbook.data import made_series
from rnnbook.data.draw import Draw
from rnnbook.data.series import in_time

MADE = {
    "threshold": data.threshold,
    "mackey_glass": data.mackey_glass,
    "mackey_glass with noise": lambda seed=0: data.mackey_glass(seed, noise=0.1),
    "pendulum": data.pendulum,
    "pendulum without noise": lambda seed=0: data.pendulum(seed, noise=0),
}
REAL = {"membrane": data.membrane, "eeg": data.eeg, "prices": data.prices, "volumes": data.volumes}
HASHES = {
    "threshold": "c6a4e917a2b4fecae819abe9f37238510537857212484f7f50576e930bdcc62e",
    "mackey_glass": "4179c097bf80a0179054de4f2b5b3fc8512cbb89b685c9b4f7dcba613ac7e0fc",
    "mackey_glass with noise": "0327abc16a8985f3e212e4d640a764773c32ceae93263c26d9165771e5d8c5d4",
    "pendulum": "d5e7223a1b52d1f090c8b638f2cf87d649bb066d300b7af70f929dc62cc48556",
    "pendulum without noise": "10995991ce59d2134fd17eb3b7d4b9b06656ddf3f70d1d8f53324a271799c60c",
    "membrane": "5abc8d65ec3c7b561fdbe76e1d2204519a3b278915d7dd1b7d50a71c46f75483",
    "eeg": "98c7cb8d4a2ca0a51a23f6e3c49c9bc3580209184bf4bdae3bf9f397e2851a68",
    "prices": "7f8c26233199cada9e18ee7df183763c17f7d70e8faa39854c443caffb367465",
    "volumes": "0e59cde394ef877c26996dae0d9ab84bb408404ad5e1750fa28c3034eea74efb",
}
HASHED_MATPLOTLIB = "3.11.2"


def matplotlib_version():
    try:
        return version("matplotlib")
    except PackageNotFoundError:
        return None


needs_matplotlib = pytest.mark.skipif(matplotlib_version() is None, reason="matplotlib is not installed")


@pytest.fixture(scope="module", params=[*MADE, *(pytest.param(name, marks=needs_matplotlib) for name in REAL)])
def named(request):
    return request.param, {**MADE, **REAL}[request.param]()


def linear(series, ahead=1, T=8):
    """Mean squared errors on the test split in standard units: of a linear prediction from T values, and naive."""
    def features(part):
        return np.hstack([part.inputs.transpose(1, 0, 2).reshape(len(part.times), -1), np.ones((len(part.times), 1))])

    parts = series.windows(T, ahead)
    w = np.linalg.lstsq(features(parts["train"]), parts["train"].targets, rcond=None)[0]
    test = parts["test"]
    return np.mean((features(test) @ w - test.targets) ** 2), np.mean((test.inputs[-1] - test.targets) ** 2)


# every series

def test_same_seed_same_bytes(named):
    name, series = named
    if name in REAL and matplotlib_version() != HASHED_MATPLOTLIB:
        pytest.skip(f"hashes are those of matplotlib {HASHED_MATPLOTLIB}")
    assert series.sha256() == HASHES[name]


@pytest.mark.parametrize("name", MADE)
def test_another_seed_gives_another_series(name):
    assert not np.allclose(MADE[name](seed=1).values, MADE[name](seed=0).values)


def test_splits_follow_each_other_in_time(named):
    _, series = named
    assert list(series.splits) == ["train", "validation", "test"]
    T = len(series.values)
    (train,), (validation,), (test,) = series.splits.values()
    np.testing.assert_array_equal(series.values, np.concatenate([train, validation, test]))
    assert [len(train), len(validation)] == [T * 7 // 10, T * 8 // 10 - T * 7 // 10]
    assert len(series.times) == T
    assert series.times[1] == series.interval


def test_values_are_finite_float64_and_cannot_be_changed(named):
    _, series = named
    assert series.values.dtype == np.float64
    assert np.isfinite(series.values).all()
    with pytest.raises(ValueError, match="read-only"):
        series.train[0][0] = 1
    with pytest.raises(FrozenInstanceError):
        series.unit = "V"


def test_describe_says_steps_units_licence_and_source(named):
    name, series = named
    line = series.describe()
    assert "\n" not in line
    for part in (f"{len(series.train[0])} train", f"{len(series.test[0])} test", series.unit, series.licence):
        assert part in line
    assert ("CC0" in series.licence) == (name in MADE)
    assert (f"from matplotlib {matplotlib_version()}" in line) == (name in REAL)
    assert series.limits


def test_batch_puts_stretches_side_by_side(named):
    _, series = named
    values, lengths = series.batch((series.train[0], series.test[0]))
    assert lengths.tolist() == [len(series.train[0]), len(series.test[0])]
    D = 1 if series.values.ndim == 1 else series.values.shape[1]
    assert values.shape == (lengths.max(), 2, D)
    np.testing.assert_array_equal(values[: lengths[1], 1].reshape(series.test[0].shape), series.test[0])
    assert (values[lengths[1] :, 1] == 0).all()


@pytest.mark.parametrize("name", [*MADE, *(pytest.param(name, marks=needs_matplotlib) for name in REAL)])
def test_loading_takes_far_less_than_100_mb(name):
    tracemalloc.start()
    {**MADE, **REAL}[name]()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20e6


# threshold

def test_threshold_follows_its_rule_and_nothing_but_the_noise_is_left():
    x = data.threshold(T=500).values
    rule = [data.threshold_rule(x[t - 1], x[t - 2]) for t in range(2, 500)]
    noise = Draw(0).normal(700)[-498:]
    np.testing.assert_allclose(x[2:] - rule, 0.4 * noise, atol=1e-12)
    assert data.threshold_rule(2.0, 1.0) == 1.8 and data.threshold_rule(2.0, -1.0) == -1.8


@pytest.mark.parametrize("seed", range(3))
def test_the_rule_reaches_the_optimum_and_a_line_does_not(seed):
    series = data.threshold(seed, T=20_000)
    x = series.values
    optimum = np.mean([(x[t] - data.threshold_rule(x[t - 1], x[t - 2])) ** 2 for t in range(2, len(x))])
    assert abs(optimum / series.optimum - 1) < 0.05
    error, naive = linear(series)
    best = series.optimum / series.scale.std[0] ** 2
    assert 0.35 < best / error < 0.55               # a line errs about twice as much as it need
    assert naive > 3 * error


# Mackey-Glass

def test_mackey_glass_solves_its_equation():
    h, tau, start = 0.001, 17, 1.2
    xs = [start] * (tau * 1000 + 1)
    for _ in range(60 * 1000):                      # Euler's method with a hundredth of the step
        late = xs[-1 - tau * 1000]
        xs.append(xs[-1] + h * (0.2 * late / (1 + late ** 10) - 0.1 * xs[-1]))
    np.testing.assert_allclose(made_series._mackey_glass(start, tau, 60), xs[(tau + 1) * 1000 :: 1000], atol=2e-3)


def test_mackey_glass_rests_at_one_when_the_answer_is_fast():
    np.testing.assert_allclose(data.mackey_glass(tau=2, T=100).values, 1, atol=1e-9)


def test_mackey_glass_goes_on_for_ever_and_never_quite_repeats():
    values = data.mackey_glass().values
    assert 0.2 < values.min() < values.max() < 1.4
    assert values.std() > 0.2
    lags = [np.abs(values[lag:2000 + lag] - values[:2000]).max() for lag in range(1, 1000)]
    assert min(lags) > 0.05


def test_the_noise_of_mackey_glass_is_a_fraction_of_its_own_deviation():
    clean, noisy = data.mackey_glass().values, data.mackey_glass(noise=0.1).values
    assert abs((noisy - clean).std() / clean.std() - 0.1) < 0.01
    assert abs(made_series._std(clean) - clean.std()) < 1e-12


def test_a_line_predicts_mackey_glass_ten_times_better_than_its_last_value():
    error, naive = linear(data.mackey_glass(), ahead=12, T=32)
    assert 6 < naive / error < 20


# pendulum

def test_the_pendulum_has_the_period_of_its_amplitude_and_loses_nothing():
    series = data.pendulum(noise=0)
    angle = series.values
    widest = angle[0]
    assert 2.0 <= widest < 2.8
    a, b = 1.0, math.cos(widest / 2)                # the exact period, by the arithmetic-geometric mean
    for _ in range(8):
        a, b = (a + b) / 2, math.sqrt(a * b)
    period = 2 * math.pi / math.sqrt(9.81) / a
    falls = np.flatnonzero((angle[:-1] > 0) & (angle[1:] <= 0))
    crossings = series.times[falls] + series.interval * angle[falls] / (angle[falls] - angle[falls + 1])
    assert len(falls) > 40
    assert abs(np.diff(crossings).mean() / period - 1) < 1e-3
    assert widest - 0.02 < np.abs(angle[-200:]).max() < widest + 1e-3


def test_the_sine_is_right():
    for x in np.linspace(-np.pi, np.pi, 201):
        assert abs(made_series._sine(x) - math.sin(x)) < 1e-9


@pytest.mark.parametrize("noise", [0.05, 0.2])
def test_the_noise_of_the_pendulum_is_its_optimum(noise):
    error = data.pendulum(noise=noise).values - data.pendulum(noise=0).values
    assert abs((error ** 2).mean() / data.pendulum(noise=noise).optimum - 1) < 0.1


@pytest.mark.parametrize("seed", range(3))
def test_a_line_on_a_long_window_nearly_reaches_the_optimum_of_the_pendulum(seed):
    series = data.pendulum(seed)
    error, _ = linear(series, T=32)
    assert series.optimum < error * series.scale.std[0] ** 2 < 1.6 * series.optimum


# series of matplotlib

@needs_matplotlib
def test_membrane_is_in_millivolts_one_value_a_millisecond():
    series = data.membrane()
    assert len(series.values) == 4700
    assert (series.interval, series.time_unit, series.unit) == (1.0, "ms", "mV")
    assert -70 < series.values.min() < -40 < 0 < series.values.max() < 10
    whole = data.membrane(0, 12_000, 1)
    assert (len(whole.values), whole.interval) == (12_000, 0.5)
    np.testing.assert_array_equal(whole.values[1400:10800:2], series.values)


@needs_matplotlib
def test_a_line_predicts_the_membrane_a_little_better_than_its_last_value():
    error, naive = linear(data.membrane(), ahead=4, T=4)
    assert 1.2 < naive / error < 1.4


@needs_matplotlib
def test_no_line_predicts_the_price_better_than_its_last_value():
    series = data.prices()
    error, naive = linear(series, T=2)
    assert naive < 1.02 * error
    dollars = np.exp(series.values)
    assert 100 < dollars.min() < dollars.max() < 750
    assert abs(dollars[0] - 100.34) < 0.001


@needs_matplotlib
def test_a_line_predicts_the_volume_better_than_its_last_value():
    error, naive = linear(data.volumes(), T=8)
    assert naive > 1.1 * error
    assert abs(np.exp(data.volumes().values[0]) / 22_351_900 - 1) < 1e-5


@needs_matplotlib
def test_eeg_has_four_channels_in_ten_seconds():
    series = data.eeg()
    assert series.values.shape == (800, len(series.channels)) == (800, 4)
    assert len(series.values) * series.interval == 10
    error, naive = linear(series, T=4)
    assert naive > 1.2 * error


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.cbook", None)
    with pytest.raises(ImportError, match=r'membrane.dat comes with matplotlib.*pip install "rnnbook\[figures\]"'):
        data.membrane()


@needs_matplotlib
def test_a_matplotlib_without_the_file_is_named(monkeypatch, tmp_path):
    import matplotlib.cbook
    monkeypatch.setattr(matplotlib.cbook, "get_sample_data", lambda file, asfileobj: tmp_path / file)
    with pytest.raises(FileNotFoundError, match=f"matplotlib {matplotlib_version()} came without .* eeg.dat"):
        data.eeg()


# impossible requests

@pytest.mark.parametrize(("call", "message"), [
    (lambda: data.threshold(seed=-1), "seed is -1; expected an integer from 0 on"),
    (lambda: data.threshold(T=9), "T is 9; expected an integer of at least 10"),
    (lambda: data.mackey_glass(tau=0), "tau is 0; expected an integer of at least 1"),
    (lambda: data.mackey_glass(tau=1.5), "tau is 1.5; expected an integer"),
    (lambda: data.mackey_glass(noise=-0.1), "noise is -0.1; expected a number from 0 on"),
    (lambda: data.pendulum(noise=float("nan")), "noise is nan; expected a number from 0 on"),
    (lambda: data.pendulum(noise="much"), "noise is 'much'; expected a number from 0 on"),
    (lambda: in_time(np.zeros(9)), "values has 9 steps; expected at least 10"),
    (lambda: data.threshold(T=10).batch(()), "examples is empty; expected at least one ndarray"),
    pytest.param(lambda: data.membrane(stop=12_001), "expected start < stop ≤ 12000", marks=needs_matplotlib),
    pytest.param(lambda: data.membrane(start=-1), "start is -1; expected an integer of at", marks=needs_matplotlib),
    pytest.param(lambda: data.membrane(every=0), "every is 0; expected an integer", marks=needs_matplotlib),
    pytest.param(lambda: data.membrane(0, 10), "start 0, stop 10 and every 2 leave 5 values", marks=needs_matplotlib),
])
def test_impossible_requests_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
