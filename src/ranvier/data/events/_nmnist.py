"""The 40-bit events of N-MNIST and N-Caltech101."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, every

_MARKER_ROW = 240
_MARKER_US = 1 << 13
_LAST_US = (1 << 23) - 1
# Fewer events at once stay in the cache between steps.
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True)
class NMnist:
    """N-MNIST and N-Caltech101: five bytes per event, without a header.

    A byte each for x and y, then 24 bits, big-endian: polarity (1 is ON) and 23 bits of time in
    microseconds. An event with y = 240 is none: every later time is $2^{13}$ us later. The origin
    is the top left pixel. The file does not say how large the sensor is; N-MNIST has 34 x 34.

    Args:
        width: columns of the sensor, if you know them.
        height: rows of the sensor, if you know them.

    Source: Orchard, Jayawant, Cohen, Thakor, Frontiers in Neuroscience 9:437, 2015.

    Example:
        >>> NMnist(width=34, height=34).name
        'n-mnist'
    """

    name: ClassVar[str] = "n-mnist"
    suffixes: ClassVar[tuple[str, ...]] = (".bin", ".bs2")
    limits: ClassVar[Limits] = Limits(x=255, y=255, last_us=1 << 40, sensor=False)

    width: int | None = None
    height: int | None = None

    def matches(self, head: bytes) -> bool:
        """Content cannot tell: every sequence of bytes is a recording."""
        return False

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        source.width, source.height = self.width, self.height
        later = 0
        for block in source.records(5, most_bytes=_BLOCK_BYTES):
            words = every(block, ">u4", 1, 5).astype(np.uint32)
            t = np.bitwise_and(words, _LAST_US, dtype=np.int64)
            x, y = every(block, "u1", 0, 5).astype(np.int16), (words >> 24).astype(np.int16)
            p = (words >> 23).astype(np.uint8) & 1
            t += later
            kept = y != _MARKER_ROW
            markers = len(y) - int(np.count_nonzero(kept))
            if markers:
                source.skip("markers of time", markers)
                ends = np.flatnonzero(~kept)
                shifts = np.arange(markers + 1) * _MARKER_US
                t += shifts.repeat(np.diff(ends, prepend=0, append=len(t)))
                later += int(shifts[-1])
                t, x, y, p = t[kept], x[kept], y[kept], p[kept]
            yield Columns(t, x, y, p)

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        markers = 0
        for events in chunks:
            if (events.y == _MARKER_ROW).any():
                raise ValueError(
                    f"{self.name} marks time by y = {_MARKER_ROW}, and an event lies there. "
                    "Choose another format or crop"
                )
            # As few markers as let the rest of the time fit into 23 bits.
            passed = np.maximum(markers, -(-(events.t - _LAST_US) // _MARKER_US))
            place = np.arange(len(events)) + (passed - markers)
            after = int(passed[-1]) if len(events) else markers
            out = np.zeros((len(events) + after - markers, 5), np.uint8)
            out[:, 1] = _MARKER_ROW
            low = events.t - passed * _MARKER_US
            out[place, 0], out[place, 1] = events.x, events.y
            out[place, 2] = (events.p << 7) | (low >> 16).astype(np.uint8)
            out[place, 3], out[place, 4] = low >> 8 & 255, low & 255
            markers = after
            file.write(out.tobytes())
