"""Events counted in frames: of equal time, or of equally many events."""

from typing import Any

import numpy as np

from ranvier.encode.events._form import sensor_of


def frames_of_time(
    events: Any,
    frame_us: float,
    *,
    start_us: float | None = None,
    frames: int | None = None,
    binary: bool = False,
    shape: tuple[int, int] | None = None,
) -> np.ndarray:
    r"""Count the events of every pixel in frames of equal time.

    $$F_{k,y,x,p} = \#\{i : \lfloor (t_i - t_0) / \Delta \rfloor = k,\; (x, y, p)_i = (x, y, p)\}$$

    The number of frames follows how long the sequence is; how much is in one, how fast the scene
    moves.

    Args:
        events: anything with `t` (microseconds), `x`, `y` and `p`, in order of time.
        frame_us: $\Delta$, microseconds.
        start_us: $t_0$; the first event if not given. Earlier events are left out.
        frames: how many; as many as the events need if not given. Later events are left out.
        binary: whether there is an event or not, in place of how many.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        float32 `[frames, rows, columns, 2]`: OFF events in the first channel, ON in the second.

    Raises:
        ValueError: a frame without a length, no event where the start or the number of frames
            would follow from them, or a sensor of unknown size.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events([0, 900, 1000], [1, 1, 0], [0, 0, 0], [1, 1, 0], width=2, height=1)
        >>> frames_of_time(events, 1000)[:, 0, 1, 1], frames_of_time(events, 1000)[1, 0, 0]
        (array([2., 0.], dtype=float32), array([1., 0.], dtype=float32))
    """
    if not frame_us > 0:
        raise ValueError(f"frames_of_time: frame_us is {frame_us}, expected more than 0.")
    if frames is not None and frames < 1:
        raise ValueError(f"frames_of_time: frames is {frames}, expected at least 1.")
    if not len(events.t) and (start_us is None or frames is None):
        raise ValueError(
            "frames_of_time: there are no events, so that neither the start nor the number of "
            "frames follows from them. Give start_us and frames."
        )
    rows, columns = sensor_of(events, shape, "frames_of_time")
    first = float(events.t[0]) if start_us is None else start_us
    number = np.floor((np.asarray(events.t) - first) / frame_us).astype(np.int64)
    count = int(number[-1]) + 1 if frames is None else frames
    return _counted(events, number, max(count, 1), rows, columns, binary)


def frames_of_count(
    events: Any,
    events_per_frame: int,
    *,
    binary: bool = False,
    shape: tuple[int, int] | None = None,
) -> np.ndarray:
    """Count the events of every pixel in frames of equally many events.

    A frame holds as much whether the scene moves fast or slowly; its duration follows. Events that
    do not fill the last frame are left out.

    Args:
        events: anything with `t`, `x`, `y` and `p`, in order of time.
        events_per_frame: how many.
        binary: whether there is an event or not, in place of how many.
        shape: rows and columns of the sensor, where the events do not say.

    Returns:
        float32 `[frames, rows, columns, 2]`: OFF events in the first channel, ON in the second.

    Raises:
        ValueError: fewer events than one frame holds, a number below 1, or a sensor of unknown
            size.

    Example:
        >>> from ranvier.data.events import Events
        >>> events = Events(range(5), [0] * 5, [0] * 5, [1] * 5, width=1, height=1)
        >>> frames_of_count(events, 2)[:, 0, 0, 1]
        array([2., 2.], dtype=float32)
    """
    if events_per_frame < 1:
        raise ValueError(
            f"frames_of_count: events_per_frame is {events_per_frame}, expected at least 1."
        )
    count = len(events.t) // events_per_frame
    if not count:
        raise ValueError(
            f"frames_of_count: {len(events.t)} events do not fill a frame of {events_per_frame}. "
            "Take fewer per frame."
        )
    rows, columns = sensor_of(events, shape, "frames_of_count")
    number = np.arange(len(events.t)) // events_per_frame
    return _counted(events, number, count, rows, columns, binary)


def _counted(
    events: Any, number: np.ndarray, frames: int, rows: int, columns: int, binary: bool
) -> np.ndarray:
    """Events by frame, pixel and polarity."""
    inside = (number >= 0) & (number < frames)
    place = number[inside]
    for side, values in ((rows, events.y), (columns, events.x), (2, events.p)):
        place = place * side + np.asarray(values)[inside]
    size = frames * rows * columns * 2
    found = np.bincount(place, minlength=size).reshape(frames, rows, columns, 2)
    return (found > 0).astype(np.float32) if binary else found.astype(np.float32)
