"""Digits as the chip sees them: events, and the pictures that they stand for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps.spoon_digits._settings import Settings
from ranvier.data import catalogue as data_sets
from ranvier.data import nmnist
from ranvier.hardware.chips.spoon import Samples, image_samples, recorded_samples


class Digits(NamedTuple):
    """One part of a data set.

    Attributes:
        samples: events of every digit.
        labels: `[digits]`.
        shape: rows and columns.
    """

    samples: Samples
    labels: NDArray[np.int64]
    shape: tuple[int, int]


def digits_of(settings: Settings, part: str) -> Digits:
    """A part of the data as events.

    Args:
        settings: which data, and how many to learn from.
        part: "train" or "test".

    Raises:
        ConnectionError: images are neither here nor to be fetched.
        FileNotFoundError: the recordings are not here.
        ValueError: fewer images than are asked for.
    """
    if settings.data == "n-mnist":
        recordings = nmnist(part)
        chosen = recordings.part(slice(_count(settings, part, len(recordings))))
        samples = recorded_samples(chosen, window_us=settings.window_us, window=settings.window)
        return Digits(samples, np.asarray(chosen.labels), chosen.shape)
    images = data_sets[settings.data](part)
    images = images[: _count(settings, part, len(images))]
    samples = image_samples(images.images, window=settings.window)
    rows, columns = images.images.shape[1:3]
    return Digits(samples, images.labels.astype(np.int64), (rows, columns))


def _count(settings: Settings, part: str, there: int) -> int:
    wanted = settings.images if part == "train" else 0
    if wanted > there:
        raise ValueError(f"images is {wanted}, expected at most {there}, as many as there are.")
    return wanted or there


def pictures(digits: Digits, window: int) -> NDArray[np.uint8]:
    """The values of the events of every digit, `[digits, rows, columns]`; zero without an event.

    Args:
        digits: as events, one per pixel.
        window: in ticks.
    """
    counts = np.diff(digits.samples.ends, prepend=0)
    row, column, time = digits.samples.events.T
    values = np.zeros((len(counts), *digits.shape), np.uint8)
    values[np.repeat(np.arange(len(counts)), counts), row, column] = window - time
    return values
