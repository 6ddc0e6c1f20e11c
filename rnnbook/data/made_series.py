"""Series from an equation, for which something is known that no measured series tells."""

from __future__ import annotations

import math

import numpy as np

from rnnbook.data.dataset import COMPUTED
from rnnbook.data.draw import Draw, count
from rnnbook.data.series import Series, in_time

NOISE = ("Its noise is the sum of 12 uniform numbers, less 6: mean 0 and variance 1, but no value beyond ±6 and "
         "thinner tails than a Gaussian's.")
THRESHOLD_A, THRESHOLD_NOISE = 0.9, 0.4
MOST_STEPS = 200_000
FILL = 200          # steps that are made and dropped, so that the start is forgotten


def threshold(seed: int = 0, T: int = 4000) -> Series:
    """A series whose coefficient changes its sign with the value two steps before; the best possible error is known.

    x_t = ±0.9 x_{t−1} + 0.4 ε_t, plus where x_{t−2} > 0 and minus elsewhere, ε_t of mean 0 and variance 1. Who knows
    the rule predicts ±0.9 x_{t−1} and errs by 0.4 ε_t alone: `optimum` = 0.16. A linear prediction cannot see the sign.

    Splits: in time, 70 % train, 10 % validation, 20 % test.

    Source: a self-exciting threshold autoregression, Tong and Lim, "Threshold autoregression, limit cycles and cyclical
    data" (1980); the coefficients are the book's.
    """
    noise = Draw(seed).normal(count("T", T, 10, MOST_STEPS) + FILL).tolist()
    values = [0.0, 0.0]
    for epsilon in noise:
        values.append(THRESHOLD_NOISE * epsilon + threshold_rule(values[-1], values[-2]))
    about = "values x_t = ±0.9 x_(t−1) + noise, the sign set by x_(t−2);"
    return Series(name="threshold", about=about, splits=in_time(np.array(values[-T:])), licence=COMPUTED,
                  optimum=THRESHOLD_NOISE ** 2, limits=f"The rule never changes and looks back two steps only. {NOISE}")


def threshold_rule(last: float, before: float) -> float:
    """The best prediction of the next value of `threshold`, from the last value and the one before it."""
    return THRESHOLD_A * last if before > 0 else -THRESHOLD_A * last


def mackey_glass(seed: int = 0, tau: int = 17, noise: float = 0.0, T: int = 3000) -> Series:
    """The Mackey-Glass equation: how many blood cells there are, when the marrow answers late.

    dx/dt = 0.2 x(t−τ) / (1 + x(t−τ)¹⁰) − 0.1 x(t), chaotic at τ = 17. Heun's method with step 0.1, one value a unit of
    time; the seed draws the constant past (0.5 to 1.5), and the first 1000 units are dropped. Every step is made of
    + − × ÷, so that all machines agree to the last bit, chaos or not.

    `noise` is that of the measurement, as a fraction of the series' own standard deviation; it does not enter the
    equation.

    Splits: in time, 70 % train, 10 % validation, 20 % test.

    Source: Mackey and Glass, "Oscillation and chaos in physiological control systems" (1977), in the constants that
    have become usual for prediction.
    """
    count("T", T, 10, MOST_STEPS)
    count("tau", tau, 1, 1000)
    _check_noise(noise)
    draw = Draw(seed)
    clean = np.array(_mackey_glass(0.5 + float(draw.uniform(1)[0]), tau, 1000 + T)[1000:])
    values = clean + noise * _std(clean) * draw.normal(T) if noise else clean
    limits = "A multilayer perceptron on a window predicts it far better than a recurrent network: no memory is needed."
    return Series(name="mackey_glass", about=f"a chaotic series with a delay of {tau};", splits=in_time(values),
                  licence=COMPUTED, limits=f"{limits} {NOISE}" if noise else limits)


def _mackey_glass(start: float, tau: int, units: int) -> list[float]:
    """x at t = 1, 2, … from a constant past."""
    def growth(x: float) -> float:
        square = x * x
        fourth = square * square
        return 0.2 * x / (1.0 + fourth * fourth * square)

    delay = 10 * tau
    xs = [start] * (delay + 1)                          # xs[-1] is now, xs[-1 - delay] was τ ago
    for _ in range(10 * units):
        late, later = growth(xs[-1 - delay]), growth(xs[-delay])
        x = xs[-1]
        slope = late - 0.1 * x
        xs.append(x + 0.05 * (slope + later - 0.1 * (x + 0.1 * slope)))
    return xs[delay + 10 :: 10]


def pendulum(seed: int = 0, noise: float = 0.05, T: int = 2000) -> Series:
    """The angle of a pendulum that swings wide, measured with an error.

    θ″ = −(g/L) sin θ with g = 9.81 m/s² and L = 1 m, released at rest from 2.0 to 2.8 rad, so that it is slow at the
    turning points and the series far from a sine. Runge-Kutta of order 4 with step 0.02 s, one value every 0.1 s; sin
    is a sum of powers, right to 1e-9 between −π and π and the same on every machine. `noise` is the standard deviation
    of the error of measurement, in rad; it does not move the pendulum. As the motion is certain, `optimum` = noise².

    Splits: in time, 70 % train, 10 % validation, 20 % test.

    Source: computed for this book.
    """
    count("T", T, 10, MOST_STEPS)
    _check_noise(noise)
    draw = Draw(seed)
    angle, speed = 2.0 + 0.8 * float(draw.uniform(1)[0]), 0.0
    angles = []
    for _ in range(T):
        angles.append(angle)
        for _ in range(5):
            angle, speed = _swing(angle, speed, 0.02)
    limits = ("The swing repeats itself, so the test holds no motion that training has not, and a linear prediction "
              "from 32 values errs 1.1 to 1.5 times the least possible.")
    return Series(name="pendulum", about="angles of a pendulum, measured with an error;",
                  splits=in_time(np.array(angles) + noise * draw.normal(T)), licence=COMPUTED, interval=0.1,
                  time_unit="s", unit="rad", optimum=noise * noise, limits=f"{limits} {NOISE}")


def _swing(angle: float, speed: float, h: float) -> tuple[float, float]:
    """One step of Runge-Kutta's method of order 4."""
    a1, s1 = speed, -9.81 * _sine(angle)
    a2, s2 = speed + h / 2 * s1, -9.81 * _sine(angle + h / 2 * a1)
    a3, s3 = speed + h / 2 * s2, -9.81 * _sine(angle + h / 2 * a2)
    a4, s4 = speed + h * s3, -9.81 * _sine(angle + h * a3)
    return angle + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4), speed + h / 6 * (s1 + 2 * s2 + 2 * s3 + s4)


def _sine(x: float) -> float:
    """sin x = x − x³/3! + x⁵/5! − … up to x²³. A library's sine may differ in its last bit from machine to machine."""
    total = 0.0
    for n in range(22, 0, -2):
        total = x * x / (n * (n + 1)) * (1.0 - total)
    return x * (1.0 - total)


def _check_noise(noise: float) -> None:
    if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < math.inf:
        raise ValueError(f"noise is {noise!r}; expected a number from 0 on")


def _std(values: np.ndarray) -> float:
    """The standard deviation; fsum rounds once, whatever the order of the sum."""
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum(((values - mean) ** 2).tolist()) / len(values))
