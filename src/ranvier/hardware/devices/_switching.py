"""Devices of two states, between which heat and a pulse switch them by chance."""

import math
from typing import Any

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive

_FAR = 1e6
"""Steps beyond any bound."""


def switching_probability(
    pulse_ns: float, *, overdrive: float, stability: float, attempt_ns: float = 1.0
) -> float:
    r"""How likely a pulse switches a magnetic tunnel junction by thermal activation.

    $$P = 1 - e^{-t_p / \tau}, \qquad \tau = \tau_0\, e^{\Delta (1 - V / V_c)}$$

    Args:
        pulse_ns: $t_p$.
        overdrive: $V / V_c$, 0 to 1: above it switching is no longer thermal.
        stability: $\Delta$, the barrier in units of the thermal energy; 40 to 60 in a memory.
        attempt_ns: $\tau_0$.

    Raises:
        ValueError: a time or a barrier that is not positive, or an overdrive outside 0 to 1.

    Source: Néel's and Brown's law of thermal activation with a barrier that the voltage lowers, the
    standard form; the constants above are customary, not measured here.

    Example:
        >>> round(switching_probability(10.0, overdrive=0.95, stability=50.0), 3)
        0.56
    """
    owner = "switching_probability"
    positive(owner, pulse_ns=pulse_ns, stability=stability, attempt_ns=attempt_ns)
    if not 0 <= overdrive <= 1:
        raise ValueError(
            f"{owner}: overdrive is {overdrive}, expected 0 to 1. Above 1 the magnetisation "
            "precesses, and this law does not hold."
        )
    return -math.expm1(-pulse_ns / (attempt_ns * math.exp(stability * (1 - overdrive))))


class StochasticSwitch(eqx.Module):
    r"""A pulse leads all the way to the other bound, or nowhere.

    $$w \leftarrow w_{max} \text{ with } P = p_\uparrow, \qquad
    w \leftarrow w_{min} \text{ with } P = p_\downarrow$$

    Without a key every pulse goes the mean part of the way, $p\,(w_{max} - w)$.

    Args:
        up, down: the probabilities of one pulse.

    Raises:
        ValueError: a probability outside 0 to 1.

    Source: Vincent et al., IEEE Trans. Biomed. Circuits Syst. 9 (2015), "stochastic memristive
    synapse"; cited from memory.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.PulsedDevice(devices.StochasticSwitch(0.25, 0.25), step=1.0)
        >>> held = device.start(jnp.full(10_000, -1.0), key=jax.random.key(0))
        >>> weight = device.pulse(held, 1, key=jax.random.key(1)).weight
        >>> sorted(set(weight.tolist())), round(float((weight > 0).mean()), 2)
        ([-1.0, 1.0], 0.25)
    """

    up: float
    down: float

    def __init__(self, up: float, down: float) -> None:
        for name, value in (("up", up), ("down", down)):
            if not 0 <= value <= 1:
                raise ValueError(f"StochasticSwitch: {name} is {value}, expected 0 to 1.")
        self.up, self.down = float(up), float(down)

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> tuple[()]:
        """Nothing."""
        return ()

    def __call__(
        self,
        weight: Float[Array, "..."],
        rising: Any,
        low: Any,
        high: Any,
        drawn: Any,
        *,
        key: PRNGKeyArray | None = None,
    ) -> Float[Array, "..."]:
        """Beyond the bound where the device switches, nothing elsewhere."""
        chance = jnp.where(rising, self.up, self.down)
        if key is None:
            return chance * jnp.abs(jnp.where(rising, high, low) - weight)
        return _FAR * (jr.uniform(key, weight.shape) < chance)


class TwoStates(eqx.Module):
    r"""Writing a device of two states, of which one has to be reached by chance.

    $$g = G (1 + s\,\xi), \qquad G = \begin{cases} G_{max} & \text{if told so, with } 1 - p \\
    G_{low} & \text{otherwise} \end{cases}$$

    Every device was brought to the low state before. What is asked for counts as the nearer state.

    Args:
        low_uS: $G_{low}$.
        failure: $p$, that a device does not switch.
        spread: $s$, of conductances, between devices.

    Raises:
        ValueError: a conductance that is not positive, a probability outside 0 to 1 or a negative
            spread.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> told = TwoStates(80.0)
        >>> told(jnp.array([90.0, 150.0]), 200.0, key=jax.random.key(0)).tolist()
        [80.0, 200.0]
    """

    low_uS: float
    failure: float
    spread: float

    def __init__(self, low_uS: float, *, failure: float = 0.0, spread: float = 0.0) -> None:
        positive("TwoStates", low_uS=low_uS)
        if not 0 <= failure <= 1 or not spread >= 0:
            raise ValueError(
                f"TwoStates: failure is {failure} and spread {spread}, expected 0 to 1 and at "
                "least 0."
            )
        self.low_uS, self.failure, self.spread = float(low_uS), float(failure), float(spread)

    def __call__(
        self, target_uS: Float[Array, "..."], maximum_uS: float, *, key: PRNGKeyArray
    ) -> Float[Array, "..."]:
        """What the devices took, in uS."""
        switch_key, spread_key = jr.split(key)
        told = target_uS > (self.low_uS + maximum_uS) / 2
        high = told & (jr.uniform(switch_key, target_uS.shape) >= self.failure)
        state = jnp.where(high, maximum_uS, self.low_uS).astype(target_uS.dtype)
        drawn = jr.normal(spread_key, target_uS.shape, target_uS.dtype)
        return jnp.maximum(state * (1 + self.spread * drawn), 0.0)


class ThermalSwitching(eqx.Module):
    r"""A device of two states that heat carries over its barrier, there and back.

    $$P(\text{in the other state at } t) = \frac{1 - e^{-2 t / \tau}}{2}, \qquad
    \tau = \tau_0\, e^{\Delta}$$

    Each device draws once how early it is; with time devices go over, and at last half of them
    are wrong. The ratio of the two conductances is that of the states.

    Args:
        stability: $\Delta$, the barrier in units of the thermal energy.
        ratio: of the high to the low conductance.
        attempt_ns: $\tau_0$.
        reference_seconds: of the device: what one unit of its elapsed time is.

    Raises:
        ValueError: a number that is not positive, or a ratio of at most 1.

    Source: Néel's and Brown's law, as in `switching_probability`.

    Example:
        >>> year = 365.25 * 86_400
        >>> round(ThermalSwitching(40.0, ratio=2.5).wrong(10 * year), 3)
        0.466
    """

    stability: float
    ratio: float
    attempt_ns: float
    reference_seconds: float

    def __init__(
        self,
        stability: float,
        *,
        ratio: float,
        attempt_ns: float = 1.0,
        reference_seconds: float = 1.0,
    ) -> None:
        owner = "ThermalSwitching"
        positive(owner, stability=stability, attempt_ns=attempt_ns)
        positive(owner, reference_seconds=reference_seconds)
        if not ratio > 1:
            raise ValueError(f"{owner}: ratio is {ratio}, expected more than 1.")
        self.stability, self.ratio = float(stability), float(ratio)
        self.attempt_ns = float(attempt_ns)
        self.reference_seconds = float(reference_seconds)

    def wrong(self, seconds: Any) -> Any:
        """The share of devices in the other state than they were left in."""
        lasting = 1e-9 * self.attempt_ns * math.exp(self.stability)
        exact = math if isinstance(seconds, float) else jnp
        return -exact.expm1(-2 * seconds / lasting) / 2

    def draw(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        maximum_uS: float,
        *,
        key: PRNGKeyArray,
    ) -> Float[Array, "..."]:
        """The rank of each device among all, 0 to 1: the first to go over is 0."""
        return jr.uniform(key, target_uS.shape, target_uS.dtype)

    def after(
        self,
        target_uS: Float[Array, "..."],
        programmed_uS: Float[Array, "..."],
        traits: Float[Array, "..."],
        elapsed: Any,
        maximum_uS: float,
    ) -> Float[Array, "..."]:
        """The conductance in uS."""
        over = traits < self.wrong(self.reference_seconds * (elapsed - 1))
        high = programmed_uS > maximum_uS * (1 + 1 / self.ratio) / 2
        other = jnp.where(high, programmed_uS / self.ratio, programmed_uS * self.ratio)
        return jnp.where(over, other, programmed_uS)
