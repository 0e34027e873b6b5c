"""A capacitor that learns, and a pair of memory devices that keeps what it learned."""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive
from ranvier.hardware.crossbar import DifferentialPair
from ranvier.hardware.devices import Device, Pulsed, PulsedDevice
from ranvier.hardware.updates._cell import expected

Polarity = Callable[[Any], Any]
"""From the sign with which a capacitor is read to the sign after the next transfer."""


def fixed(sign: Any) -> Any:
    """Capacitors are read with the same sign for ever.

    Args:
        sign: before a transfer.

    Example:
        >>> fixed(1.0)
        1.0
    """
    return sign


def inverted(sign: Any) -> Any:
    """Capacitors are read with the other sign after every transfer: polarity inversion.

    What makes a capacitor gain more from pulses up than it loses to pulses down, then adds to the
    weight in one interval what it takes in the next.

    Args:
        sign: before a transfer.

    Source: Ambrogio et al., Nature 558 (2018).

    Example:
        >>> inverted(1.0)
        -1.0
    """
    return -sign


class CapacitorState(NamedTuple):
    """An array of capacitors and pairs.

    Attributes:
        capacitor: $g$, as devices of a range around their reference.
        pair: $G^+ - G^-$ as it was last written, in units of a full conductance.
        sign: with which capacitors are read.
        updates: so far.

    Example:
        See `CapacitorPair`.
    """

    capacitor: Pulsed
    pair: Float[Array, "..."]
    sign: Float[Array, ""]
    updates: Array


class CapacitorPair(eqx.Module):
    r"""Small changes onto a capacitor; now and then, what it has gathered onto a pair of memories.

    $$w = F\,(G^+ - G^-) + s\,(g - g_{ref}), \qquad s = \pm 1$$

    Every update pulses the capacitor $g$. After `every` updates the weight is read, the pair is
    written anew to hold all of it, the capacitor starts again from $g_{ref}$, and the sign $s$ is
    that of `polarity`. Conductances of the pair are taken as they are when first looked at: between
    two transfers there is no drift.

    Args:
        capacitor: of $g$, with $g_{ref}$ at 0; `leak` acts once per update.
        pair: memory device of $G^+$ and $G^-$; its `programming` is that of a transfer, such as a
            `WriteVerify`.
        factor: $F$, the significance of the pair.
        every: updates from one transfer to the next.
        polarity: `inverted` or `fixed`.
        expected_step: of a pulse; that of the capacitor if not given.

    Raises:
        ValueError: a factor, an interval or a step that is not positive.

    Source: Ambrogio et al., Nature 558 (2018). A factor of 3 is recalled, not read there.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> cell = CapacitorPair(devices.linear_ideal(0.25), devices.ideal(), every=2)
        >>> key = jax.random.key(0)
        >>> held = cell.start(jnp.array([0.5]), key=key)
        >>> for _ in range(3):
        ...     held = cell.update(held, jnp.ones(1), key=key)
        >>> cell.weight(held).tolist(), held.capacitor.weight.tolist(), float(held.sign)
        ([1.25], [-0.25], -1.0)
    """

    capacitor: PulsedDevice
    pair: Device
    factor: float
    every: int
    polarity: Polarity = eqx.field(static=True)
    step: float

    def __init__(
        self,
        capacitor: PulsedDevice,
        pair: Device,
        *,
        factor: float = 3.0,
        every: int = 8000,
        polarity: Polarity = inverted,
        expected_step: float | None = None,
    ) -> None:
        positive("CapacitorPair", factor=factor, every=every)
        self.capacitor, self.pair = capacitor, pair
        self.factor, self.every, self.polarity = float(factor), int(every), polarity
        self.step = expected("CapacitorPair", capacitor, expected_step)

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of the pair."""
        return -self.factor, self.factor

    def start(self, weight: Float[Array, "..."], *, key: PRNGKeyArray) -> CapacitorState:
        """Pairs that hold the weights, capacitors at their reference."""
        draw, write = jr.split(key)
        return CapacitorState(
            self.capacitor.start(jnp.zeros_like(weight), key=draw),
            self._written(weight, write),
            jnp.ones((), weight.dtype),
            jnp.zeros((), int),
        )

    def update(
        self, held: CapacitorState, count: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> CapacitorState:
        """The capacitors after their pulses, transferred when it is time."""
        pulse, move = jr.split(key)
        charged = self.capacitor.pulse(held.capacitor, held.sign * count, key=pulse)
        updates = held.updates + 1
        now = held._replace(capacitor=self.capacitor.leak(charged), updates=updates)
        return jax.lax.cond(
            updates % self.every == 0, lambda: self._transferred(now, move), lambda: now
        )

    def weight(self, held: CapacitorState) -> Float[Array, "..."]:
        """What the pair and the capacitor are together."""
        return self.factor * held.pair + held.sign * held.capacitor.shown

    def _transferred(self, held: CapacitorState, key: PRNGKeyArray) -> CapacitorState:
        write, start = jr.split(key)
        pair = self._written(self.weight(held), write)
        nothing = jnp.zeros_like(held.pair)
        empty = self.capacitor.start(nothing, key=start, traits=held.capacitor.traits)
        return CapacitorState(empty, pair, self.polarity(held.sign), held.updates)

    def _written(self, weight: Array, key: PRNGKeyArray) -> Array:
        """The difference of the conductances that pairs take, in units of a full one."""
        low, span = self.pair.minimum_uS, self.pair.maximum_uS - self.pair.minimum_uS
        cell = DifferentialPair()
        wanted = cell.targets(jnp.clip(weight / self.factor, -1.0, 1.0))
        taken = self.pair.program(low + span * wanted, key=key).programmed_uS
        return cell.weight((taken - low) / span).astype(weight.dtype)
