"""The leaky integrate-and-fire neuron, with its discretisation and reset stated."""

from typing import Literal, NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, ascending, one_of, positive, zeros
from ranvier.neurons._parameters import plus, stable_step, starting
from ranvier.neurons._propagators import decay
from ranvier.neurons._reset import RESET_TIMES, RESETS, Reset, ResetTime, fire
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative

Discretisation = Literal["exact", "euler"]


class LIFState(NamedTuple):
    """Membrane potential `v`, in the threshold's unit, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> LIF(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    y: Float[Array, "..."]


class LIF(Neuron):
    r"""Leaky integrate-and-fire neuron.

    $$\tau \frac{dv}{dt} = E_L - v + R I, \qquad \text{spike when } v > v_{th}$$

    One step of $\Delta t$, the current held over it:
    $v \leftarrow E_L + d\,(v - E_L) + k I$ with $d = e^{-\Delta t/\tau}$, $k = R(1 - d)$ (exact) or
    $d = 1 - \Delta t/\tau$, $k = R\,\Delta t/\tau$ (Euler). The input is thus scaled by $k$.

    Reset, `"zero"` (to $v_r$, zero unless given) or `"subtract"` (by $v_{th} - v_r$), takes effect

    - `"at_spike"`: in the step of the spike; the state shows the membrane after the reset;
    - `"next_carry"`: at the next step, on the carried membrane, before leak and input (as the
      SNU does): the same spikes, and the state shows the membrane that crossed the threshold;
    - `"next_update"`: at the next step, on the updated membrane, after leak and input (as
      the `Synaptic` of snnTorch does): `"zero"` then also swallows that step's input.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; a float stays, an array `[*shape]` learns.
        time_step_ms: $\Delta t$.
        resistance: $R$, in units of the membrane per unit of current.
        threshold: $v_{th}$, in units of the membrane; a float stays, an array learns.
        discretisation, reset, reset_time: as above.
        detach_reset: whether derivatives take the reset for a constant.
        h: surrogate spike of $v - v_{th}$.
        resting_potential: $E_L$, where the neuron starts; above the threshold it fires on its own.
        reset_potential: $v_r$.

    Raises:
        ValueError: an unknown choice (the nearest is named), a time constant or time step that
            is not positive, an Euler step longer than the time constant, or a reset potential
            that is not below the threshold.

    Source: Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), section 1.3.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = LIF(1, tau_membrane_ms=20.0, time_step_ms=1.0)
        >>> state = unit.step(unit.init(), jnp.array([2.0]))
        >>> round(float(state.v[0]), 4)
        0.0975
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: float | Float[Array, "*units"]
    threshold: float | Float[Array, "*units"]
    resistance: float | Float[Array, "*units"]
    resting_potential: float | Float[Array, "*units"]
    reset_potential: float | Float[Array, "*units"]
    time_step_ms: float
    discretisation: Discretisation = eqx.field(static=True)
    reset: Reset = eqx.field(static=True)
    reset_time: ResetTime = eqx.field(static=True)
    detach_reset: bool = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: float | Float[Array, "*units"] = 20.0,
        time_step_ms: float = 1.0,
        resistance: float | Float[Array, "*units"] = 1.0,
        threshold: float | Float[Array, "*units"] = 1.0,
        discretisation: Discretisation = "exact",
        reset: Reset = "zero",
        reset_time: ResetTime = "at_spike",
        detach_reset: bool = False,
        h: Spike | None = None,
        resting_potential: float | Float[Array, "*units"] = 0.0,
        reset_potential: float | Float[Array, "*units"] = 0.0,
    ) -> None:
        one_of("LIF", "discretisation", discretisation, ("exact", "euler"))
        one_of("LIF", "reset", reset, RESETS)
        one_of("LIF", "reset_time", reset_time, RESET_TIMES)
        positive("LIF", time_step_ms=time_step_ms, tau_membrane_ms=tau_membrane_ms)
        ascending("LIF", reset_potential=reset_potential, threshold=threshold)
        if discretisation == "euler":
            stable_step("LIF", time_step_ms, "discretisation='exact'", membrane=tau_membrane_ms)
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.threshold = threshold
        self.resistance = resistance
        self.resting_potential = resting_potential
        self.reset_potential = reset_potential
        self.time_step_ms = float(time_step_ms)
        self.discretisation = discretisation
        self.reset = reset
        self.reset_time = reset_time
        self.detach_reset = bool(detach_reset)
        self.h = tanh_derivative() if h is None else h

    @property
    def resets_at_spike(self) -> bool:
        """Whether the state after a spike shows the membrane after the reset."""
        return self.reset_time == "at_spike"

    @property
    def decay(self) -> float | Array:
        r"""$d$: the part of the membrane that is left after one step."""
        ratio = self.time_step_ms / self.tau_membrane_ms
        if self.discretisation == "euler":
            return 1 - ratio
        return decay(ratio)

    @property
    def gain(self) -> float | Array:
        r"""$k$: what a current of one, held over a step, adds to the membrane."""
        return self.resistance * (1 - self.decay)

    def init(self, batch: tuple[int, ...] = ()) -> LIFState:
        """Membrane at rest, no spike."""
        return LIFState(starting(self, batch, self.resting_potential), zeros(self, batch))

    def step(
        self, state: LIFState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> LIFState:
        """One step; see the class for the equation."""

        def update(v: Array) -> Array:
            above = plus(v, self.resting_potential, -1.0)
            return plus(self.decay * above + self.gain * dendrite, self.resting_potential)

        v, y = fire(
            state.v,
            state.y,
            update,
            self.threshold,
            self.reset,
            self.reset_time,
            self.h,
            detach=self.detach_reset,
            reset_potential=self.reset_potential,
        )
        return LIFState(v, y)
