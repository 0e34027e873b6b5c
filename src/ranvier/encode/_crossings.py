"""Signals from the events of their level crossings."""

import numpy as np

from ranvier.encode._checks import above_zero, not_below_zero
from ranvier.encode._level_crossing import Crossings


def decode_crossings(
    events: Crossings,
    at_ms: np.ndarray,
    *,
    delta: float,
    hysteresis: float | None = None,
    start: np.ndarray,
) -> np.ndarray:
    r"""The level that every signal crossed last, at any time: $|\hat x - x| \le \max(\delta, h)$.

    Args:
        events: as `crossing_events` gives them.
        at_ms: where the signals are wanted, `[times]`.
        delta: $\delta$ between levels.
        hysteresis: $h$; delta if None, which is `send_on_delta`.
        start: where the signals began, `[channels]`.

    Returns:
        `[times, channels]`.

    Raises:
        ValueError: a delta that is not above 0, a hysteresis below 0, or a channel without start.

    Example:
        >>> events = Crossings(np.array([1.0, 3.0]), np.array([0, 0]), np.array([1, -1]))
        >>> decode_crossings(events, np.array([0.0, 2.0, 3.0]), delta=0.5, start=[0.1]).tolist()
        [[0.1], [0.6], [0.1]]
    """
    columns = []
    for times, levels in _levels("decode_crossings", events, delta, hysteresis, start):
        columns.append(levels[np.searchsorted(times, at_ms, side="right")])
    return np.stack(columns, -1)


def interpolate_crossings(
    events: Crossings,
    at_ms: np.ndarray,
    *,
    delta: float,
    hysteresis: float | None = None,
    start: np.ndarray,
) -> np.ndarray:
    r"""Straight lines between the levels that signals crossed; they wait for the next event.

    Where a signal rises or falls from one event to the next, its error is that of a straight line
    between two points on it; across a turn it is below $\delta + h$, which is more than that of
    `decode_crossings`. The smaller $\delta$, the rarer the turns. Before the first event of a
    channel the line begins at the start, at time 0; after the last, the level is held.

    Args:
        events: as `crossing_events` gives them.
        at_ms: where the signals are wanted, `[times]`.
        delta: $\delta$ between levels.
        hysteresis: $h$; delta if None, which is `send_on_delta`.
        start: where the signals began, `[channels]`.

    Returns:
        `[times, channels]`.

    Raises:
        ValueError: a delta that is not above 0, a hysteresis below 0, or a channel without start.

    Example:
        >>> events = Crossings(np.array([1.0, 3.0]), np.array([0, 0]), np.array([1, 1]))
        >>> interpolate_crossings(events, np.array([0.5, 2.0]), delta=0.5, start=[0.0]).tolist()
        [[0.25], [0.75]]
    """
    columns = []
    for times, levels in _levels("interpolate_crossings", events, delta, hysteresis, start):
        columns.append(np.interp(at_ms, np.concatenate([[0.0], times]), levels))
    return np.stack(columns, -1)


def _levels(
    owner: str, events: Crossings, delta: float, hysteresis: float | None, start: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Times of every channel's events, and its levels: the start, and that after each of them."""
    back = delta if hysteresis is None else hysteresis
    above_zero(owner, delta=delta)
    not_below_zero(owner, hysteresis=back)
    start = np.asarray(start, np.float64)
    channels = int(events.channel.max(initial=-1)) + 1
    if start.ndim != 1 or len(start) < channels:
        raise ValueError(
            f"{owner}: start has shape {start.shape}, expected one value for each of at least "
            f"{channels} channels."
        )
    found = []
    for channel, began in enumerate(start):
        mine = events.channel == channel
        sign = events.sign[mine].astype(np.int64)
        turned = np.concatenate([[False], sign[1:] != sign[:-1]])[: len(sign)]
        # Whole numbers of steps and of turns, which do not drift.
        steps, turns = np.cumsum(np.where(turned, 0, sign)), np.cumsum(np.where(turned, sign, 0))
        found.append(
            (events.time_ms[mine], began + np.concatenate([[0.0], delta * steps + back * turns]))
        )
    return found
