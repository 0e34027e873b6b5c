"""Operators of ONNX that move units to other axes, or lay silent ones around them."""

import math
from collections.abc import Sequence

import numpy as np

from ranvier.convert.files._onnx_constants import axes_of
from ranvier.convert.files._onnx_tensor import Made, Node, Tensor, row, seen_as, without_batch
from ranvier.convert.files._operations import padded
from ranvier.convert.files._sketch import INPUT, Sketch


def _transpose(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    count = len(tensor.axes)
    order = node.settings.get("perm", default=list(range(count, -1, -1)))
    if sorted(order) != list(range(count + 1)) or order[0] != 0:
        sketch.refuse(f"moves the axes {order}, expected the batch to stay first.")
    return tensor._replace(axes=tuple(tensor.axes[axis - 1] for axis in order[1:]))


def _flatten(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    (axis,) = node.settings.whole("axis", axes=1, default=1)
    if axis not in (1, -len(tensor.axes)):
        sketch.refuse(f"flattens from axis {axis} on, expected 1, one row per example.")
    return row(sketch, tensor)


def _reshape(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    found = node.maybe(1)
    target = node.settings.list("shape") if found is None else np.ravel(found).tolist()
    if not target or not all(isinstance(n, int) for n in target):
        sketch.refuse("has no shape of whole numbers. Export the network again.")
    batch, *rest = target
    have, units = tensor.shape, math.prod(tensor.shape)
    if not node.settings.flag("allowzero", default=False):
        rest = [have[k] if n == 0 and k < len(have) else n for k, n in enumerate(rest)]
    if rest.count(-1) == 1 and batch != -1:
        others = math.prod(n for n in rest if n != -1)
        rest = [units // others if n == -1 and others > 0 else n for n in rest]
    if batch not in (0, -1, 1, node.batch) or min(rest, default=0) < 1 or math.prod(rest) != units:
        sketch.refuse(
            f"brings activity of shape {have} into {target}, expected the batch first and "
            f"{units} units per example."
        )
    return shaped(sketch, node, tensor, rest)


def shaped(sketch: Sketch, node: Node, tensor: Tensor, target: Sequence[int]) -> Tensor:
    """Units in other axes, where that is a flattening, nothing, or another shape of the input."""
    if tuple(target) == tensor.shape:
        return tensor
    if [n for n in target if n > 1] == [n for n in tensor.shape if n > 1] and len(target) <= len(
        tensor.axes
    ):
        return _without_ones(sketch, tensor, target)
    if len(target) == 1:
        return row(sketch, tensor)
    if tensor.value.sources == (INPUT,) and not tensor.value.around:
        axes = node.guess(target)
        last = [0] * len(target)
        for size, axis in zip(target, axes, strict=True):
            last[axis] = size
        sketch.note(f"vanishes: the input is to be given in the shape {tuple(last)} at once.")
        return Tensor(tensor.value._replace(shape=sketch.fits(last)), axes)
    sketch.refuse(
        f"brings activity of shape {tensor.shape} into {tuple(target)}, expected a single row per "
        "example, or to come first. Leave it out or take another network."
    )


def _without_ones(sketch: Sketch, tensor: Tensor, target: Sequence[int]) -> Tensor:
    """The same axes without some that have a single place."""
    left = list(target)
    axes = []
    for size, axis in zip(tensor.shape, tensor.axes, strict=True):
        if left and size == left[0]:
            axes.append(axis)
            left.pop(0)
    return seen_as(sketch, tensor, tuple(axes))


def _squeeze(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    shape, count = tensor.shape, len(tensor.axes)
    given = axes_of(node.settings, [None, node.maybe(1)], 1)
    cut = (
        [k for k, n in enumerate(shape) if n == 1]
        if given is None
        else without_batch(sketch, given, count)
    )
    if any(k >= count or shape[k] != 1 for k in cut) or len(cut) == count:
        sketch.refuse(f"takes the axes {given} away from activity of shape {shape}.")
    return seen_as(
        sketch, tensor, tuple(axis for k, axis in enumerate(tensor.axes) if k not in cut)
    )


def _unsqueeze(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    given = axes_of(node.settings, [None, node.maybe(1)], 1) or []
    shape, axes = list(tensor.shape), list(tensor.axes)
    left_out = [axis for axis in range(len(tensor.value.shape)) if axis not in axes]
    for axis in sorted(without_batch(sketch, given, len(shape) + len(given))):
        shape.insert(axis, 1)
        axes[axis:axis] = left_out[:1]
        left_out = left_out[1:]
    if len(axes) == len(shape):
        return tensor._replace(axes=tuple(axes))
    return shaped(sketch, node, tensor, shape)


def _pad(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    settings, count = node.settings, len(tensor.axes)
    value = node.maybe(2)
    fill = settings.number("value", default=0.0) if value is None else np.ravel(value).tolist()
    if settings.text("mode", default="constant") != "constant" or fill not in (0, [0], []):
        sketch.refuse(f"pads by {settings.get('mode')!r} with {fill}, expected with zeros.")
    found = node.maybe(1)
    pads = settings.list("pads") if found is None else np.ravel(found).tolist()
    axes = node.maybe(3)
    named = list(range(count + 1)) if axes is None else np.ravel(axes).tolist()
    if len(pads) != 2 * len(named) or not all(-count <= axis <= count for axis in named):
        sketch.refuse(f"pads {len(pads)} ends of {count + 1} axes. The file is damaged.")
    around = [(0, 0)] * count
    for axis, before, after in zip(named, pads[: len(named)], pads[len(named) :], strict=True):
        place = axis % (count + 1)
        if place:
            around[tensor.axes[place - 1]] = (before, after)
        elif (before, after) != (0, 0):
            sketch.refuse("pads the batch, which no network does.")
    if around[-1] != (0, 0) or (count == 1 and any(pads)):
        sketch.refuse("pads the channels, which no synapse does.")
    if not any(pads):
        return tensor
    return tensor._replace(value=padded(sketch, tensor.value, tuple(around[:-1])))


SHAPES: dict[str, Made] = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Transpose": _transpose,
    "Pad": _pad,
}
