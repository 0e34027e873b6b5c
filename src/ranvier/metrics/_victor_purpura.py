"""How unlike two trains are, in steps that turn one into the other."""

import numpy as np
from numpy.typing import ArrayLike

from ranvier.metrics._trains import train


def victor_purpura_distance(one_ms: ArrayLike, two_ms: ArrayLike, *, cost_per_ms: float) -> float:
    r"""Least cost of turning one train into the other by adding, removing and moving spikes.

    To add or remove one costs 1, to move it by $\Delta t$ costs $q |\Delta t|$:

    $$G_{i,j} = \min \big( G_{i-1,j} + 1, \; G_{i,j-1} + 1, \;
        G_{i-1,j-1} + q |t_i - u_j| \big)$$

    For $q = 0$ it is the difference of the numbers of spikes; for large $q$ it is
    $n_1 + n_2 - 2 c$ with $c$ spikes in common. A spike is moved rather than replaced over less
    than $2 / q$. It takes $n_1 n_2$ operations, row by row.

    Args:
        one_ms: sorted times of one train, milliseconds; it may be silent.
        two_ms: of the other.
        cost_per_ms: $q$, the cost of moving a spike by a millisecond, 0 or more.

    Raises:
        ValueError: times that are unsorted or not finite, or a cost that is negative or not
            finite.

    Source: Victor, Purpura, J. Neurophysiol. 76 (1996), the metric $D^\text{spike}$.

    Example:
        >>> victor_purpura_distance([10.0, 20.0], [11.0], cost_per_ms=0.5)
        1.5
        >>> victor_purpura_distance([10.0, 20.0], [11.0], cost_per_ms=100)
        3.0
    """
    one, two = train("one_ms", one_ms), train("two_ms", two_ms)
    if not (np.isfinite(cost_per_ms) and cost_per_ms >= 0):
        raise ValueError(f"cost_per_ms is {cost_per_ms}, expected a finite number of 0 or more.")
    if len(one) > len(two):
        one, two = two, one
    column = np.arange(len(two) + 1, dtype=np.float64)
    row = column
    for number, time in enumerate(one, start=1):
        moved = row[:-1] + cost_per_ms * np.abs(two - time)
        least = np.append(float(number), np.minimum(row[1:] + 1.0, moved))
        # Adding spikes of the other train one after the other is a running minimum.
        row = column + np.minimum.accumulate(least - column)
    return float(row[-1])
