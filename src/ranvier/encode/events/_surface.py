"""How long ago each pixel had an event."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ranvier.encode.events._form import sensor_of


def time_surface(
    events: Any,
    at_us: ArrayLike,
    *,
    tau_us: float,
    shape: tuple[int, int] | None = None,
) -> np.ndarray:
    r"""A trace of the last event of every pixel and polarity, seen at some times.

    $$S_{k,y,x,p} = e^{-(T_k - t_{last}(x, y, p)) / \tau}$$

    with $t_{last}$ the time of the last event at or before $T_k$; 0 where there was none.

    Args:
        events: anything with `t` (microseconds), `x`, `y` and `p`, in order of time.
        at_us: $T$, microseconds, never falling.
        tau_us: $\tau$, microseconds.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        float32 `[times, rows, columns, 2]`: OFF events in the first channel, ON in the second.

    Raises:
        ValueError: times that fall, a time constant that is not positive, or a sensor of unknown
            size.

    Source: Lagorce, Orchard, Galluppi, Shi, Benosman, IEEE TPAMI 39 (2017), eq. 2 and 3.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 1000], [0, 1], [0, 0], [1, 1], width=2, height=1)
        >>> time_surface(events, [1000], tau_us=1000)[0, 0, :, 1].round(4)
        array([0.3679, 1.    ], dtype=float32)
    """
    times = np.atleast_1d(np.asarray(at_us))
    if times.ndim != 1 or (np.diff(times) < 0).any():
        raise ValueError("time_surface: at_us must be times in one row that never fall.")
    if not tau_us > 0:
        raise ValueError(f"time_surface: tau_us is {tau_us}, expected more than 0.")
    rows, columns = sensor_of(events, shape, "time_surface")
    t = np.asarray(events.t)
    place = (np.asarray(events.y, np.int64) * columns + events.x) * 2 + events.p
    last = np.full(rows * columns * 2, np.iinfo(np.int64).min)
    found = np.zeros((len(times), rows * columns * 2), np.float32)
    begin = 0
    for number, end in enumerate(np.searchsorted(t, times, side="right")):
        # Of events at one place the last one written stays, which is the latest.
        last[place[begin:end]] = t[begin:end]
        begin = end
        seen = last > np.iinfo(np.int64).min
        found[number, seen] = np.exp(-(times[number] - last[seen]) / tau_us)
    return found.reshape(len(times), rows, columns, 2)
