"""An open file of events, and what is found in it that is no event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

_LONGEST_LINE = 1 << 16
_MOST_LINES = 100_000


class Columns(NamedTuple):
    """Times, columns, rows and polarities of some events, as a decoder gives them."""

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    p: np.ndarray


def empty(count: int, likely: int | None = None) -> Columns:
    """Arrays for so many events, with anything in them; one piece of memory holds all four."""
    held = np.empty(13 * count, np.uint8)
    bounds = [0, 8 * count, 10 * count, 12 * count, 13 * count]
    kinds = (np.int64, np.int16, np.int16, np.uint8)
    return Columns(*(held[a:b].view(k) for (a, b), k in zip(pairwise(bounds), kinds, strict=True)))


class Source:
    """A file while it is read.

    Args:
        path: of the file.
        file: open at its first byte.
        block_bytes: how much of it is taken at once.
        repair: what may be mended.

    Attributes:
        width: columns of the sensor, once a header has said so.
        height: rows of the sensor.
        skipped: what was left out because it is no event.
        repaired: what was mended.
        room: gives arrays for so many events; a decoder that fills them spares a copy.
    """

    def __init__(
        self, path: Path, file: BinaryIO, block_bytes: int, repair: Collection[str]
    ) -> None:
        self.path, self.file, self.repair = path, file, repair
        self.block_bytes = block_bytes
        self.size = path.stat().st_size
        self.width: int | None = None
        self.height: int | None = None
        self.skipped: Counter[str] = Counter()
        self.repaired: Counter[str] = Counter()
        self.room: Callable[..., Columns] = empty

    def skip(self, what: str, count: int = 1) -> None:
        """Count what is left out."""
        if count:
            self.skipped[what] += int(count)

    def left(self) -> int:
        """Bytes that have not been read."""
        return self.size - self.file.tell()

    def cut_short(self, what: str) -> None:
        """Refuse a file that ends too early, unless such an end may be left out."""
        if "cut" not in self.repair:
            raise ValueError(
                f"it ends {what}. Fetch it anew, or read it with repair='cut' to leave the "
                "incomplete end out"
            )
        self.repaired["incomplete end left out"] += 1

    def records(
        self, size: int, *, filler: bytes = b"", most_bytes: int | None = None
    ) -> Iterator[bytes]:
        """The rest of the file, in pieces of whole records of `size` bytes; `filler` may follow."""
        step = max(1, min(self.block_bytes, most_bytes or self.block_bytes) // size) * size
        while block := self.file.read(step):
            while len(block) < step and (more := self.file.read(step - len(block))):
                block += more
            over = len(block) % size
            if over:
                if set(block[-over:]) <= set(filler):
                    self.skip("bytes of filler", over)
                else:
                    self.cut_short(f"{over} bytes into a record of {size}")
                block = block[:-over]
            if block:
                yield block

    def header(self, prefix: bytes, last: tuple[bytes, ...] = ()) -> list[str]:
        """Lines of text that begin with `prefix`, up to one of `last`; the file stands behind."""
        lines = []
        while len(lines) < _MOST_LINES:
            begin = self.file.tell()
            line = self.file.readline(_LONGEST_LINE)
            plain = line.rstrip(b"\r\n")
            text = plain.decode("latin-1")
            if not line.startswith(prefix) or min(plain.replace(b"\t", b""), default=32) < 32:
                self.file.seek(begin)
                return lines
            if not line.endswith(b"\n"):
                self.cut_short("within a line of its header")
                return lines
            lines.append(text)
            if plain in last:
                return lines
        raise ValueError(f"its header has more than {_MOST_LINES} lines")


def narrow(values: np.ndarray, name: str) -> np.ndarray:
    """Coordinates as int16, which hold up to 32,767 columns and rows."""
    if values.size and (int(values.min()) < 0 or int(values.max()) > 32767):
        wrong = int(np.flatnonzero((values < 0) | (values > 32767))[0])
        raise ValueError(f"an event has {name} = {values[wrong]}, expected 0 to 32767")
    return values.astype(np.int16)


class Unwrapped:
    """Times of a counter that begins anew after `period`, counted on; state between pieces.

    A step back by more than half a period is taken for a new beginning.
    """

    def __init__(self, period: int) -> None:
        self.period, self.offset = period, 0
        self.last: int | None = None

    def __call__(self, counter: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        """Counters `[N]` as times `[N]`, int64, in `out` where it is given."""
        times = np.empty(len(counter), np.int64) if out is None else out
        times[:] = counter
        if not times.size:
            return times
        half = self.period // 2
        if self.last is not None and times[0] < self.last - half:
            self.offset += self.period
        self.last = int(times[-1])
        back = times[:-1] > times[1:]
        steps_back = np.flatnonzero(back) if back.any() else np.zeros(0, np.int64)
        if steps_back.size:
            steps_back = steps_back[times[steps_back] - times[steps_back + 1] > half]
        if steps_back.size:
            wraps = np.zeros(times.size, np.int64)
            wraps[steps_back + 1] = self.period
            times += np.cumsum(wraps)
        if self.offset:
            times += self.offset
        self.offset += self.period * int(steps_back.size)
        return times
