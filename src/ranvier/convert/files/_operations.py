"""What layers of other software do, as nodes: each exactly, or refused."""

import math
from collections.abc import Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np

from ranvier.convert.files._sketch import Pairs, Sketch, Value, biased, in_series
from ranvier.neurons import ReLU
from ranvier.synapses import Bias, Convolution, Dense, Flatten, Scale

Sizes = tuple[int, ...]


def numbers(values: object, what: str) -> np.ndarray:
    """Weights of a file as numbers, none of which is missing or infinite."""
    array = np.asarray(values)
    if array.dtype.kind == "V" or array.dtype.name.startswith(("bfloat", "float8")):
        try:
            array = array.astype(np.float32)
        except (TypeError, ValueError):
            raise ValueError(f"the {what} is of type {array.dtype}, expected numbers.") from None
    if array.dtype.kind != "f":
        raise ValueError(
            f"the {what} is of type {array.dtype}, expected floating-point numbers. Save the "
            "network before it is quantised."
        )
    with np.errstate(over="ignore"):
        kept = np.asarray(jnp.asarray(array, float))
    bad = int(array.size - np.isfinite(kept).sum())
    if bad:
        raise ValueError(
            f"{bad} of {array.size} entries of the {what} are no finite numbers. The network "
            "diverged, or the file is damaged; save it again."
        )
    return array


def convolved(
    sketch: Sketch,
    value: Value,
    weight: np.ndarray,
    bias: np.ndarray | None,
    *,
    stride: Sizes,
    padding: Pairs | Literal["same"],
    dilation: Sizes,
    groups: int = 1,
    suffix: str = "",
) -> Value:
    """A convolution; its kernel `[*kernel, channels in / groups, channels out]`."""
    axes = weight.ndim - 2
    if len(value.shape) != axes + 1 or weight.shape[-2] * groups != value.shape[-1]:
        sketch.refuse(
            f"has kernels of shape {weight.shape} in {groups} groups, for {axes} axes of space and "
            f"{weight.shape[-2] * groups} channels, but gets {value.shape}. Check the shape of the "
            "input."
        )
    value, padding = taken_over(sketch, value, weight.shape[:axes], padding, dilation)
    made = Convolution(
        jnp.asarray(weight, float),
        value.shape[:-1],
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
    )
    _check_length(sketch, bias, "bias", made.shape[-1])
    return sketch.node(value, biased(made, bias), suffix=suffix)


def taken_over(
    sketch: Sketch,
    value: Value,
    size: Sizes,
    padding: Pairs | Literal["same"],
    dilation: Sizes | None = None,
) -> tuple[Value, Pairs | Literal["same"]]:
    """The value without silent places around it, and a padding that makes up for them."""
    if padding == "same":
        return sketch.laid(value), padding
    reach = [(k - 1) * d + 1 for k, d in zip(size, dilation or (1,) * len(size), strict=True)]
    around = value.around or ((0, 0),) * len(size)
    total = tuple((a + c, b + d) for (a, b), (c, d) in zip(around, padding, strict=True))
    if all(max(pair) < far for pair, far in zip(total, reach, strict=True)):
        if value.around:
            sketch.note("takes over the zero padding of the layer before.")
        return value._replace(around=(), shape=value.inner), total
    # Windows that see nothing: the silent places have to be there for them.
    return sketch.laid(padded(sketch, value, padding)), ((0, 0),) * len(size)


def padded(sketch: Sketch, value: Value, around: Pairs) -> Value:
    """Silent places around; a convolution that follows takes them over."""
    if len(around) != len(value.shape) - 1:
        sketch.refuse(f"pads {len(around)} axes of space, but gets {value.shape}.")
    if min(min(pair) for pair in around) < 0:
        sketch.refuse(f"cuts places off ({around}), which no synapse does. Crop the input instead.")
    before = value.around or ((0, 0),) * len(around)
    total = tuple((a + c, b + d) for (a, b), (c, d) in zip(before, around, strict=True))
    shape = [n + a + b for n, (a, b) in zip(value.inner, total, strict=False)]
    return value._replace(around=total, shape=sketch.fits((*shape, value.shape[-1])))


def dense(sketch: Sketch, value: Value, weight: np.ndarray, bias: np.ndarray | None) -> Value:
    """Dense weights `[out, in]` from the last axis; at every place if there are others."""
    if weight.ndim != 2 or weight.shape[1] != value.shape[-1]:
        sketch.refuse(
            f"has weights from {weight.shape[-1]} units, but gets {value.shape}. Put a flattening "
            "before it, or check the shape of the input."
        )
    if len(value.shape) > 1:
        axes = len(value.shape) - 1
        kernel = weight.T.reshape(*(1,) * axes, *weight.T.shape)
        ones = (1,) * axes
        return convolved(
            sketch, value, kernel, bias, stride=ones, padding=((0, 0),) * axes, dilation=ones
        )
    if value.order is not None:
        weight = weight[:, value.order]
    _check_length(sketch, bias, "bias", len(weight))
    return sketch.node(value, biased(Dense(jnp.asarray(weight, float)), bias))


def scaled(
    sketch: Sketch,
    value: Value,
    scale: np.ndarray | None,
    bias: np.ndarray | None,
    *,
    suffix: str = "",
) -> Value:
    """A factor and then an offset, each with the last axes of the activity, or a single number."""
    value = sketch.laid(value)
    parts = []
    for kind, given in ((Scale, scale), (Bias, bias)):
        if given is not None:
            parts.append(kind(jnp.asarray(_spread(sketch, value, given), float), value.shape))
    return sketch.node(value, in_series(*parts), suffix=suffix) if parts else value


def _spread(sketch: Sketch, value: Value, given: np.ndarray) -> np.ndarray:
    """Numbers with the last axes of the activity, as few of them as say it."""
    given = np.asarray(given)
    while given.ndim > 1 and given.shape[0] == 1:
        given = given[0]
    try:
        np.broadcast_to(given, value.shape)
    except ValueError:
        sketch.refuse(
            f"brings numbers of shape {given.shape} to activity of shape {value.shape}. Give one, "
            "or one per channel."
        )
    given = np.broadcast_to(given, value.shape[len(value.shape) - max(given.ndim, 1) :])
    return given[value.order] if value.order is not None else given


def normalised(
    sketch: Sketch,
    value: Value,
    mean: np.ndarray,
    variance: np.ndarray,
    gamma: np.ndarray | None,
    beta: np.ndarray | None,
    epsilon: float,
) -> Value:
    r"""Batch normalisation at inference: $\gamma (z - \mu) / \sqrt{\sigma^2 + \epsilon} + b$."""
    channels = value.shape[-1]
    for name, given in (("mean", mean), ("variance", variance), ("gamma", gamma), ("beta", beta)):
        _check_length(sketch, given, name, channels)
    wide = variance.astype(np.float64) + epsilon
    if not np.all(wide > 0):
        sketch.refuse(
            f"has a variance of {float(variance.min()):g} and an epsilon of {epsilon:g}, expected "
            "a sum above zero. The file is damaged, or the layer was never trained."
        )
    scale = (1.0 if gamma is None else gamma.astype(np.float64)) / np.sqrt(wide)
    offset = (0.0 if beta is None else beta.astype(np.float64)) - mean.astype(np.float64) * scale
    return scaled(
        sketch, value, numbers(scale, "scale it amounts to"), numbers(offset, "bias it amounts to")
    )


def _check_length(sketch: Sketch, given: np.ndarray | None, name: str, channels: int) -> None:
    if given is not None and given.shape != (channels,):
        sketch.refuse(
            f"has a {name} of shape {given.shape}, expected {(channels,)}. The file is damaged."
        )


def rectified(sketch: Sketch, value: Value, *, suffix: str = "") -> Value:
    """Rectified linear units."""
    value = sketch.laid(value)
    return sketch.node(value, ReLU(value.shape), suffix=suffix, positive=True)


def ended(sketch: Sketch, value: Value, function: str) -> Value:
    """A function that only the last layer may have, where it can be left out."""
    sketch.check_open(value)
    sketch.note(f"the {function} at the end is dropped, so that the network gives logits.")
    return value._replace(ended=f"{function} of {sketch.here.removeprefix(f'{sketch.file}: ')}")


def flattened(sketch: Sketch, value: Value, axes: Sequence[int] | None = None) -> Value:
    """All units in a row.

    Args:
        sketch: what the node goes into.
        value: what is laid out.
        axes: which axis here the file has first, second, ...; as here if not given.
    """
    if len(value.shape) == 1:
        return value
    value = sketch.laid(value)
    row = sketch.node(value, Flatten(value.shape), positive=value.positive)
    if axes is None:
        return row
    there = np.arange(math.prod(value.shape)).reshape([value.shape[axis] for axis in axes])
    order = there.transpose(np.argsort(axes)).ravel()
    same = bool(np.all(order[1:] > order[:-1]))
    return row._replace(order=None if same else order)
