"""How many spikes fall into windows: rates, their variability, and a histogram over time."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.metrics._trains import positive, span, trains


def spike_rates(
    times_ms: Sequence[ArrayLike], *, start_ms: float = 0.0, stop_ms: float
) -> NDArray[np.floating]:
    r"""Mean rate of each train over an observation: $r = n / T$.

    Args:
        times_ms: one array of sorted times per train, milliseconds.
        start_ms: where the observation begins.
        stop_ms: where it ends; a spike at that very time is not counted.

    Returns:
        Rates in hertz, `[trains]`; 0 for a silent one.

    Raises:
        ValueError: no train, times that are unsorted or not finite, or an observation without
            length.

    Example:
        >>> spike_rates([[10.0, 20.0, 30.0], []], stop_ms=500).tolist()
        [6.0, 0.0]
    """
    duration = span(start_ms, stop_ms)
    counts = [
        np.searchsorted(one, stop_ms) - np.searchsorted(one, start_ms)
        for one in trains("times_ms", times_ms)
    ]
    return np.array(counts, np.float64) * (1000.0 / duration)


def spike_counts(
    times_ms: Sequence[ArrayLike], *, window_ms: float, start_ms: float = 0.0, stop_ms: float
) -> NDArray[np.int64]:
    """Spikes of each train in windows that lie side by side.

    A window holds its beginning and not its end. What is left at the end of the observation and
    shorter than a window is left out.

    Args:
        times_ms: one array of sorted times per train, milliseconds.
        window_ms: length of a window.
        start_ms: where the first window begins.
        stop_ms: where the observation ends.

    Returns:
        Counts, `[trains, windows]`.

    Raises:
        ValueError: no train, times that are unsorted or not finite, or an observation that is
            shorter than a window.

    Example:
        >>> spike_counts([[1.0, 5.0, 6.0], []], window_ms=5, stop_ms=10).tolist()
        [[1, 2], [0, 0]]
    """
    edges = _edges(window_ms, start_ms, stop_ms)
    return np.array(
        [np.diff(np.searchsorted(one, edges)) for one in trains("times_ms", times_ms)], np.int64
    )


def fano_factor(counts: ArrayLike, axis: int = 0) -> NDArray[np.floating]:
    r"""Variance of spike counts over their mean, 1 for a Poisson process.

    $$F = \frac{\operatorname{Var}[n]}{\operatorname{E}[n]}$$

    with the unbiased estimate of the variance.

    Args:
        counts: spikes per window, `[trains, windows]`, as `spike_counts` gives them.
        axis: what is repeated. 0: the trains are trials, and there is one factor per window. 1:
            the windows are, and there is one per train.

    Returns:
        `[windows]` or `[trains]`; not a number where no spike was counted.

    Raises:
        ValueError: counts of another shape, negative or not finite, or fewer than two repetitions.

    Source: Fano, Phys. Rev. 72 (1947); of spike counts: Dayan, Abbott, *Theoretical Neuroscience*,
    MIT Press 2001, section 1.4.

    Example:
        >>> fano_factor([[4, 0], [6, 0]]).round(2).tolist()
        [0.4, nan]
    """
    values = np.asarray(counts, np.float64)
    if values.ndim != 2 or axis not in (0, 1) or values.shape[axis] < 2:
        raise ValueError(
            f"counts have shape {list(values.shape)} and axis is {axis}, expected "
            "[trains, windows] with at least two along the axis, 0 or 1."
        )
    if not (np.isfinite(values) & (values >= 0)).all():
        raise ValueError("counts hold a negative number or one that is not finite.")
    mean = values.mean(axis)
    return np.divide(
        values.var(axis, ddof=1), mean, out=np.full(mean.shape, np.nan), where=mean > 0
    )


class RateHistogram(NamedTuple):
    """Rate over time.

    Attributes:
        edges_ms: where the bins begin and the last one ends, `[bins + 1]`.
        rate_hz: mean rate of a train in each bin, `[bins]`.

    Example:
        >>> RateHistogram([0.0, 5.0], [20.0]).rate_hz
        [20.0]
    """

    edges_ms: NDArray[np.floating]
    rate_hz: NDArray[np.floating]


def peristimulus_histogram(
    times_ms: Sequence[ArrayLike], *, bin_ms: float, start_ms: float = 0.0, stop_ms: float
) -> RateHistogram:
    r"""Peristimulus time histogram (PSTH): the rate over time, averaged over trains.

    $$r_b = \frac{1}{N \Delta} \sum_{i=1}^{N} n_{i,b}$$

    with $n_{i,b}$ the spikes of train $i$ in bin $b$ of length $\Delta$. Trains are repetitions of
    one unit, or units of one run.

    Args:
        times_ms: one array of sorted times per train, milliseconds, counted from the stimulus.
        bin_ms: length of a bin.
        start_ms: where the first bin begins; negative before the stimulus.
        stop_ms: where the last one may end.

    Raises:
        ValueError: no train, times that are unsorted or not finite, or an observation that is
            shorter than a bin.

    Source: Gerstein, Kiang, Biophys. J. 1 (1960).

    Example:
        >>> histogram = peristimulus_histogram([[1.0, 5.0], [6.0]], bin_ms=5, stop_ms=10)
        >>> histogram.rate_hz.tolist()
        [100.0, 200.0]
    """
    edges = _edges(bin_ms, start_ms, stop_ms)
    checked = trains("times_ms", times_ms)
    total = np.diff(np.searchsorted(np.sort(np.concatenate(checked)), edges))
    return RateHistogram(edges, total * (1000.0 / (bin_ms * len(checked))))


def _edges(window_ms: float, start_ms: float, stop_ms: float) -> NDArray[np.floating]:
    window, duration = positive("the window", window_ms), span(start_ms, stop_ms)
    # A rounding error in the quotient shall not cost the last window.
    count = int(np.floor(duration / window * (1 + 1e-12)))
    if count < 1:
        raise ValueError(
            f"the observation lasts {duration:g} ms, expected at least one window of {window:g} ms."
        )
    return start_ms + window * np.arange(count + 1)
