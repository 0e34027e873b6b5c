"""Reading: whole files, or pieces of files larger than memory."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np

from ranvier.core import nearest
from ranvier.data.events._catalogue import chosen, recognised
from ranvier.data.events._events import Account, Events, trusted
from ranvier.data.events._format import Format
from ranvier.data.events._source import Columns, Source, empty

REPAIRS = ("cut", "crop", "hold", "sort")
_BYTES_PER_EVENT = 13
_BLOCK_BYTES = 1 << 19
_LITTLE_BYTES = 1 << 26


def read(
    path: str | os.PathLike[str],
    *,
    format: str | Format | None = None,
    repair: str | Collection[str] = (),
    most_bytes: int | None = None,
) -> Events:
    """Read all events of a file.

    Args:
        path: the file.
        format: a name of `catalogue`, or a format with settings of its own such as
            `Aedat2(layout=DAVIS240)`; recognised by content, then by suffix, where not given.
        repair: what may be mended, one or several; the account of the events says how often it
            was. `"cut"` leaves out an incomplete end, `"crop"` leaves out events outside the
            sensor, `"hold"` gives an event whose time goes back the latest time before it,
            `"sort"` puts events in order of time. Nothing is mended unless asked for.
        most_bytes: refuse to hold more than this; by default the memory that is free.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, cut short or of another format; its times go back or its
            events lie outside the sensor. The file and the place are named.
        MemoryError: the events would not fit in memory; `stream` reads such a file.
        ImportError: the format needs an optional package.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "three.bin"
        >>> _ = file.write_bytes(bytes([3, 7, 128, 0, 9, 4, 7, 0, 0, 12]))
        >>> events = read(file)
        >>> events.t, events.x, events.p
        (array([ 9, 12]), array([3, 4], dtype=int16), array([1, 0], dtype=uint8))
    """
    repairs = _asked(repair)
    source = Source(path, _BLOCK_BYTES, repairs)
    with source.file:
        form = recognised(source) if format is None else chosen(format)
        held = _Held(source, most_bytes)
        source.room = held.room
        for columns in _checked(form, source):
            held.add(columns)
        # The two know each other, and would keep the memory until the collector comes by.
        source.room = empty
    t, x, y, p = held.columns()
    if "sort" in repairs and (t[1:] < t[:-1]).any():
        order = np.argsort(t, kind="stable")
        source.repaired["events put in order"] += int((t[1:] < t[:-1]).sum())
        t, x, y, p = t[order], x[order], y[order], p[order]
    return _events(Columns(t, x, y, p), source)


def stream(
    path: str | os.PathLike[str],
    *,
    chunk_events: int = 1_000_000,
    format: str | Format | None = None,
    repair: str | Collection[str] = (),
    block_bytes: int = _BLOCK_BYTES,
) -> Iterator[Events]:
    """Read the events of a file piece by piece, in memory that does not grow with the file.

    Together the pieces are what `read` gives.

    Args:
        path: the file.
        chunk_events: how many events each piece holds; the last one holds the rest.
        format: as of `read`.
        repair: as of `read`, without `"sort"`, which needs all events at once.
        block_bytes: how much of the file is decoded at once.

    Returns:
        Pieces of events, at least one; their accounts together are that of the file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: as of `read`.
        ImportError: the format needs an optional package.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "three.bin"
        >>> _ = file.write_bytes(bytes([3, 7, 128, 0, 9]) * 3)
        >>> [len(part) for part in stream(file, chunk_events=2)]
        [2, 1]
    """
    repairs = _asked(repair)
    if "sort" in repairs:
        raise ValueError(
            f"{path}: a stream cannot be sorted, because its last event may be the first. Use "
            "repair='hold', or read the whole file."
        )
    for name, value in (("chunk_events", chunk_events), ("block_bytes", block_bytes)):
        if value < 1:
            raise ValueError(f"{path}: {name} is {value}, expected at least 1.")
    source = Source(path, block_bytes, repairs)
    with source.file:
        form = recognised(source) if format is None else chosen(format)
    return _stream(path, form, repairs, chunk_events, block_bytes)


def _stream(
    path: str | os.PathLike[str],
    form: Format,
    repairs: set[str],
    chunk_events: int,
    block_bytes: int,
) -> Iterator[Events]:
    source = Source(path, block_bytes, repairs)
    waiting: list[Columns] = []
    count = 0
    ready: Columns | None = None  # Held back: what the end of the file brings is told with it.
    with source.file:
        for columns in _checked(form, source):
            waiting.append(columns)
            count += len(columns.t)
            if count < chunk_events:
                continue
            joined = _joined(waiting)
            whole = count - count % chunk_events
            for begin in range(0, whole, chunk_events):
                if ready is not None:
                    yield _events(ready, source)
                ready = _part(joined, begin, begin + chunk_events)
            waiting, count = [_part(joined, whole, count)], count - whole
    if ready is not None and count:
        yield _events(ready, source)
        ready = None
    yield _events(_joined(waiting) if ready is None else ready, source)


class _Held:
    """Arrays that grow as events come in, by as much as the rest of the file will need."""

    def __init__(self, source: Source, most_bytes: int | None) -> None:
        self.source, self.most_bytes = source, most_bytes
        self.count = self.capacity = self.decoded = 0
        self.arrays: Columns | None = None

    def room(self, count: int, likely: int | None = None) -> Columns:
        """Where the next events will stand, so that a decoder can put them there.

        Args:
            count: how many there can be.
            likely: how many there will be, more or less, if that is fewer.
        """
        if self.arrays is None:
            done, size = max(1, self.source.file.tell()), self.source.size
            whole = (likely or count) * size // done
            self._refuse(whole)
            # Some more than expected, unless this is all.
            self.capacity = max(count, whole + whole // 64 if done < size else 0)
            self.arrays = empty(self.capacity)
        if self.count + count > self.capacity:
            self._grow(count)
        return self.arrays.part(self.count, self.count + count)

    def add(self, columns: Columns) -> None:
        count = len(columns.t)
        self.decoded = self.source.file.tell()
        if self.arrays is None:
            self.arrays, self.count, self.capacity = columns, count, count
            self._refuse(self._expected())
            return
        if self.count + count > self.capacity:
            self._grow(count)
        begin, self.count = self.count, self.count + count
        for array, column in zip(self.arrays, columns, strict=True):
            # What a decoder has put into the room that it was given is there already.
            if column.base is not array.base:
                array[begin : self.count] = column

    def _grow(self, more: int) -> None:
        self._refuse(self.count)
        self.capacity = max(self._expected() + more, self.count + self.count // 4)
        grown = empty(self.capacity)
        for array, old in zip(grown, self.arrays or grown, strict=True):
            array[: self.count] = old[: self.count]
        self.arrays = grown

    def _expected(self) -> int:
        """Events of the whole file, if the rest of it is like what has been decoded."""
        more = self.count * max(0, self.source.size - self.decoded) // max(1, self.decoded)
        return self.count + more + more // 64

    def _refuse(self, events: int) -> None:
        needed = events * _BYTES_PER_EVENT
        if self.most_bytes is None and needed < _LITTLE_BYTES:
            return
        most = _free_bytes() if self.most_bytes is None else self.most_bytes
        if needed > most:
            raise MemoryError(
                f"{self.source.path} ({self.source.size:,} bytes) holds about {events:,} events, "
                f"which need {needed / 1e9:.3g} GB; {most / 1e9:.3g} "
                "GB are free. Use ranvier.data.events.stream, which reads it piece by piece."
            )

    def columns(self) -> Columns:
        if self.arrays is None:
            return _joined([])
        return self.arrays.part(0, self.count)


def _checked(form: Format, source: Source) -> Iterator[Columns]:
    """Blocks of a file, as far as they are sound; errors name the file and the format."""
    try:
        yield from _sound(form.blocks(source), source)
    except ValueError as error:
        raise ValueError(f"{source.path} cannot be read as {form.name}: {error}.") from error


def _sound(blocks: Iterator[Columns], source: Source) -> Iterator[Columns]:
    """Blocks whose events lie in the sensor and in order of time."""
    repairs = source.repair
    seen, last = 0, None
    for block in blocks:
        if not len(block.t):
            continue
        columns = _inside(block, source, seen)
        seen += len(block.t)
        if not len(columns.t):
            continue
        t = columns.t
        if "sort" not in repairs and (
            (last is not None and t[0] < last) or np.count_nonzero(t[1:] < t[:-1])
        ):
            before = np.concatenate([t[:1] if last is None else [last], t[:-1]])
            if "hold" not in repairs:
                at = int(np.flatnonzero(t < before)[0])
                raise ValueError(
                    f"time goes back from {before[at]} to {t[at]} us at event "
                    f"{seen - len(t) + at}. Read it with repair='hold', which keeps the latest "
                    "time, or with repair='sort'"
                )
            held = np.maximum.accumulate(np.maximum(t, before[0]))
            source.repaired["times that went back held"] += int(np.count_nonzero(held != t))
            columns = columns._replace(t=held)
        last = int(columns.t[-1])
        yield columns


def _inside(block: Columns, source: Source, seen: int) -> Columns:
    for axis, most in (("x", source.width), ("y", source.height)):
        if most is None:
            continue
        values = getattr(block, axis)
        # As unsigned numbers, what is below 0 is above every sensor.
        unsigned = values.view(np.uint16)
        if unsigned[unsigned.argmax()] < most:
            continue
        wrong = (values < 0) | (values >= most)
        if "crop" not in source.repair:
            at = int(np.flatnonzero(wrong)[0])
            raise ValueError(
                f"event {seen + at} has {axis} = {values[at]} on a sensor of {source.width} x "
                f"{source.height}. Read it with repair='crop' to leave such events out"
            )
        source.repaired["events outside the sensor left out"] += int(np.count_nonzero(wrong))
        block = Columns(*(column[~wrong] for column in block))
        if not len(block.t):
            break
    return block


def _events(columns: Columns, source: Source) -> Events:
    account = Account(dict(source.skipped), dict(source.repaired))
    # The next piece tells of what comes after this one, so that accounts add up.
    source.skipped.clear()
    source.repaired.clear()
    return trusted(
        *columns,
        width=source.width,
        height=source.height,
        name=os.path.basename(source.path),
        account=account,
    )


def _joined(parts: list[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return empty(0)
    return Columns(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _part(columns: Columns, begin: int, end: int) -> Columns:
    return Columns(*(column.copy() for column in columns.part(begin, end)))


def _asked(repair: str | Collection[str]) -> set[str]:
    asked = {repair} if isinstance(repair, str) else set(repair)
    for name in asked.difference(REPAIRS):
        raise ValueError(f"no repair is called {name!r}. {nearest(name, REPAIRS)}")
    return asked


def _free_bytes() -> int:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
