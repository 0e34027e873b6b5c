"""The Spiking Neural Unit and its soft form."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, finite, zeros
from ranvier.neurons._decay import Decay, as_decay, kept
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


def identity(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """$g(x) = x$: the membrane is not bounded.

    Example:
        >>> identity(3.0)
        3.0
    """
    return x


class SNUState(NamedTuple):
    """Membrane `s` (in units of the threshold) and last output `y`, each `[..., *units]`.

    Example:
        >>> SNU(2).init((5,)).s.shape
        (5, 2)
    """

    s: Float[Array, "..."]
    y: Float[Array, "..."]


class SNU(Neuron):
    r"""Spiking Neural Unit: a leaky integrate-and-fire neuron written as a recurrent unit.

    $$s_t = g(I_t + d\, s_{t-1} (1 - y_{t-1})), \qquad y_t = h(s_t + b)$$

    Discretisation: none of its own; $d = 1 - \Delta t/\tau$ (Euler) or $e^{-\Delta t/\tau}$
    (exact), see `snu_from_lif`. Reset: to zero, at the next step, by discarding the carried
    membrane. Threshold: fires if $s_t > -b$, strictly. The input is not scaled.

    Args:
        shape: number of units, or their axes.
        threshold: $-b$ at the start, in units of the membrane; the bias learns.
        decay: $d$, kept per step; a float stays as it is, an array `[*shape]` learns, a
            `LearnedDecay` learns within 0..1.
        g: activation of the membrane, `identity` or `jax.nn.relu` (no negative membrane).
        h: output function, a surrogate spike; `jax.nn.sigmoid` gives the soft unit.

    Raises:
        ValueError: a decay outside 0..1 or not of this shape, or a shape that is not positive.

    Source: Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), eqs. 1-2.

    Example:
        Half the threshold per step, no leak: the unit fires at every third step.

        >>> import jax.numpy as jnp
        >>> unit = SNU(1, decay=1.0)
        >>> state, fired = unit.init(), []
        >>> for _ in range(6):
        ...     state = unit.step(state, jnp.array([0.5]))
        ...     fired.append(int(state.y[0]))
        >>> fired
        [0, 0, 1, 0, 0, 1]
    """

    ports = ("dendrite",)
    bias: Float[Array, "*units"]
    decay: Decay
    g: Callable[[Array], Array] = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: float = 1.0,
        decay: Decay = 0.8,
        g: Callable[[Array], Array] = identity,
        h: Spike | None = None,
    ) -> None:
        finite("SNU", threshold=threshold)
        self.bias = jnp.full(as_shape(shape), -float(threshold))
        self.decay = as_decay(decay, self.bias.shape, "SNU: decay")
        self.g = g
        self.h = tanh_derivative() if h is None else h

    @classmethod
    def soft(
        cls,
        shape: int | tuple[int, ...],
        *,
        threshold: float = 1.0,
        decay: Decay = 0.8,
        g: Callable[[Array], Array] = identity,
    ) -> "SNU":
        r"""The soft unit (sSNU): $h = \sigma$, real-valued output, true derivative.

        The reset is proportional to the output. Not a spiking neuron: its messages are real.

        Args:
            shape, threshold, decay, g: as for the unit itself.

        Example:
            >>> SNU.soft(2).h.__name__
            'sigmoid'
        """
        return cls(shape, threshold=threshold, decay=decay, g=g, h=jax.nn.sigmoid)

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> SNUState:
        """Membrane and output at zero."""
        return SNUState(zeros(self, batch), zeros(self, batch))

    def step(
        self, state: SNUState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> SNUState:
        """One step; see the class for the equation."""
        s = self.g(dendrite + kept(self.decay) * state.s * (1 - state.y))
        return SNUState(s, self.h(s + self.bias))
