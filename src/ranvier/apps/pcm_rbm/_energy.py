"""What a picture costs: synaptic operations, counted from spikes, at published prices."""

from collections.abc import Mapping
from typing import Any

from ranvier.apps._estimates import cost_row
from ranvier.hardware import Price, digital_accumulate, digital_read, estimated
from ranvier.hardware.devices import Source

_ISHII = Price(
    5.39,
    2.0,
    Source("Ishii et al., IEDM 2019, abstract: projected to 28 nm, not measured", checked=True),
)
"""Of a synaptic operation; the factor is ours."""


def operations(spikes: Mapping[str, float], visible: int, hidden: int) -> float:
    """Synaptic operations: every spike reaches every unit of the other side.

    Args:
        spikes: of either side, `"visible"` and `"hidden"`.
        visible, hidden: numbers of units.

    Example:
        >>> operations({"visible": 3.0, "hidden": 2.0}, 10, 5)
        35.0
    """
    return spikes["visible"] * hidden + spikes["hidden"] * visible


def energy_rows(count: float, weights: int, bits: int) -> list[list[Any]]:
    """Energies of so many operations, on the chip and in digital memory.

    Args:
        count: synaptic operations.
        weights: that a digital memory has to hold.
        bits: of each of them.
    """
    costs = [
        estimated("PCM, 28 nm", count, _ISHII),
        estimated("digital, additions of 8 bits", count, digital_accumulate()),
        estimated(
            f"digital, {bits}-bit weights fetched",
            count,
            digital_read(bits, weights * bits / 8000),
        ),
    ]
    return [cost_row(cost, 1e6) for cost in costs]
