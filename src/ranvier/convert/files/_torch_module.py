"""Layers of PyTorch in a row become a network."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ranvier.convert.files import layout as described
from ranvier.convert.files._arrays import tensor_to_numpy
from ranvier.convert.files._imported import Imported
from ranvier.convert.files._parts import Ended, Vanishing
from ranvier.convert.files._weights import laid_out
from ranvier.convert.torch._tensors import pytorch

_EXPORT = "Export the module with torch.onnx.export and read that, or replace it by ReLU layers."


def from_torch_module(module: Any, in_shape: int | Sequence[int]) -> Imported:
    """Make layers of PyTorch in a `Sequential` a network with a copy of their weights.

    Linear, Conv, MaxPool, AvgPool, BatchNorm (1d to 3d; its running statistics), ReLU, Flatten,
    ZeroPad, adaptive pooling to one place, `Sequential` within; Dropout and Identity vanish, and a
    softmax at the end. What does more than hand on to the next layer goes through ONNX.

    Args:
        module: a `torch.nn.Sequential`, or a single layer.
        in_shape: of one example, as PyTorch has it: `[channels, *space]`, or the number of units.

    Raises:
        ImportError: PyTorch is not installed.
        ValueError: a layer that is none of a ReLU network or is set in a way that none has; it is
            named.

    Example:
        This needs the extra `torch`.

        >>> import torch  # doctest: +SKIP
        >>> layers = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU())  # doctest: +SKIP
        >>> from_torch_module(layers, 4).network.neurons  # doctest: +SKIP
        ('1',)
    """
    torch = pytorch()
    file = f"the {type(module).__name__}"
    parts: list[Any] = []
    found: dict[str, dict[str, Any]] = {}
    for name, layer in _leaves(torch, module, ""):
        where = f"{file}: layer {name!r} ({type(layer).__name__})"
        made = next(
            (make for kinds, make in _kinds(torch.nn).items() if type(layer) in kinds), None
        )
        if made is None:
            raise ValueError(f"{where}: is no layer of a ReLU network in a row. {_EXPORT}")
        parts.append(made(layer, name, where))
        if isinstance(parts[-1], (described.Conv, described.Dense, described.BatchNorm)):
            if name in found:
                raise ValueError(f"{where}: is there twice. {_EXPORT}")
            found[name] = {
                key: tensor_to_numpy(tensor, f"{name}.{key}")
                for key, tensor in layer.state_dict().items()
            }
    shape = (in_shape,) if isinstance(in_shape, int) else tuple(in_shape)
    return laid_out(found, parts, shape, file, "PyTorch module")


def _leaves(torch: Any, module: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The layers in their order, and their names from without to within."""
    if not isinstance(module, torch.nn.Sequential):
        yield name or type(module).__name__.lower(), module
        return
    # Not named_children, which leaves out a layer that comes again.
    for key, part in zip(module._modules, module, strict=True):
        yield from _leaves(torch, part, f"{name}.{key}" if name else key)


def _kinds(nn: Any) -> dict[tuple[Any, ...], Callable[[Any, str, str], Any]]:
    def all_axes(kind: str) -> tuple[Any, ...]:
        return tuple(getattr(nn, f"{kind}{axes}d") for axes in (1, 2, 3))

    return {
        (nn.Linear,): lambda layer, name, where: described.Dense(name),
        all_axes("Conv"): _convolution,
        all_axes("BatchNorm"): _batch_norm,
        all_axes("MaxPool"): _maximum,
        all_axes("AvgPool"): _average,
        all_axes("AdaptiveAvgPool"): _over_all(described.GlobalAverage),
        all_axes("AdaptiveMaxPool"): _over_all(described.GlobalMaximum),
        all_axes("ZeroPad"): _zero_pad,
        (nn.ReLU,): lambda layer, name, where: described.ReLU(name),
        (nn.Flatten,): _flatten,
        (nn.Softmax, nn.LogSoftmax, nn.Sigmoid): lambda layer, name, where: Ended(
            type(layer).__name__, name, type(layer).__name__
        ),
        (nn.Identity, nn.Dropout, nn.AlphaDropout, *all_axes("Dropout")): (
            lambda layer, name, where: Vanishing(name, type(layer).__name__)
        ),
    }


def _refuse(where: str, condition: Any, what: str) -> None:
    if condition:
        raise ValueError(f"{where}: it {what}, which no synapse does. Set it otherwise.")


def _convolution(layer: Any, name: str, where: str) -> described.Conv:
    _refuse(where, layer.padding_mode != "zeros", f"pads with {layer.padding_mode!r}")
    padding = 0 if layer.padding == "valid" else layer.padding
    return described.Conv(name, layer.stride, padding, layer.dilation, layer.groups)


def _batch_norm(layer: Any, name: str, where: str) -> described.BatchNorm:
    _refuse(where, layer.running_mean is None, "normalises by the batch at hand")
    return described.BatchNorm(name, layer.eps)


def _maximum(layer: Any, name: str, where: str) -> described.MaxPool:
    dilation = layer.dilation if isinstance(layer.dilation, tuple) else (layer.dilation,)
    _refuse(where, any(d != 1 for d in dilation), "has a dilation")
    _refuse(where, layer.return_indices, "gives the places of the maxima")
    return described.MaxPool(
        layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode, name=name
    )


def _average(layer: Any, name: str, where: str) -> described.AveragePool:
    divisor = getattr(layer, "divisor_override", None)
    _refuse(where, divisor is not None, f"divides by {divisor}")
    return described.AveragePool(
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.count_include_pad,
        layer.ceil_mode,
        name=name,
    )


def _over_all(kind: Any) -> Callable[[Any, str, str], Any]:
    def made(layer: Any, name: str, where: str) -> Any:
        size = layer.output_size if isinstance(layer.output_size, tuple) else (layer.output_size,)
        _refuse(where, any(n != 1 for n in size), f"pools to {size} places, not to one")
        return kind(name)

    return made


def _zero_pad(layer: Any, name: str, where: str) -> described.ZeroPad:
    # The last axis comes first there.
    flat = layer.padding
    pairs = tuple((flat[k], flat[k + 1]) for k in range(len(flat) - 2, -1, -2))
    return described.ZeroPad(pairs, name)


def _flatten(layer: Any, name: str, where: str) -> described.Flatten:
    joins = layer.start_dim != 1 or layer.end_dim != -1
    _refuse(where, joins, f"joins the axes {layer.start_dim} to {layer.end_dim} only")
    return described.Flatten(name)
