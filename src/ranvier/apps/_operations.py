"""Synaptic operations of a layer, from what was recorded of it."""

import math
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ranvier.core import Synapse
from ranvier.metrics import Operations, synaptic_operations
from ranvier.nets import Layer
from ranvier.synapses import Convolution, Dropout, EventDriven, Series, VariationalDropout


def layer_operations(layer: Layer, x: Any, y: Any, mask: Any) -> list[Operations]:
    """Of every synapse with weights, per step and example: from the input, from the last output.

    Args:
        layer: the layer.
        x: its input, `[T, B, *axes]`.
        y: its output, `[T, B, *units]`.
        mask: `[T, B]`, 1 where a step counts.
    """
    reached = [(synapse, x) for synapse in layer.synapses.values()]
    if layer.recurrent:
        before = np.concatenate([np.zeros_like(y[:1]), y[:-1]])
        reached += [(synapse, before) for synapse in layer.recurrent.values()]
    return [
        synaptic_operations(np.reshape(activity, (*activity.shape[:2], -1)), mask, _fan_out(part))
        for synapse, presynaptic in reached
        for part, activity in _parts(synapse, presynaptic)
    ]


def _parts(synapse: Synapse, activity: Any) -> Iterator[tuple[Synapse, Any]]:
    """The connections with weights that activity passes through, and what enters each of them."""
    if isinstance(synapse, (Dropout, VariationalDropout, EventDriven)):
        yield from _parts(synapse.synapse, activity)
    elif isinstance(synapse, Series):
        parts = synapse.synapses
        last = max((n for n, part in enumerate(parts) if _weighs(part)), default=-1)
        for number, part in enumerate(parts[: last + 1]):
            yield from _parts(part, activity)
            if number < last:
                activity = part(activity)
    elif _weighs(synapse):
        yield synapse, activity


def _fan_out(synapse: Synapse) -> Any:
    """Connections that leave each unit: at the edge of an image fewer than in the middle."""
    if not isinstance(synapse, Convolution):
        return math.prod(synapse.shape)
    same = eqx.tree_at(lambda s: s.weight, synapse, jnp.ones_like(synapse.weight))
    like = jax.ShapeDtypeStruct(synapse.in_shape, same.weight.dtype)
    (leaving,) = jax.linear_transpose(same, like)(jnp.ones(synapse.shape, same.weight.dtype))
    return np.ravel(leaving)


def _weighs(synapse: Synapse) -> bool:
    """A connection without weights, such as lateral inhibition, is one line and no product."""
    return any(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(synapse))
