"""What running the chip gives."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware import Cost, Price, estimated
from ranvier.hardware.devices import Source

# The chip at 0.5 V; how far another task may lie from it is a guess.
_OPERATION = Price(5.3, 2.0, Source("Frenkel, Indiveri, ISSCC 2022: 28 nm FDSOI at 0.5 V", True))


class Counts(NamedTuple):
    """What a piece of a sample took.

    Attributes:
        input_events: that were delivered.
        spikes: of recurrent neurons.
        synaptic_operations: weights that were added to a membrane.
        weight_changes: updates that were written.

    Example:
        >>> counts = Counts(1, 2, 300, 0)
        >>> counts.energy().picojoule
        1590.0
    """

    input_events: int
    spikes: int
    synaptic_operations: int
    weight_changes: int

    def energy(self) -> Cost:
        """An estimate: synaptic operations at the published 5.3 pJ of each."""
        return estimated("synaptic operations", self.synaptic_operations, _OPERATION)


class Outcome(NamedTuple):
    """What a sample, or a piece of one, gave.

    Attributes:
        answer: the output that won most ticks so far; of equals the first.
        votes: ticks that each output won, `[outputs]`.
        v: output membranes after the last step, `[outputs]`.
        sent: what the chip sent, `[bytes, 2]`: tick and byte.
        counts: spikes and operations.
        recorded: the signals that were asked for, by name, time first.

    Example:
        See `ReckOn`.
    """

    answer: int
    votes: NDArray[np.int64]
    v: NDArray[np.int64]
    sent: NDArray[np.int64]
    counts: Counts
    recorded: dict[str, NDArray]
