"""Trinary weights as the weights of a network that no longer learns."""

from typing import TypeVar

from ranvier.core import mapped
from ranvier.synapses import Trinary

Network = TypeVar("Network")


def with_shown_weights(model: Network) -> Network:
    """The network with the weights that its trinary synapses show, and nothing hidden.

    Args:
        model: a network, a layer or a synapse.

    Raises:
        ValueError: a network without such a synapse.

    Example:
        >>> import jax.numpy as jnp
        >>> from ranvier.synapses import Dense
        >>> with_shown_weights(Trinary(Dense(jnp.array([[0.7, 0.2]])))).weight.tolist()
        [[1.0, 0.0]]
    """
    count = 0

    def plain(synapse: Trinary, name: str):
        nonlocal count
        count += 1
        return synapse.plain

    found = mapped(model, Trinary, plain)
    if not count:
        raise ValueError(
            "this network has no Trinary synapse, so that its weights are what they show."
        )
    return found
