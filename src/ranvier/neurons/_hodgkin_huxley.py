"""The Hodgkin-Huxley neuron, with its rates as a part to swap."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, positive, zeros
from ranvier.neurons._gating import moderate, relax, upward_crossing
from ranvier.neurons._parameters import Parameter, starting
from ranvier.neurons._rates import GateRates, SquidRates, TraubMilesRates
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative

Rates = Callable[[Array], tuple[GateRates, GateRates, GateRates]]


class HodgkinHuxleyState(NamedTuple):
    """Potential `v`, mV, open fractions `m`, `h`, `n` of the gates, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> HodgkinHuxley(2).init((5,)).n.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    m: Float[Array, "..."]
    h: Float[Array, "..."]
    n: Float[Array, "..."]
    y: Float[Array, "..."]


class HodgkinHuxley(Neuron):
    r"""Hodgkin-Huxley neuron: sodium, potassium and leak, per membrane area.

    $$C \frac{dv}{dt} = I - g_{Na} m^3 h (v - E_{Na}) - g_K n^4 (v - E_K) - g_L (v - E_L)$$

    $$\frac{dx}{dt} = \alpha_x(v) (1 - x) - \beta_x(v)\, x, \qquad x \in \{m, h, n\}$$

    Discretisation: exponential Euler, the gates first at the old potential, then the potential
    with the new gates; the current is held over the step. It is stable for any step. From gates
    in equilibrium the error of the potential is of second order: at 10 uA/cm2 the interval
    between spikes of the squid's axon is 0.5 % too long at 0.1 ms, 0.1 % at 0.05 ms, and less
    than 0.01 % at 0.01 ms. There is no reset: the spike is an upward crossing of the threshold
    $\theta$, which starts not above and ends strictly above it within a step. The output is
    $h((v - \theta)/s)$ where the crossing can happen, and zero, as is its derivative, where $v$
    was above already; $s$ sets over which distance from the threshold the surrogate derivative
    reaches. The input is scaled by the membrane, not beforehand. Rates are held beyond 500 mV
    from zero, where they would overflow.

    Args:
        shape: number of units, or their axes.
        capacitance_uF_per_cm2: $C$; this and each parameter below: a float stays, an array
            learns. The current of the port `dendrite` is in uA/cm2.
        sodium_mS_per_cm2, potassium_mS_per_cm2, leak_mS_per_cm2: $g_{Na}, g_K, g_L$.
        reversal_sodium_mV, reversal_potassium_mV, reversal_leak_mV: $E_{Na}, E_K, E_L$.
        start_mV: where it starts, the gates in equilibrium; it never learns.
        threshold_mV: $\theta$, which only detects a spike.
        rates: potential in mV to the rates of the gates m, h, n; `SquidRates` if not given.
        time_step_ms: $\Delta t$.
        surrogate_scale_mV: $s$.
        h: surrogate spike.

    Raises:
        ValueError: a value that must be positive and is not.

    Source: Hodgkin, Huxley, J. Physiol. 117 (1952), with the potential of today's sign.

    Example:
        A step of 3 uA/cm2 brings one spike, one of 10 uA/cm2 a train.

        >>> import jax, jax.numpy as jnp
        >>> unit = HodgkinHuxley(2)
        >>> def count(state, _):
        ...     state = unit.step(state, jnp.array([3.0, 10.0]))
        ...     return state, state.y
        >>> jax.lax.scan(count, unit.init(), length=2000)[1].sum(0)
        Array([1., 7.], dtype=float32)
    """

    ports = ("dendrite",)
    shape: tuple[int, ...] = eqx.field(static=True)
    capacitance_uF_per_cm2: Parameter
    sodium_mS_per_cm2: Parameter
    potassium_mS_per_cm2: Parameter
    leak_mS_per_cm2: Parameter
    reversal_sodium_mV: Parameter
    reversal_potassium_mV: Parameter
    reversal_leak_mV: Parameter
    start_mV: Parameter
    threshold_mV: Parameter
    rates: Rates
    time_step_ms: float
    surrogate_scale_mV: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        capacitance_uF_per_cm2: Parameter = 1.0,
        sodium_mS_per_cm2: Parameter = 120.0,
        potassium_mS_per_cm2: Parameter = 36.0,
        leak_mS_per_cm2: Parameter = 0.3,
        reversal_sodium_mV: Parameter = 50.0,
        reversal_potassium_mV: Parameter = -77.0,
        reversal_leak_mV: Parameter = -54.387,
        start_mV: Parameter = -65.0,
        threshold_mV: Parameter = 0.0,
        rates: Rates | None = None,
        time_step_ms: float = 0.05,
        surrogate_scale_mV: float = 50.0,
        h: Spike | None = None,
    ) -> None:
        positive(
            "HodgkinHuxley",
            capacitance_uF_per_cm2=capacitance_uF_per_cm2,
            sodium_mS_per_cm2=sodium_mS_per_cm2,
            potassium_mS_per_cm2=potassium_mS_per_cm2,
            leak_mS_per_cm2=leak_mS_per_cm2,
            time_step_ms=time_step_ms,
            surrogate_scale_mV=surrogate_scale_mV,
        )
        self.shape = as_shape(shape)
        self.capacitance_uF_per_cm2 = capacitance_uF_per_cm2
        self.sodium_mS_per_cm2 = sodium_mS_per_cm2
        self.potassium_mS_per_cm2 = potassium_mS_per_cm2
        self.leak_mS_per_cm2 = leak_mS_per_cm2
        self.reversal_sodium_mV = reversal_sodium_mV
        self.reversal_potassium_mV = reversal_potassium_mV
        self.reversal_leak_mV = reversal_leak_mV
        self.start_mV = start_mV
        self.threshold_mV = threshold_mV
        self.rates = SquidRates() if rates is None else rates
        self.time_step_ms = float(time_step_ms)
        self.surrogate_scale_mV = float(surrogate_scale_mV)
        self.h = tanh_derivative() if h is None else h

    @classmethod
    def traub_miles(
        cls,
        shape: int | tuple[int, ...],
        *,
        offset_mV: Parameter = -63.0,
        time_step_ms: float = 0.1,
        **changes: Any,
    ) -> "HodgkinHuxley":
        """The neuron of the network benchmark COBAHH: other rates and other conductances.

        Args:
            shape: as for the neuron itself.
            offset_mV: where the rates are centred.
            time_step_ms: the step.
            changes: any other argument of the neuron.

        Source: Brette et al., J. Comput. Neurosci. 23 (2007), benchmark 3.

        Example:
            >>> HodgkinHuxley.traub_miles(1).threshold_mV
            -20.0
        """
        published = {
            "sodium_mS_per_cm2": 100.0,
            "potassium_mS_per_cm2": 30.0,
            "leak_mS_per_cm2": 0.05,
            "reversal_potassium_mV": -90.0,
            "reversal_leak_mV": -60.0,
            "start_mV": -60.0,
            "threshold_mV": -20.0,
            "rates": TraubMilesRates(offset_mV),
        }
        return cls(shape, time_step_ms=time_step_ms, **{**published, **changes})

    def init(self, batch: tuple[int, ...] = ()) -> HodgkinHuxleyState:
        """The start that was given, its gates in equilibrium, no spike."""
        v = starting(self, batch, self.start_mV)
        m, h, n = (starting(self, batch, x.open_fraction) for x in self.rates(moderate(v)))
        return HodgkinHuxleyState(v, m, h, n, zeros(self, batch))

    def step(
        self, state: HodgkinHuxleyState, dendrite: Array, *, key: PRNGKeyArray | None = None
    ) -> HodgkinHuxleyState:
        """One step; see the class for the equation."""
        m, h, n = (
            relax(x, gate.open_fraction, gate.rate_per_ms, self.time_step_ms)
            for x, gate in zip(state[1:4], self.rates(moderate(state.v)), strict=True)
        )
        sodium = self.sodium_mS_per_cm2 * m**3 * h
        potassium = self.potassium_mS_per_cm2 * n**4
        total = sodium + potassium + self.leak_mS_per_cm2
        drive = (
            sodium * self.reversal_sodium_mV
            + potassium * self.reversal_potassium_mV
            + self.leak_mS_per_cm2 * self.reversal_leak_mV
            + dendrite
        )
        rate_per_ms = total / self.capacitance_uF_per_cm2
        v = relax(state.v, drive / total, rate_per_ms, self.time_step_ms)
        y = upward_crossing(state.v, v, self.threshold_mV, self.surrogate_scale_mV, self.h)
        return HodgkinHuxleyState(v, m, h, n, y)
