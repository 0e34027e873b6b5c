"""Whether trains fire together: correlations of counts, and lags between spikes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.metrics._trains import Train, positive, train


def count_correlation(counts: ArrayLike) -> NDArray[np.floating]:
    r"""Pearson's correlation of the spike counts of every two trains.

    $$\rho_{ij} = \frac{\operatorname{Cov}[n_i, n_j]}
        {\sqrt{\operatorname{Var}[n_i] \operatorname{Var}[n_j]}}$$

    Args:
        counts: spikes per window, `[trains, windows]`, as `spike_counts` gives them.

    Returns:
        `[trains, trains]`; not a number where a train has the same count in all windows.

    Raises:
        ValueError: counts of another shape or not finite, or fewer than two windows.

    Source: Cohen, Kohn, Nat. Neurosci. 14 (2011).

    Example:
        >>> count_correlation([[0, 1, 2], [2, 1, 0]]).round(3).tolist()
        [[1.0, -1.0], [-1.0, 1.0]]
    """
    values = np.asarray(counts, np.float64)
    if values.ndim != 2 or not len(values) or values.shape[1] < 2:
        raise ValueError(
            f"counts have shape {list(values.shape)}, expected [trains, windows] with at least one "
            "train and two windows."
        )
    if not np.isfinite(values).all():
        raise ValueError("counts hold a number that is not finite.")
    centred = values - values.mean(1, keepdims=True)
    length = np.sqrt((centred**2).sum(1, keepdims=True))
    unit = np.divide(centred, length, out=np.full_like(centred, np.nan), where=length > 0)
    return np.clip(unit @ unit.T, -1.0, 1.0)


class Correlogram(NamedTuple):
    """How often one train fires how long after the other.

    Attributes:
        lags_ms: the middle of each bin, `[bins]`; one is 0.
        counts: pairs of spikes whose lag falls into the bin, `[bins]`.

    Example:
        >>> Correlogram([-1.0, 0.0, 1.0], [0, 4, 0]).counts
        [0, 4, 0]
    """

    lags_ms: NDArray[np.floating]
    counts: NDArray[np.int64]

    def expected(self, spikes: int, others: int, duration_ms: float) -> NDArray[np.floating]:
        r"""Counts to be expected of two Poisson trains that know nothing of each other.

        $$\frac{n_1 n_2 \Delta}{T} \left( 1 - \frac{|\text{lag}|}{T} \right)$$

        Args:
            spikes: of the first train.
            others: of the second train.
            duration_ms: how long both were observed.

        Raises:
            ValueError: a duration that is not longer than the largest lag.

        Example:
            >>> found = cross_correlogram([10.0], [12.0], bin_ms=2, reach_ms=2)
            >>> found.expected(100, 200, duration_ms=1000).tolist()
            [39.92, 40.0, 39.92]
        """
        lags = np.asarray(self.lags_ms, np.float64)
        if not duration_ms > np.abs(lags).max():
            raise ValueError(
                f"duration_ms is {duration_ms}, expected more than the largest lag, "
                f"{np.abs(lags).max():g} ms."
            )
        width = lags[1] - lags[0]
        return spikes * others * width / duration_ms * (1.0 - np.abs(lags) / duration_ms)


def cross_correlogram(
    one_ms: ArrayLike, two_ms: ArrayLike, *, bin_ms: float, reach_ms: float
) -> Correlogram:
    r"""Histogram of the lags $t^{(2)}_j - t^{(1)}_i$ between all spikes of two trains.

    A bin holds its lower edge and not its upper one. Only pairs within reach are looked at.

    Args:
        one_ms: sorted times of the first train, milliseconds.
        two_ms: of the second; to the right of 0 it fires after the first.
        bin_ms: width of a bin; the middle one is centred at lag 0.
        reach_ms: the largest lag at the middle of a bin, rounded down to whole bins.

    Raises:
        ValueError: times that are unsorted or not finite, or a reach that is shorter than a bin.

    Source: Perkel, Gerstein, Moore, Biophys. J. 7 (1967), part II.

    Example:
        >>> found = cross_correlogram([0.0, 100.0], [3.0, 103.0], bin_ms=1, reach_ms=4)
        >>> found.lags_ms[found.counts > 0].tolist(), found.counts.sum().item()
        ([3.0], 2)
    """
    return _lags(train("one_ms", one_ms), train("two_ms", two_ms), bin_ms, reach_ms)


def autocorrelogram(times_ms: ArrayLike, *, bin_ms: float, reach_ms: float) -> Correlogram:
    """Histogram of the lags between all spikes of one train, none with itself.

    Args:
        times_ms: sorted times, milliseconds.
        bin_ms: width of a bin; the middle one is centred at lag 0.
        reach_ms: the largest lag at the middle of a bin, rounded down to whole bins.

    Raises:
        ValueError: times that are unsorted or not finite, or a reach that is shorter than a bin.

    Source: Perkel, Gerstein, Moore, Biophys. J. 7 (1967), part I.

    Example:
        >>> autocorrelogram([0.0, 10.0, 20.0], bin_ms=10, reach_ms=20).counts.tolist()
        [1, 2, 0, 2, 1]
    """
    times = train("times_ms", times_ms)
    found = _lags(times, times, bin_ms, reach_ms)
    found.counts[len(found.counts) // 2] -= len(times)
    return found


def _lags(one: Train, two: Train, bin_ms: float, reach_ms: float) -> Correlogram:
    width, reach = positive("bin_ms", bin_ms), positive("reach_ms", reach_ms)
    side = int(np.floor(reach / width * (1 + 1e-12)))
    if side < 1:
        raise ValueError(f"reach_ms is {reach:g}, expected at least one bin of {width:g} ms.")
    edge = (side + 0.5) * width
    first, last = np.searchsorted(two, one - edge), np.searchsorted(two, one + edge)
    counts = np.zeros(2 * side + 1, np.int64)
    # In pieces, so that long trains with a wide reach do not fill the memory with pairs.
    ends = np.cumsum(last - first)
    begin = 0
    while begin < len(one):
        done = ends[begin - 1] if begin else 0
        end = max(begin + 1, int(np.searchsorted(ends, done + (1 << 22), "right")))
        many = (last - first)[begin:end]
        sender = np.repeat(np.arange(begin, end), many)
        offset = np.arange(len(sender)) - np.repeat(np.cumsum(many) - many, many)
        bins = np.floor((two[first[sender] + offset] - one[sender]) / width + 0.5).astype(np.int64)
        inside = np.abs(bins) <= side
        counts += np.bincount(bins[inside] + side, minlength=2 * side + 1)
        begin = end
    return Correlogram(width * np.arange(-side, side + 1), counts)
