"""The leaky integrate-and-fire neuron, with its discretisation and reset stated."""

import math
from typing import Literal, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, nearest, zeros
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative

Discretisation = Literal["exact", "euler"]
Reset = Literal["zero", "subtract"]
ResetTime = Literal["at_spike", "next_carry", "next_update"]

_CHOICES = {
    "discretisation": ("exact", "euler"),
    "reset": ("zero", "subtract"),
    "reset_time": ("at_spike", "next_carry", "next_update"),
}


class LIFState(NamedTuple):
    """Membrane potential `v` above rest, in the threshold's unit, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> LIF(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    y: Float[Array, "..."]


class LIF(Neuron):
    r"""Leaky integrate-and-fire neuron.

    $$\tau \frac{dv}{dt} = -v + R I, \qquad \text{spike when } v > v_{th}$$

    with $v$ above rest. One step of $\Delta t$, the current held over it:
    $v \leftarrow d\,v + k I$ with $d = e^{-\Delta t/\tau}$, $k = R(1 - d)$ (exact) or
    $d = 1 - \Delta t/\tau$, $k = R\,\Delta t/\tau$ (Euler). The input is thus scaled by $k$.

    Reset, `"zero"` (to rest) or `"subtract"` (by $v_{th}$), takes effect

    - `"at_spike"`: in the step of the spike; the state shows the membrane after the reset;
    - `"next_carry"`: at the next step, on the carried membrane, before leak and input (as the
      SNU does): the same spikes, and the state shows the membrane that crossed the threshold;
    - `"next_update"`: at the next step, on the updated membrane, after leak and input (as
      snnTorch does): `"zero"` then also swallows that step's input.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; a float stays, an array `[*shape]` learns.
        time_step_ms: $\Delta t$.
        resistance: $R$, in units of the membrane per unit of current.
        threshold: $v_{th}$, above rest, in units of the membrane; a float stays, an array learns.
        discretisation, reset, reset_time: as above.
        h: surrogate spike of $v - v_{th}$.

    Raises:
        ValueError: an unknown choice (the nearest is named), a time constant or time step that
            is not positive, or an Euler step longer than the time constant.

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
    time_step_ms: float
    discretisation: Discretisation = eqx.field(static=True)
    reset: Reset = eqx.field(static=True)
    reset_time: ResetTime = eqx.field(static=True)
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
        h: Spike | None = None,
    ) -> None:
        choices = {"discretisation": discretisation, "reset": reset, "reset_time": reset_time}
        for name, value in choices.items():
            if value not in _CHOICES[name]:
                raise ValueError(f"LIF: {name} is {value!r}. {nearest(value, _CHOICES[name])}")
        if not time_step_ms > 0:
            raise ValueError(f"LIF: time_step_ms is {time_step_ms}, expected more than 0.")
        if isinstance(tau_membrane_ms, (int, float)):
            if not tau_membrane_ms > 0:
                raise ValueError(
                    f"LIF: tau_membrane_ms is {tau_membrane_ms}, expected more than 0."
                )
            if discretisation == "euler" and time_step_ms > tau_membrane_ms:
                raise ValueError(
                    f"LIF: an Euler step of {time_step_ms} ms is longer than tau_membrane_ms = "
                    f"{tau_membrane_ms} ms, so the membrane would overshoot. Take a shorter step "
                    "or discretisation='exact'."
                )
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.threshold = threshold
        self.resistance = resistance
        self.time_step_ms = float(time_step_ms)
        self.discretisation = discretisation
        self.reset = reset
        self.reset_time = reset_time
        self.h = tanh_derivative() if h is None else h

    @property
    def decay(self) -> float | Array:
        r"""$d$: the part of the membrane that is left after one step."""
        ratio = self.time_step_ms / self.tau_membrane_ms
        if self.discretisation == "euler":
            return 1 - ratio
        return math.exp(-ratio) if isinstance(ratio, float) else jnp.exp(-ratio)

    @property
    def gain(self) -> float | Array:
        r"""$k$: what a current of one, held over a step, adds to the membrane."""
        return self.resistance * (1 - self.decay)

    def init(self, batch: tuple[int, ...] = ()) -> LIFState:
        """Membrane at rest, no spike."""
        return LIFState(zeros(self, batch), zeros(self, batch))

    def _after_reset(self, v: Array, y: Array) -> Array:
        return v * (1 - y) if self.reset == "zero" else v - self.threshold * y

    def step(
        self, state: LIFState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> LIFState:
        """One step; see the class for the equation."""
        carried = state.v
        if self.reset_time == "next_carry":
            carried = self._after_reset(carried, state.y)
        v = self.decay * carried + self.gain * dendrite
        if self.reset_time == "next_update":
            v = self._after_reset(v, state.y)
        y = self.h(v - self.threshold)
        if self.reset_time == "at_spike":
            v = self._after_reset(v, y)
        return LIFState(v, y)
