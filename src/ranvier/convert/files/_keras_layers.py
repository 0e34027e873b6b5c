"""Layers of Keras, one function each."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from ranvier.convert.files._keras_weights import Weights
from ranvier.convert.files._operations import (
    average,
    convolved,
    dense,
    ended,
    flattened,
    maximum,
    normalised,
    numbers,
    over_all,
    padded,
    rectified,
    scaled,
    summed,
)
from ranvier.convert.files._settings import Settings, is_whole
from ranvier.convert.files._sketch import INPUT, Pairs, Sketch, Value


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


def applied(
    sketch: Sketch, kind: str, settings: Settings, weights: Weights, values: Sequence[Value]
) -> Value:
    """What a layer of a kind does to what reaches it."""
    if kind in MERGING:
        return MERGING[kind](sketch, settings, values)
    if len(values) != 1:
        sketch.refuse(f"takes {len(values)} inputs, expected one. Only Add joins layers.")
    digit = kind.removesuffix("D")[-1:]
    return LAYERS[kind](
        sketch, Layer(settings, weights, int(digit) if digit in set("123") else 2), values[0]
    )


def activated(sketch: Sketch, value: Value, given: Any, *, suffix: str = "") -> Value:
    """An activation function, by the name that a file gives it."""
    name, inner = given, {}
    if isinstance(given, Mapping):
        function = given.get("class_name")
        name, inner = (
            (given.get("config"), {})
            if function == "function"
            else (function, given.get("config", {}))
        )
    if name in (None, "linear", "Linear"):
        return value
    if not isinstance(name, str):
        sketch.refuse(f"its activation {str(given)[:60]!r} is no name. Take ReLU.")
    if name.lower() == "relu":
        _check_plain(sketch, Settings(inner or {}, "the activation"))
        return rectified(sketch, value, suffix=suffix)
    if name.lower() in ("softmax", "log_softmax", "sigmoid"):
        return ended(sketch, value, name)
    sketch.refuse(
        f"its activation is {name!r}, expected ReLU, or softmax at the end. Only rectified linear "
        "units are converted; replace it and train again."
    )


def _check_plain(sketch: Sketch, settings: Settings) -> None:
    """Refuse a rectified unit that is bounded, leaks or starts late."""
    for names in (("max_value",), ("negative_slope", "alpha"), ("threshold", "theta")):
        if settings.get(*names) not in (None, 0, 0.0) or (
            names == ("max_value",) and settings.get(*names) is not None
        ):
            sketch.refuse(
                f"its {names[0]} is {settings.get(*names)!r}; only the plain ReLU, max(0, x), is "
                "converted. Replace it by that and train again."
            )


def _channels_last(sketch: Sketch, settings: Settings) -> None:
    order = settings.get("data_format", "dim_ordering", default="channels_last")
    if order not in ("channels_last", "tf", None, "default"):
        sketch.refuse(
            f"its data_format is {order!r}, expected 'channels_last'. Export the model to ONNX "
            "instead, which has one order."
        )


def _padding(sketch: Sketch, layer: Layer, reach: Sequence[int]) -> Pairs | Literal["same"]:
    words = ("valid", "same", "causal")
    word = layer.settings.one_of("padding", "border_mode", options=words)
    if word == "same":
        return "same"
    if word == "causal":
        if layer.axes != 1:
            sketch.refuse("pads causally over several axes, which Keras does not know.")
        return ((reach[0] - 1, 0),)
    return ((0, 0),) * layer.axes


def _convolution(sketch: Sketch, layer: Layer, value: Value, *, depthwise: bool = False) -> Value:
    settings, axes = layer.settings, layer.axes
    _channels_last(sketch, settings)
    names = ("depthwise_kernel", "kernel") if depthwise else ("kernel",)
    kernel = layer.weights.take(*names)
    if axes == 1 and kernel.ndim == 4 and kernel.shape[1] == 1:
        kernel = kernel[:, 0]  # Keras 1
    if kernel.ndim != axes + 2:
        sketch.refuse(
            f"its kernel has shape {kernel.shape}, expected {axes} axes of space and two of "
            "channels. The file is damaged."
        )
    (groups,) = settings.whole("groups", axes=1, default=1)
    if depthwise:
        groups = kernel.shape[-2]
        kernel = kernel.reshape(*kernel.shape[:-2], 1, -1)
    value = _convolve(sketch, layer, value, kernel, groups, biased=True)
    return activated(sketch, value, settings.get("activation"), suffix="_relu")


def _convolve(
    sketch: Sketch, layer: Layer, value: Value, kernel: np.ndarray, groups: int, *, biased: bool
) -> Value:
    settings, axes = layer.settings, layer.axes
    dilation = settings.whole("dilation_rate", "atrous_rate", axes=axes, default=1)
    stride = settings.whole("strides", "subsample", "subsample_length", axes=axes, default=1)
    reach = [(k - 1) * d + 1 for k, d in zip(kernel.shape, dilation, strict=False)]
    has_bias = biased and settings.flag("use_bias", "bias", default=True)
    return convolved(
        sketch,
        value,
        kernel,
        layer.weights.take("bias") if has_bias else None,
        stride=stride,
        padding=_padding(sketch, layer, reach),
        dilation=dilation,
        groups=groups,
    )


def _depthwise(sketch: Sketch, layer: Layer, value: Value) -> Value:
    return _convolution(sketch, layer, value, depthwise=True)


def _separable(sketch: Sketch, layer: Layer, value: Value) -> Value:
    settings, axes = layer.settings, layer.axes
    _channels_last(sketch, settings)
    kernel = layer.weights.take("depthwise_kernel")
    mixing = layer.weights.take("pointwise_kernel")
    if kernel.ndim != axes + 2 or mixing.ndim != axes + 2:
        sketch.refuse(f"its kernels have shapes {kernel.shape} and {mixing.shape}. It is damaged.")
    groups = kernel.shape[-2]
    kernel = kernel.reshape(*kernel.shape[:-2], 1, -1)
    value = _convolve(sketch, layer, value, kernel, groups, biased=False)
    ones = (1,) * axes
    bias = layer.weights.take("bias") if settings.flag("use_bias", default=True) else None
    valid = ((0, 0),) * axes
    value = convolved(
        sketch, value, mixing, bias, stride=ones, padding=valid, dilation=ones, suffix="_pointwise"
    )
    return activated(sketch, value, settings.get("activation"), suffix="_relu")


def _dense(sketch: Sketch, layer: Layer, value: Value) -> Value:
    kernel = layer.weights.take("kernel")
    has_bias = layer.settings.flag("use_bias", "bias", default=True)
    bias = layer.weights.take("bias") if has_bias else None
    if kernel.ndim != 2:
        sketch.refuse(f"its kernel has shape {kernel.shape}, expected two axes. It is damaged.")
    value = dense(sketch, value, kernel.T, bias)
    return activated(sketch, value, layer.settings.get("activation"), suffix="_relu")


def _pooling(kind: Literal["average", "maximum"]) -> Made:
    pool = {"average": average, "maximum": maximum}[kind]

    def made(sketch: Sketch, layer: Layer, value: Value) -> Value:
        settings, axes = layer.settings, layer.axes
        _channels_last(sketch, settings)
        window = settings.whole("pool_size", "pool_length", axes=axes, default=2)
        stride = settings.whole("strides", "stride", axes=axes, default=window)
        padding = _padding(sketch, layer, window)
        return pool(sketch, value, window, stride=stride, padding=padding)

    return made


def _global(kind: Literal["average", "maximum"]) -> Made:
    def made(sketch: Sketch, layer: Layer, value: Value) -> Value:
        _channels_last(sketch, layer.settings)
        if len(value.shape) != layer.axes + 1:
            sketch.refuse(f"pools over {layer.axes} axes of space, but gets {value.shape}.")
        keeps = layer.settings.flag("keepdims", default=False)
        return over_all(sketch, value, kind, keeps_axes=keeps)

    return made


def _batch_normalisation(sketch: Sketch, layer: Layer, value: Value) -> Value:
    settings, weights = layer.settings, layer.weights
    (axis,) = settings.whole("axis", axes=1, default=-1)
    if axis not in (-1, len(value.shape)):
        sketch.refuse(f"normalises axis {axis}, expected the last one. Put the channels last.")
    if settings.get("mode", default=0) not in (0, 2):
        sketch.refuse("normalises by the batch at hand, which one example does not have.")
    gamma = weights.take("gamma") if settings.flag("scale", default=True) else None
    beta = weights.take("beta") if settings.flag("center", default=True) else None
    mean, variance = weights.take("moving_mean"), weights.take("moving_variance")
    epsilon = settings.number("epsilon", default=1e-3)
    return normalised(sketch, value, mean, variance, gamma, beta, epsilon)


def _activation(sketch: Sketch, layer: Layer, value: Value) -> Value:
    return activated(sketch, value, layer.settings.get("activation"))


def _relu(sketch: Sketch, layer: Layer, value: Value) -> Value:
    _check_plain(sketch, layer.settings)
    return rectified(sketch, value)


def _softmax(sketch: Sketch, layer: Layer, value: Value) -> Value:
    return ended(sketch, value, "softmax")


def _flatten(sketch: Sketch, layer: Layer, value: Value) -> Value:
    _channels_last(sketch, layer.settings)
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
    _channels_last(sketch, layer.settings)
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


def _rescaling(sketch: Sketch, layer: Layer, value: Value) -> Value:
    def array(name: str, neutral: float) -> np.ndarray:
        given = layer.settings.get(name, default=neutral)
        try:
            return numbers(np.asarray(given, float), name)
        except TypeError:
            raise ValueError(f"its {name} is {str(given)[:60]}, expected numbers.") from None

    return scaled(sketch, value, array("scale", 1.0), array("offset", 0.0))


def _normalisation(sketch: Sketch, layer: Layer, value: Value) -> Value:
    settings = layer.settings
    axis = settings.get("axis", default=-1)
    axis = axis if isinstance(axis, list) else [] if axis is None else [axis]
    if axis not in ([], [-1], [len(value.shape)]) or settings.flag("invert", default=False):
        sketch.refuse(f"normalises axis {axis} or back, expected the last axis. Use Rescaling.")
    mean, variance = settings.get("mean"), settings.get("variance")
    if mean is None:
        mean, variance = layer.weights.take("mean"), layer.weights.take("variance")
    mean = np.ravel(numbers(np.asarray(mean, float), "mean"))
    spread = np.sqrt(np.maximum(np.ravel(numbers(np.asarray(variance, float), "variance")), 0))
    scale = 1 / np.maximum(spread, 1e-7)
    return scaled(sketch, value, scale, -mean * scale)


def _nothing(sketch: Sketch, layer: Layer, value: Value) -> Value:
    sketch.note("does nothing at inference and vanishes.")
    return value


def _add(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    return summed(sketch, values)


def _average_of(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    share = np.full(values[0].shape[-1], 1 / len(values))
    return scaled(sketch, summed(sketch, values), share, None)


def _subtract(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    one, two = values if len(values) == 2 else sketch.refuse("takes other than two inputs.")
    return summed(sketch, [one, scaled(sketch, two, np.full(two.shape[-1], -1.0), None)])


def _merge(sketch: Sketch, settings: Settings, values: Sequence[Value]) -> Value:
    if settings.get("mode") != "sum":
        sketch.refuse(f"merges by {settings.get('mode')!r}, expected 'sum'.")
    return summed(sketch, values)


def _per_axes(kind: str, made: Made) -> dict[str, Made]:
    return {f"{kind}{axes}D": made for axes in (1, 2, 3)}


MERGING: dict[str, Callable[[Sketch, Settings, Sequence[Value]], Value]] = {
    "Add": _add,
    "Average": _average_of,
    "Subtract": _subtract,
    "Merge": _merge,
}

LAYERS: dict[str, Made] = {
    "Dense": _dense,
    **_per_axes("Conv", _convolution),
    **_per_axes("Convolution", _convolution),
    **_per_axes("DepthwiseConv", _depthwise),
    **_per_axes("SeparableConv", _separable),
    **_per_axes("MaxPooling", _pooling("maximum")),
    **_per_axes("AveragePooling", _pooling("average")),
    **_per_axes("GlobalMaxPooling", _global("maximum")),
    **_per_axes("GlobalAveragePooling", _global("average")),
    **_per_axes("ZeroPadding", _zero_padding),
    **_per_axes("SpatialDropout", _nothing),
    "BatchNormalization": _batch_normalisation,
    "BatchNormalizationV1": _batch_normalisation,
    "Activation": _activation,
    "ReLU": _relu,
    "Softmax": _softmax,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Rescaling": _rescaling,
    "Normalization": _normalisation,
    **dict.fromkeys(
        (
            "Dropout",
            "GaussianNoise",
            "GaussianDropout",
            "AlphaDropout",
            "ActivityRegularization",
            "Identity",
            "RandomFlip",
            "RandomRotation",
            "RandomTranslation",
            "RandomZoom",
            "RandomContrast",
            "RandomBrightness",
        ),
        _nothing,
    ),
}
