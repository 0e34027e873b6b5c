"""How an address-event says where it happened: fields of bits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._source import narrow


@dataclass(frozen=True)
class Field:
    """Neighbouring bits of an address.

    Args:
        first: number of the lowest bit, from 0.
        bits: how many there are.

    Example:
        >>> Field(1, 7).most
        127
    """

    first: int
    bits: int

    def __post_init__(self) -> None:
        if self.first < 0 or self.bits < 1 or self.first + self.bits > 63:
            raise ValueError(
                f"Field: {self.bits} bits from bit {self.first}, expected at least one, below 63."
            )

    @property
    def most(self) -> int:
        """The largest number that fits."""
        return (1 << self.bits) - 1

    @property
    def mask(self) -> int:
        """The bits themselves."""
        return self.most << self.first

    def of(self, addresses: np.ndarray) -> np.ndarray:
        """The number that stands there, `[N]`."""
        return (addresses >> addresses.dtype.type(self.first)) & addresses.dtype.type(self.most)


@dataclass(frozen=True)
class AddressLayout:
    """Where an address holds column, row and polarity, and which way they count.

    Args:
        x: bits of the column.
        y: bits of the row; `None` for a line of channels, which gives `y = 0`.
        polarity: bits of the polarity; `None` where every event is ON.
        width: columns of the sensor; needed to mirror x.
        height: rows of the sensor; needed to mirror y.
        mirror_x: whether x counts from the right.
        mirror_y: whether y counts from below, as where the origin is the lower left pixel.
        on: what the polarity is where it became brighter, 0 or 1.
        event_mask: bits that tell an event from other words.
        event_value: what those bits are for an event.

    Raises:
        ValueError: overlapping fields, or a side to mirror that is not known.

    Example:
        >>> chip = AddressLayout(x=Field(0, 4), y=Field(4, 4), polarity=Field(8, 1))
        >>> chip.decode(np.array([0x1A3], np.uint32))[1:]
        (array([3], dtype=int16), array([10], dtype=int16), array([1], dtype=uint8))
    """

    x: Field
    y: Field | None = None
    polarity: Field | None = None
    width: int | None = None
    height: int | None = None
    mirror_x: bool = False
    mirror_y: bool = False
    on: int = 1
    event_mask: int = 0
    event_value: int = 0

    def __post_init__(self) -> None:
        fields = [f.mask for f in (self.x, self.y, self.polarity) if f is not None]
        if sum(fields) != int(np.bitwise_or.reduce(fields)):
            raise ValueError("AddressLayout: x, y and polarity share bits, expected them apart.")
        for mirrored, side in ((self.mirror_x, "width"), (self.mirror_y, "height")):
            if mirrored and getattr(self, side) is None:
                raise ValueError(f"AddressLayout: mirrored, but {side} is None; give it.")
        if self.on not in (0, 1):
            raise ValueError(f"AddressLayout: on is {self.on}, expected 0 or 1.")

    @property
    def most(self) -> tuple[int, int]:
        """Largest x and y that an address can hold, within the sensor where it is known."""
        x = min(self.x.most, (self.width or 32768) - 1)
        return x, min(self.y.most, (self.height or 32768) - 1) if self.y else 0

    def decode(
        self, addresses: np.ndarray
    ) -> tuple[np.ndarray | None, np.ndarray, np.ndarray, np.ndarray]:
        """Which addresses are events (`None` for all), then x, y and polarity of those."""
        kept = None
        if self.event_mask:
            kind = addresses.dtype.type
            events = (addresses & kind(self.event_mask)) == kind(self.event_value)
            if not events.all():
                kept, addresses = events, addresses[events]
        x = self._side(self.x, addresses, "x", self.width if self.mirror_x else None)
        y = np.zeros(len(addresses), np.int16)
        if self.y is not None:
            y = self._side(self.y, addresses, "y", self.height if self.mirror_y else None)
        p = np.ones(len(addresses), np.uint8)
        if self.polarity is not None:
            p = (self.polarity.of(addresses) == self.on).astype(np.uint8)
        return kept, x, y, p

    @staticmethod
    def _side(field: Field, addresses: np.ndarray, name: str, mirror: int | None) -> np.ndarray:
        values = field.of(addresses)
        small = values.astype(np.int16) if field.bits < 16 else narrow(values, name)
        return small if mirror is None else np.int16(mirror - 1) - small

    def encode(self, events: Events) -> np.ndarray:
        """Addresses of events, `[N]`, int64."""
        x, y = events.x.astype(np.int64), events.y.astype(np.int64)
        for values, mirrored, size in (
            (x, self.mirror_x, self.width),
            (y, self.mirror_y, self.height),
        ):
            if mirrored and size is not None:
                np.subtract(size - 1, values, out=values)
        addresses = np.full(len(events), self.event_value, np.int64)
        addresses |= x << self.x.first
        if self.y is not None:
            addresses |= y << self.y.first
        if self.polarity is not None:
            bit = events.p if self.on else 1 - events.p
            addresses |= bit.astype(np.int64) << self.polarity.first
        return addresses


DVS128 = AddressLayout(
    x=Field(1, 7),
    y=Field(8, 7),
    polarity=Field(0, 1),
    width=128,
    height=128,
    mirror_x=True,
    mirror_y=True,
    on=0,
    event_mask=0xFFFF8000,
)
"""The DVS128 as jAER takes it: polarity 0 is ON, x counts from the right, y from below."""


def _davis(width: int, height: int) -> AddressLayout:
    return AddressLayout(
        x=Field(12, 10),
        y=Field(22, 9),
        polarity=Field(11, 1),
        width=width,
        height=height,
        mirror_y=True,
        event_mask=(1 << 31) | (1 << 10),
    )


DAVIS240 = _davis(240, 180)
"""The DAVIS240: polarity 1 is ON, y counts from below; samples of frames and motion are none."""

DAVIS346 = _davis(346, 260)
"""The DAVIS346, laid out as the DAVIS240."""
