"""Recordings of any sensor, each with its class and its source; splits that keep sources apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from ranvier.core import nearest


def check_labels(name: str, labels: np.ndarray, classes: Sequence[str]) -> None:
    """Raise a `ValueError` if a label is no class.

    Args:
        name: of the recordings.
        labels: class numbers.
        classes: their names.
    """
    if labels.min() < 0 or labels.max() >= len(classes):
        raise ValueError(
            f"{name}: labels from {labels.min()} to {labels.max()}; expected 0 to "
            f"{len(classes) - 1}, one number per class."
        )


def chosen_sources(name: str, known: set[str], sources: Iterable[str] | str) -> set[str]:
    """The sources that were asked for, once all of them are there.

    Args:
        name: of the recordings.
        known: sources that there are.
        sources: names, or one name.

    Raises:
        ValueError: no source at all, or one that is not there; the nearest is named.
    """
    kept = {sources} if isinstance(sources, str) else set(sources)
    if not kept:
        raise ValueError(f"{name}: no sources to keep. {nearest('', known)}")
    for source in sorted(kept - known):
        raise ValueError(f"{name} has no source {source!r}. {nearest(source, known)}")
    return kept


@dataclass(frozen=True)
class Recordings:
    """Signals of one sensor, each with its class and with who or what it comes from.

    Attributes:
        name: what errors and reports call them.
        samples: of each recording, float32 `[n]`, or `[n, channels]` where there are several.
        labels: class numbers, int64 `[recordings]`.
        classes: the name of each class.
        sources: who spoke, which session it was: what may be held out to judge by.
        takes: which of the source's recordings of the class, int64 `[recordings]`.
        rate_hz: samples per second.

    Raises:
        ValueError: no recording, not one label, source and take for each, or a label that is no
            class.

    Example:
        >>> two = Recordings("two", (np.zeros(800, np.float32),) * 2, np.array([1, 0]),
        ...                  ("no", "yes"), ("ann", "bob"), np.array([0, 7]), 8000)
        >>> len(two), two[np.array([1])].sources
        (2, ('bob',))
    """

    name: str
    samples: tuple[np.ndarray, ...]
    labels: np.ndarray
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    takes: np.ndarray
    rate_hz: float

    def __post_init__(self) -> None:
        counts = [len(self.samples), len(self.labels), len(self.sources), len(self.takes)]
        if len(set(counts)) > 1 or not counts[0]:
            raise ValueError(
                f"{self.name}: {counts[0]} recordings, {counts[1]} labels, {counts[2]} sources "
                f"and {counts[3]} takes; expected as many of each, at least one."
            )
        check_labels(self.name, self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, chosen: Any) -> "Recordings":
        """Some of the recordings, by an array of their numbers, a mask or a slice."""
        numbers = np.arange(len(self))[chosen]
        if not len(numbers):
            raise ValueError(f"{self.name}: none of {len(self)} recordings was chosen.")
        return Recordings(
            self.name,
            tuple(self.samples[n] for n in numbers),
            self.labels[numbers],
            self.classes,
            tuple(self.sources[n] for n in numbers),
            self.takes[numbers],
            self.rate_hz,
        )

    def of(self, sources: Iterable[str] | str) -> "Recordings":
        """Those of some sources.

        Args:
            sources: names, or one name.

        Raises:
            ValueError: no source at all, or one that is not there; the nearest is named.
        """
        kept = chosen_sources(self.name, set(self.sources), sources)
        return self[np.array([source in kept for source in self.sources])]


class Sourced(Protocol):
    """What can be split by its sources: `Recordings`, `EventSet`.

    Example:
        >>> recordings: Sourced = Recordings("one", (np.zeros(9),), np.array([0]), ("a",),
        ...                                  ("ann",), np.array([0]), 8000)
        >>> len(recordings.of("ann"))
        1
    """

    name: Any
    sources: Any

    def __len__(self) -> int: ...

    def of(self, sources: Iterable[str] | str) -> Any:
        """Those of some sources."""
        ...


S = TypeVar("S", bound=Sourced)


def split_by_source(recordings: S, shares: Mapping[str, float], *, seed: int = 0) -> dict[str, S]:
    """Parts that have no source in common: nobody who is judged by was learned from.

    Sources are put in an order that the seed draws, and dealt out until each part has its share of
    the recordings, as near as whole sources allow; every part gets at least one source.

    Args:
        recordings: what is split: `Recordings`, an `EventSet`.
        shares: part to its share; together 1.
        seed: draws the order of the sources.

    Returns:
        Part to its recordings, in their order.

    Raises:
        ValueError: shares that are not positive or not 1 together, or fewer sources than parts.

    Example:
        >>> samples = (np.zeros(9, np.float32),) * 10
        >>> ten = Recordings("ten", samples, np.zeros(10, int), ("a",), tuple("abcdefghij"),
        ...                  np.zeros(10, int), 100)
        >>> parts = split_by_source(ten, {"train": 0.8, "test": 0.2})
        >>> [len(part) for part in parts.values()]
        [8, 2]
    """
    if min(shares.values(), default=0) <= 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(
            f"split_by_source: shares are {dict(shares)}; expected more than 0 each, together 1."
        )
    names = sorted(set(recordings.sources))
    if len(names) < len(shares):
        raise ValueError(
            f"{recordings.name} has {len(names)} sources; expected at least {len(shares)}, one for "
            f"each of {', '.join(shares)}."
        )
    order = [names[k] for k in np.random.default_rng(seed).permutation(len(names))]
    sizes = {name: recordings.sources.count(name) for name in names}
    found, used = {}, 0
    wanted = 0.0
    for number, (part, share) in enumerate(shares.items()):
        later = len(shares) - number - 1
        wanted += share * len(recordings)
        own = [order.pop(0)]
        used += sizes[own[0]]
        while len(order) > later and (not later or used + sizes[order[0]] / 2 <= wanted):
            own.append(order.pop(0))
            used += sizes[own[-1]]
        found[part] = recordings.of(own)
    return found
