"""A leaky integrate-and-fire neuron with a dendrite in front of its soma."""

import math
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, one_of, positive, zeros
from ranvier.neurons._reset import RESETS, Reset
from ranvier.neurons._shape import as_shape, per_unit
from ranvier.neurons.surrogates import Spike, tanh_derivative


class TwoCompartmentState(NamedTuple):
    """Potentials of soma and dendrite above rest, and last output `y`, each `[..., *units]`.

    Example:
        >>> TwoCompartmentLIF(2).init((5,)).v_dendrite.shape
        (5, 2)
    """

    v_soma: Float[Array, "..."]
    v_dendrite: Float[Array, "..."]
    y: Float[Array, "..."]


class TwoCompartmentLIF(Neuron):
    r"""Leaky integrate-and-fire neuron of two coupled compartments, soma and dendrite.

    $$\tau_s \dot v_s = -v_s + \kappa_s (v_d - v_s) + R_s I_s, \qquad
    \tau_d \dot v_d = -v_d + \kappa_d (v_s - v_d) + R_d I_d$$

    with both potentials above rest; the soma fires when $v_s > v_{th}$. A coupling $\kappa$ is the
    conductance between the compartments over the compartment's own leak conductance.

    Discretisation: exact for currents held over the step,
    $v \leftarrow v_\infty + e^{A \Delta t} (v - v_\infty)$, with $A$ the 2x2 matrix of the
    equations and $v_\infty$ where they would come to rest. Reset: of the soma only, in the step of
    the spike, to rest (`"zero"`) or by $v_{th}$ (`"subtract"`); the state shows it after the
    reset. Threshold test: strict. The currents are scaled by the propagator.

    Args:
        shape: number of units, or their axes; a number for any of the following is a constant, an
            array `[*shape]` learns.
        tau_soma_ms: $\tau_s$, capacitance over leak of the soma alone.
        tau_dendrite_ms: $\tau_d$, the same of the dendrite.
        coupling_soma: $\kappa_s$, of the soma's leak.
        coupling_dendrite: $\kappa_d$, of the dendrite's leak.
        resistance_soma: $R_s$, in units of the potential per unit of current.
        resistance_dendrite: $R_d$.
        threshold: $v_{th}$, above rest.
        time_step_ms: $\Delta t$.
        reset: `"zero"` or `"subtract"`.
        h: surrogate spike of $v_s - v_{th}$.

    Raises:
        ValueError: a time constant, coupling or time step that is not positive, an array that does
            not fit the units, or an unknown reset (the nearest is named).

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 3.2 (compartments);
        Pinsky, Rinzel, J. Comput. Neurosci. 1 (1994) for the reduction to two.

    Example:
        What the dendrite gets reaches the soma later, and weaker.

        >>> import jax.numpy as jnp
        >>> unit = TwoCompartmentLIF(1)
        >>> near = unit.step(unit.init(), jnp.array([1.0]), jnp.array([0.0]))
        >>> far = unit.step(unit.init(), jnp.array([0.0]), jnp.array([1.0]))
        >>> round(float(near.v_soma[0]), 4), round(float(far.v_soma[0]), 4)
        (0.0476, 0.0012)
    """

    ports = ("soma", "dendrite")
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_soma_ms: float | Float[Array, "*units"]
    tau_dendrite_ms: float | Float[Array, "*units"]
    coupling_soma: float | Float[Array, "*units"]
    coupling_dendrite: float | Float[Array, "*units"]
    resistance_soma: float | Float[Array, "*units"]
    resistance_dendrite: float | Float[Array, "*units"]
    threshold: float | Float[Array, "*units"]
    time_step_ms: float
    reset: Reset = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_soma_ms: float | Float[Array, "*units"] = 20.0,
        tau_dendrite_ms: float | Float[Array, "*units"] = 20.0,
        coupling_soma: float | Float[Array, "*units"] = 1.0,
        coupling_dendrite: float | Float[Array, "*units"] = 1.0,
        resistance_soma: float | Float[Array, "*units"] = 1.0,
        resistance_dendrite: float | Float[Array, "*units"] = 1.0,
        threshold: float | Float[Array, "*units"] = 1.0,
        time_step_ms: float = 1.0,
        reset: Reset = "zero",
        h: Spike | None = None,
    ) -> None:
        name = "TwoCompartmentLIF"
        positive(
            name,
            tau_soma_ms=tau_soma_ms,
            tau_dendrite_ms=tau_dendrite_ms,
            coupling_soma=coupling_soma,
            coupling_dendrite=coupling_dendrite,
            time_step_ms=time_step_ms,
        )
        one_of(name, "reset", reset, RESETS)
        self.shape = as_shape(shape)

        def fitting(value: float | Array, what: str) -> float | Array:
            return per_unit(value, self.shape, f"{name}: {what}")

        self.tau_soma_ms = fitting(tau_soma_ms, "tau_soma_ms")
        self.tau_dendrite_ms = fitting(tau_dendrite_ms, "tau_dendrite_ms")
        self.coupling_soma = fitting(coupling_soma, "coupling_soma")
        self.coupling_dendrite = fitting(coupling_dendrite, "coupling_dendrite")
        self.resistance_soma = fitting(resistance_soma, "resistance_soma")
        self.resistance_dendrite = fitting(resistance_dendrite, "resistance_dendrite")
        self.threshold = fitting(threshold, "threshold")
        self.time_step_ms = float(time_step_ms)
        self.reset = reset
        self.h = tanh_derivative() if h is None else h

    def propagator(self) -> tuple[tuple[float | Array, float | Array], ...]:
        r"""$e^{A\Delta t}$, row by row: what is left of (soma, dendrite) after one step.

        Example:
            >>> (a, b), (c, d) = TwoCompartmentLIF(1, time_step_ms=1e-9).propagator()
            >>> round(a, 6), round(b, 6), round(c, 6), round(d, 6)
            (1.0, 0.0, 0.0, 1.0)
        """
        rates = (
            (1 + self.coupling_soma) / self.tau_soma_ms,
            self.coupling_soma / self.tau_soma_ms,
            self.coupling_dendrite / self.tau_dendrite_ms,
            (1 + self.coupling_dendrite) / self.tau_dendrite_ms,
        )
        # Constants stay Python numbers, which take the precision of what they meet.
        maths = math if all(isinstance(rate, float) for rate in rates) else jnp
        leak_soma, to_soma, to_dendrite, leak_dendrite = rates
        middle, half = (leak_soma + leak_dendrite) / 2, (leak_dendrite - leak_soma) / 2
        # Couplings are positive, so both rates of decay are real and differ.
        split = maths.sqrt(half * half + to_soma * to_dendrite)  # pyright: ignore
        slow = maths.exp((split - middle) * self.time_step_ms)  # pyright: ignore
        lost = -maths.expm1(-2 * split * self.time_step_ms)  # pyright: ignore
        even, odd = slow * (1 - lost / 2), slow * lost / (2 * split)
        return (even + odd * half, odd * to_soma), (odd * to_dendrite, even - odd * half)

    def init(self, batch: tuple[int, ...] = ()) -> TwoCompartmentState:
        """Both compartments at rest, no spike."""
        return TwoCompartmentState(zeros(self, batch), zeros(self, batch), zeros(self, batch))

    def step(
        self,
        state: TwoCompartmentState,
        soma: Array,
        dendrite: Array,
        *,
        key: PRNGKeyArray | None = None,
    ) -> TwoCompartmentState:
        """One step; see the class for the equation."""
        pull_soma, pull_dendrite = self.resistance_soma * soma, self.resistance_dendrite * dendrite
        total = 1 + self.coupling_soma + self.coupling_dendrite
        shared = self.coupling_dendrite * pull_soma + self.coupling_soma * pull_dendrite
        rest_soma, rest_dendrite = (pull_soma + shared) / total, (pull_dendrite + shared) / total
        (ss, sd), (ds, dd) = self.propagator()
        off_soma, off_dendrite = state.v_soma - rest_soma, state.v_dendrite - rest_dendrite
        v_soma = rest_soma + ss * off_soma + sd * off_dendrite
        v_dendrite = rest_dendrite + ds * off_soma + dd * off_dendrite
        y = self.h(v_soma - self.threshold)
        v_soma = v_soma * (1 - y) if self.reset == "zero" else v_soma - self.threshold * y
        return TwoCompartmentState(v_soma, v_dendrite, y)
