"""How well weights tell a group of streams from the rest."""

import numpy as np
from numpy.typing import NDArray

DETECTED = 2.0
"""The d' that is wanted."""

_LEAST_SPREAD = 1e-3
"""Of weights between 0 and 1."""


def d_prime(weight: NDArray, inside: NDArray) -> NDArray[np.float64]:
    r"""The distance of two groups of weights, in standard deviations of them; of a thousandth at
    least.

    $$d' = \frac{\bar w_1 - \bar w_0}{\sqrt{(\sigma_1^2 + \sigma_0^2) / 2}}$$

    Args:
        weight: `[..., streams]`.
        inside: which streams are of the group, `[streams]`.

    Example:
        >>> float(d_prime(np.array([3.0, 5.0, 0.0, 2.0]), np.array([1, 1, 0, 0], bool)))
        3.0
    """
    group, rest = weight[..., inside].astype(float), weight[..., ~inside].astype(float)
    spread = np.sqrt((group.var(-1) + rest.var(-1)) / 2)
    # Weights that all sit at their bounds do not vary.
    return (group.mean(-1) - rest.mean(-1)) / np.maximum(spread, _LEAST_SPREAD)


def rightly_taken(weight: NDArray, inside: NDArray) -> NDArray[np.float64]:
    """Which share of the heaviest streams, as many as the group has, are of the group.

    Args:
        weight: `[..., streams]`.
        inside: which streams are of the group, `[streams]`.

    Example:
        >>> float(rightly_taken(np.array([3.0, 0.5, 1.0, 2.0]), np.array([1, 1, 0, 0], bool)))
        0.5
    """
    size = int(inside.sum())
    heaviest = np.argsort(-weight, axis=-1, kind="stable")[..., :size]
    return inside[heaviest].mean(-1)


def smallest_detected(correlations: list[float], found: NDArray) -> float | None:
    """The smallest correlation from which on nine arrays of ten tell the group from the rest.

    Args:
        correlations: rising.
        found: d', `[correlations, arrays]`.

    Example:
        >>> smallest_detected([0.0, 0.1, 0.2], np.array([[0.0, 0.1], [1.0, 3.0], [3.0, 4.0]]))
        0.2
    """
    least = None
    for correlation, row in zip(reversed(correlations), found[::-1], strict=True):
        if not correlation > 0 or np.quantile(row, 0.1) <= DETECTED:
            break
        least = correlation
    return least


def quantiles(values: NDArray) -> list[float]:
    """The tenth, fiftieth and ninetieth percentile.

    Args:
        values: of the arrays, `[arrays]`.

    Example:
        >>> quantiles(np.arange(11.0))
        [1.0, 5.0, 9.0]
    """
    return np.quantile(np.asarray(values, float), (0.1, 0.5, 0.9)).tolist()
