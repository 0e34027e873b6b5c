"""Layers of ONNX on activity, one function each."""

import math
from typing import Literal

import numpy as np

from ranvier.convert.files._onnx_constants import axes_of
from ranvier.convert.files._onnx_tensor import (
    Made,
    Node,
    Tensor,
    again,
    seen_as,
    spatial,
    without_batch,
)
from ranvier.convert.files._operations import Sizes, convolved, dense, ended, normalised, rectified
from ranvier.convert.files._pooling import average, maximum, over_all
from ranvier.convert.files._sketch import Pairs, Sketch


def _padding(node: Node, space: Sizes, size: Sizes, stride: Sizes, dilation: Sizes) -> Pairs:
    """Silent places before and after each axis."""
    settings, axes = node.settings, len(space)
    options = ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")
    word = settings.one_of("auto_pad", options=options)
    if word.startswith("SAME"):
        pairs = []
        for n, k, s, d in zip(space, size, stride, dilation, strict=True):
            missing = (math.ceil(n / s) - 1) * s + (k - 1) * d + 1 - n
            if missing < (-1 if word == "SAME_UPPER" else 0):
                raise ValueError(
                    f"has auto_pad {word} where windows leave places between them, on which "
                    "programs differ. Export it with pads."
                )
            missing = max(missing, 0)
            half = missing // 2 if word == "SAME_UPPER" else missing - missing // 2
            pairs.append((half, missing - half))
        return tuple(pairs)
    if word == "VALID" or settings.get("pads") is None:
        return ((0, 0),) * axes
    pads = settings.whole("pads", axes=2 * axes)
    return tuple(zip(pads[:axes], pads[axes:], strict=True))


def _convolution(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    axes, settings = spatial(sketch, tensor), node.settings
    weight = node.constant(1, "weight")
    bias = None if node.maybe(2) is None else node.constant(2, "bias")
    if weight.ndim != axes + 2:
        sketch.refuse(f"has a weight of shape {weight.shape}, but gets {tensor.shape}.")
    stride = settings.whole("strides", axes=axes, default=1)
    dilation = settings.whole("dilations", axes=axes, default=1)
    _check_positive(sketch, stride, dilation)
    size = weight.shape[2:]
    padding = _padding(node, tensor.value.shape[:-1], size, stride, dilation)
    value = convolved(
        sketch,
        tensor.value,
        np.moveaxis(weight, (0, 1), (-1, -2)),
        bias,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=settings.whole("group", axes=1, default=1)[0],
    )
    return again(tensor, value)


def _check_positive(sketch: Sketch, *several: Sizes) -> None:
    if any(n < 1 for some in several for n in some):
        sketch.refuse("has a stride, dilation or window below 1. The file is damaged.")


def _pooling(kind: Literal["average", "maximum"]) -> Made:
    def made(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
        axes, settings = spatial(sketch, tensor), node.settings
        window = settings.whole("kernel_shape", axes=axes)
        stride = settings.whole("strides", axes=axes, default=1)
        ones = (1,) * axes
        _check_positive(sketch, window, stride)
        if settings.whole("dilations", axes=axes, default=1) != ones:
            sketch.refuse("has a dilation, which no pooling here has. Pool without it.")
        padding = _padding(node, tensor.value.shape[:-1], window, stride, ones)
        rounds_up = settings.flag("ceil_mode", default=False)
        if kind == "maximum":
            value = maximum(
                sketch, tensor.value, window, stride=stride, padding=padding, rounds_up=rounds_up
            )
        else:
            value = average(
                sketch,
                tensor.value,
                window,
                stride=stride,
                padding=padding,
                counts_padding=settings.flag("count_include_pad", default=False),
                rounds_up=rounds_up,
            )
        return again(tensor, value)

    return made


def _global(kind: Literal["average", "maximum"]) -> Made:
    def made(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
        spatial(sketch, tensor)
        return again(tensor, over_all(sketch, tensor.value, kind, keeps_axes=True))

    return made


def _reduced(kind: Literal["average", "maximum"]) -> Made:
    pool = {"average": average, "maximum": maximum}[kind]

    def made(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
        given = axes_of(node.settings, [None, node.maybe(1)], 1) or []
        value, space = tensor.value, len(tensor.value.shape) - 1
        reduced = {tensor.axes[k] for k in without_batch(sketch, given, len(tensor.axes))}
        if not reduced or space in reduced:
            sketch.refuse(
                f"reduces the axes {given} of activity of shape {tensor.shape}, expected axes of "
                "space and not the channels."
            )
        if reduced == set(range(space)):
            value = over_all(sketch, value, kind, keeps_axes=True)
        else:
            window = tuple(value.shape[k] if k in reduced else 1 for k in range(space))
            value = pool(sketch, value, window, stride=window)
        if node.settings.flag("keepdims", default=True):
            return tensor._replace(value=value)
        left = tuple(axis for axis in tensor.axes if axis not in reduced)
        return seen_as(sketch, tensor._replace(value=value), left)

    return made


def _gemm(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    settings = node.settings
    weight = node.constant(1, "weight")
    if len(tensor.axes) != 1 or settings.flag("transA", default=False) or weight.ndim != 2:
        sketch.refuse(f"gets activity of shape {tensor.shape}, expected a row. Flatten it before.")
    weight = weight * settings.number("alpha", default=1.0)
    weight = weight if settings.flag("transB", default=False) else weight.T
    bias = None
    if node.maybe(2) is not None:
        given = node.constant(2, "bias") * settings.number("beta", default=1.0)
        if given.ndim > 1 and given.shape[0] == 1:
            given = given[0]
        if given.ndim > 1 or given.size not in (1, len(weight)):
            sketch.refuse(f"has a bias of shape {given.shape} for {len(weight)} units.")
        bias = np.broadcast_to(given, (len(weight),))
    return again(tensor, dense(sketch, tensor.value, weight, bias))


def _product(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    weight = node.constant(1, "weight")
    last = len(tensor.axes) - 1
    if tensor.axes[-1] != last or weight.ndim != 2:
        sketch.refuse(
            f"multiplies activity of shape {tensor.shape} by {weight.shape}, expected a row or the "
            "channels last, and a matrix."
        )
    return again(tensor, dense(sketch, tensor.value, weight.T, None))


def _batch_normalisation(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    settings = node.settings
    if settings.flag("training_mode", default=False) or not settings.flag("spatial", default=True):
        sketch.refuse("is in training mode or not spatial. Export the network for inference.")
    if len(tensor.axes) > 1:
        spatial(sketch, tensor)
    scale, bias, mean, variance = (
        node.constant(place, what)
        for place, what in enumerate(("scale", "bias", "mean", "variance"), start=1)
    )
    epsilon = settings.number("epsilon", default=1e-5)
    value = normalised(sketch, tensor.value, mean, variance, scale, bias, epsilon)
    return again(tensor, value)


def _relu(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    return again(tensor, rectified(sketch, tensor.value))


def _clip(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    bounds = []
    for place, name in ((1, "min"), (2, "max")):
        found = node.maybe(place)
        bounds.append(node.settings.get(name) if found is None else float(np.ravel(found)[0]))
    low, high = bounds
    if low != 0 or (high is not None and high < float(np.finfo(np.float32).max)):
        sketch.refuse(
            f"bounds activity between {low} and {high}; only the plain ReLU, max(0, x), is "
            "converted. Replace it (ReLU6 too) by that and train again."
        )
    return again(tensor, rectified(sketch, tensor.value))


def _at_end(function: str) -> Made:
    def made(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
        return tensor._replace(value=ended(sketch, tensor.value, function))

    return made


def _nothing(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    return tensor


def _dropout(sketch: Sketch, node: Node, tensor: Tensor) -> Tensor:
    mode = node.maybe(2)
    if mode is not None and np.any(mode):
        sketch.refuse("acts by chance, as in training. Export the network for inference.")
    sketch.note("does nothing at inference and vanishes.")
    return tensor


LAYERS: dict[str, Made] = {
    "Conv": _convolution,
    "Gemm": _gemm,
    "MatMul": _product,
    "BatchNormalization": _batch_normalisation,
    "Relu": _relu,
    "Clip": _clip,
    "MaxPool": _pooling("maximum"),
    "AveragePool": _pooling("average"),
    "GlobalMaxPool": _global("maximum"),
    "GlobalAveragePool": _global("average"),
    "ReduceMean": _reduced("average"),
    "ReduceMax": _reduced("maximum"),
    "Dropout": _dropout,
    "Identity": _nothing,
    "Cast": _nothing,
    "Softmax": _at_end("softmax"),
    "LogSoftmax": _at_end("logarithm of a softmax"),
    "Sigmoid": _at_end("sigmoid"),
}
