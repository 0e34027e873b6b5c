"""Two networks with the same weights: one of rectified units, one of spike times."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import jax.random as jr
import numpy as np

from ranvier.apps.spike_times._settings import Settings
from ranvier.convert.relu import normal_form
from ranvier.convert.ttfs import identity_mapping
from ranvier.nets import Graph
from ranvier.nets.ttfs import ReLUNetwork, SpikeTimeNetwork
from ranvier.neurons import ReLU
from ranvier.synapses import (
    Bias,
    Convolution,
    Dense,
    Flatten,
    MaximumPooling,
    he_uniform,
)

CLASSES = 10


def input_shape(settings: Settings, image: tuple[int, ...]) -> tuple[int, ...]:
    """How an image enters: with its axes where there are convolutions, else in a row.

    Args:
        settings: whether there are convolutions.
        image: axes of an image, with or without one of colours.
    """
    if not settings.channels:
        return (math.prod(image),)
    return image if len(image) == 3 else (*image, 1)


def twins(
    settings: Settings,
    in_shape: tuple[int, ...],
    seed: int,
    parameters: Sequence[Any] | None = None,
) -> tuple[ReLUNetwork, SpikeTimeNetwork]:
    """Both, with weights of the seed and windows for activities that nobody has seen yet.

    Args:
        settings: sizes.
        in_shape: axes of the input.
        seed: draws the weights, where none are given.
        parameters: weights and bias of every layer in turn.
    """
    given = _drawn(settings, in_shape, seed) if parameters is None else parameters
    rectified = normal_form(graph(settings, in_shape, given))
    windows = {name: np.array(1.5 * settings.window) for name in rectified.names}
    mapped = identity_mapping(rectified)
    spiking = SpikeTimeNetwork(
        mapped.network, mapped.slopes, {"input": np.array(1.0)} | windows, current=mapped.current
    )
    return rectified, spiking


def graph(settings: Settings, in_shape: tuple[int, ...], parameters: Sequence[Any]) -> Graph:
    """The network of rectified units: convolutions with pools of their maximum, then dense layers.

    Args:
        settings: sizes.
        in_shape: axes of the input.
        parameters: weights and bias of every layer in turn.
    """
    nodes: dict[str, Any] = {}
    shape, given = in_shape, iter(parameters)
    numbers = itertools.count(1)
    for which, between in enumerate(settings.channels, start=1):
        for number in itertools.islice(numbers, len(between)):
            convolution = Convolution(next(given), shape[:-1], padding="same")
            shape = convolution.shape
            nodes |= {
                f"convolution {number}": convolution,
                f"offset {number}": Bias(next(given), shape),
                f"map {number}": ReLU(shape),
            }
        nodes[f"pool {which}"] = MaximumPooling(shape, 2)
        shape = nodes[f"pool {which}"].shape
    if len(shape) > 1:
        nodes["flatten"] = Flatten(shape)
    for number in range(1, len(settings.hidden) + 2):
        nodes[f"weights {number}"] = Dense(next(given))
        nodes[f"bias {number}"] = Bias(next(given))
        if number <= len(settings.hidden):
            nodes[f"hidden {number}"] = ReLU(settings.hidden[number - 1])
    names = list(nodes)
    return Graph(nodes, zip(["input", *names], [*names, "output"], strict=True))


def _drawn(settings: Settings, in_shape: tuple[int, ...], seed: int) -> list[Any]:
    """Weights of He et al. and no bias, layer by layer."""
    found, shape = [], in_shape
    numbers = itertools.count(100)
    for between in settings.channels:
        for channels, number in zip(between, numbers, strict=False):
            key, kernel = jr.fold_in(jr.key(seed), number), settings.kernel
            drawn = Convolution.random(
                shape, channels, kernel, key=key, init=he_uniform, padding="same"
            )
            found += [drawn.weight, np.zeros(channels)]
            shape = (*shape[:2], channels)
        shape = (shape[0] // 2, shape[1] // 2, shape[2])
    sizes = (math.prod(shape), *settings.hidden, CLASSES)
    for number, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes), start=1):
        key = jr.fold_in(jr.key(seed), number)
        found += [he_uniform(key, (fan_out, fan_in)), np.zeros(fan_out)]
    return found


def weights_of(network: ReLUNetwork | SpikeTimeNetwork) -> list[np.ndarray]:
    """Weights and bias of every layer in turn, in the same order for both.

    Args:
        network: one of the twins.
    """
    inner = network.network if isinstance(network, SpikeTimeNetwork) else network
    found: list[np.ndarray] = []
    for units in (*inner.units.values(), inner.output):
        for way in units.ways:
            weighted = (s for s in way.synapses if isinstance(s, (Dense, Convolution)))
            found += [np.asarray(synapse.weight) for synapse in weighted]
        found.append(np.asarray(units.bias))
    return found


def apart(one: Any, two: Any) -> float:
    """The largest difference between a parameter of the one and of the other.

    Args:
        one, two: networks of the same form.
    """
    pairs = zip(weights_of(one), weights_of(two), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)
