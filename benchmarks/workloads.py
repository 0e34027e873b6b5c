"""The work that every implementation is given: shapes, data and weights, the same numbers for all.

Workers of every environment import this file, so it needs nothing but NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

DECAY = 0.9
THRESHOLD = 1.0
SURROGATE_SLOPE = 25.0
LEARNING_RATE = 1e-3
TIMED_CALLS = 100


@dataclass(frozen=True)
class Network:
    """A feed-forward spiking network and the input it is trained on.

    Args:
        sizes: Width of the input, of each spiking layer, and of the readout.
        steps: Time steps T of one sequence.
        batch: Sequences B in one batch.
        density: Fraction of inputs that are one at any time step.
        loss: ``classes``, cross-entropy of the readout's mean over time; ``keys``, Bernoulli
            negative log-likelihood of every output at every step.
    """

    sizes: tuple[int, ...]
    steps: int
    batch: int
    density: float
    loss: Literal["classes", "keys"]


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


def inputs(network: Network, batch: int, seed: int = 0) -> np.ndarray:
    """Bernoulli spikes, ``[T, B, inputs]``, float32."""
    random = np.random.default_rng(seed)
    shape = (network.steps, batch, network.sizes[0])
    return (random.random(shape, dtype=np.float32) < network.density).astype(np.float32)


def targets(network: Network, batch: int, seed: int = 1) -> np.ndarray:
    """Class indices ``[B]``, int64, or binary outputs ``[T, B, outputs]``, float32."""
    random = np.random.default_rng(seed)
    if network.loss == "classes":
        return random.integers(0, network.sizes[-1], batch)
    shape = (network.steps, batch, network.sizes[-1])
    return (random.random(shape, dtype=np.float32) < network.density).astype(np.float32)


def weights(network: Network, seed: int = 2) -> list[np.ndarray]:
    """Normal weights, ``[out, in]`` per layer, that let every spiking layer fire.

    With inputs of density p a leaky membrane of decay d wanders with variance
    fan_in p sigma^2 / (1 - d^2); sigma puts its standard deviation near the threshold.
    """
    random = np.random.default_rng(seed)
    layers = []
    for fan_in, fan_out in zip(network.sizes[:-1], network.sizes[1:], strict=True):
        sigma = 0.8 * THRESHOLD * np.sqrt((1 - DECAY**2) / (fan_in * network.density))
        layers.append((sigma * random.standard_normal((fan_out, fan_in))).astype(np.float32))
    return layers
