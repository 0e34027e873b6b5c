"""What MorphIC holds between events, and what it tells of a run."""

from typing import NamedTuple

import numpy as np

from ranvier.hardware.chips.odin import Log

# Columns of the counters.
(
    CYCLES,
    LINE_EVENTS,
    VIRTUAL_EVENTS,
    TIME_REFERENCES,
    OPERATIONS,
    UPDATES,
    CHANGES,
    DRAWS,
    SPIKES,
    CORE_PACKETS,
    CHIP_PACKETS,
    LOST,
) = range(12)


class State(NamedTuple):
    """What MorphIC holds between events; cores of all chips follow each other.

    Attributes:
        neurons: `[cores, 512, 3]`, membrane, calcium and counter of calcium leakage.
        synapses: `[cores, 1024, 512]`, presynaptic line by postsynaptic neuron: 0 or 1.
        flags: `[cores, 512]`, 1 where synapses onto a neuron may rise, 2 where they may fall.
        queue: `[cores, places]`, line events and virtual events that wait.
        waiting: `[cores]`, how many.
        random: `[cores]`, the registers of the generators.
        counts: `[12]`, as `Counts`.

    Example:
        >>> from ranvier.hardware.chips import morphic
        >>> morphic.MorphIC([morphic.Core([])]).init().synapses.shape
        (4, 1024, 512)
    """

    neurons: np.ndarray
    synapses: np.ndarray
    flags: np.ndarray
    queue: np.ndarray
    waiting: np.ndarray
    random: np.ndarray
    counts: np.ndarray


class Counts(NamedTuple):
    """What chips did.

    Attributes:
        cycles: of the clock, at two for the update of a neuron as in ODIN; cores that serve
            events in the same round share them.
        line_events: rows of synapses that were read, one for each core that an event reached.
        virtual_events: weights given to neurons without a synapse.
        time_references: one for each core that heard it.
        synaptic_operations: synapses read to reach a neuron, 512 per line event.
        neuron_updates: of any kind.
        synapse_changes: weights that learning has changed.
        draws: clocks of the generators, 32 synapses each.
        spikes: of neurons that are not disabled.
        packets_between_cores: deliveries to a core by the router of its chip.
        packets_between_chips: one for each other chip that a spike was sent to.
        lost: events that found the queue of a core full.

    Example:
        >>> Counts(*[0] * 12)._replace(synaptic_operations=512).synaptic_operations
        512
    """

    cycles: int
    line_events: int
    virtual_events: int
    time_references: int
    synaptic_operations: int
    neuron_updates: int
    synapse_changes: int
    draws: int
    spikes: int
    packets_between_cores: int
    packets_between_chips: int
    lost: int


class Output(NamedTuple):
    """What a run gives.

    Attributes:
        events: spikes in order; a value is `2048 chip + 512 core + neuron`.
        dropped: events that found a queue full; a value is `1024 (4 chip + core) + line`.
        counts: what was done in this run.

    Example:
        See `MorphIC`.
    """

    events: Log
    dropped: Log
    counts: Counts
