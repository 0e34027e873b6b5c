"""Two networks with the same weights: one of rectified units, one of spike times."""

import itertools
from typing import Any

import jax.random as jr
import numpy as np

from ranvier.apps.spike_times._settings import Settings
from ranvier.convert.relu import normal_form
from ranvier.convert.ttfs import identity_mapping
from ranvier.nets import Graph
from ranvier.nets.ttfs import ReLUNetwork, SpikeTimeNetwork
from ranvier.neurons import ReLU
from ranvier.synapses import Bias, Dense, he_uniform

CLASSES = 10


def twins(settings: Settings, pixels: int, seed: int) -> tuple[ReLUNetwork, SpikeTimeNetwork]:
    """Both, with weights of the seed and windows for activities that nobody has seen yet.

    Args:
        settings: sizes.
        pixels: of an image.
        seed: draws the weights.
    """
    sizes = (pixels, *settings.hidden, CLASSES)
    nodes: dict[str, Any] = {}
    for number, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes), start=1):
        key = jr.fold_in(jr.key(seed), number)
        nodes[f"weights {number}"] = Dense(he_uniform(key, (fan_out, fan_in)))
        nodes[f"bias {number}"] = Bias(np.zeros(fan_out))  # pyright: ignore[reportArgumentType]
        if number <= len(settings.hidden):
            nodes[f"hidden {number}"] = ReLU(fan_out)
    ends = itertools.pairwise(["input", *nodes, "output"])
    rectified = normal_form(Graph(nodes, ends))
    windows = {name: np.array(1.5 * settings.window) for name in rectified.names}
    mapped = identity_mapping(rectified)
    spiking = SpikeTimeNetwork(
        mapped.network, mapped.slopes, {"input": np.array(1.0)} | windows, current=mapped.current
    )
    return rectified, spiking


def weights_of(network: ReLUNetwork | SpikeTimeNetwork) -> list[np.ndarray]:
    """All weights and biases, in the same order for both.

    Args:
        network: one of the twins.
    """
    inner = network.network if isinstance(network, SpikeTimeNetwork) else network
    found: list[np.ndarray] = []
    for units in (*inner.units.values(), inner.output):
        for way in units.ways:
            found += [np.asarray(s.weight) for s in way.synapses if isinstance(s, Dense)]
        found.append(np.asarray(units.bias))
    return found


def apart(one: Any, two: Any) -> float:
    """The largest difference between a parameter of the one and of the other.

    Args:
        one, two: networks of the same form.
    """
    pairs = zip(weights_of(one), weights_of(two), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)
