"""Whole numbers in place of weights, thresholds and leaks, and how far off they are."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_FRACTIONS = np.linspace(0.3, 1.0, 29)


class Rounding(NamedTuple):
    """What became of one quantity of a layer.

    Attributes:
        layer: its name.
        quantity: "weights", "recurrent weights", "threshold" or "leak".
        held_as: the form in which the chip holds it.
        error: root mean square of the change, relative to that of the quantity.

    Example:
        >>> Rounding("layer 1", "weights", "3 bits and a sign", 0.08).error
        0.08
    """

    layer: str
    quantity: str
    held_as: str
    error: float


def relative_error(before: NDArray, after: NDArray) -> float:
    """Root mean square of the change, relative to that of what was changed.

    Args:
        before: as it was.
        after: as it is now.

    Example:
        >>> import numpy as np
        >>> relative_error(np.array([3.0, 4.0]), np.array([3.0, 3.5]))
        0.1
    """
    size = float(np.sqrt(np.mean(np.square(before))))
    change = float(np.sqrt(np.mean(np.square(after - before))))
    return change / size if size else change


def unit_scales(weight: NDArray, threshold: NDArray, top: int, room: int) -> NDArray:
    """For every unit the step of its weights that changes them least.

    Args:
        weight: `[n_in, n]`.
        threshold: `[n]`, positive.
        top: the largest whole weight.
        room: the largest whole threshold.

    Returns:
        The step, `[n]`: a weight is so many steps, and so is the threshold.

    Example:
        >>> import numpy as np
        >>> unit_scales(np.array([[0.7], [-0.2]]), np.array([1.0]), 7, 255).round(3)
        array([0.1])
    """
    largest = np.abs(weight).max(0)
    # With one lost place for `floor(threshold / step) + 1`.
    least = threshold / (room - 1)
    tried = np.maximum(_FRACTIONS[:, None] * largest / top, least)
    whole = np.clip(np.rint(weight / tried[:, None]), -top, top)
    errors = np.square(whole * tried[:, None] - weight).sum(1)
    return tried[errors.argmin(0), np.arange(len(largest))]


def whole_weights(weight: NDArray, step: NDArray | float, top: int) -> NDArray[np.int64]:
    """Weights in steps, cut at the largest.

    Args:
        weight: `[n_in, n]`.
        step: one, or one per unit.
        top: the largest magnitude.

    Example:
        >>> import numpy as np
        >>> whole_weights(np.array([[0.7], [-0.9]]), 0.1, 7).ravel().tolist()
        [7, -7]
    """
    return np.clip(np.rint(weight / step), -top, top).astype(np.int64)


def whole_thresholds(threshold: NDArray, step: NDArray | float) -> NDArray[np.int64]:
    """The least whole membrane that is above a threshold: chips fire from it on.

    Args:
        threshold: `[n]`; a unit of the network fires above it.
        step: one, or one per unit.

    Example:
        >>> import numpy as np
        >>> whole_thresholds(np.array([1.0, 1.05]), 0.1).tolist()
        [11, 11]
    """
    # A threshold of n steps that floating point puts below n is still n steps.
    return (np.floor(threshold / step * (1 + 1e-7)) + 1).astype(np.int64)
