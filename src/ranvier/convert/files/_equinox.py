"""Layers of Equinox in a row become a network."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from ranvier.convert.files import layout as described
from ranvier.convert.files._imported import Imported
from ranvier.convert.files._parts import Ended, Vanishing
from ranvier.convert.files._weights import laid_out

_POOLS = {
    eqx.nn.MaxPool1d: described.MaxPool,
    eqx.nn.MaxPool2d: described.MaxPool,
    eqx.nn.MaxPool3d: described.MaxPool,
    eqx.nn.AvgPool1d: described.AveragePool,
    eqx.nn.AvgPool2d: described.AveragePool,
    eqx.nn.AvgPool3d: described.AveragePool,
}
_OVER_ALL = {
    eqx.nn.AdaptiveAvgPool1d: described.GlobalAverage,
    eqx.nn.AdaptiveAvgPool2d: described.GlobalAverage,
    eqx.nn.AdaptiveAvgPool3d: described.GlobalAverage,
    eqx.nn.AdaptiveMaxPool1d: described.GlobalMaximum,
    eqx.nn.AdaptiveMaxPool2d: described.GlobalMaximum,
    eqx.nn.AdaptiveMaxPool3d: described.GlobalMaximum,
}
# Functions by the program that they are, so that a lambda around one is known too.
_PROGRAMS: tuple[tuple[Callable[[Any], Any], Callable[[str], Any]], ...] = (
    (jax.nn.relu, described.ReLU),
    (lambda x: jnp.maximum(x, 0), described.ReLU),
    (lambda x: x, lambda name: Vanishing(name, "identity")),
    (jnp.ravel, described.Flatten),
    (lambda x: x.ravel(), described.Flatten),
    (lambda x: x.reshape(-1), described.Flatten),
    (jax.nn.softmax, lambda name: Ended("softmax", name, "Lambda")),
    (jax.nn.log_softmax, lambda name: Ended("logarithm of a softmax", name, "Lambda")),
    (jax.nn.sigmoid, lambda name: Ended("sigmoid", name, "Lambda")),
)


def from_equinox(
    module: Any, in_shape: int | Sequence[int], *, state: eqx.nn.State | None = None
) -> Imported:
    """Make layers of Equinox a network with their weights.

    An `MLP`, or a `Sequential` of Linear, Conv1d to Conv3d, MaxPool, AvgPool, adaptive pooling to
    one place, BatchNorm (its running statistics), `Lambda(jax.nn.relu)`, `Lambda(jnp.ravel)`,
    `Sequential` and `MLP` within; Dropout and Identity vanish, and a softmax at the end.

    Args:
        module: of Equinox.
        in_shape: of one example, as Equinox has it: `[channels, *space]`, or the number of units.
        state: what `eqx.nn.make_with_state` gave and training went on with, for BatchNorm.

    Raises:
        ValueError: a layer that is none of a ReLU network or is set in a way that none has, or
            BatchNorm without a state; the layer is named.

    Example:
        >>> mlp = eqx.nn.MLP(4, 2, 8, 2, key=jax.random.key(0))
        >>> read = from_equinox(mlp, 4)
        >>> read.network.neurons
        ('layers.0_relu', 'layers.1_relu')
        >>> x = jnp.ones(4)
        >>> y = read.network(read.network.init((1,)), x[None])[1][0]
        >>> bool(jnp.allclose(y, mlp(x), atol=1e-6))
        True
    """
    file = f"the {type(module).__name__}"
    parts: list[Any] = []
    found: dict[str, dict[str, Any]] = {}
    for name, layer in _leaves(module, "", f"{file}"):
        where = f"{file}: layer {name!r} ({type(layer).__name__})"
        part, arrays = _part(layer, name, where, state)
        parts.append(part)
        if arrays:
            found[name] = {k: np.asarray(v) for k, v in arrays.items() if v is not None}
    shape = (in_shape,) if isinstance(in_shape, int) else tuple(in_shape)
    return laid_out(found, parts, shape, file, "Equinox module")


def _leaves(module: Any, name: str, file: str) -> Iterator[tuple[str, Any]]:
    """The layers in their order, and their names from without to within."""
    before = f"{name}." if name else ""
    if isinstance(module, eqx.nn.MLP):
        if module.scan:
            raise ValueError(
                f"{file}: the layers of an MLP with scan=True are one. Build it with scan=False."
            )
        for number, layer in enumerate(module.layers):
            own = f"{before}layers.{number}"
            yield own, layer
            if module.depth == 0:
                return
            last = number + 1 == len(module.layers)
            function = module.final_activation if last else module.activation
            if not last or _program(function) != _program(lambda x: x):
                yield f"{own}_{'final' if last else 'relu'}", eqx.nn.Lambda(function)
    elif isinstance(module, eqx.nn.Sequential):
        for number, layer in enumerate(module.layers):
            yield from _leaves(layer, f"{before}layers.{number}", file)
    else:
        yield name or type(module).__name__.lower(), module


def _part(layer: Any, name: str, where: str, state: Any) -> tuple[Any, dict[str, Any]]:
    """A layer in a few words, and its arrays."""

    def refuse(condition: Any, what: str) -> None:
        if condition:
            raise ValueError(f"{where}: it {what}, which no synapse does. Set it otherwise.")

    kind = type(layer)
    if kind is eqx.nn.Linear:
        refuse("scalar" in (layer.in_features, layer.out_features), "has scalars at an end")
        return described.Dense(name), {"weight": layer.weight, "bias": layer.bias}
    if kind in (eqx.nn.Conv1d, eqx.nn.Conv2d, eqx.nn.Conv3d, eqx.nn.Conv):
        refuse(layer.padding_mode != "ZEROS", f"pads with {layer.padding_mode!r}")
        padding = {"VALID": 0, "SAME": "same"}.get(layer.padding, layer.padding)
        refuse(isinstance(padding, str) and padding != "same", f"pads as {padding!r}")
        bias = None if layer.bias is None else jnp.ravel(layer.bias)
        part = described.Conv(name, layer.stride, padding, layer.dilation, layer.groups)
        return part, {"weight": layer.weight, "bias": bias}
    if kind is eqx.nn.BatchNorm:
        mean, variance = _statistics(layer, state, where)
        arrays = {"running_mean": mean, "running_var": variance}
        return described.BatchNorm(name, layer.eps), arrays | {
            "weight": layer.weight,
            "bias": layer.bias,
        }
    if kind in _POOLS:
        refuse(layer.use_ceil, "rounds up")
        made = _POOLS[kind](layer.kernel_size, layer.stride, layer.padding, name=name)
        return made, {}
    if kind in _OVER_ALL:
        refuse(any(n != 1 for n in layer.target_shape), f"pools to {layer.target_shape} places")
        return _OVER_ALL[kind](name), {}
    if kind in (eqx.nn.Dropout, eqx.nn.Identity):
        return Vanishing(name, kind.__name__), {}
    if kind is eqx.nn.Lambda:
        return _function(layer.fn, name, where), {}
    raise ValueError(
        f"{where}: is no layer of a ReLU network in a row. Replace it by ReLU layers, or build a "
        "Graph of synapses and ReLU."
    )


def _function(function: Any, name: str, where: str) -> Any:
    """A function that is put between layers, known by what it computes."""
    given = _program(function)
    for known, made in _PROGRAMS:
        if given is not None and given == _program(known):
            return made(name)
    raise ValueError(
        f"{where}: its function is {getattr(function, '__name__', function)!r}, expected "
        "jax.nn.relu, jnp.ravel, or jax.nn.softmax at the end. Only rectified linear units are "
        "converted; replace it and train again."
    )


def _program(function: Callable[[Any], Any]) -> str | None:
    """What a function computes, in words; nothing if it cannot be traced."""
    try:
        program = str(jax.make_jaxpr(function)(jnp.zeros((2, 3))))
    except Exception:  # a function of someone else, which may raise anything
        return None
    return re.sub(r" at 0x[0-9a-f]+", "", program)


def _statistics(layer: Any, state: Any, where: str) -> tuple[Any, Any]:
    """Running mean and variance, as the layer takes them at inference."""
    if state is None:
        raise ValueError(f"{where}: its statistics are in the state. Give state=.")
    try:
        if layer.mode == "ema":
            return state.get(layer.ema_state_index)
        counter = state.get(layer.batch_counter)
        mean, variance = state.get(layer.batch_state_index)
    except KeyError:
        raise ValueError(f"{where}: the state is not that of this module.") from None
    scale = jnp.where(counter == 0, 1, 1 - layer.momentum**counter)
    return mean / scale, variance / scale
