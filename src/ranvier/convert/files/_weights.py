"""Weights without a structure, and a layout that the user gives, become a network."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from ranvier.convert.files import layout as described
from ranvier.convert.files._imported import Imported
from ranvier.convert.files._operations import (
    Sizes,
    average,
    convolved,
    dense,
    flattened,
    maximum,
    normalised,
    numbers,
    over_all,
    rectified,
    summed,
)
from ranvier.convert.files._sketch import Pairs, Sketch, Value
from ranvier.core import nearest
from ranvier.synapses._windows import sizes

_ARRAYS = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
_SPLIT = re.compile(rf"(?:(.*)[._/])?({'|'.join(_ARRAYS)})", re.DOTALL)
_DEEPEST = 32


def network_from_weights(
    weights: Mapping[str, Any],
    layout: Sequence[described.Part],
    *,
    in_shape: int | Sequence[int],
    file: str = "the weights",
) -> Imported:
    """Make weights that come without a structure a network, by a layout in few words.

    A `state_dict` of PyTorch names arrays and does not say what is done with them. Arrays are
    called `name.weight`, `name.bias`, `name.running_mean`, `name.running_var` (a `_` or `/` does
    as well as the point). Layers without a name take the next weights in order; all weights have
    to be taken.

    Args:
        weights: name to array, with the channels first as PyTorch has them.
        layout: layers in order, from `ranvier.convert.files.layout`.
        in_shape: of one example, as PyTorch has it: `[channels, *space]`, or the number of units.
        file: how errors call the weights.

    Raises:
        ValueError: a layer without weights or of another kind than them, weights that no layer
            takes, numbers that are not finite, or shapes that do not fit; the layer is named.

    Example:
        >>> import numpy as np
        >>> from ranvier.convert.files.layout import AveragePool, Conv, Dense, Flatten, ReLU
        >>> weights = {"0.weight": np.ones((4, 1, 5, 5)), "4.weight": np.ones((10, 4 * 12 * 12))}
        >>> layout = [Conv(), ReLU(), AveragePool(2), Flatten(), Dense()]
        >>> network_from_weights(weights, layout, in_shape=(1, 28, 28)).network.neurons
        ('relu_1',)
    """
    found = modules(weights, file)
    shape = (in_shape,) if isinstance(in_shape, int) else tuple(in_shape)
    sketch = Sketch(file)
    maker = _Maker(sketch, found)
    value = maker.along(layout, sketch.begin((*shape[1:], shape[0])))
    if maker.left:
        raise ValueError(
            f"{file}: the layout leaves the weights {list(maker.left)} unused. Add their layers."
        )
    return sketch.finish(value, "weights with a layout", shape)


def modules(weights: Mapping[str, Any], file: str) -> dict[str, dict[str, Any]]:
    """The arrays of each layer, by its name.

    Args:
        weights: name to array.
        file: how errors call them.

    Raises:
        ValueError: no arrays, or one whose name does not end in what it is.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, array in weights.items():
        split = _SPLIT.fullmatch(str(name))
        if split is None:
            raise ValueError(
                f"{file}: {name!r} does not end in one of {', '.join(_ARRAYS)}. Rename it, or "
                "leave it out."
            )
        found.setdefault(split[1] or "", {})[split[2]] = array
    if not found:
        raise ValueError(f"{file}: no weights. Save the network's state_dict.")
    return found


def kind_of(arrays: Mapping[str, Any]) -> str:
    """The kind of layer that arrays belong to, as a layout calls it."""
    if "running_mean" in arrays:
        return "BatchNorm"
    axes = np.ndim(arrays.get("weight", 0.0))
    return "Dense" if axes == 2 else "Conv" if 3 <= axes <= 5 else "unknown"


def _per_axis(value: Any, name: str, axes: int, least: int = 1) -> Sizes:
    return sizes("the layout", name, value, axes, least)


class _Maker:
    """Goes along a layout and takes weights as they are needed."""

    def __init__(self, sketch: Sketch, found: dict[str, dict[str, Any]]) -> None:
        self.sketch, self.left = sketch, dict(found)
        self.known = list(found)
        self.counts: dict[str, int] = {}

    def along(self, layout: Sequence[described.Part], value: Value, depth: int = 0) -> Value:
        """What a row of layers makes of a value."""
        if depth > _DEEPEST or not isinstance(layout, (list, tuple)):
            self.sketch.refuse(f"the layout is {str(layout)[:60]!r}, expected a list of layers.")
        for part in layout:
            if isinstance(part, described.Residual):
                ways = [self.along(way, value, depth + 1) for way in (part.body, part.shortcut)]
                with self.sketch.layer(self._counted("residual"), "Residual"):
                    value = summed(self.sketch, ways)
            else:
                value = self._one(part, value)
        return value

    def _counted(self, word: str) -> str:
        number = self.counts[word] = self.counts.get(word, 0) + 1
        return f"{word}_{number}"

    def _one(self, part: Any, value: Value) -> Value:
        kind = type(part).__name__
        if kind not in _PARTS or type(part) is not getattr(described, kind, None):
            self.sketch.refuse(
                f"the layout has {str(part)[:60]!r}, expected one of {', '.join(sorted(_PARTS))} "
                "of ranvier.convert.files.layout."
            )
        if kind in ("Conv", "Dense", "BatchNorm"):
            name = self._named(part.name, kind)
            arrays = self.left.pop(name)
        else:
            word = re.sub("(?<=[a-z])(?=[A-Z][a-z])", "_", kind).lower()
            name, arrays = part.name or self._counted(word), {}
        with self.sketch.layer(name or kind.lower(), kind):
            taken = {key: numbers(arrays[key], key) for key in _ARRAYS[:4] if key in arrays}
            return _PARTS[kind](self.sketch, part, value, taken)

    def _named(self, name: str | None, kind: str) -> str:
        """The weights of a layer: those of its name, or the next."""
        where = f"{self.sketch.file}: a {kind} of the layout"
        if name is None:
            if not self.left:
                raise ValueError(f"{where} finds no weights left; the layers are {self.known}.")
            name = next(iter(self.left))
        elif name not in self.left:
            again = "were taken before" if name in self.known else "are not there"
            hint = nearest(name, self.known) if self.known else ""
            raise ValueError(f"{where}: the weights {name!r} {again}. {hint}")
        if (there := kind_of(self.left[name])) != kind:
            shapes = {key: np.shape(array) for key, array in self.left[name].items()}
            raise ValueError(
                f"{where}: the weights {name!r} with the shapes {shapes} are of the kind {there}. "
                "Order the layout as the weights are, or give their names."
            )
        return name


def _convolution(sketch: Sketch, part: Any, value: Value, arrays: dict[str, np.ndarray]) -> Value:
    weight = arrays["weight"]
    axes = weight.ndim - 2
    dilation = _per_axis(part.dilation, "dilation", axes)
    stride = _per_axis(part.stride, "stride", axes)
    if part.padding == "same":
        if any(s != 1 for s in stride):
            sketch.refuse("pads as 'same' with a stride, which PyTorch refuses. Give numbers.")
        far = [(k - 1) * d for k, d in zip(weight.shape[2:], dilation, strict=True)]
        padding = tuple((n // 2, n - n // 2) for n in far)
    else:
        padding = _both(part.padding, axes)
    return convolved(
        sketch,
        value,
        np.moveaxis(weight, (0, 1), (-1, -2)),
        arrays.get("bias"),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=_per_axis(part.groups, "groups", 1)[0],
    )


def _both(padding: Any, axes: int) -> Pairs:
    return tuple((p, p) for p in _per_axis(padding, "padding", axes, least=0))


def _dense(sketch: Sketch, part: Any, value: Value, arrays: dict[str, np.ndarray]) -> Value:
    if len(value.shape) > 1:
        sketch.refuse(f"gets {value.shape}, expected a row of units. Put a Flatten before it.")
    return dense(sketch, value, arrays["weight"], arrays.get("bias"))


def _batch_norm(sketch: Sketch, part: Any, value: Value, arrays: dict[str, np.ndarray]) -> Value:
    if "running_var" not in arrays:
        sketch.refuse("its running_var is missing. Save the whole state_dict.")
    return normalised(
        sketch,
        value,
        arrays["running_mean"],
        arrays["running_var"],
        arrays.get("weight"),
        arrays.get("bias"),
        float(part.epsilon),
    )


def _windows(part: Any, value: Value) -> tuple[Sizes, dict[str, Any]]:
    axes = len(value.shape) - 1
    window = _per_axis(part.window, "window", axes)
    stride = window if part.stride is None else _per_axis(part.stride, "stride", axes)
    padding = _both(part.padding, axes)
    return window, {"stride": stride, "padding": padding, "rounds_up": part.rounds_up}


def _maximum(sketch: Sketch, part: Any, value: Value, arrays: Any) -> Value:
    window, given = _windows(part, value)
    return maximum(sketch, value, window, **given)


def _average(sketch: Sketch, part: Any, value: Value, arrays: Any) -> Value:
    window, given = _windows(part, value)
    return average(sketch, value, window, counts_padding=part.counts_padding, **given)


def _over_all(kind: Literal["average", "maximum"]) -> Any:
    return lambda sketch, part, value, arrays: over_all(sketch, value, kind, keeps_axes=False)


def channels_first(value: Value) -> tuple[int, ...]:
    """Which axis here comes first, second, ... where the channels come first."""
    axes = len(value.shape)
    return (axes - 1, *range(axes - 1))


_PARTS: dict[str, Any] = {
    "Conv": _convolution,
    "Dense": _dense,
    "BatchNorm": _batch_norm,
    "ReLU": lambda sketch, part, value, arrays: rectified(sketch, value),
    "MaxPool": _maximum,
    "AveragePool": _average,
    "GlobalAverage": _over_all("average"),
    "GlobalMaximum": _over_all("maximum"),
    "Flatten": lambda sketch, part, value, arrays: flattened(sketch, value, channels_first(value)),
}
