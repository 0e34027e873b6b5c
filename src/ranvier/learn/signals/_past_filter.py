"""A learning signal for a network whose last layer only filters what comes out."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.signals._broadcast import judged
from ranvier.learn.signals._instant import Instant, Signal
from ranvier.nets import Chain
from ranvier.synapses import OneToOne


def past_filter(signal: Signal) -> Signal:
    r"""The signal of the layers below a filter: the error behind it is the error before it.

    $$L_K^t = e^t = \frac{\partial E^t}{\partial (\alpha * y_K)^t}$$

    for the layer $K$ under the filter $\alpha$; `signal` carries it on to the layers below. What
    the filter does over time, the traces follow instead: `local(low_pass=...)` with its kinetics.

    Args:
        signal: of the network without the filter.

    Raises:
        TypeError: (when used) a last layer that is not reached one to one.

    Source: Zenke, Ganguli, Neural Comput. 30 (2018).

    Example:
        >>> import ranvier as rv
        >>> from ranvier.learn.signals import symmetric
        >>> rule = rv.online(rv.losses.squared_error, signal=past_filter(symmetric))
    """

    def past(now: Instant) -> tuple[Array, list[Array]]:
        layers: Any = now.chain.layers
        if len(layers) < 2 or not filters(layers[-1]):
            raise TypeError(
                f"past_filter: the last of {len(layers)} layers, {layers[-1].name}, is to be "
                "reached one to one by the layer below. End the network with "
                "`ranvier.nets.spike_filter`."
            )
        value, error = judged(now)

        def nudged(y: Array) -> Array:
            # The loss as the layer below sees it: its value, and the error as its slope.
            return value + (error * (y - jax.lax.stop_gradient(y))).sum()

        below = now._replace(
            chain=Chain(layers[:-1]), states=now.states[:-1], keys=now.keys[:-1], error=nudged
        )
        _, signals = signal(below)
        return jnp.asarray(value), [*signals, error]

    return past


def filters(layer: Any) -> bool:
    """Whether each unit of a layer is reached by one unit below, and by nothing else."""
    synapses = list(layer.synapses.values())
    return not layer.recurrent and len(synapses) == 1 and isinstance(synapses[0], OneToOne)
