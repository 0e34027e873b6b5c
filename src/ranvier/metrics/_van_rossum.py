"""How unlike two trains are, seen through a filter."""

import numpy as np
from numpy.typing import ArrayLike

from ranvier.metrics._trains import positive, train


def van_rossum_distance(one_ms: ArrayLike, two_ms: ArrayLike, *, time_constant_ms: float) -> float:
    r"""Distance of two trains after each spike became an exponential decay.

    $$D^2 = \frac{1}{\tau} \int_0^\infty \big( f(t) - g(t) \big)^2 \, dt, \qquad
        f(t) = \sum_i H(t - t_i) \, e^{-(t - t_i) / \tau}$$

    and $g$ of the other train. The integral is taken in closed form: with $q = 1$ for the spikes of
    one train and $-1$ for those of the other, $D^2 = \frac{1}{2} \sum_{i,j} q_i q_j
    e^{-|t_i - t_j| / \tau}$. One spike too many costs $D^2 = 1/2$, and so do two that are moved far
    apart cost 1. A short time constant counts what does not coincide; a long one the difference
    of the numbers of spikes. Sorted spikes are summed in $n \log n$ operations, without an array of
    pairs.

    Args:
        one_ms: sorted times of one train, milliseconds; it may be silent.
        two_ms: of the other.
        time_constant_ms: $\tau$.

    Returns:
        $D$, without unit.

    Raises:
        ValueError: times that are unsorted or not finite, or a time constant that is not above 0.

    Source: van Rossum, Neural Comput. 13 (2001), eq. 2.2; the sums as in Houghton, Kreuz, Network
    23 (2012).

    Example:
        >>> round(van_rossum_distance([10.0], [], time_constant_ms=5) ** 2, 6)
        0.5
        >>> van_rossum_distance([10.0, 20.0], [10.0, 20.0], time_constant_ms=5)
        0.0
    """
    one, two = train("one_ms", one_ms), train("two_ms", two_ms)
    constant = positive("time_constant_ms", time_constant_ms)
    times, places = np.unique(np.concatenate([one, two]), return_inverse=True)
    charges = np.zeros(len(times))
    np.add.at(charges, places[: len(one)], 1.0)
    np.add.at(charges, places[len(one) :], -1.0)
    # What earlier charges have left at each time, a linear recurrence: doubling the stretch that
    # is summed takes log n passes, and every factor is at most one.
    decays = np.append(0.0, np.exp(-np.diff(times) / constant))
    left, reach = charges.copy(), 1
    while reach < len(times):
        left[reach:] += decays[reach:] * left[:-reach]
        decays[reach:] *= decays[:-reach]
        reach *= 2
    squared = charges @ (left - 0.5 * charges)
    return float(np.sqrt(max(squared, 0.0)))
