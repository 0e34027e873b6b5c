"""The layers of a layout, one function each, and their way through the weights."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from ranvier.convert.files import layout as described
from ranvier.convert.files._joining import summed
from ranvier.convert.files._operations import (
    Sizes,
    convolved,
    dense,
    ended,
    flattened,
    normalised,
    numbers,
    padded,
    rectified,
)
from ranvier.convert.files._pooling import average, maximum, over_all
from ranvier.convert.files._sketch import Pairs, Sketch, Value
from ranvier.core import nearest
from ranvier.synapses._windows import sizes

_ARRAYS = ("weight", "bias", "running_mean", "running_var")
_DEEPEST = 32


class Vanishing(NamedTuple):
    """What does nothing at inference.

    Attributes:
        name: of the layer.
        kind: its class.
    """

    name: str
    kind: str


class Ended(NamedTuple):
    """A function that only the last layer may have.

    Attributes:
        function: what it is called.
        name: of the layer.
        kind: its class.
    """

    function: str
    name: str
    kind: str


def kind_of(arrays: Mapping[str, Any]) -> str:
    """The kind of layer that arrays belong to, as a layout calls it."""
    if "running_mean" in arrays:
        return "BatchNorm"
    axes = np.ndim(arrays.get("weight", 0.0))
    return "Dense" if axes == 2 else "Conv" if 3 <= axes <= 5 else "unknown"


class Maker:
    """Goes along a layout and takes weights as they are needed.

    Args:
        sketch: what nodes go into.
        found: the arrays of each layer, by its name and by what they are.
    """

    def __init__(self, sketch: Sketch, found: Mapping[str, Mapping[str, Any]]) -> None:
        self.sketch, self.left = sketch, dict(found)
        self.known = list(found)
        self.counts: dict[str, int] = {}

    def along(self, layout: Sequence[Any], value: Value, depth: int = 0) -> Value:
        """What a row of layers makes of a value."""
        if depth > _DEEPEST or isinstance(layout, str) or not isinstance(layout, (list, tuple)):
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
        if type(part) not in _PARTS:
            names = sorted(known.__name__ for known in _PARTS if known not in (Vanishing, Ended))
            self.sketch.refuse(
                f"the layout has {str(part)[:60]!r}, expected one of {', '.join(names)} or "
                "Residual of ranvier.convert.files.layout."
            )
        if isinstance(part, (described.Conv, described.Dense, described.BatchNorm)):
            name = self._named(part.name, kind)
            arrays = self.left.pop(name)
        else:
            word = re.sub("(?<=[a-z])(?=[A-Z][a-z])", "_", kind).lower()
            name, arrays = part.name or self._counted(word), {}
        with self.sketch.layer(name or kind.lower(), getattr(part, "kind", kind)):
            taken = {key: numbers(arrays[key], key) for key in _ARRAYS if key in arrays}
            return _PARTS[type(part)](self.sketch, part, value, taken)

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


def _per_axis(value: Any, name: str, axes: int, least: int = 1) -> Sizes:
    return sizes("the layout", name, value, axes, least)


def _both(padding: Any, axes: int) -> Pairs:
    """Places before and after each axis."""
    per_axis = padding if isinstance(padding, (list, tuple)) else ()
    if len(per_axis) == axes and all(isinstance(pair, (list, tuple)) for pair in per_axis):
        pairs = [_per_axis(pair, "a pair of padding", 2, least=0) for pair in per_axis]
        return tuple((before, after) for before, after in pairs)
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


def _flatten(sketch: Sketch, part: Any, value: Value, arrays: Any) -> Value:
    axes = len(value.shape)
    return flattened(sketch, value, (axes - 1, *range(axes - 1)))


def _vanishing(sketch: Sketch, part: Any, value: Value, arrays: Any) -> Value:
    sketch.note("does nothing at inference and vanishes.")
    return value


_PARTS: dict[type, Any] = {
    described.Conv: _convolution,
    described.Dense: _dense,
    described.BatchNorm: _batch_norm,
    described.ReLU: lambda sketch, part, value, arrays: rectified(sketch, value),
    described.MaxPool: _maximum,
    described.AveragePool: _average,
    described.ZeroPad: lambda sketch, part, value, arrays: padded(
        sketch, value, _both(part.padding, len(value.shape) - 1)
    ),
    described.GlobalAverage: _over_all("average"),
    described.GlobalMaximum: _over_all("maximum"),
    described.Flatten: _flatten,
    Vanishing: _vanishing,
    Ended: lambda sketch, part, value, arrays: ended(sketch, value, part.function),
}
