"""What a chip is given, checked and brought into the form that the machine reads."""

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ranvier.hardware.chips._registers import pack
from ranvier.hardware.chips.odin import _words
from ranvier.hardware.chips.odin._events import NEURONS
from ranvier.hardware.chips.odin._izhikevich_registers import IzhikevichNeuron, IzhikevichState
from ranvier.hardware.chips.odin._lif_registers import LIFNeuron, LIFState

_STATES = {LIFNeuron: LIFState, IzhikevichNeuron: IzhikevichState}


def by_index(
    owner: str,
    what: str,
    given: Mapping[int, Any] | Sequence[Any],
    count: int = NEURONS,
    place: str = "the chip",
) -> dict[int, Any]:
    pairs = given.items() if isinstance(given, Mapping) else enumerate(given)
    by_index = {operator.index(index): value for index, value in pairs}
    for index in by_index:
        if not 0 <= index < count:
            raise ValueError(
                f"{owner}: {what} has index {index}, expected 0 to {count - 1}: {place} has "
                f"{count} neurons."
            )
    return by_index


def word(index: int, neuron: Any, state: Any) -> np.ndarray:
    kind = _STATES.get(type(neuron))
    if kind is None:
        raise TypeError(
            f"ODIN: neuron {index} is {neuron!r}, expected a LIFNeuron or an IzhikevichNeuron."
        )
    held = kind() if state is None else state
    if type(held) is not kind:
        raise TypeError(
            f"ODIN: the state of neuron {index} is {held!r}, expected a {kind.__name__}."
        )
    bits = pack(neuron) | pack(held) | isinstance(neuron, LIFNeuron)
    return np.frombuffer(bits.to_bytes(_words.WORD_BYTES, "little"), np.uint8)


def padded(
    owner: str,
    synapses: Any,
    low: int,
    high: int,
    meaning: str,
    shape: tuple[int, int] = (NEURONS, NEURONS),
) -> np.ndarray:
    out = np.zeros(shape, np.int8)
    if synapses is None:
        return out
    given = np.asarray(synapses)
    if given.ndim != 2 or given.shape[0] > shape[0] or given.shape[1] > shape[1]:
        most = f"{shape[0]} each" if shape[0] == shape[1] else f"{shape[0]} and {shape[1]}"
        raise ValueError(
            f"{owner}: synapses have shape {given.shape}, expected [presynaptic, postsynaptic] of "
            f"at most {most}."
        )
    wrong = np.argwhere((given < low) | (given > high) | (given != np.floor(given)))
    if len(wrong):
        row, column = wrong[0]
        width = (high - low).bit_length()
        raise ValueError(
            f"{owner}: synapse ({row}, {column}) is {width} bit{'s' * (width > 1)} wide and holds "
            f"{low} to {high} "
            f"({meaning}), got {given[row, column]}."
        )
    out[: given.shape[0], : given.shape[1]] = given
    return out


def addresses(owner: str, events: Any, bits: int) -> np.ndarray:
    codes = np.asarray(events)
    codes = codes.astype(np.int64) if codes.size == 0 else codes
    if codes.ndim != 1 or codes.dtype.kind not in "iu":
        raise ValueError(
            f"{owner}.run: events are {codes.dtype}{list(codes.shape)}, expected a row of integers."
        )
    beyond = np.flatnonzero((codes < 0) | (codes >= 1 << bits))
    if len(beyond):
        raise ValueError(
            f"{owner}.run: event {beyond[0]} is {int(codes[beyond[0]]):#x}, expected an address of "
            f"{bits} bits: there is nothing beyond. `spike` and the others make them."
        )
    return codes.astype(np.int64)


def arrival_cycles(owner: str, arrivals: Any, codes: np.ndarray) -> np.ndarray:
    if arrivals is None:
        return np.zeros(0, np.int64)
    when = np.asarray(arrivals)
    if when.shape != codes.shape or (len(when) and when.dtype.kind not in "iu"):
        raise ValueError(
            f"{owner}.run: arrivals are {when.dtype}{list(when.shape)}, expected one whole clock "
            f"cycle for each of {len(codes)} events."
        )
    falls = np.flatnonzero(np.diff(when) < 0)
    if len(falls) or (len(when) and when[0] < 0):
        at = int(falls[0]) + 1 if len(falls) else 0
        raise ValueError(
            f"{owner}.run: event {at} arrives at cycle {when[at]}, expected 0 or later and not "
            "before the event ahead of it."
        )
    return when.astype(np.int64)
