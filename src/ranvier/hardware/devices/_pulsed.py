"""A device that learns by pulses, as a statistical model, and arrays of such devices."""

import math
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from ranvier.core import ascending, positive
from ranvier.hardware.devices._device import UNSOURCED, Source
from ranvier.hardware.devices._laws import Law
from ranvier.hardware.devices._variation import (
    Corruption,
    CycleNoise,
    Endurance,
    Reset,
    Spreads,
)


class Traits(NamedTuple):
    """What tells devices apart for their life.

    Attributes:
        step_up, step_down: size of a step in each direction where the law is 1, `[...]`.
        low, high: bounds of each device.
        reset: where it is after a reset.
        survival: what is left of its weight after one period of leakage.
        law: what the law draws.
        stuck: devices that no pulse moves.
        endurance: pulses after which a device is worn out, and stays where it is.

    Example:
        See `PulsedDevice.draw`.
    """

    step_up: Float[Array, "..."]
    step_down: Float[Array, "..."]
    low: Float[Array, "..."]
    high: Float[Array, "..."]
    reset: Float[Array, "..."]
    survival: Float[Array, "..."]
    law: Any
    stuck: Bool[Array, "..."]
    endurance: Float[Array, "..."]


class Pulsed(NamedTuple):
    """Devices as they stand.

    Attributes:
        weight: where each device is, `[...]`.
        shown: what it shows: its weight with the noise of the last write.
        traits: what tells the devices apart.
        pulses: that each was given, resets among them.

    Example:
        See `PulsedDevice.start`.
    """

    weight: Float[Array, "..."]
    shown: Float[Array, "..."]
    traits: Traits
    pulses: Float[Array, "..."]


class PulsedDevice(eqx.Module):
    r"""A device that every pulse moves by a step.

    $$w \leftarrow \text{clip}\big(w + d\,\Delta w_d\, f_d(w) + \sigma\,\xi,\;
    w_{min}, w_{max}\big), \qquad d = \pm 1$$

    $$\Delta w_\uparrow = \Delta w_0\, |g + \beta_\uparrow + b\,\xi_b|, \qquad
    \Delta w_\downarrow = \Delta w_0\, |g + \beta_\downarrow - b\,\xi_b|$$

    with the law $f_d$, noise $\sigma$ from pulse to pulse, and, once per device, the factor $g$,
    the bounds and the balance $b\,\xi_b$. Of an asymmetry $\beta$, the direction that it is against
    loses: $\beta_\downarrow = -\beta$ if $\beta > 0$, $\beta_\uparrow = \beta$ otherwise. What a
    reader sees has the noise of the last write: $w + s_w \Delta w_0\,\xi$.

    Weights have no unit: a bound of 1 is the conductance (or charge) that stands for the weight 1.

    Args:
        law: the size of a step over the weight.
        step: $\Delta w_0$.
        low, high: mean bounds; 0 lies between them.
        asymmetry: $\beta$, -1 to 1.
        spreads: between devices; all are alike if not given.
        noise: from pulse to pulse; none if not given.
        write_noise: $s_w$, in steps, drawn anew at every write.
        read_noise: standard deviation of one reading, in units of weight.
        corruption: devices that never move; none if not given.
        resetting: where a reset leads; to zero if not given.
        lifetime: periods after which leakage has left 1/e of a weight; at least 1.
        endurance: pulses that devices bear; as many as you like if not given.
        source: where the constants come from.

    Raises:
        ValueError: bounds that do not enclose 0, a step, an asymmetry, noise or a lifetime outside
            its range.

    Source: Gokmen, Vlasov, Front. Neurosci. 10 (2016); Rasch et al., arXiv:2104.02184 (2021).

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.PulsedDevice(devices.SoftBounds(), step=0.5)
        >>> held = device.start(jnp.zeros(2), key=jax.random.key(0))
        >>> device.pulse(held, jnp.array([2, -1]), key=None).weight.tolist()
        [0.75, -0.5]
    """

    law: Law
    step: float
    low: float
    high: float
    asymmetry: float
    spreads: Spreads
    noise: CycleNoise
    write_noise: float
    read_noise: float
    corruption: Corruption
    resetting: Reset
    lifetime: float
    endurance: Endurance
    source: Source = eqx.field(static=True)

    def __init__(
        self,
        law: Law,
        *,
        step: float,
        low: float = -1.0,
        high: float = 1.0,
        asymmetry: float = 0.0,
        spreads: Spreads | None = None,
        noise: CycleNoise | None = None,
        write_noise: float = 0.0,
        read_noise: float = 0.0,
        corruption: Corruption | None = None,
        resetting: Reset | None = None,
        lifetime: float = math.inf,
        endurance: Endurance | None = None,
        source: Source = UNSOURCED,
    ) -> None:
        positive("PulsedDevice", step=step)
        ascending("PulsedDevice", low=low, high=high)
        if low > 0 or high < 0:
            raise ValueError(
                f"PulsedDevice: the bounds are {low} and {high}, expected 0 between them. Shift "
                "the weights, as a reference device does."
            )
        if not -1 <= asymmetry <= 1:
            raise ValueError(f"PulsedDevice: asymmetry is {asymmetry}, expected -1 to 1.")
        if not write_noise >= 0 or not read_noise >= 0 or not lifetime >= 1:
            raise ValueError(
                f"PulsedDevice: write_noise is {write_noise}, read_noise {read_noise} and lifetime "
                f"{lifetime}; expected noise of at least 0 and a lifetime of at least 1."
            )
        self.law, self.step = law, float(step)
        self.low, self.high, self.asymmetry = float(low), float(high), float(asymmetry)
        self.spreads = Spreads() if spreads is None else spreads
        self.noise = CycleNoise() if noise is None else noise
        self.write_noise, self.read_noise = float(write_noise), float(read_noise)
        self.corruption = Corruption(0.0, within=0.0) if corruption is None else corruption
        self.resetting = Reset() if resetting is None else resetting
        self.lifetime, self.source = float(lifetime), source
        self.endurance = Endurance() if endurance is None else endurance

    def draw(self, shape: tuple[int, ...], *, key: PRNGKeyArray) -> Traits:
        """The traits of an array of devices.

        A bound that would change sides is taken by its magnitude, and so is a step.

        Args:
            shape: of the array.
            key: draws them.
        """
        keys = jr.split(key, 10)
        spreads, beta = self.spreads, self.asymmetry
        gain = spreads.step(shape, key=keys[0])
        balance = spreads.balance * jr.normal(keys[1], shape)
        up = self.step * jnp.abs(gain + min(beta, 0.0) + balance)
        down = self.step * jnp.abs(gain - max(beta, 0.0) - balance)
        high = self.high * jnp.abs(1 + spreads.high * jr.normal(keys[2], shape))
        low = self.low * jnp.abs(1 + spreads.low * jr.normal(keys[3], shape))
        stuck = jr.uniform(keys[4], shape) < self.corruption.share
        within = self.corruption.within
        at = jr.uniform(keys[5], shape, minval=-within, maxval=within)
        at = jnp.clip(at, low, high)
        return Traits(
            step_up=jnp.where(stuck, 0.0, up),
            step_down=jnp.where(stuck, 0.0, down),
            low=jnp.where(stuck, at, low),
            high=jnp.where(stuck, at, high),
            reset=self.resetting.level + self.resetting.device_spread * jr.normal(keys[6], shape),
            survival=self._survival(shape, keys[7]),
            law=self.law.draw(shape, key=keys[8]),
            stuck=stuck,
            endurance=self.endurance(shape, key=keys[9]),
        )

    def start(
        self, weight: Float[Array, "..."], *, key: PRNGKeyArray, traits: Traits | None = None
    ) -> Pulsed:
        """Devices that were brought to given weights, each as near as its bounds allow.

        Args:
            weight: where they shall be.
            key: draws their traits, and the noise of the write.
            traits: of devices that exist already.
        """
        weight = jnp.asarray(weight)
        trait_key, write_key = jr.split(key)
        own = self._drawn(weight, trait_key) if traits is None else traits
        at = jnp.clip(weight, own.low, own.high)
        return Pulsed(at, self._written(at, own, write_key), own, jnp.zeros_like(at))

    def pulse(self, held: Pulsed, count: Any, *, key: PRNGKeyArray | None) -> Pulsed:
        """The devices after pulses, one after another by the law.

        Args:
            held: devices.
            count: whole numbers of pulses, downwards where negative, `[...]` or one for all; may be
                traced. The time that it takes grows with the largest of them.
            key: draws the noise of every pulse and of the write; `None` is noiseless.
        """
        traits = held.traits
        count = jnp.broadcast_to(jnp.asarray(count, held.weight.dtype), held.weight.shape)
        borne = jnp.maximum(traits.endurance - held.pulses, 0.0)
        left, rising = jnp.minimum(jnp.abs(count), borne), count > 0
        step = jnp.where(rising, traits.step_up, traits.step_down)
        sign = jnp.where(rising, 1.0, -1.0).astype(held.weight.dtype)
        most = left.max(initial=0.0)
        pulse_key, write_key = (None, None) if key is None else jr.split(key)

        def once(turn: tuple[Array, Array]) -> tuple[Array, Array]:
            index, weight = turn
            own = None if pulse_key is None else jr.fold_in(pulse_key, index.astype(int))
            law_key = None if own is None else jr.fold_in(own, 1)
            bounds = traits.low, traits.high
            change = step * self.law(weight, rising, *bounds, traits.law, key=law_key)
            after = weight + sign * change
            if own is not None:
                drawn = jr.normal(own, weight.shape)
                after = after + self.noise(change, step, weight) * drawn.astype(weight.dtype)
            after = jnp.clip(after, traits.low, traits.high).astype(weight.dtype)
            return index + 1, jnp.where(index < left, after, weight)

        start = (jnp.zeros((), held.weight.dtype), held.weight)
        _, weight = jax.lax.while_loop(lambda turn: turn[0] < most, once, start)
        shown = jnp.where(left == 0, held.shown, self._written(weight, traits, write_key))
        return Pulsed(weight, shown, traits, held.pulses + left)

    def reset(self, held: Pulsed, which: Any, *, key: PRNGKeyArray | None) -> Pulsed:
        """The devices, some of them reset.

        Args:
            held: devices.
            which: are reset, `[...]`.
            key: draws where each reset leads; `None` is noiseless.
        """
        traits = held.traits
        at = traits.reset
        reset_key, write_key = (None, None) if key is None else jr.split(key)
        if reset_key is not None:
            at = at + self.resetting.cycle_spread * jr.normal(reset_key, at.shape, at.dtype)
        which = which & (held.pulses < traits.endurance)
        at = jnp.where(which, jnp.clip(at, traits.low, traits.high), held.weight)
        shown = jnp.where(which, self._written(at, traits, write_key), held.shown)
        return Pulsed(at, shown, traits, held.pulses + which)

    def leak(self, held: Pulsed, periods: Any = 1) -> Pulsed:
        """The devices some periods later: what they show shrinks with their weight.

        Args:
            held: devices.
            periods: how many.
        """
        left = held.traits.survival ** jnp.asarray(periods, held.weight.dtype)
        return held._replace(weight=left * held.weight, shown=left * held.shown)

    def read(self, held: Pulsed, *, key: PRNGKeyArray | None = None) -> Float[Array, "..."]:
        """One reading of every device; without noise of reading if there is no key."""
        if key is None:
            return held.shown
        noise = self.read_noise * jr.normal(key, held.shown.shape, held.shown.dtype)
        return held.shown + noise

    def symmetry_point(self, traits: Traits) -> Float[Array, "..."]:
        r"""Where a step up and a step down cancel; alternating pulses lead there.

        $$\Delta w_\uparrow f_\uparrow(w) = \Delta w_\downarrow f_\downarrow(w)$$

        It is found by halving the range of each device, and is 0 where steps cancel everywhere.

        Args:
            traits: of the devices.
        """

        def balance(weight: Array) -> Array:
            def sized(rising: bool, step: Array) -> Array:
                where = jnp.full(weight.shape, rising)
                return step * self.law(weight, where, traits.low, traits.high, traits.law)

            return sized(True, traits.step_up) - sized(False, traits.step_down)

        def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
            low, high = ends
            middle = (low + high) / 2
            above = balance(middle) > 0
            return jnp.where(above, middle, low), jnp.where(above, high, middle)

        low, high = jax.lax.fori_loop(0, 60, halve, (traits.low, traits.high))
        nowhere = jnp.clip(jnp.zeros_like(low), traits.low, traits.high)
        level = (balance(traits.low) == 0) & (balance(traits.high) == 0)
        return jnp.where(level, nowhere, (low + high) / 2)

    def _drawn(self, weight: Array, key: PRNGKeyArray) -> Traits:
        """Traits in the precision of the weights."""
        drawn = self.draw(weight.shape, key=key)
        return jax.tree.map(
            lambda one: one if one.dtype == bool else one.astype(weight.dtype), drawn
        )

    def _survival(self, shape: tuple[int, ...], key: PRNGKeyArray) -> Array:
        if math.isinf(self.lifetime):
            return jnp.ones(shape)
        own = self.lifetime * (1 + self.spreads.lifetime * jr.normal(key, shape))
        return jnp.where(own > 1, 1 - 1 / jnp.maximum(own, 1.0), 0.0)

    def _written(self, weight: Array, traits: Traits, key: PRNGKeyArray | None) -> Array:
        """What devices show that were just written."""
        if key is None or self.write_noise == 0:
            return weight
        noise = self.write_noise * self.step * jr.normal(key, weight.shape, weight.dtype)
        return jnp.where(traits.stuck, weight, weight + noise)
