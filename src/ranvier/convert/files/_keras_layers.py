"""Layers of Keras, one function each."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ranvier.convert.files._keras_merging import MERGING
from ranvier.convert.files._keras_settings import Layer, Made, channels_last, padding_of
from ranvier.convert.files._keras_shapes import SHAPES, per_axes
from ranvier.convert.files._keras_weights import Weights
from ranvier.convert.files._operations import (
    convolved,
    dense,
    ended,
    normalised,
    numbers,
    rectified,
    scaled,
)
from ranvier.convert.files._settings import Settings
from ranvier.convert.files._sketch import Sketch, Value


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


def _convolution(sketch: Sketch, layer: Layer, value: Value, *, depthwise: bool = False) -> Value:
    settings, axes = layer.settings, layer.axes
    channels_last(sketch, settings)
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
        padding=padding_of(sketch, layer, reach),
        dilation=dilation,
        groups=groups,
    )


def _depthwise(sketch: Sketch, layer: Layer, value: Value) -> Value:
    return _convolution(sketch, layer, value, depthwise=True)


def _separable(sketch: Sketch, layer: Layer, value: Value) -> Value:
    settings, axes = layer.settings, layer.axes
    channels_last(sketch, settings)
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


def _rescaling(sketch: Sketch, layer: Layer, value: Value) -> Value:
    scale, offset = layer.settings.numbers("scale", 1.0), layer.settings.numbers("offset", 0.0)
    return scaled(sketch, value, numbers(scale, "scale"), numbers(offset, "offset"))


def _normalisation(sketch: Sketch, layer: Layer, value: Value) -> Value:
    settings = layer.settings
    axis = settings.get("axis", default=-1)
    axis = axis if isinstance(axis, list) else [] if axis is None else [axis]
    if axis not in ([], [-1], [len(value.shape)]) or settings.flag("invert", default=False):
        sketch.refuse(f"normalises axis {axis} or back, expected the last axis. Use Rescaling.")
    if settings.get("mean") is None:
        mean, variance = layer.weights.take("mean"), layer.weights.take("variance")
    else:
        mean, variance = settings.numbers("mean"), settings.numbers("variance")
    mean = np.ravel(numbers(mean, "mean"))
    spread = np.sqrt(np.maximum(np.ravel(numbers(variance, "variance")), 0))
    if mean.shape != spread.shape:
        sketch.refuse(f"has {mean.size} means and {spread.size} variances. The file is damaged.")
    scale = 1 / np.maximum(spread, 1e-7)
    return scaled(sketch, value, scale, -mean * scale)


def _nothing(sketch: Sketch, layer: Layer, value: Value) -> Value:
    sketch.note("does nothing at inference and vanishes.")
    return value


LAYERS: dict[str, Made] = {
    **SHAPES,
    "Dense": _dense,
    **per_axes("Conv", _convolution),
    **per_axes("Convolution", _convolution),
    **per_axes("DepthwiseConv", _depthwise),
    **per_axes("SeparableConv", _separable),
    **per_axes("SpatialDropout", _nothing),
    "BatchNormalization": _batch_normalisation,
    "BatchNormalizationV1": _batch_normalisation,
    "Activation": _activation,
    "ReLU": _relu,
    "Softmax": _softmax,
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
