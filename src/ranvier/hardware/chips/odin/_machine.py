"""The controller and the scheduler of ODIN: what is served next, and what it does."""

from typing import Any

import numpy as np

from ranvier.hardware.chips.odin._monitor import monitor
from ranvier.hardware.chips.odin._state import (
    BISTABILITY_EVENTS,
    CHANGES,
    CYCLES,
    LOST,
    LOST_IN_BURSTS,
    OPERATIONS,
    SLOT_DEPTH,
    SLOTS,
    SPIKE_EVENTS,
    SPIKES,
    SYNAPSE_EVENTS,
    TIME_REFERENCES,
    UPDATES,
    VIRTUAL_EVENTS,
)
from ranvier.hardware.chips.odin._update import update_together as update
from ranvier.hardware.chips.odin._work import (
    DROPPED,
    EVENTS,
    PROCESSED,
    SERVED,
    TAKEN,
    note,
)

DONE, FULL, RESTLESS, PAUSED = range(4)  # Why `serve` returns.
REST, LAST_INPUT, ONE_STEP = range(3)  # How far it goes.


def slot_at(chip: Any, cycle: int) -> int:
    """The slot of bursts that is served at a time."""
    return cycle // (chip.burst_timeref + 1) % SLOTS


def push(chip: Any, state: Any, neuron: Any, word: Any, cycle: int, work: Any) -> None:
    """A spike enters the queue, further ones of its burst enter their slots."""
    n = state.waiting[SLOTS]
    if n < len(state.queue):
        state.queue[n] = neuron
        state.waiting[SLOTS] = n + 1
    else:
        state.counts[LOST] += 1
        note(DROPPED, neuron, cycle, work)
    if chip.burst_timeref == 0:
        return
    further, apart = word >> 3 & 7, (word & 7) + 1
    now = slot_at(chip, cycle)
    for k in range(1, further + 1):
        slot = (now + k * apart) % SLOTS
        n = state.waiting[slot]
        if n < SLOT_DEPTH:
            state.slots[slot, n] = neuron | (k == further) << 8
            state.waiting[slot] = n + 1
        else:
            state.counts[LOST_IN_BURSTS] += 1
            note(DROPPED, neuron, cycle, work)


def drive(
    chip: Any, state: Any, first: int, last: int, sign: int, reference: int, ends: int, work: Any
) -> None:
    """Neurons `first` to `last` are updated; their spikes go out and to the scheduler."""
    update(chip, state, first, last, work.weights, sign, reference, ends, work.words)
    state.counts[UPDATES] += last - first
    for i in first + np.flatnonzero(work.words[first:last] & 64):
        state.counts[SPIKES] += 1
        # A neuron is written in the second of its two cycles.
        cycle = state.counts[CYCLES] + 2 * (i - first) + 1
        if chip.output_at_spike and chip.monitored_neuron < 0:
            note(EVENTS, i, cycle, work)
        if chip.closed_loop:
            push(chip, state, i, work.words[i], cycle, work)


def take_entry(chip: Any, state: Any, entry: int, ends: int, work: Any) -> Any:
    """Synapses of an entry of the scheduler learn and give their weights to neurons.

    Returns:
        First and last neuron, sign, time reference, neuron whose burst ends (-1: none), cycles,
        first and last row of synapses that were written.
    """
    neuron, virtual, now = entry & 255, entry >> 8, state.counts[CYCLES]
    note(PROCESSED, entry, now, work)
    if virtual:
        state.counts[VIRTUAL_EVENTS] += 1
        work.weights[neuron] = virtual >> 2
        return neuron, neuron + 1, virtual >> 1 & 1, virtual & 1, -1, 2, 0, 0
    if not chip.output_at_spike and chip.monitored_neuron < 0:
        note(EVENTS, neuron, now, work)
    neurons = len(work.weights)
    state.counts[SPIKE_EVENTS] += 1
    state.counts[OPERATIONS] += neurons
    row = state.synapses[neuron]
    work.weights[:] = chip.weights[row]
    learnt = chip.learning[row + (state.flags << 4)]
    state.counts[CHANGES] += np.count_nonzero(learnt != row)
    row[:] = learnt
    ended = neuron if ends else -1
    return 0, neurons, chip.inhibits[neuron], 0, ended, 2 * neurons, neuron, neuron + 1


def drifts(code: int) -> bool:
    """Whether an event is one of bistability, which waits until nothing else is there."""
    return code < 1 << 16 and code & 127 == 0


def take_input(chip: Any, state: Any, code: int, work: Any) -> Any:
    """What an event from the input bus does to synapses and queue, and then to neurons.

    Returns:
        As `take_entry`.
    """
    upper, lower, neurons = code >> 8 & 255, code & 255, len(work.weights)
    first, last = (upper, upper + 1) if lower >> 7 else (0, neurons)
    if code >> 16:
        state.counts[SYNAPSE_EVENTS] += 1
        state.counts[OPERATIONS] += 1
        old = state.synapses[upper, lower]
        work.weights[lower] = chip.weights[old]
        if chip.single_events_teach:
            new = chip.learning[old + (state.flags[lower] << 4)]
            state.counts[CHANGES] += new != old
            state.synapses[upper, lower] = new
        return lower, lower + 1, chip.inhibits[upper], 0, -1, 2, upper, upper + 1
    if lower & 127 == 127:
        state.counts[TIME_REFERENCES] += 1
        return first, last, 0, 1, -1, 2 * (last - first), 0, 0
    if lower & 127 == 0:
        state.counts[BISTABILITY_EVENTS] += 1
        for row in range(first, last):
            moved = chip.drift[state.synapses[row]]
            state.counts[CHANGES] += np.count_nonzero(moved != state.synapses[row])
            state.synapses[row] = moved
        return 0, 0, 0, 0, -1, 64 * (last - first), first, last
    n = state.waiting[SLOTS]  # Never full: a full queue is served before any input.
    state.queue[n] = (lower >> 3) << 8 | upper
    state.waiting[SLOTS] = n + 1
    return 0, 0, 0, 0, -1, 1, 0, 0


def next_slot(chip: Any, state: Any) -> int:
    """When the next slot that is not empty begins; -1 where all are empty."""
    if chip.burst_timeref == 0:
        return -1
    step = chip.burst_timeref + 1
    now = state.counts[CYCLES] // step
    for ahead in range(1, SLOTS):
        if state.waiting[(now + ahead) % SLOTS]:
            return (now + ahead) * step
    return -1


def serve(
    chip: Any, state: Any, events: Any, arrivals: Any, until: int, limit: int, work: Any
) -> int:
    """Serve inputs and the scheduler in the order of the controller.

    Without `arrivals` an input comes when all before it has come to rest.
    """
    timed, counts, waiting, progress = len(arrivals) > 0, state.counts, state.waiting, work.progress
    room = work.logs.shape[1] - 8 * len(work.weights)
    while True:
        if max(progress[EVENTS], progress[PROCESSED], progress[DROPPED]) > room:
            return FULL
        k = progress[TAKEN]
        if k == len(events) and until == LAST_INPUT:
            return DONE
        slot = slot_at(chip, counts[CYCLES])
        queued = waiting[slot] + waiting[SLOTS]
        later = -1
        if queued == 0:
            later = next_slot(chip, state)
        arrival = -1
        if timed and k < len(events):
            arrival = arrivals[k]
        present = k < len(events) and arrival <= counts[CYCLES]
        if present and not timed:
            present = queued == 0 and later < 0
        drift = present and drifts(events[k])
        line = -1
        if present and (queued == 0 if drift else waiting[SLOTS] < len(state.queue)):
            progress[TAKEN], progress[SERVED] = k + 1, 0
            does = take_input(chip, state, events[k], work)
        elif queued:
            if progress[SERVED] == limit and arrival < 0:
                return RESTLESS
            progress[SERVED] += 1
            line = slot if waiting[slot] else SLOTS
            entry = state.slots[slot, 0] if waiting[slot] else state.queue[0]
            ends = entry >> 8 if waiting[slot] else 0
            does = take_entry(chip, state, entry & 255 if waiting[slot] else entry, ends, work)
        elif later < 0 and arrival < 0:
            return DONE
        else:
            counts[CYCLES] = arrival if later < 0 or 0 <= arrival < later else later
            continue
        first, last, sign, reference, ends_at, cycles, row, rows_end = does
        if first < last:
            drive(chip, state, first, last, sign, reference, ends_at, work)
        if chip.monitored_neuron >= 0:
            monitor(chip, state, first, last, row, rows_end, work)
        counts[CYCLES] += cycles
        # An entry leaves its place free only now.
        if line == SLOTS:
            waiting[line] -= 1
            state.queue[:-1] = state.queue[1:].copy()
        elif line >= 0:
            waiting[line] -= 1
            state.slots[line, :-1] = state.slots[line, 1:].copy()
        if until == ONE_STEP:
            return PAUSED
