"""Events that the chip takes: one per pixel at most, the earlier the stronger."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ranvier.core import positive

if TYPE_CHECKING:
    from ranvier.data.events import Events

_AT_ONCE, _LONGEST = 5000, 255


class Samples(NamedTuple):
    """Events of many samples, one sample after the other.

    Attributes:
        events: row, column and time in ticks, uint8 `[events, 3]`.
        ends: where each sample's events end, `[samples]`.

    Example:
        >>> two = Samples.of([[[0, 1, 7]], [[2, 2, 0], [3, 3, 9]]])
        >>> len(two.ends), two.sample(1).tolist(), len(two.part(1, 2).events)
        (2, [[2, 2, 0], [3, 3, 9]], 2)
    """

    events: NDArray[np.uint8]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, samples: Iterable[ArrayLike]) -> "Samples":
        """Samples that are given one by one.

        Args:
            samples: of each, row, column and time of its events, `[events, 3]`, 0 to 255.

        Raises:
            ValueError: another shape or type, or numbers beyond 0 to 255.
        """
        pieces = [_checked(events) for events in samples]
        ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
        return cls(np.concatenate([np.zeros((0, 3), np.uint8), *pieces]), ends)

    def sample(self, number: int) -> NDArray[np.uint8]:
        """The events of one sample.

        Args:
            number: from 0.
        """
        return self.part(number, number + 1).events

    def part(self, begin: int, end: int) -> "Samples":
        """Some samples that follow one another.

        Args:
            begin: the first.
            end: behind the last.
        """
        first = int(self.ends[begin - 1]) if begin else 0
        ends = self.ends[begin:end]
        last = int(ends[-1]) if len(ends) else first
        return Samples(self.events[first:last], ends - first)

    def in_order(self, order: ArrayLike) -> "Samples":
        """Samples in another order, or some of them.

        Args:
            order: their numbers.
        """
        chosen = np.asarray(order, np.int64)
        begins = np.concatenate([[0], self.ends[:-1]])
        lengths = (self.ends - begins)[chosen]
        ends = np.cumsum(lengths)
        within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
        return Samples(self.events[np.repeat(begins[chosen], lengths) + within], ends)


def _checked(events: ArrayLike) -> NDArray[np.uint8]:
    given = np.asarray(events)
    if not given.size:
        return np.zeros((0, 3), np.uint8)
    if given.ndim != 2 or given.shape[1] != 3 or given.dtype.kind not in "iu":
        raise ValueError(
            f"SPOON: events have shape {given.shape} of {given.dtype}, expected whole numbers "
            "[events, 3]: row, column and time."
        )
    if given.min() < 0 or given.max() > 255:
        at = int(np.flatnonzero(((given < 0) | (given > 255)).any(1))[0])
        raise ValueError(
            f"SPOON: event {at} is {given[at].tolist()}, expected row, column and time of 0 to 255."
        )
    return given.astype(np.uint8)


def _check_window(owner: str, window: int) -> None:
    if not 1 <= window <= _LONGEST:
        raise ValueError(f"{owner}: window is {window}, expected 1 to {_LONGEST} ticks.")


def image_samples(images: NDArray[np.uint8], *, window: int = 255) -> Samples:
    r"""Images by time to first spike: $t = \operatorname{round}(T (1 - x / 255))$, in whole ticks.

    A pixel whose time is $T$ or later, such as one of 0, has no event. Events come in order of
    time.

    Args:
        images: 0 to 255, uint8 `[n, rows, columns]`.
        window: $T$, in ticks, as the chip's register.

    Raises:
        TypeError: images that are not uint8.
        ValueError: another shape, or a window that is no register of 8 bits.

    Example:
        >>> image_samples(np.array([[[0, 255], [128, 0]]], np.uint8)).sample(0).tolist()
        [[0, 1, 0], [1, 0, 127]]
    """
    import jax.numpy as jnp

    from ranvier.encode import latency

    _check_window("image_samples", window)
    if images.dtype != np.uint8:
        raise TypeError(f"image_samples: images are of type {images.dtype}, expected uint8.")
    if images.ndim != 3:
        raise ValueError(
            f"image_samples: images have shape {images.shape}, expected [n, rows, columns]."
        )
    grey = np.asarray(latency(jnp.arange(256) / 255, window_ms=float(window)))
    ticks = np.minimum(np.floor(grey + 0.5), window).astype(np.int64)
    pieces, counts = [], []
    for at in range(0, len(images), _AT_ONCE):
        times = ticks[images[at : at + _AT_ONCE]]
        sample, row, column = np.nonzero(times < window)
        found = times[sample, row, column]
        order = np.lexsort((found, sample))
        pieces.append(np.stack([row, column, found], 1)[order].astype(np.uint8))
        counts.append(np.bincount(sample, minlength=len(times)))
    return Samples(np.concatenate(pieces), np.cumsum(np.concatenate(counts)))


def recorded_samples(
    recordings: "Iterable[Events]", *, begin_us: int = 0, window_us: int, window: int = 255
) -> Samples:
    r"""Recordings of an event camera: every pixel's first event in a window, of any polarity.

    $$t = \lfloor T\, (t_{us} - t_0) / T_{us} \rfloor$$

    Args:
        recordings: of a sensor of the chip's size.
        begin_us: $t_0$, where the window begins, in us.
        window_us: $T_{us}$, how long it is, in us.
        window: $T$, in ticks, as the chip's register.

    Raises:
        ValueError: a window of time that is not positive, one in ticks that is no register of 8
            bits, or a sensor with more than 256 rows or columns.

    Example:
        >>> from ranvier.data.events import Events
        >>> seen = Events([0, 400, 500], [3, 1, 3], [0, 0, 0], [1, 0, 1], width=4, height=1)
        >>> recorded_samples([seen], window_us=1000, window=10).sample(0).tolist()
        [[0, 3, 0], [0, 1, 4]]
    """
    positive("recorded_samples", window_us=window_us)
    _check_window("recorded_samples", window)
    pieces = []
    for events in recordings:
        part = events.between(begin_us, begin_us + window_us)
        pixels = np.stack([part.y, part.x], 1).astype(np.int64)
        _, first = np.unique(pixels, axis=0, return_index=True)
        first.sort()
        ticks = window * (part.t[first] - begin_us) // window_us
        pieces.append(np.column_stack([pixels[first], ticks]))
    return Samples.of(pieces)
