"""What follows from the equation of the neuron: its intervals, and what a population tells."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

PUBLISHED = 500
"""Neurons of the population that was built."""

POPULATIONS = ("noisy", "noiseless, spread start", "noiseless")


class Constants(NamedTuple):
    """The device, and the signal that all of them hear, a pulse per step.

    None of the numbers is measured on a device. Pulses of amplitude `1 + depth * x` with a signal
    `x` of unit variance, whose periods lie between `fastest` and `slowest` pulses.

    Example:
        >>> round(Constants().interval, 2)
        46.38
    """

    growth_uS: float = 0.04
    threshold_uS: float = 2.0
    reset_uS: float = 0.1
    growth_noise: float = 1.0
    reset_noise_uS: float = 0.1
    depth: float = 0.3
    fastest: int = 16
    slowest: int = 40

    @property
    def noiseless(self) -> "Constants":
        """The same device without noise."""
        return self._replace(growth_noise=0.0, reset_noise_uS=0.0)

    @property
    def interval(self) -> float:
        """Mean number of unit pulses between spikes."""
        start = self.reset_uS + self.reset_noise_uS * math.sqrt(2 / math.pi)
        return (self.threshold_uS - start) / self.growth_uS + overshoot(self.growth_noise)

    @property
    def interval_variance(self) -> float:
        """Variance of that number, to leading order."""
        start = self.reset_uS + self.reset_noise_uS * math.sqrt(2 / math.pi)
        grown = (self.threshold_uS - start) / self.growth_uS * self.growth_noise**2
        melted = (1 - 2 / math.pi) * (self.reset_noise_uS / self.growth_uS) ** 2
        return grown + melted


def overshoot(noise: float) -> float:
    r"""Growths by which the last pulse passes a far threshold,
    $\frac{1 + s^2}{2} - \sum_n \frac1n E[\max(-S_n, 0)]$ with
    $S_n \sim \mathcal N(n, n s^2)$ after $n$ pulses.

    Args:
        noise: $s$, of a growth of one.

    Source: Spitzer, Trans. Am. Math. Soc. 82 (1956); Siegmund, Sequential Analysis (1985),
        section 8.4.

    Example:
        >>> overshoot(0.0), round(overshoot(1.0), 3)
        (0.5, 0.874)
    """
    if not noise:
        return 0.5
    behind = 0.0
    # A term is below the normal density at its distance, which is nothing by then.
    for n in range(1, 10 + math.ceil(80 * noise**2)):
        far = math.sqrt(n) / noise
        density = math.exp(-(far**2) / 2) / math.sqrt(2 * math.pi)
        behind += noise / math.sqrt(n) * (density - far * math.erfc(far / math.sqrt(2)) / 2)
    return (1 + noise**2) / 2 - behind


def inverse_gaussian(intervals: ArrayLike, mean: float, variance: float) -> NDArray[np.float64]:
    r"""Density $\sqrt{\lambda / (2\pi t^3)}\, e^{-\lambda (t - m)^2 / (2 m^2 t)}$ with
    $\lambda = m^3 / \mathrm{var}$.

    Args:
        intervals: times, all positive.
        mean: $m$.
        variance: its variance.

    Example:
        >>> float(inverse_gaussian(46.0, 46.0, 48.0).round(4))
        0.0576
    """
    t = np.asarray(intervals, dtype=np.float64)
    shape = mean**3 / variance
    return np.sqrt(shape / (2 * np.pi * t**3)) * np.exp(
        -shape * (t - mean) ** 2 / (2 * mean**2 * t)
    )


def window_variance(constants: Constants, window: int) -> float:
    """Variance of the signal's mean over a window of pulses.

    Args:
        constants: depth and band of the signal.
        window: pulses.

    Example:
        The mean over one pulse varies as the signal does.

        >>> round(window_variance(Constants(), 1), 6)
        0.09
    """
    f = np.linspace(1 / constants.slowest, 1 / constants.fastest, 2001)
    kept = np.sin(np.pi * f * window) / (window * np.sin(np.pi * f))
    return float(constants.depth**2 * np.mean(kept**2))


def expected_error(constants: Constants, window: int, sizes: ArrayLike) -> NDArray[np.float64]:
    r"""$e = \sqrt{(1 - p) / (N p v)}$: error of the decoded signal in standard deviations of it.

    The spikes of a window are those of $N$ independent neurons, each of which is as likely to be
    in any part of its cycle as in another, and fires with the probability $p = w/m$; $v$ is the
    variance of the signal's mean over a window. The correlation is $1/\sqrt{1 + e^2}$.

    Args:
        constants: of the neuron and the signal.
        window: $w$, pulses.
        sizes: $N$.

    Example:
        >>> expected_error(Constants(), 4, [1, 100]).round(2).tolist()
        [11.41, 1.14]
    """
    p = window / constants.interval
    variance = window_variance(constants, window)
    return np.sqrt((1 - p) / (np.asarray(sizes, float) * p * variance))
