"""Layers of Keras in which ways meet."""

from collections.abc import Callable, Sequence

import numpy as np

from ranvier.convert.files._joining import concatenated, summed
from ranvier.convert.files._operations import scaled
from ranvier.convert.files._settings import Settings
from ranvier.convert.files._sketch import Sketch, Value


def _add(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    return summed(sketch, values)


def _average_of(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    share = np.full(values[0].shape[-1], 1 / len(values))
    return scaled(sketch, summed(sketch, values), share, None)


def _subtract(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    one, two = values if len(values) == 2 else sketch.refuse("takes other than two inputs.")
    return summed(sketch, [one, scaled(sketch, two, np.full(two.shape[-1], -1.0), None)])


def _concatenate(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    (axis,) = settings.whole("axis", axes=1, default=-1)
    if axis not in (-1, len(values[0].shape)):
        sketch.refuse(f"joins axis {axis}, expected the channels, which come last.")
    return concatenated(sketch, values)


def _merge(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    if settings.get("mode") != "sum":
        sketch.refuse(f"merges by {settings.get('mode')!r}, expected 'sum'.")
    return summed(sketch, values)


MERGING: dict[str, Callable[[Sketch, Settings, Sequence[Value]], Value]] = {
    "Add": _add,
    "Average": _average_of,
    "Subtract": _subtract,
    "Concatenate": _concatenate,
    "Merge": _merge,
}
