"""Data sets of tonic, taken as they are."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ranvier.data._event_set import EventSet
from ranvier.data.events import Events


def from_tonic(
    dataset: Any,
    *,
    classes: Sequence[str] | None = None,
    shape: tuple[int, int] | None = None,
    labels: Sequence[int] | None = None,
) -> EventSet:
    """A data set that gives `(events, label)`, such as those of tonic, as an `EventSet`.

    Events are a structured array with the fields `t`, `x` and `p`, and `y` where there are rows;
    `t` in microseconds. Times that go back are put in order. tonic itself is not needed here, and
    its licence (GPL-3.0) stays its own.

    Args:
        dataset: has a length and gives `(events, label)` for a number, labels from 0.
        classes: names; `dataset.classes`, or the numbers, if not given.
        shape: rows and columns; from `dataset.sensor_size` (columns, rows, polarities) if not
            given.
        labels: of all recordings; `dataset.targets` if not given. Without either, every recording
            is read once.

    Raises:
        TypeError: recordings that are no structured arrays with these fields.
        ValueError: nobody says how large the sensor is.

    Example:
        >>> row = np.zeros(2, [("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "?")])
        >>> row["t"] = 3, 1
        >>> found = from_tonic([(row, 0), (row, 1)], shape=(4, 4))
        >>> found[0].t, found.labels
        (array([1, 3]), array([0, 1]))
    """
    if shape is None:
        size = getattr(dataset, "sensor_size", None)
        if size is None:
            raise ValueError(
                "from_tonic: the data set does not say how large its sensor is. Give "
                "shape=(rows, columns)."
            )
        shape = (int(size[1]), int(size[0]))
    told = getattr(dataset, "targets", None) if labels is None else labels
    if told is None:
        told = [dataset[number][1] for number in range(len(dataset))]
    numbers = np.asarray(told, int)
    names = classes if classes is not None else getattr(dataset, "classes", None)
    if names is None:
        names = [str(number) for number in range(int(numbers.max(initial=0)) + 1)]
    rows, columns = shape

    def opened(number: int) -> Events:
        events = dataset[number][0]
        fields = getattr(getattr(events, "dtype", None), "names", None) or ()
        missing = {"t", "x", "p"} - set(fields)
        if missing:
            raise TypeError(
                f"from_tonic: recording {number} is a {type(events).__name__} with the fields "
                f"{list(fields)}; it lacks {sorted(missing)}. Take the data set without a "
                "transform."
            )
        y = events["y"] if "y" in fields else np.zeros(len(events), np.int16)
        polarity = events["p"].astype(np.uint8)
        return Events.in_order(
            events["t"].astype(np.int64), events["x"], y, polarity, width=columns, height=rows
        )

    return EventSet(
        type(dataset).__name__,
        np.arange(len(dataset)),
        opened,
        numbers,
        tuple(map(str, names)),
        tuple(f"recording {number}" for number in range(len(dataset))),
        shape,
    )
