"""Non-spiking units: the readout, the relay and the leaky integrator."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, zeros
from ranvier.neurons._decay import Decay, as_decay, kept
from ranvier.neurons._parameters import Parameter, times
from ranvier.neurons._shape import as_shape


class OutputState(NamedTuple):
    """Nothing but the last output `y`, `[..., *units]`.

    Example:
        >>> Readout(2).init((3,)).y.shape
        (3, 2)
    """

    y: Float[Array, "..."]


class IntegratorState(NamedTuple):
    """Integrated current `s` and output `y`, each `[..., *units]`.

    Example:
        >>> LeakyIntegrator(2).init()._fields
        ('s', 'y')
    """

    s: Float[Array, "..."]
    y: Float[Array, "..."]


class Readout(Neuron):
    r"""Memoryless linear unit, the usual output of a network: $y_t = I_t + b$.

    Args:
        shape: number of units, or their axes.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = Readout(2)
        >>> unit.step(unit.init(), jnp.array([1.0, 2.0])).y
        Array([1., 2.], dtype=float32)
    """

    ports = ("dendrite",)
    memoryless = True
    bias: Float[Array, "*units"]

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self.bias = jnp.zeros(as_shape(shape))

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> OutputState:
        """Output at zero."""
        return OutputState(zeros(self, batch))

    def step(
        self, state: OutputState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> OutputState:
        """One step; see the class for the equation."""
        return OutputState(dendrite + self.bias)


class Relay(Neuron):
    r"""Memoryless unit that hands its current on, without a parameter: $y_t = I_t$.

    Inside `Driven` it is a filter: what arrives rises and decays, and nothing of it learns.

    Args:
        shape: number of units, or their axes.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = Relay(2)
        >>> unit.step(unit.init(), jnp.array([1.0, 2.0])).y
        Array([1., 2.], dtype=float32)
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
        return OutputState(jnp.zeros_like(state.y) + dendrite)


class LeakyIntegrator(Neuron):
    r"""Leaky integrator without a spike: $s_t = d\,s_{t-1} + k I_t, \quad y_t = s_t + b$.

    With $d = e^{-\Delta t/\tau}$ it is a low-pass filter of gain $k/(1-d)$; $d = 1$ sums.

    Args:
        shape: number of units, or their axes.
        decay: $d$; a float stays as it is, an array `[*shape]` learns, a `LearnedDecay` learns
            within 0..1.
        gain: $k$; a float stays, an array `[*shape]` learns.

    Raises:
        ValueError: a decay outside 0..1, or not of this shape.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = LeakyIntegrator(1, decay=0.5)
        >>> state = unit.step(unit.init(), jnp.array([1.0]))
        >>> unit.step(state, jnp.array([1.0])).y
        Array([1.5], dtype=float32)
    """

    ports = ("dendrite",)
    bias: Float[Array, "*units"]
    decay: Decay
    gain: Parameter

    def __init__(
        self, shape: int | tuple[int, ...], *, decay: Decay = 0.9, gain: Parameter = 1.0
    ) -> None:
        self.bias = jnp.zeros(as_shape(shape))
        self.decay = as_decay(decay, self.bias.shape, "LeakyIntegrator: decay")
        self.gain = gain

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> IntegratorState:
        """Integral and output at zero."""
        return IntegratorState(zeros(self, batch), zeros(self, batch))

    def step(
        self, state: IntegratorState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> IntegratorState:
        """One step; see the class for the equation."""
        s = kept(self.decay) * state.s + times(self.gain, dendrite)
        return IntegratorState(s, s + self.bias)
