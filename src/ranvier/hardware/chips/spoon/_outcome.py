"""What running SPOON gives: answers, counts and estimated energies."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware._cost import (
    Cost,
    Price,
    digital_accumulate,
    digital_mac,
    digital_read,
    estimated,
)
from ranvier.hardware.devices import Source

_PAPER = Source("Frenkel, Legat, Bol, ISCAS 2020, abstract: 28 nm CMOS at 0.6 V", checked=True)
_LEARNING = 1.168
# Weights are taken to lie in banks of at most this size.
_BANK_KB = 32


def classification(*, learning: bool = False) -> Price:
    """One digit of MNIST on SPOON, 28 nm, 0.6 V: 313 nJ; with learning 16.8 % more.

    The surcharge is published for power; that learning takes no time of its own is assumed. How
    far other inputs and sizes may lie from it is a guess.

    Args:
        learning: whether the chip learns from it.

    Source: Frenkel, Legat, Bol, ISCAS 2020, abstract.

    Example:
        >>> classification().picojoule, round(classification(learning=True).picojoule)
        (313000.0, 365584)
    """
    return Price(313e3 * (_LEARNING if learning else 1.0), 2.0, _PAPER)


class Counts(NamedTuple):
    """What samples took.

    Attributes:
        samples: that were classified.
        events: that were taken in.
        dropped: events of pixels that had one before in the same sample.
        accumulations: additions of a value times a kernel's entry to an accumulator.
        macs: products of fully connected layers; those with an activity of zero are left out.
        weight_changes: weights that became others.

    Example:
        >>> counts = Counts(2, 200, 0, 45_000, 60_000, 0)
        >>> counts.energy().picojoule, [cost.what for cost in counts.arithmetic()]
        (626000.0, ['accumulations', 'products', 'weights read'])
    """

    samples: int
    events: int
    dropped: int
    accumulations: int
    macs: int
    weight_changes: int

    def energy(self, *, learning: bool = False) -> Cost:
        """An estimate: samples at the published energy of one digit, whatever they took.

        Args:
            learning: whether the chip learned from them.
        """
        return estimated("classifications", self.samples, classification(learning=learning))

    def arithmetic(self) -> tuple[Cost, Cost, Cost]:
        """Estimates from what was counted, at 45 nm and 0.9 V: sums, products, weights read.

        Weights come from banks of 32 kB, an assumption; from a single larger memory they would take
        five times as much. The chip itself is of 28 nm at 0.6 V; control, clocks, accumulators'
        memory and leakage are not in it.

        Source: Horowitz, ISSCC 2014.
        """
        return (
            estimated("accumulations", self.accumulations, digital_accumulate()),
            estimated("products", self.macs, digital_mac()),
            estimated("weights read", self.macs, digital_read(8, _BANK_KB)),
        )


class Outcome(NamedTuple):
    """What samples gave.

    Attributes:
        answers: the output with the largest sum, of equals the first, `[samples]`.
        counts: events and operations, over all samples.
        recorded: the signals that were asked for, by name.

    Example:
        See `SPOON`.
    """

    answers: NDArray[np.int64]
    counts: Counts
    recorded: dict[str, NDArray]

    @property
    def answer(self) -> int:
        """The answer to the last sample."""
        return int(self.answers[-1])
