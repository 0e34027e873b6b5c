"""The chip's memories as words of 128 bits, each in four chunks of 32 bits, the lowest first."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.chips.reckon._chip import ReckOn
from ranvier.hardware.chips.reckon._memory import OUTPUTS, SLOTS, State

CHUNKS = 4
PAIRS = SLOTS // 2

# Of one neuron, from the lowest bit of its half of a word on: name, width, two's complement.
_NEURON = (("u", 16, True), ("e_inp", 12, False), ("e_rec", 12, False), ("e_out", 10, False))
_HALF = 50
_THRESHOLD_AT, _ALPHA_AT = 100, 116


class Neurons(NamedTuple):
    """What the neuron memory holds.

    Attributes:
        alpha, threshold: per pair, `[128]`.
        u, e_inp, e_rec, e_out: per slot, `[256]`.
    """

    alpha: NDArray[np.int64]
    threshold: NDArray[np.int64]
    u: NDArray[np.int64]
    e_inp: NDArray[np.int64]
    e_rec: NDArray[np.int64]
    e_out: NDArray[np.int64]


def neuron_words(chip: ReckOn, state: State) -> NDArray[np.uint32]:
    """The neuron memory, one word per pair of neurons, `[128, 4]`.

    Args:
        chip: its leaks and thresholds.
        state: membranes and traces.
    """
    alpha, threshold = np.asarray(chip.alpha), np.asarray(chip.threshold)
    words = []
    for pair in range(PAIRS):
        word = int(threshold[pair]) % (1 << 16) << _THRESHOLD_AT | int(alpha[pair]) << _ALPHA_AT
        for odd in range(2):
            at = _HALF * odd
            for name, bits, _ in _NEURON:
                word |= int(getattr(state, name)[2 * pair + odd]) % (1 << bits) << at
                at += bits
        words.append(word.to_bytes(16, "little"))
    return np.frombuffer(b"".join(words), "<u4").reshape(-1, CHUNKS).astype(np.uint32)


def neurons_of(words: NDArray[np.uint32]) -> Neurons:
    """What `neuron_words` were made from.

    Args:
        words: `[128, 4]`.
    """
    found = {name: np.zeros(SLOTS, np.int64) for name, _, _ in _NEURON}
    alpha, threshold = np.zeros(PAIRS, np.int64), np.zeros(PAIRS, np.int64)
    for pair, chunks in enumerate(words.astype("<u4")):
        word = int.from_bytes(chunks.tobytes(), "little")
        threshold[pair] = _taken(word, _THRESHOLD_AT, 16, True)
        alpha[pair] = _taken(word, _ALPHA_AT, 12, False)
        for odd in range(2):
            at = _HALF * odd
            for name, bits, signed in _NEURON:
                found[name][2 * pair + odd] = _taken(word, at, bits, signed)
                at += bits
    return Neurons(alpha, threshold, **found)


def _taken(word: int, at: int, bits: int, signed: bool) -> int:
    value = word >> at & (1 << bits) - 1
    return value - (1 << bits) if signed and value >> bits - 1 else value


def weight_words(weights: NDArray[np.int8]) -> NDArray[np.uint32]:
    """A memory of weights, sixteen bytes per word, presynaptic index first, `[words, 4]`.

    Args:
        weights: `[256, 256]` or `[256, 16]`.
    """
    raw = np.ascontiguousarray(weights, np.int8).reshape(-1, 16)
    return raw.view("<u4").astype(np.uint32)


def weights_of(words: NDArray[np.uint32], columns: int) -> NDArray[np.int8]:
    """What `weight_words` were made from.

    Args:
        words: `[words, 4]`.
        columns: of the weights, 256 or 16.
    """
    return words.astype("<u4").view(np.int8).reshape(-1, columns).copy()


WORDS = {"neurons": PAIRS, "w_inp": 4096, "w_rec": 4096, "w_out": SLOTS}
"""How many words each memory has that the chip uses."""

COLUMNS = {"w_inp": SLOTS, "w_rec": SLOTS, "w_out": OUTPUTS}


def memories(chip: ReckOn, state: State) -> dict[str, NDArray[np.uint32]]:
    """The four memories by name, `[words, 4]`.

    Args:
        chip: its leaks and thresholds.
        state: all else.
    """
    held = {name: weight_words(getattr(state, name)) for name in COLUMNS}
    return {"neurons": neuron_words(chip, state), **held}


def of_memories(state: State, held: dict[str, NDArray[np.uint32]]) -> tuple[Neurons, State]:
    """The state with what four memories hold, and the neurons' parameters among it.

    Args:
        state: generators, and what no memory holds.
        held: by name, as `memories` gives them.
    """
    neurons = neurons_of(held["neurons"])
    weights = {name: weights_of(held[name], columns) for name, columns in COLUMNS.items()}
    traces = {name: getattr(neurons, name) for name, _, _ in _NEURON}
    return neurons, state._replace(**weights, **traces)
