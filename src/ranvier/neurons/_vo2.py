"""A neuron made of a vanadium dioxide device that heats itself across its transition."""

from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, positive, zeros
from ranvier.neurons._shape import as_shape
from ranvier.neurons._substeps import check_substeps, substeps
from ranvier.neurons.surrogates import Spike, tanh_derivative


class VO2Device(eqx.Module):
    r"""Resistance of vanadium dioxide with its hysteresis, and its heat.

    $$R = R_0\,e^{E_a/T} g + R_m, \qquad g = \tfrac12 + \tfrac12 \tanh a, \qquad
    a = b\left(\delta\,\tfrac w2 + T_c - T - T_{pr} P(x)\right), \qquad
    x = \frac{T - T_r}{T_{pr}}$$

    with $P(x) = \tfrac12 (1 - \sin c x)(1 + \tanh(\pi^2 - 2\pi x))$ and $\delta = +1$ while it
    heats, $-1$ while it cools. Where the temperature turns, at $T_r$, $T_{pr}$ is set such that
    the resistance goes on from where it is. The defaults are those of the published circuit.

    Args:
        resistance_Ohm: $R_0$ of the insulating phase.
        activation_K: $E_a$.
        metal_Ohm: $R_m$.
        hysteresis_width_K: $w$.
        transition_K: $T_c$.
        steepness_per_K: $b$.
        minor_loop: $c$.
        heat_capacity_pJ_per_K: $C_{th}$.
        heat_loss_uW_per_K: $S$, to the surroundings.
        surroundings_K: $T_b$.

    Raises:
        ValueError: a constant that is not positive.

    Source: Zhang, Qiu, Di Ventra, Collective dynamics and long-range order in thermal neuristor
        networks, Nat. Commun. 15 (2024), with its public code; the hysteresis: de Almeida,
        Deep, Lima, Neff, Opt. Eng. 41 (2002).

    Example:
        It insulates at 325 K, and conducts where it is hot.

        >>> device = VO2Device()
        >>> [round(float(device.resistance(t, 1.0, 0.0, 0.0))) for t in (0.0, 40.0)]
        [51842, 1286]
    """

    resistance_Ohm: float = 5.3588e-3
    activation_K: float = 5220.47
    metal_Ohm: float = 1286.3
    hysteresis_width_K: float = 7.19357
    transition_K: float = 332.806
    steepness_per_K: float = 0.252796
    minor_loop: float = 0.956270
    heat_capacity_pJ_per_K: float = 49.62777
    heat_loss_uW_per_K: float = 205.58726
    surroundings_K: float = 325.0

    def __check_init__(self) -> None:
        positive("VO2Device", **vars(self))

    def phase(self, rise: Array, direction: Array, turned: Array, proximity: Array) -> Array:
        r"""$a$: how far it is on the insulating side.

        Args:
            rise: temperature above the surroundings, K.
            direction: $\delta$.
            turned: $T_r$, above the surroundings, K.
            proximity: $T_{pr}$, K; 0 on the outer loop.
        """
        loop = jnp.asarray(proximity)
        x = (rise - turned) / jnp.where(loop == 0, 1.0, loop)
        share = (1 - jnp.sin(self.minor_loop * x)) * (1 + jnp.tanh(jnp.pi**2 - 2 * jnp.pi * x)) / 2
        return self.steepness_per_K * (self.middle(direction) - rise - loop * share)

    def middle(self, direction: Any) -> Any:
        """Where the outer loop is half way, above the surroundings, K."""
        lag = self.hysteresis_width_K / 2
        return direction * lag + (self.transition_K - self.surroundings_K)

    def resistance(self, rise: Array, direction: Array, turned: Array, proximity: Array) -> Array:
        """$R$ in ohm; arguments as of `phase`."""
        insulating = 0.5 + 0.5 * jnp.tanh(self.phase(rise, direction, turned, proximity))
        grows = jnp.exp(self.activation_K / (self.surroundings_K + rise))
        return self.resistance_Ohm * grows * insulating + self.metal_Ohm


class VO2State(NamedTuple):
    r"""Voltage, temperature and the memory of the hysteresis, and last output `y`.

    Each is `[..., *units]`: `v` in V; `rise` above the surroundings in K; `direction` 1 heating or
    -1 cooling; `turned` ($T_r$) above the surroundings in K; `proximity` ($T_{pr}$) in K.

    Example:
        >>> VO2Neuron(2).init((5,)).rise.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    rise: Float[Array, "..."]
    direction: Float[Array, "..."]
    turned: Float[Array, "..."]
    proximity: Float[Array, "..."]
    y: Float[Array, "..."]


class VO2Neuron(Neuron):
    r"""Thermal neuristor: a vanadium dioxide device across a capacitor, supplied over a resistor.

    $$C \dot v = \frac{V_s - v}{R_L} - \frac vR, \qquad
    C_{th} \dot T = \frac{v^2}{R} - S\,(T - T_b)$$

    with the supply $V_s$ as its input and $R$ that of a `VO2Device`. The device heats until it
    turns metallic, discharges the capacitor and cools: it spikes in a range of supply voltages,
    is too cold below it, and stays metallic above it. A spike is the temperature rising above
    $T_c + w/2$, where the heating branch is half way.

    Discretisation: Euler, `substeps` to a step, one spike per step at most. Reset: none but the
    circuit's. Threshold test: strict. The input is not scaled.

    Args:
        shape: number of units, or their axes.
        device: its material, `VO2Device()` if not given.
        load_Ohm: $R_L$.
        capacitance_pF: $C$.
        time_step_ns: $\Delta t$ of a step of the neuron.
        substeps: Euler steps within it.
        h: surrogate spike of the distance to the threshold, in units of $w$.

    Raises:
        ValueError: a constant that is not positive, or an Euler step that is longer than the
            shorter of the metallic $RC$ and $C_{th}/S$.

    Source: Zhang, Qiu, Di Ventra, Nat. Commun. 15 (2024); Qiu et al., Adv. Mater. 36 (2024).

    Example:
        At 12 V it spikes a few times in 20 µs, at 8 V it does not.

        >>> import jax, jax.numpy as jnp
        >>> unit = VO2Neuron(2, time_step_ns=1000.0, substeps=100)
        >>> state, count = unit.init(), 0
        >>> for _ in range(20):
        ...     state = unit.step(state, jnp.array([8.0, 12.0]))
        ...     count += state.y
        >>> count
        Array([0., 6.], dtype=float32)
    """

    ports = ("supply_V",)
    shape: tuple[int, ...] = eqx.field(static=True)
    device: VO2Device
    load_Ohm: float
    capacitance_pF: float
    time_step_ns: float
    substeps: int = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        device: VO2Device | None = None,
        load_Ohm: float = 12e3,
        capacitance_pF: float = 145.346,
        time_step_ns: float = 10.0,
        substeps: int = 1,
        h: Spike | None = None,
    ) -> None:
        name = "VO2Neuron"
        device = VO2Device() if device is None else device
        positive(name, load_Ohm=load_Ohm, capacitance_pF=capacitance_pF, time_step_ns=time_step_ns)
        metallic = load_Ohm * device.metal_Ohm / (load_Ohm + device.metal_Ohm)
        thermal_ns = 1e3 * device.heat_capacity_pJ_per_K / device.heat_loss_uW_per_K
        bound = min(1e-3 * metallic * capacitance_pF, thermal_ns)
        check_substeps(name, time_step_ns, substeps, bound)
        self.shape = as_shape(shape)
        self.device = device
        self.load_Ohm = float(load_Ohm)
        self.capacitance_pF = float(capacitance_pF)
        self.time_step_ns = float(time_step_ns)
        self.substeps = substeps
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> VO2State:
        """Discharged, as warm as the surroundings, on the outer heating branch."""
        rest = zeros(self, batch)
        return VO2State(rest, rest, rest + 1, rest, rest, rest)

    def step(
        self, state: VO2State, supply_V: Array, *, key: PRNGKeyArray | None = None
    ) -> VO2State:
        """One step; see the class for the equation."""
        device, dt = self.device, self.time_step_ns / self.substeps
        # V / Ohm over pF is 1e12 V/s, W over pJ/K is 1e12 K/s; a step is in ns.
        charge = 1e3 * dt / self.capacitance_pF
        heat = 1e3 * dt / device.heat_capacity_pJ_per_K
        fires = device.middle(1.0)

        def advance(old: VO2State) -> tuple[VO2State, Array]:
            v, rise, direction, turned, proximity, _ = old
            at = device.phase(rise, direction, turned, proximity)
            current = v / device.resistance(rise, direction, turned, proximity)
            warming = v * current - 1e-6 * device.heat_loss_uW_per_K * rise
            now = jnp.where(warming == 0, direction, jnp.sign(warming))
            turns = now != direction
            # On the new branch the phase at this temperature is what it was.
            starts = device.middle(now) - at / device.steepness_per_K - rise
            hotter = rise + heat * warming
            spike = self.h((hotter - fires) / device.hysteresis_width_K) * (rise <= fires)
            new = VO2State(
                v + charge * ((supply_V - v) / self.load_Ohm - current),
                hotter,
                now,
                jnp.where(turns, rise, turned),
                jnp.where(turns, starts, proximity),
                spike,
            )
            return new, spike

        state, y = substeps(advance, state, self.substeps)
        return state._replace(y=y)
