"""Events spread over a few bins of time: voxel grids and event spike tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ranvier.encode.events._form import sensor_of


def triangle(distance: np.ndarray) -> np.ndarray:
    r"""$k(a) = \max(0, 1 - |a|)$: linear interpolation between two bins.

    Args:
        distance: from an event to a bin, in bins.

    Example:
        >>> triangle(np.array([0.0, 0.25, -2.0]))
        array([1.  , 0.75, 0.  ])
    """
    return np.maximum(0.0, 1 - np.abs(distance))


def voxel_grid(events: Any, bins: int, *, shape: tuple[int, int] | None = None) -> np.ndarray:
    r"""Sum polarities over bins of time, each event shared by the two bins nearest to it.

    $$t^*_i = (B - 1) \frac{t_i - t_1}{t_N - t_1}, \qquad
    V_{b,y,x} = \sum_i p_i \max(0, 1 - |b - t^*_i|)$$

    with $p_i = \pm 1$. The sum over all is that of the polarities.

    Args:
        events: anything with `t`, `x`, `y` and `p`, in order of time.
        bins: $B$, at least 2.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        float32 `[bins, rows, columns]`.

    Raises:
        ValueError: fewer than two bins, no event, or a sensor of unknown size.

    Source: Zhu, Yuan, Chaney, Daniilidis, CVPR 2019, eq. 1 and 2.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 1, 4], [0, 0, 0], [0, 0, 0], [1, 1, 0], width=1, height=1)
        >>> voxel_grid(events, 3).ravel()
        array([ 1.5,  0.5, -1. ], dtype=float32)
    """
    tensor = event_spike_tensor(events, bins, shape=shape)
    return tensor[..., 1] - tensor[..., 0]


def event_spike_tensor(
    events: Any,
    bins: int,
    *,
    kernel: Callable[[np.ndarray], np.ndarray] = triangle,
    measure: Callable[[np.ndarray], np.ndarray] | None = None,
    shape: tuple[int, int] | None = None,
) -> np.ndarray:
    r"""Sum a measurement over bins of time through a kernel, for each polarity.

    $$S^{\pm}_{b,y,x} = \sum_{i \in \pm} f(t^*_i / (B - 1))\, k(b - t^*_i)$$

    with $t^*$ as for the voxel grid, which is the difference of the two for $f = 1$ and a
    triangle. A kernel of one's own may be a trained network; it is asked for all bins.

    Args:
        events: anything with `t`, `x`, `y` and `p`, in order of time.
        bins: $B$, at least 2.
        kernel: $k$, from a distance in bins to a weight.
        measure: $f$, from a time within 0..1 to a number; 1 if not given.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        float32 `[bins, rows, columns, 2]`: OFF events in the first channel, ON in the second.

    Raises:
        ValueError: fewer than two bins, no event, or a sensor of unknown size.

    Source: Gehrig, Loquercio, Derpanis, Scaramuzza, ICCV 2019, eq. 5 to 7.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 1, 4], [0, 0, 0], [0, 0, 0], [1, 1, 0], width=1, height=1)
        >>> event_spike_tensor(events, 3, measure=lambda t: t)[:, 0, 0, 0]
        array([0., 0., 1.], dtype=float32)
    """
    if bins < 2:
        raise ValueError(f"event_spike_tensor: bins is {bins}, expected at least 2.")
    if not len(events.t):
        raise ValueError("event_spike_tensor: there are no events; expected at least one.")
    rows, columns = sensor_of(events, shape, "event_spike_tensor")
    t = np.asarray(events.t)
    # Whole numbers are subtracted first: microseconds since 1970 have no digits to spare.
    within = (t - t[0]) / max(int(t[-1] - t[0]), 1)
    at = (bins - 1) * within
    weight = np.ones(len(t)) if measure is None else np.asarray(measure(within), float)
    place = (np.asarray(events.y, np.int64) * columns + events.x) * 2 + events.p
    found = np.empty((bins, rows * columns * 2))
    for number in range(bins):
        share = weight * kernel(number - at)
        reached = np.flatnonzero(share)
        found[number] = np.bincount(
            place[reached], weights=share[reached], minlength=rows * columns * 2
        )
    return found.reshape(bins, rows, columns, 2).astype(np.float32)
