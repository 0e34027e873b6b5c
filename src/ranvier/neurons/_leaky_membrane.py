"""The membrane of the leaky integrate-and-fire neuron, without its threshold."""

from typing import NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, one_of, positive, zeros
from ranvier.neurons._lif import Discretisation
from ranvier.neurons._parameters import Parameter, plus, stable_step, starting
from ranvier.neurons._propagators import decay
from ranvier.neurons._shape import as_shape


class LeakyMembraneState(NamedTuple):
    """Membrane potential `v` and last output `y`, each `[..., *units]`.

    Example:
        >>> LeakyMembrane(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    y: Float[Array, "..."]


class LeakyMembrane(Neuron):
    r"""Leaky integrator in terms of its time constant: a membrane that never fires.

    $$\tau \frac{dv}{dt} = E_L - v + R I, \qquad y = v$$

    One step of $\Delta t$, the current held over it:
    $v \leftarrow E_L + d\,(v - E_L) + k I$ with $d = e^{-\Delta t/\tau}$, $k = R(1 - d)$ (exact) or
    $d = 1 - \Delta t/\tau$, $k = R\,\Delta t/\tau$ (Euler). The input is thus scaled by $k$;
    [`LeakyIntegrator`][ranvier.neurons.LeakyIntegrator] is the same in terms of $d$ and $k$.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; a float stays, an array `[*shape]` learns.
        time_step_ms: $\Delta t$.
        resistance: $R$; a float stays, an array learns.
        resting_potential: $E_L$, where the membrane starts; a float stays, an array learns.
        discretisation: `"exact"` or `"euler"`.

    Raises:
        ValueError: an unknown choice (the nearest is named), a time constant or time step that
            is not positive, or an Euler step longer than the time constant.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 1.3.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = LeakyMembrane(1, tau_membrane_ms=20.0)
        >>> round(float(unit.step(unit.init(), jnp.array([2.0])).y[0]), 4)
        0.0975
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: Parameter
    resistance: Parameter
    resting_potential: Parameter
    time_step_ms: float
    discretisation: Discretisation = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: Parameter = 20.0,
        time_step_ms: float = 1.0,
        resistance: Parameter = 1.0,
        resting_potential: Parameter = 0.0,
        discretisation: Discretisation = "exact",
    ) -> None:
        one_of("LeakyMembrane", "discretisation", discretisation, ("exact", "euler"))
        positive("LeakyMembrane", time_step_ms=time_step_ms, tau_membrane_ms=tau_membrane_ms)
        if discretisation == "euler":
            remedy = "discretisation='exact'"
            stable_step("LeakyMembrane", time_step_ms, remedy, membrane=tau_membrane_ms)
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.resistance = resistance
        self.resting_potential = resting_potential
        self.time_step_ms = float(time_step_ms)
        self.discretisation = discretisation

    @property
    def decay(self) -> float | Array:
        r"""$d$: the part of the membrane that is left after one step."""
        ratio = self.time_step_ms / self.tau_membrane_ms
        return 1 - ratio if self.discretisation == "euler" else decay(ratio)

    def init(self, batch: tuple[int, ...] = ()) -> LeakyMembraneState:
        """Membrane at rest, no output."""
        return LeakyMembraneState(starting(self, batch, self.resting_potential), zeros(self, batch))

    def step(
        self, state: LeakyMembraneState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> LeakyMembraneState:
        """One step; see the class for the equation."""
        above = plus(state.v, self.resting_potential, -1.0)
        moved = self.decay * above + self.resistance * (1 - self.decay) * dendrite
        v = plus(moved, self.resting_potential)
        return LeakyMembraneState(v, v)
