"""What MorphIC spends, by a remembered energy of a synaptic operation."""

from ranvier.hardware._cost import Cost, Price, estimated
from ranvier.hardware.chips.morphic._state import Counts
from ranvier.hardware.devices import Source


def synaptic_operation() -> Price:
    """A synaptic operation of MorphIC, 65 nm, 0.8 V: about 30 pJ, remembered and not verified.

    Source: remembered for Frenkel, Legat, Bol, IEEE TBioCAS 13 (2019); its abstract has no such
    figure.

    Example:
        >>> synaptic_operation().picojoule, synaptic_operation().source.checked
        (30.0, False)
    """
    return Price(30.0, 2.0, _REMEMBERED)


def energy(counts: Counts) -> Cost:
    """The estimated energy of a run: synaptic operations times the remembered energy of one.

    Args:
        counts: of a run. Packets, time references, virtual events and leakage have no price and
            are not in it.

    Source: as `synaptic_operation`.

    Example:
        >>> nothing = Counts(*[0] * 12)
        >>> energy(nothing._replace(synaptic_operations=512)).picojoule
        15360.0
    """
    return estimated("synaptic operations", counts.synaptic_operations, synaptic_operation())


_REMEMBERED = Source(
    "remembered for Frenkel et al., IEEE TBioCAS 13 (2019), 65 nm, 0.8 V; not verified",
    checked=False,
)
