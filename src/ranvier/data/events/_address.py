"""Address-events as chips give them: an address and a time, or an address alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.core import one_of
from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._layout import AddressLayout, Field
from ranvier.data.events._source import Columns, Source, Unwrapped

_SIZES = (1, 2, 4, 8)
CHANNELS = AddressLayout(x=Field(0, 15), height=1)
"""A line of channels: the address is x, and every event is ON."""


@dataclass(frozen=True)
class AddressEvents:
    """Address-event representation, binary (`.aer`): records of address and time, no header.

    Args:
        layout: where an address holds x, y and polarity; a line of channels if not given.
        address_bytes: 1, 2, 4 or 8.
        time_bytes: 1, 2, 4 or 8; times begin anew when they overflow and are counted on.
        byte_order: `"big"` or `"little"`.
        address_first: whether the address stands before the time.
        time_unit_us: microseconds per unit of time.

    Source: Mahowald, "VLSI analogs of neuronal visual processing", thesis, Caltech, 1992; Boahen,
        IEEE Transactions on Circuits and Systems II 47(5), 2000.

    Example:
        >>> AddressEvents(address_bytes=2, time_bytes=2, byte_order="little").record_bytes
        4
    """

    name: ClassVar[str] = "aer"
    suffixes: ClassVar[tuple[str, ...]] = (".aer",)

    layout: AddressLayout = CHANNELS
    address_bytes: int = 4
    time_bytes: int = 4
    byte_order: str = "big"
    address_first: bool = True
    time_unit_us: int = 1

    def __post_init__(self) -> None:
        one_of("AddressEvents", "byte_order", self.byte_order, ("big", "little"))
        for size in ("address_bytes", "time_bytes"):
            if getattr(self, size) not in _SIZES:
                raise ValueError(
                    f"AddressEvents: {size} is {getattr(self, size)}, expected one of {_SIZES}."
                )
        if not 0 < self.time_unit_us <= 10**9:
            raise ValueError(
                f"AddressEvents: time_unit_us is {self.time_unit_us}, expected 1 to 1e9."
            )
        bits = max(f.first + f.bits for f in _fields(self.layout))
        if bits > 8 * self.address_bytes:
            raise ValueError(
                f"AddressEvents: the layout needs {bits} bits, an address has "
                f"{8 * self.address_bytes}."
            )

    @property
    def record_bytes(self) -> int:
        """Bytes of one event."""
        return self.address_bytes + self.time_bytes

    @property
    def limits(self) -> Limits:
        """What can be written."""
        x, y = self.layout.most
        period = 1 << min(8 * self.time_bytes, 62)
        return Limits(
            x=x,
            y=y,
            first_us=(period - 1) * self.time_unit_us if self.time_bytes < 8 else None,
            gap_us=(period // 2 - 1) * self.time_unit_us if self.time_bytes < 8 else None,
            off=self.layout.polarity is not None,
            sensor=False,
        )

    def _record(self) -> np.dtype:
        order = ">" if self.byte_order == "big" else "<"
        fields = [("a", f"{order}u{self.address_bytes}"), ("t", f"{order}u{self.time_bytes}")]
        return np.dtype(fields if self.address_first else fields[::-1])

    def matches(self, head: bytes) -> bool:
        """Content cannot tell: every sequence of bytes is a recording."""
        return False

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        source.width, source.height = self.layout.width, self.layout.height
        unwrapped = Unwrapped(1 << 8 * self.time_bytes) if self.time_bytes < 8 else None
        for block in source.records(self.record_bytes):
            records = np.frombuffer(block, self._record())
            native = records["a"].astype(records["a"].dtype.newbyteorder("="))
            kept, x, y, p = self.layout.decode(native)
            t = records["t"] if kept is None else records["t"][kept]
            source.skip("addresses that are no events", len(records) - len(x))
            if unwrapped is not None:
                times = unwrapped(t.astype(np.int64))
            elif t.size and int(t.max()) > np.iinfo(np.int64).max // self.time_unit_us:
                raise ValueError(f"an event has the time {int(t.max())}, beyond 64 bits")
            else:
                times = t.astype(np.int64)
            yield Columns(times * self.time_unit_us, x, y, p)

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        for events in chunks:
            units, left = np.divmod(events.t, self.time_unit_us)
            if left.any():
                raise ValueError(
                    f"{self.name} holds times in steps of {self.time_unit_us} us, got "
                    f"{events.t[np.flatnonzero(left)[0]]}; choose a smaller unit"
                )
            records = np.empty(len(events), self._record())
            records["a"] = self.layout.encode(events)
            records["t"] = units & ((1 << min(8 * self.time_bytes, 63)) - 1)
            file.write(records.tobytes())


@dataclass(frozen=True)
class AddressText:
    """Address-events as text (`.aertext`): a line per event, `address` or `address time`.

    A chip that sends addresses alone tells the time by when it sends. Such lines keep their order
    and are given times that are `interval_us` apart, from 0.

    Args:
        layout: where an address holds x, y and polarity; a line of channels if not given.
        interval_us: microseconds from one event to the next where lines have no time.
        timed: whether a time in microseconds is written, too.

    Source: as of `AddressEvents`.

    Example:
        >>> AddressText(interval_us=10).name
        'aer-text'
    """

    name: ClassVar[str] = "aer-text"
    suffixes: ClassVar[tuple[str, ...]] = (".aertext",)

    layout: AddressLayout = CHANNELS
    interval_us: int = 1
    timed: bool = True

    @property
    def limits(self) -> Limits:
        """What can be written."""
        x, y = self.layout.most
        last = (1 << 62) - 1
        return Limits(x=x, y=y, last_us=last, off=self.layout.polarity is not None, sensor=False)

    def matches(self, head: bytes) -> bool:
        """Content cannot tell: many files hold lines of numbers."""
        return False

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        source.width, source.height = self.layout.width, self.layout.height
        count, timed = 0, None
        for number, block in _lines(source):
            split = [line.split() for line in block]
            rows = [row for row in split if row]
            for k, row in enumerate(split):
                if not row:
                    continue
                wide = timed + 1 if timed is not None else len(row)
                if len(row) != wide or wide > 2 or not all(_whole(word) for word in row):
                    shown = block[k][:40].decode("latin-1")
                    raise ValueError(
                        f"line {number + k} is {shown!r}, expected whole numbers: an address"
                        + ("" if timed is False else " and a time")
                    )
                timed = len(row) == 2
            if not rows:
                continue
            table = np.array([[int(word) for word in row] for row in rows], np.int64)
            kept, x, y, p = self.layout.decode(table[:, 0])
            t = table[:, 1] if timed else np.arange(count, count + len(rows)) * self.interval_us
            count += len(rows)
            source.skip("addresses that are no events", len(rows) - len(x))
            yield Columns(t if kept is None else t[kept], x, y, p)

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another; without times they must be as far apart as read."""
        count = 0
        for events in chunks:
            addresses = self.layout.encode(events).tolist()
            if self.timed:
                lines = [f"{a} {t}\n" for a, t in zip(addresses, events.t.tolist(), strict=True)]
            else:
                expected = np.arange(count, count + len(events)) * self.interval_us
                if (events.t != expected).any():
                    raise ValueError(
                        f"{self.name} without times holds events {self.interval_us} us apart from "
                        "0, and these are not; write it with timed=True"
                    )
                lines = [f"{a}\n" for a in addresses]
            count += len(events)
            file.write("".join(lines).encode())


def _fields(layout: AddressLayout) -> list[Field]:
    return [f for f in (layout.x, layout.y, layout.polarity) if f is not None]


def _whole(word: bytes) -> bool:
    return word.isdigit() and len(word) <= 18


def _lines(source: Source) -> Iterator[tuple[int, list[bytes]]]:
    """Lines of a block, with the number of the first."""
    number, rest = 1, b""
    while block := source.file.read(source.block_bytes):
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > 1 << 12:
            raise ValueError(f"line {number + len(lines)} is longer than 4096 bytes")
        if lines:
            yield number, lines
            number += len(lines)
    if rest:
        yield number, [rest]
