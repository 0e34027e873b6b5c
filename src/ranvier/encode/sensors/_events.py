"""What sensors send: addresses and times."""

from typing import NamedTuple

import numpy as np

from ranvier.encode._level_crossing import Crossings


class PixelEvents(NamedTuple):
    """Events of an array of pixels or channels, in the order of time.

    Attributes:
        t: in microseconds, int64, `[events]`.
        x: column, or channel, int16, `[events]`.
        y: row, 0 where there are channels alone, int16, `[events]`.
        p: 1 for on, 0 for off, uint8, `[events]`.

    Example:
        >>> no_events().t.dtype.name
        'int64'
    """

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    p: np.ndarray


def no_events() -> PixelEvents:
    """Events of which there are none.

    Example:
        >>> len(no_events().t)
        0
    """
    kinds = (np.int64, np.int16, np.int16, np.uint8)
    return PixelEvents(*(np.empty(0, kind) for kind in kinds))


def in_order(t_us: np.ndarray, x: np.ndarray, y: np.ndarray, on: np.ndarray) -> PixelEvents:
    """Events sorted by time; of equal times by row and column, and then as they were given.

    Args:
        t_us: in microseconds, rounded to whole ones.
        x, y: column and row.
        on: whether the signal rose.

    Example:
        >>> in_order(np.array([2.4, 1.0]), np.zeros(2), np.zeros(2), np.array([True, False])).t
        array([1, 2])
    """
    time = np.round(t_us).astype(np.int64)
    order = np.lexsort((x, y, time))
    return PixelEvents(
        time[order],
        x[order].astype(np.int16),
        y[order].astype(np.int16),
        on[order].astype(np.uint8),
    )


def channel_events(crossings: Crossings) -> PixelEvents:
    """Events of channels as those of a sensor with one row.

    Args:
        crossings: as `crossing_events` gives them.

    Example:
        >>> one = Crossings(np.array([1.5]), np.array([3]), np.array([1]))
        >>> channel_events(one).t.tolist(), channel_events(one).x.tolist()
        ([1500], [3])
    """
    nowhere = np.zeros_like(crossings.channel)
    return in_order(1000 * crossings.time_ms, crossings.channel, nowhere, crossings.sign > 0)
