"""Sparse n-step approximation of the exact influence: SnAp-n."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from ranvier.learn.eligibility._blocks import Blocks
from ranvier.learn.eligibility._common import (
    Eligibility,
    bare_weights,
    linearised,
    position,
    product,
    total,
)
from ranvier.learn.eligibility._exact import whole_layer
from ranvier.learn.eligibility._local import per_weight
from ranvier.nets import Layer


def snap(steps: int) -> Eligibility:
    r"""Influence that reaches a unit within `steps` steps is followed, the rest dropped.

    $$M^t = R_n \odot (J^t M^{t-1} + D^t)$$

    with $R_n$ one where weight $ij$ can change unit $k$ within $n$ steps: $k = i$ for $n = 1$,
    where it needs no more memory than `local` and adds to it what a unit does to itself through
    its own recurrent weight. For larger $n$ the traces are those of `exact`, with zeros where
    nothing is followed; they are held all the same. With dense recurrent weights two steps reach
    every unit.

    Args:
        steps: $n$.

    Raises:
        ValueError: fewer than one step.

    Source: Menick, Elsen, Evci, Osindero, Simonyan, Graves, ICLR 2021.

    Example:
        >>> import ranvier as rv
        >>> rule = rv.online(rv.losses.bernoulli, eligibility=snap(1))
    """
    if steps < 1:
        raise ValueError(f"snap: steps is {steps}, expected at least 1.")
    if steps == 1:
        return per_weight(_with_own_feedback)

    def keep(layer: Layer, influence: Array) -> Array:
        reached = _reached(layer, steps - 1)
        middle = [1] * (influence.ndim - 2)
        return influence * reached.astype(influence.dtype).reshape(len(reached), *middle, -1)

    return whole_layer(keep)


def _with_own_feedback(layer: Layer, state: Any, x: Array, key: Any) -> Blocks:
    """The blocks of a neuron, with what its unit does to itself through its own weight."""
    found = linearised(layer, state, x, key)
    output = position(state)
    own = list(found.by_state[output])
    for port, weight in bare_weights(layer, layer.recurrent).items():
        back = jnp.diagonal(weight)
        own = [
            total([o, product(c, back)]) for o, c in zip(own, found.by_current[port], strict=True)
        ]
    return found._replace(
        by_state=[own if i == output else row for i, row in enumerate(found.by_state)]
    )


def _reached(layer: Layer, steps: int) -> Array:
    """`[from, to]`: whether activity of one unit reaches another within so many steps."""
    units = layer.neuron.shape[0]
    near = jnp.eye(units, dtype=bool)
    for weight in bare_weights(layer, layer.recurrent).values():
        near = near | (weight.T != 0)
    reached = jnp.eye(units, dtype=bool)
    for _ in range(min(steps, units)):
        reached = (reached.astype(int) @ near.astype(int)) > 0
    return reached
