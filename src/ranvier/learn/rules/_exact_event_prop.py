"""EventProp in continuous time: no grid, no surrogate, no approximation."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
from jaxtyping import Array

from ranvier.learn._asked import asked
from ranvier.learn._types import Rule
from ranvier.learn.losses import Average, Loss, per_step
from ranvier.nets.continuous import Fired, fire


def exact_event_prop(
    loss: Loss,
    reading: Callable[[Fired], Array],
    *,
    duration_ms: float,
    most_spikes: int | tuple[int, ...],
    average: Average = per_step,
) -> Rule:
    r"""EventProp in continuous time: the exact gradient of a network of spiking neurons.

    $$\frac{dL}{dw_{ij}} = \sum_{t_k \in \text{spikes of } j} a_i(t_k)$$

    with $a_i = \partial L/\partial i_i$ the worth of a current, carried backwards from spike to
    spike (`nets.continuous`). Neurons fire as often as they like. The gradient is that of the loss
    wherever no spike appears or vanishes; where one does, the loss jumps, which no gradient tells.

    Args:
        loss: one number per answer, from what is read and the target.
        reading: what is read of the last layer, `[B, width]`: its largest potentials
            (`lambda fired: fired.highest`), the areas under them, or its first spikes
            (`nets.continuous.first_spikes`).
        duration_ms, most_spikes: as of `fire`.
        average: how answers are put together.

    Returns:
        A rule, `(model, batch, key) -> (loss, gradients)`, for a batch whose input is a
        `SpikeTimes`, whose target is `[1, B, width]` and whose mask is `[1, B]`. The key is not
        used.

    Raises:
        TypeError, ValueError, RuntimeError: (when used) as `fire`.

    Source: Wunderlich, Pehle, Sci. Rep. 11:12829 (2021).

    Example:
        >>> import math, jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.core import Batch
        >>> from ranvier.neurons import CurrentLIF
        >>> from ranvier.nets.continuous import ordered_spikes
        >>> net = rv.layer(4, CurrentLIF(3, threshold=math.inf), key=jax.random.key(1))
        >>> x = ordered_spikes(jnp.array([[0.0, 2.0, 4.0, 6.0]]))
        >>> batch = Batch(x, jnp.array([[[1.0, 0, 0]]]), jnp.ones((1, 1)))
        >>> rule = exact_event_prop(rv.losses.categorical, lambda fired: fired.highest,
        ...                         duration_ms=40.0, most_spikes=5)
        >>> value, gradients = rule(net, batch, None)
        >>> gradients.synapses["excitatory"].weight.shape
        (3, 4)
    """

    def rule(model: Any, batch: Any, key: Any = None) -> Any:
        @eqx.filter_value_and_grad
        def total(model: Any) -> Array:
            fired = fire(model, batch.x, duration_ms=duration_ms, most_spikes=most_spikes)
            judged, mask = reading(fired[-1])[None], batch.mask
            return (loss(judged, asked(batch.target, mask)) * mask).sum() * average(mask)

        return total(model)

    return rule
