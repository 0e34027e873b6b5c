"""How many bits a window of spikes can hold, by how it is read."""

import math

from ranvier.core import one_of
from ranvier.encode._checks import at_least

READINGS = (
    "count",
    "binary",
    "timing",
    "timing-or-silence",
    "rank-order",
    "rank-order-with-ties",
)
"""What can be read from a window of spikes."""


def capacity(reading: str, units: int, slots: int) -> float:
    r"""Bits that units with at most one spike each hold in one window, without noise.

    | reading | bits |
    |---|---|
    | count: how many spike | $\log_2(n + 1)$ |
    | binary: who spikes | $n$ |
    | timing: who spikes in which slot | $n \log_2 M$ |
    | timing or silence | $n \log_2(M + 1)$ |
    | rank order: who before whom | $\log_2 n!$ |
    | rank order with ties | $\log_2 F_n$ |

    $F_n$ is Fubini's number, of orders in which some may come at once. An order needs slots: of
    $M < n$ slots no more than $M$ ranks can be told apart, and then orders with ties of at most
    $M$ ranks are counted; `rank-order` is then refused.

    Args:
        reading: one of the six.
        units: $n$.
        slots: $M$, the window over the precision of times.

    Raises:
        ValueError: an unknown reading, no units, no slots, or an order that does not fit.

    Source: Thorpe, Delorme, VanRullen, "Spike-based strategies for rapid processing", Neural Netw.
    14 (2001).

    Example:
        >>> [round(capacity(name, 10, 10), 2) for name in READINGS]
        [3.46, 10.0, 33.22, 34.59, 21.79, 26.61]
    """
    one_of("capacity", "reading", reading, READINGS)
    at_least("capacity", "units", units, 1)
    at_least("capacity", "slots", slots, 1)
    if reading == "count":
        return math.log2(units + 1)
    if reading == "binary":
        return float(units)
    if reading == "timing":
        return units * math.log2(slots)
    if reading == "timing-or-silence":
        return units * math.log2(slots + 1)
    if reading == "rank-order-with-ties":
        return math.log2(sum(_ordered_partitions(units)[: slots + 1]))
    if slots < units:
        raise ValueError(
            f"capacity: {units} units have no order without ties in {slots} slots. Take at least "
            f"{units} slots, or the reading 'rank-order-with-ties'."
        )
    return math.log2(math.factorial(units))


def _ordered_partitions(units: int) -> list[int]:
    """How many orders of so many units have exactly 0, 1, 2 ... ranks."""
    # A further unit joins one of k ranks, or makes a rank of its own at one of k places.
    found = [1]
    for _ in range(units):
        longer = [0, *found]
        found = [
            k * (before + now)
            for k, (before, now) in enumerate(zip(longer, [*found, 0], strict=True))
        ]
    return found
