"""Cores that serve their queues in rounds, and the packets that travel between rounds."""

from typing import Any, NamedTuple

import numpy as np

from ranvier.hardware.chips.morphic import _events
from ranvier.hardware.chips.morphic._registers import CORES, LINES, NEURONS
from ranvier.hardware.chips.morphic._rows import learn_together as learn
from ranvier.hardware.chips.morphic._rows import update_together as update
from ranvier.hardware.chips.morphic._state import (
    CHIP_PACKETS,
    CORE_PACKETS,
    CYCLES,
    LINE_EVENTS,
    LOST,
    OPERATIONS,
    SPIKES,
    TIME_REFERENCES,
    UPDATES,
    VIRTUAL_EVENTS,
)
from ranvier.hardware.chips.odin._machine import DONE, FULL, RESTLESS
from ranvier.hardware.chips.odin._work import SERVED, TAKEN, note

SPIKED, DROPPED = 0, 1  # Kinds of logs; `TAKEN` and `SERVED` lie behind them.
FLYING = 2  # In `progress`: spikes whose packets have not left.

# An entry of a queue: a line in its lowest bits, or a neuron and what it gets.
VIRTUAL_AT, WEIGHT_AT, SIGN_AT = 10, 11, 14
EXTERNAL_LINE = NEURONS


class Work(NamedTuple):
    """What the machine writes while it runs."""

    weights: np.ndarray  # What reaches each neuron of a core.
    words: np.ndarray  # The event word of each.
    flying: np.ndarray  # Neurons, over all cores, whose packets leave after this round.
    logs: np.ndarray  # [2, lines, 3], a `Log` each.
    progress: np.ndarray


def workplace(cores: int) -> Work:
    """Room for what a round can write down, and more."""
    return Work(
        np.zeros(NEURONS, np.int64),
        np.zeros(NEURONS, np.int64),
        np.zeros(cores * NEURONS, np.int64),
        np.zeros((2, 2 * at_most(cores), 3), np.int64),
        np.zeros(5, np.int64),
    )


def at_most(cores: int) -> int:
    """Lines that a round can write into a log: every neuron fires, to every core."""
    return cores * NEURONS * (cores + 1)


def push(state: Any, core: int, entry: Any, cycle: int, work: Any) -> None:
    """An event enters the queue of a core."""
    n = state.waiting[core]
    if n < state.queue.shape[1]:
        state.queue[core, n] = entry
        state.waiting[core] = n + 1
    else:
        state.counts[LOST] += 1
        note(DROPPED, core * LINES + (entry & (LINES - 1)), cycle, work)


def drive(
    chip: Any, state: Any, core: int, first: int, last: int, sign: int, reference: int, work: Any
) -> None:
    """Neurons `first` to `last` are updated; their spikes go out, to their line and away."""
    update(chip, state, core, first, last, work.weights, sign, reference, work.words)
    for i in range(first, last):
        if work.words[i] == 0:
            continue
        state.counts[SPIKES] += 1
        # A neuron is written in the second of its two cycles.
        cycle = state.counts[CYCLES] + 2 * (i - first) + 1
        note(SPIKED, core * NEURONS + i, cycle, work)
        if chip.closed_loop[core]:
            push(state, core, i, cycle, work)
        if chip.routes[core, i, 0]:
            work.flying[work.progress[FLYING]] = core * NEURONS + i
            work.progress[FLYING] += 1


def deliver(chip: Any, state: Any, work: Any) -> None:
    """Packets of all spikes of a round reach the queues of other cores."""
    now = state.counts[CYCLES]
    for k in range(work.progress[FLYING]):
        source, neuron = work.flying[k] // NEURONS, work.flying[k] % NEURONS
        home = source // CORES
        cores, chips = chip.routes[source, neuron, 0], chip.routes[source, neuron, 1]
        for there in range(len(chip.closed_loop) // CORES):
            if chips >> there & 1 == 0 and (chips or there != home):
                continue
            state.counts[CHIP_PACKETS] += there != home
            for c in range(CORES):
                if cores >> c & 1:
                    state.counts[CORE_PACKETS] += 1
                    entry = EXTERNAL_LINE + chip.routes[source, neuron, 2]
                    push(state, there * CORES + c, entry, now, work)
    work.progress[FLYING] = 0


def take_entry(chip: Any, state: Any, core: int, work: Any) -> int:
    """A core serves the head of its queue; the cycles that takes come back."""
    entry = state.queue[core, 0]
    line = entry & (LINES - 1)
    if entry >> VIRTUAL_AT & 1:
        state.counts[VIRTUAL_EVENTS] += 1
        state.counts[UPDATES] += 1
        work.weights[line] = entry >> WEIGHT_AT & 7
        drive(chip, state, core, line, line + 1, entry >> SIGN_AT & 1, 0, work)
        return 2
    state.counts[LINE_EVENTS] += 1
    state.counts[OPERATIONS] += NEURONS
    state.counts[UPDATES] += NEURONS
    # Neurons beyond the last one in use hold and receive nothing.
    last = chip.used[core]
    work.weights[:last] = state.synapses[core, line, :last]
    if chip.plastic[core, line]:
        learn(chip, state, core, line, last)
    drive(chip, state, core, 0, last, chip.signs[core, line], 0, work)
    return 2 * NEURONS


def take_round(chip: Any, state: Any, work: Any) -> None:
    """Every core that has one serves an entry, then their packets travel."""
    longest = 0
    for core in range(len(state.waiting)):
        if state.waiting[core]:
            longest = max(longest, take_entry(chip, state, core, work))
            # An entry leaves its place free only now.
            state.waiting[core] -= 1
            for n in range(state.waiting[core]):
                state.queue[core, n] = state.queue[core, n + 1]
    state.counts[CYCLES] += longest
    deliver(chip, state, work)


def take_input(chip: Any, state: Any, code: int, work: Any) -> None:
    """What an event from outside does."""
    kind, mask = code & 3, code >> _events.CORE_AT & 15
    index, longest = code >> _events.INDEX_AT & (NEURONS - 1), 1
    first_core = (code >> _events.CHIP_AT & 15) * CORES
    for core in range(first_core, first_core + CORES):
        if not mask >> (core - first_core) & 1:
            continue
        if kind == _events.SPIKE:
            push(state, core, index, 0, work)
        elif kind == _events.LINE:
            push(state, core, EXTERNAL_LINE + index, 0, work)
        elif kind == _events.VIRTUAL:
            carried = (code >> _events.WEIGHT_AT & 15) << WEIGHT_AT
            push(state, core, index | 1 << VIRTUAL_AT | carried, 0, work)
        else:
            state.counts[TIME_REFERENCES] += 1
            first, last, reached = index, index + 1, 1
            if code >> _events.ALL_AT & 1:
                first, last, reached = 0, chip.used[core], NEURONS
            state.counts[UPDATES] += reached
            drive(chip, state, core, first, last, 0, 1, work)
            longest = 2 * reached
    state.counts[CYCLES] += longest
    deliver(chip, state, work)


def serve(chip: Any, state: Any, events: Any, limit: int, work: Any) -> int:
    """Serve inputs, each when all before it has come to rest."""
    progress = work.progress
    room = work.logs.shape[1] - len(state.waiting) * NEURONS * (len(state.waiting) + 1)
    while True:
        if max(progress[SPIKED], progress[DROPPED]) > room:
            return FULL
        if state.waiting.max():
            if progress[SERVED] == limit:
                return RESTLESS
            progress[SERVED] += 1
            take_round(chip, state, work)
        elif progress[TAKEN] == len(events):
            return DONE
        else:
            k = progress[TAKEN]
            progress[TAKEN], progress[SERVED] = k + 1, 0
            take_input(chip, state, events[k], work)
