"""One device that pulses raise step by step and a RESET throws back at once."""

import equinox as eqx
import jax.numpy as jnp
import jax.random as jr
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.hardware.devices import Pulsed, PulsedDevice
from ranvier.hardware.updates._cell import expected


class AbruptReset(eqx.Module):
    r"""One device per weight: gradual SET upwards, abrupt RESET downwards, as in phase-change
    memory.

    $$w \leftarrow \begin{cases} \text{the device after } n \text{ SET pulses} & n > 0 \\
    \min(w,\ r + s_d\,\xi_d + s_c\,\xi_c) & n < 0 \end{cases}$$

    A RESET pulse melts a region whose size the pulse decides, not what was there before; it never
    crystallises. So any number of pulses downwards is one RESET, to the level $r$ of the device's
    `resetting`; a level above zero is a partial RESET.

    Args:
        device: the memory.
        expected_step: of a SET pulse; that of the device if not given.

    Raises:
        ValueError: a step that is not positive.

    Source: gradual SET and abrupt RESET as in Suri et al., IEDM 2011, and Ambrogio et al., Front.
    Neurosci. 10 (2016); from their abstracts. That a partial RESET leads to a level is a model of
    ours.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> device = devices.PulsedDevice(devices.ConstantStep(), step=0.25, low=0.0)
        >>> cell, key = AbruptReset(device), jax.random.key(0)
        >>> held = cell.start(jnp.array([0.0, 0.75]), key=key)
        >>> cell.weight(cell.update(held, jnp.array([2.0, -1.0]), key=key)).tolist()
        [0.5, 0.0]
    """

    device: PulsedDevice
    step: float

    def __init__(self, device: PulsedDevice, *, expected_step: float | None = None) -> None:
        self.device = device
        self.step = expected("AbruptReset", device, expected_step)

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of the device."""
        return self.device.low, self.device.high

    def start(self, weight: Float[Array, "..."], *, key: PRNGKeyArray) -> Pulsed:
        """Devices at these weights."""
        return self.device.start(weight, key=key)

    def update(self, held: Pulsed, count: Float[Array, "..."], *, key: PRNGKeyArray) -> Pulsed:
        """The devices after their pulses, one period of leakage later."""
        up, down = jr.split(key)
        raised = self.device.pulse(held, jnp.maximum(count, 0.0), key=up)
        melted = self.device.reset(held, count < 0, key=down)
        lowered = (count < 0) & (melted.weight < held.weight)

        def either(low: Array, high: Array) -> Array:
            return jnp.where(lowered, low, high)

        after = Pulsed(
            either(melted.weight, raised.weight),
            either(melted.shown, raised.shown),
            held.traits,
            either(melted.pulses, raised.pulses),
        )
        return self.device.leak(after)

    def weight(self, held: Pulsed) -> Float[Array, "..."]:
        """What the devices show."""
        return held.shown
