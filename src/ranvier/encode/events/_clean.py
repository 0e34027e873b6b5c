"""Events that are noise, taken out; smaller sensors."""

from typing import Any, TypeVar

import numpy as np

from ranvier.encode.events._form import changed, chosen, sensor_of

E = TypeVar("E")


def denoise(events: E, window_us: float, *, shape: tuple[int, int] | None = None) -> E:
    """Keep events that a neighbour foretold: the background activity filter.

    An event stays if one of the eight pixels around it had an event, of any polarity, at most
    `window_us` before it. Noise is alone in space and time; edges are not.

    Args:
        events: a dataclass or `NamedTuple` with `t` (microseconds), `x`, `y` and `p`, in order of
            time.
        window_us: how long a neighbour's event counts, microseconds.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        Events of the same kind.

    Raises:
        ValueError: a window that is not positive, or a sensor of unknown size.

    Source: Delbruck, Int. Symp. Secure-Life Electronics (2008).

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 10, 20], [3, 4, 9], [0, 0, 0], [1, 1, 1], width=10, height=1)
        >>> denoise(events, 100).x
        array([4], dtype=int16)
    """
    if not window_us > 0:
        raise ValueError(f"denoise: window_us is {window_us}, expected more than 0.")
    _, columns = sensor_of(events, shape, "denoise")
    held: Any = events
    t, count = np.asarray(held.t), len(held.t)
    # One row and column around the sensor, so that neighbours of the edge are no other pixels.
    wide = columns + 2
    pixel = (np.asarray(held.y, np.int64) + 1) * wide + held.x + 1
    # All events by pixel and then in order, as one number each that can be searched.
    kept = np.zeros(count, bool)
    order = np.sort(pixel * count + np.arange(count))
    for step in (-wide - 1, -wide, -wide + 1, -1, 1, wide - 1, wide, wide + 1):
        near = pixel + step
        before = np.searchsorted(order, near * count + np.arange(count)) - 1
        found = order[np.maximum(before, 0)]
        same = (before >= 0) & (found // count == near)
        kept |= same & (t - t[found % count] <= window_us)
    return chosen(events, kept)


def refractory(events: E, dead_us: float, *, shape: tuple[int, int] | None = None) -> E:
    """Keep events that come long enough after the last one that was kept of their pixel.

    Args:
        events: a dataclass or `NamedTuple` with `t` (microseconds), `x`, `y` and `p`, in order of
            time.
        dead_us: how long a pixel is silent after an event, microseconds.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        Events of the same kind.

    Raises:
        ValueError: a time that is not positive, or a sensor of unknown size.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 60, 120], [0, 0, 0], [0, 0, 0], [1, 1, 0], width=1, height=1)
        >>> refractory(events, 100).t
        array([  0, 120])
    """
    if not dead_us > 0:
        raise ValueError(f"refractory: dead_us is {dead_us}, expected more than 0.")
    _, columns = sensor_of(events, shape, "refractory")
    held: Any = events
    pixel = np.asarray(held.y, np.int64) * columns + held.x
    order = np.argsort(pixel, kind="stable")
    t = np.asarray(held.t)[order]
    starts = np.flatnonzero(np.diff(pixel[order], prepend=-1))
    lengths = np.diff(np.append(starts, len(order)))
    kept = np.zeros(len(order), bool)
    last = np.full(len(starts), -np.inf)
    # The first event of every pixel, then the second, ...: as many turns as the busiest pixel has.
    for turn in range(int(lengths.max(initial=0))):
        alive = np.flatnonzero(lengths > turn)
        at = starts[alive] + turn
        free = t[at] - last[alive] >= dead_us
        kept[at[free]] = True
        last[alive[free]] = t[at[free]]
    mask = np.zeros(len(order), bool)
    mask[order] = kept
    return chosen(events, mask)


def without_hot_pixels(events: E, most_hz: float, *, shape: tuple[int, int] | None = None) -> E:
    """Take out every event of pixels that fire more often than any scene makes them.

    Args:
        events: a dataclass or `NamedTuple` with `t` (microseconds), `x`, `y` and `p`.
        most_hz: mean rate of a pixel over the whole recording that is still believed.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        Events of the same kind.

    Raises:
        ValueError: a rate that is not positive, or a sensor of unknown size.

    Example:
        >>> from ranvier.data.events import Events
        >>> t, x = [0, 1000, 2000, 9000], [1, 1, 1, 0]
        >>> events = Events(t, x, [0] * 4, [1] * 4, width=2, height=1)
        >>> without_hot_pixels(events, 200).x
        array([0], dtype=int16)
    """
    if not most_hz > 0:
        raise ValueError(f"without_hot_pixels: most_hz is {most_hz}, expected more than 0.")
    rows, columns = sensor_of(events, shape, "without_hot_pixels")
    held: Any = events
    if not len(held.t):
        return events
    pixel = np.asarray(held.y, np.int64) * columns + held.x
    seconds = max(int(held.t[-1] - held.t[0]), 1) * 1e-6
    hot = np.bincount(pixel, minlength=rows * columns) > most_hz * seconds
    return chosen(events, ~hot[pixel])


def downsample(
    events: E, factor: int | tuple[int, int], *, shape: tuple[int, int] | None = None
) -> E:
    """Join pixels into larger ones; every event stays.

    Args:
        events: a dataclass or `NamedTuple` with `t`, `x`, `y` and `p`.
        factor: how many rows and columns become one; one number for both.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        Events of the same kind on a smaller sensor; an incomplete last row or column is kept.

    Raises:
        ValueError: a factor below 1, or a sensor of unknown size.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 1], [5, 9], [3, 0], [1, 0], width=10, height=4)
        >>> small = downsample(events, 2)
        >>> small.x, small.y, (small.height, small.width)
        (array([2, 4], dtype=int16), array([1, 0], dtype=int16), (2, 5))
    """
    down, across = (factor, factor) if isinstance(factor, int) else factor
    if min(down, across) < 1:
        raise ValueError(f"downsample: factor is {factor}, expected at least 1.")
    rows, columns = sensor_of(events, shape, "downsample")
    held: Any = events
    return changed(
        events,
        x=held.x // across,
        y=held.y // down,
        width=-(-columns // across),
        height=-(-rows // down),
    )


def crop(events: E, rows: tuple[int, int], columns: tuple[int, int]) -> E:
    """A part of the sensor, as a sensor of its own.

    Args:
        events: a dataclass or `NamedTuple` with `t`, `x`, `y` and `p`.
        rows: first row that is kept, and first that is not.
        columns: first column that is kept, and first that is not.

    Returns:
        Events of the same kind, counted from the first row and column that are kept.

    Raises:
        ValueError: an empty part.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 1], [5, 9], [3, 0], [1, 0], width=10, height=4)
        >>> crop(events, (2, 4), (4, 8)).x
        array([1], dtype=int16)
    """
    (top, bottom), (left, right) = rows, columns
    if not (0 <= top < bottom and 0 <= left < right):
        raise ValueError(f"crop: rows {rows} and columns {columns}; expected 0 or more, then more.")
    held: Any = events
    inside = (held.y >= top) & (held.y < bottom) & (held.x >= left) & (held.x < right)
    part: Any = chosen(events, inside)
    return changed(part, x=part.x - left, y=part.y - top, width=right - left, height=bottom - top)
