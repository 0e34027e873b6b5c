"""Arrays over time as figures take them: checked once, with words for what does not fit."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def series(name: str, values: ArrayLike, steps: int | None = None) -> NDArray[np.float64]:
    """One finite value per step.

    Args:
        name: how messages call it.
        values: [T].
        steps: how many are expected; None takes any number but zero.

    Raises:
        ValueError: another shape, or a value that is not finite.

    Example:
        >>> series("membrane", [0, 1]).tolist()
        [0.0, 1.0]
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0 or steps not in (None, array.size):
        expected = "[T] with at least one step" if steps is None else f"[{steps}]"
        raise ValueError(
            f"{name} has shape {list(array.shape)}, expected {expected}. Choose one unit of one "
            "example, and the same steps for all."
        )
    if not np.isfinite(array).all():
        raise ValueError(
            f"{name} contains {array[~np.isfinite(array)][0]}, expected finite values. The run "
            "diverged: take a shorter time step or a weaker input."
        )
    return array
