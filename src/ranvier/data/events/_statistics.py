"""Numbers that describe events, from one piece or from a stream of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ranvier.data.events._events import Events


@dataclass(frozen=True)
class Statistics:
    """What events are like, in numbers.

    Args:
        count: how many there are.
        on_count: how many are ON.
        first_us: time of the first in microseconds; `None` where there is none.
        last_us: time of the last.
        bounding_box: least x, least y, largest x, largest y; `None` where there is no event.
        width: columns of the sensor, where known.
        height: rows of the sensor, where known.

    Example:
        >>> Statistics(4, 1, 0, 500_000, (0, 0, 3, 3), 8, 8).on_fraction
        0.25
    """

    count: int
    on_count: int
    first_us: int | None
    last_us: int | None
    bounding_box: tuple[int, int, int, int] | None
    width: int | None
    height: int | None

    @property
    def duration_us(self) -> int:
        """Microseconds from the first event to the last."""
        return 0 if self.first_us is None or self.last_us is None else self.last_us - self.first_us

    @property
    def rate_hz(self) -> float | None:
        """Events per second between the first and the last; `None` where no time passes."""
        return self.count / self.duration_us * 1e6 if self.duration_us else None

    @property
    def on_fraction(self) -> float | None:
        """Share of events that are ON; `None` where there is no event."""
        return self.on_count / self.count if self.count else None


def statistics(events: Events | Iterable[Events]) -> Statistics:
    """Count, times, polarity and bounding box.

    Args:
        events: one piece, or pieces in order of time, such as `stream` gives; no two are held at
            once.

    Example:
        >>> events = Events([0, 500_000], [3, 1], [2, 5], [1, 0])
        >>> found = statistics(events)
        >>> found.rate_hz, found.on_fraction, found.bounding_box
        (4.0, 0.5, (1, 2, 3, 5))
    """
    count = on = 0
    first = last = width = height = None
    low, high = np.full(2, np.iinfo(np.int64).max), np.full(2, -1)
    for part in [events] if isinstance(events, Events) else events:
        width, height = part.width or width, part.height or height
        if not len(part):
            continue
        count += len(part)
        on += int(np.count_nonzero(part.p))
        first = int(part.t[0]) if first is None else first
        last = int(part.t[-1])
        low = np.minimum(low, (part.x.min(), part.y.min()))
        high = np.maximum(high, (part.x.max(), part.y.max()))
    left, top, right, bottom = (int(v) for v in (*low, *high))
    box = (left, top, right, bottom) if count else None
    return Statistics(count, on, first, last, box, width, height)


def rate(events: Events, bin_us: int) -> tuple[np.ndarray, np.ndarray]:
    """Events per second in bins of time.

    $$r_k = \\frac{1}{\\Delta} \\sum_i [\\, k \\Delta \\le t_i - t_0 < (k + 1) \\Delta \\,]$$

    Args:
        events: what is counted.
        bin_us: length of a bin in microseconds.

    Returns:
        Where each bin begins, in microseconds, and its rate in hertz, both `[K]`.

    Raises:
        ValueError: bins of no length, or more of them than ten million.

    Example:
        >>> start, hertz = rate(Events([0, 1, 9, 10], [0] * 4, [0] * 4, [1] * 4), 10)
        >>> start, hertz
        (array([ 0, 10]), array([300000., 100000.]))
    """
    if bin_us <= 0:
        raise ValueError(f"rate: bin_us is {bin_us}, expected more than 0.")
    if not len(events):
        return np.zeros(0, np.int64), np.zeros(0)
    bins = events.duration_us // bin_us + 1
    if bins > 10_000_000:
        raise ValueError(f"rate: {bins} bins of {bin_us} us, expected at most 10,000,000.")
    counts = np.bincount((events.t - events.t[0]) // bin_us, minlength=bins)
    return events.t[0] + np.arange(bins) * bin_us, counts * (1e6 / bin_us)
