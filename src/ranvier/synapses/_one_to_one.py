"""Unit k to unit k."""

import math
import operator

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._numbers import numbers


class OneToOne(Synapse):
    """Each unit reaches the unit of the same number, unchanged: $I = z$, without parameters.

    Args:
        in_size: how many units, or their axes.

    Raises:
        ValueError: a number of units that is not a positive whole number.

    Example:
        >>> import jax.numpy as jnp
        >>> OneToOne(2)(jnp.array([1.0, 0.0]))
        Array([1., 0.], dtype=float32)
    """

    shape: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, in_size: int | tuple[int, ...]) -> None:
        try:
            axes = in_size if isinstance(in_size, tuple) else (in_size,)
            self.shape = tuple(map(operator.index, axes))
        except TypeError:
            self.shape = ()
        if min(self.shape, default=0) < 1:
            raise ValueError(f"OneToOne: in_size is {in_size!r}, expected a positive whole number.")

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity."""
        return self.shape

    @property
    def in_size(self) -> int:
        """How many units there are."""
        return math.prod(self.shape)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """What each unit sends; noiseless. Spikes of a whole type become numbers."""
        return numbers(z)
