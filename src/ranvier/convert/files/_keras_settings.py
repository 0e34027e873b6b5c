"""A layer of Keras: what it says and what it holds."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from ranvier.convert.files._keras_weights import Weights
from ranvier.convert.files._settings import Settings
from ranvier.convert.files._sketch import Pairs, Sketch, Value


class Layer(NamedTuple):
    """A layer of a file: what it says and what it holds.

    Attributes:
        settings: its description.
        weights: its arrays.
        axes: of space, as the name of its class tells.
    """

    settings: Settings
    weights: Weights
    axes: int


Made = Callable[[Sketch, Layer, Value], Value]


def channels_last(sketch: Sketch, settings: Settings) -> None:
    order = settings.get("data_format", "dim_ordering", default="channels_last")
    if order not in ("channels_last", "tf", None, "default"):
        sketch.refuse(
            f"its data_format is {order!r}, expected 'channels_last'. Export the model to ONNX "
            "instead, which has one order."
        )


def padding_of(sketch: Sketch, layer: Layer, reach: Sequence[int]) -> Pairs | Literal["same"]:
    words = ("valid", "same", "causal")
    word = layer.settings.one_of("padding", "border_mode", options=words)
    if word == "same":
        return "same"
    if word == "causal":
        if layer.axes != 1:
            sketch.refuse("pads causally over several axes, which Keras does not know.")
        return ((reach[0] - 1, 0),)
    return ((0, 0),) * layer.axes
