"""The rectified linear unit of networks without spikes."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Neuron, zeros
from ranvier.neurons._integrator import OutputState
from ranvier.neurons._shape import as_shape


class ReLU(Neuron):
    r"""Rectified linear unit, memoryless and without a parameter: $y_t = \max(0, I_t)$.

    The unit of static networks that are to be converted into spiking ones; what it adds to its
    current is a `Bias` before it, which places of a convolution may share. At zero its derivative
    is zero.

    Args:
        shape: number of units, or their axes.

    Source: Fukushima, IEEE Trans. Syst. Sci. Cybern. 5 (1969), eq. 2; Nair, Hinton, ICML (2010).

    Example:
        >>> unit = ReLU(3)
        >>> unit.step(unit.init(), jnp.array([-1.0, 0.0, 2.0])).y
        Array([0., 0., 2.], dtype=float32)
    """

    ports = ("dendrite",)
    memoryless = True
    shape: tuple[int, ...] = eqx.field(static=True)

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self.shape = as_shape(shape)

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        """Output at zero."""
        return OutputState(zeros(self, batch))

    def step(
        self, state: OutputState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> OutputState:
        """One step; see the class for the equation."""
        return OutputState(jax.nn.relu(jnp.zeros_like(state.y) + dendrite))
