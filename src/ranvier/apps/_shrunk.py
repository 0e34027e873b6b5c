"""Square images made smaller: a pixel is the mean of what it covers."""

import numpy as np
from numpy.typing import NDArray


def shares(before: int, after: int) -> NDArray[np.float64]:
    """How much of each of `before` pixels in a row is in each of `after` equal parts of the row.

    Args:
        before: pixels.
        after: parts; a pixel that their edges cut counts in shares.

    Returns:
        `[after, before]`, rows with a sum of one.

    Example:
        >>> shares(3, 2).round(3).tolist()
        [[0.667, 0.333, 0.0], [0.0, 0.333, 0.667]]
    """
    edges = np.arange(after + 1) * (before / after)
    low = np.maximum(edges[:-1, None], np.arange(before))
    high = np.minimum(edges[1:, None], np.arange(before) + 1)
    return np.maximum(high - low, 0) * (after / before)


def shrunk(images: NDArray[np.floating], side: int) -> NDArray[np.floating]:
    """Images of so many pixels a side, in the precision of those given.

    Args:
        images: `[n, rows, rows]`.
        side: rows and columns afterwards.

    Example:
        >>> shrunk(np.array([[[0.0, 1.0], [1.0, 2.0]]]), 1).tolist()
        [[[1.0]]]
    """
    parts = shares(images.shape[1], side).astype(images.dtype)
    return parts @ images @ parts.T
