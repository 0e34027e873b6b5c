"""What became of a network on arrays, in numbers."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from ranvier.core import Cell, Synapse, mapped
from ranvier.hardware.crossbar._crossbar import Crossbar, spans
from ranvier.hardware.crossbar._matrix import matrix, unfolded
from ranvier.nets import Chain, Layer, run
from ranvier.synapses import Around, Series


class ArrayAudit(NamedTuple):
    """One array in numbers.

    Attributes:
        name: where it is.
        columns, rows: of weights.
        devices: in all.
        tiles: that share the rows.
        clipped: share of weights outside the range.
        stuck: share of devices.
        weight_error: root mean square of the weights' error, in units of each column's range.
        source: of the device's constants.
        checked: whether these were read there.

    Example:
        See `audit`.
    """

    name: str
    columns: int
    rows: int
    devices: int
    tiles: int
    clipped: float
    stuck: float
    weight_error: float
    source: str
    checked: bool


def arrays(model: Any) -> list[Crossbar]:
    """Every array of a network, in order.

    Args:
        model: a network, a layer or a synapse.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import devices, program
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> len(arrays(net)), len(arrays(program(net, devices.pcm(), key=jax.random.key(1))))
        (0, 2)
    """
    found: list[Crossbar] = []
    mapped(model, Crossbar, lambda array, name: found.append(array))
    return found


def audit(model: Any) -> list[ArrayAudit]:
    """Size, clipping, faults and errors of every array of a network.

    Args:
        model: a network on arrays.

    Example:
        >>> import jax, ranvier as rv
        >>> from ranvier.hardware import devices, program
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> [row.devices for row in audit(program(net, devices.pcm(), key=jax.random.key(1)))]
        [24, 12]
    """
    rows = []
    for array in arrays(model):
        error = (matrix(array.synapse) - array.target) / array.scale[:, None]
        rows.append(
            ArrayAudit(
                name=array.name,
                columns=array.target.shape[0],
                rows=array.target.shape[1],
                devices=int(np.prod(array.stored.stuck.shape)),
                tiles=array.tiles,
                clipped=float(array.clipped),
                stuck=float(array.stored.stuck.mean()),
                weight_error=float(jnp.sqrt((error**2).mean())),
                source=array.device.source.text,
                checked=array.device.source.checked,
            )
        )
    return rows


class Saturation(NamedTuple):
    """Which share of what converters see lies outside their range.

    Attributes:
        name: of the array.
        inputs: of the converters before it.
        outputs: of those after it.

    Example:
        See `saturation`.
    """

    name: str
    inputs: float
    outputs: float


def saturation(model: Cell, xs: Float[Array, "time ... width"]) -> list[Saturation]:
    """How often the converters of a network's arrays are driven beyond their range.

    An array behind another synapse of a series is left out; where there is no converter, nothing
    saturates.

    Args:
        model: layers in a chain, on arrays; runs from rest and without noise.
        xs: input, `[T, ..., width]`.

    Raises:
        TypeError: a network that is no chain of layers.

    Example:
        >>> import jax, jax.numpy as jnp, ranvier as rv
        >>> from ranvier.hardware import crossbar, devices, program
        >>> net = rv.chain(4, rv.SNU(3), rv.Readout(2), key=jax.random.key(0))
        >>> narrow = crossbar.Periphery(adc=crossbar.Converter(8, bound=1e-3))
        >>> on_array = program(net, devices.pcm(), key=jax.random.key(1), periphery=narrow)
        >>> saturation(on_array, jnp.ones((5, 4)))[0].outputs
        1.0
    """
    layers = model.layers if isinstance(model, Chain) else (model,)
    found = []
    for layer in layers:
        if not isinstance(layer, Layer):
            raise TypeError(
                f"saturation: expected layers in a chain, got a {type(layer).__name__}. Ask for "
                "its layers one by one."
            )
        ys = run(layer, xs)[1]
        before = jnp.concatenate([jnp.zeros_like(ys[:1]), ys[:-1]])
        for group, heard in ((layer.synapses, xs), (layer.recurrent, before)):
            for synapse in group.values():
                array = _first(synapse)
                if array is not None:
                    found.append(_driven(array, heard))
        xs = ys
    return found


def _first(synapse: Synapse) -> Crossbar | None:
    """The array that activity reaches unchanged, if any."""
    while not isinstance(synapse, Crossbar):
        if isinstance(synapse, Series):
            synapse = synapse.synapses[0]
        elif isinstance(synapse, Around):
            synapse = synapse.synapse
        else:
            return None
    return synapse


def _driven(array: Crossbar, heard: Array) -> Saturation:
    periphery, seen, given = array.periphery, [], []
    x = unfolded(array.synapse, heard)
    w = matrix(array.synapse) / array.scale[:, None]
    for tile, (low, high) in enumerate(spans(x.shape[-1], array.tiles)):
        part, weights = x[..., low:high], w[:, low:high] / array.gain[tile][:, None]
        if periphery.dac is not None:
            seen.append(periphery.dac.saturated(part / periphery.input_scale(part)))
        if periphery.adc is not None:
            given.append(periphery.adc.saturated(periphery.analog(weights, part)[0]))
    mean = [float(jnp.stack(shares).mean()) if shares else 0.0 for shares in (seen, given)]
    return Saturation(array.name, *mean)
