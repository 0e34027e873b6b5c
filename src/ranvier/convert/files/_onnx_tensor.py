"""Activity on its way through an ONNX graph, and the nodes that it passes."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ranvier.convert.files._onnx_constants import Constant
from ranvier.convert.files._operations import flattened, numbers
from ranvier.convert.files._settings import Settings
from ranvier.convert.files._sketch import Sketch, Value


class Tensor(NamedTuple):
    """Activity, and which axis here each axis of the file is, the batch left out.

    Attributes:
        value: the activity, channels last.
        axes: one entry per axis of the file; an axis here that is not among them has one place.
    """

    value: Value
    axes: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The axes of one example in the order of the file."""
        return tuple(self.value.shape[axis] for axis in self.axes)


class Node(NamedTuple):
    """A node of the file that activity passes.

    Attributes:
        settings: its attributes.
        inputs: what reaches it; `None` where an input is left out.
        batch: how many examples the file is made for, if it says so.
        guess: finds the axes of an input of a shape.
    """

    settings: Settings
    inputs: list[Tensor | Constant | None]
    batch: int | None
    guess: Callable[[Sequence[int]], tuple[int, ...]]

    def constant(self, place: int, what: str) -> np.ndarray:
        """Weights at an input."""
        found = self.maybe(place)
        if found is None:
            raise ValueError(f"its {what} is missing. Export the network again.")
        return numbers(found, what)

    def maybe(self, place: int) -> Constant | None:
        """A constant at an input, if there is one."""
        found = self.inputs[place] if place < len(self.inputs) else None
        if isinstance(found, Tensor):
            raise ValueError(
                f"its input {place + 1} is computed from the network's input, expected constant "
                "weights. Only sums of activity are a part of ReLU networks."
            )
        return found


Made = Callable[[Sketch, Node, Tensor], Tensor]


def channels_first(axes: int) -> tuple[int, ...]:
    """The axes of an activity whose channels come first in the file."""
    return (axes - 1, *range(axes - 1))


def spatial(sketch: Sketch, tensor: Tensor) -> int:
    """How many axes of space there are, once the channels are known to come first."""
    axes = len(tensor.axes)
    if tensor.axes != channels_first(axes) or not 2 <= axes <= 4:
        sketch.refuse(
            f"gets activity of shape {tensor.shape} with {axes - 1} axes of space or the channels "
            "at another place than first, expected one to three axes of space behind the channels."
        )
    return axes - 1


def again(tensor: Tensor, value: Value) -> Tensor:
    """Another activity with the same axes, or a row."""
    return Tensor(value, tensor.axes if len(value.shape) == len(tensor.value.shape) else (0,))


def row(sketch: Sketch, tensor: Tensor) -> Tensor:
    """All units in the order in which the file has them."""
    left_out = [axis for axis in range(len(tensor.value.shape)) if axis not in tensor.axes]
    return Tensor(flattened(sketch, tensor.value, (*tensor.axes, *left_out)), (0,))


def seen_as(sketch: Sketch, tensor: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The same units with other axes of the file; a row if a single one is left."""
    return row(sketch, tensor) if len(axes) == 1 else tensor._replace(axes=axes)


def without_batch(sketch: Sketch, given: Sequence[int], count: int) -> list[int]:
    """Axes counted without the batch."""
    if not all(isinstance(axis, int) and -count <= axis <= count and axis for axis in given):
        sketch.refuse(
            f"names the axes {list(given)[:8]} of {count} and the batch, expected others."
        )
    return [axis - 1 if axis > 0 else axis + count for axis in given]
