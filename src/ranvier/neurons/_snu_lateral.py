"""The Spiking Neural Unit that any unit of its layer can reset."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, finite, zeros
from ranvier.neurons._decay import Decay, as_decay, kept
from ranvier.neurons._shape import as_shape
from ranvier.neurons._snu import SNUState, identity
from ranvier.neurons.surrogates import Spike, tanh_derivative


class LateralInhibitionSNU(Neuron):
    r"""LI-SNU: lateral inhibition, whoever fires in the layer resets every unit of it.

    $$s_t = g(I_t + d\, s_{t-1} (1 - \max_j y_j^{t-1})), \qquad y_t = h(s_t + b)$$

    The port `dendrite` takes $I$. The port `inhibition` takes the maximum over the layer, which
    is no business of a single unit: a lateral connection without parameters brings it. The
    builders (`layer`, `chain`) add `LayerMaximum`, per example, and a `Layer` without such a
    connection is refused.

    Discretisation: none of its own; $d$ is given per step. Reset: to zero, at the next step, by
    discarding the carried membrane, of all units. Threshold: fires if $s_t > -b$, strictly. The
    input is not scaled.

    Args:
        shape: number of units, or their axes.
        threshold: $-b$ at the start, in units of the membrane; the bias learns.
        decay: $d$, kept per step; a float stays as it is, an array `[*shape]` learns, a
            `LearnedDecay` learns within 0..1.
        g: activation of the membrane, `identity` or `jax.nn.relu` (no negative membrane).
        h: output function, a surrogate spike; `jax.nn.sigmoid` gives the soft unit.

    Raises:
        ValueError: a decay outside 0..1 or not of this shape, or a shape that is not positive.

    Source: Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), for the unit
    that it extends; lateral inhibition as in IBM's neuroaikit, here per example.

    Example:
        The first unit fires at the second step; at the third, both start again from nothing.

        >>> import jax.numpy as jnp
        >>> from ranvier.nets import Layer
        >>> from ranvier.synapses import Dense, LayerMaximum
        >>> unit = LateralInhibitionSNU(2, decay=1.0)
        >>> layer = Layer(unit, {"dendrite": Dense(jnp.eye(2))}, {"inhibition": LayerMaximum(2)})
        >>> state = layer.init()
        >>> for _ in range(3):
        ...     state, y = layer(state, jnp.array([0.75, 0.25]))
        >>> state.s
        Array([0.75, 0.25], dtype=float32)
    """

    ports = ("dendrite", "inhibition")
    lateral_ports: ClassVar[Mapping[str, str]] = {"inhibition": "maximum"}
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
        finite("LateralInhibitionSNU", threshold=threshold)
        self.bias = jnp.full(as_shape(shape), -float(threshold))
        self.decay = as_decay(decay, self.bias.shape, "LateralInhibitionSNU: decay")
        self.g = g
        self.h = tanh_derivative() if h is None else h

    @classmethod
    def soft(cls, shape: int | tuple[int, ...], **settings: Any) -> "LateralInhibitionSNU":
        r"""The soft unit (LI-sSNU): $h = \sigma$, real-valued output, true derivative.

        Args:
            shape, settings: as for the unit itself, without `h`.

        Example:
            >>> LateralInhibitionSNU.soft(2, decay=0.5).h.__name__
            'sigmoid'
        """
        return cls(shape, **settings, h=jax.nn.sigmoid)

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> SNUState:
        """Membrane and output at zero."""
        return SNUState(zeros(self, batch), zeros(self, batch))

    def step(
        self,
        state: SNUState,
        dendrite: Array,
        inhibition: Array,
        *,
        key: PRNGKeyArray | None = None,
    ) -> SNUState:
        """One step; see the class for the equation."""
        s = self.g(dendrite + kept(self.decay) * state.s * (1 - inhibition))
        return SNUState(s, self.h(s + self.bias))
