"""Traces per weight by hand, in NumPy: what a rule's equation says, apart from both libraries."""

from __future__ import annotations

from typing import Literal

import numpy as np

from benchmarks.online_plan import DECAY, SURROGATE_SLOPE, THRESHOLD, Numbers, Point, numbers

Filtered = Literal["output", "potential"]


def gradients(
    point: Point,
    *,
    own_weight: bool = False,
    low_pass: float = 0.0,
    filtered: Filtered = "output",
    given: Numbers | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the weights from the input and among units.

    The trace of the potential is `E = J E + (1 - d) x`, with `J` what a unit keeps of itself.
    It meets the error times the slope of the output.

    Args:
        point: network and sizes.
        own_weight: whether `J` has what a unit does to itself through its own weight.
        low_pass: decay of a filter behind the traces.
        filtered: what the filter takes in: the trace of the output, slope and all, or that of
            the potential, which then meets the slope of a later instant.
        given: weights and data; those of the point if not given.

    Example:
        Without a filter, it does not matter what it would have filtered.

        >>> point = Point("rate", "D-RTRL", 4, 1, 6, "gradient")
        >>> one, two = (gradients(point, filtered=f)[0] for f in ("output", "potential"))
        >>> bool(np.allclose(one, two))
        True
    """
    given = numbers(point) if given is None else given
    units, wide = given.recurrent.shape[0], given.x.shape[-1]
    weight = np.concatenate([given.inward, given.recurrent], 1)
    own = np.diag(given.recurrent) if own_weight else 0.0
    spiking = point.network == "spiking"
    v = np.zeros((point.batch, units))
    trace = np.zeros((point.batch, units, wide + units))
    kept, total = np.zeros_like(trace), np.zeros_like(weight)
    for x, target in zip(given.x, given.target, strict=True):
        y, slope = output(v, spiking)
        active = np.concatenate([x, y], -1)
        carried = v * (1 - y) if spiking else v
        by_self = 1 - y - v * slope if spiking else np.ones_like(v)
        jacobian = DECAY * by_self + (1 - DECAY) * own * slope
        trace = jacobian[..., None] * trace + (1 - DECAY) * active[:, None, :]
        v = DECAY * carried + (1 - DECAY) * active @ weight.T
        y, slope = output(v, spiking)
        error = 2 * (y @ given.outward.T - target) @ given.outward / point.batch
        if filtered == "output":
            kept = low_pass * kept + slope[..., None] * trace
        else:
            kept = low_pass * kept + trace
            error = error * slope
        total += (error[..., None] * kept).sum(0)
    return total[:, :wide], total[:, wide:]


def output(v: np.ndarray, spiking: bool) -> tuple[np.ndarray, np.ndarray]:
    """A unit's output and its slope, of a spike the surrogate's.

    Example:
        >>> [float(a[0]) for a in output(np.zeros(1), False)]
        [0.0, 1.0]
    """
    if spiking:
        away = v - THRESHOLD
        return (away > 0).astype(float), 1 / (1 + SURROGATE_SLOPE * np.abs(away)) ** 2
    y = np.tanh(v)
    return y, 1 - y**2
