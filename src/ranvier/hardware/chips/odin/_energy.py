"""What ODIN spends, by its published energy of a synaptic operation."""

from ranvier.hardware._cost import Cost, Price, estimated
from ranvier.hardware.chips.odin._state import Counts
from ranvier.hardware.devices import Source


def synaptic_operation() -> Price:
    """A synaptic operation of ODIN with neuron and learning, 28 nm FDSOI, 0.55 V: 12.7 pJ.

    It is the least that was measured; the body of the paper has leakage and idle power for other
    clocks, which are not part of it.

    Source: Frenkel et al., IEEE TBioCAS 13 (2019), abstract.

    Example:
        >>> synaptic_operation().picojoule
        12.7
    """
    return Price(12.7, 2.0, _PAPER)


def energy(counts: Counts) -> Cost:
    """The estimated energy of a run: synaptic operations times the published energy of one.

    Args:
        counts: of a run. Time references, virtual events and drift have no published price and
            are not in it.

    Source: as `synaptic_operation`.

    Example:
        >>> nothing = Counts(*[0] * 12)
        >>> round(energy(nothing._replace(synaptic_operations=256)).picojoule)
        3251
    """
    return estimated("synaptic operations", counts.synaptic_operations, synaptic_operation())


_PAPER = Source(
    "Frenkel et al., IEEE TBioCAS 13 (2019), abstract; 28 nm FDSOI CMOS, 0.55 V", checked=True
)
