"""How much a population acts as one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ranvier.metrics._trains import Train, trains


def voltage_synchrony(membranes: ArrayLike) -> float:
    r"""Synchrony index $\chi$: how much of the membranes' fluctuation their mean has.

    $$\chi^2 = \frac{\operatorname{Var}_t [ \frac{1}{N} \sum_i V_i(t) ]}
        {\frac{1}{N} \sum_i \operatorname{Var}_t [ V_i(t) ]}$$

    1 where all move alike; about $1 / \sqrt{N}$ where none knows of the others. Any signal over
    time may be taken, spikes smoothed over a window too.

    Args:
        membranes: `[T, N]`.

    Raises:
        ValueError: another shape, a value that is not finite, or membranes of which none moves.

    Source: Golomb, Rinzel, Physica D 72 (1994); Golomb, Scholarpedia 2(1):1347 (2007), eq. 2.

    Example:
        >>> voltage_synchrony([[0.0, 5.0], [1.0, 6.0], [0.0, 5.0]])
        1.0
        >>> voltage_synchrony([[0.0, 1.0], [1.0, 0.0]])
        0.0
    """
    values = np.asarray(membranes, np.float64)
    if values.ndim != 2 or 0 in values.shape or not np.isfinite(values).all():
        raise ValueError(
            f"membranes have shape {list(values.shape)}, expected finite numbers [T, N] with at "
            "least one step and one unit. Choose one example of a batch."
        )
    alone = values.var(axis=0).mean()
    if alone == 0:
        raise ValueError("no membrane moves, so that there is no synchrony to measure.")
    return float(np.sqrt(values.mean(axis=1).var() / alone))


def spike_synchrony(times_ms: Sequence[ArrayLike]) -> float:
    r"""SPIKE-synchronisation: the share of spikes that coincide, without a window to choose.

    Spike $i$ of one train and $j$ of another coincide if they are closer than half of the shortest
    interval around them,

    $$|t_i - u_j| < \tau_{ij} = \tfrac{1}{2} \min ( t_{i+1} - t_i, \; t_i - t_{i-1}, \;
        u_{j+1} - u_j, \; u_j - u_{j-1} )$$

    where an interval before the first or after the last spike does not count. Every spike is
    compared with every other train; the mean of 1 for a coincidence and 0 for none is taken over
    all spikes and trains. Where a train has one spike only and the other too, they always coincide.

    Args:
        times_ms: one array of sorted times per train, milliseconds; no train has a time twice.

    Returns:
        0 to 1; 1 where no train has a spike.

    Raises:
        ValueError: fewer than two trains, times that are unsorted or not finite, or a time that
            is twice in a train.

    Source: Kreuz, Mulansky, Bozanic, J. Neurophysiol. 113 (2015), eqs. 1 to 4.

    Example:
        >>> spike_synchrony([[10.0, 50.0], [11.0, 80.0]])
        0.5
    """
    checked = trains("times_ms", times_ms)
    if len(checked) < 2:
        raise ValueError("times_ms has one train, expected at least two to compare.")
    for number, one in enumerate(checked):
        if (np.diff(one) == 0).any():
            raise ValueError(
                f"times_ms[{number}] has a time twice, so that the interval between is empty. "
                "Keep each spike once: numpy.unique."
            )
    around = [_shortest_interval(one) for one in checked]
    found = asked = 0
    for first, one in enumerate(checked):
        for second in range(len(checked)):
            if first != second:
                found += _coincidences(one, around[first], checked[second], around[second])
                asked += len(one)
    return found / asked if asked else 1.0


def _shortest_interval(one: Train) -> Train:
    """Of the intervals before and after each spike; without end where there is none."""
    padded = np.concatenate([[np.inf], np.diff(one), [np.inf]])
    return np.minimum(padded[:-1], padded[1:])[: len(one)]


def _coincidences(one: Train, near_one: Train, two: Train, near_two: Train) -> int:
    """How many spikes of the first train coincide with one of the second."""
    if not len(two):
        return 0
    after = np.minimum(np.searchsorted(two, one), len(two) - 1)
    before = np.maximum(after - 1, 0)
    met = np.zeros(len(one), bool)
    for other in (before, after):
        limit = 0.5 * np.minimum(near_one, near_two[other])
        met |= np.abs(one - two[other]) < limit
    return int(met.sum())
