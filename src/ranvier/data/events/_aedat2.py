"""AEDAT 2.0: pairs of address and time behind a header of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._layout import DAVIS240, DAVIS346, DVS128, AddressLayout
from ranvier.data.events._source import Columns, Source, Unwrapped, every, lines_of

_MAGIC = b"#!AER-DAT2.0"
_FILLER = b"$\r\n"
_END = b"#End Of ASCII Header"
_CHIPS = {"DVS128": DVS128, "DAVIS240": DAVIS240, "DAVIS346": DAVIS346}


@dataclass(frozen=True)
class Aedat2:
    """AEDAT 2.0 (`.aedat`) of jAER: 32 big-endian bits of address, 32 of microseconds.

    Polarity and orientation are those of the layout, and sources disagree about the DVS128: here
    as in jAER, 0 is ON, x counts from the right and y from below, so that the image comes out
    upright. For another opinion, give `layout=dataclasses.replace(DVS128, on=1, mirror_x=False)`.
    Addresses that are no events, such as samples of frames or filler at the end, are skipped and
    counted. Times begin anew after $2^{32}$ us and are counted on.

    Args:
        layout: `DVS128`, `DAVIS240`, `DAVIS346` or one of your own; by the chip that the header
            names if not given, and `DVS128` where it names none.

    Source: jAER user guide, "AER data (AEDAT) file formats", inivation.

    Example:
        >>> Aedat2(layout=DAVIS240).limits.x
        239
    """

    name: ClassVar[str] = "aedat2"
    suffixes: ClassVar[tuple[str, ...]] = (".aedat", ".aedat2")

    layout: AddressLayout | None = None

    @property
    def limits(self) -> Limits:
        """What can be written."""
        x, y = (self.layout or DAVIS346).most
        return Limits(x=x, y=y, first_us=(1 << 32) - 1, gap_us=(1 << 31) - 1)

    def matches(self, head: bytes) -> bool:
        """Whether the first line says so."""
        return head.startswith(_MAGIC)

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        lines = lines_of(source.header(b"#", last=_END))
        if not lines or not lines[0].startswith(_MAGIC.decode()):
            begin = lines[0][:40] if lines else "no such line"
            raise ValueError(f"its first line is {begin!r}, expected {_MAGIC.decode()!r}")
        layout = self.layout or _chip(lines)
        source.width, source.height = layout.width, layout.height
        unwrapped = Unwrapped(1 << 32)
        for block in source.records(8, filler=_FILLER):
            kept, x, y, p = layout.decode(every(block, ">u4", 0, 8).astype(np.uint32))
            t = every(block, ">u4", 4, 8).astype(np.int64)
            if kept is not None:
                source.skip("addresses that are no events", len(t) - len(x))
                t = t[kept]
            yield Columns(unwrapped(t), x, y, p)

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        layout = self.layout
        for number, events in enumerate(chunks):
            if number == 0:
                layout = layout or _for(events)
                file.write(_head(layout))
            layout = layout or DVS128
            for axis, most in zip("xy", layout.most, strict=True):
                largest = int(getattr(events, axis).max(initial=0))
                if largest > most:
                    raise ValueError(
                        f"its layout holds {axis} from 0 to {most}, got {largest}; give a layout "
                        "or the size of the sensor"
                    )
            records = np.empty((len(events), 2), ">u4")
            records[:, 0] = layout.encode(events)
            records[:, 1] = events.t & 0xFFFFFFFF
            file.write(records.tobytes())


def _chip(lines: list[str]) -> AddressLayout:
    for line in lines:
        if "AEChip:" in line:
            return next((la for name, la in _CHIPS.items() if name in line.upper()), DVS128)
    return DVS128


def _for(events: Events) -> AddressLayout:
    """The layout for a sensor."""
    if events.width is None:
        return DVS128
    for layout in _CHIPS.values():
        if (events.width, events.height) == (layout.width, layout.height):
            return layout
    raise ValueError(
        f"no chip of AEDAT 2.0 has {events.width} x {events.height} pixels; give a layout, or "
        "choose another format"
    )


def _head(layout: AddressLayout) -> bytes:
    chip = next((name for name, known in _CHIPS.items() if known == layout), "of its own layout")
    lines = [
        _MAGIC.decode(),
        "# Data format is int32 address, int32 timestamp (8 bytes total), repeated for each event",
        "# Timestamps tick is 1 us",
        f"# AEChip: {chip}",
        _END.decode(),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()
