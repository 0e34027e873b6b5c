"""What a file format is to readers and writers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol, runtime_checkable

from ranvier.data.events._events import Events
from ranvier.data.events._source import Columns, Source


@dataclass(frozen=True)
class Limits:
    """What a format can hold.

    Args:
        x: largest column.
        y: largest row.
        last_us: largest time in microseconds.
        first_us: largest time of the first event; `None` where that of any.
        gap_us: longest time without an event; `None` where any.
        off: whether OFF events can be told from ON events.
        sensor: whether the size of the sensor is written.

    Example:
        >>> Limits(x=255).refuse(Events([0], [300], [0], [1]), None, "small")
        Traceback (most recent call last):
        ...
        ValueError: small holds x from 0 to 255, got 300. Choose another format or crop.
    """

    x: int = 32767
    y: int = 32767
    last_us: int = 2**63 - 1
    first_us: int | None = None
    gap_us: int | None = None
    off: bool = True
    sensor: bool = True

    def refuse(self, events: Events, previous_us: int | None, name: str) -> None:
        """Raise a `ValueError` that says what of `events` cannot be written as `name`."""
        if not len(events):
            return
        remedy = "Choose another format"
        for axis, most in (("x", self.x), ("y", self.y)):
            largest = int(getattr(events, axis).max())
            if largest > most:
                raise ValueError(
                    f"{name} holds {axis} from 0 to {most}, got {largest}. {remedy} or crop."
                )
        first, last = int(events.t[0]), int(events.t[-1])
        most_first = self.first_us if self.first_us is not None and previous_us is None else last
        if last > self.last_us or first < 0 or first > most_first:
            latest = self.last_us if last > self.last_us else most_first
            raise ValueError(
                f"{name} holds times from 0 to {latest} us, got {first} to {last}. {remedy}, or "
                "let time begin at 0 with events.shifted(-events.t[0])."
            )
        if self.gap_us is not None:
            steps = events.t[1:] - events.t[:-1]
            gap = max(
                int(steps.max()) if len(steps) else 0,
                0 if previous_us is None else first - previous_us,
            )
            if gap > self.gap_us:
                raise ValueError(
                    f"{name} holds at most {self.gap_us} us without an event, got {gap}. {remedy}."
                )
        if not self.off and not events.p.all():
            raise ValueError(f"{name} has no polarity, and some events are OFF. {remedy}.")


class Format(Protocol):
    """One file format with its settings; `read` and `stream` ask it for events.

    Attributes:
        name: what the catalogue calls it.
        suffixes: endings of file names.

    Example:
        >>> from ranvier.data.events import Evt2
        >>> form: Format = Evt2()
        >>> form.matches(b"% evt 2.0\\n")
        True
    """

    name: ClassVar[str]
    suffixes: ClassVar[tuple[str, ...]]

    def matches(self, head: bytes) -> bool:
        """Whether the first bytes of a file say that it is of this format."""
        ...

    def blocks(self, source: Source) -> Iterator[Columns]:
        """Events of an open file, piece by piece, in the order of the file."""
        ...


@runtime_checkable
class Writable(Format, Protocol):
    """A format that can be written, too.

    Example:
        >>> from ranvier.data.events import catalogue
        >>> isinstance(catalogue["evt3"](), Writable)
        True
    """

    @property
    def limits(self) -> Limits: ...

    def write(self, file: BinaryIO, chunks: Iterator[Events]) -> None:
        """Write pieces that follow one another; there is at least one, possibly empty."""
        ...
