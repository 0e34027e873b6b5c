"""Recordings of events with classes and sources, each read when it is asked for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ranvier.core import Batch
from ranvier.data._recordings import check_labels, chosen_sources
from ranvier.data.events import Events


@dataclass(frozen=True)
class EventSet:
    """Recordings of one event sensor, each with its class and its source.

    Attributes:
        name: what errors and reports call them.
        numbers: which recordings of the whole set these are, int64 `[recordings]`.
        opened: from a number of the whole set to its events.
        labels: class numbers, int64 `[recordings]`.
        classes: the name of each class.
        sources: who or what each comes from: what may be held out to judge by.
        shape: rows and columns of the sensor.

    Raises:
        ValueError: no recording, not one label and source for each, or a label that is no class.

    Example:
        >>> def opened(number):
        ...     return Events([0, number], [0, 1], [0, 0], [1, 0], width=2, height=1)
        >>> two = EventSet("two", np.array([7, 9]), opened, np.array([0, 1]), ("a", "b"),
        ...                ("ann", "bob"), (1, 2))
        >>> len(two), two[1].t, two.of("ann").labels
        (2, array([0, 9]), array([0]))
    """

    name: str
    numbers: np.ndarray
    opened: Callable[[int], Events]
    labels: np.ndarray
    classes: tuple[str, ...]
    sources: tuple[str, ...]
    shape: tuple[int, int]

    def __post_init__(self) -> None:
        counts = len(self.numbers), len(self.labels), len(self.sources)
        if len(set(counts)) > 1 or not counts[0]:
            raise ValueError(
                f"{self.name}: {counts[0]} recordings, {counts[1]} labels and {counts[2]} "
                "sources; expected as many of each, at least one."
            )
        check_labels(self.name, self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: int) -> Events:
        """The events of one recording, counted from 0, or from the last where it is negative."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"{self.name} has no recording {index}, there are {len(self)}.")
        return self.opened(int(self.numbers[index]))

    def __iter__(self) -> Iterator[Events]:
        return (self[index] for index in range(len(self)))

    def part(self, chosen: Any) -> "EventSet":
        """Some of the recordings, by an array of their numbers, a mask or a slice.

        Args:
            chosen: which.

        Raises:
            ValueError: none was chosen.
        """
        kept = np.arange(len(self))[chosen]
        if not len(kept):
            raise ValueError(f"{self.name}: none of {len(self)} recordings was chosen.")
        return replace(
            self,
            numbers=self.numbers[kept],
            labels=self.labels[kept],
            sources=tuple(self.sources[k] for k in kept),
        )

    def of(self, sources: Iterable[str] | str) -> "EventSet":
        """Those of some sources.

        Args:
            sources: names, or one name.

        Raises:
            ValueError: no source at all, or one that is not there; the nearest is named.
        """
        kept = chosen_sources(self.name, set(self.sources), sources)
        return self.part(np.array([source in kept for source in self.sources]))

    def batches(
        self,
        size: int,
        form: Callable[[Events], np.ndarray],
        *,
        seed: int | None = None,
        epoch: int = 0,
    ) -> Iterator[Batch]:
        """Batches of recordings in a form that a network takes, with one answer for each.

        Each is read and formed when it is asked for; `prefetched` lets that happen while the last
        one is used. All batches have `size` columns; what is no recording, or longer than one, is
        zero and has mask 0.

        Args:
            size: recordings per batch, B.
            form: from events to an array `[T, ...]`, such as `frames_of_time` with its settings.
                Where T differs, batches differ in length, and a program is compiled for each.
            seed: None keeps the stored order; otherwise the order follows from (seed, epoch).
            epoch: which pass over the data this is; without effect where seed is None.

        Returns:
            Batches of float32 arrays, x `[T, B, ...]`, target `[1, B, classes]`, 1 for the class,
            and mask `[T, B]`, for losses of one answer per sequence.

        Raises:
            ValueError: size below one, or recordings whose forms differ in more than T.

        Example:
            >>> def opened(number):
            ...     return Events([0, number], [0, 1], [0, 0], [1, 0], width=2, height=1)
            >>> two = EventSet("two", np.array([7, 9]), opened, np.array([0, 1]), ("a", "b"),
            ...                ("ann", "bob"), (1, 2))
            >>> (batch,) = two.batches(2, lambda events: events.p[:, None])
            >>> batch.x[..., 0].T, batch.target[0].argmax(-1)
            (array([[1., 0.],
                   [1., 0.]], dtype=float32), array([0, 1]))
        """
        if size < 1:
            raise ValueError(f"{self.name}: size is {size}, expected at least 1.")
        order = np.arange(len(self))
        if seed is not None:
            order = np.random.default_rng([seed, epoch]).permutation(order)
        return (self._batch(order[at : at + size], size, form) for at in range(0, len(order), size))

    def _batch(self, members: np.ndarray, size: int, form: Callable[[Events], np.ndarray]) -> Batch:
        made = [np.asarray(form(self[int(number)])) for number in members]
        for number, one in zip(members, made, strict=True):
            if one.ndim < 1 or one.shape[1:] != made[0].shape[1:]:
                raise ValueError(
                    f"{self.name}: recording {number} has the form {list(one.shape)}, recording "
                    f"{members[0]} of the same batch {list(made[0].shape)}; expected [T, ...] with "
                    "the same axes behind time."
                )
        x = np.zeros((max(map(len, made)), size, *made[0].shape[1:]), np.float32)
        target = np.zeros((1, size, len(self.classes)), np.float32)
        mask = np.zeros(x.shape[:2], np.float32)
        for column, (number, one) in enumerate(zip(members, made, strict=True)):
            x[: len(one), column] = one
            target[0, column, self.labels[number]] = 1
            mask[: len(one), column] = 1
        return Batch(x, target, mask)
