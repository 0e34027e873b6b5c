"""Where tinyODIN differs from ODIN: its neuron, and what events do."""

from typing import Any

import numpy as np

from ranvier.hardware.chips.odin._state import (
    CYCLES,
    OPERATIONS,
    SLOTS,
    SPIKE_EVENTS,
    TIME_REFERENCES,
    VIRTUAL_EVENTS,
)
from ranvier.hardware.chips.odin._work import EVENTS, PROCESSED, note


def membrane_after(core: Any, weight: Any, leak: Any, reference: Any) -> Any:
    """The membranes before thresholds are tested."""
    leaks = (core > 0) * 1 - (core < 0)
    after = core + reference * -leaks * leak + (1 - reference) * weight
    # A leak that crosses zero ends there.
    after = after * (1 - reference * (after * core < 0))
    after = after - (after - 2047) * (after > 2047)
    return after - (after + 2048) * (after < -2048)


def update(
    chip: Any,
    state: Any,
    first: int,
    last: int,
    weights: Any,
    sign: int,
    reference: int,
    burst_ends_at: int,
    words: Any,
) -> None:
    """Update neurons `first` to `last`; event words come to `words`."""
    core = membrane_after(
        state.neurons[first:last, 0], weights[first:last], chip.leak[first:last], reference
    )
    fires = (core >= 0) & (core >= chip.threshold[first:last])
    state.neurons[first:last, 0] = core * (1 - fires)
    words[first:last] = fires * chip.enabled[first:last] * 64


def take_entry(chip: Any, state: Any, entry: int, ends: int, work: Any) -> Any:
    """As that of ODIN, with signed weights, without learning, up to `max_neur`."""
    neuron, virtual, now = entry & 255, entry >> 8, state.counts[CYCLES]
    note(PROCESSED, entry, now, work)
    if virtual:
        state.counts[VIRTUAL_EVENTS] += 1
        work.weights[neuron] = (virtual ^ 8) - 8
        return neuron, neuron + 1, 0, 0, -1, 2, 0, 0
    if not chip.output_at_spike:
        note(EVENTS, neuron, now, work)
    state.counts[SPIKE_EVENTS] += 1
    state.counts[OPERATIONS] += chip.reached
    work.weights[:] = (state.synapses[neuron].astype(np.int64) ^ 8) - 8
    return 0, chip.reached, 0, 0, -1, 2 * chip.reached + 1, 0, 0


def drifts(code: int) -> bool:
    """Nothing does."""
    return code < 0


def take_input(chip: Any, state: Any, code: int, work: Any) -> Any:
    """As that of ODIN: time references, and what goes to the queue."""
    lower = code & 255
    if code >> 8 & 1:
        state.counts[TIME_REFERENCES] += 1
        first, last = (0, chip.reached) if lower == 255 else (lower, lower + 1)
        return first, last, 0, 1, -1, 2 * (last - first), 0, 0
    n = state.waiting[SLOTS]  # Never full: a full queue is served before any input.
    # A virtual event has four bits of weight and four of a neuron.
    state.queue[n] = (lower >> 4) << 8 | (lower & 15) if code >> 9 else lower
    state.waiting[SLOTS] = n + 1
    return 0, 0, 0, 0, -1, 1, 0, 0


def monitor(
    chip: Any, state: Any, first: int, last: int, row: int, rows_end: int, work: Any
) -> None:
    """Nothing is monitored."""
