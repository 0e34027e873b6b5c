"""The networks whose costs are compared, as plain arrays that every side builds from.

Weights and inputs are small multiples of 1/16, and membranes halve from step to step, so that
sums do not depend on their order and all sides spike alike. Nothing here needs more than NumPy.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

DECAY, THRESHOLD = 0.5, 1.0


@dataclass(frozen=True)
class Dense:
    """All-to-all weights `[out, in]`; `masked` tells how zeros came about."""

    weight: np.ndarray
    masked: bool = False


@dataclass(frozen=True)
class Convolution:
    """Shared weights `[*kernel, in / groups, out]` over units `[*space, in]`."""

    weight: np.ndarray
    space: tuple[int, int]
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1

    @property
    def out_space(self) -> tuple[int, int]:
        reach = (self.weight.shape[0] - 1) * self.dilation + 1
        one, two = ((n + 2 * self.padding - reach) // self.stride + 1 for n in self.space)
        return one, two


@dataclass(frozen=True)
class Recurrent:
    """Weights from the input `[out, in]`, and back from the last output `[out, out]`."""

    weight: np.ndarray
    back: np.ndarray


@dataclass(frozen=True)
class Case:
    """A network and what it is shown.

    Args:
        name: what the table calls it.
        layers: connections, each followed by neurons.
        shown: `[T, B, *in_shape]`, channels last.
        neuron: `"lif"`, or how torch's simple recurrent unit runs: `"rnn cell"` or `"rnn"`.
        reset: to `"zero"` in the step of the spike, or `"subtract"` the threshold in the next one.
    """

    name: str
    layers: tuple[Dense | Convolution | Recurrent, ...]
    shown: np.ndarray
    neuron: str = "lif"
    reset: str = "zero"

    def digest(self) -> str:
        """The same on every side that built the same arrays."""
        found = hashlib.sha256(self.shown.tobytes())
        for layer in self.layers:
            found.update(layer.weight.tobytes())
            found.update(layer.back.tobytes() if isinstance(layer, Recurrent) else b"")
        return found.hexdigest()[:16]


def _weights(rng: np.random.Generator, shape: tuple[int, ...], zeros: float = 0.0) -> np.ndarray:
    """Whole sixteenths from -6 to 10, none of them zero but for the share that shall be."""
    drawn = rng.choice([*range(-6, 0), *range(1, 11)], shape) / 16
    return (drawn * (rng.random(shape) >= zeros)).astype(np.float32)


def _spikes(rng: np.random.Generator, shape: tuple[int, ...], rate: float = 0.3) -> np.ndarray:
    return (rng.random(shape) < rate).astype(np.float32)


def _dense(name: str, *, zeros: float = 0.0, masked: bool = False) -> Case:
    rng = np.random.default_rng(1)
    layers = (
        Dense(_weights(rng, (30, 40), zeros), masked),
        Dense(_weights(rng, (10, 30), zeros), masked),
    )
    return Case(name, layers, _spikes(rng, (8, 4, 40)))


def _convolution(name: str, **laid: int) -> Case:
    rng = np.random.default_rng(2)
    seen = 4 // laid.get("groups", 1)
    first = Convolution(_weights(rng, (3, 3, seen, 6)), (10, 9), **laid)
    units = 6 * int(np.prod(first.out_space))
    head = Dense(_weights(rng, (5, units)))
    return Case(name, (first, head), _spikes(rng, (6, 3, 10, 9, 4)))


def cases() -> dict[str, Case]:
    """All networks by name, the same arrays at every call."""
    rng = np.random.default_rng(3)
    recurrent = Recurrent(_weights(rng, (30, 20)), _weights(rng, (30, 30), 0.5))
    head = Dense(_weights(rng, (5, 30)))
    simple = Recurrent(_weights(rng, (12, 20)), _weights(rng, (12, 12), 0.5))
    spikes = _spikes(rng, (8, 4, 20))
    graded = rng.choice([0, 0, 0.25, 0.5, 0.75, 1.0], (8, 4, 40)).astype(np.float32)
    wide = Dense(np.ones((4001, 5003), np.float32))
    found = [
        _dense("dense"),
        _dense("dense, half of the weights zero", zeros=0.5),
        _dense("dense, half of the weights masked", zeros=0.5, masked=True),
        _convolution("convolution, stride 1"),
        _convolution("convolution, stride 2, padding 1", stride=2, padding=1),
        _convolution(
            "convolution, dilation 2, padding 2, 2 groups", dilation=2, padding=2, groups=2
        ),
        Case("recurrent", (recurrent, head), spikes, reset="subtract"),
        Case("recurrent, reset to zero", (recurrent, head), spikes),
        Case("dense, graded input", _dense("").layers, graded),
        Case("simple recurrent cell", (simple,), spikes, "rnn cell"),
        Case("simple recurrent layer", (simple,), spikes, "rnn"),
        Case("dense, 20 million weights", (wide,), _spikes(rng, (1, 3, 5003), 0.9)),
    ]
    return {case.name: case for case in found}
