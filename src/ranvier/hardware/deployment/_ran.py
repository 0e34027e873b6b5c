"""What a chip does with examples, and what every program for one can."""

from pathlib import Path
from typing import Any, NamedTuple, Protocol

from numpy.typing import NDArray

from ranvier.hardware._cost import Cost
from ranvier.hardware.deployment._checks import Check
from ranvier.hardware.deployment._rounding import Rounding


class Ran(NamedTuple):
    """What came out of a chip.

    Attributes:
        activity: of every layer in the order of the network's time steps, `[T, B, n]`: spikes, or
            what readouts show in the network's units.
        counts: what was done for all examples, by name.
        cost: the estimated energy, `None` where none was published.

    Example:
        See `deploy`.
    """

    activity: tuple[NDArray, ...]
    counts: dict[str, int]
    cost: Cost | None


class Program(Protocol):
    """A network as a chip holds it.

    Attributes:
        machine: the chip with its memories.
        checks: rules of the chip, all kept.
        roundings: what was rounded.
        differences: in what the chip's arithmetic is another than the network's, in words.

    Example:
        See `deploy`.
    """

    machine: Any
    checks: tuple[Check, ...]
    roundings: tuple[Rounding, ...]
    differences: tuple[str, ...]

    def run(self, inputs: NDArray) -> Ran:
        """Examples in, what came out; every example starts from rest.

        Args:
            inputs: 0 or 1, `[T, B, n_in]`.
        """
        ...

    def write(self, folder: Path, example: NDArray) -> list[Path]:
        """Memory images, and a transcript of all that a test bench sends; what there is of it.

        Args:
            folder: where the files go.
            example: 0 or 1, `[T, n_in]`, shown after the chip was programmed.
        """
        ...

    def memory(self) -> dict[str, NDArray]:
        """Weights as the chip's memories hold them, with their signs, `[from, to]` each."""
        ...


class Statistics(NamedTuple):
    """What a layer did in floating point, which scales and leaks are chosen by.

    Attributes:
        largest: magnitude of a membrane.
        carried: mean of those positive membranes that a unit carries to its next step.

    Example:
        >>> Statistics(largest=2.5, carried=0.4).carried
        0.4
    """

    largest: float
    carried: float
