"""Poolings of other software, as nodes: each exactly, or refused."""

from collections.abc import Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np

from ranvier.convert.files._operations import Sizes, taken_over
from ranvier.convert.files._sketch import Pairs, Sketch, Value, in_series
from ranvier.synapses import AveragePooling, Flatten, MaximumPooling, Scale


def maximum(
    sketch: Sketch,
    value: Value,
    window: Sizes,
    *,
    stride: Sizes,
    padding: Pairs | Literal["same"] = (),
    rounds_up: bool = False,
) -> Value:
    """The maximum over windows; padding is never the maximum."""
    _check_space(sketch, value, window)
    if value.around and not value.positive:
        # Zeros around may be the maximum of numbers below zero.
        value = sketch.laid(value)
    pads = padding or ((0, 0),) * len(window)
    if rounds_up and pads != "same":
        pads = _rounded_up(value.shape[:-1], window, stride, pads)
    value, pads = taken_over(sketch, value, window, pads)
    pooling = MaximumPooling(value.shape, window, stride=stride, padding=pads)
    return sketch.node(value, pooling, positive=value.positive)


def average(
    sketch: Sketch,
    value: Value,
    window: Sizes,
    *,
    stride: Sizes,
    padding: Pairs | Literal["same"] = (),
    counts_padding: bool = False,
    rounds_up: bool = False,
) -> Value:
    """The average over windows; padding counts as zeros, or not at all.

    Where windows see fewer places that count, a factor per unit makes up for those that do not.
    """
    _check_space(sketch, value, window)
    space = value.shape[:-1]
    pads = padding or ((0, 0),) * len(window)
    if pads == "same":
        pads = AveragePooling(value.shape, window, stride=stride, padding="same").windows.padding
    counted = [
        (-a, n + b) if counts_padding else (0, n) for n, (a, b) in zip(space, pads, strict=True)
    ]
    if rounds_up:
        pads = _rounded_up(space, window, stride, pads)
    factors = []
    for n, k, s, (a, b), (first, last) in zip(space, window, stride, pads, counted, strict=True):
        starts = np.arange((n + a + b - k) // s + 1) * s - a
        seen = np.minimum(starts + k, last) - np.maximum(starts, first)
        if np.any(seen < 1):
            sketch.refuse("has windows that see nothing but padding. Pad less.")
        factors.append(k / seen)
    value, joined = taken_over(sketch, value, window, pads)
    pooling = AveragePooling(value.shape, window, stride=stride, padding=joined)
    if all(np.all(factor == 1) for factor in factors):
        return sketch.node(value, pooling, positive=value.positive)
    full = np.ones(())
    for factor in factors:
        full = np.multiply.outer(full, factor)
    scale = jnp.asarray(np.broadcast_to(full[..., None], pooling.shape), float)
    sketch.note("averages leave the padding out by a factor per unit.")
    return sketch.node(value, in_series(pooling, Scale(scale)), positive=value.positive)


def _check_space(sketch: Sketch, value: Value, window: Sizes) -> None:
    if len(value.shape) != len(window) + 1:
        sketch.refuse(
            f"pools over {len(window)} axes of space, but gets {value.shape}. Check the shape of "
            "the input."
        )


def _rounded_up(space: Sequence[int], window: Sizes, stride: Sizes, padding: Pairs) -> Pairs:
    """More silent places at the end, so that the last windows, begun within, are whole."""
    pads = []
    for n, k, s, (a, b) in zip(space, window, stride, padding, strict=True):
        count = max(-(-(n + a + b - k) // s) + 1, 1)
        if (count - 1) * s >= n + a:
            count -= 1
        pads.append((a, max(b, (count - 1) * s + k - n - a)))
    return tuple(pads)


def over_all(
    sketch: Sketch, value: Value, kind: Literal["average", "maximum"], *, keeps_axes: bool
) -> Value:
    """One unit per channel: the average or the maximum over all of space."""
    if len(value.shape) < 2:
        sketch.refuse(f"pools over space, but gets {value.shape}. Leave it out.")
    value = sketch.laid(value)
    pooling = {"average": AveragePooling, "maximum": MaximumPooling}[kind]
    part = pooling(value.shape, value.shape[:-1])
    parts = [part] if keeps_axes else [part, Flatten(part.shape)]
    return sketch.node(value, in_series(*parts), positive=value.positive)
