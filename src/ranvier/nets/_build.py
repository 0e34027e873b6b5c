"""Short ways to build layers and chains from neurons."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.random as jr
from jaxtyping import PRNGKeyArray

from ranvier.core import Cell, Neuron, Synapse, nearest
from ranvier.nets._chain import Chain, called, out_shape
from ranvier.nets._layer import Layer, width
from ranvier.synapses import Dense, Flatten, Series, glorot_uniform
from ranvier.synapses._dense import Initialiser
from ranvier.synapses._lateral import LATERAL


class Recurrent(NamedTuple):
    """A neuron whose layer shall feed its last output back; made by `recurrent`.

    Example:
        See `recurrent`.
    """

    neuron: Neuron


def recurrent(neuron: Neuron) -> Recurrent:
    """Mark a neuron so that `chain` gives its layer recurrent weights on every recurrent port.

    Args:
        neuron: any neuron.

    Example:
        >>> import jax, ranvier as rv
        >>> net = rv.chain(4, rv.recurrent(rv.LSTM(3)), key=jax.random.key(0))
        >>> sorted(net.layers[0].recurrent)
        ['cell', 'forget', 'input', 'output']
    """
    return Recurrent(neuron)


def layer(
    in_size: int | tuple[int, ...],
    neuron: Neuron | Recurrent,
    *,
    key: PRNGKeyArray,
    name: str = "layer",
    init: Initialiser = glorot_uniform,
) -> Layer:
    """A layer with dense weights onto every port.

    A port that only the layer itself reaches gets its lateral connection, recurrent or not.

    Args:
        in_size: width of the input, or its axes: dense weights then see them all as one row.
        neuron: one axis of units; wrap it in `recurrent` for feedback.
        key: draws the weights.
        name: how errors call the layer.
        init: how weights are drawn.

    Raises:
        ValueError: the neuron has more than one axis of units, or asks for a lateral connection
            of an unknown kind.

    Example:
        >>> import jax, ranvier as rv
        >>> layer(88, rv.SNU(150), key=jax.random.key(0)).synapses["dendrite"].weight.shape
        (150, 88)
    """
    unit = neuron.neuron if isinstance(neuron, Recurrent) else neuron
    if len(unit.shape) != 1:
        raise ValueError(
            f"{name}: dense weights reach one axis of units; this {type(unit).__name__} has "
            f"{unit.shape}. Build a Layer with a synapse of that shape."
        )
    (size,) = unit.shape
    input_key, recurrent_key = jr.split(key)
    input_keys = jr.split(input_key, len(unit.input_ports))
    synapses = {
        port: _dense(in_size, size, k, init)
        for port, k in zip(unit.input_ports, input_keys, strict=True)
    }
    feedback: dict[str, Synapse] = {
        port: _lateral(kind, size, f"{name}: port {port!r} of {type(unit).__name__}")
        for port, kind in unit.lateral_ports.items()
    }
    if isinstance(neuron, Recurrent):
        recurrent_keys = jr.split(recurrent_key, len(unit.recurrent_ports))
        feedback |= {
            port: Dense.random(size, size, key=k, init=init)
            for port, k in zip(unit.recurrent_ports, recurrent_keys, strict=True)
        }
    return Layer(unit, synapses, feedback, name=name)


def _lateral(kind: str, size: int, where: str) -> Synapse:
    """The connection within a layer that a neuron asks for by its kind."""
    if kind not in LATERAL:
        raise ValueError(f"{where} asks for a lateral {kind!r}. {nearest(kind, LATERAL)}")
    return LATERAL[kind](size)


def _dense(
    in_size: int | tuple[int, ...], size: int, key: PRNGKeyArray, init: Initialiser
) -> Synapse:
    """Dense weights from all units of the input, however many axes they have."""
    if not isinstance(in_size, tuple) or len(in_size) == 1:
        (units,) = in_size if isinstance(in_size, tuple) else (in_size,)
        return Dense.random(units, size, key=key, init=init)
    row = Flatten(in_size)
    return Series(row, Dense.random(row.in_size, size, key=key, init=init))


def chain(
    in_size: int | tuple[int, ...], *parts: Neuron | Recurrent | Cell, key: PRNGKeyArray
) -> Chain:
    """A stack of layers with dense weights between them.

    Args:
        in_size: width of the input, or its axes.
        parts: neurons (each becomes a dense layer), `recurrent(neuron)`, or finished cells.
        key: draws the weights.

    Raises:
        ValueError: no part at all, or a finished cell for another width.

    Example:
        >>> import jax, ranvier as rv
        >>> net = rv.chain(88, rv.SNU.soft(150), rv.Readout(88), key=jax.random.key(0))
        >>> [part.name for part in net.layers]
        ['layer 1', 'layer 2']
    """
    layers: list[Cell] = []
    given = in_size if isinstance(in_size, tuple) else (in_size,)
    before = "the input"
    keys = jr.split(key, max(len(parts), 1))
    for number, (part, part_key) in enumerate(zip(parts, keys, strict=bool(parts)), start=1):
        if isinstance(part, Cell):
            if part.in_shape != given:
                raise ValueError(
                    f"part {number}, {called(part)}, expects an input of {width(part.in_shape)}, "
                    f"but what comes before it, {before}, gives {width(given)}. Make them equal."
                )
            made = part
        else:
            made = layer(given, part, key=part_key, name=f"layer {number}")
        layers.append(made)
        given, before = out_shape(made), called(made)
    return Chain(layers)


def parameter_count(cell: Cell) -> int:
    """How many numbers learn.

    Args:
        cell: any cell.

    Example:
        The feed-forward network of the chorale experiments: 26,400 weights and 238 biases.

        >>> import jax, ranvier as rv
        >>> parameter_count(rv.chain(88, rv.SNU(150), rv.Readout(88), key=jax.random.key(0)))
        26638
    """
    return sum(leaf.size for leaf in jax.tree.leaves(eqx.filter(cell, eqx.is_inexact_array)))
