"""The convolutional layers in front of a network of the digit experiment."""

from collections.abc import Callable
from typing import Any

import jax.random as jr
from jaxtyping import PRNGKeyArray

from ranvier.apps.digits._settings import POOLED, SIDE, Settings
from ranvier.nets import Layer
from ranvier.synapses import Convolution, Series, SumPooling


def convolutions(
    unit: Callable[[tuple[int, ...]], Any],
    settings: Settings,
    *,
    key: PRNGKeyArray,
    init: Callable[..., Any],
) -> list[Layer]:
    """One layer per entry of `channels`: a convolution, its currents summed two by two, units.

    Units stand behind the sum, so that there are four times fewer of them to advance and to keep.

    Args:
        unit: shape to neuron.
        settings: channels and kernel.
        key: draws the weights.
        init: how they are drawn, as in `Convolution.random`.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.synapses import glorot_uniform
        >>> settings = Settings(neurons=("snu",), channels=(8, 16))
        >>> made = convolutions(rv.SNU, settings, key=jax.random.key(0), init=glorot_uniform)
        >>> [layer.neuron.shape for layer in made]
        [(12, 12, 8), (4, 4, 16)]
    """
    layers, shape = [], (SIDE, SIDE, 1)
    keys = jr.split(key, len(settings.channels))
    for number, (channels, own) in enumerate(zip(settings.channels, keys, strict=True), start=1):
        convolution = Convolution.random(shape, channels, settings.kernel, key=own, init=init)
        pooling = SumPooling(convolution.shape, POOLED)
        shape = pooling.shape
        layers.append(
            Layer(unit(shape), {"dendrite": Series(convolution, pooling)}, name=f"layer {number}")
        )
    return layers
