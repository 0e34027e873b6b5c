"""What a rule is fed with."""

from typing import Any, NamedTuple


class Batch(NamedTuple):
    """Input, target and validity of a few sequences, time-major.

    Attributes:
        x: input, `[T, B, width_in]`.
        target: what the output shall be, `[T, B, width_out]`; `[1, B, width_out]` where a rule
            judges one answer per sequence.
        mask: 1 where a step counts, 0 where it is padding, `[T, B]`.

    Example:
        >>> import numpy as np
        >>> batch = Batch(np.zeros((3, 2, 5)), np.zeros((3, 2, 1)), np.ones((3, 2)))
        >>> batch.mask.sum()
        np.float64(6.0)
    """

    x: Any
    target: Any
    mask: Any
