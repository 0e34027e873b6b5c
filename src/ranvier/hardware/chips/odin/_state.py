"""What a chip holds between events, and what it tells of a run."""

from typing import NamedTuple

import numpy as np

QUEUE, SLOTS, SLOT_DEPTH = 32, 57, 4

# Columns of the counters.
(
    CYCLES,
    SPIKE_EVENTS,
    VIRTUAL_EVENTS,
    SYNAPSE_EVENTS,
    TIME_REFERENCES,
    BISTABILITY_EVENTS,
    OPERATIONS,
    UPDATES,
    CHANGES,
    SPIKES,
    LOST,
    LOST_IN_BURSTS,
) = range(12)


class State(NamedTuple):
    """What ODIN holds between events; `ODIN.memory` shows it as words.

    Attributes:
        neurons: `[256, 19]`, one column per register of the neuron's state.
        synapses: `[256, 256]`, presynaptic by postsynaptic: mapping bit and weight.
        flags: `[256]`, 1 where synapses onto a neuron may rise, 2 where they may fall.
        queue: `[32]`, spikes and virtual events that wait.
        slots: `[57, 4]`, later spikes of bursts, by time slot.
        waiting: `[58]`, how many wait in each slot and, last, in the queue.
        counts: `[12]`, as `Counts`.

    Example:
        >>> from ranvier.hardware.chips import odin
        >>> odin.ODIN([]).init().queue.shape
        (32,)
    """

    neurons: np.ndarray
    synapses: np.ndarray
    flags: np.ndarray
    queue: np.ndarray
    slots: np.ndarray
    waiting: np.ndarray
    counts: np.ndarray


class Counts(NamedTuple):
    """What a chip did.

    Attributes:
        cycles: of the clock, without those of handshakes.
        spike_events: spikes that were sent through the array.
        virtual_events: weights given to neurons without a synapse.
        synapse_events: events of single synapses.
        time_references: for one neuron or for all.
        bistability_events: for one row or for all.
        synaptic_operations: synapses read to reach a neuron, unmapped ones too: 256 per spike.
        neuron_updates: of any kind.
        synapse_changes: weights that learning or drift has changed.
        spikes: of neurons that are not disabled.
        lost: spikes that found the queue full.
        lost_in_bursts: later spikes of bursts that found their slot full.

    Example:
        >>> Counts(*[0] * 12)._replace(synaptic_operations=256).synaptic_operations
        256
    """

    cycles: int
    spike_events: int
    virtual_events: int
    synapse_events: int
    time_references: int
    bistability_events: int
    synaptic_operations: int
    neuron_updates: int
    synapse_changes: int
    spikes: int
    lost: int
    lost_in_bursts: int


class Log(NamedTuple):
    """Events in the order in which they happened.

    Attributes:
        value: `[n]`, what it was: an address or an entry of the queue.
        cause: `[n]`, index of the last input event before; -1 is one of an earlier run.
        cycle: `[n]`, when, in cycles since the chip started.

    Example:
        >>> Log(*[[7], [0], [515]]).value
        [7]
    """

    value: np.ndarray
    cause: np.ndarray
    cycle: np.ndarray


class Output(NamedTuple):
    """What a run of a chip gives.

    Attributes:
        events: neurons on the output bus.
        processed: entries of the queue as they were served: 5 bits of a virtual event, or 0, and
            8 bits of the neuron.
        dropped: neurons whose spikes found the queue or the slot of their burst full.
        counts: what was done in this run.

    Example:
        See `ODIN`.
    """

    events: Log
    processed: Log
    dropped: Log
    counts: Counts


def fresh(neurons: np.ndarray, synapses: np.ndarray, queue: int) -> State:
    """A state with flags down and nothing that waits."""
    return State(
        neurons.copy(),
        synapses.copy(),
        np.zeros(len(neurons), np.uint8),
        np.zeros(queue, np.int64),
        np.zeros((SLOTS, SLOT_DEPTH), np.int64),
        np.zeros(SLOTS + 1, np.int64),
        np.zeros(len(Counts._fields), np.int64),
    )
