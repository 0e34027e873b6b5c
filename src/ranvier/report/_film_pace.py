"""How fast a film runs: the time that a frame shows, and the time for which it is shown."""

import math
from typing import NamedTuple

SHORTEST_MS = 20
_STEP_MS, _FRAMES = 10, 100


class FilmPace(NamedTuple):
    """Time in a frame, and time of a frame.

    Args:
        frame_ms: what happens in one, in time of the recording.
        shown_ms: for how long it is shown; whole tens, as a GIF has them, and at least 20.

    Example:
        >>> FilmPace(frame_ms=2.5, shown_ms=20).slower
        8.0
    """

    frame_ms: float
    shown_ms: int

    @property
    def slower(self) -> float:
        """How much slower than life the film is; below 1 it is faster."""
        return self.shown_ms / self.frame_ms


def film_pace(
    length_ms: float, *, frame_ms: float | None = None, slower: float | None = None
) -> FilmPace:
    """A pace at which a film is what it says: about a hundred frames, each long enough to be shown.

    As fast as life where nothing is asked and the recording is not shorter than two seconds;
    shorter ones are slowed down, by a number of two digits, until some hundred frames of 20 ms fit.

    Args:
        length_ms: of the recording.
        frame_ms: time in a frame, if it is to be that.
        slower: than life, if it is to be that; with `frame_ms`, as near as tens of ms come.

    Raises:
        ValueError: nothing above 0, or frames that would have to be shown for less than 20 ms.

    Example:
        >>> film_pace(10_000), film_pace(200)
        (FilmPace(frame_ms=100.0, shown_ms=100), FilmPace(frame_ms=2.0, shown_ms=20))
        >>> film_pace(200, slower=1)
        FilmPace(frame_ms=20.0, shown_ms=20)
    """
    for name, value in (("length_ms", length_ms), ("frame_ms", frame_ms), ("slower", slower)):
        if value is not None and not 0 < value < math.inf:
            raise ValueError(f"{name} is {value}, expected a number above 0.")
    if frame_ms is not None and slower is not None:
        if round(frame_ms * slower) < SHORTEST_MS:
            raise ValueError(
                f"frames of {frame_ms:g} ms, {slower:g} times slower, would be shown for "
                f"{frame_ms * slower:.3g} ms; films show none for less than {SHORTEST_MS}. Let it "
                f"be {SHORTEST_MS / frame_ms:.3g} times slower, or frames be "
                f"{SHORTEST_MS / slower:.3g} ms long."
            )
        return FilmPace(float(frame_ms), _tens(frame_ms * slower))
    if frame_ms is not None:
        return FilmPace(float(frame_ms), max(_tens(frame_ms), SHORTEST_MS))
    if slower is None:
        slower = max(1.0, float(f"{SHORTEST_MS * _FRAMES / length_ms:.2g}"))
    shown = max(_tens(length_ms * slower / _FRAMES), SHORTEST_MS)
    return FilmPace(shown / slower, shown)


def _tens(time_ms: float) -> int:
    return _STEP_MS * round(time_ms / _STEP_MS)
