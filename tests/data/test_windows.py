"""Windows and scales: which window belongs to which split, and that nothing leaks from the future."""

from __future__ import annotations

import numpy as np
import pytest

from rnnbook.data.series import Series, in_time
from rnnbook.data.windows import bounds, scale_of, windows


def counting(steps=100, D=None):
    """A series whose value is the step it stands at, in every channel 1000 more."""
    values = np.arange(steps, dtype=float)
    return Series(name="counting", about="steps;",
                  splits=in_time(values if D is None else values[:, None] + 1000 * np.arange(D)))


def test_bounds_are_70_10_20_and_leave_nothing_out():
    assert bounds(100) == {"train": (0, 70), "validation": (70, 80), "test": (80, 100)}
    for T in range(10, 60):
        (a, b), (c, d), (e, f) = bounds(T).values()
        assert (a, f) == (0, T) and b == c > 0 and d == e > c and f > e


@pytest.mark.parametrize(("T", "ahead"), [(1, 1), (5, 1), (5, 3), (12, 4)])
def test_every_step_is_the_target_of_one_window_in_the_split_where_it_stands(T, ahead):
    parts = counting().windows(T, ahead, scaled=False)
    targets = {name: part.targets[:, 0].astype(int).tolist() for name, part in parts.items()}
    assert targets == {"train": list(range(T - 1 + ahead, 70)), "validation": list(range(70, 80)),
                       "test": list(range(80, 100))}
    for part in parts.values():
        np.testing.assert_array_equal(part.times, part.targets[:, 0])


@pytest.mark.parametrize(("T", "ahead"), [(1, 1), (5, 1), (5, 3), (12, 4)])
def test_inputs_are_the_T_steps_that_end_ahead_steps_before_the_target(T, ahead):
    for part in counting().windows(T, ahead, scaled=False).values():
        assert part.inputs.shape == (T, len(part.times), 1)
        expected = part.times - ahead - np.arange(T - 1, -1, -1)[:, None]
        np.testing.assert_array_equal(part.inputs[:, :, 0], expected)
        assert part.inputs.min() >= 0


def test_training_windows_do_not_change_with_what_comes_later():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(100, 2))
    other = values.copy()
    other[70:] = 1e6 * rng.normal(size=(30, 2)) + 5
    one, two = (Series(name="s", about="s;", splits=in_time(v)) for v in (values, other))
    for a, b in zip(one.windows(8, 2)["train"], two.windows(8, 2)["train"], strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(one.scale, two.scale, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_later_split_reads_its_past_from_the_one_before_and_never_its_future():
    values = np.arange(100.0)
    for name, (first, _) in bounds(100).items():
        changed = values.copy()
        changed[first:] = -1                                   # the first target of the split and all that follows
        before, after = (Series(name="s", about="s;", splits=in_time(v)).windows(6, scaled=False)[name]
                         for v in (values, changed))
        if name != "train":
            np.testing.assert_array_equal(before.inputs[:, 0], after.inputs[:, 0])
            assert before.targets[0] != after.targets[0]


def test_the_scale_is_that_of_the_training_split():
    series = counting(D=3)
    train = series.train[0]
    np.testing.assert_array_equal(series.scale.mean, train.mean(axis=0))
    np.testing.assert_array_equal(series.scale.std, train.std(axis=0))
    scaled, raw = series.windows(5), series.windows(5, scaled=False)
    for name in raw:
        np.testing.assert_allclose(series.scale.undo(scaled[name].inputs), raw[name].inputs, rtol=1e-12)
        np.testing.assert_allclose(series.scale.undo(scaled[name].targets), raw[name].targets, rtol=1e-12)
        np.testing.assert_array_equal(series.scale.apply(raw[name].targets), scaled[name].targets)
    assert abs(np.concatenate([scaled["train"].inputs[0], scaled["train"].targets]).mean()) < 0.1


def test_a_channel_that_never_changes_stays_finite():
    scale = scale_of(np.full((20, 1), 3.0))
    assert scale.std[0] == 1
    assert (scale.apply(np.full((20, 1), 3.0)) == 0).all()


def test_channels_stay_apart():
    part = counting(D=3).windows(4, scaled=False)["test"]
    assert part.inputs.shape == (4, 20, 3)
    assert part.targets.shape == (20, 3)
    np.testing.assert_array_equal(part.inputs[:, :, 2] - part.inputs[:, :, 0], 2000)
    np.testing.assert_array_equal(part.targets[:, 1] - part.targets[:, 0], 1000)


@pytest.mark.parametrize(("T", "ahead", "message"), [
    (0, 1, "T is 0; expected an integer of at least 1"),
    (4, 0, "ahead is 0; expected an integer of at least 1"),
    (70, 1, "T is 70 and ahead 1; expected a target in train, steps 0 to 70"),
    (2.5, 1, "T is 2.5; expected an integer"),
])
def test_impossible_windows_are_refused(T, ahead, message):
    with pytest.raises(ValueError, match=message):
        counting().windows(T, ahead)


def test_the_longest_window_that_fits_has_one_training_target():
    assert len(windows(np.zeros((100, 1)), bounds(100), 69)["train"].times) == 1
