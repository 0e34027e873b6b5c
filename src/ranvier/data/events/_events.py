"""The one form in which events are held: four arrays, in order of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

_MOST = np.iinfo(np.int16).max
_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Account:
    """What a file held besides its events, and what was mended on request.

    Args:
        skipped: what was left out because it is no event, and how often; such as
            `"packets of type 2"`.
        repaired: what was mended because it was asked for, and how often.

    Example:
        >>> Account(skipped={"triggers": 3}).skipped["triggers"]
        3
    """

    skipped: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    repaired: Mapping[str, int] = field(default_factory=lambda: _NOTHING)

    def __add__(self, other: Account) -> Account:
        """Both accounts as one."""

        def total(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
            return {name: one.get(name, 0) + two.get(name, 0) for name in {**one, **two}}

        return Account(total(self.skipped, other.skipped), total(self.repaired, other.repaired))


@dataclass(frozen=True, eq=False)
class Events:
    """Events of a sensor, ordered by time; equal times keep the order in which they came.

    The origin is the top left pixel: `x` counts to the right, `y` down. One-dimensional spikes,
    such as those of a silicon cochlea, are events with their channel in `x`, `y = 0` and a sensor
    of `height = 1`; so every reader, writer and statistic serves them too.

    Args:
        t: times in microseconds, `[N]`, int64, never falling.
        x: columns, `[N]`, int16, from 0.
        y: rows, `[N]`, int16, from 0.
        p: polarity, `[N]`, uint8: 1 where it became brighter (ON), 0 where darker (OFF).
        width: columns of the sensor; `None` where nobody said.
        height: rows of the sensor; `None` where nobody said.
        name: what messages call these events.
        account: what was skipped or mended on the way here.

    Raises:
        ValueError: arrays of unlike length, values that do not fit, times that go back, or events
            outside the sensor; the first such event is named.

    Example:
        >>> events = Events([0, 5, 5], [1, 2, 3], [0, 0, 1], [1, 0, 1], width=4, height=2)
        >>> len(events), events.duration_us
        (3, 5)
        >>> events.between(5, 6).x
        array([2, 3], dtype=int16)
        >>> Events([3, 2], [0, 0], [0, 0], [1, 1])
        Traceback (most recent call last):
        ...
        ValueError: events: time goes back from 3 to 2 us at event 1. Sort by time first...
    """

    t: np.ndarray
    x: np.ndarray
    y: np.ndarray
    p: np.ndarray
    width: int | None = None
    height: int | None = None
    name: str = "events"
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        for side in ("width", "height"):
            size = getattr(self, side)
            if size is not None and not 0 < size <= _MOST + 1:
                raise ValueError(f"{self.name}: {side} is {size}, expected 1 to {_MOST + 1}.")
        columns = {name: np.asarray(getattr(self, name)) for name in "txyp"}
        shapes = {name: column.shape for name, column in columns.items()}
        if len(set(shapes.values())) != 1 or columns["t"].ndim != 1:
            raise ValueError(
                f"{self.name}: arrays of shapes {shapes}, expected four of one length [N]."
            )
        limits = {"x": (self.width or _MOST + 1) - 1, "y": (self.height or _MOST + 1) - 1, "p": 1}
        for name, column in columns.items():
            if column.dtype.kind not in "iub" and column.size:
                raise ValueError(
                    f"{self.name}: {name} is of type {column.dtype}, expected whole numbers. "
                    "Round to microseconds first."
                )
            if name in limits:
                wrong = np.flatnonzero((column < 0) | (column > limits[name]))
                if wrong.size:
                    at = int(wrong[0])
                    raise ValueError(
                        f"{self.name}: event {at} has {name} = {column[at]}, expected 0 to "
                        f"{limits[name]}."
                    )
            kind = {"t": np.int64, "p": np.uint8}.get(name, np.int16)
            object.__setattr__(self, name, column.astype(kind, copy=False))
        back = np.flatnonzero(self.t[1:] < self.t[:-1])
        if back.size:
            at = int(back[0])
            raise ValueError(
                f"{self.name}: time goes back from {self.t[at]} to {self.t[at + 1]} us at event "
                f"{at + 1}. Sort by time first, as `in_order` does."
            )

    @classmethod
    def in_order(
        cls,
        t: np.ndarray,
        x: np.ndarray,
        y: np.ndarray,
        p: np.ndarray,
        *,
        width: int | None = None,
        height: int | None = None,
        name: str = "events",
    ) -> Events:
        """Events whose times may go back, put in order; equal times keep theirs.

        Args:
            t: times in microseconds, `[N]`.
            x: columns, `[N]`.
            y: rows, `[N]`.
            p: polarity, `[N]`.
            width: columns of the sensor.
            height: rows of the sensor.
            name: what messages call these events.
        """
        order = np.argsort(t, kind="stable")
        held = (np.asarray(column)[order] for column in (t, x, y, p))
        return cls(*held, width=width, height=height, name=name)

    def __len__(self) -> int:
        return len(self.t)

    def __getitem__(self, part: slice) -> Events:
        """Events by number: `events[10:20]`, with views of the same memory and no account."""
        if not isinstance(part, slice) or part.step not in (None, 1):
            raise TypeError(f"{self.name}[{part!r}]: expected a slice in steps of 1.")
        parts = (column[part] for column in self.columns)
        return trusted(*parts, width=self.width, height=self.height, name=self.name)

    @property
    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """`t`, `x`, `y` and `p`."""
        return self.t, self.x, self.y, self.p

    @property
    def duration_us(self) -> int:
        """Microseconds from the first event to the last; 0 where there is none."""
        return int(self.t[-1] - self.t[0]) if len(self) else 0

    def between(self, start_us: int, stop_us: int) -> Events:
        """Events at `start_us` or later and before `stop_us`, as `events[first:last]` gives them.

        Args:
            start_us: first time that is kept.
            stop_us: first time that is not.
        """
        first, last = np.searchsorted(self.t, [start_us, stop_us])
        return self[int(first) : max(int(first), int(last))]

    def shifted(self, by_us: int) -> Events:
        """The same events, later by `by_us` microseconds; earlier where it is negative.

        Args:
            by_us: what is added to every time.
        """
        return replace(self, t=self.t + by_us)


_EMPTY = Account()


def trusted(
    t: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    p: np.ndarray,
    *,
    width: int | None,
    height: int | None,
    name: str,
    account: Account = _EMPTY,
) -> Events:
    """Events from columns that were checked already, or come from those that were."""
    made = object.__new__(Events)
    # Frozen for users alone: what fills it here is what would have been put in by its maker.
    vars(made).update(t=t, x=x, y=y, p=p, width=width, height=height, name=name, account=account)
    return made


def concatenate(parts: Sequence[Events], *, name: str | None = None) -> Events:
    """Events of several pieces, one after the other; a piece begins no earlier than the last ends.

    Args:
        parts: at least one; their sensors agree, or are not known.
        name: of the whole; that of the first piece where it is not given.

    Returns:
        One piece, with the accounts of all.

    Raises:
        ValueError: no piece, unlike sensors, or a piece that begins before the last one ends.

    Example:
        >>> one = Events([0, 1], [0, 0], [0, 0], [1, 1])
        >>> len(concatenate([one, one.shifted(5)]))
        4
    """
    if not parts:
        raise ValueError("no events to concatenate, expected at least one piece.")
    sides: dict[str, int | None] = {}
    for side in ("width", "height"):
        sizes = {getattr(part, side) for part in parts} - {None}
        if len(sizes) > 1:
            raise ValueError(f"pieces of {side} {sorted(sizes)}, expected one sensor.")
        sides[side] = sizes.pop() if sizes else None
    account = parts[0].account
    for part in parts[1:]:
        account = account + part.account
    t, x, y, p = (np.concatenate([getattr(part, c) for part in parts]) for c in "txyp")
    return Events(
        *(t, x, y, p),
        width=sides["width"],
        height=sides["height"],
        name=name or parts[0].name,
        account=account,
    )
