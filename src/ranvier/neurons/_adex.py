"""The adaptive exponential integrate-and-fire neuron."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, ascending, concrete, finite, positive, zeros
from ranvier.neurons._parameters import Parameter, stable_step, starting
from ranvier.neurons._peak import check_exponent, fire_at_peak
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class AdExState(NamedTuple):
    """Membrane potential `v`, mV, adaptation current `w`, pA, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> AdEx(2).init((5,)).w.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    w: Float[Array, "..."]
    y: Float[Array, "..."]


class AdEx(Neuron):
    r"""Adaptive exponential integrate-and-fire neuron (AdEx).

    $$C \frac{dv}{dt} = -g_L (v - E_L) + g_L \Delta_T \exp\frac{v - V_T}{\Delta_T} - w + I$$

    $$\tau_w \frac{dw}{dt} = a (v - E_L) - w, \qquad
    \text{spike when } v > v_{peak}: \quad v \leftarrow V_r, \quad w \leftarrow w + b$$

    Discretisation: forward Euler, both equations from the old state, the current held over the
    step. It is stable for $\Delta t \le C/g_L$, $\Delta t \le \tau_w$ and, where the adaptation
    makes the membrane oscillate, $\Delta t \le (g_L \tau_w + C)/(g_L + a)$. Reset: in the step
    of the spike; the state shows membrane and adaptation after the reset. Threshold test:
    strict, at the peak; $V_T$ is where the upstroke begins. The input is scaled by
    $\Delta t/C$. The exponential is held at its value at the peak for anything above: no step
    starts there, so it only guards against overflow. The output is $h((v - v_{peak})/s)$: $s$
    sets over which distance from the peak the surrogate derivative reaches.

    The defaults are those of the first publication, cut at the peak of `adex_patterns`, which
    holds the parameters of eight firing patterns.

    Args:
        shape: number of units, or their axes.
        capacitance_pF: $C$; this and each parameter below: a float stays, an array learns.
        leak_nS: $g_L$; the current of the port `dendrite` is in pA.
        resting_mV: $E_L$, where it starts, without adaptation.
        threshold_mV: $V_T$.
        slope_factor_mV: $\Delta_T$.
        a_nS: $a$, adaptation by the membrane; negative values amplify.
        tau_adaptation_ms: $\tau_w$.
        b_pA: $b$, adaptation by a spike.
        reset_mV: $V_r$.
        peak_mV: $v_{peak}$.
        time_step_ms: $\Delta t$.
        surrogate_scale_mV: $s$.
        h: surrogate spike.

    Raises:
        ValueError: a value that must be positive and is not, potentials in the wrong order, a
            step beyond a stability bound, or a peak too high for the exponential.

    Source: Brette, Gerstner, J. Neurophysiol. 94 (2005), eqs. 1-3.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.neurons import adex_patterns
        >>> pattern = adex_patterns["initial burst"]
        >>> unit = AdEx(1, time_step_ms=0.1, **pattern.parameters)
        >>> def body(state, _):
        ...     state = unit.step(state, jnp.array([pattern.current_pA]))
        ...     return state, state.y
        >>> fired = jax.lax.scan(body, unit.init(), length=2000)[1][:, 0]
        >>> jnp.diff(jnp.flatnonzero(fired))[:3]  # in steps of 0.1 ms
        Array([ 38,  77, 550], dtype=int32)
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    capacitance_pF: Parameter
    leak_nS: Parameter
    resting_mV: Parameter
    threshold_mV: Parameter
    slope_factor_mV: Parameter
    a_nS: Parameter
    tau_adaptation_ms: Parameter
    b_pA: Parameter
    reset_mV: Parameter
    peak_mV: Parameter
    time_step_ms: float
    surrogate_scale_mV: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        capacitance_pF: Parameter = 281.0,
        leak_nS: Parameter = 30.0,
        resting_mV: Parameter = -70.6,
        threshold_mV: Parameter = -50.4,
        slope_factor_mV: Parameter = 2.0,
        a_nS: Parameter = 4.0,
        tau_adaptation_ms: Parameter = 144.0,
        b_pA: Parameter = 80.5,
        reset_mV: Parameter = -70.6,
        peak_mV: Parameter = 0.0,
        time_step_ms: float = 0.1,
        surrogate_scale_mV: float = 50.0,
        h: Spike | None = None,
    ) -> None:
        positive(
            "AdEx",
            capacitance_pF=capacitance_pF,
            leak_nS=leak_nS,
            slope_factor_mV=slope_factor_mV,
            tau_adaptation_ms=tau_adaptation_ms,
            surrogate_scale_mV=surrogate_scale_mV,
        )
        ascending("AdEx", reset_mV=reset_mV, peak_mV=peak_mV)
        ascending("AdEx", threshold_mV=threshold_mV, peak_mV=peak_mV)
        check_exponent("AdEx", peak_mV, threshold_mV, slope_factor_mV)
        finite("AdEx", a_nS=a_nS)
        bounds: dict[str, Any] = {}
        numbers = concrete(capacitance_pF, leak_nS, tau_adaptation_ms, a_nS)
        if numbers is not None:
            capacitance, leak, tau, a = numbers
            oscillation = (leak * tau + capacitance) / (leak + np.maximum(a, 0))
            bounds["oscillation"] = np.where(a > 0, oscillation, np.inf)
        stable_step(
            "AdEx",
            time_step_ms,
            membrane=capacitance_pF / leak_nS,
            adaptation=tau_adaptation_ms,
            **bounds,
        )
        self.shape = as_shape(shape)
        self.capacitance_pF = capacitance_pF
        self.leak_nS = leak_nS
        self.resting_mV = resting_mV
        self.threshold_mV = threshold_mV
        self.slope_factor_mV = slope_factor_mV
        self.a_nS = a_nS
        self.tau_adaptation_ms = tau_adaptation_ms
        self.b_pA = b_pA
        self.reset_mV = reset_mV
        self.peak_mV = peak_mV
        self.time_step_ms = float(time_step_ms)
        self.surrogate_scale_mV = float(surrogate_scale_mV)
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> AdExState:
        """Membrane at $E_L$, no adaptation, no spike."""
        return AdExState(
            starting(self, batch, self.resting_mV), zeros(self, batch), zeros(self, batch)
        )

    def step(
        self, state: AdExState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> AdExState:
        """One step; see the class for the equation."""
        v, w, onset = state.v, state.w, self.slope_factor_mV
        above_rest = v - self.resting_mV
        upstroke = onset * jnp.exp((jnp.minimum(v, self.peak_mV) - self.threshold_mV) / onset)
        current_pA = self.leak_nS * (upstroke - above_rest) - w + dendrite
        v = v + self.time_step_ms / self.capacitance_pF * current_pA
        w = w + self.time_step_ms / self.tau_adaptation_ms * (self.a_nS * above_rest - w)
        v, y = fire_at_peak(v, self.peak_mV, self.reset_mV, self.surrogate_scale_mV, self.h)
        return AdExState(v, w + self.b_pA * y, y)
