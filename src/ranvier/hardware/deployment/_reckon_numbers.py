"""The numbers of a network as ReckOn holds them: blocks, scales and shared leaks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ranvier.hardware.deployment._plain import Plain
from ranvier.hardware.deployment._ran import Statistics
from ranvier.hardware.deployment._reckon_rules import SLOTS
from ranvier.hardware.deployment._rounding import Rounding, relative_error, whole_weights

_TOP = 127
# Membranes have 16 bits with a sign; those of later examples may be larger than those seen.
_ROOM = 16_000
LEAK_ONE, KAPPA_ONE = 1 << 15, 1 << 7


class Weights(NamedTuple):
    """Of inputs `[n_in, n]`, neurons `[n, n]` and outputs `[n, n_out]`."""

    inputs: NDArray
    neurons: NDArray
    outputs: NDArray


class Scales(NamedTuple):
    """What one is worth in a membrane and in an output, and by how many places weights move up."""

    membrane: float
    output: float
    places: tuple[int, int, int]

    @property
    def steps(self) -> Weights:
        """What one is worth in each kind of weight."""
        base = (self.membrane, self.membrane, self.output)
        return Weights(*(one * 2**up for one, up in zip(base, self.places, strict=True)))


def blocks(hidden: Sequence[Plain], readout: Plain) -> Weights:
    """Hidden layers side by side; the threshold of every unit is one.

    Args:
        hidden: layers, first to last.
        readout: what the last of them reaches.
    """
    ends = np.cumsum([len(layer.decay) for layer in hidden])
    neurons = int(ends[-1])
    w_inp = np.zeros((len(hidden[0].weight), neurons))
    w_rec = np.zeros((neurons, neurons))
    w_out = np.zeros((neurons, len(readout.decay)))
    before = slice(0)
    for number, (layer, end) in enumerate(zip(hidden, ends, strict=True)):
        own = slice(int(end) - len(layer.decay), int(end))
        arriving = layer.weight / layer.threshold
        if number:
            w_rec[before, own] = arriving
        else:
            w_inp[:, own] = arriving
        if layer.recurrent is not None:
            w_rec[own, own] = layer.recurrent / layer.threshold
        before = own
    w_out[before] = readout.weight
    return Weights(w_inp, w_rec, w_out)


def scales(weights: Weights, hidden: Sequence[Plain], seen: Sequence[Statistics]) -> Scales:
    """The finest that leave room for the largest membranes.

    Args:
        weights: as `blocks` gives them.
        hidden: the hidden layers.
        seen: of all layers.
    """
    largest = [
        one.largest / float(layer.threshold.min()) for layer, one in zip(hidden, seen, strict=False)
    ]
    sizes = [float(np.abs(one).max()) / _TOP for one in weights]
    membrane, ups = _scaled(sizes[:2], max(*largest, 1.0))
    output, up = _scaled(sizes[2:], seen[-1].largest)
    return Scales(membrane, output, (ups[0], ups[1], up[0]))


def _scaled(sizes: Sequence[float], largest: float) -> tuple[float, tuple[int, ...]]:
    top = max(sizes) or 1.0
    finest = max(largest / _ROOM, top / 2**7)
    up = int(np.floor(np.log2(top / finest) + 1e-9))
    step = top / 2**up if up >= 0 else finest
    places = (0 if one <= step else int(np.ceil(np.log2(one / step) - 1e-9)) for one in sizes)
    return step, tuple(places)


def whole(weights: Weights, held: Scales) -> Weights:
    """Weights of 8 bits.

    Args:
        weights: as `blocks` gives them.
        held: what one is worth.
    """
    pairs = zip(weights, held.steps, strict=True)
    return Weights(*(whole_weights(one, step, _TOP) for one, step in pairs))


def shared_leaks(decay: NDArray) -> NDArray[np.int64]:
    """The leak of every pair of slots, in 32768ths; neighbours have the mean of theirs.

    Args:
        decay: of the neurons in their order on the chip, `[n]`.
    """
    pairs = np.zeros(SLOTS // 2)
    filled = np.append(decay, decay[-1]) if len(decay) % 2 else decay
    pairs[: len(filled) // 2] = filled.reshape(-1, 2).mean(1)
    return np.clip(np.rint(pairs * LEAK_ONE), 7 << 12, LEAK_ONE).astype(np.int64)


def lines(
    weights: Weights,
    held: Weights,
    steps: Weights,
    decays: tuple[NDArray, NDArray],
    leak: NDArray[np.int64],
    kappa: int,
) -> tuple[Rounding, ...]:
    """What was rounded.

    Args:
        weights, held: before and after.
        steps: what one is worth.
        decays: of the neurons in their order on the chip, and of the outputs.
        leak: of every pair, in 32768ths.
        kappa: leak of the outputs, in 128ths.
    """
    own = [
        Rounding(name, "weights", "8 bits", relative_error(one, after * step))
        for name, one, after, step in zip(Weights._fields, weights, held, steps, strict=True)
        if one.any()
    ]
    neurons, outputs = decays
    after = np.repeat(leak, 2)[: len(neurons)] / LEAK_ONE
    shared = Rounding("neurons", "leak", "15 bits, one for two", relative_error(neurons, after))
    kept = relative_error(outputs, np.full_like(outputs, kappa / KAPPA_ONE))
    return (*own, shared, Rounding("outputs", "leak", "7 bits, one for all", kept))
