"""Input events of ODIN: their addresses on the bus, 17 bits wide."""

import operator
from typing import Any

from ranvier.hardware.chips._addresses import within

NEURONS = 256


def spike(neuron: Any) -> Any:
    """A spike of a neuron: all its synapses transmit, and learn.

    Args:
        neuron: 0 to 255, or an array of them.

    Raises:
        ValueError: a neuron that does not exist.

    Source: documentation of ODIN.

    Example:
        >>> hex(spike(3))
        '0x307'
        >>> spike(256)
        Traceback (most recent call last):
        ...
        ValueError: spike: neuron is 256, expected 0 to 255: ODIN has no other neurons.
    """
    return _neuron("spike", "neuron", neuron) << 8 | 0x07


def synapse(presynaptic: Any, postsynaptic: Any) -> Any:
    """An event of a single synapse; it teaches where `sdsp_on_syn_stim` is set.

    Args:
        presynaptic: neuron whose row it is in, or an array of them.
        postsynaptic: neuron that it reaches, or an array of them.

    Raises:
        ValueError: a neuron that does not exist.

    Source: documentation of ODIN.

    Example:
        >>> hex(synapse(3, 255))
        '0x103ff'
    """
    row = _neuron("synapse", "presynaptic", presynaptic)
    return 1 << 16 | row << 8 | _neuron("synapse", "postsynaptic", postsynaptic)


def virtual(neuron: int, weight: int, *, inhibitory: bool = False) -> int:
    """A weight that reaches a neuron without a synapse.

    Args:
        neuron: 0 to 255.
        weight: 0 to 7; 0 only where it inhibits, as the chip reads 0 otherwise as a spike.
        inhibitory: take the weight away.

    Raises:
        ValueError: a neuron or a weight that does not exist.

    Source: documentation of ODIN.

    Example:
        >>> hex(virtual(3, 7)), hex(virtual(3, 1, inhibitory=True))
        ('0x3e1', '0x331')
    """
    sign = int(bool(inhibitory))
    if not 1 - sign <= operator.index(weight) <= 7:
        raise ValueError(
            f"virtual: weight is {weight}, expected {1 - sign} to 7: weights have 3 bits, and the "
            "chip takes a virtual event that carries nothing for a spike of the neuron."
        )
    return _neuron("virtual", "neuron", neuron) << 8 | weight << 5 | sign << 4 | 0b001


def time_reference(neuron: int | None = None) -> int:
    """The end of an interval: leakage and all that neurons count by time.

    Args:
        neuron: one of them; `None` is all.

    Raises:
        ValueError: a neuron that does not exist.

    Source: documentation of ODIN.

    Example:
        >>> hex(time_reference()), hex(time_reference(3))
        ('0x7f', '0x3ff')
    """
    return 0x7F if neuron is None else _neuron("time_reference", "neuron", neuron) << 8 | 0xFF


def bistability(row: int | None = None) -> int:
    """Weights move a step away from the middle.

    Args:
        row: presynaptic neuron whose synapses move; `None` is all.

    Raises:
        ValueError: a neuron that does not exist.

    Source: documentation of ODIN; that the row is presynaptic, its sources.

    Example:
        >>> hex(bistability()), hex(bistability(3))
        ('0x0', '0x380')
    """
    return 0 if row is None else _neuron("bistability", "row", row) << 8 | 0x80


def described(code: int) -> str:
    """What an address does, in words."""
    upper, lower = code >> 8 & 255, code & 255
    if code >> 16:
        return f"synapse from {upper} to {lower}"
    if lower & 127 == 127:
        return f"time reference of {f'neuron {upper}' if lower >> 7 else 'all neurons'}"
    if lower & 127 == 0:
        return f"bistability of {f'row {upper}' if lower >> 7 else 'all rows'}"
    carried = lower >> 3
    if not carried:
        return f"spike of neuron {upper}"
    if carried & 1:
        return f"time reference of neuron {upper} through the queue"
    return f"{'-' if carried & 2 else '+'}{carried >> 2} to neuron {upper}"


def _neuron(owner: str, name: str, index: Any) -> Any:
    return within(owner, name, index, NEURONS, ": ODIN has no other neurons")
