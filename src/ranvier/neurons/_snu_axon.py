"""The Spiking Neural Unit whose output is scaled by synapses onto its axon."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, finite, zeros
from ranvier.neurons._decay import Decay, as_decay, kept
from ranvier.neurons._shape import as_shape
from ranvier.neurons._snu import SNUState, identity
from ranvier.neurons.surrogates import Spike, tanh_derivative


class AxoAxonicSNU(Neuron):
    r"""SNU-o: axo-axonic synapses scale the output that the unit emits.

    $$s_t = g(I_t + d\, s_{t-1} (1 - y_{t-1})), \qquad
    y_t = h(s_t + b)\, \sigma(I^{axon}_t + b_o)$$

    The port `dendrite` takes $I$, the port `axon` takes $I^{axon}$ through weights of its own.
    The scaled $y$ is the one that feeds the reset and everything that listens to the unit, so
    a spike is a number between 0 and 1, and a scaled-down spike resets the membrane in part.

    Discretisation: none of its own; $d$ is given per step. Reset: to $1 - y$ of what is carried,
    at the next step. Threshold: fires if $s_t > -b$, strictly. The input is not scaled.

    Args:
        shape: number of units, or their axes.
        threshold: $-b$ at the start, in units of the membrane; the bias learns.
        axon_bias: $b_o$ at the start; it learns. Large and positive, the unit is a SNU.
        decay: $d$, kept per step; a float stays as it is, an array `[*shape]` learns, a
            `LearnedDecay` learns within 0..1.
        g: activation of the membrane, `identity` or `jax.nn.relu` (no negative membrane).
        h: output function, a surrogate spike; `jax.nn.sigmoid` gives the soft unit.

    Raises:
        ValueError: a decay outside 0..1 or not of this shape, or a shape that is not positive.

    Source: Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), for the unit
    that it extends; SNU-o as IBM Research presents it, with axo-dendritic, axo-somatic and
    axo-axonic synapses. $b_o$ has no published start; 0 is ours.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = AxoAxonicSNU(3)
        >>> unit.step(unit.init(), jnp.full(3, 2.0), jnp.array([-100.0, 0.0, 100.0])).y
        Array([0. , 0.5, 1. ], dtype=float32)
    """

    ports = ("dendrite", "axon")
    bias: Float[Array, "*units"]
    bias_axon: Float[Array, "*units"]
    decay: Decay
    g: Callable[[Array], Array] = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: float = 1.0,
        axon_bias: float = 0.0,
        decay: Decay = 0.8,
        g: Callable[[Array], Array] = identity,
        h: Spike | None = None,
    ) -> None:
        finite("AxoAxonicSNU", threshold=threshold, axon_bias=axon_bias)
        self.bias = jnp.full(as_shape(shape), -float(threshold))
        self.bias_axon = jnp.full(self.bias.shape, float(axon_bias))
        self.decay = as_decay(decay, self.bias.shape, "AxoAxonicSNU: decay")
        self.g = g
        self.h = tanh_derivative() if h is None else h

    @classmethod
    def soft(cls, shape: int | tuple[int, ...], **settings: Any) -> "AxoAxonicSNU":
        r"""The soft unit (sSNU-o): $h = \sigma$, real-valued output, true derivative.

        Args:
            shape, settings: as for the unit itself, without `h`.

        Example:
            >>> AxoAxonicSNU.soft(2, decay=0.5).h.__name__
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
        self, state: SNUState, dendrite: Array, axon: Array, *, key: PRNGKeyArray | None = None
    ) -> SNUState:
        """One step; see the class for the equation."""
        s = self.g(dendrite + kept(self.decay) * state.s * (1 - state.y))
        return SNUState(s, self.h(s + self.bias) * jax.nn.sigmoid(axon + self.bias_axon))
