"""A differential pair whose devices are only ever weakened: the hidden weight of a sign."""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.hardware.devices import Pulsed, PulsedDevice
from ranvier.hardware.updates._cell import expected


class WeakResetState(NamedTuple):
    """The devices of an array of such pairs.

    Attributes:
        plus, minus: both formed, and weakened since.

    Example:
        See `WeakResetPair`.
    """

    plus: Pulsed
    minus: Pulsed


class WeakResetPair(eqx.Module):
    r"""Two filaments; a weak reset pulse weakens the one that speaks against the weight.

    $$w = \frac{G^+ - G^-}{G_{max} - G_{min}}, \qquad
    n > 0:\ |n| \text{ pulses down to } G^-, \qquad n < 0:\ |n| \text{ pulses down to } G^+$$

    The comparison of the two is the sign that a binary network computes with (`convert.Binary`
    through `learn.straight_through`); their difference is the real weight behind it, which no
    digital memory has to hold. Nothing is ever refreshed: where steps shrink with what is left of
    a filament, both grow weak together and the sign can still be turned, until what is left of
    both is too little to tell apart: a pair bears a few hundred pulses of a hundredth each.

    Args:
        device: a filament, at its high bound when formed.
        expected_step: of the weight per pulse; that of the device in parts of its range if not
            given.

    Raises:
        ValueError: a step that is not positive.

    Source: Hirtzlin et al., IEDM 2019, the pair, the weak pulses on one side and no refresh, from
    the abstract; that steps shrink with the filament is a choice of the device, not read there.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.PulsedDevice(devices.ConstantStep(), step=0.25)
        >>> cell, key = WeakResetPair(device), jax.random.key(0)
        >>> held = cell.start(jnp.array([0.5, 0.0]), key=key)
        >>> held = cell.update(held, jnp.array([-2.0, 1.0]), key=key)
        >>> cell.weight(held).tolist(), held.plus.weight.tolist()
        ([0.25, 0.125], [0.5, 1.0])
    """

    device: PulsedDevice
    step: float

    def __init__(self, device: PulsedDevice, *, expected_step: float | None = None) -> None:
        self.device = device
        shrunk = expected("WeakResetPair", device, expected_step)
        self.step = shrunk / self._span if expected_step is None else shrunk

    @property
    def bounds(self) -> tuple[float, float]:
        """One filament formed, the other gone, both ways."""
        return -1.0, 1.0

    def start(self, weight: Float[Array, "..."], *, key: PRNGKeyArray) -> WeakResetState:
        """Pairs of which one device is formed and the other weakened by as much as the weight."""
        plus, minus = jr.split(key)
        device, span = self.device, self._span
        return WeakResetState(
            device.start(device.high + span * jnp.minimum(weight, 0.0), key=plus),
            device.start(device.high - span * jnp.maximum(weight, 0.0), key=minus),
        )

    def update(
        self, held: WeakResetState, count: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> WeakResetState:
        """The pairs after their pulses."""
        plus, minus = jr.split(key)
        return WeakResetState(
            self.device.pulse(held.plus, jnp.minimum(count, 0.0), key=plus),
            self.device.pulse(held.minus, -jnp.maximum(count, 0.0), key=minus),
        )

    def weight(self, held: WeakResetState) -> Float[Array, "..."]:
        """The difference of the two, in parts of the range."""
        return (held.plus.shown - held.minus.shown) / self._span

    @property
    def _span(self) -> float:
        return self.device.high - self.device.low
