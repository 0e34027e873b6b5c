"""A learning signal that travels back along weights alone."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.signals._broadcast import judged
from ranvier.learn.signals._instant import Instant


def symmetric(now: Instant) -> tuple[Array, list[Array]]:
    r"""The output's error along the weights, as if every unit on the way handed it on.

    $$L_l^t = (W_{l+1})^\top L_{l+1}^t, \qquad L_{out}^t = e^t$$

    That is `exact` without the slopes of the units above: the same for one hidden layer under a
    linear readout. Where several ports have weights, what comes back through each is added.

    Args:
        now: the step.

    Source: Zenke, Ganguli, Neural Comput. 30 (2018), "symmetric feedback".

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.squared_error, signal=symmetric)
    """
    value, error = judged(now)
    layers: Any = now.chain.layers
    y, inputs = now.x, []
    for layer, state, key in zip(layers, now.states, now.keys, strict=True):
        inputs.append(y)
        _, y = layer(state, y, key=key)
    signals = [error]
    for layer, x, key in list(zip(layers, inputs, now.keys, strict=True))[:0:-1]:
        signals.insert(0, _back(layer, x, key, signals[0]))
    return value, signals


def _back(layer: Any, x: Array, key: Any, worth: Array) -> Array:
    """What a layer's signal is worth at its input, through its weights alone."""

    def arriving(x: Array) -> Array:
        currents = layer.gather(x, layer.split(key)[: len(layer.synapses)])
        return functools.reduce(jnp.add, currents.values())

    return jax.vjp(arriving, x)[1](worth)[0]
