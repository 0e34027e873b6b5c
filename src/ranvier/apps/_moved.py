"""Images moved at random, so that nothing is learned by heart."""

import numpy as np
from numpy.typing import NDArray


def shifted(images: NDArray, most: int, random: np.random.Generator) -> NDArray:
    """Images moved by up to so many pixels along each axis, black where nothing comes in.

    Args:
        images: `[n, height, width]`, or with an axis of colours behind.
        most: pixels.
        random: draws the shifts.

    Example:
        >>> image = np.ones((1, 2, 2))
        >>> shifted(image, 0, np.random.default_rng(0)).tolist() == image.tolist()
        True
    """
    count, height, width = images.shape[:3]
    still = [(0, 0)] * (images.ndim - 3)
    padded = np.pad(images, [(0, 0), (most, most), (most, most), *still])
    down, right = random.integers(0, 2 * most + 1, (2, count))
    rows = (down[:, None] + np.arange(height))[:, :, None]
    columns = (right[:, None] + np.arange(width))[:, None]
    return padded[np.arange(count)[:, None, None], rows, columns]


def mirrored(images: NDArray, random: np.random.Generator) -> NDArray:
    """Images of which every other one, drawn, has its left at its right.

    Args:
        images: `[n, height, width]`, or with an axis of colours behind.
        random: draws which.

    Example:
        >>> images = np.tile(np.array([[0, 1]]), (4, 1, 1))
        >>> mirrored(images, np.random.default_rng(1))[:, 0, 0].tolist()
        [1, 0, 1, 0]
    """
    which = random.integers(0, 2, len(images)).astype(bool)
    found = images.copy()
    found[which] = images[which][:, :, ::-1]
    return found
