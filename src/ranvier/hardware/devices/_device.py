"""A memory device as a statistical model, and what is known of many of them in an array."""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from ranvier.core import ascending, broken, positive
from ranvier.hardware.devices._programming import Exactly, Programming
from ranvier.hardware.devices._reading import Noiseless, Reading
from ranvier.hardware.devices._retention import Permanent, Retention


class Source(NamedTuple):
    """Where the constants of a preset come from.

    Attributes:
        text: authors, venue, year; or that there is none.
        checked: whether the constants were read in that source or in code that its authors keep;
            a report warns where they were not.

    Example:
        >>> Source("own measurement, 2026", checked=True).checked
        True
    """

    text: str
    checked: bool


UNSOURCED = Source("no source: constants chosen by whoever built this device", checked=False)


class Stored(NamedTuple):
    """Devices that have been programmed.

    Attributes:
        target_uS: what they were told, `[...]`.
        programmed_uS: what they took.
        traits: one number per device for its life, such as the drift exponent.
        stuck: devices that no programming changes.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> held = devices.pcm().program(jnp.full(3, 10.0), key=jax.random.key(0))
        >>> held.programmed_uS.shape, bool(held.stuck.any())
        ((3,), False)
    """

    target_uS: Float[Array, "..."]
    programmed_uS: Float[Array, "..."]
    traits: Float[Array, "..."]
    stuck: Bool[Array, "..."]


class Device(eqx.Module):
    r"""A resistive memory device: programming error, what becomes of it with time, noise when read.

    $$g_{prog} = \text{programming}(g_T), \qquad g(t) = \text{retention}(g_{prog}, t), \qquad
    \hat{g} = \operatorname{clip}\big(g(t) + \sigma_r \xi,\; l,\; h\big)$$

    Conductances are in uS, times in seconds after the reference time $t_0$, at which a programmed
    device is first looked at. All parts can be swapped.

    Args:
        maximum_uS: $g_{max}$, the largest conductance that is aimed at.
        minimum_uS: $g_{min}$, the smallest, that of a weight of zero.
        programming: error of programming.
        retention: drift or relaxation.
        reading: noise of a reading.
        reference_seconds: $t_0$, from programming to the first look.
        bounds_uS: $l$ and $h$, which no reading passes.
        source: where the constants come from.

    Raises:
        ValueError: a range or a reference time that is not positive, or bounds within the range.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.Device(maximum_uS=25.0)
        >>> held = device.program(jnp.array([10.0]), key=jax.random.key(0))
        >>> device.read(held, 3600.0)
        Array([10.], dtype=float32)
    """

    maximum_uS: float
    minimum_uS: float
    programming: Programming
    retention: Retention
    reading: Reading
    reference_seconds: float
    bounds_uS: tuple[float, float]
    source: Source = eqx.field(static=True)

    def __init__(
        self,
        *,
        maximum_uS: float,
        minimum_uS: float = 0.0,
        programming: Programming | None = None,
        retention: Retention | None = None,
        reading: Reading | None = None,
        reference_seconds: float = 1.0,
        bounds_uS: tuple[float, float] = (0.0, math.inf),
        source: Source = UNSOURCED,
    ) -> None:
        ascending("Device", minimum_uS=minimum_uS, maximum_uS=maximum_uS)
        positive("Device", reference_seconds=reference_seconds)
        if minimum_uS < 0:
            raise ValueError(f"Device: minimum_uS is {minimum_uS}, expected at least 0.")
        if not 0 <= bounds_uS[0] <= minimum_uS or not maximum_uS <= bounds_uS[1]:
            raise ValueError(
                f"Device: bounds_uS is {bounds_uS}, expected at least 0 and around the range from "
                f"{minimum_uS:g} to {maximum_uS:g} uS."
            )
        self.maximum_uS = float(maximum_uS)
        self.minimum_uS = float(minimum_uS)
        self.programming = Exactly() if programming is None else programming
        self.retention = Permanent() if retention is None else retention
        self.reading = Noiseless() if reading is None else reading
        self.reference_seconds = float(reference_seconds)
        self.bounds_uS = (float(bounds_uS[0]), float(bounds_uS[1]))
        self.source = source

    def program(
        self,
        target_uS: Float[Array, "..."],
        *,
        key: PRNGKeyArray,
        onto: Stored | None = None,
    ) -> Stored:
        """Tell devices what conductance to take.

        Args:
            target_uS: what they shall take, `[...]`.
            key: draws their errors and their traits.
            onto: devices that exist already; those that are stuck stay where they are.

        Raises:
            ValueError: targets outside the range of the device (checked where they are known).
        """
        target_uS = jnp.asarray(target_uS)
        if target_uS.size and not isinstance(target_uS, Tracer):
            low, high = float(target_uS.min()), float(target_uS.max())
            if not self.minimum_uS * (1 - 1e-6) <= low <= high <= self.maximum_uS * (1 + 1e-6):
                raise ValueError(
                    f"Device: got targets from {low:g} to {high:g} uS, expected {self.minimum_uS:g}"
                    f" to {self.maximum_uS:g}. Scale the weights, or clip them."
                )
        write_key, trait_key = jr.split(key)
        programmed = self.programming(target_uS, self.maximum_uS, key=write_key)
        traits = self.retention.draw(target_uS, programmed, self.maximum_uS, key=trait_key)
        if onto is None:
            return Stored(target_uS, programmed, traits, jnp.zeros(target_uS.shape, bool))
        return Stored(
            target_uS,
            jnp.where(onto.stuck, onto.programmed_uS, programmed),
            jnp.where(onto.stuck, onto.traits, traits),
            onto.stuck,
        )

    def conductance(self, stored: Stored, seconds: Any) -> Float[Array, "..."]:
        """The conductance in uS, `seconds` after the reference time, before any noise.

        Raises:
            ValueError: a time before the reference time.
        """
        elapsed = 1 + check_seconds("Device", seconds) / self.reference_seconds
        args = (stored.target_uS, stored.programmed_uS, stored.traits, elapsed, self.maximum_uS)
        return jnp.where(stored.stuck, stored.programmed_uS, self.retention.after(*args))

    def spread(self, stored: Stored, seconds: Any) -> Float[Array, "..."]:
        """The standard deviation of one reading in uS, `seconds` after the reference time."""
        return self.reading(
            self.conductance(stored, seconds),
            stored.programmed_uS,
            seconds + self.reference_seconds,
            self.maximum_uS,
        )

    def read(
        self, stored: Stored, seconds: Any, *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "..."]:
        """One reading in uS, `seconds` after the reference time; noiseless without a key."""
        at = self.conductance(stored, seconds)
        if key is None:
            return jnp.clip(at, *self.bounds_uS)
        noise = self.spread(stored, seconds) * jr.normal(key, at.shape, at.dtype)
        return jnp.clip(at + noise, *self.bounds_uS)


def check_seconds(owner: str, seconds: Any) -> Any:
    """The time, if it is not before the reference time.

    Args:
        owner: who asks, for the message.
        seconds: since the reference time; not looked at while it is traced.

    Raises:
        ValueError: a time before the reference time, or one that is no number.

    Example:
        >>> check_seconds("drift", 25.0)
        25.0
    """
    if broken(lambda seconds: seconds >= 0, seconds):
        raise ValueError(
            f"{owner}: got {seconds} s, expected at least 0: time counts from the reference time, "
            "at which a programmed device is first looked at."
        )
    return seconds
