"""Monitoring mode: the output bus tells of one neuron and one of its synapses."""

from typing import Any, NamedTuple

import numpy as np

from ranvier.hardware.chips.odin import _izhikevich, _lif
from ranvier.hardware.chips.odin._state import CYCLES, Log
from ranvier.hardware.chips.odin._work import EVENTS, note

# By `is_lif`.
_CORE = (_izhikevich.CORE, _lif.CORE)
_CALCIUM = (_izhikevich.CALCIUM, _lif.CALCIUM)
_RESON_SIGN = _izhikevich.RESON_SIGN
_SYNAPSE = 0b1111_0000


def monitor(
    chip: Any, state: Any, first: int, last: int, row: int, rows_end: int, work: Any
) -> None:
    """Two packets when the neuron was written, one when the word of the synapse was.

    Neurons `first` to `last` were updated, synapses of rows `row` to `rows_end` read and written:
    those of the groups of eight neurons that were updated, or all where none was.
    """
    m, now = chip.monitored_neuron, state.counts[CYCLES]
    updated = first <= m < last
    drift = first == last
    group = m >> 3
    written = row <= chip.monitored_row < rows_end
    written = written and (drift or first >> 3 <= group <= (last - 1) >> 3)
    synapse = _SYNAPSE | state.synapses[chip.monitored_row, m]
    at_neuron = now + 2 * (m - first) + 1
    # A word of the array is written with the first of its eight neurons.
    at_synapse = now + 16 * (group - (first >> 3)) + 1
    if drift:
        at_synapse = now + 64 * (chip.monitored_row - row) + 2 * group + 1
    if written and not (updated and at_synapse == at_neuron):
        note(EVENTS, synapse, at_synapse, work)
    if updated:
        lif, flags = chip.is_lif[m], state.flags[m]
        spike = work.words[m] >> 6
        if not chip.output_at_spike:
            spike = np.int64(rows_end > row and last - first > 1 and row == m)
        phase = 0 if lif else state.neurons[m, _RESON_SIGN]
        learns = (flags & 1) << 6 | (flags >> 1) << 5
        calcium = state.neurons[m, _CALCIUM[lif]]
        note(EVENTS, spike << 7 | learns | calcium << 2 | phase, at_neuron, work)
        note(EVENTS, state.neurons[m, _CORE[lif]], at_neuron, work)
    if written and updated and at_synapse == at_neuron:
        note(EVENTS, synapse, at_synapse, work)


class Monitored(NamedTuple):
    """What the output bus told in monitoring mode.

    Attributes:
        neuron: of every update of the neuron, arrays by name: `cause` and `cycle` as in `Log`;
            `spike`, `up`, `down`; `calcium`; `reson_sign`, 0 of a LIF neuron; `core`, 8 bits, of
            an Izhikevich neuron 4 bits in two's complement.
        synapse: of every time that its word was written: `cause`, `cycle`, `mapped`, `weight`.

    Example:
        See `monitored`.
    """

    neuron: dict[str, np.ndarray]
    synapse: dict[str, np.ndarray]


def monitored(events: Log) -> Monitored:
    """Read the packets of monitoring mode.

    A neuron is two bytes, {spike, up, down, calcium (3), phase of resonance (2)} and {membrane};
    a synapse is one, {1111, mapping bit, weight (3)}: no neuron has both learning flags up.

    Args:
        events: as they come from a chip with `out_aer_monitor_en`, all from its start on.

    Raises:
        ValueError: the first byte of a neuron without its second.

    Source: documentation of ODIN; when packets are sent, its open sources.

    Example:
        >>> from ranvier.hardware.chips import odin
        >>> registers = odin.Configuration(out_aer_monitor_en=1, monitor_neur_addr=1)
        >>> two = [odin.LIFNeuron(thr=9), odin.LIFNeuron(thr=9)]
        >>> chip = odin.ODIN(two, [[0, 8 + 5], [0, 0]], registers)
        >>> _, output = chip.run(chip.init(), [odin.spike(0), odin.spike(0)])
        >>> output.events.value.tolist()
        [253, 0, 5, 253, 128, 0, 0, 0]
        >>> seen = odin.monitored(output.events)
        >>> seen.neuron["core"].tolist(), seen.neuron["spike"].tolist()
        ([5, 0, 0], [0, 1, 0])
        >>> seen.synapse["weight"].tolist()
        [5, 5]
    """
    value, cause, cycle = (np.asarray(column) for column in events)
    firsts, synapses, at = [], [], 0
    while at < len(value):
        if value[at] & _SYNAPSE == _SYNAPSE:
            synapses.append(at)
            at += 1
        elif at + 1 < len(value):
            firsts.append(at)
            at += 2
        else:
            raise ValueError(
                f"monitored: byte {at}, {value[at]:#04x}, begins what is told of a neuron and is "
                "the last, expected one more. Give all events of the chip from its start on."
            )
    head, told = value[firsts].astype(np.int64), value[synapses].astype(np.int64)
    return Monitored(
        {
            "cause": cause[firsts],
            "cycle": cycle[firsts],
            "spike": head >> 7,
            "up": head >> 6 & 1,
            "down": head >> 5 & 1,
            "calcium": head >> 2 & 7,
            "reson_sign": head & 3,
            "core": value[np.array(firsts, int) + 1].astype(np.int64),
        },
        {
            "cause": cause[synapses],
            "cycle": cycle[synapses],
            "mapped": told >> 3 & 1,
            "weight": told & 7,
        },
    )
