"""Integrate-and-fire with a differentiable synapse."""

import math
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, broken, finite, known, positive, positive_or_infinite, zeros
from ranvier.neurons._active_zone import Release, uniform_release
from ranvier.neurons._parameters import Parameter, plus, starting
from ranvier.neurons._propagators import decay
from ranvier.neurons._shape import as_shape


class DifferentiableIFState(NamedTuple):
    """Membrane potential `v`, and the synaptic current `y` that the unit sends, per ms.

    Each is `[..., *units]`.

    Example:
        >>> DifferentiableIF(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    y: Float[Array, "..."]


class DifferentiableIF(Neuron):
    r"""Integrate-and-fire neuron whose spikes are differentiable: gradually sent, exactly derived.

    $$\frac{dv}{dt} = -\frac{v - E_L}{\tau} + I, \quad v \leftarrow v_r \text{ when } v > v_{th},
    \qquad \tau_s \frac{ds}{dt} = -s + g(v)\, \frac{dv}{dt}, \qquad y = s$$

    The gate $g \ge 0$ is open in the active zone, from $v_{th} - w$ to $v_{th}$, and its integral
    is one: a membrane that crosses the zone sends a charge of exactly one ($\int s\, dt = 1$), one
    that goes halfway sends a part, and takes it back if it returns. The reset itself sends nothing.
    As $w \to 0$, $s$ becomes what an exponential synapse makes of a spike. Nothing jumps when a
    spike appears, so the derivative of the step is a true one, and `bptt` gives the gradient of the
    loss itself, without a surrogate.

    Discretisation: exact for membrane and charge, the current held over the step $\Delta t$: what
    is sent in a step is $q = k + G(v_t) - G(v_{t-1})$ for $k$ resets within it, $G$ the integral of
    $g$, and it is spread over the step,
    $s \leftarrow e^{-\Delta t/\tau_s} s + (1 - e^{-\Delta t/\tau_s})\, q / \Delta t$. A reset takes
    place at the crossing, within the step, also several times; what is left of the step goes on
    from $v_r$. Threshold: strict. The input is a slope of the membrane, per ms; it is multiplied by
    the part of the step that the leak leaves.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; `math.inf` for a neuron without a leak; an array `[*shape]` learns.
        tau_synapse_ms: $\tau_s$; a float stays, an array learns.
        zone: $w$, in units of the membrane.
        threshold, reset_potential, resting_potential: $v_{th}$, $v_r$, $E_L$; the neuron starts at
            the last. A float stays, an array learns.
        time_step_ms: $\Delta t$.
        release: $G$, of how far through the zone the membrane is: `uniform_release`, as published,
            or `cosine_release`, whose gate has no steps.

    Raises:
        ValueError: a time constant, a zone or a time step that is not positive, or a reset
            potential that is not below the active zone.

    Source: Huh, Sejnowski, NeurIPS 2018, arXiv:1706.04698, section 2 and Fig. 1. The
        discretisation is ours.

    Example:
        A slope of 0.1 per ms: one unit of the membrane, and so one spike, every ten ms.

        >>> unit = DifferentiableIF(1, tau_membrane_ms=math.inf, tau_synapse_ms=2.0)
        >>> def sent(steps):
        ...     body = lambda state, _: (unit.step(state, jnp.array([0.1])),) * 2
        ...     return jax.lax.scan(body, unit.init(), None, length=steps)[1].y.sum()
        >>> bool(abs(sent(1000) - 100) < 1)
        True
    """

    may_be_infinite = ("tau_membrane_ms",)
    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: Parameter
    tau_synapse_ms: Parameter
    zone: Parameter
    threshold: Parameter
    reset_potential: Parameter
    resting_potential: Parameter
    time_step_ms: float
    release: Release = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: Parameter = 20.0,
        tau_synapse_ms: Parameter = 5.0,
        zone: Parameter = 0.5,
        threshold: Parameter = 1.0,
        reset_potential: Parameter = 0.0,
        resting_potential: Parameter = 0.0,
        time_step_ms: float = 1.0,
        release: Release = uniform_release,
    ) -> None:
        positive(
            "DifferentiableIF",
            tau_synapse_ms=tau_synapse_ms,
            zone=zone,
            time_step_ms=time_step_ms,
        )
        positive_or_infinite("DifferentiableIF", tau_membrane_ms=tau_membrane_ms)
        finite("DifferentiableIF", reset_potential=reset_potential, threshold=threshold)
        given = reset_potential, threshold - zone
        if found := broken(lambda reset, start: reset <= start, *given):
            raise ValueError(
                f"DifferentiableIF: reset_potential{found[0].at} is {found[0].value}, expected at "
                f"most threshold - zone{found[1].at} = {found[1].value}: within the active zone, a "
                "reset would leave a part of the next spike sent."
            )
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.tau_synapse_ms = tau_synapse_ms
        self.zone = zone
        self.threshold = threshold
        self.reset_potential = reset_potential
        self.resting_potential = resting_potential
        self.time_step_ms = float(time_step_ms)
        self.release = release

    def init(self, batch: tuple[int, ...] = ()) -> DifferentiableIFState:
        """Membrane at rest, no current."""
        return DifferentiableIFState(
            starting(self, batch, self.resting_potential), zeros(self, batch)
        )

    def released(self, v: Float[Array, "..."]) -> Float[Array, "..."]:
        """$G(v)$: the part of a spike that has been sent where the membrane is at $v$.

        Args:
            v: membrane potential.
        """
        return self.release((v - (self.threshold - self.zone)) / self.zone)

    def step(
        self, state: DifferentiableIFState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> DifferentiableIFState:
        """One step; see the class for the equation."""
        if known(self.tau_membrane_ms) and math.isinf(self.tau_membrane_ms):
            v, resets = self._without_leak(state.v, dendrite)
        else:
            v, resets = self._with_leak(state.v, dendrite)
        charge = resets + self.released(v) - self.released(state.v)
        left = decay(self.time_step_ms / self.tau_synapse_ms)
        return DifferentiableIFState(v, left * state.y + (1 - left) * charge / self.time_step_ms)

    def _without_leak(self, v: Array, slope: Array) -> tuple[Array, Array]:
        """The membrane after a step, and how often it was reset."""
        free, fall = v + slope * self.time_step_ms, self.threshold - self.reset_potential
        resets = jnp.maximum(jnp.ceil((free - self.threshold) / fall), 0)
        resets = jax.lax.stop_gradient(resets)
        return free - resets * fall, resets

    def _with_leak(self, v: Array, slope: Array) -> tuple[Array, Array]:
        """The same of a membrane that decays towards rest.

        The distance to where the membrane tends shrinks by the decay alone, and each reset
        multiplies it by that of the reset potential over that of the threshold.
        """
        tau, rest = self.tau_membrane_ms, self.resting_potential
        left = decay(self.time_step_ms / tau)
        free = plus(left * plus(v, rest, -1.0) + tau * (1 - left) * slope, rest)
        crosses = free > self.threshold
        end = plus(tau * slope, rest)
        # Each branch gets arguments that are harmless to it, or its gradient would be no number.
        above = jnp.where(crosses, end - self.threshold, 1.0)
        distance = jnp.where(crosses, (end - v) * left, 0.5)
        growth = 1 + (self.threshold - self.reset_potential) / above
        resets = jnp.maximum(jnp.ceil(jnp.log(above / distance) / jnp.log(growth)), 1)
        resets = jax.lax.stop_gradient(jnp.where(crosses, resets, 0))
        # What the last reset cuts off; without a subtraction where there was no other.
        grown = growth ** jnp.maximum(resets - 1, 0)
        excess = (free - self.threshold) * grown - above * (grown - 1)
        return jnp.where(crosses, self.reset_potential + growth * excess, free), resets
