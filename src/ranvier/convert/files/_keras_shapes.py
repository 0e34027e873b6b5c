"""Layers of Keras that pool, pad, or move units to other axes."""

import math
from collections.abc import Sequence
from typing import Literal

from ranvier.convert.files._keras_settings import Layer, Made, channels_last, padding_of
from ranvier.convert.files._operations import flattened, padded
from ranvier.convert.files._pooling import average, maximum, over_all
from ranvier.convert.files._settings import is_whole
from ranvier.convert.files._sketch import INPUT, Sketch, Value


def _pooling(kind: Literal["average", "maximum"]) -> Made:
    pool = {"average": average, "maximum": maximum}[kind]

    def made(sketch: Sketch, layer: Layer, value: Value) -> Value:
        settings, axes = layer.settings, layer.axes
        channels_last(sketch, settings)
        window = settings.whole("pool_size", "pool_length", axes=axes, default=2)
        stride = settings.whole("strides", "stride", axes=axes, default=window)
        padding = padding_of(sketch, layer, window)
        return pool(sketch, value, window, stride=stride, padding=padding)

    return made


def _global(kind: Literal["average", "maximum"]) -> Made:
    def made(sketch: Sketch, layer: Layer, value: Value) -> Value:
        channels_last(sketch, layer.settings)
        if len(value.shape) != layer.axes + 1:
            sketch.refuse(f"pools over {layer.axes} axes of space, but gets {value.shape}.")
        keeps = layer.settings.flag("keepdims", default=False)
        return over_all(sketch, value, kind, keeps_axes=keeps)

    return made


def _flatten(sketch: Sketch, layer: Layer, value: Value) -> Value:
    channels_last(sketch, layer.settings)
    return flattened(sketch, value)


def _reshape(sketch: Sketch, layer: Layer, value: Value) -> Value:
    target = layer.settings.list("target_shape")
    if not all(is_whole(n) for n in target):
        sketch.refuse(f"its target_shape is {str(target)[:60]}, expected whole numbers.")
    return reshaped(sketch, value, target)


def reshaped(sketch: Sketch, value: Value, target: Sequence[int]) -> Value:
    """Units in other axes, where that is a flattening, nothing, or another shape of the input."""
    units = math.prod(value.shape)
    if target.count(-1) == 1:
        others = math.prod(n for n in target if n != -1)
        filled = units // others if others > 0 and units % others == 0 else -1
        target = [filled if n == -1 else n for n in target]
    if tuple(target) == value.shape:
        return value
    if min(target, default=0) > 0 and math.prod(target) == units:
        if len(target) == 1:
            return flattened(sketch, value)
        if value.sources == (INPUT,) and not value.around:
            sketch.note(f"vanishes: the input is to be given in the shape {tuple(target)} at once.")
            return value._replace(shape=sketch.fits(target))
    sketch.refuse(
        f"brings activity of shape {value.shape} into the shape {tuple(target)}, expected a single "
        "row, or to be the first layer. Leave it out or take another network."
    )


def _zero_padding(sketch: Sketch, layer: Layer, value: Value) -> Value:
    channels_last(sketch, layer.settings)
    given, axes = layer.settings.get("padding", default=1), layer.axes
    per_axis = given if isinstance(given, list) and len(given) == axes else [given] * axes
    if axes == 1 and isinstance(given, list) and len(given) == 2:
        per_axis = [given]
    pairs = []
    for one in per_axis:
        pair = one if isinstance(one, list) else [one, one]
        if len(pair) != 2 or not all(is_whole(n) for n in pair):
            sketch.refuse(f"its padding is {str(given)[:60]}, expected a pair for each axis.")
        pairs.append((pair[0], pair[1]))
    return padded(sketch, value, tuple(pairs))


def per_axes(kind: str, made: Made) -> dict[str, Made]:
    """A layer for one to three axes of space."""
    return {f"{kind}{axes}D": made for axes in (1, 2, 3)}


SHAPES: dict[str, Made] = {
    **per_axes("MaxPooling", _pooling("maximum")),
    **per_axes("AveragePooling", _pooling("average")),
    **per_axes("GlobalMaxPooling", _global("maximum")),
    **per_axes("GlobalAveragePooling", _global("average")),
    **per_axes("ZeroPadding", _zero_padding),
    "Flatten": _flatten,
    "Reshape": _reshape,
}
