"""Writing, and conversion from one format to another piece by piece."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from ranvier.core import atomic_path
from ranvier.data.events._catalogue import chosen, for_suffix
from ranvier.data.events._events import Events
from ranvier.data.events._format import Format, Writable
from ranvier.data.events._read import stream


def write(
    path: str | os.PathLike[str],
    events: Events | Iterable[Events],
    *,
    format: str | Format | None = None,
) -> tuple[str, ...]:
    """Write events to a file, whole or not at all.

    Args:
        path: the new file; an old one is replaced once the new one is complete.
        events: one piece, or pieces in order of time, such as `stream` gives.
        format: a name of `catalogue` or a format with settings; by the suffix of `path` if not
            given.

    Returns:
        What the format has no place for although every event was written, such as the size of
        the sensor.

    Raises:
        ValueError: the format cannot hold these events, or cannot be written.
        OSError: the folder cannot be written to.

    Example:
        >>> import tempfile
        >>> from ranvier.data.events import read
        >>> file = Path(tempfile.mkdtemp()) / "two.raw"
        >>> write(file, Events([5, 90], [1, 2], [3, 4], [1, 0], width=9, height=9), format="evt2")
        ()
        >>> read(file).t
        array([ 5, 90])
    """
    path = Path(path)
    form = for_suffix(path) if format is None else chosen(format)
    if not isinstance(form, Writable):
        raise ValueError(f"{path}: events cannot be written as {form.name}. Choose another format.")
    parts = iter([events] if isinstance(events, Events) else events)
    omitted: list[str] = []
    with atomic_path(path) as temporary, temporary.open("w+b") as file:
        try:
            form.write(file, _fitting(parts, form, omitted))
        except ValueError as error:
            raise ValueError(f"{path} cannot be written: {error}") from error
    return tuple(omitted)


def _fitting(parts: Iterator[Events], form: Writable, omitted: list[str]) -> Iterator[Events]:
    """Pieces that the format can hold and that follow one another; at least one."""
    last, sensor, empty = None, (None, None), True
    for part in parts:
        if empty:
            sensor = part.width, part.height
            if sensor != (None, None) and not form.limits.sensor:
                omitted.append(f"{form.name} does not say how large the sensor is")
        elif (part.width, part.height) != sensor:
            raise ValueError(
                f"a piece has a sensor of {part.width} x {part.height}, expected {sensor[0]} x "
                f"{sensor[1]} as the first."
            )
        form.limits.refuse(part, last, form.name)
        if len(part):
            if last is not None and part.t[0] < last:
                raise ValueError(
                    f"a piece begins at {part.t[0]} us, before the last ended, {last}."
                )
            last = int(part.t[-1])
        empty = False
        yield part
    if empty:
        nothing: list[int] = []
        yield Events(*([nothing] * 4))  # type: ignore[arg-type]


def convert(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str],
    *,
    from_format: str | Format | None = None,
    to_format: str | Format | None = None,
    repair: str | Collection[str] = (),
    chunk_events: int = 1_000_000,
    report: Callable[[Events], None] = lambda part: None,
) -> tuple[str, ...]:
    """Write the events of one file to another, in memory that does not grow with the file.

    Args:
        source: the file that is read.
        target: the file that is written.
        from_format: of `source`; recognised if not given.
        to_format: of `target`; by its suffix if not given.
        repair: what may be mended on the way, as of `stream`.
        chunk_events: events that are held at once.
        report: called with every piece before it is written.

    Returns:
        As of `write`.

    Raises:
        ValueError: the source is damaged, or the target cannot hold its events.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> _ = write(folder / "a.raw", Events([5], [1], [3], [1], width=9, height=9))
        >>> convert(folder / "a.raw", folder / "a.bin")
        ('n-mnist does not say how large the sensor is',)
    """

    def reported() -> Iterator[Events]:
        for part in stream(source, format=from_format, repair=repair, chunk_events=chunk_events):
            report(part)
            yield part

    return write(target, reported(), format=to_format)
