"""Which arrays of a network are weights."""

from collections.abc import Callable
from typing import Any, TypeVar

import equinox as eqx
import jax.random as jr
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import mapped
from ranvier.synapses import Convolution, Dense, TransposedConvolution

Network = TypeVar("Network")
WEIGHTED = (Dense, Convolution, TransposedConvolution)


def on_weights(
    model: Network,
    change: Callable[[Array, PRNGKeyArray | None], Array],
    *,
    key: PRNGKeyArray | None = None,
) -> Network:
    """The network with the weights of every dense and convolutional synapse changed.

    Args:
        model: a network, a layer or a synapse.
        change: from the weights, `[n_out, n_in]` or `[*kernel, fan_in, channels]`, and a key of
            their own to weights of the same shape.
        key: `None` hands `None` on.

    Raises:
        ValueError: a network without such weights.

    Example:
        >>> import jax.numpy as jnp
        >>> on_weights(Dense(jnp.ones((1, 2))), lambda w, key: 2 * w).weight.tolist()
        [[2.0, 2.0]]
    """
    count = 0

    def changed(synapse: Any, name: str) -> Any:
        nonlocal count
        count += 1
        own = None if key is None else jr.fold_in(key, count)
        return eqx.tree_at(lambda one: one.weight, synapse, change(synapse.weight, own))

    found = mapped(model, WEIGHTED, changed)
    if not count:
        raise ValueError(
            "this network has no dense or convolutional weights; there is nothing to change."
        )
    return found
