"""Unit k to unit k."""

import operator

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse


class OneToOne(Synapse):
    """Each unit reaches the unit of the same number, unchanged: $I = z$, without parameters.

    Args:
        in_size: how many units.

    Raises:
        ValueError: a number of units that is not a positive whole number.

    Example:
        >>> import jax.numpy as jnp
        >>> OneToOne(2)(jnp.array([1.0, 0.0]))
        Array([1., 0.], dtype=float32)
    """

    in_size: int = eqx.field(static=True)

    def __init__(self, in_size: int) -> None:
        try:
            self.in_size = operator.index(in_size)
        except TypeError:
            self.in_size = 0
        if self.in_size < 1:
            raise ValueError(f"OneToOne: in_size is {in_size!r}, expected a positive whole number.")

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return (self.in_size,)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """What each unit sends; noiseless. Spikes of a whole type become numbers."""
        return z if jnp.issubdtype(z.dtype, jnp.inexact) else z.astype(float)
