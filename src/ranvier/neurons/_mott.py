"""A relaxation oscillator of a niobium dioxide Mott switch."""

import math
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import Neuron, positive, zeros
from ranvier.neurons._shape import as_shape
from ranvier.neurons._substeps import check_substeps, substeps
from ranvier.neurons.surrogates import Spike, tanh_derivative

# The metallic core neither vanishes nor fills the channel; the equations have no value there.
_LEAST, _MOST = 1e-6, 1 - 1e-6


class MottChannel(eqx.Module):
    r"""Channel of niobium dioxide with a metallic core of the relative radius $u$.

    $$R = \frac{\rho_i L}{\pi r^2} \frac{1}{1 + (\rho_i/\rho_m - 1) u^2}, \qquad
    \dot u = \frac{v^2/R - 2\pi L\kappa\,\Delta T / \ln(1/u)}{\pi L r^2 \left(
    c_p \Delta T\, \frac{1 - u^2 + 2 u^2 \ln u}{2 u \ln^2 u} + 2\,\Delta h\, u\right)}$$

    Joule heat widens the core, conduction to the wall narrows it.

    Args:
        insulator_Ohm_m: $\rho_i$.
        metal_Ohm_m: $\rho_m$.
        conductivity_W_per_mK: $\kappa$.
        heat_capacity_J_per_m3K: $c_p$.
        transition_heat_J_per_m3: $\Delta h$.
        transition_rise_K: $\Delta T$, of the transition above the surroundings.
        radius_nm: $r$.
        length_nm: $L$.

    Raises:
        ValueError: a constant that is not positive, or a metal that does not conduct better than
            the insulator.

    Source: Pickett, Williams, Nanotechnology 23 (2012). Equations and constants are recalled, not
        checked against the paper; they agree with each other.

    Example:
        >>> channel = MottChannel()
        >>> [round(float(channel.resistance_Ohm(u))) for u in (0.0, 1.0)]
        [70736, 2122]
    """

    insulator_Ohm_m: float = 1e-2
    metal_Ohm_m: float = 3e-4
    conductivity_W_per_mK: float = 1.5
    heat_capacity_J_per_m3K: float = 2.6e6
    transition_heat_J_per_m3: float = 1.6e8
    transition_rise_K: float = 784.0
    radius_nm: float = 30.0
    length_nm: float = 20.0

    def __check_init__(self) -> None:
        positive("MottChannel", **vars(self))
        if not self.metal_Ohm_m < self.insulator_Ohm_m:
            raise ValueError(
                f"MottChannel: metal_Ohm_m is {self.metal_Ohm_m}, expected less than "
                f"insulator_Ohm_m = {self.insulator_Ohm_m}."
            )

    def resistance_Ohm(self, u: Array) -> Array:
        """$R$ of a core of relative radius `u`."""
        insulating = 1e9 * self.insulator_Ohm_m * self.length_nm / (math.pi * self.radius_nm**2)
        return insulating / (1 + (self.insulator_Ohm_m / self.metal_Ohm_m - 1) * u * u)

    def growth_per_ns(self, u: Array, v: Array) -> Array:
        r"""$\dot u$ per ns.

        Args:
            u: relative radius of the core.
            v: voltage across the channel, V.
        """
        log = jnp.log(u)
        # Powers in uW, the heat per unit of u in uW ns = fJ.
        joule = 1e6 * v * v / self.resistance_Ohm(u)
        lost = 2e-3 * math.pi * self.length_nm * self.conductivity_W_per_mK * self.transition_rise_K
        volume = 1e-12 * math.pi * self.length_nm * self.radius_nm**2
        warming = self.heat_capacity_J_per_m3K * self.transition_rise_K
        shell = (1 - u * u + 2 * u * u * log) / (2 * u * log * log)
        return (joule + lost / log) / (
            volume * (warming * shell + 2 * self.transition_heat_J_per_m3 * u)
        )

    @property
    def longest_step_ns(self) -> float:
        r"""$r^2 c_p / (4 \kappa\,(\ln(1/u) - 1))$ at the thinnest core: a longer Euler step
        overshoots when the core dies out."""
        diffusion = 1e-9 * self.radius_nm**2 * self.heat_capacity_J_per_m3K
        return diffusion / (4 * self.conductivity_W_per_mK * (-math.log(_LEAST) - 1))


class MottState(NamedTuple):
    """Voltage `v`, V, relative radius `u` of the metallic core, and last output `y`.

    Each is `[..., *units]`.

    Example:
        >>> MottNeuron(2).init((5,)).u.shape
        (5, 2)
    """

    v: Float[Array, "..."]
    u: Float[Array, "..."]
    y: Float[Array, "..."]


class MottNeuron(Neuron):
    r"""Relaxation oscillator of a niobium dioxide Mott channel across a capacitor.

    $$C \dot v = \frac{V_s - v}{R_L} - \frac{v}{R(u)}$$

    with the supply $V_s$ as its input and $u$ the core of a `MottChannel`. Above about 1.86 V the
    core grows without bounds, discharges the capacitor, and dies out below about 1.27 V. A spike is
    the core growing beyond $u = 0.3$.

    Discretisation: Euler, `substeps` to a step, one spike per step at most; the switching takes
    fractions of a nanosecond, so Euler steps are of 0.01 ns (at 0.1 ns it no longer oscillates
    as it should). Reset: none but the circuit's. Threshold test: strict. The input is not scaled.

    Args:
        shape: number of units, or their axes.
        channel: its material and size, `MottChannel()` if not given.
        load_Ohm: $R_L$.
        capacitance_pF: $C$.
        time_step_ns: $\Delta t$ of a step of the neuron.
        substeps: Euler steps within it.
        h: surrogate spike of $u - 0.3$.

    Raises:
        ValueError: a constant that is not positive, or an Euler step that overshoots when the
            core dies out.

    Source: Pickett, Williams, Nanotechnology 23 (2012); Pickett, Medeiros-Ribeiro, Williams,
        Nat. Mater. 12 (2013). The constants are recalled, not checked against the papers.

    Example:
        >>> import jax.numpy as jnp
        >>> unit = MottNeuron(1)
        >>> state = unit.step(unit.init(), jnp.array([2.6]))
        >>> round(float(state.v[0]), 6)
        0.003248
    """

    ports = ("supply_V",)
    shape: tuple[int, ...] = eqx.field(static=True)
    channel: MottChannel
    load_Ohm: float
    capacitance_pF: float
    time_step_ns: float
    substeps: int = eqx.field(static=True)
    h: Spike = eqx.field(static=True)

    def __init__(
        self,
        shape: int | tuple[int, ...],
        *,
        channel: MottChannel | None = None,
        load_Ohm: float = 8e3,
        capacitance_pF: float = 100.0,
        time_step_ns: float = 1.0,
        substeps: int = 100,
        h: Spike | None = None,
    ) -> None:
        name = "MottNeuron"
        channel = MottChannel() if channel is None else channel
        positive(name, load_Ohm=load_Ohm, capacitance_pF=capacitance_pF, time_step_ns=time_step_ns)
        check_substeps(name, time_step_ns, substeps, channel.longest_step_ns)
        self.shape = as_shape(shape)
        self.channel = channel
        self.load_Ohm = float(load_Ohm)
        self.capacitance_pF = float(capacitance_pF)
        self.time_step_ns = float(time_step_ns)
        self.substeps = substeps
        self.h = tanh_derivative() if h is None else h

    def init(self, batch: tuple[int, ...] = ()) -> MottState:
        """Discharged, with the thinnest core, no spike."""
        rest = zeros(self, batch)
        return MottState(rest, rest + _LEAST, rest)

    def step(
        self, state: MottState, supply_V: Array, *, key: PRNGKeyArray | None = None
    ) -> MottState:
        """One step; see the class for the equation."""
        dt = self.time_step_ns / self.substeps
        charge = 1e3 * dt / self.capacitance_pF

        def advance(old: MottState) -> tuple[MottState, Array]:
            v, u = state.v + old.v, old.u
            current = v / self.channel.resistance_Ohm(u)
            grown = jnp.clip(u + dt * self.channel.growth_per_ns(u, v), _LEAST, _MOST)
            spike = self.h(grown - 0.3) * (u <= 0.3)
            moved = old.v + charge * ((supply_V - v) / self.load_Ohm - current)
            return MottState(moved, grown, spike), spike

        # The voltage counts from the start of the step: a short step moves it by less than single
        # precision would see.
        start = state._replace(v=jnp.zeros_like(state.v))
        new, y = substeps(advance, start, self.substeps)
        return MottState(state.v + new.v, new.u, y)
