"""Digits as the chip is shown them: upright, small, and as a ranking of their pixels."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import ranvier.data as data
from ranvier.apps._odin_digits.task import Task
from ranvier.apps._shrunk import shrunk
from ranvier.encode import ranks

_VALIDATION = 1 / 6
"""Of the training images, the last ones."""
_AT_ONCE = 2000


class Digits(NamedTuple):
    """Images as spikes of their pixels, in order.

    Attributes:
        pixels: `[n, spikes]`; what is beyond `lengths` is not sent.
        grey: brightness of these pixels, 0 to 255, `[n, spikes]`.
        lengths: `[n]`, spikes of each.
        labels: `[n]`.
    """

    pixels: NDArray[np.int64]
    grey: NDArray[np.float32]
    lengths: NDArray[np.int64]
    labels: NDArray[np.int64]

    def only(self, chosen: NDArray[np.int64]) -> "Digits":
        """Some of them, by their numbers."""
        return Digits(
            self.pixels[chosen], self.grey[chosen], self.lengths[chosen], self.labels[chosen]
        )

    def evenly(self, count: int) -> "Digits":
        """At most so many: the first images of a set are often of other writers than the last."""
        there = len(self.labels)
        return self.only(np.arange(min(count, there)) * there // min(count, there))


def images_of(settings: Task) -> tuple[data.Images, data.Images]:
    """Images to learn from and images to judge by.

    Args:
        settings: of the experiment.

    Raises:
        ConnectionError: the data are neither here nor to be fetched.
        ValueError: fewer images than are to be learned.
    """
    load = data.catalogue[settings.data]
    train = load("train")
    kept = len(train) - round(_VALIDATION * len(train))
    judged = load("test") if settings.judge == "test" else train[kept:]
    if settings.images > kept:
        raise ValueError(
            f"images is {settings.images}, expected at most {kept}: {settings.data} has no more "
            "beside those to validate by."
        )
    return train[:kept], judged[: settings.judged]


def ordered(settings: Task, images: data.Images) -> Digits:
    """Images by their brightest pixel first; of equally bright ones the first pixel is first.

    Args:
        settings: how they are prepared.
        images: grey ones.

    Raises:
        ValueError: images smaller than `crop`.
    """
    side = min(images.images.shape[1:])
    if settings.crop > side:
        raise ValueError(
            f"crop is {settings.crop}, expected at most {side}: images of {settings.data} have "
            "no more rows and columns."
        )
    pixels, grey, lengths = [], [], []
    for begin in range(0, len(images), _AT_ONCE):
        flat = scaled(settings, images.images[begin : begin + _AT_ONCE])
        order = np.argsort(np.asarray(ranks(jnp.asarray(flat))), axis=1)[:, : settings.spikes]
        pixels.append(order)
        grey.append(np.take_along_axis(flat, order, 1))
        lengths.append(np.minimum((flat >= settings.dimmest).sum(1), settings.spikes))
    return Digits(
        np.concatenate(pixels).astype(np.int64),
        np.concatenate(grey),
        np.concatenate(lengths).astype(np.int64),
        images.labels.astype(np.int64),
    )


def scaled(settings: Task, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images as the chip's inputs, `[n, side * side]`, whole levels of grey, 0 to 255.

    Args:
        settings: deskewing, crop and side.
        images: `[n, rows, columns]`.
    """
    grey = images.astype(float)
    if settings.deskew:
        grey = upright(grey)
    top, left = ((size - settings.crop) // 2 for size in grey.shape[1:])
    central = grey[:, top : top + settings.crop, left : left + settings.crop]
    small = np.rint(shrunk(central, settings.side)).astype(np.float32)
    return small.reshape(len(small), -1)


def upright(images: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Rows shifted against each other until brightness has no slant.

    A row at distance $r$ from the centre moves by $r\, \mu_{rc} / \mu_{rr}$, the second moments of
    the image, interpolated between pixels.

    Args:
        images: `[n, rows, columns]`.
    """
    rows, columns = np.arange(images.shape[1]), np.arange(images.shape[2])
    mass = np.maximum(images.sum((1, 2)), 1e-9)
    by_row, by_column = images.sum(2), images.sum(1)
    row = rows - (by_row @ rows / mass)[:, None]
    column = columns - (by_column @ columns / mass)[:, None]
    across = np.einsum("nrc,nr,nc->n", images, row, column)
    along = np.maximum((by_row * row**2).sum(1), 1e-9)
    source = columns + (across / along)[:, None, None] * row[:, :, None]
    low = np.floor(source).astype(int)
    share = source - low
    dark = np.pad(images, ((0, 0), (0, 0), (1, 1)))

    def at(place: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.take_along_axis(dark, np.clip(place + 1, 0, images.shape[2] + 1), 2)

    return at(low) * (1 - share) + at(low + 1) * share
