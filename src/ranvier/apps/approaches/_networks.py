"""The networks of the comparison: the same layers, with the units of every approach."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.apps.approaches._settings import CLASSES, Settings
from ranvier.core import Cell, Neuron, Synapse
from ranvier.nets import Chain, Graph, Layer
from ranvier.neurons import QCFS, SNU, Readout, ReLU, SoftLIF, ThresholdUnit, surrogates
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Dense,
    Flatten,
    MaximumPooling,
    Scale,
    Series,
    SumPooling,
    Trinary,
    he_uniform,
)

_POOLED = 2
# At 50 Hz the activity is one, and its slope over the current too; currents start at the threshold.
_AMPLITUDE_S, _SOFT_BIAS = 0.02, 1.0
_CEILING = 2.0

Unit = Callable[[tuple[int, ...]], Neuron]


class Stage(NamedTuple):
    """What lies between two layers of units, and the weights before the next.

    Attributes:
        before: poolings and rows of units, maybe none.
        weights: dense or convolutional.
    """

    before: tuple[Synapse, ...]
    weights: Dense | Convolution


def stages(
    settings: Settings,
    network: str,
    side: int,
    pooling: type,
    *,
    key: PRNGKeyArray,
    init: Callable[..., Array] = he_uniform,
) -> list[Stage]:
    """The layers of a network, from its input to its classes.

    Args:
        settings: widths, channels and kernel.
        network: "dense" or "convolutional".
        side: rows and columns of the images.
        pooling: behind convolutions.
        key: draws the weights.
        init: how.

    Example:
        >>> import jax
        >>> found = stages(Settings(), "convolutional", 28, SumPooling, key=jax.random.key(0))
        >>> [stage.weights.shape for stage in found]
        [(24, 24, 6), (8, 8, 12), (10,)]
    """
    convolutional = network == "convolutional"
    found: list[Stage] = []
    keys = iter(jr.split(key, len(settings.channels) + len(settings.hidden) + 1))
    shape = axes(network, side)
    before: tuple[Synapse, ...] = ()
    for channels in settings.channels if convolutional else ():
        weights = Convolution.random(shape, channels, settings.kernel, key=next(keys), init=init)
        found.append(Stage(before, weights))
        before = (pooling(weights.shape, _POOLED),)
        shape = before[0].shape
    if convolutional:
        row = Flatten(shape)
        before, shape = (*before, row), row.shape
    for width in (*(() if convolutional else settings.hidden), CLASSES):
        found.append(Stage(before, Dense.random(shape[0], width, key=next(keys), init=init)))
        before, shape = (), (width,)
    return found


def axes(network: str, side: int) -> tuple[int, ...]:
    """Axes of the input: an image for convolutions, all pixels in one row without.

    Example:
        >>> axes("dense", 28), axes("convolutional", 28)
        ((784,), (28, 28, 1))
    """
    return (side, side, 1) if network == "convolutional" else (side**2,)


def static(settings: Settings, kind: str, network: str, side: int, seed: int) -> Graph:
    """A static network, its weights drawn from a seed: the source of what is converted.

    Args:
        settings: the layers, and the levels of quantised units.
        kind: of units: "relu", "qcfs" or "soft-lif".
        network: "dense" or "convolutional".
        side: rows and columns of the images.
        seed: draws the weights.

    Example:
        >>> net = static(Settings(), "relu", "dense", 28, 0)
        >>> sorted(net.nodes)
        ['bias 1', 'bias 2', 'unit 1', 'weights 1', 'weights 2']
    """
    unit: Unit = {
        "relu": ReLU,
        "qcfs": lambda shape: QCFS(shape, levels=settings.levels, ceiling=jnp.asarray(_CEILING)),
        "soft-lif": lambda shape: SoftLIF(shape, amplitude_s=_AMPLITUDE_S),
    }[kind]
    pooling = {"average": AveragePooling, "maximum": MaximumPooling}[settings.pooling]
    nodes: dict[str, Neuron | Synapse] = {}
    found = stages(settings, network, side, pooling, key=jr.key(seed))
    for number, stage in enumerate(found, start=1):
        last = number == len(found)
        start = _SOFT_BIAS if kind == "soft-lif" and not last else 0.0
        shape = stage.weights.shape
        for synapse in stage.before:
            nodes[f"{type(synapse).__name__.lower()} {number}"] = synapse
        nodes[f"weights {number}"] = stage.weights
        nodes[f"bias {number}"] = Bias(jnp.full(shape[-1:], start), shape)
        if not last:
            nodes[f"unit {number}"] = unit(shape)
    names = list(nodes)
    return Graph(nodes, list(zip(["input", *names], [*names, "output"], strict=True)))


def trinary(settings: Settings, network: str, side: int, seed: int) -> Chain:
    """The same layers with weights of -1, 0 and 1 and units that answer with 0 or 1.

    Each channel has a factor, at the start one over the root of its fan-in, and a threshold.

    Args:
        settings, network, side, seed: as for `static`.

    Example:
        >>> net = trinary(Settings(), "dense", 28, 0)
        >>> [part.neuron.shape for part in net.layers]
        [(128,), (10,)]
    """
    h = surrogates.triangle(height=1.0)
    layers: list[Cell] = []
    found = stages(settings, network, side, _spiking_pool(settings), key=jr.key(seed), init=_even)
    for number, stage in enumerate(found, start=1):
        shape, last = stage.weights.shape, number == len(found)
        fan_in = stage.weights.weight.size / shape[-1]
        factor = Scale(jnp.full(shape[-1:], fan_in**-0.5), shape)
        bias = Bias(jnp.zeros(shape[-1:]), shape)
        synapse = Series(*stage.before, Trinary(stage.weights), factor, bias)
        neuron = Readout(shape) if last else ThresholdUnit(shape, threshold=0.0, h=h)
        layers.append(Layer(neuron, {"dendrite": synapse}, name=f"layer {number}"))
    return Chain(layers)


def spiking(settings: Settings, network: str, side: int, seed: int) -> Chain:
    """The same layers with spiking neural units, which learn through their surrogates.

    Args:
        settings, network, side, seed: as for `static`.

    Example:
        >>> [part.name for part in spiking(Settings(), "dense", 28, 0).layers]
        ['layer 1', 'layer 2']
    """
    layers: list[Cell] = []
    found = stages(settings, network, side, _spiking_pool(settings), key=jr.key(seed))
    for number, stage in enumerate(found, start=1):
        shape = stage.weights.shape
        neuron = Readout(shape) if number == len(found) else SNU(shape, decay=0.9)
        synapse = Series(*stage.before, stage.weights)
        layers.append(Layer(neuron, {"dendrite": synapse}, name=f"layer {number}"))
    return Chain(layers)


def _spiking_pool(settings: Settings) -> type:
    """Of spikes a sum, so that none is divided; or whether there is one."""
    return {"average": SumPooling, "maximum": MaximumPooling}[settings.pooling]


def _even(key: Any, shape: tuple[int, int]) -> Array:
    """Hidden weights over all of their range."""
    return jr.uniform(key, shape, minval=-1.0, maxval=1.0)
