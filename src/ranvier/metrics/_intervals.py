"""How regular a train is, from the times between its spikes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.metrics._trains import train


def intervals(times_ms: ArrayLike) -> NDArray[np.floating]:
    r"""Times between successive spikes: $I_k = t_{k+1} - t_k$.

    Args:
        times_ms: sorted times of one train, milliseconds.

    Returns:
        Milliseconds, `[spikes - 1]`; empty where there are fewer than two spikes.

    Raises:
        ValueError: times that are unsorted or not finite, or more than one train.

    Example:
        >>> intervals([5.0, 15.0, 35.0]).tolist()
        [10.0, 20.0]
    """
    return np.diff(train("times_ms", times_ms))


def interval_variation(times_ms: ArrayLike) -> float:
    r"""Coefficient of variation (CV) of the intervals: their deviation over their mean.

    $$\mathrm{CV} = \frac{\sqrt{\operatorname{Var}[I]}}{\operatorname{E}[I]}$$

    0 for a regular train, 1 for a Poisson process, $1 / \sqrt{k}$ for a gamma process of order
    $k$. A rate that changes slowly raises it; see `local_variation`.

    Args:
        times_ms: sorted times of one train, milliseconds.

    Raises:
        ValueError: times that are unsorted or not finite, fewer than three spikes, or all spikes
            at one time.

    Source: Softky, Koch, J. Neurosci. 13 (1993).

    Example:
        >>> interval_variation([0.0, 10.0, 20.0, 30.0]), interval_variation([0.0, 10.0, 40.0])
        (0.0, 0.5)
    """
    between = _at_least_two(times_ms)
    if not between.any():
        raise ValueError("all spikes of times_ms stand at one time, so that no interval varies.")
    return float(between.std() / between.mean())


def local_variation(times_ms: ArrayLike) -> float:
    r"""Local variation (LV): how unlike neighbouring intervals are.

    $$\mathrm{LV} = \frac{3}{n - 1} \sum_{k=1}^{n-1}
        \left( \frac{I_k - I_{k+1}}{I_k + I_{k+1}} \right)^2$$

    of $n$ intervals. 0 for a regular train, 1 for a Poisson process, $3 / (2 k + 1)$ for a gamma
    process of order $k$, even where the rate changes slowly. Two intervals of no length are alike.

    Args:
        times_ms: sorted times of one train, milliseconds.

    Raises:
        ValueError: times that are unsorted or not finite, or fewer than three spikes.

    Source: Shinomoto, Shima, Tanji, Neural Comput. 15 (2003), eq. 2.2.

    Example:
        >>> local_variation([0.0, 10.0, 20.0, 50.0])
        0.375
    """
    between = _at_least_two(times_ms)
    difference, total = np.diff(between), between[1:] + between[:-1]
    ratio = np.divide(difference, total, out=np.zeros_like(total), where=total > 0)
    return float(3.0 * np.mean(ratio**2))


def _at_least_two(times_ms: ArrayLike) -> NDArray[np.floating]:
    between = intervals(times_ms)
    if len(between) < 2:
        spikes = np.size(times_ms)
        raise ValueError(
            f"times_ms has {spikes} spike(s), expected at least three: how intervals vary needs "
            "two of them. Leave such trains out, or observe for longer."
        )
    return between
