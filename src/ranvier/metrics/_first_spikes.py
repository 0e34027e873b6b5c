"""Of networks whose units fire at most once: when they decide, and what that took."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def decision_latency(outputs: ArrayLike) -> NDArray[np.float64]:
    """When the first output fires, per example; infinite where none does.

    Args:
        outputs: spike times, infinite where there is no spike, `[..., outputs]`.

    Raises:
        ValueError: no output.

    Example:
        >>> decision_latency([[3.0, np.inf], [np.inf, np.inf]]).tolist()
        [3.0, inf]
    """
    times = np.asarray(outputs, np.float64)
    if times.ndim < 1 or not times.shape[-1]:
        raise ValueError(f"outputs have shape {list(times.shape)}, expected [..., outputs].")
    return times.min(-1)


def spikes_before(times: ArrayLike, decision: ArrayLike) -> NDArray[np.int64]:
    """How many real spikes come before a decision, per example: the rest need not be waited for.

    Those in the very moment of the decision come too late for it and do not count; where no
    decision is made, all spikes do.

    Args:
        times: of the spikes, infinite where there is none, `[..., units]`.
        decision: when it is made, infinite where it is not, `[...]`.

    Raises:
        ValueError: decisions of another shape than the examples.

    Example:
        >>> spikes_before([[1.0, 3.0, np.inf], [1.0, 9.0, np.inf]], [3.0, np.inf]).tolist()
        [1, 2]
    """
    spikes, when = np.asarray(times, np.float64), np.asarray(decision, np.float64)
    if spikes.shape[:-1] != when.shape:
        raise ValueError(
            f"decisions have shape {list(when.shape)}, expected {list(spikes.shape[:-1])}, one per "
            "example."
        )
    return (spikes < when[..., None]).sum(-1)
