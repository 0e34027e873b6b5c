"""The Morris-Lecar neuron."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, positive, zeros
from ranvier.neurons._gating import moderate, relax, upward_crossing
from ranvier.neurons._parameters import Parameter, starting
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class MorrisLecarState(NamedTuple):
    """Potential `v`, mV, open fraction `n` of the potassium gate, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> MorrisLecar(2).init((5,)).n.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    n: Float[Array, "..."]
    y: Float[Array, "..."]


class MorrisLecar(Neuron):
    r"""Morris-Lecar neuron: instantaneous calcium, delayed potassium, leak.

    $$C \frac{dv}{dt} = I - g_L (v - V_L) - g_{Ca} m_\infty (v - V_{Ca}) - g_K n (v - V_K),
    \qquad \frac{dn}{dt} = \frac{n_\infty - n}{\tau_n}$$

    $$m_\infty = \tfrac12 \left(1 + \tanh\frac{v - V_1}{V_2}\right), \quad
    n_\infty = \tfrac12 \left(1 + \tanh\frac{v - V_3}{V_4}\right), \quad
    \tau_n^{-1} = \phi \cosh\frac{v - V_3}{2 V_4}$$

    Discretisation: exponential Euler, the gate first at the old potential, then the potential
    with the new gate and the calcium conductance of the old potential; the current is held over
    the step. It is stable for any step, and accurate to first order. There is no reset: the spike
    is an upward crossing of the threshold $\theta$, which starts not above and ends strictly above
    it within a step. The output is $h((v - \theta)/s)$ where the crossing can happen, and zero, as
    is its derivative, where $v$ was above already; $s$ sets over which distance from the threshold
    the surrogate derivative reaches. The input is scaled by the membrane, not beforehand. Rates
    are held beyond 500 mV from zero, where they would overflow.

    Args:
        shape: number of units, or their axes.
        capacitance_uF_per_cm2: $C$; this and each parameter below: a float stays, an array
            learns. The current of the port `dendrite` is in uA/cm2.
        leak_mS_per_cm2, calcium_mS_per_cm2, potassium_mS_per_cm2: $g_L, g_{Ca}, g_K$.
        reversal_leak_mV, reversal_calcium_mV, reversal_potassium_mV: $V_L, V_{Ca}, V_K$.
        v1_mV, v2_mV: $V_1, V_2$, middle and width of the calcium gate.
        v3_mV, v4_mV: $V_3, V_4$, middle and width of the potassium gate.
        phi_per_ms: $\phi$.
        start_mV: where it starts, the gate in equilibrium; it never learns.
        threshold_mV: $\theta$, which only detects a spike.
        time_step_ms: $\Delta t$.
        surrogate_scale_mV: $s$.
        h: surrogate spike.

    Raises:
        ValueError: a value that must be positive and is not.

    Source: Morris, Lecar, Biophys. J. 35 (1981), eqs. 2, 3, 9.

    Example:
        Between too little and too much current it oscillates.

        >>> import jax, jax.numpy as jnp
        >>> unit = MorrisLecar(3)
        >>> def count(state, _):
        ...     state = unit.step(state, jnp.array([100.0, 300.0, 600.0]))
        ...     return state, state.y
        >>> jax.lax.scan(count, unit.init(), length=10_000)[1].sum(0)
        Array([ 0., 36.,  1.], dtype=float32)
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    capacitance_uF_per_cm2: Parameter
    leak_mS_per_cm2: Parameter
    calcium_mS_per_cm2: Parameter
    potassium_mS_per_cm2: Parameter
    reversal_leak_mV: Parameter
    reversal_calcium_mV: Parameter
    reversal_potassium_mV: Parameter
    v1_mV: Parameter
    v2_mV: Parameter
    v3_mV: Parameter
    v4_mV: Parameter
    phi_per_ms: Parameter
    start_mV: Parameter
    threshold_mV: Parameter
    time_step_ms: float
    surrogate_scale_mV: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        capacitance_uF_per_cm2: Parameter = 20.0,
        leak_mS_per_cm2: Parameter = 2.0,
        calcium_mS_per_cm2: Parameter = 4.0,
        potassium_mS_per_cm2: Parameter = 8.0,
        reversal_leak_mV: Parameter = -50.0,
        reversal_calcium_mV: Parameter = 100.0,
        reversal_potassium_mV: Parameter = -70.0,
        v1_mV: Parameter = 10.0,
        v2_mV: Parameter = 15.0,
        v3_mV: Parameter = -1.0,
        v4_mV: Parameter = 14.5,
        phi_per_ms: Parameter = 1 / 15,
        start_mV: Parameter = -50.0,
        threshold_mV: Parameter = 0.0,
        time_step_ms: float = 0.1,
        surrogate_scale_mV: float = 50.0,
        h: Spike | None = None,
    ) -> None:
        positive(
            "MorrisLecar",
            capacitance_uF_per_cm2=capacitance_uF_per_cm2,
            leak_mS_per_cm2=leak_mS_per_cm2,
            calcium_mS_per_cm2=calcium_mS_per_cm2,
            potassium_mS_per_cm2=potassium_mS_per_cm2,
            v2_mV=v2_mV,
            v4_mV=v4_mV,
            phi_per_ms=phi_per_ms,
            time_step_ms=time_step_ms,
            surrogate_scale_mV=surrogate_scale_mV,
        )
        self.shape = as_shape(shape)
        self.capacitance_uF_per_cm2 = capacitance_uF_per_cm2
        self.leak_mS_per_cm2 = leak_mS_per_cm2
        self.calcium_mS_per_cm2 = calcium_mS_per_cm2
        self.potassium_mS_per_cm2 = potassium_mS_per_cm2
        self.reversal_leak_mV = reversal_leak_mV
        self.reversal_calcium_mV = reversal_calcium_mV
        self.reversal_potassium_mV = reversal_potassium_mV
        self.v1_mV, self.v2_mV, self.v3_mV, self.v4_mV = v1_mV, v2_mV, v3_mV, v4_mV
        self.phi_per_ms = phi_per_ms
        self.start_mV = start_mV
        self.threshold_mV = threshold_mV
        self.time_step_ms = float(time_step_ms)
        self.surrogate_scale_mV = float(surrogate_scale_mV)
        self.h = tanh_derivative() if h is None else h

    def _open_fraction(self, v: Array) -> Array:
        return (1 + jnp.tanh((v - self.v3_mV) / self.v4_mV)) / 2

    def init(self, batch: tuple[int, ...] = ()) -> MorrisLecarState:
        """The start that was given, its gate in equilibrium, no spike."""
        v = starting(self, batch, self.start_mV)
        n = starting(self, batch, self._open_fraction(v))
        return MorrisLecarState(v, n, zeros(self, batch))

    def step(
        self, state: MorrisLecarState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> MorrisLecarState:
        """One step; see the class for the equation."""
        v = moderate(state.v)
        rate_per_ms = self.phi_per_ms * jnp.cosh((v - self.v3_mV) / (2 * self.v4_mV))
        n = relax(state.n, self._open_fraction(v), rate_per_ms, self.time_step_ms)
        calcium = self.calcium_mS_per_cm2 * (1 + jnp.tanh((v - self.v1_mV) / self.v2_mV)) / 2
        potassium = self.potassium_mS_per_cm2 * n
        total = calcium + potassium + self.leak_mS_per_cm2
        drive = (
            calcium * self.reversal_calcium_mV
            + potassium * self.reversal_potassium_mV
            + self.leak_mS_per_cm2 * self.reversal_leak_mV
            + dendrite
        )
        rate_per_ms = total / self.capacitance_uF_per_cm2
        v = relax(state.v, drive / total, rate_per_ms, self.time_step_ms)
        y = upward_crossing(state.v, v, self.threshold_mV, self.surrogate_scale_mV, self.h)
        return MorrisLecarState(v, n, y)
