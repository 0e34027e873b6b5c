"""One neuron of the chip under its input, event by event."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ranvier.hardware.chips import odin, unpack

INTERVAL = 10_000
"""Clock cycles from one time reference to the next; spikes of the neuron, of 512, fit between."""

BURST_STEP = INTERVAL // 4
"""Clock cycles of a step of bursts."""

_NEURON, _EXCITES, _INHIBITS = range(3)
_WEIGHT, _EVENTS_PER_STEP = 4, 2  # Eight together, which moves the membrane by one.


class Watched(NamedTuple):
    """What a neuron did.

    Attributes:
        times: `[T]`, of input events and time references, in intervals.
        states: `[T]`, the registers of the neuron's state after each.
        spikes: `[n]`, spikes of the neuron and further ones of its bursts, in intervals.
    """

    times: np.ndarray
    states: list[odin.IzhikevichState]
    spikes: np.ndarray


def watch(neuron: odin.IzhikevichNeuron, steps: Sequence[int]) -> Watched:
    """Program a chip with one neuron, and give it steps of input in one interval after another.

    A step is two events of a synapse of weight 4. The events of an interval are spread evenly over
    it, and a time reference ends it.

    Args:
        neuron: what is programmed.
        steps: by interval, below 0 where the input inhibits.
    """
    synapses = np.zeros((3, 1), int)
    synapses[[_EXCITES, _INHIBITS], _NEURON] = 8 + _WEIGHT
    chip = odin.ODIN(
        [neuron],
        synapses,
        odin.Configuration(
            syn_sign=1 << _INHIBITS,
            burst_timeref=BURST_STEP - 1,
            # Spikes of bursts, too, are told when they are taken from the queue.
            aer_src_ctrl_nneur=1,
        ),
        compiled=False,
    )
    codes, cycles = [], []
    for interval, height in enumerate(steps):
        count = _EVENTS_PER_STEP * abs(height)
        codes += [odin.synapse(_EXCITES if height > 0 else _INHIBITS, _NEURON)] * count
        codes.append(odin.time_reference(_NEURON))
        apart = INTERVAL // (count + 1)
        cycles += [interval * INTERVAL + apart * (k + 1) for k in range(count)]
        cycles.append((interval + 1) * INTERVAL)
    state, states, spikes = chip.init(), [], []
    for k, (code, cycle) in enumerate(zip(codes, cycles, strict=True)):
        last = k == len(codes) - 1
        state, output = chip.run(state, [code], arrivals=[cycle], finish=last)
        word = int.from_bytes(chip.memory(state)[0][_NEURON].tobytes(), "little")
        states.append(unpack(odin.IzhikevichState, word))
        spikes += output.events.cycle.tolist()
    return Watched(np.array(cycles) / INTERVAL, states, np.array(spikes) / INTERVAL)


def membrane(neuron: odin.IzhikevichNeuron, states: Sequence[odin.IzhikevichState]) -> np.ndarray:
    """The membrane `[T]`: the register `core`, or the oscillation of which it is the amplitude.

    A resonating neuron passes through four phases, one per interval: up, through zero, down,
    through zero.
    """
    sign = {0: 1, 1: -1}
    return np.array(
        [held.core * (sign.get(held.reson_sign, 0) if neuron.reson_en else 1) for held in states]
    )


def threshold(neuron: odin.IzhikevichNeuron, states: Sequence[odin.IzhikevichState]) -> np.ndarray:
    """The threshold `[T]` with what changes it."""
    return np.array([neuron.thr + held.thrmod for held in states])
