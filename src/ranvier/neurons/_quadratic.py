"""The quadratic integrate-and-fire neuron."""

from typing import Any

import equinox as eqx
import numpy as np
from jaxtyping import Array, PRNGKeyArray

from ranvier.core import Neuron, ascending, concrete, finite, positive, zeros
from ranvier.neurons._parameters import Parameter, stable_step, starting
from ranvier.neurons._peak import VoltageState, fire_at_peak
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class QuadraticIF(Neuron):
    r"""Quadratic integrate-and-fire neuron (QIF), the normal form of a saddle-node onset.

    $$\tau \frac{dv}{dt} = a_0 (v - v_{rest})(v - v_c) + R I,
    \qquad \text{spike when } v > v_{peak}$$

    Discretisation: forward Euler, the current held over the step. Reset: to $v_{reset}$, in the
    step of the spike; the state shows the membrane after the reset. Threshold test: strict. The
    input is scaled by $R\,\Delta t/\tau$. The Euler step is bounded by the steepest pull that
    it meets, $\Delta t \le \tau / (a_0 (v_{rest} + v_c - 2 v_{low}))$ with $v_{low}$ the lower
    of rest and reset. The output is $h((v - v_{peak})/s)$: $s$ sets over which distance from
    the peak the surrogate derivative reaches.

    Above the rheobase $R I_0 = a_0 (v_c - v_{rest})^2 / 4$ it fires with any rate from zero.

    Args:
        shape: number of units, or their axes.
        tau_membrane_ms: $\tau$; this and each parameter below: a float stays, an array learns.
        resting_mV: $v_{rest}$, where it starts.
        critical_mV: $v_c$, above which it fires without input.
        curvature_per_mV: $a_0$.
        resistance_MOhm: $R$; the current of the port `dendrite` is in nA.
        reset_mV: $v_{reset}$.
        peak_mV: $v_{peak}$.
        time_step_ms: $\Delta t$.
        surrogate_scale_mV: $s$.
        h: surrogate spike.

    Raises:
        ValueError: a value that must be positive and is not, potentials in the wrong order, or a
            step beyond the stability bound.

    Source: Latham, Richmond, Nelson, Nirenberg, J. Neurophysiol. 83 (2000); in this form
    Gerstner, Kistler, Naud, Paninski, Neuronal Dynamics (2014), eq. 5.16.

    Example:
        The rheobase of the default neuron is 0.225 nA.

        >>> import jax, jax.numpy as jnp
        >>> unit = QuadraticIF(2)
        >>> def count(state, _):
        ...     state = unit.step(state, jnp.array([0.22, 0.3]))
        ...     return state, state.y
        >>> jax.lax.scan(count, unit.init(), length=4000)[1].sum(0)
        Array([0., 2.], dtype=float32)
    """

    ports = ("dendrite",)
    resets_at_spike = True
    shape: tuple[int, ...] = eqx.field(static=True)
    tau_membrane_ms: Parameter
    resting_mV: Parameter
    critical_mV: Parameter
    curvature_per_mV: Parameter
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
        critical_mV: Parameter = -50.0,
        curvature_per_mV: Parameter = 0.04,
        resistance_MOhm: Parameter = 10.0,
        reset_mV: Parameter = -70.0,
        peak_mV: Parameter = 30.0,
        time_step_ms: float = 0.1,
        surrogate_scale_mV: float = 50.0,
        h: Spike | None = None,
    ) -> None:
        positive(
            "QuadraticIF",
            tau_membrane_ms=tau_membrane_ms,
            curvature_per_mV=curvature_per_mV,
            surrogate_scale_mV=surrogate_scale_mV,
        )
        finite("QuadraticIF", resting_mV=resting_mV, reset_mV=reset_mV)
        ascending("QuadraticIF", resting_mV=resting_mV, critical_mV=critical_mV, peak_mV=peak_mV)
        ascending("QuadraticIF", reset_mV=reset_mV, peak_mV=peak_mV)
        bounds: dict[str, Any] = {}
        numbers = concrete(tau_membrane_ms, curvature_per_mV, resting_mV, critical_mV, reset_mV)
        if numbers is not None:
            tau, curvature, rest, critical, reset = numbers
            pull = curvature * (rest + critical - 2 * np.minimum(rest, reset))
            bounds["membrane"] = tau / pull
        stable_step("QuadraticIF", time_step_ms, **bounds)
        self.shape = as_shape(shape)
        self.tau_membrane_ms = tau_membrane_ms
        self.resting_mV = resting_mV
        self.critical_mV = critical_mV
        self.curvature_per_mV = curvature_per_mV
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
        v = state.v
        pull = self.curvature_per_mV * (v - self.resting_mV) * (v - self.critical_mV)
        v = v + self.time_step_ms / self.tau_membrane_ms * (pull + self.resistance_MOhm * dendrite)
        v, y = fire_at_peak(v, self.peak_mV, self.reset_mV, self.surrogate_scale_mV, self.h)
        return VoltageState(v, y)
