"""No memory at all: what a layer's parameters did to its output at this instant."""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array

from ranvier.learn.eligibility._common import Eligibility
from ranvier.nets import Layer


def at_once() -> Eligibility:
    r"""The parameters' influence within one step; all that comes through time is dropped.

    $$\frac{dE}{d\theta} = \sum_t L^t\, \frac{\partial y^t}{\partial \theta}$$

    Exact for layers of memoryless neurons, of any synapses and axes of units: with it, online
    rules train static networks, dense and convolutional, as sequences of one step. In a stateful
    layer it credits the last step's input and nothing before.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.learn import signals
        >>> feedback = signals.direct(jax.random.key(1))
        >>> rule = rv.online(rv.losses.categorical, eligibility=at_once(), signal=feedback)
    """

    def init(layer: Layer, batch: tuple[int, ...]) -> None:
        return None

    def advance(
        layer: Layer, traces: None, state: Any, x: Array, signal: Array, key: Any = None
    ) -> tuple[None, Any, Any]:
        learning, rest = eqx.partition(layer, eqx.is_inexact_array)

        def step(learning: Any) -> tuple[Array, Any]:
            after, y = eqx.combine(learning, rest)(state, x, key=key)
            return y, after

        _, back, after = jax.vjp(step, learning, has_aux=True)
        (gradients,) = back(signal)
        return None, after, gradients

    return Eligibility(init, advance)
