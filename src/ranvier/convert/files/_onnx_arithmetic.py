"""Sums of activity in ONNX, and arithmetic of activity with constants."""

from collections.abc import Sequence

import numpy as np

from ranvier.convert.files._joining import concatenated, summed
from ranvier.convert.files._onnx_constants import Constant
from ranvier.convert.files._onnx_tensor import Made, Node, Tensor, again, without_batch
from ranvier.convert.files._operations import numbers, scaled
from ranvier.convert.files._sketch import Sketch


def _aligned(sketch: Sketch, tensor: Tensor, constant: Tensor | Constant) -> np.ndarray:
    """Numbers of the file with the axes that the activity has here."""
    if isinstance(constant, Tensor):
        sketch.refuse("gets activity from two sides, expected constants from one.")
    count = len(tensor.axes)
    array = np.asarray(constant)
    array = numbers(array.astype(np.float64) if array.dtype.kind in "iu" else array, "constant")
    if array.ndim == count + 1 and array.shape[0] == 1:
        array = array[0]
    if array.ndim > count:
        sketch.refuse(f"brings numbers of shape {array.shape} to activity {tensor.shape}.")
    array = array.reshape((1,) * (count - array.ndim) + array.shape)
    left_out = [axis for axis in range(len(tensor.value.shape)) if axis not in tensor.axes]
    array = array.reshape(array.shape + (1,) * len(left_out))
    return array.transpose(np.argsort((*tensor.axes, *left_out)))


def _operands(sketch: Sketch, node: Node) -> list[Tensor | Constant]:
    """Both sides."""
    found = [one for one in node.inputs if one is not None]
    if len(found) != 2:
        sketch.refuse(f"has {len(found)} inputs, expected two. The file is damaged.")
    if node.settings.flag("broadcast", default=False):
        sketch.refuse("is of a version of ONNX before 7. Export the network with a newer one.")
    return found


def _added(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    one, two = _operands(sketch, node)
    if isinstance(one, Tensor) and isinstance(two, Tensor):
        return _met(sketch, [one, two], (1.0, 1.0))
    bias = _aligned(sketch, tensor, two if isinstance(one, Tensor) else one)
    return again(tensor, scaled(sketch, tensor.value, None, bias))


def _subtracted(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    one, two = _operands(sketch, node)
    if isinstance(one, Tensor) and isinstance(two, Tensor):
        return _met(sketch, [one, two], (1.0, -1.0))
    if isinstance(one, Tensor):
        return again(tensor, scaled(sketch, tensor.value, None, -_aligned(sketch, tensor, two)))
    bias = _aligned(sketch, tensor, one)
    return again(tensor, scaled(sketch, tensor.value, np.full(1, -1.0), bias))


def _met(sketch: Sketch, tensors: Sequence[Tensor], signs: Sequence[float]) -> Tensor:
    """Activity that is added, some of it with a minus."""
    first = tensors[0]
    if any(tensor.axes != first.axes for tensor in tensors):
        sketch.refuse("adds activity whose axes are in different orders. Transpose it before.")
    values = [
        tensor.value
        if sign > 0
        else scaled(sketch, tensor.value, np.full(tensor.value.shape[-1], -1.0), None)
        for tensor, sign in zip(tensors, signs, strict=True)
    ]
    return again(first, summed(sketch, values))


def _sum(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    tensors = [one for one in node.inputs if isinstance(one, Tensor)]
    if len(tensors) != len(node.inputs):
        sketch.refuse("adds constants; expected activity alone. Use Add.")
    return _met(sketch, tensors, [1.0] * len(tensors))


def _multiplied(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    one, two = _operands(sketch, node)
    if isinstance(one, Tensor) and isinstance(two, Tensor):
        sketch.refuse("multiplies activity with activity, which no synapse does.")
    factor = _aligned(sketch, tensor, two if isinstance(one, Tensor) else one)
    return again(tensor, scaled(sketch, tensor.value, factor, None))


def _divided(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    _, two = _operands(sketch, node)
    if isinstance(two, Tensor):
        sketch.refuse("divides by activity, which no synapse does.")
    divisor = _aligned(sketch, tensor, two)
    if not np.all(divisor):
        sketch.refuse("divides by zero. The file is damaged.")
    return again(tensor, scaled(sketch, tensor.value, 1 / divisor, None))


def _concatenated(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    tensors = [one for one in node.inputs if isinstance(one, Tensor)]
    (axis,) = node.settings.whole("axis", axes=1, default=1)
    (place,) = without_batch(sketch, [axis], len(tensor.axes))
    first = tensors[0]
    same = all(one.axes == first.axes for one in tensors)
    if len(tensors) != len(node.inputs) or not same:
        sketch.refuse("joins constants, or activity whose axes are in different orders.")
    if first.axes[place] != len(first.value.shape) - 1:
        sketch.refuse(f"joins axis {axis} of activity of shape {first.shape}, expected channels.")
    return again(first, concatenated(sketch, [one.value for one in tensors]))


ARITHMETIC: dict[str, Made] = {
    "Add": _added,
    "Sub": _subtracted,
    "Sum": _sum,
    "Mul": _multiplied,
    "Div": _divided,
    "Concat": _concatenated,
}
