"""AEDAT 3.1: packets of events behind a header of text."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, lines_of

_MAGIC = b"#!AER-DAT3.1"
_END = b"#!END-HEADER"
_PACKET = struct.Struct("<hhiiiiii")
_POLARITY, _EVENT_BYTES = 1, 8
_KINDS = {0: "special", 2: "frame", 3: "motion (6 axes)", 4: "motion (9 axes)", 5: "sample"}
_SENSORS = {
    "DVS128": (128, 128),
    "DAVIS240": (240, 180),
    "DAVIS346": (346, 260),
    "DAVIS640": (640, 480),
}
_SIDES = re.compile(r"\b(\d{1,5})x(\d{1,5})\b")
_PACKET_EVENTS = 4096


@dataclass(frozen=True)
class Aedat3:
    """AEDAT 3.1 (`.aedat`) of cAER: little-endian packets of one type of event each.

    A polarity event is 32 bits (bit 0 valid, bit 1 polarity, 15 bits of y, 15 of x) and 31 bits of
    time in microseconds; the packet says how often time has begun anew. The origin is the top left
    pixel. Packets of other types are skipped by their length and counted, and so are events that
    are marked as not valid.

    Source: inivation, "AEDAT file formats", version 3.1.

    Example:
        >>> Aedat3().name
        'aedat3'
    """

    name: ClassVar[str] = "aedat3"
    suffixes: ClassVar[tuple[str, ...]] = (".aedat3", ".aedat31")
    limits: ClassVar[Limits] = Limits(last_us=(1 << 62) - 1)

    def matches(self, head: bytes) -> bool:
        """Whether the first line says so."""
        return head.startswith(_MAGIC)

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        self._header(source)
        step = max(1, source.block_bytes // _EVENT_BYTES) * _EVENT_BYTES
        # Small packets are decoded together, as long as time has begun anew equally often.
        waiting: list[bytes] = []
        known = count = 0
        while head := source.file.read(_PACKET.size):
            if len(head) < _PACKET.size:
                source.cut_short(f"{len(head)} bytes into the head of a packet")
                break
            kind, _, size, _, overflow, _, number, _ = _PACKET.unpack(head)
            length = size * number
            if size <= 0 or number < 0 or overflow < 0:
                raise ValueError(
                    f"a packet of type {kind} claims {number} events of {size} bytes and "
                    f"{overflow} overflows, which cannot be"
                )
            left = source.left()
            last = length > left
            if last:
                source.cut_short(f"within a packet of {length} bytes, with {left} left")
                length = left // _EVENT_BYTES * _EVENT_BYTES
            if kind != _POLARITY:
                source.skip(f"packets of type {kind} ({_KINDS.get(kind, 'unknown')})")
                source.file.seek(length, 1)
                if last:
                    break
                continue
            if size != _EVENT_BYTES:
                raise ValueError(f"a polarity event has {size} bytes, expected {_EVENT_BYTES}")
            if waiting and (overflow != known or count >= step):
                yield self._events(b"".join(waiting), known, source)
                waiting, count = [], 0
            known = overflow
            while length > step:
                block = source.file.read(step)
                length -= step
                yield self._events(b"".join([*waiting, block]), known, source)
                waiting, count = [], 0
            waiting.append(source.file.read(length))
            count += length
            if last:
                break
        if waiting:
            yield self._events(b"".join(waiting), known, source)

    @staticmethod
    def _header(source: Source) -> None:
        lines = lines_of(source.header(b"#", last=_END))
        if not lines or not lines[0].startswith(_MAGIC.decode()):
            begin = lines[0][:40] if lines else "no such line"
            raise ValueError(f"its first line is {begin!r}, expected {_MAGIC.decode()!r}")
        for line in lines:
            if line.startswith("#Format:") and "RAW" not in line:
                raise ValueError(f"its header says {line[1:60]!r}, expected 'Format: RAW'")
            if line.startswith("#Source"):
                sides = _SIDES.search(line)
                known = [size for name, size in _SENSORS.items() if name in line.upper()]
                size = (int(sides[1]), int(sides[2])) if sides else (known or [(None, None)])[0]
                if size[0] is None or (0 < size[0] <= 32768 and 0 < (size[1] or 0) <= 32768):
                    source.width, source.height = size

    @staticmethod
    def _events(block: bytes, overflow: int, source: Source) -> Columns:
        records = np.frombuffer(block, "<u4").reshape(-1, 2)
        data, stamp = records[:, 0], records[:, 1]
        valid = (data & 1).astype(bool)
        if not valid.all():
            source.skip("events that are not valid", len(valid) - int(valid.sum()))
            data, stamp = data[valid], stamp[valid]
        if stamp.size and int(stamp.max()) >> 31:
            raise ValueError(f"an event has the time {int(stamp.max())}, expected below 2**31")
        t = stamp.astype(np.int64) + (overflow << 31)
        x, y = (data >> 17).astype(np.int16), (data >> 2 & 32767).astype(np.int16)
        return Columns(t, x, y, (data >> 1 & 1).astype(np.uint8))

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another, in packets of at most 4096 events."""
        for number, events in enumerate(chunks):
            if number == 0:
                known = events.width is not None and events.height is not None
                sensor = f" {events.width}x{events.height}" if known else ""
                lines = [_MAGIC.decode(), "#Format: RAW", f"#Source 1: sensor{sensor}"]
                file.write("".join(f"{line}\r\n" for line in [*lines, _END.decode()]).encode())
            records = np.empty((len(events), 2), "<u4")
            pixel = (events.x.astype(np.int64) << 17) | (events.y.astype(np.int64) << 2)
            records[:, 0] = pixel | (events.p.astype(np.int64) << 1) | 1
            records[:, 1] = events.t & 0x7FFFFFFF
            overflows = events.t >> 31
            bounds = np.flatnonzero(np.diff(overflows)) + 1
            for run in np.split(np.arange(len(events)), bounds):
                for begin in range(0, len(run), _PACKET_EVENTS):
                    part = run[begin : begin + _PACKET_EVENTS]
                    count, overflow = len(part), int(overflows[part[0]])
                    head = (_POLARITY, 1, _EVENT_BYTES, 4, overflow, count, count, count)
                    file.write(_PACKET.pack(*head) + records[part[0] : part[-1] + 1].tobytes())
