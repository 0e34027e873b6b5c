"""A network that something beside it helps to learn, and that runs as if it were alone."""

from typing import Any

import equinox as eqx
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Cell
from ranvier.nets import Chain


class Accompanied(Cell):
    """Base of what carries arrays for a network's learning beside the network.

    Attributes:
        network: what is run.
    """

    network: eqx.AbstractVar[Chain]

    @property
    def in_size(self) -> int:
        """Width of the network's input."""
        return self.network.in_size

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the network's input."""
        return self.network.in_shape

    def init(self, batch: tuple[int, ...] = ()) -> Any:
        """The network at rest."""
        return self.network.init(batch)

    def __call__(self, state: Any, x: Array, *, key: PRNGKeyArray | None = None) -> Any:
        """Advance the network one step."""
        return self.network(state, x, key=key)

    def over_time(self, state: Any, xs: Array, *, keys: Array | None = None) -> Any:
        """Advance the network many steps."""
        return self.network.over_time(state, xs, keys=keys)
