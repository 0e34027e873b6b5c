"""No connection at all."""

import math

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse


class Silent(Synapse):
    """Nothing arrives: $I = 0$. A layer asks for it where a port shall have no input.

    Args:
        in_shape: axes of the presynaptic activity, or their width.
        shape: axes of the units that receive nothing, or their number.

    Example:
        A neuron with two ports, of which one is driven:

        >>> import jax.numpy as jnp
        >>> from ranvier.nets import Layer
        >>> from ranvier.neurons import CurrentLIF
        >>> from ranvier.synapses import Dense
        >>> ports = {"excitatory": Dense(jnp.ones((3, 2))), "inhibitory": Silent(2, 3)}
        >>> Layer(CurrentLIF(3), ports)(Layer(CurrentLIF(3), ports).init(), jnp.ones(2))[1]
        Array([0., 0., 0.], dtype=float32)
    """

    axes: tuple[int, ...] = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, in_shape: int | tuple[int, ...], shape: int | tuple[int, ...]) -> None:
        self.axes = in_shape if isinstance(in_shape, tuple) else (in_shape,)
        self.shape = shape if isinstance(shape, tuple) else (shape,)

    @property
    def in_shape(self) -> tuple[int, ...]:
        """Axes of the presynaptic activity."""
        return self.axes

    @property
    def in_size(self) -> int:
        """Width of the presynaptic activity."""
        return math.prod(self.in_shape)

    def __call__(
        self, z: Float[Array, "... fan_in"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """Zero for every unit."""
        leading = z.shape[: z.ndim - len(self.in_shape)]
        dtype = z.dtype if jnp.issubdtype(z.dtype, jnp.inexact) else float
        return jnp.zeros((*leading, *self.shape), dtype)
