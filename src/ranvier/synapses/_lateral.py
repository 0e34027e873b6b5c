"""Connections within a layer that have no parameters: the largest output reaches every unit."""

import operator

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Synapse
from ranvier.synapses._numbers import numbers


class LayerMaximum(Synapse):
    r"""Every unit hears the loudest unit of its layer: $I_i = \max_j z_j$, per example.

    Between units that are equally loud, the derivative is shared evenly.

    Args:
        in_size: number of units.

    Raises:
        ValueError: a number of units that is not a positive whole number.

    Source: Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), for the layer
    of units with lateral inhibition.

    Example:
        >>> import jax.numpy as jnp
        >>> LayerMaximum(3)(jnp.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
        Array([[1., 1., 1.],
               [0., 0., 0.]], dtype=float32)
    """

    in_size: int = eqx.field(static=True)

    def __init__(self, in_size: int) -> None:
        self.in_size = _units("LayerMaximum", in_size)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return (self.in_size,)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """The layer's maximum, for every unit; noiseless."""
        z = numbers(z)
        return jnp.broadcast_to(z.max(-1, keepdims=True), z.shape)


class BatchMaximum(Synapse):
    r"""Every unit hears the loudest unit of all examples: $I_{bi} = \max_{a,j} z_{aj}$.

    This is what IBM's neuroaikit computes for its layer with lateral inhibition, and it is here
    to reproduce numbers that were made with it. **Examples of one batch inhibit each other**, so
    outputs depend on how data are batched; `LayerMaximum` is the published equation. It belongs
    among a layer's recurrent synapses: as an input synapse it would also look into the future.

    Args:
        in_size: number of units.

    Raises:
        ValueError: a number of units that is not a positive whole number.

    Example:
        >>> import jax.numpy as jnp
        >>> BatchMaximum(3)(jnp.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
        Array([[1., 1., 1.],
               [1., 1., 1.]], dtype=float32)
    """

    in_size: int = eqx.field(static=True)

    def __init__(self, in_size: int) -> None:
        self.in_size = _units("BatchMaximum", in_size)

    @property
    def shape(self) -> tuple[int, ...]:
        """Units that receive a current."""
        return (self.in_size,)

    def __call__(
        self, z: Float[Array, "... units"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "... units"]:
        """The maximum over units and all leading axes, for every unit; noiseless."""
        z = numbers(z)
        # An empty batch has no maximum, and no unit that would hear it.
        return jnp.broadcast_to(z.max(initial=-jnp.inf), z.shape)


def _units(owner: str, in_size: int) -> int:
    """A number of units, once it is one."""
    try:
        units = operator.index(in_size)
    except TypeError:
        units = 0
    if units < 1:
        raise ValueError(f"{owner}: in_size is {in_size!r}, expected a positive whole number.")
    return units


LATERAL = {"maximum": LayerMaximum}
"""The connection of each kind that a neuron may ask for in its `lateral_ports`."""
