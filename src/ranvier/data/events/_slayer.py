"""Spikes of channels as SLAYER keeps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, every, narrow

_LAST_US = (1 << 23) - 1


@dataclass(frozen=True)
class Slayer1D:
    """SLAYER's one-dimensional spikes (`.bs1`): five bytes each, big-endian, without a header.

    16 bits of channel, one of polarity (1 is ON) and 23 of time in microseconds. Channels are `x`,
    and `y` is 0. The file does not say how many channels there are.

    Args:
        width: channels, if you know how many there are.

    Source: Shrestha, Orchard, "SLAYER", NeurIPS 2018; N-TIDIGITS: Anumula, Neil, Delbruck, Liu,
        Frontiers in Neuroscience 12:23, 2018.

    Example:
        >>> Slayer1D(width=64).name
        'slayer-1d'
    """

    name: ClassVar[str] = "slayer-1d"
    suffixes: ClassVar[tuple[str, ...]] = (".bs1",)
    limits: ClassVar[Limits] = Limits(y=0, last_us=_LAST_US, sensor=False)

    width: int | None = None

    def matches(self, head: bytes) -> bool:
        """Content cannot tell: every sequence of bytes is a recording."""
        return False

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Spikes of an open file."""
        source.width, source.height = self.width, 1
        for block in source.records(5):
            words = every(block, ">u4", 1, 5).astype(np.uint32)
            x = narrow(every(block, ">u2", 0, 5), "x")
            t = np.bitwise_and(words, _LAST_US, dtype=np.int64)
            yield Columns(t, x, np.zeros_like(x), (words >> 23).astype(np.uint8) & 1)

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        for events in chunks:
            out = np.empty((len(events), 5), np.uint8)
            out[:, 0], out[:, 1] = events.x >> 8, events.x & 255
            out[:, 2] = (events.p << 7) | (events.t >> 16).astype(np.uint8)
            out[:, 3], out[:, 4] = events.t >> 8 & 255, events.t & 255
            file.write(out.tobytes())
