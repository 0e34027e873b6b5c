"""How much signed spikes add up to, at most, over any stretch of time."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def discrepancy_norm(trains: ArrayLike) -> NDArray[np.floating]:
    r"""Weyl's discrepancy: the largest sum of signed spikes over an interval.

    $$\lVert \eta \rVert_D = \max_{s \le t} \left| \sum_{k = s}^{t} \eta_k \right|
    = \max_t \left( 0, \sum_{k \le t} \eta_k \right)
    - \min_t \left( 0, \sum_{k \le t} \eta_k \right)$$

    Of the difference of two trains it is a distance in which moving a spike by one step is as
    cheap as by any number of them, as long as it meets no other. It is the one that sampling by
    differences keeps, but for a constant: of trains $\eta(x)$ and $\eta(y)$ that `send_on_delta`
    makes,

    $$\left| \lVert \eta(x) - \eta(y) \rVert_D
    - \frac{\max_t (x - y) - \min_t (x - y)}{\delta} \right| < 4$$

    because either signal is known to less than $\delta$; of a single train it is at most the
    range of its signal over $\delta$, and less than 2 below that.

    Args:
        trains: $\eta$, signed numbers of spikes per step, `[T, *units]`; of two trains their
            difference.

    Returns:
        One number for each unit, `[*units]`.

    Raises:
        ValueError: no steps, or numbers that are not finite.

    Source: Weyl, Math. Ann. 77 (1916); Moser, Lunglmayr, "On quasi-isometry of threshold-based
    sampling", IEEE Trans. Signal Process. 67 (2019). The constant is derived here.

    Example:
        >>> discrepancy_norm([1, 1, -1, 1, 0, -1, -1, -1])
        array(3.)
        >>> discrepancy_norm([[1, 0], [0, 1]]) - discrepancy_norm([[0, 0], [1, 1]])
        array([0., 0.])
    """
    eta = np.asarray(trains, np.float64)
    if eta.ndim < 1 or not len(eta):
        raise ValueError(
            f"discrepancy_norm: the trains have shape {list(eta.shape)}, expected [T, *units] with "
            "at least one step."
        )
    if not np.isfinite(eta).all():
        raise ValueError("discrepancy_norm: the trains hold numbers that are not finite.")
    sums = np.cumsum(eta, axis=0)
    return np.asarray(np.maximum(sums.max(0), 0) - np.minimum(sums.min(0), 0))
