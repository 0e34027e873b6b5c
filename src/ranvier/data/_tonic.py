"""Data sets of tonic, taken as they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ranvier.core import nearest
from ranvier.data._event_set import EventSet
from ranvier.data.events import Events

_FIELDS = ("t", "x", "p")


def from_tonic(
    dataset: Any,
    *,
    classes: Sequence[str] | None = None,
    shape: tuple[int, int] | None = None,
    labels: Sequence[Any] | None = None,
    sources: Sequence[Any] | None = None,
) -> EventSet:
    """A data set that gives `(events, label)`, such as those of tonic, as an `EventSet`.

    Events are a structured array with the fields `t`, `x` and `p`, and `y` where there are rows;
    `t` in microseconds; OFF is 0 or -1. Times that go back are put in order. Transforms of the
    data set are applied whenever a recording is read. One that changes the size of the sensor
    does not say so: give `shape`. tonic itself is not needed here, and its licence (GPL-3.0) stays
    its own.

    Args:
        dataset: has a length and gives `(events, label)` for a number; a label is a class number
            from 0, or a name. Caches and slices of tonic are data sets, too.
        classes: names; those of the data set, or the labels themselves, if not given.
        shape: rows and columns; from the data set's `sensor_size` (columns, rows, polarities) if
            not given.
        labels: of all recordings; `dataset.targets` if not given, as long as nothing transforms
            them and the first recording agrees. Otherwise every recording is read once.
        sources: who or what each recording comes from; `dataset.speaker` or `dataset.users`, or
            its number, if not given.

    Raises:
        TypeError: recordings that are no structured arrays with these fields, such as frames.
        ValueError: nobody says how large the sensor is, a label that is no class, or not one
            label and source for each recording.

    Example:
        >>> row = np.zeros(2, [("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
        >>> row["t"] = 3, 1
        >>> found = from_tonic([(row, 0), (row, 1)], shape=(4, 4))
        >>> found[0].t, found.labels
        (array([1, 3]), array([0, 1]))
    """
    name = type(dataset).__name__
    if shape is None:
        size = _said(dataset, "sensor_size")
        if size is None:
            raise ValueError(
                f"from_tonic: {name} does not say how large its sensor is. Give "
                "shape=(rows, columns)."
            )
        shape = (int(size[1]), int(size[0]))
    rows, columns = shape
    told = _labels(dataset) if labels is None else list(labels)
    known = _said(dataset, "classes") if classes is None else classes
    numbers, names = _numbered(name, told, known)

    def opened(number: int) -> Events:
        what = f"{name}, recording {number}"
        events = _structured(dataset[number][0], what)
        y = events["y"] if "y" in events.dtype.names else np.zeros(len(events), np.int16)
        off = events["p"] == -1
        polarity = np.where(off, 0, events["p"]) if off.any() else events["p"]
        return Events.in_order(
            events["t"], events["x"], y, polarity, width=columns, height=rows, name=what
        )

    return EventSet(
        name,
        np.arange(len(dataset)),
        opened,
        numbers,
        names,
        _sources(dataset) if sources is None else tuple(map(str, sources)),
        shape,
    )


def _said(dataset: Any, what: str) -> Any:
    """What a data set says of itself, or the one that it caches or slices."""
    while dataset is not None:
        found = getattr(dataset, what, None)
        if found is not None:
            return found
        dataset = getattr(dataset, "dataset", None)
    return None


def _labels(dataset: Any) -> list[Any]:
    """Every recording's label; those that are listed, where they are what the recordings say."""
    count, listed = len(dataset), getattr(dataset, "targets", None)
    if not count:
        return []
    first = dataset[0]
    _structured(first[0], f"{type(dataset).__name__}, recording 0")
    changed = any(getattr(dataset, name, None) for name in ("target_transform", "transforms"))
    if listed is None or changed or len(listed) != count or not np.array_equal(listed[0], first[1]):
        return [first[1], *(dataset[number][1] for number in range(1, count))]
    return list(listed)


def _numbered(name: str, told: list[Any], classes: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class numbers, and the name of each class."""
    if isinstance(classes, Mapping):
        classes = sorted(classes, key=lambda one: classes[one])
    names = None if classes is None else tuple(_word(one) for one in classes)
    kinds = {_kind(label) for label in told}
    if kinds == {"name"}:
        words = [_word(label) for label in told]
        names = tuple(sorted(set(words))) if names is None else names
        for number, word in enumerate(words):
            if word not in names:
                raise ValueError(
                    f"from_tonic: {name}, recording {number} has the label {word!r}, which is no "
                    f"class. {nearest(word, names)}"
                )
        return np.array([names.index(word) for word in words]), names
    if kinds - {"number"}:
        wrong = next(k for k, label in enumerate(told) if _kind(label) != "number")
        raise ValueError(
            f"from_tonic: {name}, recording {wrong} has the label {told[wrong]!r}; expected a "
            "class number for each, or a name for each. Give labels=, or leave out the "
            "target_transform."
        )
    numbers = np.array([int(label) for label in told], int)
    return numbers, names or tuple(map(str, range(int(numbers.max(initial=0)) + 1)))


def _kind(label: Any) -> str:
    kind, shape = np.asarray(label).dtype.kind, np.shape(label)
    if shape == () and kind in "iu":
        return "number"
    return "name" if shape == () and kind in "US" else "other"


def _word(name: Any) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _sources(dataset: Any) -> tuple[str, ...]:
    count = len(dataset)
    for who, word in (("speaker", "speaker"), ("users", "user")):
        found = getattr(dataset, who, None)
        if found is not None and len(found) == count:
            return tuple(f"{word} {_word(one)}" for one in found)
    return tuple(f"recording {number}" for number in range(count))


def _structured(events: Any, what: str) -> Any:
    """The events of a recording in one row, once they are events."""
    fields = getattr(getattr(events, "dtype", None), "names", None) or ()
    missing = [field for field in _FIELDS if field not in fields]
    if missing:
        shape = f" of shape {events.shape}" if hasattr(events, "shape") else ""
        raise TypeError(
            f"from_tonic: {what} is a {type(events).__name__}{shape} with the fields "
            f"{list(fields)}; it lacks {missing}. Take the data set without the transform that "
            "makes frames, or its frames without from_tonic: np.moveaxis(frames, 1, -1) has their "
            "channels last."
        )
    return events.ravel()
