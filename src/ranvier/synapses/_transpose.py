"""Axes of units in another order."""

import math
import operator

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._numbers import numbers
from ranvier.synapses._windows import shape_of


class Transpose(Synapse):
    """The axes of the activity in another order, without parameters.

    Args:
        in_shape: axes of the activity.
        order: which axis of the activity comes first, second, ...

    Raises:
        ValueError: an order that does not name each axis once.

    Example:
        Channels first, as other frameworks flatten them:

        >>> import jax.numpy as jnp
        >>> Transpose((28, 30, 2), (2, 0, 1))(jnp.ones((5, 28, 30, 2))).shape
        (5, 2, 28, 30)
    """

    axes: tuple[int, ...] = eqx.field(static=True)
    order: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, in_shape: tuple[int, ...], order: tuple[int, ...]) -> None:
        self.axes = shape_of("Transpose", in_shape, needs_channels=False)
        self.order = tuple(operator.index(axis) for axis in order)
        if sorted(self.order) != list(range(len(self.axes))):
            raise ValueError(
                f"Transpose: the order {self.order} does not name each of {len(self.axes)} axes "
                "once, counted from 0."
            )

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity."""
        return self.axes

    @property
    def in_size(self) -> int:
        """How many presynaptic units there are."""
        return math.prod(self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return tuple(self.axes[axis] for axis in self.order)

    def __call__(
        self, z: Float[Array, "..."], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """What each unit sends; noiseless. Spikes of a whole type become numbers."""
        z = numbers(z)
        leading = z.ndim - len(self.axes)
        return z.transpose(*range(leading), *(leading + axis for axis in self.order))
