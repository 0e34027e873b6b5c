"""What operations cost: energies with their sources, and how far to trust them."""

from typing import NamedTuple

from ranvier.core import one_of, positive
from ranvier.hardware.devices import Source


class Price(NamedTuple):
    """The energy of one operation.

    Attributes:
        picojoule: of one.
        factor: uncertainty: the truth may lie between a `factor`-th and `factor` times of it.
        source: where it comes from.

    Example:
        >>> round(mac_on_hermes("fast").picojoule, 3)
        0.205
    """

    picojoule: float
    factor: float
    source: Source


class Cost(NamedTuple):
    """An estimated energy, never a measured one.

    Attributes:
        what: was done.
        operations: how often.
        picojoule: in all.
        low, high: between which the uncertainty of the price puts it.
        source: of the price.

    Example:
        >>> cost = estimated("products", 1000, mac_on_hermes("precise"))
        >>> round(cost.picojoule), round(cost.low), round(cost.high)
        (806, 403, 1613)
    """

    what: str
    operations: float
    picojoule: float
    low: float
    high: float
    source: Source

    def power_uW(self, seconds: float) -> float:
        r"""The mean power if all of it happens in so much time, $P = E / t$, in microwatts.

        At a rate of events it is the cost of those of one second.

        Args:
            seconds: that it takes.

        Raises:
            ValueError: no time.

        Example:
            A thousand spikes per second through ODIN, 256 synaptic operations each.

            >>> from ranvier.hardware.chips import odin
            >>> round(estimated("operations", 256_000, odin.synaptic_operation()).power_uW(1.0), 2)
            3.25
        """
        positive("Cost.power_uW", seconds=seconds)
        return self.picojoule * 1e-6 / seconds


def estimated(what: str, operations: float, price: Price) -> Cost:
    """The energy of so many operations.

    Args:
        what: was done.
        operations: how often.
        price: of one.

    Example:
        See `Cost`.
    """
    total = operations * price.picojoule
    return Cost(what, operations, total, total / price.factor, total * price.factor, price.source)


def mac_on_hermes(mode: str) -> Price:
    """A multiplication with its addition on the HERMES chip, converters and all, 14 nm.

    Args:
        mode: "precise" (four phases, 2.48 TOPS/W) or "fast" (one phase, 9.76 TOPS/W).

    Raises:
        ValueError: another mode.

    Source: Le Gallo et al., Nat. Electron. 6 (2023), abstract; two operations per product.

    Example:
        >>> round(mac_on_hermes("precise").picojoule, 3)
        0.806
    """
    one_of("mac_on_hermes", "mode", mode, _HERMES)
    return _HERMES[mode]


def digital_accumulate() -> Price:
    """An addition of 8 bits into 32, 45 nm, 0.9 V.

    Source: Horowitz, ISSCC 2014.

    Example:
        >>> digital_accumulate().picojoule
        0.1
    """
    return Price(0.1, 2.0, _HOROWITZ)


def digital_mac() -> Price:
    """A multiplication of 8 bits and its addition into 32, 45 nm, 0.9 V.

    Source: Horowitz, ISSCC 2014.

    Example:
        >>> digital_mac().picojoule
        0.3
    """
    return Price(0.3, 2.0, _HOROWITZ)


def float_accumulate() -> Price:
    """An addition of 32-bit floating point, 45 nm, 0.9 V.

    Source: Horowitz, ISSCC 2014.

    Example:
        >>> float_accumulate().picojoule
        0.9
    """
    return Price(0.9, 2.0, _HOROWITZ)


def float_mac() -> Price:
    """A multiplication of 32-bit floating point and its addition, 45 nm, 0.9 V.

    Source: Horowitz, ISSCC 2014.

    Example:
        >>> float_mac().picojoule
        4.6
    """
    return Price(4.6, 2.0, _HOROWITZ)


def digital_read(bits: float, memory_kB: float) -> Price:
    """Fetching one weight from a memory on the chip, 45 nm: 10, 20 or 100 pJ per 64 bits.

    Args:
        bits: of the weight.
        memory_kB: of the memory; up to 8, 32 and 1024 cost alike.

    Raises:
        ValueError: a memory larger than a megabyte.

    Source: Horowitz, ISSCC 2014.

    Example:
        >>> digital_read(8, 26.4).picojoule
        2.5
    """
    for size, price in ((8, 10.0), (32, 20.0), (1024, 100.0)):
        if memory_kB <= size:
            return Price(price * bits / 64, 2.0, _HOROWITZ)
    raise ValueError(
        f"digital_read: a memory of {memory_kB:g} kB, expected at most 1024: larger ones are off "
        "the chip, at a hundred times the price."
    )


_HOROWITZ = Source("Horowitz, ISSCC 2014, 45 nm, 0.9 V", checked=True)
_CHIP = Source("Le Gallo et al., Nat. Electron. 6 (2023), abstract, 14 nm", checked=True)
_HERMES = {"precise": Price(2 / 2.48, 2.0, _CHIP), "fast": Price(2 / 9.76, 2.0, _CHIP)}
