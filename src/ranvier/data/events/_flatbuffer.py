"""As much of FlatBuffers as AEDAT 4 needs, with every place checked before it is read."""

from __future__ import annotations

import struct
from typing import NoReturn

_MOST_FIELDS = 64


class Table:
    """A table in a buffer with a size in front.

    Args:
        buffer: the size, then the buffer.

    Raises:
        ValueError: a place outside the buffer.
    """

    def __init__(self, buffer: bytes) -> None:
        self._buffer = buffer
        self.at = 4 + self._number("<I", 4)
        self.fields = self.at - self._number("<i", self.at)
        self.size = self._number("<H", self.fields)

    def _number(self, form: str, at: int) -> int:
        # A place before the first byte would be counted from the end.
        try:
            return struct.unpack_from(form, self._buffer, at)[0] if at >= 0 else self._lost(at)
        except struct.error:
            return self._lost(at)

    def _lost(self, at: int) -> NoReturn:
        raise ValueError(f"a packet of {len(self._buffer)} bytes points to byte {at}")

    def _place(self, field: int) -> int | None:
        """Where a field stands; `None` where it has its default."""
        slot = 4 + 2 * field
        offset = self._number("<H", self.fields + slot) if slot + 2 <= self.size else 0
        return self.at + offset if offset else None

    def number(self, field: int, form: str, default: int) -> int:
        """A number, in a form of `struct`."""
        at = self._place(field)
        return default if at is None else self._number(form, at)

    def vector(self, field: int, item_bytes: int) -> memoryview:
        """The bytes of a vector of items of equal size; none where there is no such field."""
        at = self._place(field)
        if at is None:
            return memoryview(b"")
        begin = at + self._number("<I", at)
        count = self._number("<I", begin)
        if count * item_bytes > len(self._buffer) - begin - 4:
            raise ValueError(f"a packet of {len(self._buffer)} bytes claims {count} items")
        return memoryview(self._buffer)[begin + 4 : begin + 4 + count * item_bytes]


def made(identifier: bytes, numbers: list[tuple[str, int]], vector: bytes, count: int) -> bytes:
    """A buffer, size in front, whose one table holds some numbers and then a vector.

    Args:
        identifier: four letters.
        numbers: form of `struct` and value, the widest last.
        vector: its items.
        count: how many there are.
    """
    # Table: where the fields are described, the vector's place, then numbers, aligned by their
    # size as long as the first is of 4 bytes and the next of 8.
    sizes = [struct.calcsize(form) for form, _ in numbers]
    places, at = [], 8
    for size in sizes:
        at = -(-at // size) * size
        places.append(at)
        at += size
    table_bytes = -(-at // 8) * 8
    slots = struct.pack(f"<{len(numbers) + 3}H", 2 * (len(numbers) + 3), table_bytes, *places, 4)
    begin = -(-(8 + len(slots)) // 8) * 8
    # Items of structures are aligned to 8 bytes; their number stands just before.
    items = begin + table_bytes + 8
    table = bytearray(table_bytes)
    struct.pack_into("<iI", table, 0, len(slots), items - 4 - (begin + 4))
    for place, (form, value) in zip(places, numbers, strict=True):
        struct.pack_into(form, table, place, value)
    # The description ends where the table begins.
    front = struct.pack("<I4s", begin, identifier)
    front += bytes(begin - len(front) - len(slots)) + slots
    body = front + bytes(table) + bytes(4) + struct.pack("<I", count) + vector
    return struct.pack("<I", len(body)) + body
