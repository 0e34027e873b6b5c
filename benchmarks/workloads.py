"""The work that every implementation is given: shapes, data and weights, the same numbers for all.

Workers of every environment import this file, so it needs nothing but NumPy.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

DECAY = 0.9
THRESHOLD = 1.0
SURROGATE_SLOPE = 25.0
LEARNING_RATE = 1e-3
TIMED_CALLS = 100


@dataclass(frozen=True)
class Filters:
    """A convolutional layer: square kernels without padding.

    Args:
        channels: Maps that it makes.
        kernel: Places along one side of the kernel.
        stride: Places from one unit to the next.
    """

    channels: int
    kernel: int
    stride: int


@dataclass(frozen=True)
class Network:
    """A spiking network and the input it is trained on.

    Args:
        sizes: Width of the input, of each spiking layer, and of the readout. With filters, the
            first is what the last convolution gives.
        steps: Time steps T of one sequence.
        batch: Sequences B in one batch.
        density: Fraction of inputs that are one at any time step.
        loss: ``classes``, cross-entropy of the readout's mean over time; ``keys``, Bernoulli
            negative log-likelihood of every output at every step.
        recurrent: Whether each spiking layer hears its own last spikes.
        space: Axes of the input, ``(channels, height, width)``, where there are filters.
        filters: Convolutional spiking layers before the dense ones.
    """

    sizes: tuple[int, ...]
    steps: int
    batch: int
    density: float
    loss: Literal["classes", "keys"]
    recurrent: bool = False
    space: tuple[int, int, int] | None = None
    filters: tuple[Filters, ...] = ()

    def in_shape(self) -> tuple[int, ...]:
        """Axes of the input at one step."""
        return self.space or self.sizes[:1]

    def maps(self) -> list[tuple[int, int, int]]:
        """Axes before each convolution and after the last, ``(channels, height, width)``."""
        return maps(self.space, self.filters) if self.space else []


def maps(space: tuple[int, int, int], filters: tuple[Filters, ...]) -> list[tuple[int, int, int]]:
    """Axes before each convolution and after the last, ``(channels, height, width)``.

    Example:
        >>> maps((2, 34, 34), (Filters(16, 5, 2), Filters(32, 3, 2)))
        [(2, 34, 34), (16, 15, 15), (32, 7, 7)]
    """
    found = [space]
    for layer in filters:
        _, height, width = found[-1]
        found.append(
            (
                layer.channels,
                (height - layer.kernel) // layer.stride + 1,
                (width - layer.kernel) // layer.stride + 1,
            )
        )
    return found


FEEDFORWARD = Network((700, 256, 256, 20), steps=100, batch=128, density=0.05, loss="classes")
CHORALES = Network((88, 150, 88), steps=128, batch=16, density=3.9 / 88, loss="keys")


@dataclass(frozen=True)
class Workload:
    """One row of the report.

    Args:
        title: What the table calls it.
        network: The network that does the work.
        kind: ``training``, one optimiser step on one batch; ``inference``, one batch;
            ``clip``, one sequence of batch one in one call; ``stream``, the same sequence as T
            calls with the state carried by the caller.
        calls: Calls behind one measurement; times are reported per call.
    """

    title: str
    network: Network
    kind: Literal["training", "inference", "clip", "stream"]
    calls: int = 1


WORKLOADS = {
    "training": Workload(
        "Training step, 700-256-256-20, T = 100, batch 128", FEEDFORWARD, "training"
    ),
    "chorales": Workload("Training step, 88-150-88, T = 128, batch 16", CHORALES, "training"),
    "inference": Workload(
        "Inference, 700-256-256-20, T = 100, batch 128", FEEDFORWARD, "inference"
    ),
    "clip": Workload("Streaming, batch 1: a clip of 100 steps in one call", FEEDFORWARD, "clip"),
    "stream": Workload(
        "Streaming, batch 1: one call per time step", FEEDFORWARD, "stream", calls=TIMED_CALLS
    ),
}


@dataclass(frozen=True)
class Point:
    """One workload of the sweep; as a dictionary it travels to the workers.

    Args:
        network: ``feedforward``, 700-W-W-20; ``recurrent``, 700-W-20 whose hidden layer feeds
            back; ``convolutional``, 2 x 34 x 34 by two strided convolutions to 10.
        kind: ``training`` or ``inference``.
        steps: Time steps T.
        width: W; for the convolutional network, channels of the first layer, the second having
            twice as many.
        batch: Sequences B.
    """

    network: Literal["feedforward", "recurrent", "convolutional"]
    kind: Literal["training", "inference"]
    steps: int
    width: int
    batch: int

    def request(self) -> dict[str, Any]:
        """What a worker is sent."""
        return asdict(self)

    def workload(self) -> Workload:
        """The same as any other workload."""
        return Workload(
            f"{self.network}, {self.kind}, T = {self.steps}, W = {self.width}, batch {self.batch}",
            self._network(),
            self.kind,
        )

    def _network(self) -> Network:
        if self.network == "convolutional":
            space = (2, 34, 34)
            filters = (Filters(self.width, 5, 2), Filters(2 * self.width, 3, 2))
            channels, height, width = maps(space, filters)[-1]
            sizes = (channels * height * width, 10)
            return Network(
                sizes, self.steps, self.batch, 0.05, "classes", space=space, filters=filters
            )
        hidden = (self.width,) if self.network == "recurrent" else (self.width, self.width)
        return Network(
            (700, *hidden, 20),
            self.steps,
            self.batch,
            0.05,
            "classes",
            recurrent=self.network == "recurrent",
        )


def find(asked: str | dict[str, Any]) -> Workload:
    """The workload that a request names, or describes as a `Point` does."""
    return WORKLOADS[asked] if isinstance(asked, str) else Point(**asked).workload()


def inputs(network: Network, batch: int, seed: int = 0) -> np.ndarray:
    """Bernoulli spikes, ``[T, B, *in_shape]``, float32."""
    random = np.random.default_rng(seed)
    shape = (network.steps, batch, *network.in_shape())
    return (random.random(shape, dtype=np.float32) < network.density).astype(np.float32)


def targets(network: Network, batch: int, seed: int = 1) -> np.ndarray:
    """Class indices ``[B]``, int64, or binary outputs ``[T, B, outputs]``, float32."""
    random = np.random.default_rng(seed)
    if network.loss == "classes":
        return random.integers(0, network.sizes[-1], batch)
    shape = (network.steps, batch, network.sizes[-1])
    return (random.random(shape, dtype=np.float32) < network.density).astype(np.float32)


def weights(network: Network, seed: int = 2) -> list[np.ndarray]:
    """Normal weights that let every spiking layer fire.

    ``[channels out, channels in, kernel, kernel]`` per convolution, then ``[out, in]`` per dense
    layer. With inputs of density p a leaky membrane of decay d wanders with variance
    fan_in p sigma^2 / (1 - d^2); sigma puts its standard deviation near the threshold.
    """
    random = np.random.default_rng(seed)
    shapes: list[tuple[int, ...]] = [
        (layer.channels, before[0], layer.kernel, layer.kernel)
        for layer, before in zip(network.filters, network.maps(), strict=False)
    ]
    shapes += [
        (fan_out, fan_in)
        for fan_in, fan_out in zip(network.sizes[:-1], network.sizes[1:], strict=True)
    ]
    return [_drawn(random, shape, network.density) for shape in shapes]


def feedback(network: Network, seed: int = 3) -> list[np.ndarray]:
    """Weights ``[out, in]`` from each spiking layer to itself; none if it is feed-forward.

    A quarter of the strength of those from the input, so that activity neither dies nor fills.
    """
    random = np.random.default_rng(seed)
    hidden = network.sizes[1:-1] if network.recurrent else ()
    return [0.25 * _drawn(random, (size, size), network.density) for size in hidden]


def _drawn(random: np.random.Generator, shape: tuple[int, ...], density: float) -> np.ndarray:
    fan_in = int(np.prod(shape[1:]))
    sigma = 0.8 * THRESHOLD * np.sqrt((1 - DECAY**2) / (fan_in * density))
    return (sigma * random.standard_normal(shape)).astype(np.float32)
