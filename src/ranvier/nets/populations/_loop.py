"""The loop over time, which Numba compiles: arrivals, the neurons' step, spikes, delivery."""

from typing import Any

import numpy as np


def advance(
    update: Any,
    deliver: Any,
    draw: Any,
    memory: np.ndarray,
    arriving: np.ndarray,
    scalars: np.ndarray,
    outputs: np.ndarray,
    busy: np.ndarray,
    layout: tuple[int, int],
    first: int,
    last: int,
    projections: Any,
    inputs: Any,
    streams: np.ndarray,
    spike_steps: np.ndarray,
    spike_units: np.ndarray,
    trace_places: np.ndarray,
    traces: np.ndarray,
) -> tuple[int, int]:
    """Steps `first` to `last`, or until there may be no room for the spikes of one more.

    Args:
        update: one step of the neurons, in place, which puts down the units that gave an output.
        deliver, draw: the two functions below, compiled.
        memory: state variables and constants, row after row.
        arriving: what is on its way, `[slots, channel after channel]`; step t reads slot t mod
            slots.
        scalars: constants that all units share.
        outputs, busy: what `update` needs room for.
        layout: number of units, and place of the output in the memory.
        first, last: steps.
        projections: per projection its first and last presynaptic unit, where its postsynaptic
            ones begin in a slot, where each unit's connections begin, the units that they reach,
            their weights (none: all one), and the delays (one, or one per presynaptic unit).
        inputs: per Poisson input where its units begin in a slot, their number, cumulated
            probabilities, and where to begin to look in them.
        streams: state of the random numbers of each input.
        spike_steps, spike_units: filled with the spikes.
        trace_places, traces: places in the memory to copy after each step, and where to.

    Returns:
        The step that comes next, and the number of spikes.
    """
    units, output = layout
    slots, count = len(arriving), 0
    for step in range(first, last):
        if count + units > len(spike_steps):
            return step, count
        now = arriving[step % slots]
        for k in range(len(inputs)):
            draw(inputs[k], streams, k, now)
        before = count
        count = update(memory, now, scalars, outputs, busy, spike_units, count)
        spike_steps[before:count] = step
        for k in range(len(trace_places)):
            traces[step - first, k] = memory[trace_places[k]]
        for k in range(len(projections)):
            deliver(projections[k], arriving, step + 1, spike_units, before, count, memory, output)
    return last, count


def deliver(
    projection: Any,
    arriving: np.ndarray,
    step: int,
    spike_units: np.ndarray,
    before: int,
    count: int,
    memory: np.ndarray,
    output: int,
) -> None:
    """Put what units sent, spikes `before` to `count`, into slots read from `step` on.

    Without views, each of which would be counted while it is held, and with places that have no
    sign, so that none is looked at from the end.
    """
    first, last, reached, begins, targets, weights, delays = projection
    for k in range(before, count):
        unit = spike_units[k]
        if first <= unit < last:
            sent, source = arriving.dtype.type(memory[output + unit]), unit - first
            delay = delays[source] if len(delays) > 1 else delays[0]
            slot = (step + delay) % len(arriving)
            if len(weights) > 0:
                for c in range(begins[source], begins[source + 1]):
                    arriving[slot, reached + targets[c]] += weights[c] * sent
            else:
                for c in range(begins[source], begins[source + 1]):
                    arriving[slot, reached + targets[c]] += sent


def draw(given: Any, streams: np.ndarray, stream: int, now: np.ndarray) -> None:
    """Add a Poisson number to every unit of an input, by inversion of SplitMix64's numbers."""
    begin, units, cumulated, guide = given
    state = streams[stream]
    for i in range(begin, begin + units):
        state += np.uint64(0x9E3779B97F4A7C15)
        bits = state
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits = bits ^ (bits >> np.uint64(31))
        uniform = np.float64(bits >> np.uint64(11)) * 2.0**-53
        number = guide[int(uniform * len(guide))]
        while uniform >= cumulated[number]:
            number += 1
        now[i] += number
    streams[stream] = state
