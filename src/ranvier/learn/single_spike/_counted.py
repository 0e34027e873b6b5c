"""A network together with how often its hidden units fired."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Cell
from ranvier.nets.single_spike import SingleSpikeNetwork


class Counted(Cell):
    """A single-spike network and the share of examples at which each hidden unit fired of late.

    What `S4NN` learns in: it finds units that have died by these shares, and draws their weights
    anew. Checkpoints keep them with the weights.

    Args:
        network: that learns.

    Example:
        >>> import jax
        >>> from ranvier.nets.single_spike import S4NNLayer
        >>> one, two = jax.random.split(jax.random.key(0))
        >>> layers = [S4NNLayer.random(4, 3, key=one, high=50), S4NNLayer.random(3, 2, key=two,
        ...           high=99)]
        >>> Counted(SingleSpikeNetwork(layers)).firing
        (Array([1., 1., 1.], dtype=float32),)
    """

    network: SingleSpikeNetwork
    firing: tuple[Float[Array, " units"], ...]

    def __init__(self, network: SingleSpikeNetwork) -> None:
        self.network = network
        self.firing = tuple(jnp.ones(layer.units) for layer in network.layers[:-1])

    @property
    def in_size(self) -> int:
        """Width of the input."""
        return self.network.in_size

    def init(self, batch: tuple[int, ...] = ()) -> tuple[()]:
        """Nothing is carried."""
        return self.network.init(batch)

    def __call__(
        self, state: tuple[()], x: Array, *, key: PRNGKeyArray | None = None
    ) -> tuple[tuple[()], Any]:
        """Times of the outputs."""
        return self.network(state, x, key=key)

    def over_time(
        self, state: tuple[()], xs: Array, *, keys: Array | None = None
    ) -> tuple[tuple[()], Any]:
        """Times of the outputs, of all examples at once."""
        return self.network.over_time(state, xs, keys=keys)
