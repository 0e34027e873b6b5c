"""Input events of MorphIC: 25 bits that name cores, a line or neuron, and what happens there."""

import operator
from collections.abc import Sequence
from typing import Any

from ranvier.hardware.chips._addresses import within
from ranvier.hardware.chips.morphic._registers import CHIPS, CORES, EXTERNAL, NEURONS

SPIKE, LINE, VIRTUAL, REFERENCE = range(4)  # Bits 1:0.
CORE_AT, CHIP_AT, INDEX_AT, ALL_AT, WEIGHT_AT, SIGN_AT = 2, 6, 10, 19, 20, 23
BITS = 24


def spike(neuron: Any, *, core: int | Sequence[int] = 0, chip: int = 0) -> Any:
    """A spike on the line of a neuron, as if it had fired; no packet leaves the core.

    Args:
        neuron: 0 to 511, or an array of them.
        core: 0 to 3, or several.
        chip: 0 to 15.

    Raises:
        ValueError: a neuron, core or chip that does not exist.

    Source: ours; the chip's format is not public.

    Example:
        >>> hex(spike(3, core=1))
        '0xc08'
        >>> spike(3, core=4)
        Traceback (most recent call last):
        ...
        ValueError: spike: core is 4, expected 0 to 3.
    """
    return SPIKE | _place("spike", core, chip) | _index("spike", "neuron", neuron, NEURONS)


def line(number: Any, *, core: int | Sequence[int] = 0, chip: int = 0) -> Any:
    """An event on an external line of one core or of several.

    Args:
        number: 0 to 511, or an array of them.
        core: 0 to 3, or several.
        chip: 0 to 15.

    Raises:
        ValueError: a line, core or chip that does not exist.

    Source: ours; the chip's format is not public.

    Example:
        >>> line([0, 5], core=(0, 1)).tolist()
        [13, 5133]
    """
    return LINE | _place("line", core, chip) | _index("line", "number", number, EXTERNAL)


def virtual(
    neuron: Any,
    weight: int,
    *,
    inhibitory: bool = False,
    core: int | Sequence[int] = 0,
    chip: int = 0,
) -> Any:
    """A weight that reaches a neuron without a synapse.

    Args:
        neuron: 0 to 511, or an array of them.
        weight: 0 to 7.
        inhibitory: take the weight away.
        core: 0 to 3, or several.
        chip: 0 to 15.

    Raises:
        ValueError: a neuron, core, chip or weight that does not exist.

    Source: that of ODIN; whether MorphIC has one is not public.

    Example:
        >>> hex(virtual(3, 7))
        '0x700c06'
    """
    if not 0 <= operator.index(weight) <= 7:
        raise ValueError(f"virtual: weight is {weight}, expected 0 to 7: there are 3 bits for it.")
    carried = weight << WEIGHT_AT | bool(inhibitory) << SIGN_AT
    place = VIRTUAL | _place("virtual", core, chip) | carried
    return place | _index("virtual", "neuron", neuron, NEURONS)


def time_reference(
    neuron: int | None = None, *, core: int | Sequence[int] = range(CORES), chip: int = 0
) -> Any:
    """The end of an interval: membranes and calcium leak.

    Args:
        neuron: one of a core; `None` is all.
        core: 0 to 3, or several; all if not given.
        chip: 0 to 15.

    Raises:
        ValueError: a neuron, core or chip that does not exist.

    Source: that of ODIN, with an address of ours.

    Example:
        >>> hex(time_reference()), hex(time_reference(3, core=0))
        ('0x8003f', '0xc07')
    """
    place = REFERENCE | _place("time_reference", core, chip)
    if neuron is None:
        return place | 1 << ALL_AT
    return place | _index("time_reference", "neuron", neuron, NEURONS)


def _place(owner: str, core: int | Sequence[int], chip: int) -> int:
    mask = 0
    for one in core if isinstance(core, Sequence) else (core,):
        mask |= 1 << int(within(owner, "core", one, CORES))
    if not mask:
        raise ValueError(f"{owner}: core is {core!r}, expected at least one of 0 to {CORES - 1}.")
    return mask << CORE_AT | int(within(owner, "chip", chip, CHIPS)) << CHIP_AT


def _index(owner: str, name: str, given: Any, count: int) -> Any:
    return within(owner, name, given, count) << INDEX_AT
