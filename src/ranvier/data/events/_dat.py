"""Prophesee's DAT: eight bytes per event behind a header of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events import _prophesee
from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, Unwrapped, every

_KINDS = {0: "two-dimensional events", 12: "change detection events"}
_EVENT_BYTES = 8
# First bit and number of bits of x, y and polarity.
_PLACES = {"1": ((0, 9), (9, 8), (17, 1)), "2": ((0, 14), (14, 14), (28, 1))}


@dataclass(frozen=True)
class Dat:
    """DAT (`.dat`), versions 1 and 2: a time and a pixel in 32 little-endian bits each.

    Two bytes after the header give the kind of event and its size. Version 2 has 14 bits each for x
    and y, then polarity; version 1 has 9 bits for x, 8 for y, then polarity. The origin is the top
    left pixel. Times begin anew after $2^{32}$ us and are counted on. Version 2 is written.

    Source: Prophesee, "DAT file format", documentation of Metavision; the older layout as in its
    scripts for MATLAB.

    Example:
        >>> Dat().limits.x
        16383
    """

    name: ClassVar[str] = "dat"
    suffixes: ClassVar[tuple[str, ...]] = (".dat",)
    limits: ClassVar[Limits] = Limits(
        x=16383, y=16383, first_us=(1 << 32) - 1, gap_us=(1 << 31) - 1
    )

    def matches(self, head: bytes) -> bool:
        """Whether there is a header that says so, or one that names no other encoding."""
        return head.startswith(b"% ") and _prophesee.head_version(head) is None

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        found = _prophesee.header(source)
        if not found:
            raise ValueError("it has no header of lines that begin with '% '")
        version = found.get("version", "1")
        if version not in _PLACES:
            raise ValueError(f"its header gives the version {version!r}, expected 1 or 2")
        head = source.file.read(2)
        if len(head) < 2:
            source.cut_short("before the kind of its events")
            return
        kind, size = head
        if kind not in _KINDS or size != _EVENT_BYTES:
            raise ValueError(
                f"it holds events of type {kind} with {size} bytes, expected type "
                f"{' or '.join(map(str, _KINDS))} with {_EVENT_BYTES}"
            )
        unwrapped = Unwrapped(1 << 32)
        for block in source.records(_EVENT_BYTES):
            records = np.frombuffer(block, "<u8")
            columns = source.room(len(records))
            np.bitwise_and(records, 0xFFFFFFFF, out=columns.t.view(np.uint64))
            unwrapped(columns.t)
            pixel = every(block, "<u4", 4, _EVENT_BYTES).astype(np.uint32)
            for values, (first, bits) in zip(columns[1:], _PLACES[version], strict=True):
                # The upper bits go with the narrow type, or by the mask.
                narrow = (pixel >> first if first else pixel).astype(values.dtype)
                np.bitwise_and(narrow, (1 << bits) - 1, out=values)
            yield columns

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        for number, events in enumerate(chunks):
            if number == 0:
                lines = ["% Data file containing CD events.", "% Version 2"]
                if events.width is not None and events.height is not None:
                    lines += [f"% Height {events.height}", f"% Width {events.width}"]
                file.write(("\n".join(lines) + "\n").encode() + bytes([12, _EVENT_BYTES]))
            records = np.empty((len(events), 2), "<u4")
            records[:, 0] = events.t & 0xFFFFFFFF
            records[:, 1] = events.x | (events.y.astype(np.int64) << 14)
            records[:, 1] |= events.p.astype(np.uint32) << 28
            file.write(records.tobytes())
