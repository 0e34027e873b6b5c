"""Cells that hold a weight and learn it by pulses."""

from typing import Any, Protocol

import equinox as eqx
from jaxtyping import Array, Float, PRNGKeyArray

from ranvier.core import positive
from ranvier.hardware.devices import Pulsed, PulsedDevice


class LearningCell(Protocol):
    """Devices that hold weights, in units of the device, and are moved by pulses.

    Example:
        >>> from ranvier.hardware import devices
        >>> cell: LearningCell = SingleDevice(devices.linear_ideal())
    """

    @property
    def step(self) -> float:
        """How far a pulse is expected to move the weight."""
        ...

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which weights the cell is meant to be used."""
        ...

    def start(self, weight: Float[Array, "..."], *, key: PRNGKeyArray) -> Any:
        """An array of cells, brought to these weights as well as they can be."""
        ...

    def update(self, held: Any, count: Float[Array, "..."], *, key: PRNGKeyArray) -> Any:
        """The array after so many pulses, and whatever else an update brings."""
        ...

    def weight(self, held: Any) -> Float[Array, "..."]:
        """The weights that the array shows."""
        ...


class SingleDevice(eqx.Module):
    """One device that pulses move both ways holds the weight.

    Args:
        device: the memory.
        expected_step: of a pulse; that of the device if not given.

    Raises:
        ValueError: a step that is not positive.

    Example:
        >>> import jax, jax.numpy as jnp
        >>> from ranvier.hardware import devices
        >>> cell, key = SingleDevice(devices.linear_ideal(0.5)), jax.random.key(0)
        >>> held = cell.update(cell.start(jnp.zeros(2), key=key), jnp.array([1.0, -3.0]), key=key)
        >>> cell.weight(held).tolist()
        [0.5, -1.0]
    """

    device: PulsedDevice
    step: float

    def __init__(self, device: PulsedDevice, *, expected_step: float | None = None) -> None:
        self.device = device
        self.step = expected("SingleDevice", device, expected_step)

    @property
    def bounds(self) -> tuple[float, float]:
        """Those of the device."""
        return self.device.low, self.device.high

    def start(self, weight: Float[Array, "..."], *, key: PRNGKeyArray) -> Pulsed:
        """Devices at these weights."""
        return self.device.start(weight, key=key)

    def update(self, held: Pulsed, count: Float[Array, "..."], *, key: PRNGKeyArray) -> Pulsed:
        """The devices after their pulses, one period of leakage later."""
        return self.device.leak(self.device.pulse(held, count, key=key))

    def weight(self, held: Pulsed) -> Float[Array, "..."]:
        """What the devices show."""
        return held.shown


def expected(owner: str, device: PulsedDevice, step: float | None) -> float:
    """The expected step: what was given, or the step of the device.

    Args:
        owner: who asks, for the message.
        device: that is pulsed.
        step: what was given.

    Raises:
        ValueError: a step that is not positive.

    Example:
        >>> from ranvier.hardware import devices
        >>> expected("SingleDevice", devices.linear_ideal(0.25), None)
        0.25
    """
    if step is None:
        return device.step
    positive(owner, expected_step=step)
    return float(step)
