"""A differential pair of devices that pulses move one way only."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive
from ranvier.hardware.devices import Pulsed, PulsedDevice
from ranvier.hardware.updates._cell import expected


class PairState(NamedTuple):
    """The devices of an array of pairs.

    Attributes:
        plus, minus: of which the weight is the difference.
        refreshes: how often each pair was refreshed.
        rewritten: pulses that its refreshes took.

    Example:
        See `OneSidedPair`.
    """

    plus: Pulsed
    minus: Pulsed
    refreshes: Float[Array, "..."]
    rewritten: Float[Array, "..."]


class OneSidedPair(eqx.Module):
    r"""Two devices that are only ever raised: $w = G^+ - G^-$.

    Pulses upwards go to $G^+$, pulses downwards to $G^-$. A pair of which one device is close to
    its bound is refreshed: the difference is read, both devices are reset, and one of them is
    pulsed and read in turn until the difference is there again.

    Args:
        device: the memory.
        expected_step: of a pulse; that of the device if not given.
        refresh_at: a share of the mean range of the device; beyond it a pair is refreshed.
        writes: pulses of a refresh, at most.

    Raises:
        ValueError: a step or a number of writes that is not positive, or a share outside 0 to 1.

    Source: Bichler et al., IEEE Trans. Electron Devices 59 (2012), "2-PCM synapse"; Suri et al.,
    IEDM 2011.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.PulsedDevice(devices.ConstantStep(), step=0.25, low=0.0)
        >>> cell, key = OneSidedPair(device), jax.random.key(0)
        >>> held = cell.start(jnp.zeros(2), key=key)
        >>> for count in ([2.0, -1.0], [-1.0, -1.0]):
        ...     held = cell.update(held, jnp.array(count), key=key)
        >>> held.plus.weight.tolist(), held.minus.weight.tolist()
        ([0.5, 0.0], [0.25, 0.5])
    """

    device: PulsedDevice
    step: float
    refresh_at: float
    writes: int

    def __init__(
        self,
        device: PulsedDevice,
        *,
        expected_step: float | None = None,
        refresh_at: float = 0.9,
        writes: int = 200,
    ) -> None:
        positive("OneSidedPair", writes=writes)
        if not 0 < refresh_at <= 1:
            raise ValueError(f"OneSidedPair: refresh_at is {refresh_at}, expected 0 to 1.")
        self.device = device
        self.step = expected("OneSidedPair", device, expected_step)
        self.refresh_at, self.writes = float(refresh_at), int(writes)

    @property
    def bounds(self) -> tuple[float, float]:
        """What one device can hold before it is refreshed, both ways."""
        most = self._full
        return -most, most

    @property
    def _full(self) -> float:
        return self.device.low + self.refresh_at * (self.device.high - self.device.low)

    def start(self, weight: Float[Array, "..."], *, key: PRNGKeyArray) -> PairState:
        """Pairs of which one device holds the weight and the other nothing."""
        plus, minus = jr.split(key)
        return PairState(
            self.device.start(jnp.maximum(weight, 0.0), key=plus),
            self.device.start(jnp.maximum(-weight, 0.0), key=minus),
            jnp.zeros_like(weight),
            jnp.zeros_like(weight),
        )

    def update(
        self, held: PairState, count: Float[Array, "..."], *, key: PRNGKeyArray
    ) -> PairState:
        """The pairs after their pulses, those refreshed that are full."""
        up, down, refresh = jr.split(key, 3)
        plus = self.device.pulse(held.plus, jnp.maximum(count, 0.0), key=up)
        minus = self.device.pulse(held.minus, jnp.maximum(-count, 0.0), key=down)
        pulsed = held._replace(plus=plus, minus=minus)
        full = jnp.maximum(plus.shown, minus.shown) > self._full
        return jax.lax.cond(
            full.any(), lambda: self._refreshed(pulsed, full, refresh), lambda: pulsed
        )

    def weight(self, held: PairState) -> Float[Array, "..."]:
        """The difference that is shown."""
        return held.plus.shown - held.minus.shown

    def _refreshed(self, held: PairState, which: Array, key: PRNGKeyArray) -> PairState:
        wanted = self.weight(held)
        one, two, key = jr.split(key, 3)
        plus = self.device.reset(held.plus, which, key=one)
        minus = self.device.reset(held.minus, which, key=two)

        def short(plus: Pulsed, minus: Pulsed) -> Array:
            """By how much the difference is too small, in the direction of the weight."""
            missing = jnp.sign(wanted) * (wanted - (plus.shown - minus.shown))
            # One more pulse pays if it ends closer to the weight than this.
            return which & (missing > self.step / 2)

        def more(turn: tuple) -> Array:
            return (turn[0] < self.writes) & short(turn[1], turn[2]).any()

        def write(turn: tuple) -> tuple:
            index, plus, minus, rewritten = turn
            missing = short(plus, minus)
            up, down = jr.split(jr.fold_in(key, index))
            plus = self.device.pulse(plus, missing & (wanted > 0), key=up)
            minus = self.device.pulse(minus, missing & (wanted < 0), key=down)
            return index + 1, plus, minus, rewritten + missing

        start = (jnp.zeros((), int), plus, minus, held.rewritten)
        _, plus, minus, rewritten = jax.lax.while_loop(more, write, start)
        return PairState(plus, minus, held.refreshes + which, rewritten)
