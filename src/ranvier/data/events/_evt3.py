"""Prophesee's EVT 3.0: 16-bit words that change a state, some of which are events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events import _compiled, _prophesee
from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, Unwrapped

Y, X, BASE, VECTOR_12, VECTOR_8, TIME_LOW, TIME_HIGH = 0, 2, 3, 4, 5, 6, 8
STATE = (Y, X, BASE, VECTOR_12, VECTOR_8, TIME_LOW, TIME_HIGH)
OTHERS = {7: "continued", 10: "triggers", 12: "triggers", 14: "other", 15: "continued"}
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True)
class Evt3:
    """EVT 3.0 (`.raw`): little-endian words of 16 bits, most of which say what has changed.

    Bits 15 to 12 are the kind: 0 sets y; 2 is an event at x with the polarity in bit 11; 3 sets x
    and polarity for vectors; 4 and 5 are 12 or 8 pixels from there on, an event for every bit that
    is set; 6 and 8 set the lower and the upper 12 bits of the time; others are skipped and counted.
    An upper part that changes sets the lower part to 0. The origin is the top left pixel. Time
    begins anew after $2^{24}$ us and is counted on.

    Recordings of some cameras go back by a few microseconds now and then, because the lower part
    does; read them with `repair="hold"` or `"sort"`.

    Source: Prophesee, "EVT 3.0 Format", documentation of Metavision.

    Example:
        >>> Evt3().limits.x
        2047
    """

    name: ClassVar[str] = "evt3"
    suffixes: ClassVar[tuple[str, ...]] = ()
    limits: ClassVar[Limits] = Limits(x=2047, y=2047, last_us=(1 << 40) - 1)

    def matches(self, head: bytes) -> bool:
        """Whether the header names this encoding."""
        return _prophesee.head_version(head) == "3.0"

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        _prophesee.demand(_prophesee.header(source), "3.0")
        decode = _compiled.decoder("evt3", source) or _Decoder(source)
        # A word can be twelve events: fewer words at once need less room.
        for block in source.records(2, most_bytes=_BLOCK_BYTES):
            yield decode(np.frombuffer(block, "<u2"))

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another, every event as a word of its own."""
        reached: int | None = None
        low, row = -1, -1
        for number, events in enumerate(chunks):
            if number == 0:
                file.write(_prophesee.written_header("3.0", "EVT3", events))
            if not len(events):
                continue
            counts, upper, reached = _prophesee.time_words(events.t, reached, 12, 12)
            lows, y = events.t & 4095, events.y.astype(np.int64)
            # An upper part that changes takes the lower part with it.
            new_low = (np.diff(lows, prepend=low) != 0) | (counts > 0)
            new_row = np.diff(y, prepend=row) != 0
            low, row = int(lows[-1]), int(y[-1])
            place = np.cumsum(counts + new_low + new_row + 1) - 1
            words = np.full(int(place[-1]) + 1, TIME_HIGH << 12, "<u2")
            words[place] = (X << 12) | (events.p.astype(np.int64) << 11) | events.x
            words[(place - 1)[new_row]] = y[new_row]
            words[(place - 1 - new_row)[new_low]] = (TIME_LOW << 12) | lows[new_low]
            is_high = words == TIME_HIGH << 12
            words[is_high] |= (upper & 4095).astype(np.uint16)
            file.write(words.tobytes())


def count_others(source: Source, counts: np.ndarray) -> None:
    """Count the words that change nothing here."""
    for kind in counts.nonzero()[0].tolist():
        if kind not in STATE:
            source.skip(f"words of type {kind} ({OTHERS.get(kind, 'unknown')})", counts[kind])


class _Decoder:
    """NumPy's way through the words, with what is known between blocks."""

    def __init__(self, source: Source) -> None:
        self.source, self.unwrapped = source, Unwrapped(1 << 12)
        self.high, self.low = -1, 0
        self.row, self.base = -1, -1
        self.base_p = 0

    def __call__(self, words: np.ndarray) -> Columns:
        kinds, values = words >> 12, words & 4095
        count_others(self.source, np.bincount(kinds, minlength=16))
        holds = (kinds == X) | (kinds == VECTOR_12) | (kinds == VECTOR_8)
        at, before = holds.nonzero()[0], holds.cumsum()
        kind, value = kinds[at], values[at]

        def fill(where: np.ndarray, held: np.ndarray, start: int) -> np.ndarray:
            """For every word with events, the last of `held`, or `start` before the first."""
            ends = np.concatenate([[0], before[where], [len(at)]])
            return np.repeat(np.concatenate([[start], held]), np.diff(ends))

        t = fill(*self._times(kinds, values), start=-1 if self.high < 0 else self._now)
        rows = np.flatnonzero(kinds == Y)
        y = fill(rows, (values[rows] & 2047).astype(np.int64), self.row)
        bases = np.flatnonzero(kinds == BASE)
        base = fill(bases, (values[bases] & 2047).astype(np.int64), self.base)
        base_p = fill(bases, values[bases] >> 11, self.base_p)

        is_vector = kind != X
        wide = kind == VECTOR_12
        advance = is_vector * np.where(wide, 12, 8)
        moved = np.cumsum(advance) - advance
        # How far the base had moved when it was set; the base of before has moved from 0.
        set_at = np.concatenate([[0], np.concatenate([moved, [advance.sum()]])[before[bases]]])
        of_base = np.concatenate([[0], before[bases], [len(at)]])
        begin = base + moved - np.repeat(set_at, np.diff(of_base))

        mask = np.where(wide, value, value & 255) * is_vector + ~is_vector
        known = (t >= 0) & (y >= 0) & (~is_vector | (base >= 0))
        if not known.all():
            lost = int(np.bitwise_count(mask[~known]).sum())
            self.source.skip("events before the first time, row or base", lost)
            mask = mask * known
        start = np.where(is_vector, begin, value & 2047)
        p = np.where(is_vector, base_p, value >> 11)

        if bases.size:
            self.base, self.base_p = base_of(values, bases), int(values[bases[-1]] >> 11)
            moved_since = int(advance.sum()) - int(set_at[-1])
        else:
            moved_since = int(advance.sum())
        if self.base >= 0:
            self.base += moved_since
        self.row = int(values[rows[-1]] & 2047) if rows.size else self.row

        bits = np.unpackbits(mask.astype("<u2").view(np.uint8), bitorder="little")
        # Places of numbers would take twenty times as long to find.
        place = bits.view(np.bool_).nonzero()[0]
        of = place >> 4
        x = start[of] + (place & 15)
        refuse_column(int(x.max()) if x.size else 0)
        kept = (x.astype(np.int16), y[of].astype(np.int16), p[of].astype(np.uint8))
        return Columns(t[of], *kept)

    def _times(self, kinds: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Words that set the time, and the time after each."""
        at = np.flatnonzero((kinds == TIME_LOW) | (kinds == TIME_HIGH))
        self._now = self.high * 4096 + self.low
        if not at.size:
            return at, np.zeros(0, np.int64)
        is_high, value = kinds[at] == TIME_HIGH, values[at]
        highs = np.concatenate([[self.high], self.unwrapped(value[is_high].astype(np.int64))])
        high = highs[np.cumsum(is_high)]
        changed = np.zeros(len(at), bool)
        changed[is_high] = np.diff(highs) != 0
        sets = np.where(~is_high | changed, np.arange(len(at)), -1)
        last = np.maximum.accumulate(sets)
        low = np.where(last >= 0, np.where(is_high, 0, value)[last], self.low)
        self.high, self.low = int(high[-1]), int(low[-1])
        return at, np.where(high >= 0, high * 4096 + low, -1)


def refuse_column(farthest: int) -> None:
    """Refuse a vector that reaches beyond what x can be."""
    if farthest > 2047:
        raise ValueError(f"a vector reaches x = {farthest}, expected at most 2047")


def base_of(values: np.ndarray, bases: np.ndarray) -> int:
    """What the last word that sets a base sets it to."""
    return int(values[bases[-1]] & 2047)
