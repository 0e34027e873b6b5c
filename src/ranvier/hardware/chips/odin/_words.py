"""The neuron memory as words and as arrays with one column per register."""

from functools import cache
from typing import Any

import numpy as np

from ranvier.hardware.chips._registers import Register, registers
from ranvier.hardware.chips.odin._izhikevich_registers import IzhikevichNeuron, IzhikevichState
from ranvier.hardware.chips.odin._lif_registers import LIFNeuron, LIFState

WORD_BYTES = 16
KINDS = ((IzhikevichNeuron, IzhikevichState), (LIFNeuron, LIFState))
PARAMETERS = len(registers(IzhikevichNeuron))
STATES = len(registers(IzhikevichState))


@cache
def columns(kind: type) -> dict[str, Register]:
    """Registers by name, in the order of the columns."""
    return registers(kind)


def load(words: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which words are LIF neurons, their parameters and their state, from `[n, 16]` bytes.

    Registers hold the bits of the word; two's complement is left to the reader.
    """
    bits = np.unpackbits(words, axis=1, bitorder="little").astype(np.int64)
    is_lif = bits[:, 0]
    parameters = np.zeros((len(words), PARAMETERS), np.int64)
    states = np.zeros((len(words), STATES), np.int64)
    for model, (neuron, state) in enumerate(KINDS):
        rows = np.flatnonzero(is_lif == model)
        for array, kind in ((parameters, neuron), (states, state)):
            for column, held in enumerate(columns(kind).values()):
                at = _place(held)
                array[rows, column] = bits[rows, at : at + held.bits] @ (1 << np.arange(held.bits))
    return is_lif, parameters, states


def store(words: np.ndarray, states: np.ndarray) -> np.ndarray:
    """The words, `[n, 16]` bytes, with other states; parameters and unused bits stay."""
    bits = np.unpackbits(words, axis=1, bitorder="little")
    for model, (_, state) in enumerate(KINDS):
        rows = np.flatnonzero(bits[:, 0] == model)
        for column, held in enumerate(columns(state).values()):
            at = _place(held)
            value = states[rows, column, None] >> np.arange(held.bits)
            bits[rows, at : at + held.bits] = value & 1
    return np.packbits(bits, axis=1, bitorder="little")


def signals() -> list[str]:
    """The names of what neurons hold."""
    return sorted({*columns(IzhikevichState), *columns(LIFState)})


def signal(name: str, is_lif: np.ndarray, states: np.ndarray) -> np.ndarray:
    """A register of every neuron, two's complement where it is; 0 where a model has none."""
    out = np.zeros(len(is_lif), np.int64)
    for model, (_, state) in enumerate(KINDS):
        known = columns(state)
        if name in known:
            raw = states[:, list(known).index(name)]
            held: Any = known[name]
            half = 1 << (held.bits - 1)
            value = (raw ^ half) - half if held.signed else raw
            out = np.where(is_lif == model, value, out)
    return out


def _place(held: Register) -> int:
    if held.at is None:
        raise ValueError("A register of a neuron has no place in its word.")
    return held.at
