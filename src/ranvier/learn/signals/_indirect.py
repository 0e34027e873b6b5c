"""A learning signal that enters the first layer and travels forward."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.learn.signals._broadcast import Draw, feedback, he_uniform, judged
from ranvier.learn.signals._importance import factors_of
from ranvier.learn.signals._instant import Instant, Signal
from ranvier.nets import Layer
from ranvier.synapses import Grapes


def indirect(key: PRNGKeyArray, draw: Draw = he_uniform) -> Signal:
    r"""Indirect feedback alignment: the error enters the first layer and travels forward.

    $$L_1^t = B^\top e^t, \qquad L_{l}^t = W_l\, (f'_{l-1} \odot L_{l-1}^t)$$

    The output layer gets its true error. Where connections are `Grapes`, what travels on is scaled
    by their factors as well.

    Args:
        key: draws $B$.
        draw: its distribution.

    Raises:
        TypeError: a layer whose input reaches more than one port.

    Source: Nøkland, NeurIPS 2016, eq. 4.

    Example:
        >>> import jax, ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, signal=indirect(jax.random.key(1)))
    """

    def signal(now: Instant) -> tuple[Array, list[Array]]:
        value, error = judged(now)
        if len(now.states) == 1:
            return value, [error]
        signals, y = [next(feedback(now, key, draw, error.shape[-1]))(error)], now.x
        layers: Any = now.chain.layers
        for number, layer in enumerate(layers[:-2]):
            state, above = now.states[number], layers[number + 1]
            y, wanted = _pushed(layer, state, y, now.keys[number], signals[-1])
            for factors in factors_of(layer, Grapes):
                wanted = wanted * factors
            # What the layer below should have done more of, through the weights above it.
            signals.append(above.gather(wanted, [None])[_port(above)])
        return value, [*signals, error]

    return signal


def _port(layer: Any) -> str:
    """The one port that input reaches."""
    if not isinstance(layer, Layer) or len(layer.synapses) != 1:
        raise TypeError(
            f"{getattr(layer, 'name', layer)}: input reaches several ports, so that an error has "
            "no one way forward. Take `direct`."
        )
    return next(iter(layer.synapses))


def _pushed(layer: Any, state: Any, x: Array, key: Any, worth: Array) -> tuple[Array, Array]:
    """The output of a layer, and the worth of its units times the slope there."""
    keys = layer.split(key)
    currents = layer.currents(state, layer.gather(x, keys[:1]), keys[1:-1])
    place = layer.neuron.ports.index(_port(layer))

    def react(nudge: Array) -> Array:
        nudged = [c + nudge if p == place else c for p, c in enumerate(currents)]
        return layer.neuron.step(state, *nudged, key=keys[-1]).y

    return jax.jvp(react, (jnp.zeros_like(state.y),), (worth,))
