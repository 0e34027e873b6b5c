"""An open file of events, and what is found in it that is no event."""

from __future__ import annotations

import io
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO, NamedTuple

import numpy as np

_NO_FILE = "is not a file; expected a file of events."
# A pipe is refused, and shall not keep us waiting before that.
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_WHOLE_BYTES = 1 << 16
_LONGEST_LINE = 1 << 16
_MOST_LINES = 100_000
_PLAIN = re.compile(rb"[\t\x20-\xff]*[\r\n]*")


class Columns(NamedTuple):
    """Times, columns, rows and polarities of some events, as a decoder gives them."""

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    p: np.ndarray

    def part(self, begin: int, end: int) -> Columns:
        """Some of the events, in the same memory."""
        t, x, y, p = self
        if begin == 0 and end == len(t):
            return self
        return Columns(t[begin:end], x[begin:end], y[begin:end], p[begin:end])


def empty(count: int, likely: int | None = None) -> Columns:
    """Arrays for so many events, with anything in them; one piece of memory holds all four."""
    held = np.empty(13 * count, np.uint8)
    return Columns(
        np.ndarray(count, np.int64, held),
        np.ndarray(count, np.int16, held, 8 * count),
        np.ndarray(count, np.int16, held, 10 * count),
        held[12 * count :],
    )


class Source:
    """A file while it is read; `file` is to be closed.

    Args:
        path: of the file.
        block_bytes: how much of it is taken at once.
        repair: what may be mended.

    Attributes:
        file: open at its first byte; a small one is in memory as a whole.
        size: how many bytes it has.
        width: columns of the sensor, once a header has said so.
        height: rows of the sensor.
        skipped: what was left out because it is no event.
        repaired: what was mended.
        room: gives arrays for so many events; a decoder that fills them spares a copy.
    """

    def __init__(
        self, path: str | os.PathLike[str], block_bytes: int, repair: Collection[str]
    ) -> None:
        self.path, self.block_bytes, self.repair = path, block_bytes, repair
        self.file, self.size = _opened(path)
        self.width: int | None = None
        self.height: int | None = None
        self.skipped: defaultdict[str, int] = defaultdict(int)
        self.repaired: defaultdict[str, int] = defaultdict(int)
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

    def header(self, prefix: bytes, last: bytes) -> bytes:
        """Lines of text that begin with `prefix`, up to `last`; the file stands behind them."""
        lines = []
        while len(lines) < _MOST_LINES:
            line = self.file.readline(_LONGEST_LINE)
            if not line.startswith(prefix) or not _PLAIN.fullmatch(line):
                self.file.seek(-len(line), os.SEEK_CUR)
                break
            if not line.endswith(b"\n"):
                self.cut_short("within a line of its header")
                break
            lines.append(line)
            if line.rstrip(b"\r\n") == last:
                break
        else:
            raise ValueError(f"its header has more than {_MOST_LINES} lines")
        return b"".join(lines)


def _opened(path: str | os.PathLike[str]) -> tuple[BinaryIO, int]:
    """A file and its size; a small one is taken at once, which spares half of the calls."""
    try:
        number = os.open(path, _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(f"{path} {_NO_FILE}") from None
    try:
        found = os.fstat(number)
        if not stat.S_ISREG(found.st_mode):
            raise FileNotFoundError(f"{path} {_NO_FILE}")
        if found.st_size <= _WHOLE_BYTES:
            content = os.read(number, found.st_size)
            if len(content) == found.st_size:
                return io.BytesIO(content), found.st_size
    finally:
        os.close(number)
    return open(path, "rb"), found.st_size


def lines_of(header: bytes) -> list[str]:
    """Lines of text, in an encoding that takes every byte."""
    return [line.decode("latin-1") for line in header.splitlines()]


def every(block: bytes | np.ndarray, kind: str, first: int, size: int) -> np.ndarray:
    """The numbers `[N]` of a type that begin at byte `first` of each record of `size` bytes."""
    count = len(block) // size
    return np.ndarray(count, kind, block, first if count else 0, (size,))


def narrow(values: np.ndarray, name: str) -> np.ndarray:
    """Coordinates as int16, which hold up to 32,767 columns and rows."""
    if values.size and (values[values.argmin()] < 0 or values[values.argmax()] > 32767):
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

    def __call__(self, times: np.ndarray) -> np.ndarray:
        """Counters `[N]`, int64, which become times and are returned."""
        if not times.size:
            return times
        half = self.period // 2
        if self.last is not None and times[0] < self.last - half:
            self.offset += self.period
        self.last = int(times[-1])
        begin, wraps = self.offset, 0
        back = times[1:] < times[:-1]
        if np.count_nonzero(back):
            at = np.flatnonzero(back)
            at = at[times[at] - times[at + 1] > half]
            wraps = len(at)
            if wraps:
                times += np.repeat(
                    np.arange(wraps + 1) * self.period,
                    np.diff(at + 1, prepend=0, append=len(times)),
                )
        if begin:
            times += begin
        self.offset += wraps * self.period
        return times
