"""Event Stream 2 (`.es`): few bytes per event, times as steps."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.core import atomic_path
from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, empty, every

_MAGIC = b"Event Stream"
_GENERIC, _DVS = 0, 1
_TYPES = ("generic", "DVS", "ATIS", "display", "color")
_RESET, _OVERFLOW = 0xFE, 0xFF
_DVS_STEP, _GENERIC_STEP = 127, 254
_MOST_PAYLOAD = 1 << 28


@dataclass(frozen=True)
class EventStream:
    """Event Stream 2 (`.es`), events of the type DVS.

    A byte with 7 bits of time since the last event and the polarity (1 is ON), then two bytes each
    of x and y, little-endian; a byte 255 is 127 us without an event. The format counts rows from
    below, as its own programs and those of others take it, so y is mirrored by default. Events of
    the type generic have bytes instead of pixels: see `read_generic`.

    Args:
        mirror_y: whether y counts from below in the file.

    Source: neuromorphic-paris, "Event Stream" specification, version 2.0.

    Example:
        >>> EventStream(mirror_y=False).suffixes
        ('.es',)
    """

    name: ClassVar[str] = "es"
    suffixes: ClassVar[tuple[str, ...]] = (".es",)
    # A gap is written as bytes of 127 us each: 2**36 us, nineteen hours, are half a gigabyte.
    limits: ClassVar[Limits] = Limits(last_us=(1 << 62), first_us=1 << 36, gap_us=1 << 36)

    mirror_y: bool = True

    def matches(self, head: bytes) -> bool:
        """Whether the first bytes say so."""
        return head.startswith(_MAGIC)

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        _demand(source, _DVS)
        sides = source.file.read(4)
        if len(sides) < 4:
            source.cut_short("within its header")
            return
        width, height = (int.from_bytes(sides[k : k + 2], "little") for k in (0, 2))
        if not (0 < width <= 32768 and 0 < height <= 32768):
            raise ValueError(f"its sensor has {width} x {height} pixels, expected 1 to 32768")
        source.width, source.height = width, height
        now, rest = 0, b""
        while block := source.file.read(source.block_bytes):
            columns, now, rest = self._decoded(rest + block, now, source)
            yield columns
        if rest:
            source.cut_short(f"{len(rest)} bytes into an event of 5")

    def _decoded(self, block: bytes, now: int, source: Source) -> tuple[Columns, int, bytes]:
        data = np.frombuffer(block, np.uint8)
        specials = _specials(data)
        count, left = divmod(len(data) - len(specials), 5)
        passed = np.zeros(1, np.int64)
        if len(specials):
            is_overflow = data[specials] == _OVERFLOW
            source.skip("resets", len(specials) - int(np.count_nonzero(is_overflow)))
            # Before which event each of them stands, and the last of all behind every event.
            event = (specials - np.arange(len(specials))) // 5
            passed = np.bincount(event[is_overflow], minlength=count + 1) * _DVS_STEP
            data = np.delete(data, specials)
        rest = block[len(block) - left :]
        if not count:
            return empty(0), now + int(passed[-1]), rest
        data = data[: 5 * count]
        first = every(data, "u1", 0, 5)
        t, x, y, p = columns = source.room(count)
        np.right_shift(first, 1, out=t)
        np.bitwise_and(first, 1, out=p)
        if len(specials):
            t += passed[:-1]
        t[0] += now
        np.cumsum(t, out=t)
        for name, column, at in (("x", x, 1), ("y", y, 3)):
            column[:] = every(data, "<u2", at, 5)
            if (least := int(column[column.argmin()])) < 0:
                raise ValueError(f"an event has {name} = {least & 0xFFFF}, expected 0 to 32767")
        if self.mirror_y and source.height is not None:
            if (largest := y[y.argmax()]) >= source.height:
                raise ValueError(f"an event has y = {largest} in {source.height} rows")
            np.subtract(source.height - 1, y, out=y)
        return columns, int(t[-1]) + int(passed[-1]), rest

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        last, height = 0, None
        for number, events in enumerate(chunks):
            if number == 0:
                if events.width is None or events.height is None:
                    raise ValueError(f"{self.name} needs the size of the sensor: give both")
                height = events.height
                sides = events.width.to_bytes(2, "little") + height.to_bytes(2, "little")
                file.write(_MAGIC + bytes([2, 0, 0, _DVS]) + sides)
            # In parts, because a gap is many bytes.
            for begin in range(0, len(events), 1 << 16):
                part = events[begin : begin + (1 << 16)]
                y = height - 1 - part.y if self.mirror_y and height is not None else part.y
                steps = np.diff(part.t, prepend=last)
                last = int(part.t[-1])
                overflows, left = np.divmod(steps, _DVS_STEP)
                ends = np.cumsum(overflows + 5)
                out = np.full(int(ends[-1]), _OVERFLOW, np.uint8)
                at = ends - 5
                out[at] = (left << 1) | part.p
                out[at + 1], out[at + 2] = part.x & 255, part.x >> 8
                out[at + 3], out[at + 4] = y & 255, y >> 8
                file.write(out.tobytes())


def _demand(source: Source, kind: int) -> None:
    head = source.file.read(16)
    if head[:12] != _MAGIC:
        raise ValueError(f"it begins with {head[:12]!r}, expected {_MAGIC!r}")
    if len(head) < 16:
        source.cut_short("within its header")
        return
    if head[12] != 2:
        raise ValueError(f"it is of version {head[12]}.{head[13]}.{head[14]}, expected 2")
    if head[15] != kind:
        named = _TYPES[head[15]] if head[15] < len(_TYPES) else "unknown"
        hint = "; ranvier.data.events.read_generic reads these" if head[15] == _GENERIC else ""
        raise ValueError(
            f"its events are of type {head[15]} ({named}), expected {kind} ({_TYPES[kind]}){hint}"
        )


def _specials(data: np.ndarray) -> np.ndarray:
    """Places of bytes that belong to no event."""
    places = (data >= _RESET).nonzero()[0]
    # The same bytes within an event, which has five, are coordinates.
    between = (places % 5 == 0).nonzero()[0]
    found: list[int] = []
    for place in places[between[0] :].tolist() if len(between) else ():
        if (place - len(found)) % 5 == 0:
            found.append(place)
    return np.array(found, np.int64)


def read_generic(path: str | os.PathLike[str]) -> tuple[np.ndarray, list[bytes]]:
    """Read an Event Stream file whose events carry bytes of any meaning.

    Args:
        path: a file of the type generic.

    Returns:
        Times in microseconds, `[N]`, and the bytes of each event.

    Raises:
        ValueError: the file is of another kind, or ends within an event.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp()) / "words.es"
        >>> write_generic(file, [300, 301], [b"one", b"two"])
        >>> read_generic(file)
        (array([300, 301]), [b'one', b'two'])
    """
    source = Source(path, 1, ())
    try:
        with source.file as file:
            _demand(source, _GENERIC)
            return _payloads(file.read())
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as generic events: {error}.") from error


def _payloads(data: bytes) -> tuple[np.ndarray, list[bytes]]:
    times, payloads = [], []
    now = at = 0
    while at < len(data):
        step, at = data[at], at + 1
        if step == _OVERFLOW:
            now += _GENERIC_STEP
        if step >= _RESET:
            continue
        now += step
        size = shift = 0
        more = 1
        while more:
            if at >= len(data) or shift > 28:
                raise ValueError(f"it ends within the size of event {len(times)}")
            size |= (data[at] >> 1) << shift
            more, shift, at = data[at] & 1, shift + 7, at + 1
        if size > len(data) - at:
            raise ValueError(f"event {len(times)} claims {size} bytes, {len(data) - at} are left")
        times.append(now)
        payloads.append(data[at : at + size])
        at += size
    return np.array(times, np.int64), payloads


def write_generic(
    path: str | os.PathLike[str], times: Sequence[int] | np.ndarray, payloads: Sequence[bytes]
) -> None:
    """Write events that carry bytes of any meaning as an Event Stream file.

    Args:
        path: the new file.
        times: in microseconds, `[N]`, from 0 and never falling.
        payloads: the bytes of each event, fewer than $2^{28}$.

    Raises:
        ValueError: unlike numbers of times and payloads, times that go back, or too many bytes.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> write_generic(Path(tempfile.mkdtemp()) / "one.es", [0], [b"word"])
    """
    steps = np.diff(np.asarray(times, np.int64), prepend=0)
    if len(steps) != len(payloads) or (steps < 0).any() or (steps > 1 << 36).any():
        raise ValueError(
            f"{path}: {len(steps)} times and {len(payloads)} payloads, expected as many, and times "
            "from 0 that never fall, with gaps up to 2**36 us."
        )
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(_MAGIC + bytes([2, 0, 0, _GENERIC]))
        for step, payload in zip(steps.tolist(), payloads, strict=True):
            overflows, left = divmod(step, _GENERIC_STEP)
            size = len(payload)
            if size >= _MOST_PAYLOAD:
                raise ValueError(f"{path}: a payload of {size} bytes, expected fewer than 2**28.")
            sizes = []
            while True:
                sizes.append((size & 127) << 1 | (size > 127))
                size >>= 7
                if not size:
                    break
            file.write(bytes([_OVERFLOW]) * overflows + bytes([left, *sizes]) + payload)
