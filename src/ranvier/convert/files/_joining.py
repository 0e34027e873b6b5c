"""Ways that meet: sums, and channels side by side."""

import math
from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np

from ranvier.convert.files._operations import scaled
from ranvier.convert.files._sketch import Sketch, Value
from ranvier.synapses import Convolution, Dense

_LARGEST_JOINED = 2**26


def summed(sketch: Sketch, values: Sequence[Value]) -> Value:
    """Activity that meets; it becomes no node but edges to whatever takes it."""
    values = [sketch.laid(value) for value in values]
    first = values[0]
    for value in values:
        sketch.check_open(value)
        same = value.order is first.order or (
            value.order is not None
            and first.order is not None
            and np.array_equal(value.order, first.order)
        )
        if value.shape != first.shape or not same:
            sketch.refuse(
                f"adds activity of the shapes {first.shape} and {value.shape}, expected units of "
                "the same axes and order. Check the shape of the input."
            )
    sources = [source for value in values for source in value.sources]
    kept = first._replace(
        sources=tuple(dict.fromkeys(sources)), positive=all(value.positive for value in values)
    )
    if len(kept.sources) == len(sources):
        return kept
    # What is added to itself goes through a node, since there is one edge between two nodes.
    for source in kept.sources:
        if (times := sources.count(source)) > 1:
            doubled = scaled(
                sketch,
                kept._replace(sources=(source,)),
                np.full(first.shape[-1], float(times)),
                None,
            )
            others = [s for s in kept.sources if s != source]
            kept = kept._replace(sources=(*others, *doubled.sources))
    return kept


def concatenated(sketch: Sketch, values: Sequence[Value]) -> Value:
    """Channels side by side: each put into its place among all by weights of one, and added."""
    values = [sketch.laid(value) for value in values]
    first, total = values[0], sum(value.shape[-1] for value in values)
    axes, before, placed, order = len(first.shape) - 1, 0, [], []
    for value in values:
        if value.shape[:-1] != first.shape[:-1]:
            sketch.refuse(f"joins activity of the shapes {first.shape} and {value.shape}.")
        own = value.shape[-1]
        weight = np.zeros((total, own))
        weight[np.arange(own) + before, np.arange(own)] = 1.0
        order.append((np.arange(own) if value.order is None else value.order) + before)
        placed.append(_placed(sketch, value._replace(order=None), weight, axes))
        before += own
    joined = summed(sketch, placed)
    if not axes and any(value.order is not None for value in values):
        joined = joined._replace(order=np.concatenate(order))
    sketch.note("channels side by side become a sum: weights of one put each in its place.")
    return joined._replace(positive=all(value.positive for value in values))


def _placed(sketch: Sketch, value: Value, weight: np.ndarray, axes: int) -> Value:
    if math.prod(weight.shape) > _LARGEST_JOINED:
        sketch.refuse(f"joins {weight.shape[0]:,} channels, which takes too many weights.")
    if not axes:
        return sketch.node(value, Dense(jnp.asarray(weight, float)), positive=value.positive)
    kernel = jnp.asarray(weight.T.reshape(*(1,) * axes, *weight.T.shape), float)
    return sketch.node(value, Convolution(kernel, value.shape[:-1]), positive=value.positive)
