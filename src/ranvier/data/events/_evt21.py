"""Prophesee's EVT 2.1: 64-bit words, up to 32 events each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events import _compiled, _prophesee
from ranvier.data.events._events import Events
from ranvier.data.events._evt2 import TIME_HIGH, Times
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source


@dataclass(frozen=True)
class Evt21:
    """EVT 2.1 (`.raw`): words of 64 bits, each up to 32 events of one row, time and polarity.

    Bits 63 to 60 are the kind: 0 OFF events, 1 ON events, 8 the upper 28 bits of the time; others
    are skipped and counted. Then come 6 bits of time, 11 of x and 11 of y. Of the lower 32 bits,
    bit k says that there is an event at x + k. The origin is the top left pixel.

    Args:
        swapped: whether the upper half of a word stands before the lower half, as the IMX636
            sends them; `None` looks for `endianness=legacy` in the header and takes whole
            little-endian words where it is not there.

    Source: Prophesee, "EVT 2.1 Format", documentation of Metavision.

    Example:
        >>> Evt21(swapped=True).name
        'evt21'
    """

    name: ClassVar[str] = "evt21"
    suffixes: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[Limits] = Limits(x=2047, y=2047, last_us=(1 << 45) - 1)

    swapped: bool | None = None

    def matches(self, head: bytes) -> bool:
        """Whether the header names this encoding."""
        return _prophesee.head_version(head) == "2.1"

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        found = _prophesee.header(source)
        _prophesee.demand(found, "2.1")
        swapped = self.swapped
        if swapped is None:
            swapped = found.get("format.endianness", "").lower() == "legacy"
        decode = _compiled.decoder("evt21", source) or _Decoder(source)
        for block in source.records(8):
            halves = np.frombuffer(block, "<u4").reshape(-1, 2)
            low, high = (halves[:, 1], halves[:, 0]) if swapped else (halves[:, 0], halves[:, 1])
            yield decode(np.ascontiguousarray(high), np.ascontiguousarray(low))

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another; neighbours of one row and time share a word."""
        reached = None
        for number, events in enumerate(chunks):
            if number == 0:
                head = _prophesee.written_header("2.1", "EVT21", events)
                option = b"EVT21;endianness=legacy" if self.swapped else b"EVT21"
                file.write(head.replace(b"EVT21", option, 1))
            counts, upper, reached = _prophesee.time_words(events.t, reached, 6, 28)
            begin = _groups(events)
            first = np.flatnonzero(begin)
            bits = np.zeros(len(first), np.uint32)
            group = np.cumsum(begin) - 1
            x = events.x.astype(np.int64)
            np.bitwise_or.at(bits, group, (1 << (x & 31)).astype(np.uint32))
            before = np.add.reduceat(counts, first) if len(first) else counts[:0]
            words = np.zeros((len(first) + len(upper), 2), "<u4")
            place = np.arange(len(first)) + np.cumsum(before)
            is_time = np.ones(len(words), bool)
            is_time[place] = False
            words[is_time, 1] = (TIME_HIGH << 28) | (upper & 0xFFFFFFF)
            about = (events.p.astype(np.int64) << 28) | ((events.t & 63) << 22)
            about |= (x >> 5 << 16) | events.y
            words[place, 0], words[place, 1] = bits, about[first]
            file.write((words[:, ::-1] if self.swapped else words).tobytes())


def _groups(events: Events) -> np.ndarray:
    """Where a new word must begin: events of one word come out in order of x, each once."""
    t, x, y, p = (column.astype(np.int64) for column in events.columns)
    begin = np.ones(len(t), bool)
    begin[1:] = (np.diff(t) != 0) | (np.diff(y) != 0) | (np.diff(p) != 0) | (np.diff(x) <= 0)
    # A word begins at a multiple of 32.
    begin[1:] |= (x[1:] >> 5) != (x[:-1] >> 5)
    return begin


class _Decoder:
    """NumPy's way through the words, with what is known between blocks."""

    def __init__(self, source: Source) -> None:
        self.source, self.times = source, Times(source)

    def __call__(self, high: np.ndarray, low: np.ndarray) -> Columns:
        is_event, t, early = self.times(high)
        high, low = high[is_event], low[is_event]
        lost = int(np.bitwise_count(low[:early]).sum())
        self.source.skip("events before the first time", lost)
        t, high, low = t[early:], high[early:], low[early:]
        bits = np.unpackbits(low.astype("<u4").view(np.uint8), bitorder="little")
        # Places of numbers would take twenty times as long to find.
        place = bits.view(np.bool_).nonzero()[0]
        word, bit = place >> 5, (place & 31).astype(np.int16)
        t, high = t[word], high[word]
        x = (high >> 11 & 2047).astype(np.int16) + bit
        y, p = (high & 2047).astype(np.int16), (high >> 28).astype(np.uint8)
        return Columns(t + (high >> 22 & 63), x, y, p)
