"""Input events of tinyODIN: their addresses on the bus, 10 bits wide."""

import operator
from typing import Any

from ranvier.hardware.chips._addresses import within


def spike(neuron: Any) -> Any:
    """A spike of a neuron: its synapses transmit.

    Args:
        neuron: 0 to 255, or an array of them.

    Raises:
        ValueError: a neuron that does not exist.

    Source: documentation of tinyODIN.

    Example:
        >>> spike(3)
        3
    """
    return within("spike", "neuron", neuron, 256, ": there are no other neurons")


def virtual(neuron: int, weight: int) -> int:
    """A weight that reaches a neuron without a synapse.

    Args:
        neuron: 0 to 15; the address has no room for others.
        weight: -8 to 7 without 0, which the chip reads as a spike.

    Raises:
        ValueError: a neuron that the address cannot name, or a weight that does not exist.

    Source: documentation and sources of tinyODIN.

    Example:
        >>> hex(virtual(3, -1))
        '0x2f3'
    """
    _within("virtual", "neuron", neuron, 0, 15, "virtual events reach no others")
    if _within("virtual", "weight", weight, -8, 7, "weights have 4 bits") == 0:
        raise ValueError(
            "virtual: weight is 0, expected another: the chip takes a virtual event that carries "
            "nothing for a spike of the neuron."
        )
    return 1 << 9 | (weight & 15) << 4 | neuron


def time_reference(neuron: int | None = None) -> int:
    """The end of an interval: membranes leak.

    Args:
        neuron: 0 to 254; `None` is all up to `max_neur`.

    Raises:
        ValueError: a neuron that the address cannot name.

    Source: documentation of tinyODIN.

    Example:
        >>> hex(time_reference()), hex(time_reference(3))
        ('0x1ff', '0x103')
    """
    if neuron is None:
        return 0x1FF
    reason = "the address of 255 is that of all"
    return 1 << 8 | _within("time_reference", "neuron", neuron, 0, 254, reason)


def _within(owner: str, name: str, value: int, low: int, high: int, reason: str) -> int:
    if not low <= operator.index(value) <= high:
        raise ValueError(f"{owner}: {name} is {value}, expected {low} to {high}: {reason}.")
    return int(value)
