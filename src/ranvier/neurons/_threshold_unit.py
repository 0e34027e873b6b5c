"""A spike wherever the input is above a threshold, without a memory."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Neuron, zeros
from ranvier.neurons._integrator import OutputState
from ranvier.neurons._parameters import Parameter
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class ThresholdUnit(Neuron):
    r"""Memoryless unit that spikes while its current is above the threshold.

    $$y_t = \Theta(I_t - \theta)$$

    Threshold: strict. The unit of McCulloch and Pitts, with a surrogate for its derivative.

    Args:
        shape: number of units, or their axes.
        threshold: $\theta$; a float stays, an array `[*shape]` learns.
        h: surrogate spike of $I - \theta$.

    Source: McCulloch, Pitts, Bull. Math. Biophys. 5 (1943).

    Example:
        >>> import jax.numpy as jnp
        >>> unit = ThresholdUnit(3, threshold=0.5)
        >>> unit.step(unit.init(), jnp.array([0.4, 0.5, 0.6])).y
        Array([0., 0., 1.], dtype=float32)
    """

    ports = ("dendrite",)
    memoryless = True
    shape: tuple[int, ...] = eqx.field(static=True)
    threshold: Parameter
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: Parameter = 1.0,
        h: Spike | None = None,
    ) -> None:
        self.shape = as_shape(shape)
        self.threshold = threshold
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        """No spike."""
        return OutputState(zeros(self, batch))

    def step(
        self, state: OutputState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> OutputState:
        """One step; see the class for the equation."""
        return OutputState(self.h(jnp.zeros_like(state.y) + dendrite - self.threshold))
