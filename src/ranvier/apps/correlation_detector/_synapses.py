"""What can hold the weights of the detector, and the rule that moves them."""

from ranvier.hardware import devices
from ranvier.hardware.updates import AbruptReset, OnCells, OneSidedPair, StochasticTrain
from ranvier.learn.plasticity import (
    Bounded,
    CoincidenceSTDP,
    Memory,
    OverlappingPulses,
    Plasticity,
)

KINDS = {
    "float": "numbers",
    "pair": "pairs of devices",
    "single": "single devices",
    "overlap": "single devices, overlapping pulses",
}
"""Kinds of synapses, by the names of the settings."""

DEVICES = {"float": 0, "pair": 2, "single": 1, "overlap": 1}
"""Devices per weight."""

DEPRESSION = {"float": 0.4, "pair": 0.1, "single": 0.05}
"""Steps down per step up; on devices the chance of a pulse down, since pulses are whole. Chosen by
hand: a pulse of an empty device moves it four times as far as one of a device that is half full,
and a RESET undoes all pulses at once."""

AFTER = 2
"""Steps behind an output spike in which an event is a RESET by overlapping pulses: with events in
a fiftieth of the steps, about as often as by chance in single devices."""

_FULL = 1.5
"""The conductance that stands for the weight 1, in units of the device: forty pulses from none."""

_WRITES = 40
"""Pulses of a refresh, at most: what fills an empty device on average."""


def synapses(kind: str, step: float) -> tuple[Plasticity, Memory]:
    """The rule and the memory of one kind of synapses.

    Args:
        kind: of `KINDS`.
        step: change of one step up, in units of a full weight.

    Example:
        >>> rule, memory = synapses("float", 0.05)
        >>> rule.potentiation, memory.high
        (0.05, 1.0)
    """
    if kind == "float":
        return CoincidenceSTDP(step, DEPRESSION[kind] * step), Bounded(0.0, 1.0)
    # Rules ask for one step of the cell, which is one pulse, however far it will move the device.
    pulse, limit = _FULL * step, 1 / _FULL
    memory = devices.pcm_one_sided()
    if kind == "overlap":
        rule = OverlappingPulses.rectangular(1, AFTER, potentiation=step, depression=step)
        return rule, OnCells(AbruptReset(memory, expected_step=pulse), limit=limit)
    rule = CoincidenceSTDP(step, DEPRESSION[kind] * step)
    if kind == "pair":
        cell = OneSidedPair(memory, expected_step=pulse, writes=_WRITES)
        return rule, OnCells(cell, StochasticTrain(1), limit=limit, bounds=(0.0, 1.0))
    return rule, OnCells(AbruptReset(memory, expected_step=pulse), StochasticTrain(1), limit=limit)
