"""Layers of ranvier with rectified linear units become a graph."""

from typing import Any

import jax
import numpy as np

from ranvier.convert.files._imported import Imported
from ranvier.convert.files._joining import summed
from ranvier.convert.files._operations import dense, flattened, rectified, scaled
from ranvier.convert.files._sketch import Sketch, Value
from ranvier.core import Synapse
from ranvier.nets import Chain, Layer, Residual
from ranvier.neurons import RNN, Readout, ReLU
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    MaximumPooling,
    OneToOne,
    Scale,
    Series,
    SumPooling,
    Transpose,
    VariationalDropout,
)

_KEPT = (AveragePooling, Bias, Convolution, Dense, MaximumPooling, Scale, SumPooling)
_POSITIVE = (AveragePooling, MaximumPooling, SumPooling)


def from_chain(chain: Chain | Layer | Residual) -> Imported:
    """Make layers of rectified linear units a graph of synapses and `ReLU`.

    The units are `RNN(g=jax.nn.relu)`, `ReLU`, and `Readout`, which has no node of its own; their
    biases become `Bias`. Nothing is recurrent. `Residual` becomes edges that meet.

    Args:
        chain: a chain, a layer, or a residual cell of them.

    Raises:
        ValueError: another neuron, a recurrent layer, or a synapse that no ReLU network has; the
            layer is named.

    Example:
        >>> import jax.numpy as jnp, ranvier as rv
        >>> chain = rv.chain(4, ReLU(8), Readout(2), key=jax.random.key(0))
        >>> read = from_chain(chain)
        >>> x = jnp.ones((1, 4))
        >>> y = read.network(read.network.init((1,)), x)[1]
        >>> bool((y == chain(chain.init((1,)), x)[1]).all())
        True
    """
    sketch = Sketch("the chain")
    value = _through(sketch, chain, sketch.begin(chain.in_shape))
    return sketch.finish(value, "ranvier", chain.in_shape)


def _through(sketch: Sketch, cell: Any, value: Value) -> Value:
    if isinstance(cell, Chain):
        for layer in cell.layers:
            value = _through(sketch, layer, value)
        return value
    if isinstance(cell, Residual):
        if cell.join != "add":
            sketch.refuse(f"a Residual joins by {cell.join!r}, expected 'add'.")
        return summed(sketch, [_through(sketch, cell.cell, value), value])
    if not isinstance(cell, Layer):
        sketch.refuse(
            f"holds a {type(cell).__name__}, expected Layer, Chain or Residual. Build a Graph."
        )
    with sketch.layer(cell.name, type(cell.neuron).__name__):
        return _layer(sketch, cell, value)


def _layer(sketch: Sketch, layer: Layer, value: Value) -> Value:
    neuron = layer.neuron
    if layer.recurrent:
        sketch.refuse("is recurrent; a ReLU network is run for one step. Take a feed-forward one.")
    rectifies = isinstance(neuron, ReLU) or (isinstance(neuron, RNN) and neuron.g is jax.nn.relu)
    if not rectifies and not isinstance(neuron, Readout):
        sketch.refuse("expected RNN(g=jax.nn.relu), ReLU or Readout. Replace it and train again.")
    value = _synapse(sketch, layer.synapses["dendrite"], value)
    bias = getattr(neuron, "bias", None)
    if bias is not None and np.any(np.asarray(bias)):
        value = scaled(sketch, value, None, np.asarray(bias), suffix="_bias")
    return rectified(sketch, value, suffix="_relu") if rectifies else value


def _synapse(sketch: Sketch, synapse: Synapse, value: Value) -> Value:
    if isinstance(synapse, Series):
        for part, following in zip(synapse.synapses, (*synapse.synapses[1:], None), strict=True):
            if isinstance(part, Transpose) and isinstance(following, Flatten):
                # The weights behind take over the order, and the row needs no detour.
                value = flattened(sketch, value, part.order)
            else:
                value = _synapse(sketch, part, value)
        return value
    if isinstance(synapse, OneToOne):
        return value
    if isinstance(synapse, (Dropout, VariationalDropout)):
        sketch.note(f"its {type(synapse).__name__} does nothing at inference and vanishes.")
        return _synapse(sketch, synapse.synapse, value)
    if isinstance(synapse, Flatten):
        return flattened(sketch, value)
    if not isinstance(synapse, _KEPT):
        sketch.refuse(
            f"has a {type(synapse).__name__}, expected {', '.join(k.__name__ for k in _KEPT)}, "
            "Flatten or Series of them."
        )
    if value.order is not None:
        return _reordered(sketch, synapse, value)
    return sketch.node(value, synapse, positive=value.positive and isinstance(synapse, _POSITIVE))


def _reordered(sketch: Sketch, synapse: Synapse, value: Value) -> Value:
    """A synapse behind a row whose units are in another order here."""
    if isinstance(synapse, Dense):
        return dense(sketch, value, np.asarray(synapse.weight), None)
    if isinstance(synapse, Scale):
        return scaled(sketch, value, np.asarray(synapse.scale), None)
    if isinstance(synapse, Bias):
        return scaled(sketch, value, None, np.asarray(synapse.bias))
    sketch.refuse(f"has a {type(synapse).__name__} behind a row of transposed units.")
