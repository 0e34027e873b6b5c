"""What every approach costs: operations of one image, and their energy at published prices."""

from typing import Any, NamedTuple

from ranvier.hardware import (
    Cost,
    Price,
    digital_accumulate,
    digital_mac,
    digital_read,
    estimated,
    float_accumulate,
    float_mac,
)


class Work(NamedTuple):
    """Operations of one image.

    Attributes:
        accumulates: additions of a weight.
        macs: products with a weight, added up.
        updates: additions and comparisons of the neurons themselves, in all steps.
        weights: how many the network has.

    Example:
        >>> Work(1000.0, 10.0, 320.0, 500).accumulates
        1000.0
    """

    accumulates: float
    macs: float
    updates: float
    weights: int


def energies(work: Work) -> dict[str, Cost]:
    """Energy of one image, in three ways of counting.

    Args:
        work: the operations.

    Example:
        >>> found = energies(Work(0.0, 79_400.0, 0.0, 79_400))
        >>> round(found["32-bit arithmetic"].picojoule / 1e6, 3)
        0.365
    """
    prices = {
        "32-bit arithmetic": (float_accumulate(), float_mac()),
        "8-bit arithmetic": (digital_accumulate(), digital_mac()),
    }
    found = {what: _sum(what, work, *price) for what, price in prices.items()}
    # Every operation fetches its weight: nothing is kept for the next image or place.
    read = digital_read(8, min(1024.0, work.weights / 1000))
    fetched = (
        Price(digital_accumulate().picojoule + read.picojoule, read.factor, read.source),
        Price(digital_mac().picojoule + read.picojoule, read.factor, read.source),
    )
    return found | {"8 bits, weights fetched": _sum("8 bits, weights fetched", work, *fetched)}


def _sum(what: str, work: Work, addition: Price, product: Price) -> Cost:
    """Of additions and products, and of what neurons add themselves, which fetches no weight."""
    plain = float_accumulate() if what.startswith("32") else digital_accumulate()
    parts = [
        estimated(what, work.accumulates, addition),
        estimated(what, work.macs, product),
        estimated(what, work.updates, plain),
    ]
    operations, total, low, high = (
        sum(getattr(part, field) for part in parts)
        for field in ("operations", "picojoule", "low", "high")
    )
    return Cost(what, operations, total, low, high, addition.source)


def row(work: Work) -> dict[str, Any]:
    """The work and its energies, as a result keeps them.

    Args:
        work: the operations.

    Example:
        >>> sorted(row(Work(1.0, 0.0, 0.0, 10)))
        ['accumulates', 'energy_nJ', 'macs', 'updates', 'weights']
    """
    priced = {
        what: {"mean": cost.picojoule / 1e3, "low": cost.low / 1e3, "high": cost.high / 1e3}
        for what, cost in energies(work).items()
    }
    return {**work._asdict(), "energy_nJ": priced}
