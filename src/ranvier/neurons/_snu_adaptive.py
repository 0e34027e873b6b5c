"""Spiking Neural Units whose threshold moves: with their own output, or with others' activity."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, finite, zeros
from ranvier.neurons._decay import Decay, as_decay, kept
from ranvier.neurons._shape import as_shape, per_unit
from ranvier.neurons._snu import identity
from ranvier.neurons.surrogates import Spike, tanh_derivative


class AdaptiveSNUState(NamedTuple):
    """Membrane `s`, adaptation `b` of the threshold, last output `y`, each `[..., *units]`.

    Example:
        >>> AdaptiveSNU(2).init((5,)).b.shape
        (5, 2)
    """

    s: Float[Array, "..."]
    b: Float[Array, "..."]
    y: Float[Array, "..."]


class AxoSomaticSNU(Neuron):
    r"""SNU-a: axo-somatic synapses move the firing threshold with the activity of other units.

    $$s_t = g(I_t + d\, s_{t-1} (1 - y_{t-1})), \qquad
    b_t = \rho\, b_{t-1} + (1 - \rho)\, I^{soma}_t, \qquad y_t = h(s_t + \beta b_t + b_0)$$

    The port `dendrite` takes $I$, the port `soma` takes $I^{soma}$ through weights of its own.

    Discretisation: none of its own; $d$ and $\rho$ are given per step. Reset: of the membrane
    alone, to zero, at the next step, by discarding what is carried. Threshold: fires if
    $s_t > -b_0 - \beta b_t$, strictly; $b_t$ counts in the step in which it is reached. The
    dendritic current is not scaled, the somatic one is multiplied by $1 - \rho$.

    Args:
        shape: number of units, or their axes.
        threshold: $-b_0$ at the start, in units of the membrane; the bias learns.
        decay: $d$, kept per step; a float stays as it is, an array `[*shape]` learns, a
            `LearnedDecay` learns within 0..1.
        beta: $\beta$, in units of the membrane; a float stays as it is, an array learns.
        rho: $\rho$, kept per step; given as `decay` is.
        g: activation of the membrane, `identity` or `jax.nn.relu` (no negative membrane).
        h: output function, a surrogate spike; `jax.nn.sigmoid` gives the soft unit.

    Raises:
        ValueError: a decay or rho outside 0..1, an array that is not of this shape, or a shape
            that is not positive.

    Source: Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), for the unit
    that it extends; SNU-a as IBM Research presents it, with axo-dendritic, axo-somatic and
    axo-axonic synapses. $\beta$ and $\rho$ have no published values; those here are ours.

    Example:
        The same dendritic current, with and without a current at the soma.

        >>> import jax.numpy as jnp
        >>> unit = AxoSomaticSNU(2, rho=0.5)
        >>> unit.step(unit.init(), jnp.full(2, 0.8), jnp.array([0.0, 1.0])).y
        Array([0., 1.], dtype=float32)
    """

    ports = ("dendrite", "soma")
    bias: Float[Array, "*units"]
    decay: Decay
    beta: float | Float[Array, "*units"]
    rho: Decay
    g: Callable[[Array], Array] = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: float = 1.0,
        decay: Decay = 0.8,
        beta: float | Float[Array, "*units"] = 1.0,
        rho: Decay = 0.9,
        g: Callable[[Array], Array] = identity,
        h: Spike | None = None,
    ) -> None:
        finite("AxoSomaticSNU", threshold=threshold)
        self.bias = jnp.full(as_shape(shape), -float(threshold))
        self.decay = as_decay(decay, self.bias.shape, "AxoSomaticSNU: decay")
        self.beta = per_unit(beta, self.bias.shape, "AxoSomaticSNU: beta")
        self.rho = as_decay(rho, self.bias.shape, "AxoSomaticSNU: rho")
        self.g = g
        self.h = tanh_derivative() if h is None else h

    @classmethod
    def soft(cls, shape: int | tuple[int, ...], **settings: Any) -> "AxoSomaticSNU":
        r"""The soft unit (sSNU-a): $h = \sigma$, real-valued output, true derivative.

        Args:
            shape, settings: as for the unit itself, without `h`.

        Example:
            >>> AxoSomaticSNU.soft(2, rho=0.5).h.__name__
            'sigmoid'
        """
        return cls(shape, **settings, h=jax.nn.sigmoid)

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> AdaptiveSNUState:
        """Membrane, adaptation and output at zero."""
        return AdaptiveSNUState(zeros(self, batch), zeros(self, batch), zeros(self, batch))

    def step(
        self,
        state: AdaptiveSNUState,
        dendrite: Array,
        soma: Array,
        *,
        key: PRNGKeyArray | None = None,
    ) -> AdaptiveSNUState:
        """One step; see the class for the equation."""
        return _adapted(self, state, dendrite, soma)


class AdaptiveSNU(Neuron):
    r"""a-SNU: self-adaptation, the threshold moves with the unit's own output.

    $$s_t = g(I_t + d\, s_{t-1} (1 - y_{t-1})), \qquad
    b_t = \rho\, b_{t-1} + (1 - \rho)\, y_{t-1}, \qquad y_t = h(s_t + \beta b_t + b_0)$$

    It is the SNU-a whose soma hears nothing but the unit itself.

    Discretisation: none of its own; $d$ and $\rho = e^{-\Delta t/\tau_a}$ are given per step.
    Reset: of the membrane alone, to zero, at the next step, by discarding what is carried.
    Threshold: fires if $s_t > -b_0 - \beta b_t$, strictly; with $\beta < 0$ firing raises it.
    The input is not scaled.

    Args:
        shape: number of units, or their axes.
        threshold: $-b_0$ at the start, in units of the membrane; the bias learns.
        decay: $d$, kept per step; a float stays as it is, an array `[*shape]` learns, a
            `LearnedDecay` learns within 0..1.
        beta: $\beta$, in units of the membrane: what a unit that always fires adds to
            $b_0$; a float stays as it is, an array learns.
        rho: $\rho$, kept per step; given as `decay` is.
        g: activation of the membrane, `identity` or `jax.nn.relu` (no negative membrane).
        h: output function, a surrogate spike; `jax.nn.sigmoid` gives the soft unit.

    Raises:
        ValueError: a decay or rho outside 0..1, an array that is not of this shape, or a shape
            that is not positive.

    Source: Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020), for the unit
    that it extends; adaptation as in Bellec et al., NeurIPS 2018. $\beta$ and $\rho$ have no
    published values for the a-SNU; those here are ours.

    Example:
        A current that makes a SNU fire at every step; adaptation slows the unit down.

        >>> import jax.numpy as jnp
        >>> unit = AdaptiveSNU(1, beta=-4.0, rho=0.5, decay=0.0)
        >>> state, fired = unit.init(), []
        >>> for _ in range(8):
        ...     state = unit.step(state, jnp.array([1.5]))
        ...     fired.append(int(state.y[0]))
        >>> fired
        [1, 0, 0, 0, 1, 0, 0, 0]
    """

    ports = ("dendrite",)
    bias: Float[Array, "*units"]
    decay: Decay
    beta: float | Float[Array, "*units"]
    rho: Decay
    g: Callable[[Array], Array] = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        threshold: float = 1.0,
        decay: Decay = 0.8,
        beta: float | Float[Array, "*units"] = -1.0,
        rho: Decay = 0.9,
        g: Callable[[Array], Array] = identity,
        h: Spike | None = None,
    ) -> None:
        finite("AdaptiveSNU", threshold=threshold)
        self.bias = jnp.full(as_shape(shape), -float(threshold))
        self.decay = as_decay(decay, self.bias.shape, "AdaptiveSNU: decay")
        self.beta = per_unit(beta, self.bias.shape, "AdaptiveSNU: beta")
        self.rho = as_decay(rho, self.bias.shape, "AdaptiveSNU: rho")
        self.g = g
        self.h = tanh_derivative() if h is None else h

    @classmethod
    def soft(cls, shape: int | tuple[int, ...], **settings: Any) -> "AdaptiveSNU":
        r"""The soft unit (a-sSNU): $h = \sigma$, real-valued output, true derivative.

        Args:
            shape, settings: as for the unit itself, without `h`.

        Example:
            >>> AdaptiveSNU.soft(2, rho=0.5).h.__name__
            'sigmoid'
        """
        return cls(shape, **settings, h=jax.nn.sigmoid)

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of units."""
        return self.bias.shape

    def init(self, batch: tuple[int, ...] = ()) -> AdaptiveSNUState:
        """Membrane, adaptation and output at zero."""
        return AdaptiveSNUState(zeros(self, batch), zeros(self, batch), zeros(self, batch))

    def step(
        self, state: AdaptiveSNUState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> AdaptiveSNUState:
        """One step; see the class for the equation."""
        return _adapted(self, state, dendrite, state.y)


def _adapted(
    unit: AxoSomaticSNU | AdaptiveSNU, state: AdaptiveSNUState, dendrite: Array, soma: Array
) -> AdaptiveSNUState:
    """The step of both units: what reaches the soma moves the threshold."""
    rho = kept(unit.rho)
    s = unit.g(dendrite + kept(unit.decay) * state.s * (1 - state.y))
    b = rho * state.b + (1 - rho) * soma
    return AdaptiveSNUState(s, b, unit.h(s + unit.beta * b + unit.bias))
