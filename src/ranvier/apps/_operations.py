"""Synaptic operations of a layer, from what was recorded of it."""

from typing import Any

import equinox as eqx
import jax
import numpy as np

from ranvier.core import Synapse
from ranvier.metrics import Operations, synaptic_operations
from ranvier.nets import Layer


def layer_operations(layer: Layer, x: Any, y: Any, mask: Any) -> list[Operations]:
    """Of every synapse with weights, per step and example: from the input, from the last output.

    Args:
        layer: the layer.
        x: its input, `[T, B, width]`.
        y: its output, `[T, B, units]`.
        mask: `[T, B]`, 1 where a step counts.
    """
    before = np.concatenate([np.zeros_like(y[:1]), y[:-1]])
    return [
        synaptic_operations(presynaptic, mask, synapse.shape[0])
        for presynaptic, group in ((x, layer.synapses), (before, layer.recurrent))
        for synapse in group.values()
        if _weighs(synapse)
    ]


def _weighs(synapse: Synapse) -> bool:
    """A connection without weights, such as lateral inhibition, is one line and no product."""
    return any(eqx.is_inexact_array(leaf) for leaf in jax.tree.leaves(synapse))
