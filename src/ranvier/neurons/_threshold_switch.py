"""A neuron made of a volatile memristor, a capacitor and a resistor."""

import math
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, positive, zeros
from ranvier.neurons._shape import as_shape
from ranvier.neurons.surrogates import Spike, tanh_derivative


class ThresholdSwitchState(NamedTuple):
    """Voltage `v`, V, whether the device is `on` (1) or off (0), and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> ThresholdSwitchNeuron(2).init((5,)).v.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    on: Float[Array, "..."]
    y: Float[Array, "..."]


class ThresholdSwitchNeuron(Neuron):
    r"""Relaxation oscillator of a two-threshold switch across a capacitor.

    $$C \dot v = \frac{V_s - v}{R_L} - \frac{v}{R}, \qquad
    R = R_{off} \to R_{on}\ \text{at}\ v = V_{th}, \qquad
    R_{on} \to R_{off}\ \text{at}\ v = V_h$$

    with the supply $V_s$ as its input. It heads for $V_1 = V_s R_{off}/(R_{off} + R_L)$ while
    off and for $V_2 = V_s R_{on}/(R_{on} + R_L)$ while on, and oscillates if $V_1 > V_{th}$ and
    $V_2 < V_h$, with the period

    $$C (R_L \| R_{off}) \ln\frac{V_1 - V_h}{V_1 - V_{th}}
    + C (R_L \| R_{on}) \ln\frac{V_{th} - V_2}{V_h - V_2}$$

    A spike is the turning on. Discretisation: exact. Between switchings $v$ is exponential, and
    the time of each switching within a step is solved for, so that a period has no error whatever
    the step; the derivative of $v$ is exact, too, through the times of switching. At most four
    switchings are followed in one step; a fifth waits for the next one. Reset: none but the
    circuit's. Threshold test: strict, at the end of the step as it would be without switching. The
    input is not scaled.

    Args:
        shape: number of units, or their axes.
        off_Ohm: $R_{off}$ of the device.
        on_Ohm: $R_{on}$.
        threshold_V: $V_{th}$, where it turns on.
        hold_V: $V_h$, where it turns off again.
        load_Ohm: $R_L$ between supply and capacitor.
        capacitance_pF: $C$.
        time_step_ns: $\Delta t$.
        h: surrogate spike of how far above $V_{th}$ the off device would have come in the step.

    Raises:
        ValueError: a constant that is not positive, an on resistance not below the off one, or a
            hold voltage not below the threshold.

    Source: Li, Liu, Nandi, Venkatachalam, Elliman, Appl. Phys. Lett. 106 (2015), for the circuit
        with a niobium oxide device; the defaults are the static values of `MottNeuron`, which
        are not checked against a paper, and not those of this device.

    Example:
        Supplied with 2.6 V it oscillates with a period of 670 ns.

        >>> import jax.numpy as jnp
        >>> unit = ThresholdSwitchNeuron(1, time_step_ns=100.0)
        >>> round(unit.period_ns(2.6), 1)
        670.4
    """

    ports = ("supply_V",)
    shape: tuple[int, ...] = eqx.field(static=True)
    off_Ohm: float
    on_Ohm: float
    threshold_V: float
    hold_V: float
    load_Ohm: float
    capacitance_pF: float
    time_step_ns: float
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        off_Ohm: float = 70.7e3,
        on_Ohm: float = 2.12e3,
        threshold_V: float = 1.855,
        hold_V: float = 1.271,
        load_Ohm: float = 8e3,
        capacitance_pF: float = 100.0,
        time_step_ns: float = 10.0,
        h: Spike | None = None,
    ) -> None:
        name = "ThresholdSwitchNeuron"
        positive(
            name,
            off_Ohm=off_Ohm,
            on_Ohm=on_Ohm,
            threshold_V=threshold_V,
            hold_V=hold_V,
            load_Ohm=load_Ohm,
            capacitance_pF=capacitance_pF,
            time_step_ns=time_step_ns,
        )
        if not on_Ohm < off_Ohm:
            raise ValueError(f"{name}: on_Ohm is {on_Ohm}, expected less than off_Ohm = {off_Ohm}.")
        if not hold_V < threshold_V:
            raise ValueError(
                f"{name}: hold_V is {hold_V}, expected less than threshold_V = {threshold_V}; "
                "without a gap it would switch without end."
            )
        self.shape = as_shape(shape)
        self.off_Ohm, self.on_Ohm = float(off_Ohm), float(on_Ohm)
        self.threshold_V, self.hold_V = float(threshold_V), float(hold_V)
        self.load_Ohm = float(load_Ohm)
        self.capacitance_pF = float(capacitance_pF)
        self.time_step_ns = float(time_step_ns)
        self.h = tanh_derivative() if h is None else h

    def _towards(self, device_Ohm: float) -> tuple[float, float]:
        """The part of the supply that it heads for, and the time constant in ns."""
        share = device_Ohm / (device_Ohm + self.load_Ohm)
        # Ohm times pF is 1e-12 s.
        return share, 1e-3 * share * self.load_Ohm * self.capacitance_pF

    def period_ns(self, supply_V: float) -> float:
        """The period at a constant supply; infinite where it does not oscillate.

        Args:
            supply_V: $V_s$.

        Example:
            >>> ThresholdSwitchNeuron(1).period_ns(2.0)
            inf
        """
        (off, tau_off), (on, tau_on) = self._towards(self.off_Ohm), self._towards(self.on_Ohm)
        high, low = off * supply_V, on * supply_V
        if not (high > self.threshold_V and low < self.hold_V):
            return float("inf")
        charging = tau_off * math.log((high - self.hold_V) / (high - self.threshold_V))
        return charging + tau_on * math.log((self.threshold_V - low) / (self.hold_V - low))

    def init(self, batch: tuple[int, ...] = ()) -> ThresholdSwitchState:
        """Discharged and off, no spike."""
        return ThresholdSwitchState(zeros(self, batch), zeros(self, batch), zeros(self, batch))

    def step(
        self, state: ThresholdSwitchState, supply_V: Array, *, key: PRNGKeyArray | None = None
    ) -> ThresholdSwitchState:
        """One step; see the class for the equation."""
        v, on = state.v, state.on > 0.5
        left = jnp.full_like(v, self.time_step_ns)
        # How far beyond the threshold an off device would come; while on, it cannot turn on.
        beyond = jnp.where(on, jnp.minimum(v - self.threshold_V, 0.0), -jnp.inf)
        (off_share, tau_off), (on_share, tau_on) = (
            self._towards(self.off_Ohm),
            self._towards(self.on_Ohm),
        )

        def heading(on: Array) -> tuple[Array, Array]:
            level = jnp.where(on, on_share, off_share) * supply_V
            return level, jnp.where(on, tau_on, tau_off).astype(v.dtype)

        for _ in range(_SWITCHINGS):
            level, tau = heading(on)
            edge = jnp.where(on, self.hold_V, self.threshold_V).astype(v.dtype)
            free = level + (v - level) * jnp.exp(-left / tau)
            switches = jnp.where(on, free < edge, free > edge)
            beyond = jnp.where(on, beyond, jnp.maximum(beyond, free - self.threshold_V))
            # Where it does not switch, numbers that are harmless to the logarithm.
            late = switches & jnp.where(on, v > edge, v < edge)
            ratio = jnp.where(late, v - level, 1.0) / jnp.where(late, edge - level, 1.0)
            taken = jnp.where(switches, tau * jnp.log(ratio), left)
            v = jnp.where(switches, jnp.where(late, edge, v), free)
            on, left = on ^ switches, left - taken
        level, tau = heading(on)
        v = jnp.where(left > 0, level + (v - level) * jnp.exp(-left / tau), v)
        return ThresholdSwitchState(v, on.astype(v.dtype), self.h(beyond))


# Two whole periods in one step; more would not show in an output of 0 or 1.
_SWITCHINGS = 4
