"""The exponential integrate-and-fire neuron."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Neuron, ascending, positive, zeros
from ranvier.neurons._parameters import Parameter, stable_step, starting
from ranvier.neurons._peak import VoltageState, check_exponent, fire_at_peak
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class ExponentialIF(Neuron):
    r"""Exponential integrate-and-fire neuron (EIF): a leak and a sodium-like upstroke.

    $$\tau \frac{dv}{dt} = -(v - E_L) + \Delta_T \exp\frac{v - V_T}{\Delta_T} + R I,
    \qquad \text{spike when } v > v_{peak}$$

    Discretisation: forward Euler, the current held over the step; stable for
    $\Delta t \le \tau$. Reset: to $v_{reset}$, in the step of the spike; the state shows the
    membrane after the reset. Threshold test: strict, at the peak; $V_T$ is where the upstroke
    begins. The input is scaled by $R\,\Delta t/\tau$. The exponential is held at its value at
    the peak for anything above: no step starts there, so it only guards against overflow. The
    output is $h((v - v_{peak})/s)$: $s$ sets over which distance from the peak the surrogate
    derivative reaches.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; this and each parameter below: a float stays, an array learns.
        resting_mV: $E_L$, where it starts.
        threshold_mV: $V_T$.
        slope_factor_mV: $\Delta_T$.
        resistance_MOhm: $R$; the current of the port `dendrite` is in nA.
        reset_mV: $v_{reset}$.
        peak_mV: $v_{peak}$.
        time_step_ms: $\Delta t$.
        surrogate_scale_mV: $s$.
        h: surrogate spike.

    Raises:
        ValueError: a value that must be positive and is not, potentials in the wrong order, a
            step beyond the stability bound, or a peak too high for the exponential.

    Source: Fourcaud-Trocmé, Hansel, van Vreeswijk, Brunel, J. Neurosci. 23 (2003).

    Example:
        The rheobase of the default neuron is $(V_T - E_L - \Delta_T)/R$ = 1.3 nA.

        >>> import jax, jax.numpy as jnp
        >>> unit = ExponentialIF(2)
        >>> def count(state, _):
        ...     state = unit.step(state, jnp.array([1.29, 1.4]))
        ...     return state, state.y
        >>> jax.lax.scan(count, unit.init(), length=2000)[1].sum(0)
        Array([0., 3.], dtype=float32)
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: Parameter
    resting_mV: Parameter
    threshold_mV: Parameter
    slope_factor_mV: Parameter
    resistance_MOhm: Parameter
    reset_mV: Parameter
    peak_mV: Parameter
    time_step_ms: float
    surrogate_scale_mV: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        tau_membrane_ms: Parameter = 10.0,
        resting_mV: Parameter = -65.0,
        threshold_mV: Parameter = -50.0,
        slope_factor_mV: Parameter = 2.0,
        resistance_MOhm: Parameter = 10.0,
        reset_mV: Parameter = -65.0,
        peak_mV: Parameter = 0.0,
        time_step_ms: float = 0.1,
        surrogate_scale_mV: float = 50.0,
        h: Spike | None = None,
    ) -> None:
        positive(
            "ExponentialIF",
            tau_membrane_ms=tau_membrane_ms,
            slope_factor_mV=slope_factor_mV,
            surrogate_scale_mV=surrogate_scale_mV,
        )
        ascending("ExponentialIF", reset_mV=reset_mV, peak_mV=peak_mV)
        ascending("ExponentialIF", threshold_mV=threshold_mV, peak_mV=peak_mV)
        check_exponent("ExponentialIF", peak_mV, threshold_mV, slope_factor_mV)
        stable_step("ExponentialIF", time_step_ms, membrane=tau_membrane_ms)
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.resting_mV = resting_mV
        self.threshold_mV = threshold_mV
        self.slope_factor_mV = slope_factor_mV
        self.resistance_MOhm = resistance_MOhm
        self.reset_mV = reset_mV
        self.peak_mV = peak_mV
        self.time_step_ms = float(time_step_ms)
        self.surrogate_scale_mV = float(surrogate_scale_mV)
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> VoltageState:
        """Membrane at rest, no spike."""
        return VoltageState(starting(self, batch, self.resting_mV), zeros(self, batch))

    def step(
        self, state: VoltageState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> VoltageState:
        """One step; see the class for the equation."""
        v, onset = state.v, self.slope_factor_mV
        upstroke = onset * jnp.exp((jnp.minimum(v, self.peak_mV) - self.threshold_mV) / onset)
        drive = self.resting_mV - v + upstroke + self.resistance_MOhm * dendrite
        v = v + self.time_step_ms / self.tau_membrane_ms * drive
        v, y = fire_at_peak(v, self.peak_mV, self.reset_mV, self.surrogate_scale_mV, self.h)
        return VoltageState(v, y)
