"""Events as lines of text, as the event-camera data set has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import BinaryIO, ClassVar

import numpy as np

from ranvier.data.events._events import Events
from ranvier.data.events._format import Limits
from ranvier.data.events._source import Columns, Source, narrow

_LINE = re.compile(rb"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s+\d+\s+\d+\s+[01]\s*")
_DIGIT, _DOT, _BLANK, _NEWLINE, _OTHER = range(5)
_KIND = np.full(256, _OTHER, np.uint8)
_KIND[list(b"0123456789")], _KIND[ord(".")] = _DIGIT, _DOT
_KIND[list(b" \t\r")], _KIND[ord("\n")] = _BLANK, _NEWLINE
# What stands between the digits of a usual line.
_USUAL = np.array([_DOT, _BLANK, _BLANK, _BLANK, _NEWLINE], np.uint8)
_LONGEST_LINE = 1 << 12
_LARGEST_S = 9_000_000_000_000


@dataclass(frozen=True)
class Text:
    """Lines `t x y p` (`.txt`): seconds, column, row, and polarity 0 or 1.

    The origin is the top left pixel. Times are rounded to microseconds, half of one upwards. Lines
    that begin with `#` are skipped and counted. The file does not say how large the sensor is.

    Args:
        width: columns of the sensor, if you know them.
        height: rows of the sensor, if you know them.

    Source: Mueggler, Rebecq, Gallego, Delbruck, Scaramuzza, "The event-camera dataset and
        simulator", International Journal of Robotics Research 36, 2017.

    Example:
        >>> Text(width=240, height=180).suffixes
        ('.txt',)
    """

    name: ClassVar[str] = "text"
    suffixes: ClassVar[tuple[str, ...]] = (".txt",)
    limits: ClassVar[Limits] = Limits(last_us=_LARGEST_S * 10**6 - 1, sensor=False)

    width: int | None = None
    height: int | None = None

    def matches(self, head: bytes) -> bool:
        """Whether the first line that is no comment holds an event."""
        begin = 0
        while begin < len(head):
            end = head.find(b"\n", begin) % (len(head) + 1)
            line = head[begin:end]
            if line.strip() and line[:1] != b"#":
                return _LINE.fullmatch(line) is not None
            begin = end + 1
        return False

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file."""
        source.width, source.height = self.width, self.height
        line, rest = 1, b""
        while block := source.file.read(source.block_bytes):
            block = rest + block
            end = block.rfind(b"\n") + 1
            whole, rest = block[:end], block[end:]
            if len(rest) > _LONGEST_LINE:
                raise ValueError(f"line {line} is longer than {_LONGEST_LINE} bytes")
            if whole:
                yield _parsed(whole, source, line)
                line += whole.count(b"\n")
        if rest.strip():
            if len(rest.split()) < 4 and rest[:1] != b"#":
                source.cut_short(f"within line {line}: {_shown(rest)}")
                return
            yield _parsed(rest + b"\n", source, line)

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another."""
        for events in chunks:
            for begin in range(0, len(events), 100_000):
                part = events[begin : begin + 100_000]
                seconds, micro = np.divmod(part.t, 1_000_000)
                table = np.stack([seconds, micro, part.x, part.y, part.p], axis=1)
                form = "%d.%06d %d %d %d\n" * len(part)
                file.write((form % tuple(table.ravel().tolist())).encode())


def _parsed(lines: bytes, source: Source, first_line: int) -> Columns:
    """Events of whole lines: all at once where they are plain, else line by line."""
    found = _plain(np.frombuffer(lines, np.uint8))
    return found if found is not None else _by_line(lines, source, first_line)


def _plain(text: np.ndarray) -> Columns | None:
    """Events of lines of four plain numbers; `None` where some are not of that form."""
    digits = text - np.uint8(ord("0"))
    # What is below the digits has become more than nine.
    others = (digits > 9).nonzero()[0]
    places = _usual_places(text, others)
    if places is None:
        places = _places(_KIND[text])
    if places is None:
        return None
    begins, ends, dots = places
    whole_end = dots if len(dots) else ends[0]
    if (ends[1:] - begins[1:]).max() > 5 or (whole_end - begins[0]).max() > 12:
        return None
    t = _number(digits, begins[0], whole_end, np.int64) * 1_000_000
    if len(dots):
        t += _millionths(digits, dots + 1, ends[0])
    x, y, p = (_number(digits, begins[k], ends[k], np.int32) for k in (1, 2, 3))
    if p.max() > 1 or max(int(x.max()), int(y.max())) > 32767:
        return None
    return Columns(t, x.astype(np.int16), y.astype(np.int16), p.astype(np.uint8))


_Places = tuple[np.ndarray, np.ndarray, np.ndarray]


def _usual_places(text: np.ndarray, others: np.ndarray) -> _Places | None:
    """Where the four numbers `[4, N]` of each line begin and end, and the point of the first."""
    if len(others) % 5 or not len(others):
        return None
    if not (_KIND[text[others]].reshape(-1, 5) == _USUAL).all():
        return None
    between = np.ascontiguousarray(others.reshape(-1, 5).T)
    dots, ends = between[0], between[1:]
    begins = np.empty_like(ends)
    begins[0, 0], begins[0, 1:], begins[1:] = 0, between[4, :-1] + 1, between[1:4] + 1
    if (begins >= ends).any() or (dots == begins[0]).any():
        return None
    return begins, ends, dots


def _places(kinds: np.ndarray) -> _Places | None:
    """The same where blanks are more than one, or times are whole."""
    if kinds.max() == _OTHER:
        return None
    inside = np.concatenate([[False], kinds < _BLANK, [False]])
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    newlines = np.flatnonzero(kinds == _NEWLINE)
    # Four numbers to a line: every fourth ends before the next newline, and the next begins after.
    if len(edges) % 8 or len(newlines) != len(edges) // 8:
        return None
    begins, ends = edges.reshape(-1, 4, 2).transpose(2, 1, 0)
    if (ends[3] > newlines).any() or (begins[0, 1:] < newlines[:-1]).any():
        return None
    dots = np.flatnonzero(kinds == _DOT)
    if len(dots) and (
        len(dots) != len(newlines) or (dots <= begins[0]).any() or (dots >= ends[0]).any()
    ):
        return None
    return begins, ends, dots


def _millionths(digits: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Digits behind the point as millionths, the seventh rounded."""
    value = np.zeros(len(begin), np.int32)
    least = int((end - begin).min())
    for place in range(7):
        at = begin + place
        digit = digits[at] if place < least else _where(at < end, digits, np.minimum(at, end - 1))
        value += digit * np.int32(10 ** (5 - place)) if place < 6 else digit >= 5
    return value


def _number(digits: np.ndarray, begin: np.ndarray, end: np.ndarray, kind: type) -> np.ndarray:
    """Whole numbers between two places each."""
    value = np.zeros(len(begin), kind)
    widths = end - begin
    least = int(widths.min())
    for place in range(int(widths.max())):
        at = end - 1 - place
        digit = digits[at] if place < least else _where(at >= begin, digits, np.maximum(at, begin))
        value += digit * kind(10**place)
    return value


def _where(inside: np.ndarray, digits: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.where(inside, digits[at], 0)


def _by_line(lines: bytes, source: Source, first_line: int) -> Columns:
    """Any notation of numbers, comments and empty lines; the first wrong line is named."""
    rows = []
    for number, line in enumerate(lines.split(b"\n"), first_line):
        if line[:1] == b"#":
            source.skip("lines of comment")
            continue
        if not line.strip():
            continue
        if not _LINE.fullmatch(line):
            raise ValueError(f"line {number} is {_shown(line)}, expected t x y p")
        t, x, y, p = line.decode().split()
        try:
            seconds = Decimal(t)
            if not abs(seconds) < _LARGEST_S:
                raise InvalidOperation
            micro = int((seconds * 1_000_000).to_integral_value(ROUND_HALF_UP))
        except (InvalidOperation, OverflowError):
            raise ValueError(f"line {number} has the time {t[:20]!r} s") from None
        if len(x) > 9 or len(y) > 9:
            raise ValueError(f"line {number} is {_shown(line)}, expected x and y to 32767")
        rows.append((micro, int(x), int(y), int(p)))
    table = np.array(rows, np.int64).reshape(-1, 4)
    kept = narrow(table[:, 1], "x"), narrow(table[:, 2], "y"), table[:, 3].astype(np.uint8)
    return Columns(table[:, 0], *kept)


def _shown(line: bytes) -> str:
    return repr(line[:40].decode("latin-1").rstrip("\r"))
