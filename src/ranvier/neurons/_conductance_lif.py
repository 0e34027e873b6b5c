"""The leaky integrate-and-fire neuron with synaptic conductances."""

from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, ascending, one_of, positive, zeros
from ranvier.neurons._current_lif import INPUT_TIMES, InputTime
from ranvier.neurons._parameters import stable_step
from ranvier.neurons._propagators import decay
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative

Discretisation = Literal["euler", "exponential_euler"]


class ConductanceLIFState(NamedTuple):
    """Membrane potential `v` in mV, both conductances in units of the leak's, last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> ConductanceLIF(2).init((5,)).inhibitory.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    excitatory: Float[Array, "..."]
    inhibitory: Float[Array, "..."]
    y: Float[Array, "..."]


class ConductanceLIF(Neuron):
    r"""Leaky integrate-and-fire neuron whose inputs open conductances.

    $$\tau \frac{dv}{dt} = (E_L - v) + g_e (E_e - v) + g_i (E_i - v), \qquad
    \tau_e \frac{dg_e}{dt} = -g_e, \quad \tau_i \frac{dg_i}{dt} = -g_i$$

    Spike when $v > v_{th}$, strictly; then $v \leftarrow v_r$ in the same step. The conductances
    are in units of the leak's, and what arrives at a port is added to its conductance, unscaled:
    weights are positive on both ports.

    A step takes the old conductances for the membrane, with every variable

    - `"euler"`: moved along its slope, as Brian2's COBA example does. The membrane is stable for
      $\Delta t < 2 \tau / (1 + g_e + g_i)$, which depends on the input;
    - `"exponential_euler"`: solved exactly with the others held; stable for any step.

    What arrives in a step is added `"before_update"` or `"after_update"`, as in `CurrentLIF`.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; a float stays, an array `[*shape]` learns, as for all below.
        tau_excitatory_ms, tau_inhibitory_ms: $\tau_e$, $\tau_i$.
        time_step_ms: $\Delta t$.
        resting_mV, excitatory_mV, inhibitory_mV: the reversal potentials $E_L$, $E_e$, $E_i$. The
            neuron starts at rest; that it does is no part of a gradient.
        threshold_mV, reset_mV: $v_{th}$, $v_r$.
        discretisation, input_time: as above.
        h: surrogate spike of $(v - v_{th}) / (v_{th} - v_r)$.

    Raises:
        ValueError: an unknown choice (the nearest is named), a time constant or time step that
            is not positive, a reset potential that is not below the threshold, or an Euler step
            longer than a time constant.

    Source: Brette et al., J. Comput. Neurosci. 23 (2007), benchmark 1, after Vogels, Abbott,
        J. Neurosci. 25 (2005).

    Example:
        An open excitatory conductance pulls the membrane up from rest.

        >>> import jax.numpy as jnp
        >>> unit = ConductanceLIF(1, time_step_ms=0.1)
        >>> state = unit.step(unit.init(), jnp.array([0.6]), jnp.array([0.0]))
        >>> round(float(state.v[0]), 2), round(float(state.excitatory[0]), 3)
        (-59.82, 0.588)
    """

    ports = ("excitatory", "inhibitory")
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: float | Float[Array, "*units"]
    tau_excitatory_ms: float | Float[Array, "*units"]
    tau_inhibitory_ms: float | Float[Array, "*units"]
    resting_mV: float | Float[Array, "*units"]
    excitatory_mV: float | Float[Array, "*units"]
    inhibitory_mV: float | Float[Array, "*units"]
    threshold_mV: float | Float[Array, "*units"]
    reset_mV: float | Float[Array, "*units"]
    time_step_ms: float
    discretisation: Discretisation = eqx.field(static=True)
    input_time: InputTime = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: float | Float[Array, "*units"] = 20.0,
        tau_excitatory_ms: float | Float[Array, "*units"] = 5.0,
        tau_inhibitory_ms: float | Float[Array, "*units"] = 10.0,
        time_step_ms: float = 0.1,
        resting_mV: float | Float[Array, "*units"] = -60.0,
        excitatory_mV: float | Float[Array, "*units"] = 0.0,
        inhibitory_mV: float | Float[Array, "*units"] = -80.0,
        threshold_mV: float | Float[Array, "*units"] = -50.0,
        reset_mV: float | Float[Array, "*units"] = -60.0,
        discretisation: Discretisation = "exponential_euler",
        input_time: InputTime = "before_update",
        h: Spike | None = None,
    ) -> None:
        owner = "ConductanceLIF"
        one_of(owner, "discretisation", discretisation, ("euler", "exponential_euler"))
        one_of(owner, "input_time", input_time, INPUT_TIMES)
        times = {
            "tau_membrane_ms": tau_membrane_ms,
            "tau_excitatory_ms": tau_excitatory_ms,
            "tau_inhibitory_ms": tau_inhibitory_ms,
        }
        positive(owner, time_step_ms=time_step_ms, **times)
        ascending(owner, reset_mV=reset_mV, threshold_mV=threshold_mV)
        if discretisation == "euler":
            stable_step(
                owner,
                time_step_ms,
                "discretisation='exponential_euler'",
                membrane=tau_membrane_ms,
                excitatory_conductance=tau_excitatory_ms,
                inhibitory_conductance=tau_inhibitory_ms,
            )
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.tau_excitatory_ms = tau_excitatory_ms
        self.tau_inhibitory_ms = tau_inhibitory_ms
        self.resting_mV = resting_mV
        self.excitatory_mV = excitatory_mV
        self.inhibitory_mV = inhibitory_mV
        self.threshold_mV = threshold_mV
        self.reset_mV = reset_mV
        self.time_step_ms = float(time_step_ms)
        self.discretisation = discretisation
        self.input_time = input_time
        self.h = tanh_derivative() if h is None else h

    def _kept(self, tau_ms: float | Array) -> float | Array:
        """What is left of a conductance after one step."""
        rate = self.time_step_ms / tau_ms
        return 1 - rate if self.discretisation == "euler" else decay(rate)

    def init(self, batch: tuple[int, ...] = ()) -> ConductanceLIFState:
        """Membrane at rest, conductances closed, no spike."""
        zero = zeros(self, batch)
        # Rules that learn online have no trace of what was before the first step.
        rest = jax.lax.stop_gradient(self.resting_mV)
        return ConductanceLIFState(zero + rest, zero, zero, zero)

    def step(
        self,
        state: ConductanceLIFState,
        excitatory: Array,
        inhibitory: Array,
        *,
        key: PRNGKeyArray | None = None,
    ) -> ConductanceLIFState:
        """One step; see the class for the equation."""
        excited, inhibited = state.excitatory, state.inhibitory
        if self.input_time == "before_update":
            excited, inhibited = excited + excitatory, inhibited + inhibitory
        total = 1 + excited + inhibited
        pull = self.resting_mV + excited * self.excitatory_mV + inhibited * self.inhibitory_mV
        rate = self.time_step_ms / self.tau_membrane_ms
        if self.discretisation == "euler":
            v = state.v + rate * (pull - total * state.v)
        else:
            v = state.v - jnp.expm1(-rate * total) * (pull / total - state.v)
        y = self.h((v - self.threshold_mV) / (self.threshold_mV - self.reset_mV))
        v = (1 - y) * v + y * self.reset_mV
        excited = self._kept(self.tau_excitatory_ms) * excited
        inhibited = self._kept(self.tau_inhibitory_ms) * inhibited
        if self.input_time == "after_update":
            excited, inhibited = excited + excitatory, inhibited + inhibitory
        return ConductanceLIFState(v, excited, inhibited, y)
