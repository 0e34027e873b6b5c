"""A network with the weights that its arrays show, and without the arrays."""

from typing import Any, TypeVar

import equinox as eqx
import jax.random as jr
from jaxtyping import PRNGKeyArray

from ranvier.core import mapped
from ranvier.hardware.crossbar._compensate import compensate
from ranvier.hardware.crossbar._crossbar import Crossbar
from ranvier.hardware.crossbar._program import drift, program
from ranvier.hardware.crossbar._scaling import Scaling
from ranvier.hardware.crossbar._unit_cell import UnitCell
from ranvier.hardware.devices import Device, check_seconds

Network = TypeVar("Network")


def as_read(model: Network) -> Network:
    """The network with the weights that its arrays show, in ordinary synapses.

    Converters and wires are left away. A network without arrays stays as it is.

    Args:
        model: a network on arrays.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import as_read, devices
        >>> layer = rv.layer(4, rv.SNU(3), key=jax.random.key(0))
        >>> shown = as_read(rv.program(layer, devices.pcm(), key=jax.random.key(1)))
        >>> type(shown.synapses["dendrite"]).__name__
        'Dense'
    """
    return mapped(model, Crossbar, lambda array, name: array.synapse)


class OnDevices(eqx.Module):
    """A network as devices would show it: programmed, drifted, compensated, read.

    As the form of `learn.straight_through` it puts the devices into the loop of any rule:
    every batch runs on arrays that were programmed anew, and the gradient goes to the weights that
    they were programmed with.

    Args:
        device: the memory.
        seconds: since the reference time, when the arrays are read.
        cell, scaling: as for `program`.
        compensated: what is done about drift, `compensate` or any function of a network.

    Raises:
        ValueError: a time before the reference time; (when called) no key.

    Source: the scheme, Woźniak, Pantazi, Bohnstingl, Eleftheriou, Nat. Mach. Intell. 2 (2020),
    where the forward pass runs on memory devices.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import OnDevices, devices
        >>> layer = rv.layer(4, rv.SNU(3), key=jax.random.key(0))
        >>> shown = OnDevices(devices.pcm(), seconds=3600.0)(layer, key=jax.random.key(1))
        >>> bool((shown.synapses["dendrite"].weight == layer.synapses["dendrite"].weight).any())
        False
    """

    device: Device
    seconds: float
    cell: UnitCell | None
    scaling: Scaling | None
    compensated: Any = eqx.field(static=True)

    def __init__(
        self,
        device: Device,
        *,
        seconds: float = 0.0,
        cell: UnitCell | None = None,
        scaling: Scaling | None = None,
        compensated: Any = compensate,
    ) -> None:
        check_seconds("OnDevices", seconds)
        self.device, self.seconds = device, float(seconds)
        self.cell, self.scaling = cell, scaling
        self.compensated = compensated

    def __call__(self, model: Any, *, key: PRNGKeyArray | None = None) -> Any:
        """The network as read; the key draws everything."""
        if key is None:
            raise ValueError("OnDevices: devices differ from each other; give a key to draw them.")
        programming, reading = jr.split(key)
        on_arrays = program(
            model,
            self.device,
            key=programming,
            cell=self.cell,
            scaling=self.scaling,
            clipped_at_most=1.0,
        )
        return as_read(self.compensated(drift(on_arrays, self.seconds, key=reading)))
