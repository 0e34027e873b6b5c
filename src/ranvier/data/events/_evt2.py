"""Prophesee's EVT 2.0: 32-bit words, one event each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events import _compiled, _prophesee
from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, Unwrapped

TIME_HIGH = 8
FIRST_OTHER = 2 << 28
KINDS = {8: "time", 10: "triggers", 14: "other", 15: "continued"}


@dataclass(frozen=True)
class Evt2:
    """EVT 2.0 (`.raw`): little-endian words of 32 bits behind a header of text.

    Bits 31 to 28 are the kind: 0 an OFF event, 1 an ON event, 8 the upper 28 bits of the time; all
    others are skipped and counted. An event has the lower 6 bits of its time, then x and y with 11
    bits each; the origin is the top left pixel. Time begins anew after $2^{34}$ us and is counted
    on. Events before the first word of time have none and are skipped.

    Source: Prophesee, "EVT 2.0 Format", documentation of Metavision.

    Example:
        >>> Evt2().suffixes
        ('.raw',)
    """

    name: ClassVar[str] = "evt2"
    suffixes: ClassVar[tuple[str, ...]] = (".raw",)
    limits: ClassVar[Limits] = Limits(x=2047, y=2047, last_us=(1 << 45) - 1)

    def matches(self, head: bytes) -> bool:
        """Whether the header names this encoding."""
        return _prophesee.head_version(head) == "2.0"

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        _prophesee.demand(_prophesee.header(source), "2.0")
        decode = _compiled.decoder("evt2", source) or _Decoder(source)
        for block in source.records(4):
            yield decode(np.frombuffer(block, "<u4"))

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        reached = None
        for number, events in enumerate(chunks):
            if number == 0:
                file.write(_prophesee.written_header("2.0", "EVT2", events))
            counts, upper, reached = _prophesee.time_words(events.t, reached, 6, 28)
            words = np.zeros(len(events) + len(upper), "<u4")
            place = np.arange(len(events)) + np.cumsum(counts)
            is_time = np.ones(len(words), bool)
            is_time[place] = False
            words[is_time] = (TIME_HIGH << 28) | (upper & 0xFFFFFFF)
            low = (events.t & 63) << 22
            words[place] = low | (events.p.astype(np.int64) << 28) | _pixel(events)
            file.write(words.tobytes())


def _pixel(events: Events) -> np.ndarray:
    return (events.x.astype(np.int64) << 11) | events.y


def count_kinds(source: Source, counts: np.ndarray) -> None:
    """Count the words that are neither events nor times."""
    for kind in counts.nonzero()[0].tolist():
        if kind not in (0, 1, TIME_HIGH):
            source.skip(f"words of type {kind} ({KINDS.get(kind, 'unknown')})", counts[kind])


class Times:
    """The upper part of the time between words; shared by EVT 2.0 and 2.1."""

    def __init__(self, source: Source) -> None:
        self.source, self.unwrapped = source, Unwrapped(1 << 28)
        self.reached: int | None = None

    def __call__(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray, int]:
        """Which words hold events; the time of each of those; how many of them come too early."""
        is_event = words < FIRST_OTHER
        at = (~is_event).nonzero()[0]
        count = len(words) - len(at)
        others = words[at]
        is_time = others >> 28 == TIME_HIGH
        # Events up to each word of time: its place, less the other words before it.
        ends = at - np.arange(len(at))
        if not is_time.all():
            count_kinds(self.source, np.bincount(others >> 28, minlength=16))
            ends, others = ends[is_time], others[is_time]
        held, bounds = np.zeros((2, len(ends) + 2), np.int64)
        held[0] = 0 if self.reached is None else self.reached
        held[1:-1] = self.unwrapped((others & 0xFFFFFFF).astype(np.int64))
        bounds[1:-1], bounds[-1] = ends, count
        early = int(bounds[1]) if self.reached is None else 0
        if len(ends):
            self.reached = int(held[-2])
        return is_event, (held[:-1] << 6).repeat(bounds[1:] - bounds[:-1]), early


class _Decoder:
    """NumPy's way through the words, with what is known between blocks."""

    def __init__(self, source: Source) -> None:
        self.source, self.times = source, Times(source)

    def __call__(self, words: np.ndarray) -> Columns:
        is_event, t, early = self.times(words)
        events = words[is_event][early:]
        self.source.skip("events before the first time", early)
        t = t[early:]
        t += events >> 22 & 63
        x = (events >> 11).astype(np.int16) & 2047
        y = events.astype(np.int16) & 2047
        return Columns(t, x, y, (events >> 28).astype(np.uint8))
