"""Images as the chip sees them: one event for each pixel, on one of two lines."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.apps._shrunk import shrunk
from ranvier.data import Images, mnist, optical_digits

CLASSES = 10


class Seen(NamedTuple):
    """Images of black and white.

    Attributes:
        bright: `[images, pixels]`.
        labels: `[images]`.
    """

    bright: NDArray[np.bool_]
    labels: NDArray[np.int64]

    @property
    def lines(self) -> NDArray[np.int64]:
        """The external line of every pixel, `[images, pixels]`: its second one where it is dark."""
        pixels = self.bright.shape[1]
        return np.arange(pixels) + pixels * ~self.bright


def load(data: str, side: int, threshold: float) -> tuple[Seen, Seen]:
    """Images to learn from and to test, of `side * side` pixels at most.

    Args:
        data: "mnist" or "optical-digits".
        side: rows and columns; smaller images keep theirs.
        threshold: brightness, 0 to 1, above which a pixel is bright.

    Example:
        >>> load("optical-digits", 16, 0.4)[1].bright.shape
        (397, 64)
    """
    # Two pixels at every edge of MNIST are empty in all but a few digits.
    read, edge = {"mnist": (mnist, 2), "optical-digits": (optical_digits, 0)}[data]
    return tuple(_seen(read(part), edge, side, threshold) for part in ("train", "test"))  # type: ignore[return-value]


def _seen(images: Images, edge: int, side: int, threshold: float) -> Seen:
    inner = images.images[:, edge : images.images.shape[1] - edge, edge:][:, :, : -edge or None]
    grey = inner.astype(np.float32) / 255
    if inner.shape[1] > side:
        grey = shrunk(grey, side)
    bright = grey.reshape(len(grey), -1) > threshold
    return Seen(bright, images.labels.astype(np.int64))
