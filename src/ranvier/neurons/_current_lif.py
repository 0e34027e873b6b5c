"""The leaky integrate-and-fire neuron with synaptic currents."""

from typing import Any, Literal, NamedTuple

import equinox as eqx
import jax
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, ascending, one_of, positive, zeros
from ranvier.neurons._kernels import ExponentialKernel, Kernel
from ranvier.neurons._propagators import decay
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative

InputTime = Literal["before_update", "after_update"]
INPUT_TIMES = ("before_update", "after_update")


class CurrentLIFState(NamedTuple):
    """Membrane potential `v`, the currents of both ports, and last output `y`.

    Each is `[..., *units]`; a current is one array for an exponential kernel, and an
    `AlphaCurrent` for an alpha kernel. All are in units of the membrane.

    Example:
        >>> CurrentLIF(2).init((5,)).excitatory.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    excitatory: Any
    inhibitory: Any
    y: Float[Array, "..."]


class CurrentLIF(Neuron):
    r"""Leaky integrate-and-fire neuron whose inputs are spikes that leave a synaptic current.

    $$\tau \frac{dv}{dt} = E_L - v + i_e + i_i, \qquad \text{spike when } v > v_{th}$$

    Each current follows its kernel, and grows by what arrives at its port. **Both currents are
    added**: an inhibitory weight is negative. Discretisation: exact, membrane and currents
    together, for a step of any length. The input is not scaled: a current of one holds the
    membrane one above rest.

    What arrives in a step is added to the current

    - `"before_update"`: first, so that it moves the membrane in this step (as in snnTorch and
      Norse). In a recurrent layer, which hands a neuron the spikes of the step before, this is
      Brian2's order for a synapse without delay;
    - `"after_update"`: last, after integration and threshold, so that it moves the membrane in
      the next step (as Brian2 orders an input of the same step).

    Reset, in the step of the spike: `"set"` ($v \leftarrow v_r$) or `"subtract"`
    ($v \leftarrow v - (v_{th} - v_r)$). Threshold: strict.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; a float stays, an array `[*shape]` learns.
        excitatory, inhibitory: the kernels of the two ports; exponential of 5 and 10 ms.
        time_step_ms: $\Delta t$.
        threshold: $v_{th}$, in units of the membrane; a float stays, an array learns.
        reset_potential: $v_r$, in units of the membrane.
        resting_potential: $E_L$, in units of the membrane; above the threshold the neuron fires
            on its own. The neuron starts there; that it does is no part of a gradient.
        reset, input_time: as above.
        h: surrogate spike of $(v - v_{th}) / (v_{th} - v_r)$.
        detach_reset: whether derivatives take the reset for a constant.

    Raises:
        ValueError: an unknown choice (the nearest is named), a time constant or time step that
            is not positive, or a reset potential that is not below the threshold.

    Source: Brette et al., J. Comput. Neurosci. 23 (2007), benchmark 2; Rotter, Diesmann, Biol.
        Cybern. 81 (1999), for the exact step.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = CurrentLIF(1, tau_membrane_ms=20.0, excitatory=ExponentialKernel(tau_ms=5.0))
        >>> state = unit.step(unit.init(), jnp.array([2.0]), jnp.array([0.0]))
        >>> round(float(state.v[0]), 4), round(float(state.excitatory[0]), 4)
        (0.0883, 1.6375)
    """

    may_be_infinite = ("threshold",)
    ports = ("excitatory", "inhibitory")
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: float | Float[Array, "*units"]
    excitatory: Kernel
    inhibitory: Kernel
    threshold: float | Float[Array, "*units"]
    reset_potential: float | Float[Array, "*units"]
    resting_potential: float | Float[Array, "*units"]
    time_step_ms: float
    reset: Literal["set", "subtract"] = eqx.field(static=True)
    input_time: InputTime = eqx.field(static=True)
    h: Spike = eqx.field(static=True)
    detach_reset: bool = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: float | Float[Array, "*units"] = 20.0,
        excitatory: Kernel | None = None,
        inhibitory: Kernel | None = None,
        time_step_ms: float = 1.0,
        threshold: float | Float[Array, "*units"] = 1.0,
        reset_potential: float | Float[Array, "*units"] = 0.0,
        resting_potential: float | Float[Array, "*units"] = 0.0,
        reset: Literal["set", "subtract"] = "set",
        input_time: InputTime = "before_update",
        h: Spike | None = None,
        detach_reset: bool = False,
    ) -> None:
        one_of("CurrentLIF", "reset", reset, ("set", "subtract"))
        one_of("CurrentLIF", "input_time", input_time, INPUT_TIMES)
        positive("CurrentLIF", time_step_ms=time_step_ms, tau_membrane_ms=tau_membrane_ms)
        ascending("CurrentLIF", reset_potential=reset_potential, threshold=threshold)
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.excitatory = ExponentialKernel(5.0) if excitatory is None else excitatory
        self.inhibitory = ExponentialKernel(10.0) if inhibitory is None else inhibitory
        self.threshold = threshold
        self.reset_potential = reset_potential
        self.resting_potential = resting_potential
        self.time_step_ms = float(time_step_ms)
        self.reset = reset
        self.input_time = input_time
        self.h = tanh_derivative() if h is None else h
        self.detach_reset = bool(detach_reset)

    def init(self, batch: tuple[int, ...] = ()) -> CurrentLIFState:
        """Membrane at rest, no current, no spike."""
        zero = zeros(self, batch)
        # Rules that learn online have no trace of what was before the first step.
        rest = jax.lax.stop_gradient(self.resting_potential)
        return CurrentLIFState(
            zero + rest,
            self.excitatory.init(zero),
            self.inhibitory.init(zero),
            zero,
        )

    def step(
        self,
        state: CurrentLIFState,
        excitatory: Array,
        inhibitory: Array,
        *,
        key: PRNGKeyArray | None = None,
    ) -> CurrentLIFState:
        """One step; see the class for the equation."""
        kernels = (self.excitatory, self.inhibitory)
        arriving = (excitatory, inhibitory)
        currents = (state.excitatory, state.inhibitory)
        if self.input_time == "before_update":
            currents = [k.add(*pair) for k, *pair in zip(kernels, currents, arriving, strict=True)]
        moved = [
            kernel.propagate(current, self.time_step_ms, self.tau_membrane_ms)
            for kernel, current in zip(kernels, currents, strict=True)
        ]
        (excited, excitation), (inhibited, inhibition) = moved
        rest, kept = self.resting_potential, decay(self.time_step_ms / self.tau_membrane_ms)
        v = rest + kept * (state.v - rest) + (excitation + inhibition)
        y = self.h((v - self.threshold) / (self.threshold - self.reset_potential))
        fired = jax.lax.stop_gradient(y) if self.detach_reset else y
        if self.reset == "set":
            v = (1 - fired) * v + fired * self.reset_potential
        else:
            v = v - fired * (self.threshold - self.reset_potential)
        if self.input_time == "after_update":
            excited = self.excitatory.add(excited, excitatory)
            inhibited = self.inhibitory.add(inhibited, inhibitory)
        return CurrentLIFState(v, excited, inhibited, y)
