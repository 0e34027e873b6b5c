"""Layers of PyTorch as synapses: their weights, with the channels put last."""

import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np

from ranvier.convert.torch._tensors import pytorch
from ranvier.core import Synapse
from ranvier.synapses import (
    AveragePooling,
    Bias,
    Convolution,
    Dense,
    Flatten,
    MaximumPooling,
    OneToOne,
    Series,
    Transpose,
)


def from_torch(module: Any, in_shape: int | tuple[int, ...]) -> Synapse:
    """Make a layer of PyTorch, or several in a `Sequential`, a synapse with a copy of its weights.

    | there | here |
    |---|---|
    | `Linear` | `Dense`, and `Bias` |
    | `Conv1d`, `Conv2d`, `Conv3d` | `Convolution`, and `Bias` per channel |
    | `AvgPool1d` to `AvgPool3d` | `AveragePooling` |
    | `MaxPool1d` to `MaxPool3d` | `MaximumPooling` |
    | `Flatten` | `Transpose` and `Flatten`, so that the weights behind it stay in order |
    | `Identity`, `Sequential` | nothing, `Series` |

    PyTorch has the channels first, ranvier last: activity `[2, 34, 30]` there is `[34, 30, 2]` for
    the synapse. Weights from a file go into the layer first: `layer.load_state_dict(...)`.

    Args:
        module: a layer of PyTorch.
        in_shape: of one example, as PyTorch has it: `[channels, *space]`, or the number of units.

    Raises:
        ImportError: PyTorch is not installed.
        ValueError: a layer that has no counterpart or is set in a way that none has (other
            padding than with zeros, rounding up, averages that leave the padding out), or an
            input of another shape; the layer is named.

    Example:
        This needs the extra `torch`.

        >>> import torch  # doctest: +SKIP
        >>> from_torch(torch.nn.Conv2d(2, 8, 3, stride=2), (2, 34, 34)).shape  # doctest: +SKIP
        (16, 16, 8)
    """
    shape = (in_shape,) if isinstance(in_shape, int) else tuple(in_shape)
    found = _parts(module, (*shape[1:], shape[0]), type(module).__name__)
    if not found:
        return OneToOne((*shape[1:], shape[0]))
    return found[0] if len(found) == 1 else Series(*found)


def _parts(module: Any, shape: tuple[int, ...], where: str) -> list[Synapse]:
    """The synapses that do what a layer does to units of a shape, channels last."""
    torch = pytorch()
    if isinstance(module, torch.nn.Sequential):
        found: list[Synapse] = []
        # Not named_children, which leaves out a layer that comes again.
        for name, part in zip(module._modules, module, strict=True):
            found += _parts(part, shape, f"{where}, layer {name!r} ({type(part).__name__})")
            shape = found[-1].shape if found else shape
        return found
    for kinds, made in _kinds(torch).items():
        if isinstance(module, kinds):
            return made(module, shape, where)
    raise ValueError(
        f"{where}: no synapse does what a {type(module).__name__} does. Expected Linear, Conv, "
        "AvgPool, MaxPool (1d to 3d), Flatten, Identity, or a Sequential of them; neurons and "
        "normalisation are parts of their own in ranvier."
    )


def _kinds(torch: Any) -> dict[tuple[Any, ...], Callable[..., list[Synapse]]]:
    names = torch.nn
    return {
        (names.Linear,): _linear,
        (names.Conv1d, names.Conv2d, names.Conv3d): _convolution,
        (names.AvgPool1d, names.AvgPool2d, names.AvgPool3d): _average,
        (names.MaxPool1d, names.MaxPool2d, names.MaxPool3d): _maximum,
        (names.Flatten,): _flatten,
        (names.Identity,): lambda module, shape, where: [],
    }


def _numbers(tensor: Any) -> np.ndarray:
    return tensor.detach().cpu().numpy()


def _biased(synapse: Synapse, module: Any) -> list[Synapse]:
    if module.bias is None:
        return [synapse]
    return [synapse, Bias(jnp.array(_numbers(module.bias)), synapse.shape)]


def _linear(module: Any, shape: tuple[int, ...], where: str) -> list[Synapse]:
    if shape != (module.in_features,):
        raise ValueError(
            f"{where}: gets {_first(shape)}, expected one axis of {module.in_features} units. Put "
            "a Flatten before it."
        )
    return _biased(Dense(jnp.array(_numbers(module.weight))), module)


def _convolution(module: Any, shape: tuple[int, ...], where: str) -> list[Synapse]:
    axes = module.weight.ndim - 2
    if len(shape) != axes + 1 or shape[-1] != module.in_channels:
        raise ValueError(
            f"{where}: gets {_first(shape)}, expected {module.in_channels} channels and {axes} "
            "axes of space."
        )
    _refuse(where, module.padding_mode != "zeros", f"pads with {module.padding_mode!r}")
    padding: Any = 0 if module.padding == "valid" else module.padding
    synapse = Convolution(
        jnp.array(np.moveaxis(_numbers(module.weight), (0, 1), (-1, -2))),
        shape[:-1],
        stride=module.stride,
        padding=padding,
        dilation=module.dilation,
        groups=module.groups,
    )
    return _biased(synapse, module)


def _average(module: Any, shape: tuple[int, ...], where: str) -> list[Synapse]:
    padded = bool(np.any(module.padding))
    _refuse(where, module.ceil_mode, "rounds up")
    _refuse(where, padded and not module.count_include_pad, "leaves the padding out of averages")
    divisor = getattr(module, "divisor_override", None)
    _refuse(where, divisor is not None, f"divides by {divisor}")
    return [AveragePooling(shape, **_windows(module, shape, where))]


def _maximum(module: Any, shape: tuple[int, ...], where: str) -> list[Synapse]:
    _refuse(where, module.ceil_mode, "rounds up")
    _refuse(where, bool(np.any(np.array(module.dilation) != 1)), "has a dilation")
    _refuse(where, module.return_indices, "gives the places of the maxima")
    return [MaximumPooling(shape, **_windows(module, shape, where))]


def _windows(module: Any, shape: tuple[int, ...], where: str) -> dict[str, Any]:
    """Window, stride and padding of a pooling, one number per axis."""
    axes = int(type(module).__name__[-2])
    if len(shape) != axes + 1:
        raise ValueError(
            f"{where}: gets {_first(shape)}, expected the channels and {axes} axes of space."
        )

    def per_axis(value: Any) -> tuple[int, ...]:
        return tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes

    return {
        "window": per_axis(module.kernel_size),
        "stride": per_axis(module.stride),
        "padding": per_axis(module.padding),
    }


def _flatten(module: Any, shape: tuple[int, ...], where: str) -> list[Synapse]:
    last = module.end_dim if module.end_dim < 0 else module.end_dim - len(shape) - 1
    _refuse(where, module.start_dim != 1 or last != -1, "joins some of the axes only")
    if len(shape) == 1:
        return []
    # There the channels are the slowest, so that they have to come first before the row is made.
    turned = Transpose(shape, (len(shape) - 1, *range(len(shape) - 1)))
    row = Flatten(turned.shape)
    return [turned, row] if math.prod(shape[:-1]) > 1 else [Flatten(shape)]


def _refuse(where: str, condition: bool, what: str) -> None:
    if condition:
        raise ValueError(f"{where}: it {what}, which no synapse does. Set it otherwise.")


def _first(shape: tuple[int, ...]) -> list[int]:
    """A shape as PyTorch has it."""
    return [shape[-1], *shape[:-1]]
