"""The 40-bit events of N-MNIST and N-Caltech101."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source

_MARKER_ROW = 240
_MARKER_US = 1 << 13
_LAST_US = (1 << 23) - 1


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
        for block in source.records(5):
            events = np.frombuffer(block, np.uint8).reshape(-1, 5)
            y, high = events[:, 1], events[:, 2]
            t = ((high & 127).astype(np.int64) << 16) + (
                (events[:, 3].astype(np.uint16) << 8) | events[:, 4]
            )
            x, p = events[:, 0], high >> 7
            marker = y == _MARKER_ROW
            if marker.any():
                shift = np.cumsum(marker) * _MARKER_US + later
                later = int(shift[-1])
                kept = ~marker
                t, x, y, p = (t + shift)[kept], x[kept], y[kept], p[kept]
                source.skip("markers of time", int(marker.sum()))
            else:
                t += later
            yield Columns(t, x.astype(np.int16), y.astype(np.int16), p.astype(np.uint8))

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
